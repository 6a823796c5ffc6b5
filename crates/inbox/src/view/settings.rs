//! Settings → Close Conversations.

mod language;
mod locked;
mod notice;
mod options;
mod period;
mod problem;
mod savebar;

use leptos::either::EitherOf3;
use leptos::ev::{self, KeyboardEvent, SubmitEvent};
use leptos::prelude::*;

use super::icon;
use super::keyboard::{is_composing, place};
use super::parts::blank;
use super::preview::preview;
use crate::app::App;
use crate::closing::{ClosingForm, Saving};
use crate::keys::Where;
use crate::words::{Word, say};

/// The page.
pub fn settings(app: App) -> impl IntoView {
    let page = ClosingForm::open(app);
    guard(app, page);
    // A memo, so that a save that fails does not build the form anew.
    let shown = Memo::new(move |_| {
        let failed = matches!(page.state.get(), Saving::Failed(_));
        match (page.saved.with(Option::is_some), failed) {
            (true, _) => Shown::Form,
            (false, false) => Shown::Loading,
            (false, true) => Shown::NotLoaded,
        }
    });
    move || match shown.get() {
        Shown::Form => EitherOf3::A(form(page)),
        Shown::Loading => EitherOf3::B(loading()),
        Shown::NotLoaded => EitherOf3::C(not_loaded(page)),
    }
}

/// The loading state of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Form,
    Loading,
    NotLoaded,
}

/// Asks before unsaved changes are left, within the inbox and by closing the tab.
fn guard(app: App, page: ClosingForm) {
    app.unsaved.set_value(Some(page.unsaved));
    on_cleanup(move || {
        page.gone();
        let _ = app.unsaved.try_set_value(None);
    });
    // Only with unsaved changes: a `beforeunload` listener keeps the page out of the back/forward cache.
    Effect::new(move |_| {
        if page.unsaved.get() {
            let listener = window_event_listener(ev::beforeunload, |event| event.prevent_default());
            on_cleanup(move || listener.remove());
        }
    });
    let keys = window_event_listener(ev::keydown, move |event| save_by_key(page, &event));
    on_cleanup(move || keys.remove());
}

fn save_by_key(page: ClosingForm, event: &KeyboardEvent) {
    let at = place(event);
    if at == Where::Foreign || event.default_prevented() || is_composing(event) {
        return;
    }
    let modified = (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
    if modified && event.key().eq_ignore_ascii_case("s") {
        // Otherwise the browser would save the page as a file.
        event.prevent_default();
        // Not while a dialog is open.
        if at != Where::Taken {
            page.save();
        }
    }
}

fn loading() -> impl IntoView {
    view! {
        <section class="settings" aria-label=say(Word::SettingsTitle)>
            <p class="older">
                <span class="spin" aria-hidden="true"></span>
                {say(Word::SettingsLoading)}
            </p>
        </section>
    }
}

fn not_loaded(page: ClosingForm) -> impl IntoView {
    view! {
        <section class="settings" aria-label=say(Word::SettingsTitle)>
            <div class="blank">
                {blank(
                    icon::EXCLAMATION,
                    Word::SettingsNotLoaded,
                    Word::ListCheckConnection,
                )}
                <button class="btn" type="button" on:click=move |_| page.load()>
                    {say(Word::ActRetry)}
                </button>
            </div>
        </section>
    }
}

fn form(page: ClosingForm) -> impl IntoView {
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        page.save();
    };
    problem::follow(page);
    view! {
        <form class="settings" novalidate=true on:submit=on_submit>
            <div class="settings__scroll">
                <div class="settings__page">
                    {head()} {move || page.locked.get().then(|| locked::locked(page))}
                    <div class="settings__main">
                        {period::card(page)} {options::card(page)}
                    </div>
                    {preview(page)}
                </div>
            </div>
            {savebar::savebar(page)}
        </form>
        {move || page.asked.get().map(|effect| savebar::asked(page, effect))}
    }
}

fn head() -> impl IntoView {
    view! {
        <header class="settings__head">
            <p class="settings__crumb">{say(Word::FrameSettings)}</p>
            <h1 class="settings__title">{say(Word::SettingsTitle)}</h1>
            <p class="settings__sub">
                {say(Word::SettingsSub)}
            </p>
        </header>
    }
}
