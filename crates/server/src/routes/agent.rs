//! The routes for agents.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use porchlight_protocol::limits::PAGE_CONVERSATIONS_MAX;
use porchlight_protocol::wire::{Appended, Hello, Listing, Page, ReadUpTo, Welcome};
use porchlight_protocol::{Act, Conversation, ErrorBody, ErrorCode, Filter, Sort};
use porchlight_store::Credential;
use porchlight_store::requests::Found;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::{AgentChange, AgentCredential};
use crate::error::Result;
use crate::extract::{ByClient, HelloBody, InConversation, JsonBody, QueryOf};

use super::conversation::{self, PageQuery};
use super::refusals::{
    AGENT, AGENT_ACT, AGENT_CHANGE, BODY, CLIENT_ID, CONVERSATION, HELLO, LISTING, QUERY, TEXT,
    refusals,
};
use super::sync::{self, SyncQuery};

/// The welcome for an agent: policy, the site's open conversations and their counts. A long poll with `wait` and
/// `known`. Changes nothing, so it needs no CSRF token.
#[utoipa::path(
    post, path = "/api/v1/agent/sync", tag = "agent", operation_id = "agent_sync",
    params(SyncQuery), request_body = Hello,
    responses(
        (status = 200, body = Welcome),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT, BODY, QUERY, HELLO])),
    ),
    security(("session" = [])),
)]
pub async fn sync(
    State(app): State<App>,
    credential: AgentCredential,
    QueryOf(query): QueryOf<SyncQuery>,
    HelloBody(hello): HelloBody,
) -> Result<Json<Welcome>> {
    sync::sync(&app, Credential::Agent(credential.session), query, hello).await
}

/// A page of a listing.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Which conversations; open ones if absent.
    #[param(inline, required = false, value_type = Filter)]
    pub filter: Option<String>,
    /// Their order; the newest activity first if absent. `waiting` is of `unassigned` alone.
    #[param(inline, required = false, value_type = Sort)]
    pub sort: Option<String>,
    /// The `next` of the page before.
    pub before: Option<u64>,
    /// The same, with the sort `waiting`.
    pub after: Option<u64>,
    /// How many at most; 50 if absent, 200 at most.
    pub limit: Option<usize>,
}

/// The site's conversations: a page of a folder, in an order.
#[utoipa::path(
    get, path = "/api/v1/agent/conversations", tag = "agent", operation_id = "agent_conversations",
    params(ListQuery),
    responses(
        (status = 200, body = Listing),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT, QUERY, LISTING])),
    ),
    security(("session" = [])),
)]
pub async fn list(
    State(app): State<App>,
    credential: AgentCredential,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Json<Listing>> {
    let filter = match &query.filter {
        Some(name) => name.parse().map_err(|_| ErrorCode::FilterUnknown)?,
        None => Filter::default(),
    };
    let sort = match &query.sort {
        Some(name) => name.parse().map_err(|_| ErrorCode::FilterUnknown)?,
        None => Sort::default(),
    };
    if sort != Sort::Newest && filter != Filter::Unassigned {
        return Err(ErrorCode::FilterUnknown.into());
    }
    let limit = query.limit.unwrap_or(50).clamp(1, PAGE_CONVERSATIONS_MAX);
    let from = match sort {
        Sort::Newest | Sort::Left => query.before,
        Sort::Waiting => query.after,
    };
    let found = app.store.folder(credential.session, filter, sort, from, limit);
    let (found, counts, visitors) = found.await?;
    Ok(Json(Listing { counts: Some(counts), visitors, ..listing(found) }))
}

/// A page of the store as the API returns it.
pub(super) fn listing(Found { conversations, next }: Found) -> Listing {
    Listing { conversations, next, counts: None, visitors: Vec::new() }
}

/// One of the site's conversations.
#[utoipa::path(
    get, path = "/api/v1/agent/conversations/{id}", tag = "agent", operation_id = "agent_conversation",
    params(("id" = String, Path)),
    responses(
        (status = 200, body = Conversation),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT, CONVERSATION])),
    ),
    security(("session" = [])),
)]
pub async fn get(
    State(app): State<App>,
    credential: AgentCredential,
    InConversation(id): InConversation,
) -> Result<Json<Conversation>> {
    conversation::get(&app, Credential::Agent(credential.session), id).await
}

/// A page of a conversation's log. A long poll with `after` and `wait`.
#[utoipa::path(
    get, path = "/api/v1/agent/conversations/{id}/events", tag = "agent", operation_id = "agent_events",
    params(("id" = String, Path), PageQuery),
    responses(
        (status = 200, body = Page),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT, QUERY, CONVERSATION])),
    ),
    security(("session" = [])),
)]
pub async fn events(
    State(app): State<App>,
    credential: AgentCredential,
    InConversation(id): InConversation,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<Page>> {
    conversation::page(&app, Credential::Agent(credential.session), id, query).await
}

/// Appends an act: a claim or unclaim, a message, a note, a close or a re-open. Idempotent by `client_id`: a retry
/// with the same body gets the first answer again, with 200, and changes nothing.
#[utoipa::path(
    put, path = "/api/v1/agent/conversations/{id}/events/{client_id}", tag = "agent", operation_id = "agent_act",
    params(("id" = String, Path), ("client_id" = String, Path)),
    request_body = Act,
    responses(
        (status = 201, body = Appended),
        (status = 200, body = Appended, description = "It was done before, or it was so already"),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, CONVERSATION, CLIENT_ID, TEXT, AGENT_ACT])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn act(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    InConversation(id): InConversation,
    ByClient(client_id): ByClient,
    JsonBody(act): JsonBody<Act>,
) -> Result<(StatusCode, Json<Appended>)> {
    conversation::act(&app, Credential::Agent(credential.session), id, client_id, act).await
}

/// Tells the visitor and the rest of the team that the agent types, for some seconds. Nothing of it is stored.
#[utoipa::path(
    put, path = "/api/v1/agent/conversations/{id}/typing", tag = "agent", operation_id = "agent_typing",
    params(("id" = String, Path)),
    responses(
        (status = 204),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, CONVERSATION])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn typing(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    InConversation(id): InConversation,
) -> Result<StatusCode> {
    conversation::typing(&app, Credential::Agent(credential.session), id).await
}

/// Moves the team's read mark.
#[utoipa::path(
    put, path = "/api/v1/agent/conversations/{id}/read", tag = "agent", operation_id = "agent_read",
    params(("id" = String, Path)),
    request_body = ReadUpTo,
    responses(
        (status = 204),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, CONVERSATION])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn read(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    InConversation(id): InConversation,
    JsonBody(up_to): JsonBody<ReadUpTo>,
) -> Result<StatusCode> {
    conversation::read(&app, Credential::Agent(credential.session), id, up_to).await
}
