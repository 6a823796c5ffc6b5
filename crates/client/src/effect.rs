//! What the machine wants done outside, and what the view must look at again.

use porchlight_protocol::wire::Hello;
use porchlight_protocol::{Act, ClientId, ConversationId, ErrorBody, Seq};

use crate::input::{Range, Writing};
use crate::outbox::{Outgoing, Place};

/// What one input led to.
#[derive(Debug, Default)]
pub struct Step {
    /// To be done outside, in this order.
    pub effects: Vec<Effect>,
    /// To be looked at again.
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

/// What should be done outside. The shell is one `match` over this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Open a socket and say this hello (the shell adds who is there). Answer with frames, or with
    /// `LinkLost`. An older socket is closed first, silently.
    Connect(Hello),
    /// Ask by a long poll instead. Answer with a welcome, with an error frame if it was refused, or
    /// with `LinkLost`.
    Poll(Hello),
    /// Close the socket or give up the poll, silently.
    Disconnect,
    /// Answer with `Timer` after so many milliseconds. Replaces an earlier one of the same name.
    Wake {
        /// Which timer.
        timer: Timer,
        /// From now.
        after_ms: u64,
    },
    /// Start a conversation. A visitor without a key gets one now.
    Start {
        /// The act's name.
        client_id: ClientId,
        /// The first message.
        text: String,
    },
    /// Append to a conversation.
    Append {
        /// Which one.
        id: ConversationId,
        /// The act's name.
        client_id: ClientId,
        /// The act.
        act: Act,
    },
    /// Fetch what is known of a conversation.
    FetchConversation(ConversationId),
    /// Fetch a part of its log.
    FetchEvents {
        /// Of which one.
        id: ConversationId,
        /// Which part.
        range: Range,
    },
    /// Tell the server how far this side has read. No answer is needed: the next welcome tells.
    MarkRead {
        /// In which conversation.
        id: ConversationId,
        /// Up to which event.
        up_to: Seq,
    },
    /// Keep this beyond the page's life, or replace what was kept under its name.
    Store(Outgoing),
    /// It needs no keeping any more.
    Forget(ClientId),
    /// Put a text that could not be sent back into the field, before what stands there.
    RestoreDraft {
        /// Of which thread.
        place: Place,
        /// As what it was written: a note must not come back as a message.
        writing: Writing,
        /// The text.
        text: String,
    },
    /// The visitor's key opens nothing: forget it.
    ForgetKey,
}

/// A timer by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Try to connect again.
    Reconnect,
    /// Look whether the socket has gone silent.
    Silence,
    /// Try again what failed.
    Retry,
    /// Ask the server anew how things stand.
    Refresh,
    /// The browser says that there is no network: try whether that is so.
    Probe,
    /// A visitor's conversation is about to close by itself: the warning begins, or counts down.
    Warning,
}

/// Whose a message is, for those who count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// The visitor's.
    Visitor,
    /// An agent's.
    Agent,
    /// A bot's.
    Bot,
}

/// What the view must look at again. Views read the machine anew; a change carries no state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The list of conversations, unread counts included.
    List,
    /// For an agent: what is known of this conversation, or whether it is known at all.
    Line(ConversationId),
    /// For an agent: a welcome has come.
    Welcomed,
    /// The rows of a thread.
    Rows(Place),
    /// A new conversation has got its name: what was `New` is `At` from here on.
    Named {
        /// The start act's name.
        client_id: ClientId,
        /// The conversation's.
        id: ConversationId,
    },
    /// A message has come that nobody here knew of.
    Message {
        /// In which conversation.
        id: ConversationId,
        /// Which event.
        seq: Seq,
        /// Whose.
        from: Sender,
    },
    /// The connection.
    Link,
    /// The closing policy, or whether agents are there.
    Site,
    /// An act of the person (not a text) has taken effect, or it was so already.
    Done {
        /// In which conversation.
        id: ConversationId,
        /// The act's name.
        client_id: ClientId,
    },
    /// An act or a text of the person was refused; say why.
    Refused {
        /// In which thread.
        place: Place,
        /// The act's name, or that of the text.
        client_id: Option<ClientId>,
        /// Why.
        error: ErrorBody,
    },
}
