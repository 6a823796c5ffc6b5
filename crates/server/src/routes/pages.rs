//! The documents: the widget's for each site, and the inbox's. Each answer has a nonce of its own.

use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use porchlight_protocol::wire::SiteConfig;
use porchlight_protocol::{ErrorCode, id};

use crate::app::App;
use crate::error::{Error, Result};
use crate::random;
use crate::store::sites;

use super::assets;

/// What Trunk writes where the nonce goes.
const NONCE_PLACES: [&str; 2] = ["{{__TRUNK NONCE__}}", "{{__TRUNK_NONCE__}}"];

/// The way in.
pub async fn root() -> Redirect {
    Redirect::temporary("/dashboard/chat/inbox")
}

/// The chat of a site: in the frame on the site's pages, or a page by itself.
pub async fn chat(State(app): State<App>, Path(key): Path<String>) -> Response {
    answer(chat_document(&app, &key, false).await)
}

/// A preview of the chat, for the settings page of the inbox around it: it feeds the preview.
pub async fn preview(State(app): State<App>, Path(key): Path<String>) -> Response {
    answer(chat_document(&app, &key, true).await)
}

fn answer(document: Result<Response>) -> Response {
    match document {
        Ok(response) => response,
        Err(Error::Told(body)) if body.code == ErrorCode::SiteUnknown => plain(
            StatusCode::NOT_FOUND,
            "This chat is not here",
            "No site has this key. Check <code>data-site</code> in the script tag.",
        ),
        Err(error) => {
            let body = error.into_body();
            let status = StatusCode::from_u16(body.code.status());
            plain(
                status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                "The chat is not available",
                "Try again in a while.",
            )
        }
    }
}

async fn chat_document(app: &App, key: &str, preview: bool) -> Result<Response> {
    let key = key.parse().map_err(|_| ErrorCode::SiteUnknown)?;
    let mut config = app
        .store
        .read(move |sql| {
            let site = sites::by_key(sql, &key)?;
            let allow_origins = sites::origins(sql, site.id)?;
            Ok(SiteConfig { site: site.key, name: site.name, allow_origins, preview })
        })
        .await?;
    let ancestors = if preview {
        config.allow_origins = vec![app.own_origin().to_string()];
        "'self'".to_owned()
    } else if config.allow_origins.is_empty() {
        "'none'".to_owned()
    } else {
        config.allow_origins.join(" ")
    };
    let Some(document) = assets::widget_document() else { return Ok(not_built()) };
    // In a script element only `<` could end the data.
    let json = serde_json::to_string(&config)?.replace('<', "\\u003c");
    let data =
        format!("<script type=\"application/json\" id=\"porchlight-config\">{json}</script>");
    // A minifier may have left out the tag that ends the head.
    let place = ["</head>", "<body"].into_iter().find(|place| document.contains(place));
    let document = match place {
        Some(place) => document.replacen(place, &format!("{data}{place}"), 1),
        None => format!("{document}{data}"),
    };
    with_nonce(app, &document, "'none'", &ancestors)
}

/// The inbox. Its settings page frames the preview.
pub async fn dashboard(State(app): State<App>) -> Response {
    match assets::inbox_document() {
        Some(document) => with_nonce(&app, &document, "'self'", "'none'")
            .unwrap_or_else(IntoResponse::into_response),
        None => not_built(),
    }
}

/// A document that frames pages of `frames` and may be framed by pages of `ancestors`.
fn with_nonce(app: &App, document: &str, frames: &str, ancestors: &str) -> Result<Response> {
    let nonce = id::hex(&random::bytes::<16>()?);
    let mut document = document.to_owned();
    for place in NONCE_PLACES {
        document = document.replace(place, &nonce);
    }
    // The address of the socket is named because older browsers don't take it for 'self'.
    let socket = app.own_origin().websocket();
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self' {socket}; frame-src {frames}; manifest-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors {ancestors}"
    );
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=()".to_owned(),
        ),
    ];
    Ok((headers, Html(document)).into_response())
}

/// What stands where the assets should be.
pub(super) fn not_built() -> Response {
    plain(
        StatusCode::SERVICE_UNAVAILABLE,
        "Not built yet",
        "This server was made without its pages. Run <code>cargo xtask build</code> first.",
    )
}

/// A small page. The texts are ours, never a caller's.
fn plain(status: StatusCode, title: &'static str, text: &'static str) -> Response {
    let document = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <h1>{title}</h1><p>{text}</p>"
    );
    let headers = [
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, Html(document)).into_response()
}
