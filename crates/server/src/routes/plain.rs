//! Small pages with an explanation, for people who see them as a page or in the chat's frame.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use porchlight_protocol::id;
use porchlight_store::random;
use porchlight_words::{CHAT, Language};

/// The colours and sizes of `style/tokens.css`, as far as one heading and a paragraph need them.
const STYLE: &str = ":root{color-scheme:light dark}\
    body{margin:0;min-height:100vh;display:grid;place-items:center;background:#faf8f4;color:#221d17;\
    font:.9375rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}\
    main{max-width:30rem;padding:1.5rem;text-align:center;overflow-wrap:anywhere}\
    h1{font-size:1.125rem;line-height:1.3;margin:0 0 .5rem}p{margin:0;color:#675e53}a{color:#7a4500}\
    @media(prefers-color-scheme:dark){body{background:#171411;color:#f4efe8}p{color:#b5ab9e}\
    a{color:#ffcf7a}}";

/// The same for a button.
const FORM_STYLE: &str = "button{margin-top:1.25rem;min-height:2.75rem;padding:0 1.25rem;border:0;border-radius:.625rem;\
    background:#f6a821;color:#241803;font:inherit;font-weight:600;cursor:pointer}\
    button:focus-visible{outline:3px solid #b87400;outline-offset:2px}";

/// A small page in English. `text` is markup from this code, never from a request.
pub(super) fn page(status: StatusCode, title: &str, text: &str) -> Response {
    page_in(CHAT.english(), status, title, text)
}

/// A small page in this language. `text` is markup from this code or a text of the language, never from a request.
pub(super) fn page_in(
    language: &Language,
    status: StatusCode,
    title: &str,
    text: &str,
) -> Response {
    let body = format!("<main><h1>{title}</h1><p>{text}</p></main>");
    let headers = [(header::CACHE_CONTROL, "no-store")];
    (status, headers, document(language, title, STYLE, &body, "img-src data:")).into_response()
}

/// A small page with a form that is sent to its own address. `body` is markup from this code, with texts that it has escaped.
pub(super) fn form_in(
    language: &Language,
    status: StatusCode,
    title: &str,
    body: &str,
) -> Response {
    let style = format!("{STYLE}{FORM_STYLE}");
    let body = format!("<main><h1>{title}</h1>{body}</main>");
    let headers = [(header::CACHE_CONTROL, "no-store")];
    // Of two directives the first one counts.
    let policy = "img-src data:; form-action 'self'; frame-ancestors 'none'";
    (status, headers, document(language, title, &style, &body, policy)).into_response()
}

/// A page without scripts. All of it is markup from this code; `policy` is what its
/// Content-Security-Policy says beside the style.
pub(super) fn document(
    language: &Language,
    title: &str,
    style: &str,
    body: &str,
    policy: &str,
) -> Response {
    let Language { tag, .. } = language;
    let direction = language.direction();
    let nonce = random::bytes::<16>().map(|bytes| id::hex(&bytes)).unwrap_or_default();
    let document = format!(
        "<!doctype html><html lang=\"{tag}\" dir=\"{direction}\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"icon\" href=\"data:,\"><title>{title}</title>\
         <style nonce=\"{nonce}\">{style}</style>{body}"
    );
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; {policy}; base-uri 'none'; \
         form-action 'none'"
    );
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(document)).into_response()
}

/// The page for a program that was built without assets.
pub(super) fn not_built() -> Response {
    page(
        StatusCode::SERVICE_UNAVAILABLE,
        "Not built yet",
        "This server was made without its pages. Run <code>cargo xtask build</code> first.",
    )
}

/// True for a navigation in a browser, by its `Accept` header.
pub(super) fn is_for_a_person(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("text/html"))
}
