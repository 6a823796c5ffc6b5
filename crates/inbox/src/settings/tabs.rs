//! The pages of settings, as links at the head of each.

use leptos::prelude::*;

use crate::app::App;
use crate::settings::page::Page;
use crate::words::{Word, say};

/// The links, of which `here` is the page that is shown. Pages that the agent may not see have none.
pub fn tabs(here: Page) -> impl IntoView {
    let may = |right| use_context::<App>().is_none_or(|app| app.may(right));
    let pages = Page::ALL.into_iter().filter(|page| page.needs().is_none_or(may));
    let links = pages.map(|page| {
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
            <ul class="settings__tabs">{links.collect_view()}</ul>
        </nav>
    }
}
