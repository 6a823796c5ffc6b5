//! What an agent's browser asks for.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use porchlight_protocol::limits::PAGE_CONVERSATIONS_MAX;
use porchlight_protocol::wire::{Appended, Hello, Listing, Page, ReadUpTo, Welcome};
use porchlight_protocol::{Act, Conversation, ErrorBody, ErrorCode, Filter};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::{AgentChange, AgentClaim};
use crate::error::Result;
use crate::extract::{ByClient, HelloBody, InConversation, JsonBody, QueryOf};
use crate::hub::{Party, Topic};
use crate::poll::poll;
use crate::random::Hash;
use crate::store::agents;
use crate::store::conversations::{self, Found, Listed};
use crate::sync;

use super::conversation::{self, PageQuery, Who};
use super::visitor::SyncQuery;

/// How things stand for this agent: the site's open conversations. A long poll with `wait` and
/// `known`. Changes nothing, so it needs no CSRF token.
#[utoipa::path(
    post, path = "/api/v1/agent/sync", tag = "agent", operation_id = "agent_sync",
    params(SyncQuery), request_body = Hello,
    responses(
        (status = 200, body = Welcome),
        (status = "4XX", body = ErrorBody, description = "`malformed`, `version_mismatch`, `sign_in_required`, `origin_not_allowed`, `body_too_large`"),
    ),
    security(("session" = [])),
)]
pub async fn sync(
    State(app): State<App>,
    claim: AgentClaim,
    QueryOf(query): QueryOf<SyncQuery>,
    HelloBody(hello): HelloBody,
) -> Result<Json<Welcome>> {
    let session = claim.session;
    let wait = query.wait.unwrap_or(0);
    if hello.known.is_some() && wait > 0 {
        let now = app.now();
        let agent = app.store.read(move |sql| agents::authorise(sql, &session, now)).await?;
        let later = poll(
            &app,
            wait,
            Topic::Team(agent.site.id),
            Party::Agent(session),
            None,
            async |last| welcome(&app, session, hello.clone(), last).await,
        );
        if let Some(welcome) = later.await? {
            return Ok(Json(welcome));
        }
    }
    let welcome = welcome(&app, session, hello, true).await?;
    Ok(Json(welcome.ok_or(ErrorCode::Internal)?))
}

/// A welcome, if the client lacks something or has to be answered.
async fn welcome(
    app: &App,
    session: Hash,
    hello: Hello,
    must_answer: bool,
) -> Result<Option<Welcome>> {
    let with = app.clone();
    app.store
        .read(move |sql| {
            let agent = agents::authorise(sql, &session, with.now())?;
            let newest = sync::newest_for_agent(sql, &agent.site)?;
            if !must_answer && sync::has_all(&with, sql, &hello, newest)? {
                return Ok(None);
            }
            let booted = sync::booted(sql, &hello)?;
            sync::agent(&with, sql, &agent.site, &agent.member, booted.as_ref()).map(Some)
        })
        .await
}

/// A page of a listing.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Which conversations; open ones if absent.
    #[param(inline, required = false, value_type = Filter)]
    pub filter: Option<String>,
    /// The `next` of the page before.
    pub before: Option<u64>,
    /// How many at most; 50 if absent, 200 at most.
    pub limit: Option<usize>,
}

/// The site's conversations, newest activity first.
#[utoipa::path(
    get, path = "/api/v1/agent/conversations", tag = "agent", operation_id = "agent_conversations",
    params(ListQuery),
    responses(
        (status = 200, body = Listing),
        (status = "4XX", body = ErrorBody, description = "`malformed`, `filter_unknown`, `sign_in_required`"),
    ),
    security(("session" = [])),
)]
pub async fn list(
    State(app): State<App>,
    claim: AgentClaim,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Json<Listing>> {
    let filter = match &query.filter {
        Some(name) => name.parse().map_err(|_| ErrorCode::FilterUnknown)?,
        None => Filter::default(),
    };
    let now = app.now();
    let listing = app
        .store
        .read(move |sql| {
            let agent = agents::authorise(sql, &claim.session, now)?;
            let limit = query.limit.unwrap_or(50).clamp(1, PAGE_CONVERSATIONS_MAX);
            let folder = Listed::Folder(filter, agent.member.id.clone());
            let found = conversations::list(sql, agent.site.id, &folder, query.before, limit)?;
            let counts = sync::counts(sql, &agent.site, &agent.member)?;
            Ok(Listing { counts: Some(counts), ..listing(found) })
        })
        .await?;
    Ok(Json(listing))
}

/// What was found, as it is told.
pub(super) fn listing(Found { conversations, next }: Found) -> Listing {
    Listing { conversations, next, counts: None }
}

/// One of the site's conversations.
#[utoipa::path(
    get, path = "/api/v1/agent/conversations/{id}", tag = "agent", operation_id = "agent_conversation",
    params(("id" = String, Path)),
    responses(
        (status = 200, body = Conversation),
        (status = "4XX", body = ErrorBody, description = "`sign_in_required`, `conversation_unknown`"),
    ),
    security(("session" = [])),
)]
pub async fn get(
    State(app): State<App>,
    claim: AgentClaim,
    InConversation(id): InConversation,
) -> Result<Json<Conversation>> {
    conversation::get(&app, Who::Agent(claim.session), id).await
}

/// A page of its history. A long poll with `after` and `wait`.
#[utoipa::path(
    get, path = "/api/v1/agent/conversations/{id}/events", tag = "agent", operation_id = "agent_events",
    params(("id" = String, Path), PageQuery),
    responses(
        (status = 200, body = Page),
        (status = "4XX", body = ErrorBody, description = "`malformed`, `sign_in_required`, `conversation_unknown`"),
    ),
    security(("session" = [])),
)]
pub async fn events(
    State(app): State<App>,
    claim: AgentClaim,
    InConversation(id): InConversation,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<Page>> {
    conversation::page(&app, Who::Agent(claim.session), id, query).await
}

/// Claims, says something, closes, opens again, writes a note for the other agents. A retry of a
/// `client_id` with the same body gets the same answer with 200 and changes nothing.
#[utoipa::path(
    put, path = "/api/v1/agent/conversations/{id}/events/{client_id}", tag = "agent", operation_id = "agent_act",
    params(("id" = String, Path), ("client_id" = String, Path)),
    request_body = Act,
    responses(
        (status = 201, body = Appended),
        (status = 200, body = Appended, description = "It was done before, or it was so already"),
        (status = "4XX", body = ErrorBody, description = "`malformed`, `sign_in_required`, `csrf_token_invalid`, `origin_not_allowed`, `conversation_unknown`, `conversation_closed`, `claim_required`, `not_allowed`, `claimed_by_other` (with `owner`), `new_messages` (with `seq`), `text_empty`, `text_too_long`, `text_invalid`, `client_id_reused`, `rate_limited`, `body_too_large`"),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn act(
    State(app): State<App>,
    AgentChange(claim): AgentChange,
    InConversation(id): InConversation,
    ByClient(client_id): ByClient,
    JsonBody(act): JsonBody<Act>,
) -> Result<(StatusCode, Json<Appended>)> {
    conversation::act(&app, Who::Agent(claim.session), id, client_id, act).await
}

/// Notes how far the team has read.
#[utoipa::path(
    put, path = "/api/v1/agent/conversations/{id}/read", tag = "agent", operation_id = "agent_read",
    params(("id" = String, Path)),
    request_body = ReadUpTo,
    responses(
        (status = 204),
        (status = "4XX", body = ErrorBody, description = "`malformed`, `sign_in_required`, `csrf_token_invalid`, `origin_not_allowed`, `conversation_unknown`, `rate_limited`, `body_too_large`"),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn read(
    State(app): State<App>,
    AgentChange(claim): AgentChange,
    InConversation(id): InConversation,
    JsonBody(up_to): JsonBody<ReadUpTo>,
) -> Result<StatusCode> {
    conversation::read(&app, Who::Agent(claim.session), id, up_to).await
}
