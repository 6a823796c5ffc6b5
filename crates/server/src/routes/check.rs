//! The diagnosis for the loader when the chat's frame does not load: a refused frame can't say why.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use porchlight_protocol::{ErrorCode, SiteKey};
use porchlight_store::Origin;
use serde::Serialize;

use crate::app::App;
use crate::error::Result;

/// What the module exports.
#[derive(Debug, Serialize)]
struct Finding {
    /// A code, or null if the server finds no fault.
    problem: Option<ErrorCode>,
    /// The fault and how to correct it, for the page's console.
    message: String,
}

impl Finding {
    fn nothing() -> Self {
        Self { problem: None, message: String::new() }
    }

    fn unknown_site(key: &str) -> Self {
        let message = format!(
            "No site has the key {key:?}. Check data-site in the script tag; `porchlight site \
             list` shows the keys."
        );
        Self { problem: Some(ErrorCode::SiteUnknown), message }
    }

    fn foreign_origin(key: &SiteKey, origin: Option<&Origin>) -> Self {
        let message = match origin {
            Some(origin) => format!(
                "Pages on {origin} may not embed this chat. To allow it: `porchlight site origins \
                 add {key} {origin}`"
            ),
            None => "Only pages with an address of http:// or https:// can embed a chat. This one \
                     is a file, or sandboxed."
                .to_owned(),
        };
        Self { problem: Some(ErrorCode::OriginNotAllowed), message }
    }
}

/// An ES module that says whether the importing page may show the chat of the site. Browsers send the page's
/// origin with the request.
pub async fn check(
    State(app): State<App>,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    let finding = find(&app, &key, &headers).await?;
    let module = format!("export default {}", serde_json::to_string(&finding)?);
    let mut response = module.into_response();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

async fn find(app: &App, key: &str, headers: &HeaderMap) -> Result<Finding> {
    let Ok(site) = key.parse::<SiteKey>() else { return Ok(Finding::unknown_site(key)) };
    let allowed = match app.store.site_and_origins(site.clone()).await {
        Err(error) if error.is(ErrorCode::SiteUnknown) => return Ok(Finding::unknown_site(key)),
        allowed => allowed?.1,
    };
    // A page on our own origin sends none.
    let origin = match headers.get(header::ORIGIN) {
        None => Some(app.own_origin().clone()),
        Some(origin) => origin.to_str().ok().and_then(|origin| origin.parse::<Origin>().ok()),
    };
    // Our own page frames each chat: /c/SITE_KEY.
    let is_allowed = origin.as_ref().is_some_and(|origin| {
        origin == app.own_origin() || allowed.iter().any(|it| it == origin.as_str())
    });
    Ok(if is_allowed {
        Finding::nothing()
    } else {
        Finding::foreign_origin(&site, origin.as_ref())
    })
}
