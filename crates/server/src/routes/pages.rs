//! The HTML documents: the widget's for each site and language, and the inbox's. Their policy names the hashes of their
//! scripts, so that a document is the same for everybody: it is compressed once, and best.

use std::borrow::Cow;

use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use porchlight_protocol::greeting::{Greeter, Greeting};
use porchlight_protocol::hours::Away;
use porchlight_protocol::wire::SiteConfig;
use porchlight_protocol::{ErrorCode, Member, SiteKey};
use porchlight_store::random;
use porchlight_store::requests::SiteForDocument;
use porchlight_words::{CHAT, INBOX, Language, Wording};
use serde::Deserialize;

use crate::answers;
use crate::app::App;
use crate::auth::{language_of, named_host};
use crate::error::{Error, Result};
use serde::Serialize;

use super::{assets, plain};

/// Redirects to the inbox.
pub async fn root() -> Redirect {
    Redirect::temporary("/dashboard/chat/inbox")
}

/// The widget of a site, for the frame on a page.
pub async fn chat(
    State(app): State<App>,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let language = language(query.as_deref(), &headers);
    let page = parameter(query.as_deref(), "lang");
    let page = Page { language: page.as_deref().unwrap_or(language.tag), is_preview: false };
    for_frames(answer(chat_document(&app, &key, language, &headers, page).await, language))
}

/// The language of an answer for a visitor: what the loader knows of the page, which is `lang` in the address, comes
/// before what the browser accepts. Both may be anything.
pub(super) fn language(query: Option<&str>, headers: &HeaderMap) -> &'static Language {
    CHAT.choose(parameter(query, "lang").as_deref(), accepted(headers))
}

/// The value of a parameter in an address, which may be anything.
pub(super) fn parameter<'a>(query: Option<&'a str>, wanted: &str) -> Option<Cow<'a, str>> {
    let mut pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.find(|(name, _)| name == wanted).map(|(_, value)| value)
}

/// What the browser accepts.
pub(super) fn accepted(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok())
}

/// Lets cross-origin isolated pages show the document in a frame. The widget loads only from its own origin, so it
/// can be isolated too.
fn for_frames(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        ("cross-origin-embedder-policy", "require-corp"),
        ("cross-origin-resource-policy", "cross-origin"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// The preview of the widget for the settings page of the inbox, which frames it and feeds it.
pub async fn preview(
    State(app): State<App>,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let language = language(query.as_deref(), &headers);
    let page = Page { language: language.tag, is_preview: true };
    answer(chat_document(&app, &key, language, &headers, page).await, language)
}

pub(super) fn answer(document: Result<Response>, language: &'static Language) -> Response {
    let mut response = match document {
        Ok(response) => response,
        Err(error) => {
            let status = StatusCode::from_u16(error.into_body().code.status());
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let what = if status == StatusCode::NOT_FOUND { "unknown" } else { "unavailable" };
            let word = |part| language.fill(&format!("{{{{page.{what}{part}}}}}"));
            plain::page_in(language, status, &word("Title"), &word("Text"))
        }
    };
    in_language(&mut response, language, "accept-encoding, accept-language");
    response
}

/// Says which language an answer is in, and the headers by which another browser may get another answer.
fn in_language(response: &mut Response, language: &'static Language, varies_by: &'static str) {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag));
    headers.insert(header::VARY, HeaderValue::from_static(varies_by));
}

/// The page around a chat.
struct Page<'a> {
    /// Its language, which may be one that the chat does not speak, or anything.
    language: &'a str,
    /// True for the settings page.
    is_preview: bool,
}

/// What a chat's document says of its site.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    config: &'a SiteConfig,
    /// What the page around the chat may tell of the visit, for `porchlight-identity.js`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    told: Vec<&'static str>,
}

async fn chat_document(
    app: &App,
    key: &str,
    language: &'static Language,
    headers: &HeaderMap,
    page: Page<'_>,
) -> Result<Response> {
    let preview = page.is_preview;
    let key = key.parse().map_err(|_| ErrorCode::SiteUnknown)?;
    let SiteForDocument { site, origins, own, team, bots } =
        app.store.site_for_document(key, language.tag).await?;
    let now = app.now();
    let (away, collecting) = (site.away(now), site.collecting);
    let live_chat_off = site.taking().is_nothing();
    // Who is away, or has switched live chat off, promises nothing.
    let answers = site.live_chat && !preview && Away::at(&away, now).is_none();
    let wording = Wording { language, own: &own.texts };
    let greeter = |(bot, rule): (Member, Greeting)| {
        Greeter::new(bot.id, wording.with_name("thread.with", &bot.name), &rule, page.language)
    };
    let mut config = SiteConfig {
        site: site.key,
        name: site.name,
        allow_origins: origins,
        preview,
        live_chat_off,
        away,
        bots: bots.into_iter().map(greeter).collect(),
    };
    let ancestors = if preview {
        config.allow_origins = vec![app.own_origin().to_string()];
        "'self'".to_owned()
    } else {
        // `/c/SITE_KEY` is a page of ours.
        let own = app.own_origin().to_string();
        if !config.allow_origins.contains(&own) {
            config.allow_origins.push(own);
        }
        config.allow_origins.join(" ")
    };
    let Some(widget) = assets::written::<assets::Widget>(&CHAT, wording) else {
        return Ok(plain::not_built());
    };
    // In a script element only `<` could end the data.
    let told = if preview { Vec::new() } else { collecting.told() };
    let json = serde_json::to_string(&Document { config: &config, told })?.replace('<', "\\u003c");
    let data = format!(
        "<script type=\"application/json\" id=\"porchlight-config\">{json}</script>{}",
        widget.words
    );
    // Without a frame around it, nobody would tell it who the visitor is.
    let alone = (!preview).then(|| format!("\"/c/{}\"+location.search", config.site));
    let elsewhere = format!("/elsewhere?chat={}", config.site);
    let frame = Frame {
        frames: "'none'",
        ancestors: &ancestors,
        elsewhere: &elsewhere,
        alone: alone.as_deref(),
    };
    let usually = if answers { app.answers.usually(&app.store, team).await } else { None };
    let usually = usually.and_then(|usually| wording.get(answers::key(usually)));
    let built = porchlight_words::of_site(&widget.document, usually);
    document(app, headers, &built, &data, &frame).await
}

/// The inbox, in the language that the agent has chosen, or that the browser accepts. Its settings page frames the
/// preview.
pub async fn dashboard(State(app): State<App>, headers: HeaderMap) -> Response {
    let language = INBOX.choose(language_of(&headers), accepted(&headers));
    let Some(inbox) = assets::written::<assets::Inbox>(&INBOX, language.into()) else {
        return plain::not_built();
    };
    let frame =
        Frame { frames: "'self'", ancestors: "'none'", elsewhere: "/elsewhere", alone: None };
    let mut response = document(&app, &headers, &inbox.document, &inbox.words, &frame)
        .await
        .unwrap_or_else(IntoResponse::into_response);
    in_language(&mut response, language, "accept-encoding, accept-language, cookie");
    response.headers_mut().insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    response
}

/// The origins that a document may frame, those that may frame it, the page that replaces it at a wrong address, and, as
/// JavaScript, the address of the page that replaces it where it stands in no frame.
struct Frame<'a> {
    frames: &'a str,
    ancestors: &'a str,
    elsewhere: &'a str,
    alone: Option<&'a str>,
}

/// A document with `data` in its head.
async fn document(
    app: &App,
    headers: &HeaderMap,
    built: &str,
    data: &str,
    frame: &Frame<'_>,
) -> Result<Response> {
    let Frame { frames, ancestors, elsewhere, alone } = frame;
    // Only the browser knows the address that it used: a proxy may have changed it on the way. In a frame the widget
    // reports the refusal of its first request instead.
    let own = app.own_origin();
    let guard = match alone {
        None => format!(
            "location.origin===\"{own}\"||parent!==window||location.replace(\"{elsewhere}\")"
        ),
        Some(alone) => format!(
            "parent!==window||location.replace(location.origin===\"{own}\"?{alone}:\"{elsewhere}\")"
        ),
    };
    let guard = format!("<script>{guard}</script>");
    let scripts: String = inline_scripts(built)
        .chain(inline_scripts(&guard))
        .map(|script| format!("'sha256-{}' ", BASE64.encode(random::hash(script))))
        .collect();
    // The address of the socket is named because older browsers don't take it for 'self'.
    let socket = own.websocket();
    let policy = format!(
        "default-src 'none'; script-src 'self' {scripts}'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self' {socket}; frame-src {frames}; \
         manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    );
    let html = with_head(built, &format!("{guard}{data}"));
    let mut response = assets::html(html, headers).await?;
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=()".to_owned(),
        ),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::try_from(value).map_err(anyhow::Error::from)?);
    }
    Ok(response)
}

/// The texts of a document's scripts, but for those from files and those that are data.
fn inline_scripts(html: &str) -> impl Iterator<Item = &str> {
    html.split("<script").skip(1).filter_map(|rest| {
        let (tag, rest) = rest.split_once('>')?;
        let (text, _) = rest.split_once("</script>")?;
        let runs = !tag.contains("src=") && !tag.contains("application/json");
        runs.then_some(text)
    })
}

/// A document with `head` at the end of its head.
fn with_head(document: &str, head: &str) -> String {
    // A minifier may have left out the tag that ends the head.
    match ["</head>", "<body"].into_iter().find(|place| document.contains(place)) {
        Some(place) => document.replacen(place, &format!("{head}{place}"), 1),
        None => format!("{document}{head}"),
    }
}

/// The document that was opened at a wrong address.
#[derive(Deserialize)]
pub struct Elsewhere {
    /// The site of the widget; `None` for the inbox.
    chat: Option<SiteKey>,
}

/// The page that replaces a document at an address other than the public URL, from which all requests would be
/// refused.
pub async fn elsewhere(
    State(app): State<App>,
    headers: HeaderMap,
    query: Result<Query<Elsewhere>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let own = app.own_origin();
    let used = named_host(&headers);
    if let Some(used) = used {
        app.notices.wrong_address(used, own);
    }
    let (what, link) = match query {
        Ok(Query(Elsewhere { chat: Some(site) })) => ("chat", format!("{own}/c/{site}")),
        _ => ("inbox", own.to_string()),
    };
    let used = used.map_or_else(|| "another address".to_owned(), |used| format!("<b>{used}</b>"));
    let text = format!(
        "This page was opened at {used}, but the server is set up for <b>{own}</b>.</p>\
         <p>Open the {what} at <a href=\"{link}\">{own}</a>"
    );
    plain::page(StatusCode::OK, "Wrong address", &text)
}

/// The answer for unknown paths: a page for people, an error for programs.
pub async fn not_found(uri: Uri, headers: HeaderMap) -> Response {
    if uri.path().starts_with("/api/") || !plain::is_for_a_person(&headers) {
        return Error::from(ErrorCode::NotFound).into_response();
    }
    plain::page(StatusCode::NOT_FOUND, "Nothing is here", "Go to the <a href=\"/\">inbox</a>.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_run_are_known_by_their_text() {
        let document = "<script type=module>let a = 1</script><script src=\"/a.js\"></script>\
                        <script type=\"application/json\">{}</script><script>b()</script>";
        assert_eq!(inline_scripts(document).collect::<Vec<_>>(), ["let a = 1", "b()"]);
    }

    #[test]
    fn what_is_for_the_head_comes_to_its_end() {
        for (document, filled) in [
            ("<head><b></head><body>", "<head><b><i></head><body>"),
            ("<b><body>", "<b><i><body>"),
            ("<b>", "<b><i>"),
        ] {
            assert_eq!(with_head(document, "<i>"), filled);
        }
    }
}
