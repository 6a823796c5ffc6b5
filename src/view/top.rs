//! Parts that both screens have: avatars, the close button, the connection bar.

use leptos::prelude::*;
use porchlight_client::Link;

use super::icon::{self, icon};
use crate::app::App;
use crate::text;

/// A round picture of somebody: a bot's icon, or the first letter of a name.
pub fn avatar(class: &'static str, name: &str, bot: bool) -> impl IntoView + use<> {
    let letter: String = name.chars().take(1).flat_map(char::to_uppercase).collect();
    view! {
        <span class=class aria-hidden="true">
            {bot.then(|| icon(icon::BOT))}
            {(!bot).then_some(letter)}
        </span>
    }
}

/// Closes the chat; shown where the launcher can't.
pub fn close(app: App) -> impl IntoView {
    view! {
        <button
            class="icon-btn close"
            type="button"
            aria-label=text::CLOSE_CHAT
            on:click=move |_| app.with_host(crate::host::Host::close)
        >
            {icon(icon::CLOSE)}
        </button>
    }
}

/// Says that the connection is not there. `offline` is what to say where there is no network.
pub fn bar(app: App, offline: &'static str) -> impl IntoView {
    move || {
        let link = app.link.get();
        let words = match link.link {
            _ if link.offline => offline,
            Link::Down => text::RECONNECTING,
            Link::Connecting if link.known => text::CONNECTING,
            _ => return None,
        };
        let waiting = !link.offline;
        Some(view! {
            <p class=if link.link == Link::Connecting { "bar" } else { "bar bar--warn" }>
                {waiting.then(|| view! { <span class="spin" aria-hidden="true"></span> })}
                {(!waiting).then(|| icon(icon::OFF))} {words}
            </p>
        })
    }
}
