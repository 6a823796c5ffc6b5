//! The guide: those pages of `docs` that agents and site owners need, as pages of this server, so that
//! they describe the version that runs.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use comrak::{Arena, Options, format_html, nodes::NodeValue, parse_document};
use porchlight_protocol::ErrorCode;
use rust_embed::Embed;

use crate::error::Error;

use super::{assets, plain};
use porchlight_words::CHAT;

#[derive(Embed)]
#[folder = "../../docs"]
#[include = "agents.md"]
#[include = "closing.md"]
#[include = "embedding.md"]
#[include = "identity.md"]
#[include = "mail.md"]
#[include = "privacy.md"]
#[include = "team.md"]
#[include = "troubleshooting.md"]
#[include = "images/*.png"]
#[exclude = "images/overview.png"]
struct Docs;

/// The pages: what each is called in addresses, and in the navigation.
const PAGES: [(&str, &str); 8] = [
    ("agents", "For agents"),
    ("closing", "Closing conversations"),
    ("embedding", "Embedding"),
    ("identity", "Identity"),
    ("mail", "E-mail"),
    ("privacy", "Privacy"),
    ("team", "Your team"),
    ("troubleshooting", "Troubleshooting"),
];

const STYLE: &str =
    concat!(include_str!("../../../../style/tokens.css"), include_str!("guide.css"));

/// The pages' bodies, in the order of [`PAGES`]; made once.
static BODIES: LazyLock<Vec<(String, String)>> =
    LazyLock::new(|| PAGES.iter().map(|(page, _)| body(page)).collect());

/// The first page.
pub async fn root() -> Redirect {
    Redirect::temporary("/guide/agents")
}

/// A page of the guide.
pub async fn page(Path(page): Path<String>) -> Response {
    let Some(at) = PAGES.iter().position(|(name, _)| *name == page) else {
        return plain::page(
            StatusCode::NOT_FOUND,
            "There is no such page",
            "<a href=\"/guide\">Go to the guide</a>",
        );
    };
    let Some((title, body)) = BODIES.get(at) else {
        return Error::from(ErrorCode::Internal).into_response();
    };
    let links: String = PAGES
        .iter()
        .map(|(name, label)| {
            let current = if *name == page { " aria-current=\"page\"" } else { "" };
            format!("<a href=\"/guide/{name}\"{current}>{label}</a>")
        })
        .collect();
    let title = format!("{title} · Porchlight");
    let body = format!(
        "<header><nav aria-label=\"Guide\"><a href=\"/dashboard/chat/inbox\">Inbox</a>{links}</nav></header>\
         <main>{body}</main>"
    );
    let policy = "img-src 'self' data:; frame-ancestors 'none'";
    let headers = [(header::CACHE_CONTROL, "no-cache")];
    (headers, plain::document(CHAT.english(), &title, STYLE, &body, policy)).into_response()
}

/// A picture of the guide.
pub async fn image(Path(file): Path<String>) -> Response {
    match Docs::get(&format!("images/{file}")) {
        Some(image) => {
            let headers =
                [(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "max-age=3600")];
            (headers, assets::bytes(image.data)).into_response()
        }
        None => Error::from(ErrorCode::NotFound).into_response(),
    }
}

/// Title and body of a page, as HTML.
fn body(page: &str) -> (String, String) {
    let text = Docs::get(&format!("{page}.md")).map(|file| file.data).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let title = text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or("Guide").to_owned();
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.header_id_prefix = Some(String::new());
    let arena = Arena::new();
    let document = parse_document(&arena, &text, &options);
    let nodes: Vec<_> = document.descendants().collect();
    for node in nodes {
        let leads_nowhere = match &mut node.data.borrow_mut().value {
            NodeValue::Link(link) => match address(&link.url) {
                Some(address) => {
                    link.url = address;
                    false
                }
                None => true,
            },
            NodeValue::Image(image) => {
                image.url = format!("/guide/{}", image.url);
                false
            }
            _ => false,
        };
        if leads_nowhere {
            // The words stay, without the link.
            let words: Vec<_> = node.children().collect();
            words.into_iter().for_each(|word| node.insert_before(word));
            node.detach();
        }
    }
    let mut html = String::new();
    // Writing into a string does not fail.
    let _ = format_html(document, &options, &mut html);
    (title, html)
}

/// Where a link of a document leads here. `None` for what is in the repository alone.
fn address(link: &str) -> Option<String> {
    if link.starts_with('#') || link.contains("://") {
        return Some(link.to_owned());
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let page = path.strip_suffix(".md")?;
    let is_served = PAGES.iter().any(|(name, _)| *name == page);
    let anchor = if anchor.is_empty() { String::new() } else { format!("#{anchor}") };
    is_served.then(|| format!("/guide/{page}{anchor}"))
}
