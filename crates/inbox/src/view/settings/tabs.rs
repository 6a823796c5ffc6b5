//! The pages of settings, as links at the head of each.

use leptos::prelude::*;

use crate::settings_page::Page;
use crate::words::{Word, say};

/// The links, of which `here` is the page that is shown.
pub fn tabs(here: Page) -> impl IntoView {
    let links = Page::ALL.map(|page| {
        let current = (page == here).then_some("page");
        view! {
            <li>
                <a class="settings__tab" href=page.href() aria-current=current>
                    {say(page.names().title)}
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
