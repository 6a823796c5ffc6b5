//! The routes by which agents look at visitors and correct what is known of them.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use porchlight_protocol::limits::PAGE_CONVERSATIONS_MAX;
use porchlight_protocol::person::{EditVisitor, VisitorRecord};
use porchlight_protocol::wire::Listing;
use porchlight_protocol::{ErrorBody, ErrorCode, VisitorId};
use porchlight_store::Credential;
use serde::Deserialize;
use utoipa::IntoParams;

use super::agent::listing;
use super::refusals::{AGENT, AGENT_CHANGE, BODY, DETAILS, EDIT, QUERY, RECORD, refusals};
use crate::app::App;
use crate::auth::{AgentChange, AgentCredential};
use crate::error::{Error, Result};
use crate::extract::{JsonBody, QueryOf, segment};

/// The visitor in the path. An ill-formed id gets the same answer as an unknown one.
pub struct OfVisitor(pub VisitorId);

impl FromRequestParts<App> for OfVisitor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let id = segment(parts, "visitors").and_then(|id| id.parse().ok());
        id.map(OfVisitor).ok_or_else(|| ErrorCode::VisitorUnknown.into())
    }
}

/// What the site knows of a visitor, and who told it.
#[utoipa::path(
    get, path = "/api/v1/agent/visitors/{id}", tag = "agent", operation_id = "visitor_record",
    params(("id" = String, Path, description = "The visitor's id")),
    responses(
        (status = 200, body = VisitorRecord),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT, RECORD])),
    ),
    security(("session" = [])),
)]
pub async fn record(
    State(app): State<App>,
    credential: AgentCredential,
    OfVisitor(id): OfVisitor,
) -> Result<Json<VisitorRecord>> {
    Ok(Json(app.store.visitor_record(credential.session, id).await?))
}

/// Corrects what the site knows of a visitor, by hand. What was there before, sent in the same way, undoes it.
#[utoipa::path(
    patch, path = "/api/v1/agent/visitors/{id}", tag = "agent", operation_id = "edit_visitor",
    params(("id" = String, Path, description = "The visitor's id")),
    request_body = EditVisitor,
    responses(
        (status = 200, body = VisitorRecord),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, RECORD, EDIT, DETAILS])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn edit(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    OfVisitor(id): OfVisitor,
    JsonBody(edit): JsonBody<EditVisitor>,
) -> Result<Json<VisitorRecord>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    Ok(Json(app.store.edit_visitor(credential.session, id, edit).await?))
}

/// A page of a visitor's conversations.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VisitorQuery {
    /// The `next` of the page before.
    pub before: Option<u64>,
    /// How many at most; 20 if absent, 200 at most.
    pub limit: Option<usize>,
}

/// A visitor's conversations, open and closed, the newest first.
#[utoipa::path(
    get, path = "/api/v1/agent/visitors/{id}/conversations", tag = "agent", operation_id = "conversations_of_visitor",
    params(("id" = String, Path, description = "The visitor's id"), VisitorQuery),
    responses(
        (status = 200, body = Listing),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT, QUERY, RECORD])),
    ),
    security(("session" = [])),
)]
pub async fn conversations(
    State(app): State<App>,
    credential: AgentCredential,
    OfVisitor(id): OfVisitor,
    QueryOf(query): QueryOf<VisitorQuery>,
) -> Result<Json<Listing>> {
    let limit = query.limit.unwrap_or(20).clamp(1, PAGE_CONVERSATIONS_MAX);
    let found = app.store.conversations_of_visitor(credential.session, id, query.before, limit);
    let (found, visitors) = found.await?;
    Ok(Json(Listing { visitors, ..listing(found) }))
}
