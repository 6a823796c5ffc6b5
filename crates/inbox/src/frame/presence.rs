//! Whether the agent counts as online: the switch, and whether the inbox is idle.

pub mod idle;
pub mod view;

use leptos::prelude::*;
use porchlight_browser::{Method, page, time};
use porchlight_client::Failure;
use porchlight_protocol::settings::Switch;
use porchlight_protocol::wire::Session;
use wasm_bindgen_futures::spawn_local;

use crate::app::App;
use crate::frame::prefs;
use crate::text;
use crate::words::{Word, say};

impl App {
    /// Switches to away, or back, at once; and takes that back if the server does not take it.
    pub fn set_away(self, away: bool) {
        let Some(api) = self.api() else { return };
        self.away.set(away);
        self.say_word(if away { Word::PresenceIsAway } else { Word::PresenceIsBack });
        spawn_local(async move {
            let answer = api.tell(Method::PUT, "/away", &Switch { on: away }).await;
            if self.is_over() {
                return;
            }
            let Err(failure) = answer else {
                // For the other tabs.
                prefs::set_away(&self.me().id, away);
                return;
            };
            self.away.set(!away);
            match self.gate.unless_lost(failure) {
                Some(Failure::Refused(error)) => self.tell(say(text::error_code(error.code))),
                Some(Failure::Network) => self.tell(say(Word::LinkUnreachable)),
                None => {}
            }
        });
    }

    /// Takes over what another tab has switched.
    pub(crate) fn away_changed(self, slot: &str) {
        let me = self.me().id;
        if slot == prefs::away_slot(&me) {
            self.away.set(prefs::away(&me));
        }
    }

    /// Asks the server whether the agent has said something else on another device, if the page is in view.
    pub fn look_at_presence(self) {
        let Some(api) = self.api().filter(|_| page::is_visible()) else { return };
        spawn_local(async move {
            if let Ok(Some(session)) = api.get::<Option<Session>>("/session").await
                && !self.is_over()
            {
                self.away.set(session.presence.away);
                // For pages that are opened from now on.
                self.session.update_value(|known| known.role = session.role);
            }
        });
    }

    /// Notes that the agent is at the inbox.
    pub fn touched(self) {
        let touch = |idle: &mut idle::Idle| idle.touch(time::local());
        let Some(touched) = self.idle.try_update_value(touch) else { return };
        if touched.note {
            prefs::set_touched_at(&self.me().id, time::local());
        }
        if touched.tell {
            self.tell_idle(false);
        }
    }

    /// Looks whether the inbox has become idle.
    pub(crate) fn look_at_idleness(self) {
        let elsewhere = prefs::touched_at(&self.me().id);
        let tick = |idle: &mut idle::Idle| idle.tick(time::local(), elsewhere);
        if let Some(idle) = self.idle.try_update_value(tick).flatten() {
            self.tell_idle(idle);
        }
    }

    fn tell_idle(self, idle: bool) {
        let Some(api) = self.api() else { return };
        spawn_local(async move {
            let answer = api.tell(Method::PUT, "/idle", &Switch { on: idle }).await;
            if answer.is_err_and(|failure| failure.is_retryable()) {
                let _ = self.idle.try_update_value(|known| known.untold(idle));
            }
        });
    }
}
