//! Settings → Close Conversations.

use leptos::either::EitherOf3;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::super::icon;
use super::super::parts::blank;
use super::super::preview::preview;
use super::{guard, locked, options, period, problem, savebar, tabs};
use crate::app::App;
use crate::closing::{ClosingForm, Saving};
use crate::settings_page::Page;
use crate::words::{Word, say};

/// The page.
pub fn closing(app: App) -> impl IntoView {
    let page = ClosingForm::open(app);
    guard::guard(app, page.unsaved, move || page.save(), move || page.gone());
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
            {tabs::tabs(Page::Closing)}
            <h1 class="settings__title">{say(Word::SettingsTitle)}</h1>
            <p class="settings__sub">
                {say(Word::SettingsSub)}
            </p>
        </header>
    }
}
