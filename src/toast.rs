//! The toast: what was just done, for some seconds, with **Undo**.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use porchlight_browser::Timeout;
use porchlight_protocol::ConversationId;

use crate::app::App;
use crate::keep::find;
use crate::words::{Word, say};

/// Seconds for which a toast is shown. Those under the pointer or with the focus do not count.
const STANDS_S: u32 = 8;

const SECOND_MS: u64 = 1_000;

/// A toast.
pub struct Toast {
    /// Its text.
    pub word: Word,
    /// The conversation whose closing **Undo** undoes.
    pub undo: Option<ConversationId>,
}

/// The seconds that are left for the toast.
#[derive(Default)]
pub struct Standing {
    left_s: Cell<u32>,
    timer: RefCell<Option<Timeout>>,
}

impl App {
    /// Shows a toast in place of the one before, and announces it.
    pub fn toast(self: &Rc<Self>, word: Word, undo: Option<ConversationId>) {
        let mut screen = self.paint();
        screen.say(&say(match word {
            Word::ClosingClosed => Word::ClosingClosedCanUndo,
            word => word,
        }));
        screen.toast = Some(Toast { word, undo });
        self.standing.left_s.set(STANDS_S);
        self.await_second();
    }

    fn await_second(self: &Rc<Self>) {
        let app = self.clone();
        let timer = Timeout::after(SECOND_MS, move || app.second_passed());
        self.standing.timer.replace(Some(timer));
    }

    fn second_passed(self: &Rc<Self>) {
        let held = !self.is_seen() || find(".toast:is(:hover,:has(:focus-visible))").is_some();
        let left_s = self.standing.left_s.get().saturating_sub(u32::from(!held));
        self.standing.left_s.set(left_s);
        if left_s == 0 {
            self.paint().toast = None;
        } else {
            self.await_second();
        }
    }
}
