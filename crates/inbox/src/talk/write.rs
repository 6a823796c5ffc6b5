//! Drafts, and sending them.

use leptos::prelude::*;
use porchlight_browser::client_id;
use porchlight_client::{Command, Place, Writing};
use porchlight_protocol::text::is_blank;
use porchlight_protocol::{ClientId, ConversationId};
use web_sys::StorageEvent;

use crate::app::{App, Fill};
use crate::talk::draft::{self, Field};
use crate::words::Word;

impl App {
    /// The fill level of a field.
    pub fn fill(self, field: Field) -> RwSignal<Fill> {
        match field {
            Field::Reply => self.composer.reply_fill,
            Field::Note => self.composer.note_fill,
        }
    }

    /// Switches to the other field. Each field keeps its text.
    pub fn write_in(self, field: Field) {
        if self.composer.field.get_untracked() != field {
            self.composer.field.set(field);
        }
    }

    /// Sends the reply; with `close`, closes the conversation afterwards.
    pub fn send(self, then_close: bool) {
        let Some(id) = self.open_id() else { return };
        if !self.may_go(Field::Reply, Word::DeskTooLong) {
            return;
        }
        if then_close {
            let Some(closing) = self.begin_closing(true) else { return };
            self.acts.closing.set_value(Some(closing));
        }
        self.send_reply(id, then_close);
    }

    pub(crate) fn send_reply(self, id: ConversationId, then_close: bool) {
        let writing = if then_close { Writing::MessageAndClose } else { Writing::Message };
        let name = client_id();
        if then_close {
            self.expect_closing(name.clone(), id.clone());
        }
        self.send_draft(id, name, writing);
    }

    /// Adds the note to the conversation. Only agents see it.
    pub fn add_note(self) {
        if let (Some(id), true) = (self.open_id(), self.may_go(Field::Note, Word::DeskNoteTooLong))
        {
            self.send_draft(id, client_id(), Writing::Note);
        }
    }

    fn may_go(self, field: Field, too_long: Word) -> bool {
        let fill = self.fill(field).get_untracked();
        if let Fill::Over(_) = fill {
            self.say_word(too_long);
        }
        fill.can_go()
    }

    fn send_draft(self, id: ConversationId, client_id: ClientId, writing: Writing) {
        let field = Field::of(writing);
        let text = self.draft(&id, field);
        self.keep_draft(&id, field, "");
        self.composer.restored.update(|restored| *restored += 1);
        self.acts.trouble.set(None);
        self.transcript.at_end.set(true);
        let place = Place::At(id);
        self.command(Command::Send { place, client_id, text, writing });
    }

    /// Retries a failed message.
    pub fn retry(self, client_id: ClientId) {
        self.command(Command::Retry(client_id));
    }

    /// Discards a failed message.
    pub fn discard(self, client_id: ClientId) {
        self.forget_closing(&client_id);
        self.command(Command::Discard(client_id));
    }

    /// The draft of a conversation.
    pub fn draft(self, id: &ConversationId, field: Field) -> String {
        let drafts = self.gate.drafts.get_value();
        drafts.borrow_mut().get(&self.me().id, id, field)
    }

    /// Follows a change that another tab has made to the storage.
    pub fn storage_changed(self, event: &StorageEvent) {
        let Some(changed) = event.key() else { return };
        self.notification_prefs_changed(&changed);
        self.quiet_changed(&changed);
        self.away_changed(&changed);
        self.density_changed(&changed);
        let (old, new) = (event.old_value(), event.new_value());
        let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
        let drafts = self.gate.drafts.get_value();
        if drafts.borrow_mut().heard(&changed, &old, &new) {
            self.follow(&[changed]);
        }
    }

    /// Follows other tabs' changes to the drafts when the page is focused again: a frozen page gets no storage
    /// events.
    pub fn look_at_drafts(self) {
        let drafts = self.gate.drafts.get_value();
        let mut slots = self.shown_slots();
        slots.retain(|slot| drafts.borrow_mut().look_again(slot));
        self.follow(&slots);
    }

    /// The storage keys of both drafts of the open conversation.
    fn shown_slots(self) -> Vec<String> {
        let Some(id) = self.open_id() else { return Vec::new() };
        let me = self.me().id;
        [Field::Reply, Field::Note].map(|field| draft::slot(&me, &id, field)).to_vec()
    }

    fn follow(self, slots: &[String]) {
        let (Some(id), false) = (self.open_id(), slots.is_empty()) else { return };
        if self.shown_slots().iter().any(|slot| slots.contains(slot)) {
            self.measure_both(&id);
            self.composer.restored.update(|restored| *restored += 1);
        }
    }

    /// Saves the draft of a field.
    pub fn keep_draft(self, id: &ConversationId, field: Field, text: &str) {
        self.gate.drafts.get_value().borrow_mut().keep(&self.me().id, id, field, text);
        self.measure(field, text);
        // Of a note the visitor must learn nothing.
        if field == Field::Reply && !is_blank(text) {
            self.command(Command::Type(id.clone()));
        }
    }

    /// Restores a text into the field that it came from, before its current text.
    pub(crate) fn restore_draft(self, id: &ConversationId, field: Field, text: &str) {
        let me = self.me().id;
        self.gate.drafts.get_value().borrow_mut().restore(&me, id, field, text);
        if self.open_id().as_ref() == Some(id) {
            self.measure(field, &self.draft(id, field));
            self.composer.restored.update(|restored| *restored += 1);
        }
    }

    /// Loads both drafts of a conversation, and shows the reply field.
    pub(crate) fn take_up_drafts(self, id: &ConversationId) {
        self.composer.field.set(Field::Reply);
        let (me, drafts) = (self.me().id, self.gate.drafts.get_value());
        for field in [Field::Reply, Field::Note] {
            drafts.borrow_mut().look_again(&draft::slot(&me, id, field));
        }
        self.measure_both(id);
    }

    fn measure_both(self, id: &ConversationId) {
        for field in [Field::Reply, Field::Note] {
            self.measure(field, &self.draft(id, field));
        }
    }

    fn measure(self, field: Field, text: &str) {
        let fill = Fill::of(text);
        let signal = self.fill(field);
        if signal.get_untracked() != fill {
            signal.set(fill);
        }
    }
}
