//! Notifications: the switches, and the timer and channel of [`crate::bell`].

use leptos::prelude::*;
use porchlight_browser::{Timeout, time};
use porchlight_client::{Change, Machine};
use porchlight_protocol::{ConversationId, Filter};
use web_sys::VisibilityState;

use super::App;
use crate::bell::{Effect, TabMessage, Wanted, Why};
use crate::prefs::{self, Bells};
use crate::ring::Permission;
use crate::route::Route;
use crate::text;

impl App {
    /// Passes the changed conversations on to the bell.
    pub(crate) fn bell_looks(self, machine: &Machine, changes: &[Change]) {
        let bells = self.bells.get_untracked();
        let muted = untrack(|| self.is_mute());
        let now = time::now();
        self.bell.update_value(|bell| {
            bell.lives(machine.epoch());
            for change in changes {
                let Change::Line(id) = change else { continue };
                match machine.conversation(id) {
                    Some(known) => {
                        let wanted = Wanted { new: bells.new, mine: bells.mine };
                        bell.look(known, machine.booted_at(), wanted, muted, now);
                    }
                    None => bell.forget(id),
                }
            }
        });
        self.bell_waits();
    }

    /// Handles a message of the agent's other tabs.
    pub(super) fn bell_hears(self, text: &str) {
        let Ok(word) = text.parse::<TabMessage>() else { return };
        let answer = self
            .bell
            .try_update_value(|bell| bell.hear(&word, |id| self.has_in_view(id)))
            .flatten();
        if let Some(answer) = answer {
            self.ring.with_value(|ring| ring.as_ref().map(|ring| ring.say(&answer.text())));
        }
    }

    fn bell_waits(self) {
        let Some(at) = self.bell.with_value(|bell| bell.next()) else { return };
        let after_ms = u64::try_from(at - time::now()).unwrap_or(0);
        let tick = move || {
            if !self.is_over() {
                self.bell_ticks();
            }
        };
        self.bell_timer.set_value(Some(Timeout::after(after_ms, tick)));
    }

    fn bell_ticks(self) {
        let tick = |bell: &mut crate::bell::Bell| bell.tick(time::now(), |id| self.has_in_view(id));
        for act in self.bell.try_update_value(tick).unwrap_or_default() {
            match act {
                Effect::Say(word) => {
                    self.ring.with_value(|ring| ring.as_ref().map(|ring| ring.say(&word.text())));
                }
                Effect::Ring(rings) => self.rings(&rings),
            }
        }
        self.bell_waits();
    }

    /// True if the conversation is open in this tab, and the tab visible.
    fn has_in_view(self, id: &ConversationId) -> bool {
        document().visibility_state() == VisibilityState::Visible
            && self.route.with_untracked(|route| route.open() == Some(id))
    }

    fn rings(self, rings: &[(ConversationId, Why)]) {
        let bells = self.bells.get_untracked();
        let mut news = None;
        self.look(|_, machine| news = text::bell::news(rings, |id| machine.conversation(id)));
        let Some((title, body)) = news else { return };
        let shows = bells.desktop && Permission::now() == Permission::Granted;
        let tag = ["porchlight:", self.me().id.as_str()].concat();
        let route = leads_to(rings);
        self.ring.with_value(|ring| {
            let Some(ring) = ring else { return };
            if bells.sound {
                ring.sound();
            }
            if shows {
                let clicked = move || {
                    if !self.is_over() {
                        self.go(route.clone());
                    }
                };
                // Some browsers have the name and not the thing.
                if !ring.notify(&title, &body, &tag, clicked) {
                    self.permission.set(Permission::Missing);
                }
            }
        });
    }

    /// Opens the panel of switches, or closes it.
    pub fn show_bells(self, shown: bool) {
        self.permission.set(Permission::now());
        self.bells_shown.set(shown);
    }

    /// Changes the switches, in all tabs of this browser.
    pub fn set_bells(self, change: impl FnOnce(&mut Bells)) {
        let mut bells = self.bells.get_untracked();
        change(&mut bells);
        prefs::set_bells(&self.me().id, bells);
        self.bells.set(bells);
    }

    /// Switches desktop notifications on, if the browser allows them, or off.
    pub fn set_desktop(self, on: bool) {
        if !on {
            return self.set_bells(|bells| bells.desktop = false);
        }
        Permission::ask(move |permission| {
            if !self.is_over() {
                self.permission.set(permission);
                self.set_bells(|bells| bells.desktop = permission == Permission::Granted);
                // The switch shows what came of it, which may be what it showed before.
                self.asked_desktop.update(|asked| *asked += 1);
            }
        });
    }

    /// Plays the sound as a test.
    pub fn try_sound(self) {
        self.bell_woken();
        self.ring.with_value(|ring| ring.as_ref().map(|ring| ring.sound()));
    }

    /// Unlocks the sound, from a click or a key.
    pub fn bell_woken(self) {
        let woken = self.ring.with_value(|ring| ring.as_ref().is_some_and(|ring| ring.woken()));
        if woken {
            self.muted.set(false);
        }
    }

    /// Follows the switches of another tab.
    pub(super) fn bells_changed(self, slot: &str) {
        let me = self.me().id;
        if slot == prefs::bells_slot(&me) {
            self.bells.set(prefs::bells(&me));
        }
    }

    /// True if this tab could not notify the agent: the sound is locked, and it shows no notification.
    pub fn is_mute(self) -> bool {
        let bells = self.bells.get();
        let shows = bells.desktop && Permission::now() == Permission::Granted;
        bells.sound && self.muted.get() && !shows
    }
}

/// The place that a click on the notification leads to: the conversation, or the folder of all of them.
fn leads_to(rings: &[(ConversationId, Why)]) -> Route {
    let all = |wanted| rings.iter().all(|(_, why)| *why == wanted);
    match rings {
        [(id, _)] => Route::Inbox { filter: Filter::Open, open: Some(id.clone()) },
        _ if all(Why::New) => Route::Inbox { filter: Filter::Unassigned, open: None },
        _ if all(Why::Mine) => Route::Inbox { filter: Filter::Mine, open: None },
        _ => Route::Inbox { filter: Filter::Open, open: None },
    }
}
