//! When a conversation closes by itself, and the warning before that.

use porchlight_protocol::closing::{closes_at, warns_at};
use porchlight_protocol::{Conversation, ConversationId, Millis};

use super::{Machine, Me};
use crate::effect::{Change, Effect, Step, Timer};
use crate::outbox::Place;

/// The interval at which a warning is updated: it counts in minutes.
const COUNT_MS: Millis = 60_000;

/// When to update the warnings next: by the server's clock, and by this machine's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    server: Millis,
    here: Millis,
}

impl Machine {
    /// Milliseconds, by the server's clock, until this conversation closes by itself, if the warning is shown
    /// now; 0 when the closing is due. `None` also for agents, and while a text or act of the visitor is on
    /// its way there.
    pub fn closing_in(&self, place: &Place, now: Millis) -> Option<u64> {
        let Place::At(id) = self.resolve(place.clone()) else { return None };
        let conversation = self.conversation(&id).filter(|known| self.may_warn(known))?;
        let server = self.clock.server(now);
        if server < warns_at(conversation, &self.policy)? {
            return None;
        }
        let left_ms = closes_at(conversation, &self.policy)?.saturating_sub(server);
        Some(u64::try_from(left_ms).unwrap_or(0))
    }

    /// When this conversation closes by itself, by the server's clock; `None` if never.
    pub fn closes_at(&self, id: &ConversationId) -> Option<Millis> {
        closes_at(self.conversation(id)?, &self.policy)
    }

    fn may_warn(&self, conversation: &Conversation) -> bool {
        self.me == Me::Visitor && !self.is_under_way(&conversation.id)
    }

    /// The timer has fired. It may have been early, by rounding or because of the browser's longest timeout.
    pub(super) fn look_early(&mut self, now: Millis) {
        let server = self.clock.server(now);
        self.look = self.look.filter(|look| look.server <= server);
    }

    /// Sets the timer for the next moment at which a warning begins, loses a minute, or ends. A hidden page is not
    /// woken.
    pub(super) fn pump_warnings(&mut self, now: Millis, step: &mut Step) {
        let server = self.clock.server(now);
        if self.look.is_some_and(|look| server >= look.server) {
            step.change(Change::List);
        }
        let next = self.next_look(server).filter(|_| self.shown);
        let next = next.map(|server| Look { server, here: self.clock.here(server) });
        if let Some(look) = next.filter(|_| next != self.look) {
            let after_ms = u64::try_from(look.here.saturating_sub(now)).unwrap_or(0);
            step.effect(Effect::Wake { timer: Timer::Warning, after_ms });
        }
        self.look = next;
    }

    fn next_look(&self, server: Millis) -> Option<Millis> {
        let policy = &self.policy;
        // The common case: no warnings.
        policy.warn_before_s?;
        self.conversations()
            .filter(|conversation| self.may_warn(conversation))
            .filter_map(|conversation| {
                let warns_at = warns_at(conversation, policy)?;
                let closes_at = closes_at(conversation, policy)?;
                let left_ms = closes_at.saturating_sub(server);
                if server < warns_at {
                    Some(warns_at)
                } else {
                    let minutes = left_ms.saturating_sub(1) / COUNT_MS;
                    (left_ms > 0).then(|| closes_at.saturating_sub(minutes * COUNT_MS))
                }
            })
            .min()
    }
}
