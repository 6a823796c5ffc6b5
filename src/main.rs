//! The chat widget: what a visitor sees inside the frame, or on a page of its own.
//!
//! A thin shell around [`porchlight_client::Machine`]: [`host`] is the channel to the host page,
//! [`shell`] turns the machine's changes into a [`screen`], [`view`] renders it, [`events`] holds the
//! DOM's listeners. Everything that happens enters by a function call on [`app::App`].

mod announce;
mod app;
mod events;
mod field;
mod host;
#[cfg(all(test, target_family = "wasm"))]
mod in_browser;
mod keep;
mod kept;
mod locale;
mod preview;
mod screen;
mod shell;
#[cfg(test)]
mod styles;
mod text;
mod toast;
mod view;
mod words;

use leptos::prelude::document;
use porchlight_browser::json::read;
use porchlight_protocol::wire::SiteConfig;

fn main() {
    match config() {
        Some(config) => {
            app::App::start(config);
        }
        None => view::mount_unserved(),
    }
}

/// The site's configuration, which the server writes into the document.
fn config() -> Option<SiteConfig> {
    let element = document().get_element_by_id("porchlight-config")?;
    read(&element.text_content()?)
}
