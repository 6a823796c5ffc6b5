//! Whether an agent counts as online while connected: their own switch, and whether their inbox is idle.

use axum::extract::State;
use axum::http::StatusCode;
use porchlight_protocol::ErrorBody;
use porchlight_protocol::settings::Switch;
use porchlight_store::Credential;

use super::refusals::{AGENT_CHANGE, BODY, refusals};
use crate::app::App;
use crate::auth::AgentChange;
use crate::error::Result;
use crate::extract::JsonBody;
use crate::presence;

/// Says that the agent is away, or no longer, with all of their sessions, until they say otherwise.
#[utoipa::path(
    put, path = "/api/v1/agent/away", tag = "session", operation_id = "set_away",
    request_body = Switch,
    responses(
        (status = 204),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_away(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(away): JsonBody<Switch>,
) -> Result<StatusCode> {
    let session = credential.session;
    app.prove(&Credential::Agent(session)).await?;
    app.limits.team_acts.check(&session)?;
    app.store.set_away(session, away.on).await?;
    presence::look_now(&app).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Says that nobody has touched the inbox of this session for a while, or that somebody does.
#[utoipa::path(
    put, path = "/api/v1/agent/idle", tag = "session", operation_id = "set_idle",
    request_body = Switch,
    responses(
        (status = 204),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_idle(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(idle): JsonBody<Switch>,
) -> Result<StatusCode> {
    let session = credential.session;
    app.prove(&Credential::Agent(session)).await?;
    app.limits.team_acts.check(&session)?;
    app.store.set_idle(session, idle.on).await?;
    presence::look_now(&app).await;
    Ok(StatusCode::NO_CONTENT)
}
