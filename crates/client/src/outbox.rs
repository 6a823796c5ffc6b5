//! What a person wrote and the log does not have yet. Nothing leaves the outbox but into the log,
//! back into the field, or because the person gave it up.

use porchlight_protocol::from_json;
use porchlight_protocol::{Act, ClientId, ConversationId, ErrorCode, Millis, Seq};

use serde::Serialize;

use crate::backoff::Backoff;
use crate::input::Writing;
use crate::timeline::RowKey;

/// Where a message goes: to a conversation, or to one that its first message will start.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A conversation that is not there yet, named by the client id of its first message.
    New(ClientId),
    /// A conversation.
    At(ConversationId),
}

impl Place {
    /// It is this conversation.
    pub(crate) fn is_at(&self, id: &ConversationId) -> bool {
        matches!(self, Place::At(at) if at == id)
    }
}

/// A text on its way. Stored as it is, so that it survives a reload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outgoing {
    /// Names the act; a retry is the same act.
    pub client_id: ClientId,
    /// Where it goes.
    pub place: Place,
    /// What was written.
    pub text: String,
    /// When, by the server's clock.
    pub written_at: Millis,
    /// Its place among what was written in this tab, and by earlier pages: a clock may be set back.
    /// What was stored before there was one has 0.
    #[serde(skip_serializing_if = "is_zero")]
    pub order: u64,
    /// Close afterwards, having seen up to this event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub then_close: Option<Seq>,
    /// It is a note for the other agents, not a message.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub note: bool,
}

fn is_zero(order: &u64) -> bool {
    *order == 0
}

impl Outgoing {
    /// The act that sends it.
    pub fn act(&self) -> Act {
        let text = self.text.clone();
        match self.then_close {
            _ if self.note => Act::Note { text },
            Some(seen) => Act::MessageAndClose { text, seen },
            None => Act::Message { text },
        }
    }

    /// As what it was written.
    pub fn writing(&self) -> Writing {
        match self.then_close {
            _ if self.note => Writing::Note,
            Some(_) => Writing::MessageAndClose,
            None => Writing::Message,
        }
    }
}

/// How far a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It goes out now, or after the one before it.
    Sending,
    /// It could not go out; it will be tried again by itself.
    Waiting,
    /// It can't go out as it is. The person decides.
    Failed(ErrorCode),
    /// The server has it in the log.
    Sent,
}

from_json!(enum Place { "new" => New(_), "at" => At(_) });
from_json!(struct Outgoing {
    client_id, place, text, written_at, order: optional, then_close: optional, note: optional
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
    /// Not asked for yet, or to be asked for again.
    Queued { tried: bool },
    /// The request is out: one that starts a conversation, or one that appends.
    InFlight { start: bool },
    /// Refused for good.
    Failed(ErrorCode),
    /// Appended as this event; stays until the timeline has come that far.
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

    /// The first message of a new conversation.
    pub fn is_start(&self) -> bool {
        self.outgoing.place == Place::New(self.outgoing.client_id.clone())
    }

    /// Not in the log, and not given up.
    pub fn is_pending(&self) -> bool {
        matches!(self.state, State::Queued { .. } | State::InFlight { .. })
    }
}
