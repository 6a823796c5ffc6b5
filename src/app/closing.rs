//! The visitor's acts on a conversation: close, undo, keep open.

use std::cell::RefCell;
use std::rc::Rc;

use porchlight_browser::client_id;
use porchlight_client::{Command, Place};
use porchlight_protocol::{Act, ClientId, ConversationId};

use super::App;
use crate::screen::id_of;
use crate::words::{Word, say};

/// What an act is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Close it.
    Close,
    /// Undo the closing.
    Undo,
    /// Keep it open.
    KeepOpen,
}

/// Acts that the server has not answered, by client id.
#[derive(Default)]
pub struct Wishes(RefCell<Vec<(ClientId, Wish)>>);

impl Wishes {
    /// Removes an act that was answered, and returns what it was for.
    pub fn answered(&self, client_id: &ClientId) -> Option<Wish> {
        let mut wishes = self.0.borrow_mut();
        let at = wishes.iter().position(|(act, _)| act == client_id)?;
        Some(wishes.swap_remove(at).1)
    }
}

impl App {
    /// Closes a conversation: it leaves Home at once, and the focus goes to the line below, or above.
    pub fn put_away(self: &Rc<Self>, place: &Place) {
        let Place::At(id) = place else { return };
        let next = {
            let screen = self.screen.borrow();
            let at = screen.home.iter().position(|line| line.place == *place).unwrap_or(0);
            let line = |at: usize| screen.home.get(at).filter(|line| line.place != *place);
            let next = line(at + 1).or_else(|| line(at.saturating_sub(1)));
            next.map(|line| id_of(&line.place).to_owned()).unwrap_or_default()
        };
        if self.place().as_ref() == Some(place) {
            self.go_home();
        }
        self.keeper.leave(&next);
        // What one sends away oneself goes also where the other lines are held.
        self.paint().home.retain(|line| line.place != *place);
        let seen = self.driver().map_or(0, |driver| driver.read(|machine| machine.seen(place)));
        // First: a refusal may come at once, and has the last word.
        self.toast(Word::ClosingClosed, Some(id.clone()));
        self.wish(id.clone(), Act::Close { seen }, Wish::Close);
    }

    /// Undoes the last closing.
    pub fn undo(self: &Rc<Self>) {
        let Some(id) = self.undoable() else { return };
        self.paint().toast = None;
        self.keeper.leave(id.as_str());
        self.keeper.want_focus();
        self.paint().say(&say(Word::ClosingRestored));
        self.wish(id, Act::Reopen, Wish::Undo);
    }

    /// The conversation whose closing the toast offers to undo.
    pub fn undoable(&self) -> Option<ConversationId> {
        self.screen.borrow().toast.as_ref()?.undo.clone()
    }

    /// Keeps the shown conversation open: its period begins again.
    pub fn keep_open(self: &Rc<Self>) {
        if let Some(Place::At(id)) = self.place() {
            self.wish(id, Act::KeepOpen, Wish::KeepOpen);
        }
    }

    fn wish(&self, id: ConversationId, act: Act, wish: Wish) {
        let client_id = client_id();
        self.wishes.0.borrow_mut().push((client_id.clone(), wish));
        self.command(Command::Act { id, client_id, act });
    }
}
