//! What the visitor has just done to a conversation, told at the foot of the screen for some seconds,
//! with a way back.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::ReadUntracked;
use porchlight_browser::{Timeout, client_id};
use porchlight_client::{Command, Place};
use porchlight_protocol::{Act, ClientId, ConversationId};

use crate::app::App;
use crate::keep::find;
use crate::screen::id_of;
use crate::text;

/// Seconds for which it stands. They are not counted while it is being looked at.
const STANDS_S: u32 = 8;

const SECOND_MS: u64 = 1_000;

/// What is told.
pub struct Toast {
    /// In words.
    pub words: &'static str,
    /// The closing that can be taken back.
    pub undo: Option<ConversationId>,
}

/// What the visitor wants done to a conversation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// That it closes.
    Close,
    /// That it is as before.
    Undo,
    /// That it does not close by itself.
    KeepOpen,
}

/// What waits for time, or for an answer.
#[derive(Default)]
pub struct Pending {
    left_s: Cell<u32>,
    timer: RefCell<Option<Timeout>>,
    wishes: RefCell<Vec<(ClientId, Wish)>>,
}

impl Pending {
    /// What this act, which has its answer now, was for.
    pub fn answered(&self, client_id: &ClientId) -> Option<Wish> {
        let mut wishes = self.wishes.borrow_mut();
        let at = wishes.iter().position(|(act, _)| act == client_id)?;
        Some(wishes.swap_remove(at).1)
    }
}

impl App {
    /// Closes a conversation: it leaves Home at once, and what stands below it has the focus.
    pub fn put_away(self: &Rc<Self>, place: &Place) {
        let Place::At(id) = place else { return };
        let next = {
            let screen = self.screen.read_untracked();
            let mut lines = screen.home.iter().skip_while(|line| line.place != *place).skip(1);
            lines.next().map(|line| id_of(&line.place).to_owned()).unwrap_or_default()
        };
        if self.place().as_ref() == Some(place) {
            self.go_home();
        }
        self.keeper.leave(&next);
        let seen = self.driver().map_or(0, |driver| driver.read(|machine| machine.seen(place)));
        // First: a refusal may come at once, and has the last word.
        self.toast(text::CONVERSATION_CLOSED, Some(id.clone()));
        self.wish(id.clone(), Act::Close { seen }, Wish::Close);
    }

    /// Takes the last closing back.
    pub fn undo(self: &Rc<Self>) {
        let Some(Toast { undo: Some(id), .. }) = self.paint().toast.take() else { return };
        self.keeper.leave(id.as_str());
        self.keeper.want_focus();
        self.paint().say(text::BROUGHT_BACK);
        self.wish(id, Act::Reopen, Wish::Undo);
    }

    /// The closing that can be taken back now.
    pub fn undoable(&self) -> Option<ConversationId> {
        self.screen.read_untracked().toast.as_ref()?.undo.clone()
    }

    /// The shown conversation shall not close by itself.
    pub fn keep_open(self: &Rc<Self>) {
        if let Some(Place::At(id)) = self.place() {
            self.wish(id, Act::KeepOpen, Wish::KeepOpen);
        }
    }

    fn wish(&self, id: ConversationId, act: Act, wish: Wish) {
        let client_id = client_id();
        self.pending.wishes.borrow_mut().push((client_id.clone(), wish));
        self.command(Command::Act { id, client_id, act });
    }

    /// Tells something at the foot of the screen, in the place of what stood there.
    pub fn toast(self: &Rc<Self>, words: &'static str, undo: Option<ConversationId>) {
        let mut screen = self.paint();
        screen.say(words);
        screen.toast = Some(Toast { words, undo });
        self.pending.left_s.set(STANDS_S);
        self.await_second();
    }

    fn await_second(self: &Rc<Self>) {
        let app = self.clone();
        let timer = Timeout::after(SECOND_MS, move || app.second_passed());
        self.pending.timer.replace(Some(timer));
    }

    fn second_passed(self: &Rc<Self>) {
        let held = !self.is_seen() || find(".toast:is(:hover,:focus-within)").is_some();
        let left_s = self.pending.left_s.get().saturating_sub(u32::from(!held));
        self.pending.left_s.set(left_s);
        if left_s == 0 {
            self.paint().toast = None;
        } else {
            self.await_second();
        }
    }
}
