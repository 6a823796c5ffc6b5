//! The pump, which runs after every input: requests what is missing and may be requested now.

use porchlight_protocol::Millis;

use super::Machine;
use super::acts::Stage;
use crate::effect::{Change, Effect, Step, Timer};
use crate::input::Range;
use crate::map::Set;
use crate::outbox::{Place, State};

/// Concurrent fetches. A browser opens six connections to a server, and the person's texts must not queue
/// behind two hundred fetches.
const FETCHES_MAX: usize = 4;

impl Machine {
    pub(super) fn pump(&mut self, now: Millis, step: &mut Step) {
        if self.wants_link() && self.connection.is_due() {
            self.connect(now, step);
        }
        if self.may_ask() {
            // Before the welcome, the epoch of an answer would be unknown.
            if self.welcomed {
                self.pump_fetches(step);
            }
            self.pump_acts(step);
            self.pump_outbox(step);
        }
        self.clear_acts();
        self.pump_retries(now, step);
        self.pump_warnings(now, step);
        self.pump_typing(now, step);
    }

    /// Sets one timer for the earliest end of all back-offs.
    fn pump_retries(&mut self, now: Millis, step: &mut Step) {
        let mut next: Option<Millis> = None;
        self.backoffs(&mut |backoff| {
            next = match (next, backoff.until()) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        });
        if let Some(at) = next.filter(|_| next != self.retry_at) {
            let after_ms = u64::try_from(at.saturating_sub(now)).unwrap_or(0);
            step.effect(Effect::Wake { timer: Timer::Retry, after_ms });
        }
        self.retry_at = next;
    }

    fn pump_fetches(&mut self, step: &mut Step) {
        let of_threads: usize = self
            .threads
            .values()
            .map(|thread| usize::from(thread.state.out) + usize::from(thread.newer.out))
            .sum();
        let of_unknown = self.unknown.values().filter(|fetch| fetch.out).count();
        let mut free = FETCHES_MAX.saturating_sub(of_threads + of_unknown);
        let mut may = |wanted: bool| {
            let may = wanted && free > 0;
            free -= usize::from(may);
            may
        };
        for (id, thread) in self.threads.iter_mut() {
            let first = thread.timeline.as_ref().map_or(1, |timeline| timeline.first());
            thread.older_wanted &= first > 1;
            // Not counted against `FETCHES_MAX`: the person is waiting for it.
            if thread.older_wanted && thread.older.may_go() {
                thread.older.out = true;
                let range = Range::Before(first);
                step.effect(Effect::FetchEvents { id: id.clone(), range });
            }
            if may((thread.stale || thread.guessed) && thread.state.may_go()) {
                thread.state.out = true;
                thread.head_at_fetch = thread.conversation.head;
                step.effect(Effect::FetchConversation(id.clone()));
            }
            if may(thread.is_behind() && thread.newer.may_go()) {
                thread.newer.out = true;
                let range = Range::After(thread.covered());
                step.effect(Effect::FetchEvents { id: id.clone(), range });
            }
        }
        for (id, fetch) in self.unknown.iter_mut() {
            if may(fetch.may_go()) {
                fetch.out = true;
                step.effect(Effect::FetchConversation(id.clone()));
            }
        }
    }

    /// Sends texts: one at a time per place, so that they arrive in the order in which they were written, and
    /// after earlier acts there.
    fn pump_outbox(&mut self, step: &mut Step) {
        let mut busy = Set::default();
        for entry in &mut self.outbox {
            let start = entry.is_start();
            // A failed text does not block later ones. Texts after the first of a new conversation wait for
            // its id.
            let follows = matches!(entry.outgoing.place, Place::New(_)) && !start;
            if follows || !entry.is_pending() || !busy.insert(entry.outgoing.place.clone(), ()) {
                continue;
            }
            if !matches!(entry.state, State::Queued { .. }) || !entry.backoff.is_over() {
                continue;
            }
            let waits = self.acts.iter().any(|doing| {
                let first = doing.stage == Stage::InFlight || doing.order < entry.key;
                entry.outgoing.place.is_at(&doing.id) && doing.is_pending() && first
            });
            if waits {
                continue;
            }
            let outgoing = &entry.outgoing;
            let client_id = outgoing.client_id.clone();
            step.effect(match &outgoing.place {
                Place::At(id) => Effect::Append { id: id.clone(), client_id, act: outgoing.act() },
                Place::New(_) => Effect::Start { client_id, text: outgoing.text.clone() },
            });
            entry.state = State::InFlight { start };
            step.change(Change::Rows(entry.outgoing.place.clone()));
        }
    }
}
