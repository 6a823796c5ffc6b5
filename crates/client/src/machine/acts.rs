//! What the person does beside writing. An agent's act goes out at once, and if it does not arrive
//! they are told: others may have acted since. A visitor's is kept, shown as if it were done, and tried
//! again until the server has answered: it is theirs alone to decide.

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

/// An act on its way. Texts have the outbox.
#[derive(Debug, Clone)]
pub(super) struct Doing {
    pub id: ConversationId,
    pub client_id: ClientId,
    act: Act,
    /// Its place among everything that was written and done here.
    pub order: RowKey,
    pub stage: Stage,
    pub backoff: Backoff,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Not asked for yet, or to be asked for again.
    Queued { tried: bool },
    /// The request is out.
    InFlight,
    /// The log has it, up to this event; stays until the state has come that far.
    Appended(Seq),
}

impl Doing {
    /// No answer has come yet.
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
            return refuse(doing, code.body(), step);
        } else if doing.act == Act::Reopen && self.take_back_close(&doing.id, step) {
            return step.change(doing.done());
        }
        self.acts.push(doing);
    }

    /// A closing that has not gone out yet need not go out to be undone. True if there was one.
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

    /// What a visitor did goes out in the order in which it was done, their texts included.
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

    /// Acts that the state of their conversation shows by now need no keeping.
    pub(super) fn clear_acts(&mut self) {
        let threads = &self.threads;
        self.acts.retain(|doing| match doing.stage {
            Stage::Appended(seq) => {
                threads.get(&doing.id).is_some_and(|thread| thread.conversation.head < seq)
            }
            Stage::Queued { .. } | Stage::InFlight => true,
        });
    }

    /// The log has this act, up to this event.
    pub(super) fn acted(&mut self, client_id: &ClientId, seq: Seq, step: &mut Step) {
        let mut acts = self.acts.iter_mut();
        let doing = acts.find(|doing| doing.client_id == *client_id && doing.is_pending());
        if let Some(doing) = doing {
            doing.stage = Stage::Appended(seq);
            step.change(doing.done());
            step.change(Change::List);
        }
    }

    /// The conversation of an act that waits for this answer.
    pub(super) fn acts_in(&self, client_id: &ClientId) -> Option<&ConversationId> {
        self.acts.iter().find(|doing| doing.client_id == *client_id).map(|doing| &doing.id)
    }

    /// True if it was an act that failed.
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
            Failure::Network => ErrorCode::Unavailable.body(),
            Failure::Refused(error) => error.clone(),
        };
        let doing = self.acts.remove(index);
        self.doubt(&Place::At(doing.id.clone()));
        self.refused_me(error.code, step);
        refuse(doing, error, step);
        true
    }

    /// Nothing that waits can go out any more.
    pub(super) fn refuse_queued(&mut self, code: ErrorCode, step: &mut Step) {
        let (queued, kept) = std::mem::take(&mut self.acts)
            .into_iter()
            .partition(|doing: &Doing| matches!(doing.stage, Stage::Queued { .. }));
        self.acts = kept;
        refuse_all(queued, code, step);
    }

    /// There is nothing left that could be acted on.
    pub(super) fn refuse_acts(&mut self, code: ErrorCode, step: &mut Step) {
        let mut acts = std::mem::take(&mut self.acts);
        acts.retain(Doing::is_pending);
        refuse_all(acts, code, step);
    }

    /// Something that the visitor wrote or did is on its way to this conversation.
    pub(crate) fn is_under_way(&self, id: &ConversationId) -> bool {
        self.acts.iter().any(|doing| doing.id == *id)
            || self.outbox.iter().any(|entry| {
                let failed = matches!(entry.state, State::Failed(_));
                entry.outgoing.place.is_at(id) && !failed
            })
    }

    /// The conversation as it will be when all that the visitor wrote and did has arrived, as far as
    /// the rules let it. What agents do is not foreseen: others may be faster.
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
        // Both are in order. A sort would weigh more than all this.
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
        refuse(doing, code.body(), step);
    }
}

fn refuse(doing: Doing, error: ErrorBody, step: &mut Step) {
    let (place, client_id) = (Place::At(doing.id), Some(doing.client_id));
    step.change(Change::Refused { place, client_id, error });
}
