//! Files that `cargo xtask build` made: the loader, and what the documents of widget and inbox load.
//!
//! A release binary carries them; another one reads them from `target/assets` when asked. Beside
//! each file that compresses well lies the same in brotli.

use std::borrow::Cow;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use porchlight_protocol::{ErrorCode, id};
use rust_embed::{Embed, EmbeddedFile};

use crate::error::Error;

use super::pages;

#[derive(Embed)]
#[folder = "../../target/assets/widget"]
#[allow_missing = true]
struct Widget;

#[derive(Embed)]
#[folder = "../../target/assets/inbox"]
#[allow_missing = true]
struct Inbox;

#[derive(Embed)]
#[folder = "../../target/assets/loader"]
#[allow_missing = true]
struct Loader;

/// The name has a hash of the content in it.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// The name never changes, so that the script tag never has to.
const LOADER: &str = "public, max-age=300, stale-while-revalidate=86400";

fn content_type(file: &str) -> &'static str {
    match file.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("ico") => "image/x-icon",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        Some("wasm") => "application/wasm",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

fn takes_brotli(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|coding| coding.split_once(';').unwrap_or((coding, "")))
        .any(|(coding, weight)| {
            let refused = matches!(weight.replace(' ', "").as_str(), "q=0" | "q=0.0" | "q=0.00");
            coding.trim().eq_ignore_ascii_case("br") && !refused
        })
}

fn file<T: Embed>(name: &str, headers: &HeaderMap, cache: &'static str) -> Option<Response> {
    // The documents and the compressed twins have no address of their own here.
    if name.ends_with(".br") || name.ends_with(".html") {
        return None;
    }
    let plain = T::get(name)?;
    let etag = format!("\"{}\"", id::hex(&plain.metadata.sha256_hash()));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = if known.is_some_and(|known| known.contains(&etag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        content(plain, takes_brotli(headers).then(|| T::get(&format!("{name}.br"))).flatten())
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    Some(response)
}

fn content(plain: EmbeddedFile, brotli: Option<EmbeddedFile>) -> Response {
    match brotli {
        Some(brotli) => {
            ([(header::CONTENT_ENCODING, "br")], brotli.data.into_owned()).into_response()
        }
        None => plain.data.into_owned().into_response(),
    }
}

/// A file of the widget's document.
pub async fn widget(Path(name): Path<String>, headers: HeaderMap) -> Response {
    file::<Widget>(&name, &headers, FOR_EVER)
        .unwrap_or_else(|| Error::from(ErrorCode::NotFound).into_response())
}

/// A file of the inbox's document.
pub async fn inbox(Path(name): Path<String>, headers: HeaderMap) -> Response {
    file::<Inbox>(&name, &headers, FOR_EVER)
        .unwrap_or_else(|| Error::from(ErrorCode::NotFound).into_response())
}

/// The loader: what the script tag names. Any page may load it.
pub async fn loader(headers: HeaderMap) -> Response {
    loader_file("porchlight.js", &headers)
}

/// What the loader imports, from whatever page it is on.
pub async fn panel(headers: HeaderMap) -> Response {
    let mut response = loader_file("porchlight-panel.js", &headers);
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

fn loader_file(name: &str, headers: &HeaderMap) -> Response {
    let Some(mut response) = file::<Loader>(name, headers, LOADER) else {
        return pages::not_built();
    };
    response.headers_mut().insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    );
    response
}

fn document<T: Embed>() -> Option<String> {
    match T::get("index.html")?.data {
        Cow::Borrowed(bytes) => String::from_utf8(bytes.to_vec()).ok(),
        Cow::Owned(bytes) => String::from_utf8(bytes).ok(),
    }
}

/// The widget's document as it was built.
pub(super) fn widget_document() -> Option<String> {
    document::<Widget>()
}

/// The inbox's document as it was built.
pub(super) fn inbox_document() -> Option<String> {
    document::<Inbox>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brotli_goes_to_whoever_takes_it() {
        for (value, takes) in [
            ("gzip, deflate, br, zstd", true),
            ("br;q=0.5", true),
            ("br;q=0, gzip", false),
            ("gzip", false),
            ("brotli", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            assert_eq!(takes_brotli(&headers), takes, "{value}");
        }
        assert!(!takes_brotli(&HeaderMap::new()));
    }
}
