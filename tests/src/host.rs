//! The shop: a host page on another origin than the server's. Its language is English, or the one in its
//! address: `/?lang=pt-BR`, which its script tag repeats.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{Uri, header};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::runtime::{spawn, wait_for};

const PAGE: &str = r#"<!doctype html>
<html lang="LANGUAGE">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lantern &amp; Oak</title>
<link rel="icon" href="data:,">
<style>body { font: 16px/1.5 system-ui, sans-serif; margin: 3rem; color-scheme: light dark }</style>
<main>
  <h1>Lantern &amp; Oak</h1>
  <p>Lamps and lanterns, made by hand.</p>
  <p><button type="button">Put in the bag</button> <a href="/lamps">All lamps</a></p>
</main>
SNIPPET
</html>
"#;

/// The web server of the shop.
#[derive(Debug)]
pub struct Host {
    origin: String,
    page: Arc<Mutex<String>>,
}

impl Host {
    /// Starts the shop, without the chat on its pages.
    pub fn open() -> Host {
        let listener = wait_for("a port", TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("a port"));
        let page = Arc::new(Mutex::new(String::new()));
        let site = Router::new().fallback(get(answer)).with_state(page.clone());
        spawn(async {
            let _ = axum::serve(listener, site).await;
        });
        Host { origin, page }
    }

    /// The shop's origin.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Puts the chat's script tag on its pages.
    pub fn embed(&self, server: &str, site: &str) {
        self.embed_tag(&format!(
            r#"<script async src="{server}/porchlight.js" data-site="{site}"></script>"#
        ));
    }

    /// Puts this script tag on its pages.
    pub fn embed_tag(&self, tag: &str) {
        *self.page.lock().unwrap() = PAGE.replace("SNIPPET", tag);
    }
}

async fn answer(State(page): State<Arc<Mutex<String>>>, address: Uri) -> impl IntoResponse {
    let language = address.query().and_then(|query| query.strip_prefix("lang=")).unwrap_or("en");
    let mut page = page.lock().unwrap().replace("LANGUAGE", language);
    if language != "en" {
        page = page.replace("/porchlight.js\"", &format!("/porchlight.js?lang={language}\""));
    }
    ([(header::CACHE_CONTROL, "no-store")], Html(page))
}
