//! The inputs of the machine.

use porchlight_protocol::wire::{Appended, Page, ServerFrame, Started};
use porchlight_protocol::{Act, ClientId, Conversation, ConversationId, ErrorBody, ErrorCode, Seq};

use crate::effect::Timer;
use crate::outbox::{Outgoing, Place};

/// An input of the machine: the complete list of what drives it.
#[derive(Debug, Clone)]
pub enum Input {
    /// The client starts. Comes first; in the widget also when another tab has stored a key for a visitor
    /// without one.
    Boot {
        /// True if there is an identity to connect with: an agent's session or a visitor's key. A visitor
        /// without a key needs no connection before the first message.
        known: bool,
        /// The persisted outbox, in any order.
        stored: Vec<Outgoing>,
    },
    /// An act of the person at this client.
    Command(Command),
    /// A frame from the server, on the socket or as the answer to a poll.
    Frame(ServerFrame),
    /// The socket was lost, or the poll failed.
    LinkLost,
    /// The answer to [`crate::Effect::Start`].
    Started {
        /// The id of the act.
        client_id: ClientId,
        /// The answer, or why there is none.
        result: Result<Started, Failure>,
    },
    /// The answer to [`crate::Effect::Append`].
    Appended {
        /// The id of the act.
        client_id: ClientId,
        /// The answer, or why there is none.
        result: Result<Appended, Failure>,
    },
    /// The answer to [`crate::Effect::FetchConversation`].
    Conversation {
        /// The conversation.
        id: ConversationId,
        /// The answer, or why there is none.
        result: Result<Conversation, Failure>,
    },
    /// The answer to [`crate::Effect::FetchEvents`].
    Events {
        /// The conversation.
        id: ConversationId,
        /// The requested part of its log.
        range: Range,
        /// The answer, or why there is none.
        result: Result<Page, Failure>,
    },
    /// The conversations of a page of a listing.
    Listed(Vec<Conversation>),
    /// What visitors are called, from a listing (before its conversations) or a record.
    #[cfg(feature = "team")]
    Named(Vec<porchlight_protocol::person::VisitorName>),
    /// Conversations that should have been in a listing and were not: this client has missed a change of them.
    Missed(Vec<ConversationId>),
    /// A timer that [`crate::Effect::Wake`] set has expired.
    Timer(Timer),
    /// The browser reports that it is online or offline. *Offline* is only a hint: the machine goes on trying,
    /// with back-off.
    Network {
        /// True for online.
        online: bool,
    },
    /// The page is visible again after it was hidden (back/forward cache, a laptop that slept).
    PageShown,
    /// The page was hidden.
    PageHidden,
}

/// An act of the person at this client, with the ids that the shell has minted for it.
#[derive(Debug, Clone)]
pub enum Command {
    /// Open a thread: load its latest part and keep it in sync. Retries what could not be loaded before
    /// at once.
    Open(Place),
    /// Load the events before the loaded part.
    LoadOlder(ConversationId),
    /// Mark the loaded part of this thread as read.
    Read(ConversationId),
    /// This person types a message in this thread.
    Type(ConversationId),
    /// Send a text.
    Send {
        /// The thread.
        place: Place,
        /// The id of the act; for the first message of a new conversation, that of its place.
        client_id: ClientId,
        /// The text, as it was typed.
        text: String,
        /// A message or a note.
        writing: Writing,
    },
    /// Start a conversation with the bot, which speaks first. Its place is that of a text with this `client_id`.
    Begin(ClientId),
    /// Make a choice of the bot's last question. It is sent as a text is; nothing happens if that was answered already.
    Choose {
        /// The conversation.
        id: ConversationId,
        /// The id of the act.
        client_id: ClientId,
        /// What the choice says.
        text: String,
    },
    /// Claim, unclaim, close, re-open, keep open. Answered by exactly one [`crate::Change::Done`] or
    /// [`crate::Change::Refused`] of this `client_id`, unless the page ends before.
    Act {
        /// The conversation.
        id: ConversationId,
        /// The id of the act.
        client_id: ClientId,
        /// The act.
        act: Act,
    },
    /// Send a failed message again.
    Retry(ClientId),
    /// Delete a failed message.
    Discard(ClientId),
    /// End all back-offs: connect, load and send now.
    TryNow,
}

/// What a text is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// A message.
    Message,
    /// A message that closes the conversation (agents).
    MessageAndClose,
    /// A note for the other agents (agents).
    Note,
}

/// A part of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// The events after this one.
    After(Seq),
    /// The latest events before this one.
    Before(Seq),
}

/// Why a request had no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// No answer arrived; the server may have received the request.
    Network,
    /// The server refused.
    Refused(ErrorBody),
}

impl Failure {
    /// The code of a refusal.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Failure::Network => None,
            Failure::Refused(error) => Some(error.code),
        }
    }

    /// True if a retry of the same request may succeed.
    pub fn is_retryable(&self) -> bool {
        match self {
            Failure::Network => true,
            Failure::Refused(error) => error.code.is_retryable(),
        }
    }
}
