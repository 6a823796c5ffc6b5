//! Settings → Live chat.

use leptos::prelude::*;
use porchlight_protocol::settings::Switch;

use crate::app::App;
use crate::settings::frame::{self, Layout};
use crate::settings::live_chat::LiveChat;
use crate::settings::page::Page;
use crate::settings::savebar;
use crate::settings::setting::{Saving, Setting};
use crate::ui::switch::{Named, switch};
use crate::words::{Word, say};

const FIELD: Named =
    Named { id: "live-chat", text_id: "live-chat-text", name: Word::LiveChatSwitch };

const RECEIPTS: Named =
    Named { id: "receipts", text_id: "receipts-text", name: Word::LiveChatReceipts };

/// The page.
pub fn live_chat(app: App) -> impl IntoView {
    let page = LiveChat::open(app);
    let body = frame::once_loaded(
        Page::LiveChat,
        move || page.all().into_iter().all(Setting::is_there),
        move || page.all().into_iter().any(Setting::has_failed),
        move || page.all().into_iter().for_each(Setting::load),
        move || frame::main(cards(page)),
    );
    frame::page(Page::LiveChat, Layout::Single, body, savebar::of_settings(page.all().to_vec()))
}

fn cards(page: LiveChat) -> impl IntoView {
    let words = |on| if on { Word::LiveChatOn } else { Word::LiveChatOff };
    view! {
        <section class="card">{one(page, page.field, FIELD, words)}</section>
        <section class="card">
            {one(page, page.receipts, RECEIPTS, |_| Word::LiveChatReceiptsText)}
        </section>
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
