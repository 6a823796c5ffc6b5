//! Parts that both screens have.

use leptos::prelude::*;
use leptos::tachys::html::InertElement;
use porchlight_client::Link;

use super::markup::{self, inert};
use super::words::words;
use crate::screen::LinkView;
use crate::toast::Toast;

/// An avatar: a bot's icon, or the first letter of a name, which the style sheet renders.
pub fn avatar(class: &'static str, name: &str, bot: bool) -> impl IntoView + use<> {
    let letter = if bot { String::new() } else { initial(name) };
    view! {
        <span class=class aria-hidden="true" data-letter=letter>
            {bot.then(|| inert(markup::BOT))}
        </span>
    }
}

/// The first letter in upper case, by the browser: Unicode's tables would weigh kilobytes.
fn initial(name: &str) -> String {
    let first = name.chars().next().map(String::from).unwrap_or_default();
    js_sys::JsString::from(first).to_upper_case().into()
}

/// A strip at the foot of the screen with an optional button. The live region announces it.
pub fn strip(
    class: &'static str,
    text: Option<String>,
    act: Option<&'static str>,
) -> impl IntoView {
    text.map(|text| {
        view! {
            <p class=class>
                <span data-words=words(text)></span>
                {act.map(inert)}
            </p>
        }
    })
}

/// The toast.
pub fn toast(toast: &Option<Toast>) -> impl IntoView + use<> {
    let toast = toast.as_ref();
    let undo = toast.and_then(|toast| toast.undo.as_ref());
    strip("toast", toast.map(|toast| toast.words.to_owned()), undo.map(|_| markup::UNDO))
}

/// The bar about the connection; `offline` is its markup where there is no network.
pub fn bar(link: &LinkView, offline: &'static str) -> Option<InertElement> {
    let html = match link.link {
        _ if link.misplaced => markup::MISPLACED,
        _ if link.ended => markup::ENDED,
        _ if link.offline => offline,
        Link::Down => markup::RECONNECTING,
        Link::Connecting if link.known => markup::CONNECTING,
        _ => return None,
    };
    Some(inert(html))
}
