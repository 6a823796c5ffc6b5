//! What the views are shown, apart from the signals that hold it.

use leptos::prelude::ArcRwSignal;
use porchlight_client::Link;
use porchlight_protocol::limits::MESSAGE_CHARS_MAX;
use porchlight_protocol::text::is_blank;
use porchlight_protocol::{Conversation, ConversationId, ErrorCode, Member, Millis, Seq};

use crate::item::{ItemView, Owner};
use crate::lines::{LineKey, LineView};

/// Characters left at which one is told of the limit.
const HINT_FROM: usize = 200;

/// The connection, as the agent is told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkView {
    /// The machine's word.
    pub link: Link,
    /// The browser says that there is no network.
    pub offline: bool,
    /// What ended the connection for good.
    pub fault: Option<ErrorCode>,
}

/// A line of the list and its identity. What it shows is a signal of its own: an unchanged key is
/// never built anew.
#[derive(Clone)]
pub struct Item {
    /// The conversation.
    pub id: ConversationId,
    /// What is shown of it.
    pub view: ArcRwSignal<ItemView>,
}

/// A line of the transcript and its identity.
#[derive(Clone)]
pub struct Line {
    /// Its key.
    pub key: LineKey,
    /// What it shows.
    pub view: ArcRwSignal<LineView>,
}

/// What is known of the open conversation beside its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Talk {
    /// Which one.
    pub id: ConversationId,
    /// How much is there.
    pub state: TalkState,
    /// The conversation, as soon as it is known.
    pub conversation: Option<Conversation>,
    /// Whether it can be answered.
    pub mode: Mode,
    /// An act of the agent is on its way.
    pub busy: bool,
    /// Older messages exist.
    pub has_older: bool,
    /// They could not be loaded so far.
    pub older_failed: bool,
    /// Closed, it is hidden from the visitor's next load of the page, read or not.
    pub hides_unread: bool,
    /// When it closes by itself, by this machine's clock, if it does.
    pub closes_at: Option<Millis>,
}

/// How much of a conversation is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TalkState {
    /// It is on its way.
    Loading,
    /// It could not be loaded; that is tried again by itself.
    Unreachable,
    /// There is no such conversation.
    Gone,
    /// It can be read.
    Ready,
}

/// Whether a conversation can be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is the agent's own.
    Own,
    /// It must be claimed first.
    Locked,
    /// It is closed.
    Closed,
}

/// How much stands in the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// Nothing to send.
    Empty,
    /// Something to send.
    Fits,
    /// Something to send, and room for so many characters more.
    Left(usize),
    /// So many characters over the limit.
    Over(usize),
}

impl Fill {
    /// How much this text is.
    pub(super) fn of(text: &str) -> Fill {
        let chars = text.trim().chars().count();
        match MESSAGE_CHARS_MAX.checked_sub(chars) {
            _ if is_blank(text) => Fill::Empty,
            None => Fill::Over(chars - MESSAGE_CHARS_MAX),
            Some(left) if left <= HINT_FROM => Fill::Left(left),
            Some(_) => Fill::Fits,
        }
    }

    /// It can be sent.
    pub fn can_go(self) -> bool {
        matches!(self, Fill::Fits | Fill::Left(_))
    }
}

/// What was in view.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// The last event.
    pub(super) seq: Seq,
    /// The last line.
    pub(super) line: Option<LineKey>,
}

/// A closing that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    /// What stands in the field is sent first.
    pub after_sending: bool,
    /// The last line that was in view then.
    pub(super) line: Option<LineKey>,
}

/// What has been done, told for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// Each is another one, also where the words are the same.
    pub number: u32,
    /// What has been done.
    pub words: String,
    /// The closed conversations that **Undo** opens again.
    pub undo: Vec<ConversationId>,
    /// It is still being done: it stays.
    pub busy: bool,
}

impl Talk {
    /// Closing it now would take away what the visitor has not read yet.
    pub fn loses_unread(&self) -> bool {
        let unread =
            self.conversation.as_ref().is_some_and(|it| !it.visitor_read.unread.is_empty());
        self.hides_unread && self.mode == Mode::Own && unread
    }

    /// Who looks after it.
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
