//! The pages of settings, as links: beside the page, or above it where there is little room.

use leptos::html;
use leptos::prelude::*;

use crate::app::App;
use crate::settings::page::Page;
use crate::words::{Word, say};

/// The links, of which `here` is the page that is shown. Pages that the agent may not see have none.
pub fn nav(app: App, here: Page) -> impl IntoView {
    let may = move |page: &Page| page.needs().is_none_or(|right| app.may(right));
    let links = Page::ALL.into_iter().filter(may).map(|page| link(page, page == here));
    view! {
        <nav class="pages__nav" aria-label=say(Word::FrameSettings)>
            <ul class="pages__list">{links.collect_view()}</ul>
        </nav>
    }
}

fn link(page: Page, is_here: bool) -> impl IntoView {
    let element = NodeRef::<html::A>::new();
    if is_here {
        // On a phone the links are one line that is wider than the window.
        element.on_load(|link| {
            request_animation_frame(move || link.scroll_into_view_with_bool(false))
        });
    }
    let class = if page.begins_group() { "pages__item pages__item--apart" } else { "pages__item" };
    view! {
        <li class=class>
            <a
                class="pages__link"
                href=page.href()
                aria-current=is_here.then_some("page")
                node_ref=element
            >
                {say(page.names().title)}
            </a>
        </li>
    }
}
