//! Settings → Live chat.

use leptos::either::{Either, EitherOf3};
use leptos::prelude::*;

use super::super::icon::{self, icon};
use super::super::parts::{self, blank};
use super::{savebar, tabs};
use crate::app::App;
use crate::live_chat::{LiveChatPage, Saving};
use crate::settings_page::Page;
use crate::words::{Word, say};

/// The page.
pub fn live_chat(app: App) -> impl IntoView {
    let page = LiveChatPage::open(app);
    let shown = Memo::new(move |_| match (page.on.get(), page.state.get()) {
        (Some(_), _) => Shown::Switch,
        (None, Saving::Failed(_)) => Shown::NotLoaded,
        (None, _) => Shown::Loading,
    });
    view! {
        <section class="settings" aria-labelledby="live-chat-title">
            <div class="settings__scroll">
                <div class="settings__page settings__page--single">
                    <header class="settings__head">
                        {tabs::tabs(Page::LiveChat)}
                        <h1 class="settings__title" id="live-chat-title">
                            {say(Word::LiveChatTitle)}
                        </h1>
                        <p class="settings__sub">{say(Word::LiveChatSub)}</p>
                    </header>
                    <div class="settings__main">
                        {move || match shown.get() {
                            Shown::Switch => EitherOf3::A(card(page)),
                            Shown::Loading => EitherOf3::B(loading()),
                            Shown::NotLoaded => EitherOf3::C(not_loaded(page)),
                        }}
                    </div>
                </div>
            </div>
            {bar(page)}
        </section>
    }
}

/// What is in the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Switch,
    Loading,
    NotLoaded,
}

fn card(page: LiveChatPage) -> impl IntoView {
    let on = move || page.on.get().unwrap_or(true);
    let fixed = move || !page.may_change || page.state.get() == Saving::Busy;
    let words = move || if on() { Word::LiveChatOn } else { Word::LiveChatOff };
    view! {
        <section class="card">
            <div class="setting">
                <label class="setting__name" for="live-chat">
                    {say(Word::LiveChatSwitch)}
                </label>
                <input
                    class="switch"
                    type="checkbox"
                    role="switch"
                    id="live-chat"
                    prop:checked=on
                    aria-disabled=move || fixed().then_some("true")
                    aria-describedby="live-chat-text"
                    on:click=move |event| {
                        if fixed() {
                            event.prevent_default();
                        }
                    }
                    on:change=move |event| page.switch(event_target_checked(&event))
                />
                <p class="setting__text" id="live-chat-text">
                    {move || say(words())}
                </p>
            </div>
        </section>
    }
}

fn loading() -> impl IntoView {
    view! {
        <p class="older">
            <span class="spin" aria-hidden="true"></span>
            {say(Word::SettingsLoading)}
        </p>
    }
}

fn not_loaded(page: LiveChatPage) -> impl IntoView {
    view! {
        <div class="blank">
            {blank(icon::EXCLAMATION, Word::SettingsNotLoaded, Word::ListCheckConnection)}
            <button class="btn" type="button" on:click=move |_| page.load()>
                {say(Word::ActRetry)}
            </button>
        </div>
    }
}

fn bar(page: LiveChatPage) -> impl IntoView {
    if !page.may_change {
        return Either::Left(savebar::read_only());
    }
    let said = move || match page.state.get() {
        _ if page.on.get().is_none() => None,
        Saving::Idle => None,
        Saving::Busy => Some(("savebar__state", None, say(Word::SaveSaving))),
        Saving::Saved => {
            Some(("savebar__state savebar__state--saved", Some(icon::CHECK), say(Word::SaveSaved)))
        }
        Saving::Failed(why) => Some(("savebar__state problem", Some(icon::EXCLAMATION), why)),
    };
    let class = move || if said().is_some() { "savebar" } else { "savebar savebar--rests" };
    Either::Right(view! {
        <div class=class>
            <div class="savebar__said" role="status">
                {move || {
                    said()
                        .map(|(class, mark, words)| {
                            view! { <p class=class>{mark.map(icon)} {parts::words(words)}</p> }
                        })
                }}
            </div>
        </div>
    })
}
