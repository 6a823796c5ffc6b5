//! Visitors, as the team handles them: blocked, exported, erased.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use porchlight_protocol::limits::BLOCKED_PAGE;
use porchlight_protocol::privacy::{BlockedPage, NewBlock, Standing};
use porchlight_protocol::{ErrorBody, VisitorId};
use porchlight_store::export::Place;
use porchlight_store::requests::Met;
use porchlight_store::{Credential, Store};
use porchlight_words::{INBOX, Language};
use serde::Deserialize;
use utoipa::IntoParams;

use super::pages::accepted;
use super::refusals::{ADMIN, AGENT, AGENT_CHANGE, BLOCK, BODY, CHANGE, QUERY, RECORD, refusals};
use super::visitors::OfVisitor;
use crate::app::App;
use crate::auth::{AgentChange, AgentCredential, language_of};
use crate::erasing;
use crate::error::Result;
use crate::export::{Format, Writer};
use crate::extract::{JsonBody, QueryOf};

/// How long an erasure is waited for. What is left then goes on without whoever asked.
const ERASED_WITHIN: Duration = Duration::from_secs(10);

/// Whether a visitor is blocked or erased.
#[utoipa::path(
    get, path = "/api/v1/agent/visitors/{visitor}/standing", tag = "visitors", operation_id = "standing",
    params(("visitor" = String, Path, description = "The visitor's id")),
    responses(
        (status = 200, body = Standing),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT, RECORD])),
    ),
    security(("session" = [])),
)]
pub async fn standing(
    State(app): State<App>,
    credential: AgentCredential,
    OfVisitor(visitor): OfVisitor,
) -> Result<Json<Standing>> {
    Ok(Json(app.store.standing(credential.session, visitor, met(&app)).await?))
}

/// Says from which network visitors were met last.
fn met(app: &App) -> impl Met + use<> {
    let networks = Arc::clone(&app.networks);
    move |site, keys| networks.of(site, keys)
}

/// Blocks a visitor: from then on they start no conversation, and no act of theirs is taken. They can still read what they
/// could read before, and are not told by whom or why. Blocking again changes the note. With `network_for_s`, who writes from the
/// network from which the visitor was met last is refused likewise for so long, but for those whose identity is proved; without it,
/// that ends. A network that no server knows is blocked as soon as the visitor comes back.
#[utoipa::path(
    put, path = "/api/v1/agent/visitors/{visitor}/block", tag = "visitors", operation_id = "block_visitor",
    params(("visitor" = String, Path, description = "The visitor's id")),
    request_body = NewBlock,
    responses(
        (status = 200, body = Standing),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, RECORD, BLOCK])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn block(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    OfVisitor(visitor): OfVisitor,
    JsonBody(new): JsonBody<NewBlock>,
) -> Result<Json<Standing>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    let new = new.checked()?;
    Ok(Json(app.store.block(credential.session, visitor, new, met(&app)).await?))
}

/// Unblocks a visitor, and their network.
#[utoipa::path(
    delete, path = "/api/v1/agent/visitors/{visitor}/block", tag = "visitors", operation_id = "unblock_visitor",
    params(("visitor" = String, Path, description = "The visitor's id")),
    responses(
        (status = 200, body = Standing),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, CHANGE, RECORD])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn unblock(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    OfVisitor(visitor): OfVisitor,
) -> Result<Json<Standing>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    Ok(Json(app.store.unblock(credential.session, visitor, met(&app)).await?))
}

/// Which blocked visitors.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BlockedQuery {
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<VisitorId>,
}

/// The blocked visitors, the one who was blocked last first.
#[utoipa::path(
    get, path = "/api/v1/agent/visitors/blocked", tag = "visitors", operation_id = "blocked_visitors",
    params(BlockedQuery),
    responses(
        (status = 200, body = BlockedPage),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT, QUERY])),
    ),
    security(("session" = [])),
)]
pub async fn blocked(
    State(app): State<App>,
    credential: AgentCredential,
    QueryOf(query): QueryOf<BlockedQuery>,
) -> Result<Json<BlockedPage>> {
    Ok(Json(app.store.blocked(credential.session, query.after, BLOCKED_PAGE).await?))
}

/// Erases a visitor: all texts of their conversations, by whomever. The conversations keep who wrote when, and are closed;
/// nothing can be written in them any more. The visitor's key opens nothing from then on. If it takes longer than some
/// seconds, the answer says `erasing`, and it goes on by itself, also after a restart. Erasing again changes nothing.
#[utoipa::path(
    post, path = "/api/v1/agent/visitors/{visitor}/erase", tag = "visitors", operation_id = "erase_visitor",
    params(("visitor" = String, Path, description = "The visitor's id")),
    responses(
        (status = 200, body = Standing),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, CHANGE, ADMIN, RECORD])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn erase(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    OfVisitor(visitor): OfVisitor,
) -> Result<Json<Standing>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    let (site, visitor) = app.store.begin_erasing(credential.session, visitor).await?;
    app.hub.revoked(site, visitor.clone());
    // Apart from the request, which may be given up.
    let (whole, whose) = (app.clone(), visitor.clone());
    let finishing = tokio::spawn(async move { erasing::finish(&whole, site, whose).await });
    if let Ok(Ok(finished)) = tokio::time::timeout(ERASED_WITHIN, finishing).await {
        finished?;
    }
    Ok(Json(app.store.standing(credential.session, visitor, met(&app)).await?))
}

/// Everything that is stored of a visitor and that they could see, as JSON: their conversations with all events. Notes of
/// the team are not in it. The file is written while it is read: an answer that breaks off is not whole.
#[utoipa::path(
    get, path = "/api/v1/agent/visitors/{visitor}/export.json", tag = "visitors", operation_id = "export_visitor_json",
    params(("visitor" = String, Path, description = "The visitor's id")),
    responses(
        (status = 200, content_type = "application/json", body = String),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT, ADMIN, RECORD])),
    ),
    security(("session" = [])),
)]
pub async fn export_json(
    State(app): State<App>,
    credential: AgentCredential,
    OfVisitor(visitor): OfVisitor,
) -> Result<Response> {
    export(&app, &credential, visitor, Format::Json, INBOX.english()).await
}

/// The same as one page for people, in the language of the inbox.
#[utoipa::path(
    get, path = "/api/v1/agent/visitors/{visitor}/export.html", tag = "visitors", operation_id = "export_visitor_html",
    params(("visitor" = String, Path, description = "The visitor's id")),
    responses(
        (status = 200, content_type = "text/html", body = String),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT, ADMIN, RECORD])),
    ),
    security(("session" = [])),
)]
pub async fn export_html(
    State(app): State<App>,
    credential: AgentCredential,
    OfVisitor(visitor): OfVisitor,
    headers: HeaderMap,
) -> Result<Response> {
    let language = INBOX.choose(language_of(&headers), accepted(&headers));
    export(&app, &credential, visitor, Format::Html, language).await
}

async fn export(
    app: &App,
    credential: &AgentCredential,
    visitor: VisitorId,
    format: Format,
    language: &'static Language,
) -> Result<Response> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    let exported = app.store.begin_export(credential.session, visitor, format.as_str()).await?;
    let writer = Writer::new(format, exported, language);
    let name = format!("attachment; filename=\"{}\"", writer.file_name());
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    let file = Body::from_stream(stream::try_unfold(
        Part::First(app.store.clone(), Box::new(writer)),
        async |part| part.write().await,
    ));
    Ok((StatusCode::OK, headers, file).into_response())
}

/// What of an export is to be written next.
enum Part {
    First(Store, Box<Writer>),
    Next(Store, Box<Writer>, Place),
    Last(Box<Writer>),
    Nothing,
}

impl Part {
    /// Writes it, and says what comes after it. Reads no more than the client has taken.
    async fn write(self) -> io::Result<Option<(Bytes, Part)>> {
        Ok(match self {
            Part::First(store, writer) => {
                Some((writer.begin().into(), Part::Next(store, writer, Place::default())))
            }
            Part::Next(store, mut writer, from) => {
                let page = store.export_page(writer.of(), from).await.map_err(|error| {
                    error.log();
                    io::Error::other("the export can't be read to its end")
                })?;
                let text = writer.part(&page);
                let after = match page.next {
                    Some(next) => Part::Next(store, writer, next),
                    None => Part::Last(writer),
                };
                Some((text.into(), after))
            }
            Part::Last(writer) => Some((writer.end().into(), Part::Nothing)),
            Part::Nothing => None,
        })
    }
}
