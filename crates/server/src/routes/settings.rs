//! Settings → Close Conversations.

use axum::Json;
use axum::extract::State;
use porchlight_protocol::wire::Role;
use porchlight_protocol::{ClosingSettings, ErrorBody, ErrorCode};

use crate::app::App;
use crate::auth::{AgentChange, AgentClaim};
use crate::clock;
use crate::error::Result;
use crate::extract::JsonBody;
use crate::store::{agents, sites};

/// The closing settings.
#[utoipa::path(
    get, path = "/api/v1/agent/settings/closing", tag = "settings", operation_id = "closing_settings",
    responses(
        (status = 200, body = ClosingSettings),
        (status = "4XX", body = ErrorBody, description = "`sign_in_required`"),
    ),
    security(("session" = [])),
)]
pub async fn closing(State(app): State<App>, claim: AgentClaim) -> Result<Json<ClosingSettings>> {
    let agent =
        app.store.read(move |sql| agents::authorise(sql, &claim.session, clock::now())).await?;
    Ok(Json(agent.site.closing))
}

/// Saves the closing settings. Every open client of the site follows at once.
#[utoipa::path(
    put, path = "/api/v1/agent/settings/closing", tag = "settings", operation_id = "set_closing_settings",
    request_body = ClosingSettings,
    responses(
        (status = 200, body = ClosingSettings),
        (status = "4XX", body = ErrorBody, description = "`malformed`, `sign_in_required`, `csrf_token_invalid`, `role_required`, `text_empty`, `text_too_long`, `text_invalid`, `origin_not_allowed`, `body_too_large`"),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_closing(
    State(app): State<App>,
    AgentChange(claim): AgentChange,
    JsonBody(closing): JsonBody<ClosingSettings>,
) -> Result<Json<ClosingSettings>> {
    app.limits.team_acts.check(&claim.session)?;
    let closing = app
        .store
        .write(move |commit| {
            let agent = agents::authorise(commit.sql, &claim.session, commit.now)?;
            if agent.role != Role::Admin {
                return Err(ErrorCode::RoleRequired.into());
            }
            sites::set_closing(commit, &agent.site, closing)
        })
        .await?;
    Ok(Json(closing))
}
