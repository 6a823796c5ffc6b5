//! Everything that can happen to the machine. To learn what drives it, read [`Input`].

use porchlight_protocol::wire::{Appended, Page, ServerFrame, Started};
use porchlight_protocol::{Act, ClientId, Conversation, ConversationId, ErrorBody, Seq};

use crate::effect::Timer;
use crate::outbox::{Outgoing, Place};

/// Everything that can happen. Closed on purpose.
#[derive(Debug, Clone)]
pub enum Input {
    /// The page is there. Comes first, once.
    Boot {
        /// Somebody to connect for: an agent, or a visitor with a key. A visitor without one needs
        /// no connection until the first message.
        known: bool,
        /// What an earlier page wrote and could not send, in any order.
        stored: Vec<Outgoing>,
    },
    /// The person wants something.
    Command(Command),
    /// The server said something, on the socket or in answer to a poll.
    Frame(ServerFrame),
    /// The socket is gone, or the poll failed.
    LinkLost,
    /// The answer to [`crate::Effect::Start`].
    Started {
        /// The act that it answers.
        client_id: ClientId,
        /// What came of it.
        result: Result<Started, Failure>,
    },
    /// The answer to [`crate::Effect::Append`].
    Appended {
        /// The act that it answers.
        client_id: ClientId,
        /// What came of it.
        result: Result<Appended, Failure>,
    },
    /// The answer to [`crate::Effect::FetchConversation`].
    Conversation {
        /// Which one was asked for.
        id: ConversationId,
        /// What came of it.
        result: Result<Conversation, Failure>,
    },
    /// The answer to [`crate::Effect::FetchEvents`].
    Events {
        /// Of which conversation.
        id: ConversationId,
        /// Which part was asked for.
        range: Range,
        /// What came of it.
        result: Result<Page, Failure>,
    },
    /// Conversations that a listing brought.
    Listed(Vec<Conversation>),
    /// Conversations that a listing should have brought and did not: they have changed unheard.
    Missed(Vec<ConversationId>),
    /// A timer that [`crate::Effect::Wake`] set has run out.
    Timer(Timer),
    /// The browser says that it came online, or went offline. The latter is a hint: all goes on, ever
    /// more slowly, until something comes through.
    Network {
        /// Online.
        online: bool,
    },
    /// The page is shown again after it was put away (back/forward cache, a sleeping laptop).
    PageShown,
    /// The page is put away.
    PageHidden,
}

/// What the person wants. Carries the ids that the shell had to make.
#[derive(Debug, Clone)]
pub enum Command {
    /// Look at a thread: load its latest part and keep it loaded. What of it could not be loaded
    /// before is tried at once.
    Open(Place),
    /// Load what stands before the loaded part.
    LoadOlder(ConversationId),
    /// What is loaded of this thread was seen.
    Read(ConversationId),
    /// Say something.
    Send {
        /// Where.
        place: Place,
        /// The act's name; the first message of a new conversation has that of its place.
        client_id: ClientId,
        /// The text, as it was typed.
        text: String,
        /// As what it is meant.
        writing: Writing,
    },
    /// Claim, unclaim, close, re-open, keep open. Answered by exactly one [`crate::Change::Done`] or
    /// [`crate::Change::Refused`] of this `client_id`, unless the page ends before.
    Act {
        /// In which conversation.
        id: ConversationId,
        /// The act's name.
        client_id: ClientId,
        /// What to do.
        act: Act,
    },
    /// Send a failed message again.
    Retry(ClientId),
    /// Give up a message that was not sent.
    Discard(ClientId),
    /// Try at once what waits: to connect, to load, to send.
    TryNow,
}

/// As what a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// For everybody in the conversation.
    Message,
    /// A message, and the conversation is closed with it (agents).
    MessageAndClose,
    /// For the other agents alone (agents).
    Note,
}

/// Which part of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// The events after this one.
    After(Seq),
    /// The latest events before this one.
    Before(Seq),
}

/// Why a request brought no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// No answer came; whether the request arrived is unknown.
    Network,
    /// The server said no.
    Refused(ErrorBody),
}

impl Failure {
    /// The same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Failure::Network => true,
            Failure::Refused(error) => error.code.is_retryable(),
        }
    }
}
