//! Parts that both screens have.

use leptos::prelude::*;
use porchlight_client::Link;

use super::content::words;
use super::template::{Inert, Template, inert};
use crate::screen::LinkView;
use crate::toast::Toast;
use crate::words::say;

/// An avatar: a bot's icon, or the first letter of a name, which the style sheet renders.
pub fn avatar(class: &'static str, name: &str, bot: bool) -> impl IntoView + use<> {
    let letter = if bot { String::new() } else { initial(name) };
    view! {
        <span class=class aria-hidden="true" data-letter=letter>
            {bot.then(|| inert(Template::Bot))}
        </span>
    }
}

/// The first letter in upper case, by the browser: Unicode's tables would weigh kilobytes.
fn initial(name: &str) -> String {
    let first = name.chars().next().map(String::from).unwrap_or_default();
    js_sys::JsString::from(first).to_upper_case().into()
}

/// A strip at the foot of the screen with an optional button. The live region announces it.
pub fn strip(class: &'static str, text: Option<String>, act: Option<Template>) -> impl IntoView {
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
    strip("toast", toast.map(|toast| say(toast.word)), undo.map(|_| Template::Undo))
}

/// The bar about the connection; `offline` is the one where there is no network.
pub fn bar(link: &LinkView, offline: Template) -> Option<Inert> {
    let template = match link.link {
        _ if link.misplaced => Template::Misplaced,
        _ if link.ended => Template::Ended,
        _ if link.offline => offline,
        Link::Down => Template::Reconnecting,
        Link::Connecting if link.known => Template::Connecting,
        _ => return None,
    };
    Some(inert(template))
}
