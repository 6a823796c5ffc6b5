//! Settings → Close Conversations.

use axum::Json;
use axum::extract::State;
use porchlight_protocol::settings::{ClosingEffect, ClosingPage};
use porchlight_protocol::wire::Role;
use porchlight_protocol::{ClosingSettings, ErrorBody, ErrorCode, Revision};
use serde::Deserialize;
use utoipa::IntoParams;

use super::refusals::{AGENT, AGENT_CHANGE, BODY, CLOSING, MANAGE, QUERY, SAVE, refusals};
use crate::app::App;
use crate::auth::{AgentChange, AgentCredential, Credential};
use crate::error::Result;
use crate::extract::{JsonBody, QueryOf};
use crate::store::agents::{self, Agent};
use crate::store::sites::Site;
use crate::store::{deadlines, sites};

/// The closing settings and the site's plan. On every plan: below Professional they are kept, and
/// have no effect.
#[utoipa::path(
    get, path = "/api/v1/agent/settings/closing", tag = "settings", operation_id = "closing_settings",
    responses(
        (status = 200, body = ClosingPage),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT])),
    ),
    security(("session" = [])),
)]
pub async fn closing(
    State(app): State<App>,
    credential: AgentCredential,
) -> Result<Json<ClosingPage>> {
    let now = app.now();
    let agent = app.store.read(move |sql| agents::authorise(sql, &credential.session, now)).await?;
    Ok(Json(page(agent.site)))
}

fn page(site: Site) -> ClosingPage {
    ClosingPage { plan: site.plan, revision: site.closing_revision, settings: site.closing }
}

/// What whoever saves has seen.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SeenQuery {
    /// The `revision` of the page that was changed. If there is a newer one, nothing is saved. Absent:
    /// whatever is there is replaced.
    seen: Option<Revision>,
}

/// Saves the closing settings. Every open client of the site follows at once.
#[utoipa::path(
    put, path = "/api/v1/agent/settings/closing", tag = "settings", operation_id = "set_closing_settings",
    params(SeenQuery), request_body = ClosingSettings,
    responses(
        (status = 200, body = ClosingPage),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, QUERY, MANAGE, CLOSING, SAVE])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_closing(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    QueryOf(query): QueryOf<SeenQuery>,
    JsonBody(closing): JsonBody<ClosingSettings>,
) -> Result<Json<ClosingPage>> {
    Credential::Agent(credential.session).prove(&app).await?;
    app.limits.team_acts.check(&credential.session)?;
    let page = app
        .store
        .write(move |commit| {
            let agent = agents::authorise(commit.sql, &credential.session, commit.now)?;
            must_manage(&agent)?;
            sites::set_closing(commit, &agent.site, closing, query.seen).map(self::page)
        })
        .await?;
    Ok(Json(page))
}

/// What these settings would do if they were saved now. Changes nothing.
#[utoipa::path(
    post, path = "/api/v1/agent/settings/closing/effect", tag = "settings", operation_id = "closing_effect",
    request_body = ClosingSettings,
    responses(
        (status = 200, body = ClosingEffect),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, MANAGE, CLOSING])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn effect(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(closing): JsonBody<ClosingSettings>,
) -> Result<Json<ClosingEffect>> {
    app.limits.team_acts.check(&credential.session)?;
    let now = app.store.clock().now();
    let effect = app
        .store
        .read(move |sql| {
            let agent = agents::authorise(sql, &credential.session, now.wall)?;
            must_manage(&agent)?;
            deadlines::effect(sql, &agent.site, &closing.checked()?, now.steady)
        })
        .await?;
    Ok(Json(effect))
}

/// Refuses agents who are no admins, and sites whose plan does not include the settings.
fn must_manage(agent: &Agent) -> Result<()> {
    if agent.role != Role::Admin {
        Err(ErrorCode::RoleRequired.into())
    } else if !agent.site.plan.includes_closing() {
        Err(ErrorCode::PlanRequired.into())
    } else {
        Ok(())
    }
}
