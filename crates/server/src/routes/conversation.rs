//! The handlers that visitors, agents and bots share. They differ in the credential.

use axum::Json;
use axum::http::StatusCode;
use porchlight_protocol::limits::PAGE_EVENTS_MAX;
use porchlight_protocol::wire::{Appended, Page, ReadUpTo};
use porchlight_protocol::{Act, ClientId, Conversation, ConversationId, ErrorCode};
use porchlight_store::Credential;
use porchlight_store::requests::PageOf;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::client;
use crate::error::Result;
use crate::hub::Client;
use crate::poll::poll;

/// The page of a conversation's log.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// The events after this one. With neither `after` nor `before`: from the first.
    pub after: Option<u64>,
    /// The last events before this one. Not together with `after`.
    pub before: Option<u64>,
    /// How many at most; 200 if absent or larger.
    pub limit: Option<usize>,
    /// Seconds to wait for an event after `after` if there is none yet; 25 at most.
    pub wait: Option<u64>,
}

/// A conversation.
pub async fn get(
    app: &App,
    credential: Credential,
    id: ConversationId,
) -> Result<Json<Conversation>> {
    Ok(Json(app.store.conversation(credential, id).await?))
}

/// A page of a conversation's log, at once or by long poll.
pub async fn page(
    app: &App,
    credential: Credential,
    id: ConversationId,
    query: PageQuery,
) -> Result<Json<Page>> {
    if query.after.is_some() && query.before.is_some() {
        return Err(ErrorCode::Malformed.into());
    }
    let (page, client) = read_page(app, &credential, &id, query).await?;
    app.note_proven(&credential);
    let wait = query.wait.unwrap_or(0);
    // Events after one that is still to come would be waited for in vain: the store went back in time.
    let from_the_future = query.after.is_some_and(|after| after > page.head);
    if wait == 0 || query.before.is_some() || !page.events.is_empty() || from_the_future {
        return Ok(Json(page));
    }
    let later = poll(app, wait, client, Some(id.clone()), async |last| {
        let (page, _) = read_page(app, &credential, &id, query).await?;
        Ok((last || !page.events.is_empty()).then_some(page))
    });
    Ok(Json(later.await?.unwrap_or(page)))
}

async fn read_page(
    app: &App,
    credential: &Credential,
    id: &ConversationId,
    query: PageQuery,
) -> Result<(Page, Client)> {
    let limit = query.limit.unwrap_or(PAGE_EVENTS_MAX).clamp(1, PAGE_EVENTS_MAX);
    let of = match query.before {
        Some(before) => PageOf::Before(before),
        None => PageOf::After(query.after.unwrap_or(0)),
    };
    let (page, grant) = app.store.page(credential.clone(), id.clone(), of, limit).await?;
    Ok((page, client(credential, &grant)))
}

/// Appends an act: 201 if it made events, 200 for a retry or if nothing had to change.
pub async fn act(
    app: &App,
    credential: Credential,
    id: ConversationId,
    client_id: ClientId,
    act: Act,
) -> Result<(StatusCode, Json<Appended>)> {
    app.prove(&credential).await?;
    app.count_act(&credential)?;
    // Who is blocked, too: it may be their network that is waited for.
    app.note_network(&credential);
    let hub = app.hub.clone();
    let is_online = move |site| hub.online(site);
    let (appended, new) = app.store.act(credential, id, (client_id, act), is_online).await?;
    let made = new && !appended.events.is_empty();
    Ok((if made { StatusCode::CREATED } else { StatusCode::OK }, Json(appended)))
}

/// Tells the others that the caller types.
pub async fn typing(app: &App, credential: Credential, id: ConversationId) -> Result<StatusCode> {
    app.prove(&credential).await?;
    app.count_typing(&credential)?;
    app.tail.typing(app.store.typing(credential, id).await?);
    Ok(StatusCode::NO_CONTENT)
}

/// Moves the read mark of the caller's side.
pub async fn read(
    app: &App,
    credential: Credential,
    id: ConversationId,
    up_to: ReadUpTo,
) -> Result<StatusCode> {
    app.prove(&credential).await?;
    app.count_read(&credential)?;
    app.store.mark_read(credential, id, up_to).await?;
    Ok(StatusCode::NO_CONTENT)
}
