//! Who types: what the server told lately of others, and what it was told of this person.

use porchlight_protocol::limits::{TYPING_EVERY_MS, TYPING_FOR_MS};
use porchlight_protocol::{Author, ConversationId, Millis};

use super::Machine;
use crate::effect::{Change, Effect, Step, Timer};
use crate::link::Link;

/// Who types in a thread.
#[derive(Debug, Clone, Default)]
pub(super) struct Typing {
    /// Somebody else; of several, of whom the server told last. And when that ends if it tells nothing more, by this
    /// machine's clock.
    other: Option<(Author, Millis)>,
    /// When the server was told that this person types.
    told_at: Option<Millis>,
}

impl Typing {
    /// Somebody has written, and so has stopped to type. Of this person it is told anew when they go on. True if that
    /// shows.
    pub(super) fn stop(&mut self, by: &Author, mine: bool) -> bool {
        if mine {
            self.told_at = None;
        }
        let stops = self.other.as_ref().is_some_and(|(other, _)| other == by);
        if stops {
            self.other = None;
        }
        stops
    }
}

impl Machine {
    /// Who else types in this conversation.
    pub fn typing(&self, id: &ConversationId) -> Option<&Author> {
        self.threads.get(id)?.typing.other.as_ref().map(|(by, _)| by)
    }

    /// This person has typed. The server is told now and then, and only while it is connected: it is news, or nothing.
    pub(super) fn types(&mut self, now: Millis, id: ConversationId, step: &mut Step) {
        let Some(thread) = self.threads.get_mut(&id) else { return };
        let told_at = thread.typing.told_at;
        let is_told =
            told_at.is_some_and(|at| (0..TYPING_EVERY_MS).contains(&now.saturating_sub(at)));
        if !is_told && self.connection.link == Link::Up {
            thread.typing.told_at = Some(now);
            step.effect(Effect::TellTyping(id));
        }
    }

    /// The server tells that somebody types.
    pub(super) fn hear_typing(
        &mut self,
        now: Millis,
        id: ConversationId,
        by: Author,
        step: &mut Step,
    ) {
        // This person's other tabs and devices are told, too.
        if self.me.wrote(&by) {
            return;
        }
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.typing.other = Some((by, now.saturating_add(TYPING_FOR_MS)));
            step.change(Change::Typing(id));
        }
    }

    /// Ends what is over, and sets the timer for what ends next.
    pub(super) fn pump_typing(&mut self, now: Millis, step: &mut Step) {
        let mut next = None;
        for (id, thread) in self.threads.iter_mut() {
            let Some((_, until)) = thread.typing.other else { continue };
            // A clock that was set back does not prolong it.
            if (1..=TYPING_FOR_MS).contains(&until.saturating_sub(now)) {
                next = Some(next.map_or(until, |next: Millis| next.min(until)));
            } else {
                thread.typing.other = None;
                step.change(Change::Typing(id.clone()));
            }
        }
        if let Some(until) = next.filter(|_| next != self.typing_until) {
            step.effect(Effect::Wake { timer: Timer::Typing, after_ms: (until - now) as u64 });
        }
        self.typing_until = next;
    }
}
