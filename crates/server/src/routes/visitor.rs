//! What a visitor's browser asks for.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use porchlight_protocol::wire::{Appended, Hello, Page, ReadUpTo, Start, Started, Welcome};
use porchlight_protocol::{Act, Conversation, ErrorBody};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::ClientIp;
use crate::error::Result;
use crate::extract::{ByClient, HelloBody, InConversation, JsonBody, QueryOf};
use crate::hub::{Party, Topic};
use crate::poll::poll;
use crate::store::log;
use crate::store::visitors::{self, VisitorClaim};
use crate::sync;

use super::conversation::{self, PageQuery, Who};

/// How long a sync may wait.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SyncQuery {
    /// Seconds to wait for a commit after the hello's `known`; 25 at most.
    pub wait: Option<u64>,
}

/// How things stand for this visitor. A long poll with `wait` and `known`.
#[utoipa::path(
    post, path = "/api/v1/sites/{site}/sync", tag = "visitor", operation_id = "visitor_sync",
    params(("site" = String, Path, description = "The site's key"), SyncQuery),
    request_body = Hello,
    responses(
        (status = 200, body = Welcome),
        (status = "4XX", body = ErrorBody, description = "`malformed`, `version_mismatch`, `site_unknown`, `visitor_key_invalid`, `visitor_key_revoked`, `origin_not_allowed`, `body_too_large`"),
    ),
    security(("visitor_key" = [])),
)]
pub async fn sync(
    State(app): State<App>,
    claim: VisitorClaim,
    QueryOf(query): QueryOf<SyncQuery>,
    HelloBody(hello): HelloBody,
) -> Result<Json<Welcome>> {
    let wait = query.wait.unwrap_or(0);
    if hello.known.is_some() && wait > 0 {
        let first = claim.clone();
        let (site, visitor) = app.store.read(move |sql| visitors::authorise(sql, &first)).await?;
        let topic = Topic::Visitor(site.id, visitor);
        let later = poll(&app, wait, topic, Party::Visitor, None, async |last| {
            welcome(&app, claim.clone(), hello.clone(), last).await
        });
        if let Some(welcome) = later.await? {
            return Ok(Json(welcome));
        }
    }
    let welcome = welcome(&app, claim, hello, true).await?;
    Ok(Json(welcome.ok_or(porchlight_protocol::ErrorCode::Internal)?))
}

/// A welcome, if the client lacks something or has to be answered.
async fn welcome(
    app: &App,
    claim: VisitorClaim,
    hello: Hello,
    must_answer: bool,
) -> Result<Option<Welcome>> {
    let with = app.clone();
    app.store
        .read(move |sql| {
            let (site, visitor) = visitors::authorise(sql, &claim)?;
            let newest = sync::newest_for_visitor(sql, &site, &visitor)?;
            if !must_answer && sync::has_all(&with, sql, &hello, newest)? {
                return Ok(None);
            }
            let booted = sync::booted(sql, &hello)?;
            sync::visitor(&with, sql, &site, &visitor, booted.as_ref()).map(Some)
        })
        .await
}

/// Starts a conversation with its first message. A key that nobody has used before makes a new
/// visitor; the answer to a retry is 200 with the same conversation.
#[utoipa::path(
    post, path = "/api/v1/sites/{site}/conversations", tag = "visitor", operation_id = "visitor_start",
    params(("site" = String, Path, description = "The site's key")),
    request_body = Start,
    responses(
        (status = 201, body = Started),
        (status = 200, body = Started, description = "It was started before"),
        (status = "4XX", body = ErrorBody, description = "`malformed`, `site_unknown`, `visitor_key_invalid`, `visitor_key_revoked`, `not_allowed` (the site has no bot), `text_empty`, `text_too_long`, `text_invalid`, `client_id_reused`, `too_many_open`, `rate_limited`, `origin_not_allowed`, `body_too_large`"),
    ),
    security(("visitor_key" = [])),
)]
pub async fn start(
    State(app): State<App>,
    claim: VisitorClaim,
    ClientIp(ip): ClientIp,
    JsonBody(start): JsonBody<Start>,
) -> Result<(StatusCode, Json<Started>)> {
    app.limits.starts.check(&ip)?;
    app.limits.visitor_acts.check(&claim.key)?;
    let key = claim.key;
    let (started, new) = app
        .store
        .write(move |commit| {
            let (site, visitor) = visitors::authorise_or_create(commit, &claim)?;
            log::start(commit, &site, &visitor, &start)
        })
        .await?;
    app.limits.proven.note(&key);
    Ok((if new { StatusCode::CREATED } else { StatusCode::OK }, Json(started)))
}

/// One of the visitor's conversations.
#[utoipa::path(
    get, path = "/api/v1/sites/{site}/conversations/{id}", tag = "visitor", operation_id = "visitor_conversation",
    params(("site" = String, Path), ("id" = String, Path)),
    responses(
        (status = 200, body = Conversation),
        (status = "4XX", body = ErrorBody, description = "`site_unknown`, `visitor_key_invalid`, `visitor_key_revoked`, `conversation_unknown`"),
    ),
    security(("visitor_key" = [])),
)]
pub async fn get(
    State(app): State<App>,
    claim: VisitorClaim,
    InConversation(id): InConversation,
) -> Result<Json<Conversation>> {
    conversation::get(&app, Who::Visitor(claim), id).await
}

/// A page of its history. A long poll with `after` and `wait`.
#[utoipa::path(
    get, path = "/api/v1/sites/{site}/conversations/{id}/events", tag = "visitor", operation_id = "visitor_events",
    params(("site" = String, Path), ("id" = String, Path), PageQuery),
    responses(
        (status = 200, body = Page),
        (status = "4XX", body = ErrorBody, description = "`malformed`, `site_unknown`, `visitor_key_invalid`, `visitor_key_revoked`, `conversation_unknown`"),
    ),
    security(("visitor_key" = [])),
)]
pub async fn events(
    State(app): State<App>,
    claim: VisitorClaim,
    InConversation(id): InConversation,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<Page>> {
    conversation::page(&app, Who::Visitor(claim), id, query).await
}

/// Says something, closes, takes that back, or asks to keep it open. `client_id` is the client's own
/// name for the act: a retry with the same body gets the same answer with 200 and changes nothing.
#[utoipa::path(
    put, path = "/api/v1/sites/{site}/conversations/{id}/events/{client_id}", tag = "visitor", operation_id = "visitor_act",
    params(("site" = String, Path), ("id" = String, Path), ("client_id" = String, Path)),
    request_body = Act,
    responses(
        (status = 201, body = Appended),
        (status = 200, body = Appended, description = "It was done before, or it was so already"),
        (status = "4XX", body = ErrorBody, description = "`malformed`, `site_unknown`, `visitor_key_invalid`, `visitor_key_revoked`, `conversation_unknown`, `conversation_closed`, `not_allowed`, `text_empty`, `text_too_long`, `text_invalid`, `client_id_reused`, `rate_limited`, `origin_not_allowed`, `body_too_large`"),
    ),
    security(("visitor_key" = [])),
)]
pub async fn act(
    State(app): State<App>,
    claim: VisitorClaim,
    InConversation(id): InConversation,
    ByClient(client_id): ByClient,
    JsonBody(act): JsonBody<Act>,
) -> Result<(StatusCode, Json<Appended>)> {
    conversation::act(&app, Who::Visitor(claim), id, client_id, act).await
}

/// Notes how far the visitor has read.
#[utoipa::path(
    put, path = "/api/v1/sites/{site}/conversations/{id}/read", tag = "visitor", operation_id = "visitor_read",
    params(("site" = String, Path), ("id" = String, Path)),
    request_body = ReadUpTo,
    responses(
        (status = 204),
        (status = "4XX", body = ErrorBody, description = "`malformed`, `site_unknown`, `visitor_key_invalid`, `visitor_key_revoked`, `conversation_unknown`, `rate_limited`, `origin_not_allowed`, `body_too_large`"),
    ),
    security(("visitor_key" = [])),
)]
pub async fn read(
    State(app): State<App>,
    claim: VisitorClaim,
    InConversation(id): InConversation,
    JsonBody(up_to): JsonBody<ReadUpTo>,
) -> Result<StatusCode> {
    conversation::read(&app, Who::Visitor(claim), id, up_to).await
}
