//! Events, the entries of a conversation's log: every durable change to a conversation is one.

use serde::Serialize;

use crate::id::{ClientId, MemberId};
use crate::{Millis, Revision, Seq, from_json};

/// One entry of a conversation's log. Immutable, but for its text, which [can be erased](EventBody::erase).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    /// The position in the log: from 1, without gaps.
    pub seq: Seq,
    /// The revision of the site at which it was written.
    pub revision: Revision,
    /// When the server wrote it, in milliseconds since 1970.
    pub at: Millis,
    /// The visitor, agent, bot or timer whose act it is.
    pub author: Author,
    /// The sender's id for the act, if a client sent it. Present on the event that the act is about,
    /// absent on events that accompany it (a re-opening before a message).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// The kind of event, with its data.
    pub body: EventBody,
}

/// The kind of an event, with its data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EventBody {
    /// The author wrote a message.
    Message {
        /// Plain text, never markup, as cleaned by [`crate::text::message`]. Empty if it was erased.
        text: String,
        /// What the visitor can choose, if a bot asks with it: one line each, as cleaned by [`crate::text::choice`]. A
        /// client that does not know choices shows the text, and its visitor can type the answer.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        choices: Vec<String>,
        /// True if the visitor wrote it to the team while nobody was there: see [`crate::left`]. Of no account for the visitor's
        /// own program, so one that does not know the field misses nothing.
        #[cfg(feature = "team")]
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        left: bool,
    },
    /// The author closed the conversation.
    Closed,
    /// The author re-opened the conversation.
    Reopened,
    /// The visitor pressed *Keep it open*: the auto-close period starts again.
    KeptOpen,
    /// The visitor removed the conversation, which the team or the timer had closed, from their Home.
    Dismissed,
    /// The visitor put the dismissed conversation back on their Home.
    Restored,
    /// The conversation has another owner, or none. None by its bot: the bot has handed it over to the team, and it
    /// waits for an agent as a live chat does.
    Assigned {
        /// The new owner; `null` for none.
        to: Option<Member>,
        /// True if the agent who was the owner has handed it back to its bot, which goes on. Its state is that of any
        /// conversation that its bot has and nobody owns, so a client that does not know the field misses nothing.
        #[cfg(feature = "team")]
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        to_bot: bool,
    },
    /// An agent wrote a note, which only agents can read.
    Note {
        /// Plain text, as cleaned by [`crate::text::message`]. Empty if it was erased.
        text: String,
    },
    /// All texts before it were erased, with whatever else was known of the visitor. The conversation is closed, and
    /// takes no text any more.
    #[cfg(feature = "team")]
    Erased,
    /// Sent to visitors and bots in place of an event that is for agents alone, so that their log has
    /// no gap. See [`Event::without_internals`].
    Withheld,
    /// Sent by the server in place of an event whose row it can't read.
    Unreadable,
    /// A kind of event that this version does not know, from a newer server. Parsed, never serialized.
    /// Only the server knows what it does to the conversation's state.
    #[serde(skip_serializing)]
    Other,
}

/// The author of an event, and the actor of an act.
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
    /// The author of a withheld event, who is not named.
    Withheld,
    /// A kind of author that this version does not know. Parsed, never serialized.
    #[serde(skip_serializing)]
    Other,
}

impl EventBody {
    /// A message without choices.
    pub fn message(text: impl Into<String>) -> Self {
        EventBody::asking(text, Vec::new())
    }

    /// A message with choices.
    pub fn asking(text: impl Into<String>, choices: Vec<String>) -> Self {
        EventBody::Message {
            text: text.into(),
            choices,
            #[cfg(feature = "team")]
            left: false,
        }
    }

    /// The owner is this agent from now on; with `None`, nobody.
    pub fn assigned(to: Option<Member>) -> Self {
        EventBody::Assigned {
            to,
            #[cfg(feature = "team")]
            to_bot: false,
        }
    }

    /// Its owner has handed the conversation back to its bot.
    pub fn handed_back() -> Self {
        EventBody::Assigned {
            to: None,
            #[cfg(feature = "team")]
            to_bot: true,
        }
    }

    /// True if its owner has handed the conversation back to its bot. Never in a visitor's program, which does not ask.
    pub fn is_hand_back(&self) -> bool {
        #[cfg(feature = "team")]
        let is_it = matches!(self, EventBody::Assigned { to_bot: true, .. });
        #[cfg(not(feature = "team"))]
        let is_it = false;
        is_it
    }

    /// True if all texts before it were erased. Never in a visitor's program: an erased visitor has no key any more.
    pub fn is_erasure(&self) -> bool {
        #[cfg(feature = "team")]
        let is_it = matches!(self, EventBody::Erased);
        #[cfg(not(feature = "team"))]
        let is_it = false;
        is_it
    }

    /// Removes the text and the choices, if it has any. What remains folds to the same state, apart from the texts: who
    /// wrote when, and what is read, open and closed. True if there was something to remove.
    pub fn erase(&mut self) -> bool {
        match self {
            EventBody::Message { text, choices, .. } => {
                let had = !text.is_empty() || !choices.is_empty();
                (*text, *choices) = (String::new(), Vec::new());
                had
            }
            EventBody::Note { text } => !std::mem::take(text).is_empty(),
            _ => false,
        }
    }

    /// True if the event starts the auto-close period again.
    pub fn is_activity(&self) -> bool {
        matches!(self, EventBody::Message { .. } | EventBody::Reopened | EventBody::KeptOpen)
    }
}

impl Event {
    /// True if this version knows how the event changes the conversation. If not, applying it advances
    /// the head alone, and the client has to fetch the state from the server.
    pub fn is_understood(&self) -> bool {
        !matches!(self.body, EventBody::Unreadable | EventBody::Other)
            && self.author != Author::Other
    }

    /// The event as visitors and bots receive it. Of a note only `seq`, `revision` and `at` remain; author
    /// and body become `withheld`.
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
    /// True for an agent or a bot.
    pub fn is_team(&self) -> bool {
        matches!(self, Author::Agent(_) | Author::Bot(_))
    }

    /// The agent or bot, if it is one.
    pub fn member(&self) -> Option<&Member> {
        match self {
            Author::Agent(member) | Author::Bot(member) => Some(member),
            Author::Visitor | Author::Timer | Author::Withheld | Author::Other => None,
        }
    }
}

/// An agent or a bot. In an event, the name is the one at the time of the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    /// The id, which stays when the name changes.
    pub id: MemberId,
    /// The display name.
    pub name: String,
}

from_json!(struct Event { seq, revision, at, author, body, client_id: optional });
from_json!(enum EventBody {
    "message" => Message { text, choices: each_or_none, #[cfg(feature = "team")] left: optional },
    "closed" => Closed,
    "reopened" => Reopened,
    "kept_open" => KeptOpen,
    "dismissed" => Dismissed,
    "restored" => Restored,
    "assigned" => Assigned { to, #[cfg(feature = "team")] to_bot: optional },
    "note" => Note { text },
    #[cfg(feature = "team")] "erased" => Erased,
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
