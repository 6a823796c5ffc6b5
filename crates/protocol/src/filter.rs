//! The folders of the inbox: which conversations each holds, and their numbers.

use std::str::FromStr;

use serde::Serialize;

use crate::conversation::{Conversation, Kind};
use crate::event::Member;
use crate::{Revision, from_json};

/// A folder of the inbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// Not closed, whoever owns it.
    #[default]
    Open,
    /// Not closed, without an owner, and waiting for an agent: see [`Conversation::is_waiting`].
    Unassigned,
    /// Not closed, owned by this agent.
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

    /// The folder's name in URLs and in `GET …/conversations?filter=`.
    pub fn as_str(self) -> &'static str {
        match self {
            Filter::Open => "open",
            Filter::Unassigned => "unassigned",
            Filter::Mine => "mine",
            Filter::Closed => "closed",
            Filter::All => "all",
        }
    }

    /// True if this folder of the agent `me` holds the conversation.
    pub fn holds(self, conversation: &Conversation, me: &Member) -> bool {
        match self {
            Filter::Open => !conversation.is_closed(),
            Filter::Unassigned => conversation.is_waiting(),
            Filter::Mine => !conversation.is_closed() && conversation.is_owned_by(me),
            Filter::Closed => conversation.is_closed(),
            Filter::All => true,
        }
    }
}

/// Where left messages stand in the order [`Sort::Left`]: above every commit, and still a number that browsers read exactly.
const LEFT: Revision = 1 << 52;

/// The sort order of a folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// The newest activity first: see [`Conversation::active_revision`].
    #[default]
    Newest,
    /// Longest waiting first: see [`Conversation::waits_from`]. For [`Filter::Unassigned`].
    Waiting,
    /// Left messages first, the one that has waited longest before the others; then the newest activity: see
    /// [`Conversation::left_first`]. For [`Filter::Unassigned`].
    Left,
}

impl Sort {
    /// All of them.
    pub const ALL: [Sort; 3] = [Sort::Newest, Sort::Waiting, Sort::Left];

    /// The order's name in URLs and in `GET …/conversations?sort=`.
    pub fn as_str(self) -> &'static str {
        match self {
            Sort::Newest => "newest",
            Sort::Waiting => "waiting",
            Sort::Left => "left",
        }
    }
}

/// No order has this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownSort;

impl FromStr for Sort {
    type Err = UnknownSort;

    fn from_str(name: &str) -> Result<Self, UnknownSort> {
        Sort::ALL.into_iter().find(|sort| sort.as_str() == name).ok_or(UnknownSort)
    }
}

/// No folder has this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownFilter;

impl FromStr for Filter {
    type Err = UnknownFilter;

    fn from_str(name: &str) -> Result<Self, UnknownFilter> {
        Filter::ALL.into_iter().find(|filter| filter.as_str() == name).ok_or(UnknownFilter)
    }
}

/// The numbers of a site's open conversations, for one agent. They count all conversations, not just those in a
/// welcome or page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Counts {
    /// The newest commit that the counts include.
    pub revision: Revision,
    /// In [`Filter::Open`].
    pub open: u64,
    /// In [`Filter::Unassigned`].
    pub unassigned: u64,
    /// In [`Filter::Mine`].
    pub mine: u64,
    /// Open ones with messages that the team has not read: see [`Conversation::is_unread`].
    pub unread: u64,
}

impl Conversation {
    /// True if the conversation is open, has no owner, and needs an agent. A conversation with a bot needs one
    /// only once the bot has handed it over, or while it has left the visitor's last message unanswered.
    pub fn is_waiting(&self) -> bool {
        !self.is_closed()
            && self.assignee.is_none()
            && match &self.kind {
                // An unknown kind is shown to agents, who can decide.
                Kind::Live | Kind::Other => true,
                Kind::Bot(_) => self.handed_over || self.is_last_of_visitor(),
            }
    }

    /// The position in the order [`Sort::Left`], greatest first: left messages, the one that has waited longest first, and then the
    /// newest activity. A visitor's program, which has no such list, knows of none that was left.
    pub fn left_first(&self) -> Revision {
        #[cfg(feature = "team")]
        let left = self.left.map(|left| left.revision);
        #[cfg(not(feature = "team"))]
        let left: Option<Revision> = None;
        left.map_or(self.active_revision, |left| LEFT.saturating_sub(left))
    }

    /// True if the conversation is open and has messages that the team has not read.
    pub fn is_unread(&self) -> bool {
        !self.is_closed() && !self.team_read.unread.is_empty()
    }
}

from_json!(enum Filter {
    "open" => Open,
    "unassigned" => Unassigned,
    "mine" => Mine,
    "closed" => Closed,
    "all" => All,
});
from_json!(struct Counts { revision, open, unassigned, mine, unread });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Author, ConversationId, Event, EventBody, MemberId, VisitorId};

    fn wick() -> Member {
        Member { id: MemberId::from_bytes([7; 16]), name: "Wick".to_owned() }
    }

    fn after(kind: Kind, events: &[(Author, EventBody)]) -> Conversation {
        let id = ConversationId::from_bytes([1; 16]);
        let mut it = Conversation::new(id, kind, VisitorId::from_bytes([2; 16]), 0);
        for (seq, (author, body)) in (1..).zip(events.iter().cloned()) {
            it.apply(&Event { seq, revision: seq, at: 0, author, client_id: None, body });
        }
        it
    }

    fn said(author: Author) -> (Author, EventBody) {
        (author, EventBody::message("hello"))
    }

    #[test]
    fn a_folder_is_found_by_its_name_alone() {
        for filter in Filter::ALL {
            assert_eq!(filter.as_str().parse(), Ok(filter));
            assert_eq!(serde_json::to_string(&filter).unwrap(), format!("\"{}\"", filter.as_str()));
        }
        for name in ["", "Open", "open ", "snoozed"] {
            assert_eq!(name.parse::<Filter>(), Err(UnknownFilter), "{name:?}");
        }
    }

    #[test]
    fn what_a_bot_answers_waits_for_nobody() {
        let bot = || Kind::Bot(wick());
        let (asks, answers) = (said(Author::Visitor), said(Author::Bot(wick())));
        let open = |it: &Conversation| Filter::Open.holds(it, &wick());

        let asked = after(bot(), std::slice::from_ref(&asks));
        assert!(asked.is_waiting() && asked.is_unread() && open(&asked), "the bot says nothing");
        let answered = after(bot(), &[asks.clone(), answers.clone()]);
        assert!(!answered.is_waiting() && !answered.is_unread() && open(&answered));
        let again = after(bot(), &[asks.clone(), answers.clone(), asks.clone()]);
        assert!(again.is_waiting());
        let live = after(Kind::Live, std::slice::from_ref(&asks));
        assert!(live.is_waiting());

        let taken = (Author::Agent(wick()), EventBody::assigned(Some(wick())));
        let taken = after(bot(), &[asks.clone(), taken]);
        assert!(!taken.is_waiting() && Filter::Mine.holds(&taken, &wick()));
        let closed = after(Kind::Live, &[asks, (Author::Visitor, EventBody::Closed)]);
        assert!(!closed.is_waiting() && !closed.is_unread());
    }
}
