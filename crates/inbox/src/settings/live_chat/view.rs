//! Settings → Live chat.

use leptos::prelude::*;
use porchlight_protocol::questions::{FIELDS, When};
use porchlight_protocol::settings::Switch;

use crate::app::App;
use crate::settings::frame::{self, Layout};
use crate::settings::live_chat::questions::{self, How};
use crate::settings::live_chat::{LiveChat, own_view};
use crate::settings::page::Page;
use crate::settings::savebar::{self, Told};
use crate::settings::setting::{Saving, Setting};
use crate::ui::switch::{Named, switch};
use crate::words::{Word, say};

const FIELD: Named =
    Named { id: "live-chat", text_id: "live-chat-text", name: Word::LiveChatSwitch };

const MESSAGES: Named =
    Named { id: "messages", text_id: "messages-text", name: Word::LiveChatMessages };

const RECEIPTS: Named =
    Named { id: "receipts", text_id: "receipts-text", name: Word::LiveChatReceipts };

const CALL: Named = Named { id: "ask-call", text_id: "ask-call-text", name: Word::LiveChatAskCall };

/// The page.
pub fn live_chat(app: App) -> impl IntoView {
    let page = LiveChat::open(app);
    let body = frame::once_loaded(
        Page::LiveChat,
        move || page.is_there(),
        move || page.has_failed(),
        move || page.load(),
        move || frame::main(cards(page)),
    );
    let mut told = page.switches().map(Told::of).to_vec();
    told.push(Told::of(page.questions));
    frame::page(Page::LiveChat, Layout::Single, body, savebar::of_all(told))
}

fn cards(page: LiveChat) -> impl IntoView {
    let takes = move || page.messages.saved.get().is_some_and(|saved| saved.on);
    let words = move |on| match (on, takes()) {
        (true, _) => Word::LiveChatOn,
        (false, true) => Word::LiveChatOffMessages,
        (false, false) => Word::LiveChatOff,
    };
    view! {
        <section class="card">
            {one(page, page.field, FIELD, words)}
            {one(page, page.messages, MESSAGES, |_| Word::LiveChatMessagesText)}
        </section>
        <section class="card">
            {one(page, page.receipts, RECEIPTS, |_| Word::LiveChatReceiptsText)}
        </section>
        {asking(page)}
    }
}

fn one(
    page: LiveChat,
    setting: Setting<Switch>,
    named: Named,
    words: impl Fn(bool) -> Word + Send + Sync + 'static,
) -> impl IntoView {
    let on = move || setting.saved.get().is_none_or(|saved| saved.on);
    let fixed = move || !setting.may_change || setting.state.get() == Saving::Busy;
    switch(named, on, fixed, move || say(words(on())), move |on| page.save(setting, on))
}

/// What live chats ask: when, and how each field is asked for.
fn asking(page: LiveChat) -> impl IntoView {
    let saved = move || page.questions.saved.get().unwrap_or_default();
    let options = move || {
        let now = saved().when;
        let option = |when: When| (when.as_str(), say(when_name(when)), when == now);
        When::ALL.map(option).to_vec()
    };
    let choose = move |value: String| {
        if let Some(when) = When::ALL.into_iter().find(|when| when.as_str() == value) {
            page.ask(|questions| questions::at(questions, when));
        }
    };
    let ours = [Word::PersonName, Word::PersonEmail, Word::PersonPhone];
    let ours = FIELDS.into_iter().zip(ours);
    let ours = ours.map(|(key, name)| field(page, key.to_owned(), say(name))).collect_view();
    view! {
        <section class="card" aria-labelledby="ask-title">
            <h2 class="card__title" id="ask-title">
                {say(Word::LiveChatAsk)}
            </h2>
            {choice(page, "ask-when".to_owned(), say(Word::LiveChatAskWhen), options, choose)}
            <div class="setting">
                <p class="setting__text">{say(Word::LiveChatAskText)}</p>
            </div>
            {ours}
            {own_view::own(page)}
            {calls(page)}
        </section>
    }
}

/// Whether it is offered to call back.
fn calls(page: LiveChat) -> impl IntoView {
    let on =
        move || page.questions.saved.with(|saved| saved.as_ref().is_some_and(|it| it.call_back));
    let fixed = move || !page.questions.may_change || page.questions.state.get() == Saving::Busy;
    let text = || say(Word::LiveChatAskCallText);
    switch(CALL, on, fixed, text, move |on| page.ask(|asked| questions::calling(asked, on)))
}

/// How a field is asked for.
pub fn field(page: LiveChat, key: String, name: String) -> impl IntoView {
    let id = ["ask-", &key].concat();
    let of = key.clone();
    let options = move || {
        let now = page.questions.saved.with(|saved| {
            saved.as_ref().map_or(How::Not, |questions| questions::how(questions, &of))
        });
        How::ALL.map(|how| (how.as_str(), say(how_name(how)), how == now)).to_vec()
    };
    let choose = move |value: String| {
        if let Some(how) = How::ALL.into_iter().find(|how| how.as_str() == value) {
            page.ask_for(&key, how);
        }
    };
    choice(page, id, name, options, choose)
}

/// A setting of which one of some options holds, with the value and the name of each. It is saved as it is chosen.
fn choice(
    page: LiveChat,
    id: String,
    name: String,
    options: impl Fn() -> Vec<(&'static str, String, bool)> + Send + Sync + 'static,
    choose: impl Fn(String) + 'static,
) -> impl IntoView {
    let fixed = move || !page.questions.may_change || page.questions.state.get() == Saving::Busy;
    // Not a memo: a choice that was not saved writes the same value again, and the select goes back.
    let options = move || {
        let option = |(value, name, is_it)| {
            view! {
                <option value=value selected=is_it>
                    {name}
                </option>
            }
        };
        options().into_iter().map(option).collect_view()
    };
    view! {
        <div class="setting">
            <label class="setting__name" for=id.clone()>
                {name}
            </label>
            <select
                class="input select setting__control"
                id=id
                disabled=fixed
                on:change=move |event| choose(event_target_value(&event))
            >
                {options}
            </select>
        </div>
    }
}

fn when_name(when: When) -> Word {
    match when {
        When::Never => Word::LiveChatAskNever,
        When::Always => Word::LiveChatAskAlways,
        When::Away => Word::LiveChatAskAway,
    }
}

fn how_name(how: How) -> Word {
    match how {
        How::Not => Word::LiveChatAskNot,
        How::Optional => Word::LiveChatAskOptional,
        How::Required => Word::LiveChatAskRequired,
    }
}
