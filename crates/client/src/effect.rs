//! The output of the machine: effects for the shell, changes for the view.

use porchlight_protocol::wire::Hello;
use porchlight_protocol::{Act, ClientId, ConversationId, ErrorBody, Seq, VisitorId};

use crate::input::{Range, Writing};
use crate::outbox::{Outgoing, Place};

/// The result of one input.
#[derive(Debug, Default)]
pub struct Step {
    /// Effects for the shell to carry out, in this order.
    pub effects: Vec<Effect>,
    /// Changes for the view to render.
    pub changes: Vec<Change>,
}

impl Step {
    pub(crate) fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(crate) fn change(&mut self, change: Change) {
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }
}

/// A side effect for the shell to carry out. The shell is one `match` over this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Open a socket and send this hello, with the credentials added. Answer with `Frame`s, or with
    /// `LinkLost`. First close the previous socket, without `LinkLost`.
    Connect(Hello),
    /// Send this hello by a long poll instead. Answer with a welcome or error frame, or with `LinkLost`.
    Poll(Hello),
    /// Close the socket or cancel the poll, without `LinkLost`.
    Disconnect,
    /// Answer with `Timer` after `after_ms`. Replaces an earlier timer of the same name.
    Wake {
        /// The timer.
        timer: Timer,
        /// Milliseconds from now.
        after_ms: u64,
    },
    /// Start a conversation. Mint a key for a visitor without one.
    Start {
        /// The id of the act.
        client_id: ClientId,
        /// The first message; empty for a conversation with the bot, which speaks first.
        text: String,
    },
    /// Append to a conversation.
    Append {
        /// The conversation.
        id: ConversationId,
        /// The id of the act.
        client_id: ClientId,
        /// The act.
        act: Act,
    },
    /// Fetch the state of a conversation.
    FetchConversation(ConversationId),
    /// Fetch a part of a conversation's log.
    FetchEvents {
        /// The conversation.
        id: ConversationId,
        /// The part.
        range: Range,
    },
    /// Send a read mark. Needs no answer: the next welcome has the result.
    MarkRead {
        /// The conversation.
        id: ConversationId,
        /// The last event that was read.
        up_to: Seq,
    },
    /// Tell the server that this person types. Needs no answer: it is told again, or is over.
    TellTyping(ConversationId),
    /// Persist an outbox entry, so that it survives a reload. Replaces an entry with the same `client_id`.
    Store(Outgoing),
    /// Remove a persisted outbox entry.
    Forget(ClientId),
    /// Put a refused text back into the field, before the text that is in it.
    RestoreDraft {
        /// The thread.
        place: Place,
        /// What it was written as: a note must not come back as a message.
        writing: Writing,
        /// The text.
        text: String,
    },
    /// Delete the visitor's key, which the server refuses.
    ForgetKey,
}

/// The name of a timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Reconnect.
    Reconnect,
    /// Check whether the socket has gone silent.
    Silence,
    /// Retry failed requests whose back-off is over.
    Retry,
    /// Get a new welcome.
    Refresh,
    /// Try to connect although the browser reports that it is offline.
    Probe,
    /// Show the warning before auto-close, or update its minutes.
    Warning,
    /// End what the server told of somebody who types.
    Typing,
}

/// The kind of author of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// The visitor's.
    Visitor,
    /// An agent's.
    Agent,
    /// A bot's.
    Bot,
}

/// A part of the state that the view has to render again. It carries no state: the view reads the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The list of conversations, unread counts included.
    List,
    /// For an agent: the state of this conversation, or whether the machine has it.
    Line(ConversationId),
    /// For an agent: a welcome has arrived.
    Welcomed,
    /// For an agent: a visitor stands otherwise: blocked or not, erased.
    Standing(VisitorId),
    /// The rows of a thread.
    Rows(Place),
    /// Who else types in a conversation.
    Typing(ConversationId),
    /// A new conversation has got its id: its place is `At` instead of `New` from now on.
    Named {
        /// The id of the act that started it.
        client_id: ClientId,
        /// The conversation's id.
        id: ConversationId,
    },
    /// A message is new in the log; from either side, this client's own texts included.
    Message {
        /// The conversation.
        id: ConversationId,
        /// The event.
        seq: Seq,
        /// The kind of author.
        from: Sender,
    },
    /// The state of the connection.
    Link,
    /// The closing policy, or whether agents are online.
    Site,
    /// An act of the person (not a text) has taken effect, or there was nothing to change.
    Done {
        /// The conversation.
        id: ConversationId,
        /// The id of the act.
        client_id: ClientId,
    },
    /// An act or a text of the person was refused.
    Refused {
        /// The thread.
        place: Place,
        /// The id of the act or the text.
        client_id: Option<ClientId>,
        /// The reason.
        error: ErrorBody,
    },
}
