//! The log's events: everything durable that can happen in a conversation.

use serde::Serialize;

use crate::id::{ClientId, MemberId};
use crate::{Millis, Revision, Seq, from_json};

/// One entry of a conversation's log. Never changed once written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    /// Its place in the conversation, from 1, without holes.
    pub seq: Seq,
    /// The store-wide commit number that it got.
    pub revision: Revision,
    /// When the server wrote it.
    pub at: Millis,
    /// Who did it.
    pub author: Author,
    /// The sender's name for the act, if it came from a client. Present on the event that the act
    /// is about, not on those that go with it (a re-opening before a message).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// What happened.
    pub body: EventBody,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EventBody {
    /// Somebody said something: plain text, never markup.
    Message {
        /// What they said, as it was checked by [`crate::text::message`].
        text: String,
    },
    /// The conversation was closed by the event's author.
    Closed,
    /// The conversation was opened again by the event's author.
    Reopened,
    /// It belongs to this agent now, or to nobody.
    Assigned {
        /// The owner from here on.
        to: Option<Member>,
    },
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The visitor whose conversation it is.
    Visitor,
    /// An agent of the site.
    Agent(Member),
    /// A bot of the site.
    Bot(Member),
    /// The auto-close timer.
    Timer,
}

impl Author {
    /// Speaks for the site: an agent or a bot.
    pub fn is_team(&self) -> bool {
        matches!(self, Author::Agent(_) | Author::Bot(_))
    }

    /// The agent or bot behind it, if it is one.
    pub fn member(&self) -> Option<&Member> {
        match self {
            Author::Agent(member) | Author::Bot(member) => Some(member),
            Author::Visitor | Author::Timer => None,
        }
    }
}

/// An agent or a bot, as others see them. The name is the one they had when they acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    /// Who it is, whatever the name.
    pub id: MemberId,
    /// What people call them.
    pub name: String,
}

from_json!(struct Event { seq, revision, at, author, client_id: optional, body });
from_json!(enum EventBody {
    "message" => Message { text },
    "closed" => Closed,
    "reopened" => Reopened,
    "assigned" => Assigned { to },
});
from_json!(enum Author {
    "visitor" => Visitor,
    "agent" => Agent(_),
    "bot" => Bot(_),
    "timer" => Timer,
});
from_json!(struct Member { id, name });
