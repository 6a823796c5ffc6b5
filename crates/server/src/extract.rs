//! Extractors that reject with our errors and their documented codes.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use porchlight_protocol::wire::Hello;
use porchlight_protocol::{ClientId, ConversationId, ErrorCode, WIRE_VERSION};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::app::App;
use crate::error::Error;

/// A JSON body.
pub struct JsonBody<T>(pub T);

/// The body, within its time and size.
pub async fn body(request: Request, app: &App) -> Result<Bytes, Error> {
    let read = timeout(app.config().connections.body, Bytes::from_request(request, app));
    // The connection may be too slow: with this code the client keeps the request and retries.
    let read = read.await.map_err(|_| ErrorCode::Unavailable)?;
    read.map_err(|rejection: BytesRejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            ErrorCode::BodyTooLarge.into()
        } else {
            ErrorCode::Malformed.into()
        }
    })
}

impl<T: DeserializeOwned> FromRequest<App> for JsonBody<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let body = body(request, app).await?;
        serde_json::from_slice(&body).map(JsonBody).map_err(|_| ErrorCode::Malformed.into())
    }
}

/// A body of text in UTF-8.
pub struct TextBody(pub String);

impl FromRequest<App> for TextBody {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let body = body(request, app).await?;
        let text = String::from_utf8(body.into());
        text.map(TextBody).map_err(|_| ErrorCode::Malformed.into())
    }
}

/// The hello in the body of a sync.
pub struct HelloBody(pub Hello);

impl FromRequest<App> for HelloBody {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let body = body(request, app).await?;
        let hello = serde_json::from_slice(&body);
        checked(hello, || serde_json::from_slice(&body)).map(HelloBody)
    }
}

/// Checks the version of a hello first: another version gets `version_mismatch`, whatever else is in the hello.
pub fn checked(
    hello: serde_json::Result<Hello>,
    version: impl FnOnce() -> serde_json::Result<VersionOnly>,
) -> Result<Hello, Error> {
    let wire = match &hello {
        Ok(hello) => hello.wire,
        Err(_) => version().map_err(|_| ErrorCode::Malformed)?.wire,
    };
    if wire != WIRE_VERSION {
        return Err(ErrorCode::VersionMismatch.into());
    }
    hello.map_err(|_| ErrorCode::Malformed.into())
}

/// The part of a hello that all versions share.
#[derive(Deserialize)]
pub struct VersionOnly {
    /// The version that the client speaks.
    pub wire: u32,
}

/// The query.
pub struct QueryOf<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for QueryOf<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|query| QueryOf(query.0))
            .map_err(|_| ErrorCode::Malformed.into())
    }
}

/// The segment of the path that follows `after`. It is not percent-decoded, because no id needs that.
pub fn segment<'a>(parts: &'a Parts, after: &str) -> Option<&'a str> {
    let mut segments = parts.uri.path().split('/');
    segments.find(|segment| *segment == after)?;
    segments.next()
}

/// The conversation id in the path. An ill-formed one gets the same answer as an unknown one.
pub struct InConversation(pub ConversationId);

impl FromRequestParts<App> for InConversation {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let id = segment(parts, "conversations").and_then(|id| id.parse().ok());
        id.map(InConversation).ok_or_else(|| ErrorCode::ConversationUnknown.into())
    }
}

/// The client id in the path.
pub struct ByClient(pub ClientId);

impl FromRequestParts<App> for ByClient {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let id = segment(parts, "events").and_then(|id| id.parse().ok());
        id.map(ByClient).ok_or_else(|| ErrorCode::Malformed.into())
    }
}
