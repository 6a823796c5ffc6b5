//! What the visitor looks at: read marks, the mark *New messages*, the scroll position, and times that
//! are shown anew each minute.

use std::rc::Rc;

use porchlight_browser::scroll::Scroll;
use porchlight_browser::{Timeout, time};
use porchlight_client::{Command, Place};
use porchlight_protocol::{ConversationId, Millis};

use super::App;
use crate::shell::WidgetShell;

const MINUTE_MS: Millis = 60_000;

impl App {
    /// The page was shown, or the panel opened: unread messages get the mark *New messages*.
    pub(super) fn come_back(self: &Rc<Self>) {
        if self.is_seen() && self.at_end.get() {
            self.mark_unread();
        }
        self.look_again();
    }

    /// Puts the mark before the first unread message of the shown thread, and scrolls to it.
    pub(super) fn mark_unread(self: &Rc<Self>) {
        let (Some(driver), Some(place)) = (self.driver.get(), self.place()) else { return };
        let first = driver.read(|machine| machine.first_unread(&place));
        if let (Some(first), Some(thread)) = (first, &mut self.paint().thread) {
            thread.mark = Some(first);
            self.at_end.set(false);
            self.keeper.want_mark(true);
        }
    }

    /// Renders times again and sends read marks for what is in view; repeated each minute while the
    /// widget is seen.
    pub(super) fn look_again(self: &Rc<Self>) {
        if let Some(driver) = self.driver.get() {
            driver.read(|machine| WidgetShell { app: self.clone() }.show_times(machine));
        }
        self.read();
        let app = self.clone();
        // With the clock's minutes, and so with the day.
        let left_ms = MINUTE_MS - time::now().rem_euclid(MINUTE_MS);
        let next = move || {
            if app.is_seen() {
                app.look_again();
            }
        };
        self.minute.replace(Some(Timeout::after(left_ms.unsigned_abs(), next)));
    }

    /// Calls [`App::look_again`] after `ms` milliseconds, in place of an earlier such call.
    pub fn look_later(self: &Rc<Self>, ms: u64) {
        let app = self.clone();
        self.later.replace(Some(Timeout::after(ms, move || app.look_again())));
    }

    /// Shows the rows that are in the window of the thread.
    pub fn show_rows(self: &Rc<Self>) {
        if let (Some(driver), Some(place)) = (self.driver.get(), self.place()) {
            driver.read(|machine| WidgetShell { app: self.clone() }.show_rows(machine, &place));
            if let Some(thread) = &mut self.paint().thread {
                thread.live = false;
            }
        }
    }

    /// Goes to the end of the log, wherever the window is.
    pub fn jump(self: &Rc<Self>) {
        self.at_end.set(true);
        self.show_rows();
    }

    /// Notes how the log stands now that it was told to. The browser tells of that late, perhaps once for this and for
    /// a visitor's way up from there, which has to be seen as such.
    pub fn stands(&self, now: Scroll) {
        self.scroll.set(now);
    }

    /// Handles a scroll of the log. `near_end` says whether its end is in view.
    pub fn scrolled(self: &Rc<Self>, now: Scroll, near_end: bool) {
        let before = self.scroll.replace(now);
        self.at_end.set(now.keeps_end(before, self.at_end.get(), near_end));
        if near_end {
            let below = self.screen.borrow().thread.as_ref().is_some_and(|it| it.below);
            if below && let Some(thread) = &mut self.paint().thread {
                thread.below = false;
            }
            self.read();
        }
    }

    /// The conversation whose end is in view.
    pub fn reading(&self) -> Option<ConversationId> {
        match self.place() {
            Some(Place::At(id)) if self.is_seen() && self.at_end.get() => Some(id),
            _ => None,
        }
    }

    /// Sends a read mark for the conversation whose end is in view.
    pub fn read(&self) {
        if let Some(id) = self.reading() {
            self.command(Command::Read(id));
        }
    }
}
