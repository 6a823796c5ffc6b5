//! The page by which whoever got an answer by e-mail gets no more of them.
//!
//! Its address holds what lets somebody unsubscribe: a mail program asks for it without a person (RFC 8058), and can send
//! nothing but what is in the address. It opens nothing else, and reads nothing.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use porchlight_protocol::SiteKey;
use porchlight_words::Language;

use super::{pages, plain};
use crate::app::App;
use crate::error::Result;
use crate::mail::compose::{escape, line};

/// Characters of a site's name on the page.
const NAME_CHARS_MAX: usize = 160;

/// Asks, with a button: programs that look into mails open every address.
pub async fn ask(
    State(app): State<App>,
    Path((site, mail)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let language = pages::language(None, &headers);
    match asked(&app, site, mail).await {
        Ok(Some(name)) => {
            let word = |key| word(language, key, &name);
            let (title, button) = (word("mail.unsubscribeAsk"), word("mail.unsubscribe"));
            // To where it is shown.
            let form = format!("<form method=\"post\"><button>{button}</button></form>");
            answer(language, StatusCode::OK, &title, &form)
        }
        Ok(None) => gone(language),
        Err(error) => error.into_response(),
    }
}

async fn asked(app: &App, site: String, mail: String) -> Result<Option<String>> {
    let Ok(site) = site.parse::<SiteKey>() else { return Ok(None) };
    match app.store.mailed(site, mail).await {
        Ok(site) => Ok(site.map(|site| site.name)),
        Err(error) if error.is(porchlight_protocol::ErrorCode::SiteUnknown) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Does it, for the button and for mail programs.
pub async fn unsubscribe(
    State(app): State<App>,
    Path((site, mail)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let language = pages::language(None, &headers);
    match done(&app, site, mail).await {
        Ok(Some(name)) => {
            let word = |key| word(language, key, &name);
            let (title, text) = (word("mail.unsubscribed"), word("mail.unsubscribedText"));
            answer(language, StatusCode::OK, &title, &format!("<p>{text}</p>"))
        }
        Ok(None) => gone(language),
        Err(error) => error.into_response(),
    }
}

async fn done(app: &App, site: String, mail: String) -> Result<Option<String>> {
    let Some(name) = asked(app, site.clone(), mail.clone()).await? else { return Ok(None) };
    let Ok(site) = site.parse::<SiteKey>() else { return Ok(None) };
    Ok(app.store.unsubscribe(site, mail).await?.then_some(name))
}

fn gone(language: &'static Language) -> Response {
    answer(language, StatusCode::NOT_FOUND, &word(language, "mail.unsubscribeGone", ""), "")
}

fn word(language: &Language, key: &str, site: &str) -> String {
    let word = language.get(key).unwrap_or_default();
    escape(&word.replace("{{site}}", &line(site, NAME_CHARS_MAX)))
}

fn answer(language: &'static Language, status: StatusCode, title: &str, text: &str) -> Response {
    let mut response = plain::form_in(language, status, title, text);
    let headers = response.headers_mut();
    let vary = HeaderValue::from_static("accept-encoding, accept-language");
    headers.insert(HeaderName::from_static("vary"), vary);
    // Otherwise the form would not say from which page it comes.
    let referrer = HeaderValue::from_static("same-origin");
    headers.insert(HeaderName::from_static("referrer-policy"), referrer);
    response
}
