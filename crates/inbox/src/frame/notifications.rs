//! Notifications: the switches, and the timer and channel of [`crate::frame::notifications::notifier`].

pub mod notification;
pub mod notifier;
pub mod quiet;
pub mod state;
pub mod view;
pub mod words;

use leptos::prelude::*;
use porchlight_browser::{Timeout, page, time};
use porchlight_client::{Change, Machine};
use porchlight_protocol::{ConversationId, Filter};

use crate::app::App;
use crate::frame::notifications::notification::Permission;
use crate::frame::notifications::notifier::{Effect, Notifier, TabMessage, Wanted, Why};
use crate::frame::prefs::{self, NotificationPrefs};
use crate::frame::route::Route;

impl App {
    /// Passes the changed conversations on to the notifier.
    pub(crate) fn update_notifier(self, machine: &Machine, changes: &[Change]) {
        let prefs = self.notifications.prefs.get_untracked();
        let (muted, quiet) = untrack(|| (self.is_mute(), self.quiet().is_some()));
        let wanted =
            if quiet { Wanted::NOTHING } else { Wanted { new: prefs.new, mine: prefs.mine } };
        let now = time::now();
        self.notifications.notifier.update_value(|notifier| {
            notifier.set_epoch(machine.epoch());
            for change in changes {
                let Change::Line(id) = change else { continue };
                match machine.conversation(id) {
                    Some(known) => {
                        notifier.observe(known, machine.booted_at(), wanted, muted, now);
                    }
                    None => notifier.forget(id),
                }
            }
        });
        self.schedule_notifier();
    }

    /// Handles a message of the agent's other tabs.
    pub(crate) fn receive_from_tabs(self, text: &str) {
        let Ok(word) = text.parse::<TabMessage>() else { return };
        let answer = self
            .notifications
            .notifier
            .try_update_value(|notifier| notifier.receive(&word, |id| self.has_in_view(id)))
            .flatten();
        if let Some(answer) = answer {
            self.notifications
                .browser
                .with_value(|browser| browser.as_ref().map(|browser| browser.send(&answer.text())));
        }
    }

    fn schedule_notifier(self) {
        let Some(at) = self.notifications.notifier.with_value(|notifier| notifier.next()) else {
            return;
        };
        let after_ms = u64::try_from(at - time::now()).unwrap_or(0);
        let tick = move || {
            if !self.is_over() {
                self.tick_notifier();
            }
        };
        self.notifications.timer.set_value(Some(Timeout::after(after_ms, tick)));
    }

    fn tick_notifier(self) {
        let tick = |notifier: &mut Notifier| notifier.tick(time::now(), |id| self.has_in_view(id));
        for effect in self.notifications.notifier.try_update_value(tick).unwrap_or_default() {
            match effect {
                Effect::Send(word) => {
                    self.notifications.browser.with_value(|browser| {
                        browser.as_ref().map(|browser| browser.send(&word.text()))
                    });
                }
                Effect::Notify(reasons) => self.notify(&reasons),
            }
        }
        self.schedule_notifier();
    }

    /// True if the conversation is open in this tab, and the tab visible.
    fn has_in_view(self, id: &ConversationId) -> bool {
        page::is_visible() && self.route.with_untracked(|route| route.open() == Some(id))
    }

    fn notify(self, reasons: &[(ConversationId, Why)]) {
        if untrack(|| self.quiet()).is_some() {
            // It has begun since.
            return;
        }
        let prefs = self.notifications.prefs.get_untracked();
        let mut news = None;
        self.look(|_, machine| {
            news = words::news(reasons, |id| machine.conversation(id), machine.names());
        });
        let Some((mut title, body)) = news else { return };
        if self.has_sites.get_untracked() {
            title = self.session.with_value(|session| words::at_site(&title, &session.site_name));
        }
        let shows = prefs.desktop && Permission::now() == Permission::Granted;
        let tag = ["porchlight:", self.me().id.as_str()].concat();
        let route = leads_to(reasons);
        self.notifications.browser.with_value(|browser| {
            let Some(browser) = browser else { return };
            if prefs.sound {
                browser.play_sound();
            }
            if shows {
                let clicked = move || {
                    if !self.is_over() {
                        self.go(route.clone());
                    }
                };
                // Some browsers have the name and not the thing.
                if !browser.show(&title, &body, &tag, clicked) {
                    self.notifications.permission.set(Permission::Missing);
                }
            }
        });
    }

    /// The number of unread conversations that the tab's title and icon tell of.
    pub fn unread_in_tab(self) -> u64 {
        if self.notifications.prefs.get().tab { self.list.counts.get().unread } else { 0 }
    }

    /// Opens the panel of switches, or closes it.
    pub fn show_notifications(self, shown: bool) {
        self.notifications.permission.set(Permission::now());
        self.notifications.shown.set(shown);
    }

    /// Changes the switches, in all tabs of this browser.
    pub fn set_notification_prefs(self, change: impl FnOnce(&mut NotificationPrefs)) {
        let mut prefs = self.notifications.prefs.get_untracked();
        change(&mut prefs);
        prefs::set_notifications(&self.me().id, prefs);
        self.notifications.prefs.set(prefs);
    }

    /// Switches desktop notifications on, if the browser allows them, or off.
    pub fn set_desktop(self, on: bool) {
        if !on {
            return self.set_notification_prefs(|prefs| prefs.desktop = false);
        }
        Permission::ask(move |permission| {
            if !self.is_over() {
                self.notifications.permission.set(permission);
                self.set_notification_prefs(|prefs| {
                    prefs.desktop = permission == Permission::Granted
                });
                // The switch shows what came of it, which may be what it showed before.
                self.notifications.asked_desktop.update(|asked| *asked += 1);
            }
        });
    }

    /// Plays the sound as a test.
    pub fn try_sound(self) {
        self.unlock_sound();
        self.notifications
            .browser
            .with_value(|browser| browser.as_ref().map(|browser| browser.play_sound()));
    }

    /// Unlocks the sound, from a click or a key.
    pub fn unlock_sound(self) {
        let unlocked = self
            .notifications
            .browser
            .with_value(|browser| browser.as_ref().is_some_and(|browser| browser.unlock_sound()));
        if unlocked {
            self.notifications.muted.set(false);
        }
    }

    /// Follows the switches of another tab.
    pub(crate) fn notification_prefs_changed(self, slot: &str) {
        let me = self.me().id;
        if slot == prefs::notifications_slot(&me) {
            self.notifications.prefs.set(prefs::notifications(&me));
        }
    }

    /// True if this tab could not notify the agent: the sound is locked, and it shows no notification.
    pub fn is_mute(self) -> bool {
        let prefs = self.notifications.prefs.get();
        let shows = prefs.desktop && Permission::now() == Permission::Granted;
        prefs.sound && self.notifications.muted.get() && !shows
    }
}

/// The place that a click on the notification leads to: the conversation, or the folder of all of them.
fn leads_to(reasons: &[(ConversationId, Why)]) -> Route {
    let all = |wanted| reasons.iter().all(|(_, why)| *why == wanted);
    match reasons {
        [(id, _)] => Route::Inbox { filter: Filter::Open, open: Some(id.clone()) },
        _ if all(Why::New) => Route::Inbox { filter: Filter::Unassigned, open: None },
        _ if all(Why::Mine) => Route::Inbox { filter: Filter::Mine, open: None },
        _ => Route::Inbox { filter: Filter::Open, open: None },
    }
}
