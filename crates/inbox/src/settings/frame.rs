//! The frame of a settings page: its head, what it shows until it has been loaded, and the bar below it.

use leptos::either::EitherOf3;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::settings::page::Page;
use crate::settings::tabs;
use crate::ui::icon;
use crate::ui::parts::blank;
use crate::words::{Word, say};

/// The columns of a page.
#[derive(Clone, Copy)]
pub enum Layout {
    /// One column of text.
    Single,
    /// One column of text, with a preview beside it.
    Preview,
    /// All that is there.
    Wide,
}

impl Layout {
    fn class(self) -> &'static str {
        match self {
            Layout::Single => "settings__page settings__page--single",
            Layout::Preview => "settings__page",
            Layout::Wide => "settings__page settings__page--wide",
        }
    }
}

/// A page without a Save button for all of it. `body` stands below the head, see [`once_loaded`]; `bar` is a
/// [`super::savebar`].
pub fn page(page: Page, layout: Layout, body: impl IntoView, bar: impl IntoView) -> impl IntoView {
    view! {
        <div class="settings">
            {scroll(page, layout, body)}
            {bar}
        </div>
    }
}

/// A page with a Save button, which calls `save`.
pub fn form(
    page: Page,
    layout: Layout,
    save: impl Fn() + 'static,
    body: impl IntoView,
    bar: impl IntoView,
) -> impl IntoView {
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        save();
    };
    view! {
        <form class="settings" novalidate=true on:submit=on_submit>
            {scroll(page, layout, body)}
            {bar}
        </form>
    }
}

fn scroll(page: Page, layout: Layout, body: impl IntoView) -> impl IntoView {
    let names = page.names();
    view! {
        <div class="settings__scroll">
            <div class=layout.class()>
                <header class="settings__head">
                    {tabs::tabs(page)}
                    <h1 class="settings__title">{say(names.title)}</h1>
                    {names.sub.map(|sub| view! { <p class="settings__sub">{say(sub)}</p> })}
                </header>
                {body}
            </div>
        </div>
    }
}

/// The cards of a page.
pub fn main(cards: impl IntoView) -> impl IntoView {
    view! { <div class="settings__main">{cards}</div> }
}

/// What `ready` builds, once what it shows is there; until then that it is loaded, or if that has failed, a button
/// that calls `load`.
pub fn once_loaded<V: IntoView + 'static>(
    page: Page,
    is_there: impl Fn() -> bool + Send + Sync + 'static,
    has_failed: impl Fn() -> bool + Send + Sync + 'static,
    load: impl Fn() + Copy + Send + Sync + 'static,
    ready: impl Fn() -> V + Send + Sync + 'static,
) -> impl IntoView {
    // A memo, so that a save that fails does not build the page anew.
    let shown = Memo::new(move |_| match (is_there(), has_failed()) {
        (true, _) => Shown::Ready,
        (false, false) => Shown::Loading,
        (false, true) => Shown::NotLoaded,
    });
    move || match shown.get() {
        Shown::Ready => EitherOf3::A(ready()),
        Shown::Loading => EitherOf3::B(main(loading(page))),
        Shown::NotLoaded => EitherOf3::C(main(not_loaded(page, load))),
    }
}

/// The loading state of a page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Ready,
    Loading,
    NotLoaded,
}

/// Says that a page, or a part of it, is loaded.
pub fn loading(page: Page) -> impl IntoView {
    view! {
        <p class="older">
            <span class="spin" aria-hidden="true"></span>
            {say(page.names().loading)}
        </p>
    }
}

/// Says that a page, or a part of it, could not be loaded.
pub fn not_loaded(page: Page, load: impl Fn() + 'static) -> impl IntoView {
    view! {
        <div class="blank">
            {blank(icon::EXCLAMATION, page.names().not_loaded, Word::ListCheckConnection)}
            <button class="btn" type="button" on:click=move |_| load()>
                {say(Word::ActRetry)}
            </button>
        </div>
    }
}
