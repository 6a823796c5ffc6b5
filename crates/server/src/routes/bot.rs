//! The routes for bots.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use porchlight_protocol::limits::PAGE_CONVERSATIONS_MAX;
use porchlight_protocol::wire::{Appended, Listing, Page};
use porchlight_protocol::{Act, ErrorBody};
use porchlight_store::Credential;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::BotCredential;
use crate::error::Result;
use crate::extract::{ByClient, InConversation, JsonBody, QueryOf};

use super::agent::listing;
use super::conversation::{self, PageQuery};
use super::refusals::{BODY, BOT, BOT_ACT, CLIENT_ID, CONVERSATION, QUERY, TEXT, refusals};

/// A page of a bot's conversations.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BotListQuery {
    /// The `next` of the page before.
    pub before: Option<u64>,
    /// How many at most; 50 if absent, 200 at most.
    pub limit: Option<usize>,
}

/// The bot's conversations, open and closed, newest activity first.
#[utoipa::path(
    get, path = "/api/v1/bot/conversations", tag = "bot", operation_id = "bot_conversations",
    params(BotListQuery),
    responses(
        (status = 200, body = Listing),
        (status = "default", body = ErrorBody, description = refusals(&[BOT, QUERY])),
    ),
    security(("bot_token" = [])),
)]
pub async fn list(
    State(app): State<App>,
    BotCredential(token): BotCredential,
    QueryOf(query): QueryOf<BotListQuery>,
) -> Result<Json<Listing>> {
    let limit = query.limit.unwrap_or(50).clamp(1, PAGE_CONVERSATIONS_MAX);
    let found = app.store.bot_conversations(token, query.before, limit).await?;
    Ok(Json(listing(found)))
}

/// A page of a conversation's log. A long poll with `after` and `wait`.
#[utoipa::path(
    get, path = "/api/v1/bot/conversations/{id}/events", tag = "bot", operation_id = "bot_events",
    params(("id" = String, Path), PageQuery),
    responses(
        (status = 200, body = Page),
        (status = "default", body = ErrorBody, description = refusals(&[BOT, QUERY, CONVERSATION])),
    ),
    security(("bot_token" = [])),
)]
pub async fn events(
    State(app): State<App>,
    BotCredential(token): BotCredential,
    InConversation(id): InConversation,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<Page>> {
    conversation::page(&app, Credential::Bot(token), id, query).await
}

/// Appends an act: a message or a close, as long as no agent has claimed the conversation. Idempotent by
/// `client_id`: a retry with the same body gets the first answer again, with 200, and changes nothing.
#[utoipa::path(
    put, path = "/api/v1/bot/conversations/{id}/events/{client_id}", tag = "bot", operation_id = "bot_act",
    params(("id" = String, Path), ("client_id" = String, Path)),
    request_body = Act,
    responses(
        (status = 201, body = Appended),
        (status = 200, body = Appended, description = "It was done before, or it was so already"),
        (status = "default", body = ErrorBody, description = refusals(&[BOT, BODY, CONVERSATION, CLIENT_ID, TEXT, BOT_ACT])),
    ),
    security(("bot_token" = [])),
)]
pub async fn act(
    State(app): State<App>,
    BotCredential(token): BotCredential,
    InConversation(id): InConversation,
    ByClient(client_id): ByClient,
    JsonBody(act): JsonBody<Act>,
) -> Result<(StatusCode, Json<Appended>)> {
    conversation::act(&app, Credential::Bot(token), id, client_id, act).await
}
