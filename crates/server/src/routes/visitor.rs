//! The routes for visitors.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use porchlight_protocol::person;
use porchlight_protocol::wire::{Appended, Hello, Page, ReadUpTo, Start, Started, Welcome};
use porchlight_protocol::{Act, Conversation, ErrorBody};
use porchlight_store::{Asker, Credential, SiteId, Surroundings, VisitorCredential};
use porchlight_words::CHAT;

use crate::app::App;
use crate::auth::{ClientIp, browser_of};
use crate::error::Result;
use crate::extract::{ByClient, HelloBody, InConversation, JsonBody, QueryOf};

use super::conversation::{self, PageQuery};
use super::refusals::{
    BODY, CLIENT_ID, CONVERSATION, HELLO, QUERY, START, TEXT, TYPES, VISITOR, VISITOR_ACT, refusals,
};
use super::sync::{self, SyncQuery};

/// The welcome for a visitor: policy and conversations. A long poll with `wait` and `known`.
#[utoipa::path(
    post, path = "/api/v1/sites/{site}/sync", tag = "visitor", operation_id = "visitor_sync",
    params(("site" = String, Path, description = "The site's key"), SyncQuery),
    request_body = Hello,
    responses(
        (status = 200, body = Welcome),
        (status = "default", body = ErrorBody, description = refusals(&[VISITOR, BODY, QUERY, HELLO])),
    ),
    security(("visitor_key" = [])),
)]
pub async fn sync(
    State(app): State<App>,
    credential: VisitorCredential,
    QueryOf(query): QueryOf<SyncQuery>,
    HelloBody(hello): HelloBody,
) -> Result<Json<Welcome>> {
    sync::sync(&app, Credential::Visitor(credential), query, hello).await
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
        (status = "default", body = ErrorBody, description = refusals(&[VISITOR, BODY, TEXT, CLIENT_ID, START])),
    ),
    security(("visitor_key" = [])),
)]
pub async fn start(
    State(app): State<App>,
    credential: VisitorCredential,
    ClientIp(ip): ClientIp,
    headers: HeaderMap,
    JsonBody(start): JsonBody<Start>,
) -> Result<(StatusCode, Json<Started>)> {
    app.limits.starts.check(&ip)?;
    app.limits.visitor_acts.check(&credential.key)?;
    let visitor = Credential::Visitor(credential.clone());
    let (surroundings, asker) = (surroundings(&headers), asker(&app, &headers, &start));
    let (started, new) = app.store.start(credential, start, surroundings, asker).await?;
    app.note_proven(&visitor);
    app.note_network(&visitor);
    Ok((if new { StatusCode::CREATED } else { StatusCode::OK }, Json(started)))
}

/// What a live chat needs for its questions: whether a site's team is online, and the words of the visitor's language.
fn asker(app: &App, headers: &HeaderMap, start: &Start) -> impl Fn(SiteId) -> Asker + use<> {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let language = CHAT.choose(start.language.as_deref(), accepted);
    let hub = app.hub.clone();
    move |site| Asker {
        is_online: hub.online(site),
        language: language.tag,
        words: language.group("ask").collect(),
    }
}

/// What the headers of a visitor's request say beside the request: the browser, and the language that it asks for first.
pub(super) fn surroundings(headers: &HeaderMap) -> Surroundings {
    let device = Some(browser_of(headers)).filter(|device| !device.is_empty());
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let first = accepted.and_then(|accepted| accepted.split([',', ';']).next());
    Surroundings { device, language: first.and_then(|tag| person::language(tag.trim())) }
}

/// One of the visitor's conversations.
#[utoipa::path(
    get, path = "/api/v1/sites/{site}/conversations/{id}", tag = "visitor", operation_id = "visitor_conversation",
    params(("site" = String, Path), ("id" = String, Path)),
    responses(
        (status = 200, body = Conversation),
        (status = "default", body = ErrorBody, description = refusals(&[VISITOR, CONVERSATION])),
    ),
    security(("visitor_key" = [])),
)]
pub async fn get(
    State(app): State<App>,
    credential: VisitorCredential,
    InConversation(id): InConversation,
) -> Result<Json<Conversation>> {
    conversation::get(&app, Credential::Visitor(credential), id).await
}

/// A page of a conversation's log. A long poll with `after` and `wait`.
#[utoipa::path(
    get, path = "/api/v1/sites/{site}/conversations/{id}/events", tag = "visitor", operation_id = "visitor_events",
    params(("site" = String, Path), ("id" = String, Path), PageQuery),
    responses(
        (status = 200, body = Page),
        (status = "default", body = ErrorBody, description = refusals(&[VISITOR, QUERY, CONVERSATION])),
    ),
    security(("visitor_key" = [])),
)]
pub async fn events(
    State(app): State<App>,
    credential: VisitorCredential,
    InConversation(id): InConversation,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<Page>> {
    conversation::page(&app, Credential::Visitor(credential), id, query).await
}

/// Appends an act: a message, a close, a re-open or *Keep it open*. Idempotent by `client_id`, which the client
/// chooses: a retry with the same body gets the first answer again, with 200, and changes nothing.
#[utoipa::path(
    put, path = "/api/v1/sites/{site}/conversations/{id}/events/{client_id}", tag = "visitor", operation_id = "visitor_act",
    params(("site" = String, Path), ("id" = String, Path), ("client_id" = String, Path)),
    request_body = Act,
    responses(
        (status = 201, body = Appended),
        (status = 200, body = Appended, description = "It was done before, or it was so already"),
        (status = "default", body = ErrorBody, description = refusals(&[VISITOR, BODY, CONVERSATION, CLIENT_ID, TEXT, VISITOR_ACT])),
    ),
    security(("visitor_key" = [])),
)]
pub async fn act(
    State(app): State<App>,
    credential: VisitorCredential,
    InConversation(id): InConversation,
    ByClient(client_id): ByClient,
    JsonBody(act): JsonBody<Act>,
) -> Result<(StatusCode, Json<Appended>)> {
    conversation::act(&app, Credential::Visitor(credential), id, client_id, act).await
}

/// Tells the team that the visitor types, for some seconds. Nothing of it is stored.
#[utoipa::path(
    put, path = "/api/v1/sites/{site}/conversations/{id}/typing", tag = "visitor", operation_id = "visitor_typing",
    params(("site" = String, Path), ("id" = String, Path)),
    responses(
        (status = 204),
        (status = "default", body = ErrorBody, description = refusals(&[VISITOR, CONVERSATION, TYPES])),
    ),
    security(("visitor_key" = [])),
)]
pub async fn typing(
    State(app): State<App>,
    credential: VisitorCredential,
    InConversation(id): InConversation,
) -> Result<StatusCode> {
    conversation::typing(&app, Credential::Visitor(credential), id).await
}

/// Moves the visitor's read mark.
#[utoipa::path(
    put, path = "/api/v1/sites/{site}/conversations/{id}/read", tag = "visitor", operation_id = "visitor_read",
    params(("site" = String, Path), ("id" = String, Path)),
    request_body = ReadUpTo,
    responses(
        (status = 204),
        (status = "default", body = ErrorBody, description = refusals(&[VISITOR, BODY, CONVERSATION])),
    ),
    security(("visitor_key" = [])),
)]
pub async fn read(
    State(app): State<App>,
    credential: VisitorCredential,
    InConversation(id): InConversation,
    JsonBody(up_to): JsonBody<ReadUpTo>,
) -> Result<StatusCode> {
    conversation::read(&app, Credential::Visitor(credential), id, up_to).await
}
