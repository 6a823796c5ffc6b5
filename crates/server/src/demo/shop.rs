//! The shop's pages, with the addresses and keys of this demo filled in.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use porchlight_protocol::{SiteKey, VisitorKey};
use porchlight_store::Origin;
use rust_embed::Embed;
use tokio::net::TcpListener;

use super::{outbox, seed};
use crate::mail::outbox::Outbox;

#[derive(Embed)]
#[folder = "../../demo/shop"]
#[allow_missing = true]
struct Files;

/// The values for the placeholders in the pages.
#[derive(Clone)]
pub(super) struct Shop {
    pub(super) server: Origin,
    pub(super) site_key: SiteKey,
    pub(super) mia_key: VisitorKey,
    pub(super) outbox: Outbox,
}

impl Shop {
    fn fill(&self, page: &str) -> String {
        page.replace("{{server}}", self.server.as_str())
            .replace("{{site_key}}", self.site_key.as_str())
            .replace("{{mia_key}}", self.mia_key.as_str())
            .replace("{{agent_email}}", seed::ADA_EMAIL)
            .replace("{{agent_password}}", seed::PASSWORD)
            .replace("{{inbox_url}}", &format!("{}/dashboard/chat/inbox", self.server))
    }
}

/// Serves the shop until `stop`.
pub(super) async fn serve(
    shop: Shop,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) {
    let router = Router::new()
        .route("/", get(async |State(shop): State<Shop>| page(&shop, "index.html")))
        .route("/outbox", get(async |State(shop): State<Shop>| outbox::page(&shop.outbox)))
        .route(
            "/{*path}",
            get(async |State(shop): State<Shop>, Path(path): Path<String>| page(&shop, &path)),
        )
        .with_state(shop);
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop).await {
        tracing::error!(%error, "the shop's server has stopped");
    }
}

fn page(shop: &Shop, path: &str) -> Response {
    let named = [path.to_owned(), format!("{path}.html"), format!("{path}/index.html")];
    let found = named.into_iter().find_map(|name| Some((Files::get(&name)?.data, name)));
    let Some((data, name)) = found else {
        if path == "index.html" {
            return answer("x.html", shop.fill(BARE).into_bytes());
        }
        return (StatusCode::NOT_FOUND, "There is no such page in this shop.\n").into_response();
    };
    let filled = name.ends_with(".html") || name.ends_with(".js");
    match std::str::from_utf8(&data) {
        Ok(text) if filled => answer(&name, shop.fill(text).into_bytes()),
        _ => answer(&name, data.into_owned()),
    }
}

fn answer(name: &str, body: Vec<u8>) -> Response {
    let content_type = match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("ico") => "image/x-icon",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("js") => "text/javascript; charset=utf-8",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        Some("webp") => "image/webp",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    };
    ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-store")], body)
        .into_response()
}

/// The page of a program that was built without the shop's files.
const BARE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>A shop</title>\
     <h1>A shop</h1><p><a href=\"{{inbox_url}}\">Inbox</a></p>\
     <script async src=\"{{server}}/porchlight.js\" data-site=\"{{site_key}}\"></script>";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::snippet;

    #[test]
    fn a_bare_shop_has_the_snippet_on_it() {
        let shop = Shop {
            server: "http://localhost:8787".parse().unwrap(),
            site_key: "pl_demo".parse().unwrap(),
            mia_key: VisitorKey::from_bytes([7; 32]),
            outbox: Outbox::default(),
        };
        assert!(shop.fill(BARE).contains(&snippet(&shop.server, &shop.site_key)));
    }
}
