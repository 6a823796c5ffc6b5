//! What is collected of visitors: the page that they are on, and what the site wants to know at all.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use porchlight_protocol::visit::{Collecting, ToldPage};
use porchlight_protocol::{ErrorBody, ErrorCode};
use porchlight_store::{Credential, VisitorCredential};

use super::refusals::{ADMIN, AGENT, AGENT_CHANGE, BODY, TYPES, VISITOR, refusals};
use crate::app::App;
use crate::auth::{AgentChange, AgentCredential, ClientIp};
use crate::error::Result;
use crate::extract::JsonBody;

/// Takes the page that the visitor is on, as far as the site collects it: agents see it within a second or two. Of a visitor
/// without a conversation nothing is kept. Of who has written nothing yet, is blocked or erased it is taken and not kept,
/// because a page can't know that, and a refusal would be an error in the site's console.
#[utoipa::path(
    put, path = "/api/v1/sites/{site}/visitor/page", tag = "visitor", operation_id = "visitor_page",
    params(("site" = String, Path, description = "The site's key")),
    request_body = ToldPage,
    responses(
        (status = 202, description = "There is nobody of whom it may be kept"),
        (status = 204),
        (status = "default", body = ErrorBody, description = refusals(&[VISITOR, BODY, TYPES])),
    ),
    security(("visitor_key" = [])),
)]
pub async fn page(
    State(app): State<App>,
    credential: VisitorCredential,
    ClientIp(ip): ClientIp,
    JsonBody(told): JsonBody<ToldPage>,
) -> Result<StatusCode> {
    app.limits.pages_ip.check(&ip)?;
    match keep(&app, credential, told).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(error) if NOBODY.iter().any(|code| error.is(*code)) => Ok(StatusCode::ACCEPTED),
        Err(error) => Err(error),
    }
}

/// Why nothing is kept, where the page is not at fault.
const NOBODY: [ErrorCode; 3] =
    [ErrorCode::VisitorKeyInvalid, ErrorCode::VisitorKeyRevoked, ErrorCode::VisitorBlocked];

async fn keep(app: &App, credential: VisitorCredential, told: ToldPage) -> Result<()> {
    app.prove(&Credential::Visitor(credential.clone())).await?;
    app.limits.pages.check(&credential.key)?;
    Ok(app.store.visited(credential, told).await?)
}

/// What the site collects of its visitors without anybody telling it.
#[utoipa::path(
    get, path = "/api/v1/agent/settings/collecting", tag = "settings", operation_id = "collecting",
    responses(
        (status = 200, body = Collecting),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT])),
    ),
    security(("session" = [])),
)]
pub async fn collecting(
    State(app): State<App>,
    credential: AgentCredential,
) -> Result<Json<Collecting>> {
    Ok(Json(app.store.collecting(credential.session).await?))
}

/// Saves what the site collects. What it collects no longer is not shown from then on, and removed within minutes.
#[utoipa::path(
    put, path = "/api/v1/agent/settings/collecting", tag = "settings", operation_id = "set_collecting",
    request_body = Collecting,
    responses(
        (status = 200, body = Collecting),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, ADMIN])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_collecting(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(collecting): JsonBody<Collecting>,
) -> Result<Json<Collecting>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    Ok(Json(app.store.set_collecting(credential.session, collecting).await?))
}
