//! Where and for whom a site's bots greet.

use axum::Json;
use axum::extract::State;
use porchlight_protocol::ErrorBody;
use porchlight_protocol::greeting::Greeting;
use porchlight_protocol::replace::Replace;
use porchlight_store::Credential;

use super::flows::OfBot;
use super::refusals::{ADMIN, AGENT, AGENT_CHANGE, BODY, GREETING, SAVE, refusals};
use crate::app::App;
use crate::auth::{AgentChange, AgentCredential};
use crate::error::{Error, Result};
use crate::extract::JsonBody;

/// Where and for whom a bot greets. Without fields: everywhere and everybody.
#[utoipa::path(
    get, path = "/api/v1/agent/bots/{id}/greeting", tag = "settings", operation_id = "greeting",
    params(("id" = String, Path, description = "The bot's id")),
    responses(
        (status = 200, body = Greeting),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT])),
    ),
    security(("session" = [])),
)]
pub async fn greeting(
    State(app): State<App>,
    credential: AgentCredential,
    OfBot(bot): OfBot,
) -> Result<Json<Greeting>> {
    Ok(Json(app.store.greeting_of(credential.session, bot).await?))
}

/// Sets where and for whom a bot greets, unless another rule than the one that was `seen` is there by now, and answers what was
/// stored. Visitors' browsers follow it from the next load of a page on.
#[utoipa::path(
    put, path = "/api/v1/agent/bots/{id}/greeting", tag = "settings", operation_id = "set_greeting",
    params(("id" = String, Path, description = "The bot's id")),
    request_body = Replace<Greeting>,
    responses(
        (status = 200, body = Greeting),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, ADMIN, GREETING, SAVE])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_greeting(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    OfBot(bot): OfBot,
    JsonBody(Replace { value, seen }): JsonBody<Replace<Greeting>>,
) -> Result<Json<Greeting>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    let rule = value.checked().map_err(|wrong| Error::refused(wrong.body()))?;
    let change = Replace { value: rule.clone(), seen };
    app.store.set_greeting(credential.session, bot, change).await?;
    Ok(Json(rule))
}
