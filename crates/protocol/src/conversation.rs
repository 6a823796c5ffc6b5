//! What is known of a conversation: the fold of its log, plus how far each side has read.

use serde::Serialize;

use crate::event::{Author, Event, EventBody, Member};
use crate::id::{ConversationId, VisitorId};
use crate::limits::{PREVIEW_CHARS_MAX, UNREAD_MAX};
use crate::{Millis, Revision, Seq, from_json};

/// A conversation as of its event `head`. Server, widget and inbox hold the same type and take it
/// forward with the same [`apply`](Conversation::apply), so a snapshot and a replay can't disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conversation {
    /// Its name: random, minted by the server.
    pub id: ConversationId,
    /// A live chat, or a conversation with a bot.
    pub kind: Kind,
    /// Whose it is.
    pub visitor: VisitorId,
    /// When it was started.
    pub started_at: Millis,
    /// The last event applied; 0 for none.
    pub head: Seq,
    /// The commit number of that event.
    pub revision: Revision,
    /// Open or closed.
    pub status: Status,
    /// The visitor took it off their Home after somebody else had closed it. What visitors close
    /// themselves is not on their Home anyway.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dismissed: bool,
    /// The visitor opened it again, and no one of the team has answered since.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reopened_by_visitor: bool,
    /// The agent who owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<Member>,
    /// The newest message, shortened for lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Preview>,
    /// The last message or re-opening by anyone, or the visitor's wish to keep it open: what the
    /// time until it closes by itself counts from.
    pub active_at: Millis,
    /// The commit number of the last message, or re-opening by the team: orders conversations by
    /// activity. Not `revision`, which a claim and a closing move too: Home would tell of them by its
    /// order.
    pub active_revision: Revision,
    /// The newest message of the visitor, so that a close can tell whether one came in between.
    pub visitor_seq: Seq,
    /// How far the visitor has read.
    pub visitor_read: ReadMark,
    /// How far the agents have read.
    pub team_read: ReadMark,
    /// The commit with which the visitor had read everything, if that was after the closing; else 0. For
    /// comparing with a client's boot, like the commit of the closing. [`Revision::MAX`] in the client that
    /// has read it, until the server has noted that.
    #[serde(skip_serializing_if = "is_zero")]
    pub read_revision: Revision,
    /// The first of the visitor's messages that nobody of the team has answered, or the re-opening after
    /// it. Absent if the last word is the team's, while it is closed, and in what an older server wrote:
    /// ask [`waits_since`](Conversation::waits_since).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unanswered: Option<Unanswered>,
}

/// From when on a visitor waits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Unanswered {
    /// When it was, for showing.
    pub at: Millis,
    /// The commit: who has waited longest has the smallest.
    pub revision: Revision,
}

impl Unanswered {
    fn of(event: &Event) -> Self {
        Unanswered { at: event.at, revision: event.revision }
    }
}

fn is_zero(revision: &Revision) -> bool {
    *revision == 0
}

/// A live chat with agents, or a conversation with a bot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// People answer.
    Live,
    /// This bot answers.
    Bot(Member),
    /// A kind that this version does not know. Read and never written.
    #[serde(skip_serializing)]
    Other,
}

/// Open or closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It goes on.
    Open,
    /// It was closed.
    Closed {
        /// Who closed it.
        by: Author,
        /// When, for showing.
        at: Millis,
        /// The commit that closed it, for comparing with a client's boot.
        revision: Revision,
    },
    /// A status that this version does not know: shown as open, and the server decides what may be
    /// done. Read and never written.
    #[serde(skip_serializing)]
    Other,
}

/// The newest message, shortened for lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preview {
    /// Who said it.
    pub author: Author,
    /// When.
    pub at: Millis,
    /// Its first line's worth, whitespace folded, at most `PREVIEW_CHARS_MAX` characters.
    pub text: String,
}

/// How far one side has read, and what it has not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadMark {
    /// Read up to and including this event. Only grows.
    pub up_to: Seq,
    /// The other side's messages after `up_to`, oldest first, the last `UNREAD_MAX` of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Seq>,
}

impl ReadMark {
    /// Moves the mark forward; a smaller value changes nothing. True if something changed.
    pub fn advance(&mut self, up_to: Seq) -> bool {
        if up_to <= self.up_to {
            return false;
        }
        self.up_to = up_to;
        self.unread.retain(|seq| *seq > up_to);
        true
    }

    fn arrived(&mut self, seq: Seq) {
        if seq > self.up_to {
            if self.unread.len() == UNREAD_MAX {
                self.unread.remove(0);
            }
            self.unread.push(seq);
        }
    }
}

/// One of the two sides of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The visitor.
    Visitor,
    /// The site's agents and bots.
    Team,
}

/// What became of an event that was offered to [`Conversation::apply`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It was the next one and is part of the state now.
    Yes,
    /// It was known already; nothing changed.
    Duplicate,
    /// Events are missing before it; nothing changed. Fetch what comes after the head.
    Gap,
}

impl Conversation {
    /// A conversation before its first event.
    pub fn new(id: ConversationId, kind: Kind, visitor: VisitorId, started_at: Millis) -> Self {
        Conversation {
            id,
            kind,
            visitor,
            started_at,
            head: 0,
            revision: 0,
            status: Status::Open,
            dismissed: false,
            reopened_by_visitor: false,
            assignee: None,
            last: None,
            active_at: started_at,
            active_revision: 0,
            visitor_seq: 0,
            visitor_read: ReadMark::default(),
            team_read: ReadMark::default(),
            read_revision: 0,
            unanswered: None,
        }
    }

    /// Takes the state forward by the next event. Any other event changes nothing.
    pub fn apply(&mut self, event: &Event) -> Applied {
        if event.seq <= self.head {
            return Applied::Duplicate;
        }
        if event.seq != self.head + 1 {
            return Applied::Gap;
        }
        self.head = event.seq;
        self.revision = event.revision;
        if event.body.is_activity() {
            self.active_at = event.at;
        }
        match &event.body {
            EventBody::Message { text } => self.message(event, text),
            EventBody::Closed => {
                self.status = Status::Closed {
                    by: event.author.clone(),
                    at: event.at,
                    revision: event.revision,
                };
                self.reopened_by_visitor = false;
                self.forget_read(event);
                self.unanswered = None;
            }
            EventBody::Reopened => {
                self.status = Status::Open;
                self.unanswered = self.is_last_of_visitor().then(|| Unanswered::of(event));
                self.read_revision = 0;
                self.dismissed = false;
                self.reopened_by_visitor = event.author == Author::Visitor;
                // What visitors take back is where it was. If they write, the message moves it.
                if !self.reopened_by_visitor {
                    self.active_revision = event.revision;
                }
            }
            EventBody::Dismissed => self.dismissed = true,
            EventBody::Restored => self.dismissed = false,
            EventBody::Assigned { to } => self.assignee = to.clone(),
            // Nothing that a visitor could see may depend on what is kept from them.
            EventBody::Note { .. } | EventBody::Withheld => {}
            EventBody::KeptOpen => {}
            // What it does is not known here: see `Event::is_understood`.
            EventBody::Unreadable | EventBody::Other => {}
        }
        Applied::Yes
    }

    /// What was read before the event counts no more. A mark may have come before it, though.
    fn forget_read(&mut self, event: &Event) {
        if self.read_revision < event.revision || self.read_revision == Revision::MAX {
            self.read_revision = 0;
        }
    }

    fn message(&mut self, event: &Event, text: &str) {
        // Who writes has seen what stands above.
        let (own, other) = match event.author {
            Author::Visitor => (&mut self.visitor_read, &mut self.team_read),
            _ => (&mut self.team_read, &mut self.visitor_read),
        };
        own.advance(event.seq);
        other.arrived(event.seq);
        if event.author == Author::Visitor {
            self.visitor_seq = event.seq;
            self.unanswered.get_or_insert(Unanswered::of(event));
        } else {
            self.unanswered = None;
            self.reopened_by_visitor = false;
        }
        self.active_revision = event.revision;
        self.last =
            Some(Preview { author: event.author.clone(), at: event.at, text: preview(text) });
    }

    /// True if it is closed.
    pub fn is_closed(&self) -> bool {
        matches!(self.status, Status::Closed { .. })
    }

    /// True if it is closed and the visitor has taken it off their Home, by closing it or afterwards.
    pub fn is_put_away(&self) -> bool {
        match &self.status {
            Status::Open | Status::Other => false,
            Status::Closed { by, .. } => *by == Author::Visitor || self.dismissed,
        }
    }

    /// True if the last message is the visitor's.
    pub fn is_last_of_visitor(&self) -> bool {
        self.last.as_ref().is_some_and(|last| last.author == Author::Visitor)
    }

    /// Since when the visitor waits for an answer; `None` if they don't. Where the state does not say, since
    /// their last message.
    pub fn waits_since(&self) -> Option<Unanswered> {
        let last = self.last.as_ref().filter(|_| !self.is_closed() && self.is_last_of_visitor());
        let last = last.map(|last| Unanswered { at: last.at, revision: self.active_revision });
        self.unanswered.or(last)
    }

    /// Where it stands among those that wait longest: the commit since which nobody has answered, or else
    /// of its last activity.
    pub fn waits_from(&self) -> Revision {
        self.waits_since().map_or(self.active_revision, |since| since.revision)
    }

    /// True if this agent owns it.
    pub fn is_owned_by(&self, agent: &Member) -> bool {
        self.assignee.as_ref().is_some_and(|owner| owner.id == agent.id)
    }

    /// How far one side has read.
    pub fn read(&self, side: Side) -> &ReadMark {
        match side {
            Side::Visitor => &self.visitor_read,
            Side::Team => &self.team_read,
        }
    }

    /// Notes that one side has read up to `up_to`, or to the head if that is less: what somebody
    /// claims to have read is there. True if that was news.
    ///
    /// `commit` gives the commit that notes it, and is asked only for a
    /// [`read_revision`](Conversation::read_revision).
    pub fn mark_read(&mut self, side: Side, up_to: Seq, commit: impl FnOnce() -> Revision) -> bool {
        let (news, read_last) = self.advance(side, up_to.min(self.head));
        if read_last {
            self.read_revision = commit();
        }
        news
    }

    /// Takes over a mark that the server has noted, with its `read_revision` if it has one. The mark may
    /// be ahead of the events that have come so far; they count as read when they come. True if that was
    /// news.
    pub fn hear_read(&mut self, side: Side, up_to: Seq, revision: Option<Revision>) -> bool {
        let (news, read_last) = self.advance(side, up_to);
        match revision.filter(|_| side == Side::Visitor) {
            None => {}
            // A mark of this client that the server has not noted yet.
            Some(Revision::MAX) if read_last => self.read_revision = Revision::MAX,
            Some(Revision::MAX) => {}
            Some(told) => {
                let known = Some(self.read_revision).filter(|known| *known != Revision::MAX);
                let since = match &self.status {
                    Status::Closed { revision, .. } => *revision,
                    Status::Open | Status::Other => self.revision,
                };
                if told > since && known.is_none_or(|known| told > known) {
                    self.read_revision = told;
                }
            }
        }
        news
    }

    /// Moves a mark forward. Whether that was news, and whether the visitor has read by it the last of
    /// what is closed.
    fn advance(&mut self, side: Side, up_to: Seq) -> (bool, bool) {
        let mark = match side {
            Side::Visitor => &mut self.visitor_read,
            Side::Team => &mut self.team_read,
        };
        let was_unread = !mark.unread.is_empty();
        let news = mark.advance(up_to);
        let read_all = was_unread && mark.unread.is_empty();
        (news, side == Side::Visitor && read_all && self.is_closed())
    }

    /// The commit with which it was closed and the visitor had read all of it; `None` before that.
    pub fn closed_and_read(&self) -> Option<Revision> {
        match &self.status {
            Status::Closed { revision, .. } if self.visitor_read.unread.is_empty() => {
                Some(self.read_revision.max(*revision))
            }
            _ => None,
        }
    }
}

/// A message as one line: whitespace folded, cut at a character, with an ellipsis if cut.
pub fn preview(text: &str) -> String {
    let mut line = String::new();
    let mut chars = 0;
    for word in text.split_whitespace() {
        let gap = (!line.is_empty()).then_some(' ');
        for c in gap.into_iter().chain(word.chars()) {
            if chars == PREVIEW_CHARS_MAX - 1 {
                line.push('…');
                return line;
            }
            line.push(c);
            chars += 1;
        }
    }
    line
}

from_json!(struct Conversation {
    id, kind, visitor, started_at, head, revision, status, dismissed: optional,
    reopened_by_visitor: optional, assignee: optional, last: optional,
    active_at, active_revision, visitor_seq, visitor_read, team_read, read_revision: optional,
    unanswered: optional,
});
from_json!(struct Unanswered { at, revision });
from_json!(enum Kind { "live" => Live, "bot" => Bot(_), _ => Other });
from_json!(enum Status { "open" => Open, "closed" => Closed { by, at, revision }, _ => Other });
from_json!(struct Preview { author, at, text });
from_json!(struct ReadMark { up_to, unread: optional });
from_json!(enum Side { "visitor" => Visitor, "team" => Team });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_one_short_line() {
        assert_eq!(preview("  hello\n\n there\t you "), "hello there you");
        let long = preview(&"é".repeat(1_000));
        assert_eq!(long.chars().count(), PREVIEW_CHARS_MAX);
        assert!(long.ends_with('…'));
        let gap_at_the_limit =
            format!("{} {}", "é".repeat(PREVIEW_CHARS_MAX - 1), "é".repeat(1_000));
        assert_eq!(preview(&gap_at_the_limit).chars().count(), PREVIEW_CHARS_MAX);
        assert_eq!(preview("\n \t"), "");
    }

    #[test]
    fn a_read_mark_only_grows() {
        let mut mark = ReadMark::default();
        for seq in 1..=4 {
            mark.arrived(seq);
        }
        assert!(mark.advance(2));
        assert_eq!(mark.unread, [3, 4]);
        assert!(!mark.advance(1));
        assert_eq!(mark, ReadMark { up_to: 2, unread: vec![3, 4] });
        mark.arrived(1);
        assert_eq!(mark.unread, [3, 4], "what was read stays read");
    }

    #[test]
    fn unread_messages_are_bounded() {
        let mut mark = ReadMark::default();
        for seq in 1..=(UNREAD_MAX as Seq + 5) {
            mark.arrived(seq);
        }
        assert_eq!(mark.unread.len(), UNREAD_MAX);
        assert_eq!(mark.unread.first(), Some(&6));
    }
}
