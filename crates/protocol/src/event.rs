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
    /// The visitor wants it to stay open: its time until it closes by itself begins anew.
    KeptOpen,
    /// The visitor took what somebody else had closed off their Home.
    Dismissed,
    /// The visitor put it back on their Home.
    Restored,
    /// It belongs to this agent now, or to nobody.
    Assigned {
        /// The owner from here on.
        to: Option<Member>,
    },
    /// An agent wrote something down for the other agents.
    Note {
        /// What, as it was checked by [`crate::text::message`].
        text: String,
    },
    /// Something among agents: what everybody else receives in its place, so that their log has no
    /// hole. See [`Event::without_internals`].
    Withheld,
    /// What the server sends in place of an event whose row it can't read.
    Unreadable,
    /// A kind of event that a newer server knows and this version does not. It is read and never
    /// written: what it does to the conversation's state, only the server can say.
    #[serde(skip_serializing)]
    Other,
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
    /// Nobody who could be named: the author of what is withheld.
    Withheld,
    /// A kind of author that this version does not know. Read and never written.
    #[serde(skip_serializing)]
    Other,
}

impl EventBody {
    /// The time until the conversation closes by itself begins anew with it.
    pub fn is_activity(&self) -> bool {
        matches!(self, EventBody::Message { .. } | EventBody::Reopened | EventBody::KeptOpen)
    }
}

impl Event {
    /// True if this version can tell what the event does to the conversation. If not, folding it moves
    /// the head alone, and the rest of the state is to come from the server.
    pub fn is_understood(&self) -> bool {
        !matches!(self.body, EventBody::Unreadable | EventBody::Other)
            && self.author != Author::Other
    }

    /// The event as it is told to those who are not agents: visitors and bots. Of what agents keep
    /// among themselves nothing is left but its place in the log.
    pub fn without_internals(self) -> Event {
        match self.body {
            EventBody::Note { .. } => Event {
                author: Author::Withheld,
                client_id: None,
                body: EventBody::Withheld,
                ..self
            },
            _ => self,
        }
    }
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
            Author::Visitor | Author::Timer | Author::Withheld | Author::Other => None,
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
    "kept_open" => KeptOpen,
    "dismissed" => Dismissed,
    "restored" => Restored,
    "assigned" => Assigned { to },
    "note" => Note { text },
    "withheld" => Withheld,
    "unreadable" => Unreadable,
    _ => Other,
});
from_json!(enum Author {
    "visitor" => Visitor,
    "agent" => Agent(_),
    "bot" => Bot(_),
    "timer" => Timer,
    "withheld" => Withheld,
    _ => Other,
});
from_json!(struct Member { id, name });
