//! Which thread is shown, and what the visitor sends there.

use std::rc::Rc;

use porchlight_browser::{Driver, client_id};
use porchlight_client::{Command, Place, Writing};
use porchlight_protocol::ClientId;

use super::App;
use crate::kept::NEW;
use crate::screen::{Thread, id_of};
use crate::shell::WidgetShell;

impl App {
    /// The place of the shown thread; `None` on Home.
    pub fn place(&self) -> Option<Place> {
        self.screen.borrow().thread.as_ref().map(|thread| thread.place.clone())
    }

    /// Shows Home, with the focus on the line of the thread that was left.
    pub fn go_home(self: &Rc<Self>) {
        let left = self.paint().thread.take();
        if let Some(left) = left {
            self.keeper.leave(id_of(&left.place));
        }
    }

    /// Shows the thread of a line of Home.
    pub fn open_line(self: &Rc<Self>, id: &str) {
        if let Some(place) = self.place_of_line(id) {
            self.show(place);
        }
    }

    /// Closes the conversation of a line of Home.
    pub fn put_away_line(self: &Rc<Self>, id: &str) {
        if let Some(place) = self.place_of_line(id) {
            self.put_away(&place);
        }
    }

    pub(super) fn place_of_line(&self, id: &str) -> Option<Place> {
        let screen = self.screen.borrow();
        let mut lines = screen.home.iter();
        lines.find(|line| id_of(&line.place) == id).map(|line| line.place.clone())
    }

    /// Goes to the place of the frame before this one, once. The focus stays where it is.
    pub fn return_to_place(self: &Rc<Self>) {
        let wanted = self.wanted.take();
        let Some(wanted) = wanted.filter(|_| self.place().is_none()) else { return };
        if wanted == NEW {
            self.show_unfocused(self.new_place());
        } else if let Some(place) = self.place_of_line(&wanted) {
            self.show_unfocused(place);
        }
    }

    /// Sends the host page the place of the shown thread.
    pub(super) fn tell_place(&self) {
        let place = self.place();
        self.host.place(place.as_ref().map_or("", |place| self.name_of(place)));
    }

    pub(super) fn show(self: &Rc<Self>, place: Place) {
        self.keeper.want_focus();
        self.show_unfocused(place);
    }

    pub(super) fn show_unfocused(self: &Rc<Self>, place: Place) {
        self.keeper.want_draft();
        self.begin_thread(place.clone());
        self.mark_unread();
        self.command(Command::Open(place));
        if let Some(driver) = self.driver.get() {
            driver.read(|machine| WidgetShell { app: self.clone() }.show_thread(machine));
        }
        self.read();
    }

    /// Shows a thread before its rows have been loaded.
    pub fn begin_thread(self: &Rc<Self>, place: Place) {
        let number = self.shown.get().wrapping_add(1);
        self.shown.set(number);
        self.at_end.set(true);
        self.keeper.want_mark(false);
        self.paint().thread = Some(Thread::new(place, number));
    }

    /// Shows an empty thread for a new conversation.
    pub fn show_new(self: &Rc<Self>) {
        self.show(self.new_place());
    }

    pub(super) fn new_place(&self) -> Place {
        let place = Place::New(client_id());
        self.gather_drafts(&place);
        place
    }

    /// Shows a new thread in place of a closed one, with the draft of that one.
    pub fn start_new(self: &Rc<Self>) {
        let place = Place::New(client_id());
        if let Some(old) = self.place() {
            self.move_draft(&old, &place);
        }
        self.show(place);
    }

    /// Answers the bot's question in the shown thread by this choice.
    pub fn choose(self: &Rc<Self>, text: String) {
        if let Some(Place::At(id)) = self.place() {
            self.at_end.set(true);
            self.command(Command::Choose { id, client_id: client_id(), text });
        }
    }

    /// Sends a message in the shown thread.
    pub fn send(self: &Rc<Self>, text: String) {
        let Some(place) = self.place() else { return };
        if let Some(thread) = &mut self.paint().thread {
            thread.refused = None;
            thread.mark = None;
        }
        let is_begun = |driver: &Driver| driver.read(|machine| machine.is_begun(&place));
        let client_id = match &place {
            // The first message has the name of its place.
            Place::New(name) if !self.driver.get().is_some_and(is_begun) => name.clone(),
            _ => client_id(),
        };
        self.keep_draft(&place, "");
        self.at_end.set(true);
        self.keeper.want_mark(false);
        self.command(Command::Send { place, client_id, text, writing: Writing::Message });
    }

    /// Clears the refusal that is shown under the field.
    fn clear_refusal(self: &Rc<Self>) {
        if let Some(thread) = &mut self.paint().thread {
            thread.refused = None;
        }
    }

    /// Sends a failed message again.
    pub fn retry(self: &Rc<Self>, client_id: ClientId) {
        self.clear_refusal();
        self.command(Command::Retry(client_id));
    }

    /// Removes a failed message from the outbox.
    pub fn discard(self: &Rc<Self>, client_id: ClientId) {
        self.clear_refusal();
        self.command(Command::Discard(client_id));
    }

    /// Loads the page of older messages, if there is one.
    pub fn load_older(&self) {
        let id = match &self.screen.borrow().thread {
            Some(Thread { place: Place::At(id), has_older: true, loading: false, .. }) => {
                id.clone()
            }
            _ => return,
        };
        self.command(Command::LoadOlder(id));
    }

    /// Loads the shown thread again after a failure.
    pub fn load_again(&self) {
        if let Some(place) = self.place() {
            self.command(Command::Open(place));
        }
    }
}
