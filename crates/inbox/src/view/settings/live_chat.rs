//! Settings → Live chat.

use leptos::prelude::*;
use porchlight_protocol::settings::LiveChat;

use super::frame::{self, Layout};
use super::savebar;
use crate::app::App;
use crate::live_chat;
use crate::setting::{Saving, Setting};
use crate::settings_page::Page;
use crate::words::{Word, say};

/// The page.
pub fn live_chat(app: App) -> impl IntoView {
    let setting = live_chat::open(app);
    let body = frame::once_loaded(
        Page::LiveChat,
        move || setting.is_there(),
        move || setting.has_failed(),
        move || setting.load(),
        move || frame::main(card(setting)),
    );
    frame::page(Page::LiveChat, Layout::Single, body, savebar::of_setting(setting))
}

fn card(setting: Setting<LiveChat>) -> impl IntoView {
    let on = move || setting.saved.get().is_none_or(|saved| saved.on);
    let fixed = move || !setting.may_change || setting.state.get() == Saving::Busy;
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
                    on:change=move |event| {
                        setting.save(LiveChat { on: event_target_checked(&event) })
                    }
                />
                <p class="setting__text" id="live-chat-text">
                    {move || say(words())}
                </p>
            </div>
        </section>
    }
}
