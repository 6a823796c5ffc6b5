//! The pages of settings, as links at the head of each.

use leptos::prelude::*;

use crate::route::Route;
use crate::words::{Word, say};

/// The links, of which `here` is the page that is shown.
pub fn tabs(here: &Route) -> impl IntoView + use<> {
    let pages = [
        (Route::Closing, Word::SettingsTitle),
        (Route::LiveChat, Word::LiveChatTitle),
        (Route::Bots, Word::BotsTitle),
        (Route::Texts, Word::TextsTitle),
    ];
    let links = pages.map(|(route, title)| {
        let current = (route == *here).then_some("page");
        view! {
            <li>
                <a class="settings__tab" href=route.href() aria-current=current>
                    {say(title)}
                </a>
            </li>
        }
    });
    view! {
        <nav aria-label=say(Word::FrameSettings)>
            <ul class="settings__tabs">{links.into_iter().collect_view()}</ul>
        </nav>
    }
}
