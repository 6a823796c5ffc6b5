//! Parts that both screens have.

use leptos::prelude::*;
use leptos::tachys::html::InertElement;
use porchlight_client::Link;

use super::markup::{self, inert};
use crate::screen::LinkView;

/// A round picture of somebody: a bot's icon, or the first letter of a name.
pub fn avatar(class: &'static str, name: &str, bot: bool) -> impl IntoView + use<> {
    let letter = if bot { String::new() } else { initial(name) };
    view! {
        <span class=class aria-hidden="true">
            {bot.then(|| inert(markup::BOT))}
            {letter}
        </span>
    }
}

/// The browser knows capital letters; its tables need not be here too.
fn initial(name: &str) -> String {
    let first = name.chars().next().map(String::from).unwrap_or_default();
    js_sys::JsString::from(first).to_upper_case().into()
}

/// Says that the connection is not there. `offline` is what to say where there is no network.
pub fn bar(link: &LinkView, offline: &'static str) -> Option<InertElement> {
    let html = match link.link {
        _ if link.ended => markup::ENDED,
        _ if link.offline => offline,
        Link::Down => markup::RECONNECTING,
        Link::Connecting if link.known => markup::CONNECTING,
        _ => return None,
    };
    Some(inert(html))
}
