//! The undo of switching a bot's flow off.

use leptos::prelude::*;
use porchlight_browser::Method;
use porchlight_client::Failure;
use porchlight_protocol::Member;
use porchlight_protocol::bots::PublishedFlow;
use wasm_bindgen_futures::spawn_local;

use crate::app::{App, Undo};
use crate::settings::bots::path_after;
use crate::text;
use crate::words::{Pattern, Word, fill, say};

impl App {
    /// Shows a toast for a flow that was switched off, and offers to publish it again.
    pub fn switched_off(self, bot: Member, json: String, version: u64) {
        let words = fill(Pattern::BotsSwitchedOff, &[&bot.name]);
        self.show_toast(words, Undo::Flow { bot, json, version }, false);
    }

    pub(crate) fn switch_on_again(self, bot: Member, json: String, version: u64) {
        let Some(api) = self.api() else { return };
        spawn_local(async move {
            let path = path_after(&bot.id, version);
            let answer = api.send_text::<PublishedFlow>(Method::PUT, &path, json).await;
            if self.is_over() {
                return;
            }
            let words = match answer {
                Ok(_) => {
                    self.settings.flows_changed.update(|number| *number = number.wrapping_add(1));
                    fill(Pattern::BotsSwitchedOn, &[&bot.name])
                }
                Err(Failure::Refused(error)) => say(text::error_code(error.code)),
                Err(_) => say(Word::LinkUnreachable),
            };
            self.tell(words);
        });
    }
}
