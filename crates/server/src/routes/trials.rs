//! Trials of a bot's flow, as it stands in the editor.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use porchlight_protocol::bots::Trial;
use porchlight_protocol::{ErrorBody, SiteKey};
use porchlight_store::{CheckedFlow, Credential};
use serde::Deserialize;
use utoipa::IntoParams;

use super::flows::{OfBot, RefusedFlow, refused};
use super::refusals::{ADMIN, AGENT_CHANGE, BODY, CHANGE, FLOW, QUERY, refusals};
use crate::app::App;
use crate::auth::AgentChange;
use crate::error::Result;
use crate::extract::{QueryOf, TextBody};

/// The trial that is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// The key of the trial's chat: another one, which was begun meanwhile, goes on. Without it, any trial of the bot ends.
    #[param(value_type = Option<String>)]
    chat: Option<SiteKey>,
}

/// Begins a trial of a flow of the bot: a chat of its own, which nobody answers and which the inbox alone may frame. It
/// takes the place of the admin's former trial of this bot, and ends after an hour. The body is the flow, which is not
/// published.
#[utoipa::path(
    post, path = "/api/v1/agent/bots/{id}/trial", tag = "settings", operation_id = "begin_trial",
    params(("id" = String, Path, description = "The bot's id")),
    request_body(content = Object, content_type = "application/json"),
    responses(
        (status = 201, body = Trial),
        (status = 422, body = RefusedFlow, description = "`flow_invalid`: with all that is wrong with the flow"),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, ADMIN, FLOW])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn begin(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    OfBot(bot): OfBot,
    TextBody(json): TextBody,
) -> Result<Response> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    let flow = match CheckedFlow::read(&json) {
        Ok(flow) => flow,
        Err(problems) => return Ok(refused(problems)),
    };
    let own = app.own_origin().clone();
    let trial = app.store.begin_trial(credential.session, bot, flow, own).await?;
    remove_ended(&app).await;
    Ok((StatusCode::CREATED, Json(trial)).into_response())
}

/// Ends the admin's trial of the bot, and removes all that was said in it. Also if there is none.
#[utoipa::path(
    delete, path = "/api/v1/agent/bots/{id}/trial", tag = "settings", operation_id = "end_trial",
    params(("id" = String, Path, description = "The bot's id"), Which),
    responses(
        (status = 204),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, CHANGE, QUERY, ADMIN])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn end(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    OfBot(bot): OfBot,
    QueryOf(which): QueryOf<Which>,
) -> Result<StatusCode> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    app.store.end_trial(credential.session, bot, which.chat).await?;
    remove_ended(&app).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Before the answer, so that whoever begins trials one after the other leaves none behind. What fails is left to the
/// housekeeping.
async fn remove_ended(app: &App) {
    if let Err(error) = app.store.remove_ended_trials().await {
        error.log();
    }
}
