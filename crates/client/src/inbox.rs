//! What the agents' inbox shows.

use porchlight_protocol::{Conversation, Member};

use crate::machine::{Machine, Me};

/// A folder of the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Filter {
    /// Not closed: unassigned, mine and others'.
    Open,
    /// Not closed, owned by nobody.
    Unassigned,
    /// Not closed, owned by the agent who looks.
    Mine,
    /// Closed.
    Closed,
    /// Everything.
    All,
}

impl Filter {
    /// Every folder, in the order of the screen.
    pub const ALL: [Filter; 5] =
        [Filter::Open, Filter::Unassigned, Filter::Mine, Filter::Closed, Filter::All];

    /// The folder's name in addresses and in `GET …/conversations?filter=`.
    pub fn as_str(self) -> &'static str {
        match self {
            Filter::Open => "open",
            Filter::Unassigned => "unassigned",
            Filter::Mine => "mine",
            Filter::Closed => "closed",
            Filter::All => "all",
        }
    }

    /// True if the conversation is in this agent's folder.
    pub fn holds(self, conversation: &Conversation, me: &Member) -> bool {
        match self {
            Filter::Open => !conversation.is_closed(),
            Filter::Unassigned => !conversation.is_closed() && conversation.assignee.is_none(),
            Filter::Mine => !conversation.is_closed() && conversation.is_owned_by(me),
            Filter::Closed => conversation.is_closed(),
            Filter::All => true,
        }
    }
}

impl Machine {
    /// The conversations of a folder, newest activity first, as the server lists them: a message or a
    /// re-opening moves one to the top, a claim, a note or a closing does not. Empty for a visitor's
    /// machine.
    pub fn folder(&self, filter: Filter) -> Vec<&Conversation> {
        let Me::Agent(me) = self.me() else { return Vec::new() };
        let mut folder: Vec<&Conversation> =
            self.conversations().filter(|conversation| filter.holds(conversation, me)).collect();
        folder.sort_by_key(|conversation| std::cmp::Reverse(conversation.active_revision));
        folder
    }
}
