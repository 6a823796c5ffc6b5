//! The audit log.

use axum::Json;
use axum::extract::State;
use porchlight_protocol::audit::{AuditPage, Topic};
use porchlight_protocol::limits::AUDIT_PAGE;
use porchlight_protocol::{ErrorBody, ErrorCode};
use serde::Deserialize;
use utoipa::IntoParams;

use super::refusals::{ADMIN, AGENT, LISTING, QUERY, refusals};
use crate::app::App;
use crate::auth::AgentCredential;
use crate::error::Result;
use crate::extract::QueryOf;

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// What they are about; all if absent.
    #[param(inline, required = false, value_type = Topic)]
    topic: Option<String>,
    /// The `next` of the page before.
    before: Option<u64>,
}

/// Who has done what on the team, the newest first: sign-ins, changed settings, exported, erased and blocked visitors.
/// Entries are kept for 400 days. A `topic` that there is not gets `filter_unknown`.
#[utoipa::path(
    get, path = "/api/v1/agent/audit", tag = "audit", operation_id = "audit",
    params(AuditQuery),
    responses(
        (status = 200, body = AuditPage),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT, ADMIN, QUERY, LISTING])),
    ),
    security(("session" = [])),
)]
pub async fn audit(
    State(app): State<App>,
    credential: AgentCredential,
    QueryOf(query): QueryOf<AuditQuery>,
) -> Result<Json<AuditPage>> {
    let topic = match &query.topic {
        Some(name) => Some(Topic::named(name).ok_or(ErrorCode::FilterUnknown)?),
        None => None,
    };
    let page = app.store.audit(credential.session, topic, query.before, AUDIT_PAGE);
    Ok(Json(page.await?))
}
