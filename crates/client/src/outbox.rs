//! The outbox: texts that the person has sent and the log does not have yet. A text leaves it only into the
//! log, back into the field, or because the person discards it.

use porchlight_protocol::from_json;
use porchlight_protocol::{Act, ClientId, ConversationId, ErrorCode, Millis, Seq};

use serde::Serialize;

use crate::backoff::Backoff;
use crate::input::Writing;
use crate::timeline::RowKey;

/// The destination of a text: a conversation, or one that its first message will start.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A conversation that does not exist yet, named by the client id of its first message.
    New(ClientId),
    /// A conversation.
    At(ConversationId),
}

impl Place {
    /// True if the place is this conversation.
    pub(crate) fn is_at(&self, id: &ConversationId) -> bool {
        matches!(self, Place::At(at) if at == id)
    }
}

/// A text to send. Persisted in this form, so that it survives a reload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outgoing {
    /// The id of the act, the same for every retry.
    pub client_id: ClientId,
    /// The destination.
    pub place: Place,
    /// The text, as it was typed. Empty for a conversation that the bot begins: such an entry has no row.
    pub text: String,
    /// When it was written, by the server's clock.
    pub written_at: Millis,
    /// Its position among the texts of this tab and of earlier pages. Not ordered by time, because a clock may
    /// be set back. 0 for entries that were persisted before this field existed.
    #[serde(skip_serializing_if = "is_zero")]
    pub order: u64,
    /// Close the conversation with this text; the last event that the agent saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub then_close: Option<Seq>,
    /// The `seq` of the question of which the text is a choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<Seq>,
    /// True for a note, false for a message.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub note: bool,
}

fn is_zero(order: &u64) -> bool {
    *order == 0
}

impl Outgoing {
    /// A message that was not put into the outbox yet.
    pub(crate) fn new(client_id: ClientId, place: Place, text: String) -> Self {
        let (written_at, order) = (0, 0);
        let (then_close, answers, note) = (None, None, false);
        Outgoing { client_id, place, text, written_at, order, then_close, answers, note }
    }

    /// The act that sends it.
    pub fn act(&self) -> Act {
        let text = self.text.clone();
        match self.then_close {
            _ if self.note => Act::Note { text },
            Some(seen) => Act::MessageAndClose { text, seen },
            None => Act::Message { text, answers: self.answers },
        }
    }

    /// What it was written as.
    pub fn writing(&self) -> Writing {
        match self.then_close {
            _ if self.note => Writing::Note,
            Some(_) => Writing::MessageAndClose,
            None => Writing::Message,
        }
    }
}

/// The delivery state of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// In flight, or queued behind an earlier text.
    Sending,
    /// A try failed; the machine retries by itself.
    Waiting,
    /// Refused for good. The person can retry or discard it.
    Failed(ErrorCode),
    /// In the log.
    Sent,
}

from_json!(enum Place { "new" => New(_), "at" => At(_) });
from_json!(struct Outgoing {
    client_id, place, text, written_at, order: optional, then_close: optional, answers: optional,
    note: optional
});

/// An entry of the outbox.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub outgoing: Outgoing,
    pub key: RowKey,
    pub state: State,
    pub backoff: Backoff,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// No request is in flight. `tried`: one has failed.
    Queued { tried: bool },
    /// A request is in flight: one that starts a conversation, or one that appends.
    InFlight { start: bool },
    /// Refused for good.
    Failed(ErrorCode),
    /// Appended as this event. The entry stays until the timeline holds the event.
    Appended(Seq),
}

impl Entry {
    pub fn delivery(&self) -> Delivery {
        match self.state {
            State::Queued { tried: false } | State::InFlight { .. } => Delivery::Sending,
            State::Queued { tried: true } => Delivery::Waiting,
            State::Failed(code) => Delivery::Failed(code),
            State::Appended(_) => Delivery::Sent,
        }
    }

    /// True for the first message of a new conversation.
    pub fn is_start(&self) -> bool {
        self.outgoing.place == Place::New(self.outgoing.client_id.clone())
    }

    /// True if it is neither in the log nor failed.
    pub fn is_pending(&self) -> bool {
        matches!(self.state, State::Queued { .. } | State::InFlight { .. })
    }
}
