//! Acts of the person other than texts. An agent's act is sent once, and a failure is reported, because another
//! agent may have acted since. A visitor's act is queued, shown at once as if it had succeeded (optimistic
//! update), and retried until the server has answered: no other person can get in its way.

use std::borrow::Cow;

use porchlight_protocol::rules;
use porchlight_protocol::{
    Act, Author, ClientId, Conversation, ConversationId, ErrorBody, ErrorCode, Event, Seq,
};

use super::{Machine, Me};
use crate::backoff::{Backoff, Moment};
use crate::effect::{Change, Effect, Step};
use crate::input::Failure;
use crate::outbox::{Place, State};
use crate::timeline::RowKey;

/// An act without its result in the state yet. Texts are in the outbox instead.
#[derive(Debug, Clone)]
pub(super) struct Doing {
    pub id: ConversationId,
    pub client_id: ClientId,
    act: Act,
    /// Its position among all texts and acts of this client.
    pub order: RowKey,
    pub stage: Stage,
    pub backoff: Backoff,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// No request is in flight. `tried`: one has failed.
    Queued { tried: bool },
    /// The request is in flight.
    InFlight,
    /// In the log, up to this event. Kept until the state has reached the event.
    Appended(Seq),
}

impl Doing {
    /// True until the server has answered.
    pub fn is_pending(&self) -> bool {
        !matches!(self.stage, Stage::Appended(_))
    }

    fn goes_out(&mut self) -> Effect {
        self.stage = Stage::InFlight;
        let (id, client_id) = (self.id.clone(), self.client_id.clone());
        Effect::Append { id, client_id, act: self.act.clone() }
    }

    fn done(&self) -> Change {
        Change::Done { id: self.id.clone(), client_id: self.client_id.clone() }
    }
}

impl Machine {
    pub(super) fn act(
        &mut self,
        id: ConversationId,
        client_id: ClientId,
        act: Act,
        step: &mut Step,
    ) {
        if self.acts.iter().any(|doing| doing.client_id == client_id) {
            return;
        }
        step.change(Change::List);
        let order = self.local_key();
        let stage = Stage::Queued { tried: false };
        let mut doing = Doing { id, client_id, act, order, stage, backoff: Backoff::default() };
        if let Me::Agent(_) = self.me {
            step.effect(doing.goes_out());
        } else if let Some(code) = self.fault {
            return refuse(doing, code.bare(), step);
        } else if doing.act == Act::Reopen && self.take_back_close(&doing.id, step) {
            return step.change(doing.done());
        }
        self.acts.push(doing);
    }

    /// Cancels a closing whose request has not been sent yet. True if there was one.
    fn take_back_close(&mut self, id: &ConversationId, step: &mut Step) -> bool {
        let last = self.acts.iter().rposition(|doing| doing.id == *id && doing.is_pending());
        let unsent = |doing: &Doing| {
            doing.stage == (Stage::Queued { tried: false })
                && matches!(doing.act, Act::Close { .. })
        };
        let Some(index) = last.filter(|index| self.acts.get(*index).is_some_and(unsent)) else {
            return false;
        };
        step.change(self.acts.remove(index).done());
        true
    }

    /// Sends a visitor's acts: one at a time per conversation, in order with the texts.
    pub(super) fn pump_acts(&mut self, step: &mut Step) {
        let mut busy: Vec<ConversationId> = Vec::new();
        for doing in self.acts.iter_mut().filter(|doing| doing.is_pending()) {
            if busy.contains(&doing.id) {
                continue;
            }
            busy.push(doing.id.clone());
            let before = |state: State, key: RowKey| match state {
                State::Queued { .. } => key < doing.order,
                State::InFlight { .. } => true,
                State::Failed(_) | State::Appended(_) => false,
            };
            let waits = self.outbox.iter().any(|entry| {
                entry.outgoing.place.is_at(&doing.id) && before(entry.state, entry.key)
            });
            let queued = matches!(doing.stage, Stage::Queued { .. });
            if queued && !waits && doing.backoff.is_over() {
                step.effect(doing.goes_out());
            }
        }
    }

    /// Removes acts whose result is in the state of their conversation.
    pub(super) fn clear_acts(&mut self) {
        let threads = &self.threads;
        self.acts.retain(|doing| match doing.stage {
            Stage::Appended(seq) => {
                threads.get(&doing.id).is_some_and(|thread| thread.conversation.head < seq)
            }
            Stage::Queued { .. } | Stage::InFlight => true,
        });
    }

    /// The log has the events of this act, up to `seq`.
    pub(super) fn acted(&mut self, client_id: &ClientId, seq: Seq, step: &mut Step) {
        let mut acts = self.acts.iter_mut();
        let doing = acts.find(|doing| doing.client_id == *client_id && doing.is_pending());
        if let Some(doing) = doing {
            doing.stage = Stage::Appended(seq);
            step.change(doing.done());
            step.change(Change::List);
        }
    }

    /// The conversation of the act with this id.
    pub(super) fn acts_in(&self, client_id: &ClientId) -> Option<&ConversationId> {
        self.acts.iter().find(|doing| doing.client_id == *client_id).map(|doing| &doing.id)
    }

    /// Handles a failed request, if it was that of an act. True if so.
    pub(super) fn not_acted(
        &mut self,
        at: Moment,
        client_id: &ClientId,
        failure: &Failure,
        step: &mut Step,
    ) -> bool {
        let index = self.acts.iter().position(|doing| doing.client_id == *client_id);
        let doing = index.and_then(|index| self.acts.get_mut(index));
        let Some((index, doing)) = index.zip(doing) else { return false };
        if doing.stage != Stage::InFlight {
            return true;
        }
        step.change(Change::List);
        if self.me == Me::Visitor && self.fault.is_none() && failure.is_retryable() {
            doing.stage = Stage::Queued { tried: true };
            doing.backoff.failed(at, failure);
            return true;
        }
        let error = match failure {
            Failure::Network => ErrorCode::Unavailable.bare(),
            Failure::Refused(error) => error.clone(),
        };
        let doing = self.acts.remove(index);
        self.mark_stale(&Place::At(doing.id.clone()));
        self.refused_me(error.code, step);
        refuse(doing, error, step);
        true
    }

    /// Refuses all queued acts, after the connection has ended for good.
    pub(super) fn refuse_queued(&mut self, code: ErrorCode, step: &mut Step) {
        let (queued, kept) = std::mem::take(&mut self.acts)
            .into_iter()
            .partition(|doing: &Doing| matches!(doing.stage, Stage::Queued { .. }));
        self.acts = kept;
        refuse_all(queued, code, step);
    }

    /// Refuses all pending acts, after the visitor's key was refused.
    pub(super) fn refuse_acts(&mut self, code: ErrorCode, step: &mut Step) {
        let mut acts = std::mem::take(&mut self.acts);
        acts.retain(Doing::is_pending);
        refuse_all(acts, code, step);
    }

    /// True while a text or act of this person for this conversation is queued, in flight, or not in the state
    /// yet.
    pub(crate) fn is_under_way(&self, id: &ConversationId) -> bool {
        self.acts.iter().any(|doing| doing.id == *id)
            || self.outbox.iter().any(|entry| {
                let failed = matches!(entry.state, State::Failed(_));
                entry.outgoing.place.is_at(id) && !failed
            })
    }

    /// The conversation with the visitor's pending texts and acts applied, as far as the rules allow them. For
    /// agents, the known state: another agent may be faster.
    pub(crate) fn foreseen<'a>(&self, conversation: &'a Conversation) -> Cow<'a, Conversation> {
        let known = Cow::Borrowed(conversation);
        if self.me != Me::Visitor || !self.is_under_way(&conversation.id) {
            return known;
        }
        let ahead = |seq: Seq| seq > conversation.head;
        let texts = self.outbox.iter().filter(|entry| {
            entry.outgoing.place.is_at(&conversation.id)
                && match entry.state {
                    State::Queued { .. } | State::InFlight { .. } => true,
                    State::Appended(seq) => ahead(seq),
                    State::Failed(_) => false,
                }
        });
        let acts = self.acts.iter().filter(|doing| {
            doing.id == conversation.id
                && match doing.stage {
                    Stage::Queued { .. } | Stage::InFlight => true,
                    Stage::Appended(seq) => ahead(seq),
                }
        });
        // Merged by hand, because both are sorted, and the code of a sort would take more bytes.
        let mut coming: Vec<(RowKey, Act)> =
            texts.map(|entry| (entry.key, entry.outgoing.act())).collect();
        for doing in acts {
            let index = coming.partition_point(|(order, _)| *order < doing.order);
            coming.insert(index, (doing.order, doing.act.clone()));
        }
        coming.iter().fold(known, |before, (_, act)| self.foresee(before, act))
    }

    fn foresee<'a>(&self, before: Cow<'a, Conversation>, act: &Act) -> Cow<'a, Conversation> {
        let Ok(bodies) = rules::decide(&before, &Author::Visitor, act, &self.policy) else {
            return before;
        };
        let mut after = before.into_owned();
        for body in bodies {
            after.apply(&Event {
                seq: after.head.saturating_add(1),
                revision: after.revision,
                at: after.active_at,
                author: Author::Visitor,
                client_id: None,
                body,
            });
        }
        Cow::Owned(after)
    }
}

fn refuse_all(acts: Vec<Doing>, code: ErrorCode, step: &mut Step) {
    for doing in acts {
        step.change(Change::List);
        refuse(doing, code.bare(), step);
    }
}

fn refuse(doing: Doing, error: ErrorBody, step: &mut Step) {
    let (place, client_id) = (Place::At(doing.id), Some(doing.client_id));
    step.change(Change::Refused { place, client_id, error });
}
