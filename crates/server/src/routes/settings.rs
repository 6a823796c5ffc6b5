//! Settings → Close Conversations, Live chat and Opening hours.

use axum::Json;
use axum::extract::State;
use porchlight_protocol::hours::{Hours, HoursPage};
use porchlight_protocol::privacy::{Retention, RetentionEffect};
use porchlight_protocol::questions::Questions;
use porchlight_protocol::replace::Replace;
use porchlight_protocol::settings::{ClosingEffect, ClosingPage, Switch};
use porchlight_protocol::{ClosingSettings, ErrorBody, Millis, Revision};
use porchlight_store::{Credential, Site};
use serde::Deserialize;
use utoipa::IntoParams;

use super::refusals::{
    ADMIN, AGENT, AGENT_CHANGE, BODY, CLOSING, HOURS, MANAGE, QUERY, QUESTIONS, RETENTION, SAVE,
    refusals,
};
use crate::app::App;
use crate::auth::{AgentChange, AgentCredential};
use crate::error::Result;
use crate::extract::{JsonBody, QueryOf};

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
    Ok(Json(page(app.store.agent(credential.session).await?.site)))
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
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    let site = app.store.set_closing(credential.session, closing, query.seen).await?;
    Ok(Json(page(site)))
}

/// Whether live chat is on.
#[utoipa::path(
    get, path = "/api/v1/agent/settings/live-chat", tag = "settings", operation_id = "live_chat",
    responses(
        (status = 200, body = Switch),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT])),
    ),
    security(("session" = [])),
)]
pub async fn live_chat(
    State(app): State<App>,
    credential: AgentCredential,
) -> Result<Json<Switch>> {
    Ok(Json(Switch { on: app.store.agent(credential.session).await?.site.live_chat }))
}

/// Switches live chat on or off. Every open client of the site follows at once.
#[utoipa::path(
    put, path = "/api/v1/agent/settings/live-chat", tag = "settings", operation_id = "set_live_chat",
    request_body = Switch,
    responses(
        (status = 200, body = Switch),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, ADMIN])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_live_chat(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(live_chat): JsonBody<Switch>,
) -> Result<Json<Switch>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    app.store.set_live_chat(credential.session, live_chat.on).await?;
    Ok(Json(live_chat))
}

/// Whether visitors can leave messages while live chat is off.
#[utoipa::path(
    get, path = "/api/v1/agent/settings/messages", tag = "settings", operation_id = "messages",
    responses(
        (status = 200, body = Switch),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT])),
    ),
    security(("session" = [])),
)]
pub async fn messages(State(app): State<App>, credential: AgentCredential) -> Result<Json<Switch>> {
    Ok(Json(Switch { on: app.store.agent(credential.session).await?.site.takes_messages }))
}

/// Switches on or off that visitors can leave messages while live chat is off. Every open client of the site follows at once.
#[utoipa::path(
    put, path = "/api/v1/agent/settings/messages", tag = "settings", operation_id = "set_messages",
    request_body = Switch,
    responses(
        (status = 200, body = Switch),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, ADMIN])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_messages(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(switch): JsonBody<Switch>,
) -> Result<Json<Switch>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    app.store.set_takes_messages(credential.session, switch.on).await?;
    Ok(Json(switch))
}

/// Whether visitors see when the team has seen their messages.
#[utoipa::path(
    get, path = "/api/v1/agent/settings/read-receipts", tag = "settings", operation_id = "read_receipts",
    responses(
        (status = 200, body = Switch),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT])),
    ),
    security(("session" = [])),
)]
pub async fn read_receipts(
    State(app): State<App>,
    credential: AgentCredential,
) -> Result<Json<Switch>> {
    Ok(Json(Switch { on: app.store.agent(credential.session).await?.site.read_receipts }))
}

/// Switches read receipts for visitors on or off. Every open client of the site follows at once.
#[utoipa::path(
    put, path = "/api/v1/agent/settings/read-receipts", tag = "settings", operation_id = "set_read_receipts",
    request_body = Switch,
    responses(
        (status = 200, body = Switch),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, ADMIN])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_read_receipts(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(switch): JsonBody<Switch>,
) -> Result<Json<Switch>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    app.store.set_read_receipts(credential.session, switch.on).await?;
    Ok(Json(switch))
}

/// The opening hours, with when the site is away by them. On every plan.
#[utoipa::path(
    get, path = "/api/v1/agent/settings/hours", tag = "settings", operation_id = "hours",
    responses(
        (status = 200, body = HoursPage),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT])),
    ),
    security(("session" = [])),
)]
pub async fn hours(State(app): State<App>, credential: AgentCredential) -> Result<Json<HoursPage>> {
    let site = app.store.agent(credential.session).await?.site;
    Ok(Json(hours_page(site.hours, app.now())))
}

fn hours_page(hours: Hours, now: Millis) -> HoursPage {
    HoursPage { away: porchlight_store::hours::away(&hours, now), hours, now }
}

/// Saves the opening hours, unless others than those that were `seen` are there by now. Every open client of the site follows
/// at once.
#[utoipa::path(
    put, path = "/api/v1/agent/settings/hours", tag = "settings", operation_id = "set_hours",
    request_body = Replace<Hours>,
    responses(
        (status = 200, body = HoursPage),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, ADMIN, HOURS, SAVE])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_hours(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(hours): JsonBody<Replace<Hours>>,
) -> Result<Json<HoursPage>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    let site = app.store.set_hours(credential.session, hours).await?;
    Ok(Json(hours_page(site.hours, app.now())))
}

/// What live chats ask their visitors, and when. On every plan.
#[utoipa::path(
    get, path = "/api/v1/agent/settings/questions", tag = "settings", operation_id = "questions",
    responses(
        (status = 200, body = Questions),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT])),
    ),
    security(("session" = [])),
)]
pub async fn questions(
    State(app): State<App>,
    credential: AgentCredential,
) -> Result<Json<Questions>> {
    Ok(Json(app.store.questions(credential.session).await?))
}

/// Saves what live chats ask, unless something else than what was `seen` is there by now. Conversations that have begun go on
/// by what was set then.
#[utoipa::path(
    put, path = "/api/v1/agent/settings/questions", tag = "settings", operation_id = "set_questions",
    request_body = Replace<Questions>,
    responses(
        (status = 200, body = Questions),
        (status = "default", body = ErrorBody,
            description = refusals(&[AGENT_CHANGE, BODY, ADMIN, QUESTIONS, SAVE])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_questions(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(questions): JsonBody<Replace<Questions>>,
) -> Result<Json<Questions>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    Ok(Json(app.store.set_questions(credential.session, questions).await?))
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
    Ok(Json(app.store.closing_effect(credential.session, closing).await?))
}

/// For how long closed conversations are kept.
#[utoipa::path(
    get, path = "/api/v1/agent/settings/retention", tag = "settings", operation_id = "retention",
    responses(
        (status = 200, body = Retention),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT])),
    ),
    security(("session" = [])),
)]
pub async fn retention(
    State(app): State<App>,
    credential: AgentCredential,
) -> Result<Json<Retention>> {
    Ok(Json(app.store.retention(credential.session).await?))
}

/// Saves for how long closed conversations are kept: those without activity for that long are removed for good within
/// minutes, with their logs.
#[utoipa::path(
    put, path = "/api/v1/agent/settings/retention", tag = "settings", operation_id = "set_retention",
    request_body = Retention,
    responses(
        (status = 200, body = Retention),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, ADMIN, RETENTION])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_retention(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(retention): JsonBody<Retention>,
) -> Result<Json<Retention>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    Ok(Json(app.store.set_retention(credential.session, retention).await?))
}

/// How many conversations a retention would remove if it were saved now. Changes nothing.
#[utoipa::path(
    post, path = "/api/v1/agent/settings/retention/effect", tag = "settings", operation_id = "retention_effect",
    request_body = Retention,
    responses(
        (status = 200, body = RetentionEffect),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT, BODY, ADMIN, RETENTION])),
    ),
    security(("session" = [])),
)]
pub async fn retention_effect(
    State(app): State<App>,
    credential: AgentCredential,
    JsonBody(retention): JsonBody<Retention>,
) -> Result<Json<RetentionEffect>> {
    Ok(Json(app.store.retention_effect(credential.session, retention).await?))
}
