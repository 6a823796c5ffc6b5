//! The values of the signals: what the views show.

use leptos::prelude::ArcRwSignal;
use porchlight_client::{Link, RowKey};
use porchlight_protocol::limits::MESSAGE_CHARS_MAX;
use porchlight_protocol::person::{EditVisitor, VisitorName};
use porchlight_protocol::privacy::NewBlock;
use porchlight_protocol::rights::Role;
use porchlight_protocol::text::is_blank;
use porchlight_protocol::{
    Author, ClientId, Conversation, ConversationId, ErrorCode, Member, Millis, Seq, VisitorId,
};

use crate::list::item::{ItemView, Owner};
use crate::person::face::Face;
use crate::talk::lines::{LineKey, LineView};

/// Remaining characters from which on the counter is shown.
const HINT_FROM: usize = 200;

/// The connection, as the bar about it shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkView {
    /// The machine's state.
    pub link: Link,
    /// True if the browser reports that it is offline.
    pub offline: bool,
    /// The error after which the client does not reconnect.
    pub fault: Option<ErrorCode>,
}

/// An item of the keyed list. Its content is a signal, so that an element with an unchanged key is not rebuilt.
#[derive(Clone)]
pub struct Item {
    /// The key: the conversation.
    pub id: ConversationId,
    /// The content.
    pub view: ArcRwSignal<ItemView>,
}

/// A line of the transcript, in a keyed list.
#[derive(Clone)]
pub struct Line {
    /// The key.
    pub key: LineKey,
    /// The content.
    pub view: ArcRwSignal<LineView>,
}

/// The open conversation, apart from its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Talk {
    /// The id.
    pub id: ConversationId,
    /// The loading state.
    pub state: TalkState,
    /// The conversation; `None` until it is loaded.
    pub conversation: Option<Conversation>,
    /// Whether the agent can reply.
    pub mode: Mode,
    /// True while an act of the agent is in flight.
    pub busy: bool,
    /// True if there are older events to load.
    pub has_older: bool,
    /// True if loading them has failed.
    pub older_failed: bool,
    /// True if the conversation, once closed, is hidden from the visitor's Home after a reload, read or not.
    pub hides_unread: bool,
    /// What the visitor is called, if anything is known.
    pub named: Option<VisitorName>,
    /// Who else types.
    pub typing: Option<Author>,
    /// True if the last words are the team's, and the visitor has read them.
    pub seen: bool,
    /// The time of auto-close by this machine's clock, if it applies.
    pub closes_at: Option<Millis>,
}

/// The loading state of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TalkState {
    /// The request is in flight.
    Loading,
    /// The request has failed; the machine retries it.
    Unreachable,
    /// There is no such conversation.
    Gone,
    /// The conversation is loaded.
    Ready,
}

/// Whether the agent can reply in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Yes: the agent owns it.
    Own,
    /// Not before the agent has claimed it.
    Locked,
    /// No: it is closed.
    Closed,
}

/// The fill level of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// Blank.
    Empty,
    /// A text, far from the limit.
    Fits,
    /// A text, with room for so many more characters.
    Left(usize),
    /// So many characters over the limit.
    Over(usize),
}

impl Fill {
    /// The fill level of this text.
    pub(crate) fn of(text: &str) -> Fill {
        let chars = text.trim().chars().count();
        match MESSAGE_CHARS_MAX.checked_sub(chars) {
            _ if is_blank(text) => Fill::Empty,
            None => Fill::Over(chars - MESSAGE_CHARS_MAX),
            Some(left) if left <= HINT_FROM => Fill::Left(left),
            Some(_) => Fill::Fits,
        }
    }

    /// True if the text can be sent.
    pub fn can_go(self) -> bool {
        matches!(self, Fill::Fits | Fill::Left(_))
    }
}

/// What the agent has had in view.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The last event.
    pub(crate) seq: Seq,
    /// The last row.
    pub(crate) row: Option<RowKey>,
}

/// A closing that the agent has asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    /// True for *Send and close*.
    pub after_sending: bool,
    /// The last row in view at that time.
    pub(crate) row: Option<RowKey>,
}

/// A hand-back to a bot in flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Handing {
    /// The id of the act.
    pub(crate) client_id: ClientId,
    /// The bot.
    pub(crate) bot: Member,
}

/// What **Undo** takes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undo {
    /// Nothing can be undone.
    Nothing,
    /// Re-opens these conversations.
    Closing(Vec<ConversationId>),
    /// Claims this conversation again, which was handed back to its bot.
    HandingBack(ConversationId),
    /// Publishes a bot's flow again, which was switched off.
    Flow {
        /// The bot.
        bot: Member,
        /// The flow.
        json: String,
        /// Its version: if there is a newer one by then, it is not published again.
        version: u64,
    },
    /// Gives a person of the team this role again.
    Role {
        /// The person.
        of: Member,
        /// The role that they had.
        role: Role,
    },
    /// Blocks this visitor so again, or with `None` unblocks them.
    Block {
        /// The visitor.
        of: VisitorId,
        /// The block.
        block: Option<NewBlock>,
    },
    /// Reactivates a person of the team, or deactivates them again.
    Active {
        /// The person.
        of: Member,
        /// Whether they were active.
        active: bool,
    },
    /// Sets the agent's picture again, which was removed.
    Picture,
    /// Gives a visitor's record the values from before.
    Record {
        /// The visitor.
        of: VisitorId,
        /// The values, for the revision of the record after the change: if there is a later one by then, nothing is
        /// undone.
        edit: EditVisitor,
    },
}

impl Undo {
    /// The undo of closing these conversations, if there are any.
    pub fn of_closing(closed: Vec<ConversationId>) -> Undo {
        if closed.is_empty() { Undo::Nothing } else { Undo::Closing(closed) }
    }

    /// The closed conversations.
    pub fn closed(&self) -> &[ConversationId] {
        if let Undo::Closing(closed) = self { closed } else { &[] }
    }

    /// True if it gives this conversation back to the agent.
    pub fn returns(&self, id: &ConversationId) -> bool {
        match self {
            Undo::Closing(closed) => closed.contains(id),
            Undo::HandingBack(handed) => handed == id,
            Undo::Nothing
            | Undo::Flow { .. }
            | Undo::Role { .. }
            | Undo::Active { .. }
            | Undo::Picture
            | Undo::Record { .. }
            | Undo::Block { .. } => false,
        }
    }
}

/// A toast: the result of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// A number that distinguishes toasts with the same text.
    pub number: u32,
    /// The text.
    pub words: String,
    /// What **Undo** does.
    pub undo: Undo,
    /// True while the undo is in flight: the toast stays.
    pub busy: bool,
}

impl Talk {
    /// True if closing now would hide a message that the visitor has not read.
    pub fn loses_unread(&self) -> bool {
        let unread =
            self.conversation.as_ref().is_some_and(|it| !it.visitor_read.unread.is_empty());
        self.hides_unread && self.mode == Mode::Own && unread
    }

    /// The visitor's face.
    pub fn face(&self) -> Option<Face> {
        Some(Face::of(&self.conversation.as_ref()?.visitor, self.named.as_ref()))
    }

    /// The bot to which the agent can hand the conversation back.
    pub fn silenced_bot(&self) -> Option<&Member> {
        self.conversation.as_ref().filter(|_| self.mode == Mode::Own)?.silenced_bot()
    }

    /// The owner.
    pub fn owner(&self, me: &Member) -> Owner {
        self.conversation.as_ref().map_or(Owner::Nobody, |known| Owner::of(known, me))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_could_see_is_nothing_to_send() {
        for blank in ["", " \n", "\u{200b}", "\u{feff}", "\u{2800}", " \u{200b}\u{2060}\n"] {
            assert_eq!(Fill::of(blank), Fill::Empty, "{blank:?}");
        }
        assert_eq!(Fill::of("\u{200b}a"), Fill::Fits);
        assert_eq!(Fill::of(&"a".repeat(MESSAGE_CHARS_MAX)), Fill::Left(0));
        assert_eq!(Fill::of(&"a".repeat(MESSAGE_CHARS_MAX + 2)), Fill::Over(2));
    }
}
