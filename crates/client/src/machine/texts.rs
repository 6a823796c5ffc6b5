//! The outbox at work: sends texts, until the log has them or they are back in the field.

use porchlight_protocol::limits::OUTBOX_MAX;
use porchlight_protocol::rules::Refusal;
use porchlight_protocol::text;
use porchlight_protocol::wire::{Appended, Started};
use porchlight_protocol::{ClientId, ConversationId, ErrorBody, ErrorCode, Event, Millis, Seq};

use super::{Machine, Me};
use crate::backoff::{Backoff, Moment};
use crate::effect::{Change, Effect, Step};
use crate::input::{Failure, Writing};
use crate::map::Map;
use crate::outbox::{Entry, Outgoing, Place, State};

impl Machine {
    pub(super) fn send(
        &mut self,
        now: Millis,
        place: Place,
        client_id: ClientId,
        text: String,
        writing: Writing,
        step: &mut Step,
    ) {
        let place = self.resolve(place);
        let refusal = match text::message(&text) {
            // Notes and closing messages are for agents, in existing conversations.
            Ok(_)
                if writing != Writing::Message
                    && (self.me == Me::Visitor || matches!(place, Place::New(_))) =>
            {
                ErrorCode::NotAllowed.bare()
            }
            Ok(text) if self.outbox.len() < OUTBOX_MAX => {
                let then_close = (writing == Writing::MessageAndClose).then(|| self.seen(&place));
                let note = writing == Writing::Note;
                let text = Outgoing { then_close, note, ..Outgoing::new(client_id, place, text) };
                return self.put_out(now, text, step);
            }
            Ok(_) => ErrorCode::RateLimited.bare(),
            Err(error) => Refusal::Text(error).code().bare(),
        };
        step.effect(Effect::RestoreDraft { place: place.clone(), writing, text });
        step.change(Change::Refused { place, client_id: Some(client_id), error: refusal });
    }

    /// Sends a choice as the text that it is, unless it was made already.
    pub(super) fn choose(
        &mut self,
        now: Millis,
        id: ConversationId,
        client_id: ClientId,
        text: String,
        step: &mut Step,
    ) {
        let answers = self.asked(&id);
        if answers.is_some() && self.outbox.len() < OUTBOX_MAX {
            let text = Outgoing::new(client_id, Place::At(id), text);
            self.put_out(now, Outgoing { answers, ..text }, step);
        }
    }

    /// The question that this visitor can answer by a choice, with their texts in flight applied.
    pub(super) fn asked(&self, id: &ConversationId) -> Option<Seq> {
        let thread = self.threads.get(id).filter(|_| self.me == Me::Visitor)?;
        self.foreseen(&thread.conversation).asked
    }

    pub(super) fn put_out(&mut self, now: Millis, text: Outgoing, step: &mut Step) {
        let (written_at, order) = (self.clock.server(now), self.next_order);
        self.next_order = order.saturating_add(1);
        let outgoing = Outgoing { written_at, order, ..text };
        step.effect(Effect::Store(outgoing.clone()));
        self.enqueue(outgoing, step);
    }

    /// The last event of this thread up to which nothing is missing on the screen.
    pub fn seen(&self, place: &Place) -> Seq {
        match place {
            Place::At(id) => self.threads.get(id).map_or(0, |thread| thread.covered()),
            Place::New(_) => 0,
        }
    }

    pub(super) fn enqueue(&mut self, outgoing: Outgoing, step: &mut Step) {
        if self.outbox.iter().any(|entry| entry.outgoing.client_id == outgoing.client_id) {
            return;
        }
        step.change(Change::Rows(outgoing.place.clone()));
        step.change(Change::List);
        let key = self.local_key();
        let tried = self.is_offline() || self.fault.is_some();
        let state = State::Queued { tried };
        self.outbox.push(Entry { outgoing, key, state, backoff: Backoff::default() });
    }

    pub(super) fn retry(&mut self, client_id: &ClientId, step: &mut Step) {
        self.probe();
        if let Some(entry) = self.entry(client_id)
            && matches!(entry.state, State::Queued { .. } | State::Failed(_))
        {
            entry.backoff.reset();
            entry.state = State::Queued { tried: false };
            step.change(Change::Rows(entry.outgoing.place.clone()));
            step.change(Change::List);
        }
    }

    pub(super) fn discard(&mut self, client_id: &ClientId, step: &mut Step) {
        // A text in flight can't be discarded: it may be in the log already.
        let given_up = self.entry(client_id).is_some_and(|entry| {
            matches!(entry.state, State::Failed(_) | State::Queued { tried: true })
        });
        if given_up && let Some(entry) = self.take(client_id, step) {
            self.readdress(step);
            step.change(Change::Rows(entry.outgoing.place));
            step.change(Change::List);
        }
    }

    /// Makes the next text start a new conversation whose first message was discarded.
    pub(super) fn readdress(&mut self, step: &mut Step) {
        let starts: Vec<ClientId> = self
            .outbox
            .iter()
            .filter(|entry| entry.is_start())
            .map(|entry| entry.outgoing.client_id.clone())
            .collect();
        let mut moved: Map<ClientId, Place> = Map::default();
        for entry in &mut self.outbox {
            if let Place::New(first) = &entry.outgoing.place
                && !starts.contains(first)
            {
                moved.add(first.clone(), Place::New(entry.outgoing.client_id.clone()));
                let Some(next) = moved.get(first) else { continue };
                entry.outgoing.place = next.clone();
                step.effect(Effect::Store(entry.outgoing.clone()));
                step.change(Change::Rows(next.clone()));
            }
        }
    }

    pub(super) fn started(&mut self, client_id: &ClientId, started: Started, step: &mut Step) {
        let id = started.conversation.id.clone();
        self.known = true;
        self.rekeyed = false;
        self.merge_started(&started, step);
        self.name(client_id, &id, step);
        for event in &started.events {
            self.event(&id, event, step);
        }
        // Even if the answer did not contain the first event.
        self.settle(client_id, started.conversation.head, step);
        step.change(Change::List);
    }

    /// A new conversation has got its id: addresses its queued texts to the id.
    fn name(&mut self, client_id: &ClientId, id: &ConversationId, step: &mut Step) {
        self.named.insert(client_id.clone(), id.clone());
        self.opened.insert(id.clone(), ());
        if let Some(thread) = self.threads.get_mut(id) {
            thread.load();
        }
        let place = Place::New(client_id.clone());
        for entry in &mut self.outbox {
            if entry.outgoing.place == place {
                entry.outgoing.place = Place::At(id.clone());
                step.effect(Effect::Store(entry.outgoing.clone()));
            }
        }
        step.change(Change::Named { client_id: client_id.clone(), id: id.clone() });
        step.change(Change::Rows(Place::At(id.clone())));
    }

    /// True if this event is the first message of a conversation that was started here and has no id yet.
    pub(super) fn starts(&self, event: &Event) -> bool {
        let Some(client_id) = &event.client_id else { return false };
        let mut entries = self.outbox.iter();
        entries.any(|entry| entry.is_start() && entry.outgoing.client_id == *client_id)
    }

    /// Merges a conversation that was started here, and loads its log from the first event on.
    fn merge_started(&mut self, started: &Started, step: &mut Step) {
        let id = &started.conversation.id;
        let known = self.threads.contains(id);
        if !known {
            let mut thread = super::Thread::new(started.conversation.clone());
            thread.load_from_start();
            self.unknown.remove(id);
            self.threads.insert(id.clone(), thread);
            return;
        }
        if let Some(thread) = self.threads.get_mut(id) {
            thread.load_from_start();
        }
        self.merge(started.conversation.clone(), step);
    }

    pub(super) fn appended(&mut self, client_id: &ClientId, appended: Appended, step: &mut Step) {
        let text = self.entry(client_id).map(|entry| entry.outgoing.place.clone());
        let place = text.or(self.acts_in(client_id).cloned().map(Place::At));
        if let Some(Place::At(id)) = place {
            for event in &appended.events {
                self.event(&id, event, step);
            }
            if let Some(thread) = self.threads.get_mut(&id) {
                thread.heard = thread.heard.max(appended.head);
            }
            step.change(Change::List);
        }
        let seq = appended.events.iter().map(|event| event.seq).max().unwrap_or(appended.head);
        self.settle(client_id, seq, step);
        self.acted(client_id, seq, step);
    }

    /// The log has this text: it need not be persisted any more. Its row stays until the timeline has the event.
    fn settle(&mut self, client_id: &ClientId, seq: Seq, step: &mut Step) {
        let Some(index) = self.index(client_id) else { return };
        let Some(entry) = self.outbox.get_mut(index) else { return };
        let place = entry.outgoing.place.clone();
        entry.state = State::Appended(seq);
        step.effect(Effect::Forget(client_id.clone()));
        step.change(Change::Rows(place.clone()));
        let loaded = match &place {
            Place::At(id) => self.threads.get(id).and_then(|thread| thread.timeline.as_ref()),
            Place::New(_) => None,
        };
        if loaded.is_none_or(|timeline| timeline.applied() >= seq) {
            self.outbox.remove(index);
        }
    }

    /// Handles the echo of a text from this client: removes its entry; the row keeps its key.
    pub(super) fn confirm(&mut self, id: &ConversationId, event: &Event, step: &mut Step) {
        let Some(client_id) = &event.client_id else { return };
        if self.starts(event) {
            self.name(client_id, id, step);
        }
        let Some(index) = self.index(client_id) else { return };
        let entry = self.outbox.remove(index);
        if !matches!(entry.state, State::Appended(_)) {
            step.effect(Effect::Forget(client_id.clone()));
        }
        if let Some(thread) = self.threads.get_mut(id)
            && let Some(timeline) = &mut thread.timeline
        {
            timeline.keep_key(event.seq, entry.key);
        }
        step.change(Change::Rows(Place::At(id.clone())));
        step.change(Change::List);
    }

    pub(super) fn not_started(
        &mut self,
        at: Moment,
        client_id: &ClientId,
        failure: Failure,
        step: &mut Step,
    ) {
        let rekeyed = self.rekeyed;
        let Some(entry) = self.in_flight(client_id, true) else { return };
        match &failure {
            Failure::Refused(error)
                if !rekeyed
                    && matches!(
                        error.code,
                        ErrorCode::VisitorKeyInvalid | ErrorCode::VisitorKeyRevoked
                    ) =>
            {
                // The message is sent once more, as the first one under a new key.
                entry.state = State::Queued { tried: true };
                self.rekeyed = true;
                step.effect(Effect::ForgetKey);
                self.forget_me(step);
            }
            _ => self.not_sent(at, client_id, failure, step),
        }
    }

    pub(super) fn not_appended(
        &mut self,
        at: Moment,
        client_id: &ClientId,
        failure: Failure,
        step: &mut Step,
    ) {
        let acted = self.not_acted(at, client_id, &failure, step);
        if !acted && self.in_flight(client_id, false).is_some() {
            self.not_sent(at, client_id, failure, step);
        }
    }

    fn not_sent(&mut self, at: Moment, client_id: &ClientId, failure: Failure, step: &mut Step) {
        if matches!(&failure, Failure::Refused(error) if error.code == ErrorCode::LiveChatOff) {
            // A visitor who has not been connected hears of it in this way alone.
            self.set_live_chat_off(true);
        }
        let Some(entry) = self.entry(client_id) else { return };
        let place = entry.outgoing.place.clone();
        step.change(Change::Rows(place.clone()));
        step.change(Change::List);
        let error = match failure {
            Failure::Refused(error) if !error.code.is_retryable() => error,
            failure => {
                entry.state = State::Queued { tried: true };
                return entry.backoff.failed(at, &failure);
            }
        };
        let is_refused =
            matches!(error.code, ErrorCode::NotAllowed | ErrorCode::ConversationClosed);
        if entry.outgoing.answers.is_some() && is_refused {
            // It was made in another tab, or is not to be made any more: there is nothing to write again.
            self.take(client_id, step);
            return self.mark_stale(&place);
        }
        if entry.outgoing.text.is_empty() {
            // The bot does not begin.
            self.take(client_id, step);
            self.readdress(step);
            return step.change(Change::Refused {
                place,
                client_id: Some(client_id.clone()),
                error,
            });
        }
        match error.code {
            ErrorCode::ConversationClosed
            | ErrorCode::NewMessages
            | ErrorCode::ClaimRequired
            | ErrorCode::TooManyOpen => return self.restore_drafts(client_id, error, step),
            ErrorCode::SignInRequired => {
                entry.state = State::Queued { tried: true };
                self.end(error.code, step);
                return;
            }
            code => entry.state = State::Failed(code),
        }
        match &place {
            Place::At(_) if self.refused_me(error.code, step) => {}
            Place::At(id) if error.code == ErrorCode::ConversationUnknown => {
                self.orphan(Some(id), error.code, step);
                self.mark_stale(&place);
            }
            _ => {}
        }
        step.change(Change::Refused { place, client_id: Some(client_id.clone()), error });
    }

    /// The conversation accepts no more texts: puts all that are queued for it back into the field. Only texts of
    /// the same kind, because a note must never be sent to the visitor as a message.
    fn restore_drafts(&mut self, refused: &ClientId, error: ErrorBody, step: &mut Step) {
        let Some(entry) = self.entry(refused) else { return };
        let (place, writing, note) =
            (entry.outgoing.place.clone(), entry.outgoing.writing(), entry.outgoing.note);
        let back = |entry: &Entry| {
            entry.outgoing.place == place && entry.outgoing.note == note && entry.is_pending()
        };
        let (given, kept): (Vec<Entry>, Vec<Entry>) =
            std::mem::take(&mut self.outbox).into_iter().partition(back);
        self.outbox = kept;
        let texts: Vec<&str> = given.iter().map(|entry| entry.outgoing.text.as_str()).collect();
        self.mark_stale(&place);
        let text = texts.join("\n");
        step.effect(Effect::RestoreDraft { place: place.clone(), writing, text });
        // After `RestoreDraft`: a page that dies in between has the text twice rather than not at all.
        for entry in &given {
            step.effect(Effect::Forget(entry.outgoing.client_id.clone()));
        }
        step.change(Change::List);
        step.change(Change::Refused { place, client_id: Some(refused.clone()), error });
    }

    /// Marks a conversation as stale: a refusal shows that the server knows more than this client.
    pub(super) fn mark_stale(&mut self, place: &Place) {
        if let Place::At(id) = place
            && let Some(thread) = self.threads.get_mut(id)
        {
            thread.stale = true;
        }
    }

    /// A conversation is gone, or all are (`of` is `None`): the visitor's unsent texts become failed first
    /// messages of new conversations, to retry or discard. Texts that were in its log are gone with it.
    pub(super) fn orphan(&mut self, of: Option<&ConversationId>, code: ErrorCode, step: &mut Step) {
        if self.me != Me::Visitor {
            return;
        }
        let lost = |place: &Place| match place {
            Place::At(id) => of.is_none_or(|of| of == id),
            Place::New(_) => false,
        };
        self.outbox.retain(|entry| {
            !(lost(&entry.outgoing.place) && matches!(entry.state, State::Appended(_)))
        });
        for entry in &mut self.outbox {
            if lost(&entry.outgoing.place) {
                step.change(Change::Rows(entry.outgoing.place.clone()));
                entry.outgoing.place = Place::New(entry.outgoing.client_id.clone());
                entry.outgoing.answers = None;
                entry.state = State::Failed(code);
                step.effect(Effect::Store(entry.outgoing.clone()));
                step.change(Change::Rows(entry.outgoing.place.clone()));
                step.change(Change::List);
            }
        }
    }

    fn take(&mut self, client_id: &ClientId, step: &mut Step) -> Option<Entry> {
        let index = self.index(client_id)?;
        step.effect(Effect::Forget(client_id.clone()));
        Some(self.outbox.remove(index))
    }

    fn entry(&mut self, client_id: &ClientId) -> Option<&mut Entry> {
        self.outbox.iter_mut().find(|entry| entry.outgoing.client_id == *client_id)
    }

    /// The entry in flight, if its request is of the same kind as the answer: an older request may be answered
    /// late.
    fn in_flight(&mut self, client_id: &ClientId, start: bool) -> Option<&mut Entry> {
        self.entry(client_id).filter(|entry| entry.state == State::InFlight { start })
    }

    fn index(&self, client_id: &ClientId) -> Option<usize> {
        self.outbox.iter().position(|entry| entry.outgoing.client_id == *client_id)
    }
}
