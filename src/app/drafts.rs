//! Drafts: what was written and not sent, one text for each thread.

use std::rc::Rc;

use porchlight_browser::storage::Shelf;
use porchlight_browser::time;
use porchlight_client::Place;
use porchlight_protocol::{ClientId, ConversationId, Millis};

use super::App;
use crate::field;
use crate::kept::{Change, DRAFT, NEW, SOUND};
use crate::screen::id_of;

/// Milliseconds after the last key for which the visitor is typing.
const TYPING_MS: Millis = 3_000;

impl App {
    /// Moves the drafts of conversations that Home no longer lists into this thread, where they can be
    /// seen and sent.
    pub(super) fn gather_drafts(&self, to: &Place) {
        // Before, nobody knows what is on Home.
        let link = self.screen.borrow().link;
        if link.known && !link.welcomed {
            return;
        }
        let to = self.draft_name(to);
        for name in self.kept.drafts() {
            let id = name.strip_prefix(DRAFT).unwrap_or_default();
            if name != to && self.place_of_line(id).is_none() {
                self.move_text(&name, &to);
            }
        }
    }

    /// The name of a thread: [`NEW`] before its first message, then its own.
    pub(super) fn name_of<'a>(&self, place: &'a Place) -> &'a str {
        match place {
            Place::New(client_id) if !self.has_begun(client_id) => NEW,
            place => id_of(place),
        }
    }

    /// The name under which a thread's draft is kept, so that the draft of one conversation never shows in another.
    pub(super) fn draft_name(&self, place: &Place) -> String {
        [DRAFT, self.name_of(place)].concat()
    }

    /// True once the first message of a new conversation is in the outbox.
    fn has_begun(&self, client_id: &ClientId) -> bool {
        let screen = self.screen.borrow();
        let is_it = |place: &Place| id_of(place) == client_id.as_str();
        screen.home.iter().any(|line| is_it(&line.place))
            || screen.thread.as_ref().is_some_and(|it| is_it(&it.place) && !it.rows.is_empty())
    }

    /// The draft of a thread.
    pub fn draft(&self, place: &Place) -> String {
        self.kept.get(&self.draft_name(place))
    }

    /// Keeps the draft of a thread.
    pub fn keep_draft(&self, place: &Place, text: &str) {
        self.kept.put(&self.draft_name(place), Some(text));
    }

    /// Notes that the visitor types now.
    pub fn typed(&self) {
        self.typed_at.set(time::now());
    }

    /// Takes over what another tab has kept, into the field too if it is the shown thread's draft.
    pub(super) fn follow(self: &Rc<Self>, changes: Vec<Change>) {
        for (name, text) in changes {
            let before = self.kept.hear(&name, text.as_deref());
            if name == SOUND {
                self.show_sound();
            }
            let Some(place) = self.place().filter(|place| self.draft_name(place) == name) else {
                continue;
            };
            let typing = (0..TYPING_MS).contains(&(time::now() - self.typed_at.get()));
            let left = field::follow(self, &before, text.as_deref().unwrap_or_default(), typing);
            // What was not sent and stands here is kept again.
            if text.is_none()
                && let Some(left) = left
            {
                self.keep_draft(&place, &left);
            }
        }
    }

    /// Puts a refused text before the draft of its thread; if the conversation did not start, before the
    /// draft of the next new one.
    pub fn restore_draft(&self, place: &Place, text: &str) {
        let name = match place {
            Place::New(client_id) => {
                let new = [DRAFT, NEW].concat();
                self.move_text(&[DRAFT, client_id.as_str()].concat(), &new);
                new
            }
            Place::At(id) => [DRAFT, id.as_str()].concat(),
        };
        self.add_text(&name, text);
    }

    /// Moves the draft of a new conversation under the id that the server has given it.
    pub fn name_draft(&self, client_id: &ClientId, id: &ConversationId) {
        let [new, named] = [client_id.as_str(), id.as_str()].map(|id| [DRAFT, id].concat());
        self.move_text(&new, &named);
    }

    fn add_text(&self, name: &str, text: &str) {
        let kept = self.kept.get(name);
        let between = if text.is_empty() || kept.is_empty() { "" } else { "\n" };
        self.kept.put(name, Some(&[text, between, &kept].concat()));
    }

    fn move_text(&self, from: &str, to: &str) {
        let text = self.kept.get(from);
        self.kept.put(from, None);
        self.add_text(to, &text);
    }

    /// Moves the draft of one thread to another.
    pub(super) fn move_draft(&self, from: &Place, to: &Place) {
        self.move_text(&self.draft_name(from), &self.draft_name(to));
    }
}
