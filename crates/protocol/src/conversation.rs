//! The state of a conversation: the fold of its log, plus how far each side has read.

use serde::Serialize;

use crate::event::{Author, Event, EventBody, Member};
use crate::id::{ConversationId, VisitorId};
use crate::limits::{PREVIEW_CHARS_MAX, UNREAD_MAX};
#[cfg(feature = "team")]
use crate::questions;
use crate::{Millis, Revision, Seq, from_json};

/// The state of a conversation after its event `head`. Server, widget and inbox use the same type and fold with
/// the same [`apply`](Conversation::apply), so a snapshot and a replay can't disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conversation {
    /// The id: random, minted by the server.
    pub id: ConversationId,
    /// A live chat, or a conversation with a bot.
    pub kind: Kind,
    /// The visitor who started it.
    pub visitor: VisitorId,
    /// When it was started, in milliseconds since 1970.
    pub started_at: Millis,
    /// The `seq` of the last event applied; 0 for none.
    pub head: Seq,
    /// The commit number of that event.
    pub revision: Revision,
    /// Open or closed.
    pub status: Status,
    /// True if the visitor removed it from their Home after the team or the timer had closed it. Conversations
    /// that visitors close themselves are not on Home anyway.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dismissed: bool,
    /// True if the visitor re-opened it, and the team has not answered since.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reopened_by_visitor: bool,
    /// The owner: the agent who has claimed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<Member>,
    /// The newest message, shortened for lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Preview>,
    /// The visitor's newest message, shortened, if the site itself has asked something since: see
    /// [`told`](Conversation::told). Absent in states from older servers.
    #[cfg(feature = "team")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<Preview>,
    /// The time of the last message, re-opening or *Keep it open*, from which the auto-close period counts.
    pub active_at: Millis,
    /// The commit number of the last message, or re-opening by the team: orders conversations by activity. Not
    /// `revision`, which claims and closings raise, too, so that the order of Home would reveal them.
    pub active_revision: Revision,
    /// The `seq` of the visitor's newest message, by which a close detects that it has not been seen.
    pub visitor_seq: Seq,
    /// The visitor's read mark.
    pub visitor_read: ReadMark,
    /// The agents' read mark.
    pub team_read: ReadMark,
    /// The commit by which the visitor had read everything, if that was after the closing; else 0. Compared with
    /// a client's boot, like the commit of the closing. [`Revision::MAX`] in the client that has read it, until
    /// the server has confirmed the read mark.
    #[serde(skip_serializing_if = "is_zero")]
    pub read_revision: Revision,
    /// The visitor's first message that the team has not answered, or the re-opening after it. Absent if the last
    /// message is the team's, while the conversation is closed, and in states from older servers: use
    /// [`waits_since`](Conversation::waits_since).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unanswered: Option<Unanswered>,
    /// The first message that the visitor left while nobody was there, and that no person has answered since: see
    /// [`crate::left`]. Absent while the conversation is closed.
    #[cfg(feature = "team")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<Unanswered>,
    /// True if the bot has handed the conversation over to the team.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub handed_over: bool,
    /// The `seq` of the bot's message with choices that the visitor can still answer by a choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<Seq>,
    /// True if its texts were erased. It is closed, and takes no text any more.
    #[cfg(feature = "team")]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
}

/// Since when a visitor has been waiting for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Unanswered {
    /// The time, for display.
    pub at: Millis,
    /// The commit, for order: the conversation that has waited longest has the smallest.
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
    /// With the site's agents.
    Live,
    /// With this bot.
    Bot(Member),
    /// A kind that this version does not know. Parsed, never serialized.
    #[serde(skip_serializing)]
    Other,
}

/// Open or closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Open.
    Open,
    /// Closed.
    Closed {
        /// The visitor, agent, bot or timer that closed it.
        by: Author,
        /// When, for display.
        at: Millis,
        /// The commit that closed it, to compare with a client's boot.
        revision: Revision,
    },
    /// A status that this version does not know: shown as open, and the server decides what is allowed. Parsed,
    /// never serialized.
    #[serde(skip_serializing)]
    Other,
}

/// The newest message, shortened for lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preview {
    /// The author of the message.
    pub author: Author,
    /// When.
    pub at: Millis,
    /// The text as one line, shortened to `PREVIEW_CHARS_MAX` characters.
    pub text: String,
}

/// How far one side has read, and its unread messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadMark {
    /// The last event that was read. Only grows.
    pub up_to: Seq,
    /// The unread messages of the other side, oldest first; the last `UNREAD_MAX` of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Seq>,
}

impl ReadMark {
    /// Moves the mark forward; ignores a smaller value. True if the mark changed.
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

/// The result of [`Conversation::apply`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The event was the next one, and has been applied.
    Yes,
    /// The event had been applied before; nothing changed.
    Duplicate,
    /// Events before it are missing; nothing changed. The caller has to fetch the events after `head`.
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
            #[cfg(feature = "team")]
            words: None,
            active_at: started_at,
            active_revision: 0,
            visitor_seq: 0,
            visitor_read: ReadMark::default(),
            team_read: ReadMark::default(),
            read_revision: 0,
            unanswered: None,
            #[cfg(feature = "team")]
            left: None,
            handed_over: false,
            asked: None,
            #[cfg(feature = "team")]
            erased: false,
        }
    }

    /// Folds the next event into the state. Any other event changes nothing.
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
            EventBody::Message { text, choices, .. } => {
                self.message(event, text);
                #[cfg(feature = "team")]
                self.left_or_answered(event);
                match event.author {
                    Author::Bot(_) if !choices.is_empty() => self.asked = Some(event.seq),
                    Author::Visitor => self.asked = None,
                    _ => {}
                }
            }
            EventBody::Closed => self.close(event),
            #[cfg(feature = "team")]
            EventBody::Erased => {
                if !self.is_closed() {
                    self.close(event);
                }
                self.asked = None;
                self.last = None;
                self.words = None;
                self.erased = true;
            }
            EventBody::Reopened => {
                self.status = Status::Open;
                self.unanswered = self.is_last_of_visitor().then(|| Unanswered::of(event));
                self.forget_read(event);
                self.dismissed = false;
                self.reopened_by_visitor = event.author == Author::Visitor;
                // A visitor's re-opening alone keeps the position in lists; a message moves it to the top.
                if !self.reopened_by_visitor {
                    self.active_revision = event.revision;
                }
            }
            EventBody::Dismissed => self.dismissed = true,
            EventBody::Restored => self.dismissed = false,
            EventBody::Assigned { to, .. } => {
                self.assignee = to.clone();
                let by_bot = matches!(event.author, Author::Bot(_));
                if by_bot {
                    self.handed_over = true;
                    self.unanswered.get_or_insert(Unanswered::of(event));
                }
                if by_bot || to.is_some() {
                    // The bot is silent from now on.
                    self.asked = None;
                }
            }
            // Withheld events must not change what a visitor can see.
            EventBody::Note { .. } | EventBody::Withheld => {}
            EventBody::KeptOpen => {}
            // Its effect is unknown: see `Event::is_understood`.
            EventBody::Unreadable | EventBody::Other => {}
        }
        Applied::Yes
    }

    fn close(&mut self, event: &Event) {
        self.status =
            Status::Closed { by: event.author.clone(), at: event.at, revision: event.revision };
        self.reopened_by_visitor = false;
        self.forget_read(event);
        self.unanswered = None;
        #[cfg(feature = "team")]
        {
            self.left = None;
        }
        self.handed_over = false;
        self.asked = None;
    }

    /// Keeps since when a message has been left, until an agent answers.
    #[cfg(feature = "team")]
    fn left_or_answered(&mut self, event: &Event) {
        match event {
            Event { author: Author::Agent(_), .. } => self.left = None,
            Event { body: EventBody::Message { left: true, .. }, .. } => {
                self.left.get_or_insert(Unanswered::of(event));
            }
            _ => {}
        }
    }

    /// True if its texts were erased. Never in a visitor's program: an erased visitor has no key any more.
    pub fn is_erased(&self) -> bool {
        #[cfg(feature = "team")]
        let is_it = self.erased;
        #[cfg(not(feature = "team"))]
        let is_it = false;
        is_it
    }

    /// Resets `read_revision` at a closing or re-opening, unless a later read mark has overtaken the event.
    fn forget_read(&mut self, event: &Event) {
        if self.read_revision < event.revision || self.read_revision == Revision::MAX {
            self.read_revision = 0;
        }
    }

    fn message(&mut self, event: &Event, text: &str) {
        let (own, other) = match event.author {
            Author::Visitor => (&mut self.visitor_read, &mut self.team_read),
            _ => (&mut self.team_read, &mut self.visitor_read),
        };
        // A live chat's questions come by themselves: nobody of the team has read or answered anything.
        let by_itself = self.kind == Kind::Live && matches!(event.author, Author::Bot(_));
        if !by_itself {
            // The author of a message has read all earlier ones.
            own.advance(event.seq);
        }
        other.arrived(event.seq);
        if event.author == Author::Visitor {
            self.visitor_seq = event.seq;
            self.unanswered.get_or_insert(Unanswered::of(event));
        } else if !by_itself {
            self.unanswered = None;
            self.reopened_by_visitor = false;
        }
        self.active_revision = event.revision;
        #[cfg(feature = "team")]
        self.keep_words(event);
        self.last =
            Some(Preview { author: event.author.clone(), at: event.at, text: preview(text) });
    }

    /// Keeps what the visitor has written last, if what follows is a question that comes by itself.
    #[cfg(feature = "team")]
    fn keep_words(&mut self, event: &Event) {
        let of_visitor = self.last.take().filter(|last| last.author == Author::Visitor);
        self.words = self.words.take().or(of_visitor).filter(|_| questions::asks(&event.author));
    }

    /// The message that tells a team what the conversation is about: the newest, but no question that the site asks of everybody.
    #[cfg(feature = "team")]
    pub fn told(&self) -> Option<&Preview> {
        self.words.as_ref().or(self.last.as_ref())
    }

    /// True if a bot answers what the visitor writes: nobody has claimed the conversation, and it was not handed over.
    pub fn is_with_bot(&self) -> bool {
        matches!(self.kind, Kind::Bot(_)) && self.assignee.is_none() && !self.handed_over
    }

    /// The bot with which it began, if it did with one.
    pub fn bot(&self) -> Option<&Member> {
        match &self.kind {
            Kind::Bot(bot) => Some(bot),
            Kind::Live | Kind::Other => None,
        }
    }

    /// The bot that was silenced by the owner's claim, and to which the owner can hand the conversation back. None once
    /// it has handed over itself: it had nothing more to say.
    pub fn silenced_bot(&self) -> Option<&Member> {
        self.bot().filter(|_| self.assignee.is_some() && !self.handed_over)
    }

    /// True if the conversation is closed.
    pub fn is_closed(&self) -> bool {
        matches!(self.status, Status::Closed { .. })
    }

    /// True if it is closed and the visitor has removed it from their Home, by closing it or afterwards.
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

    /// Since when the visitor has been waiting for an answer; `None` if they are not waiting. In a state without
    /// `unanswered`, since their last message.
    pub fn waits_since(&self) -> Option<Unanswered> {
        let last = self.last.as_ref().filter(|_| !self.is_closed() && self.is_last_of_visitor());
        let last = last.map(|last| Unanswered { at: last.at, revision: self.active_revision });
        self.unanswered.or(last)
    }

    /// The position in the order *longest waiting*: the commit since which the visitor has been waiting, or else
    /// that of the last activity.
    pub fn waits_from(&self) -> Revision {
        self.waits_since().map_or(self.active_revision, |since| since.revision)
    }

    /// True if this agent is the owner.
    pub fn is_owned_by(&self, agent: &Member) -> bool {
        self.assignee.as_ref().is_some_and(|owner| owner.id == agent.id)
    }

    /// The read mark of a side.
    pub fn read(&self, side: Side) -> &ReadMark {
        match side {
            Side::Visitor => &self.visitor_read,
            Side::Team => &self.team_read,
        }
    }

    /// Moves the read mark of a side to `up_to`, at most to the head. True if the mark changed.
    ///
    /// `commit` returns the commit that stores the mark. It is called only if
    /// [`read_revision`](Conversation::read_revision) has to be set.
    pub fn mark_read(&mut self, side: Side, up_to: Seq, commit: impl FnOnce() -> Revision) -> bool {
        let (news, read_last) = self.advance(side, up_to.min(self.head));
        if read_last {
            self.read_revision = commit();
        }
        news
    }

    /// Takes over a read mark from the server, with its `read_revision` if it has one. The mark may be ahead of
    /// the events that have arrived so far, which then count as read on arrival. True if the mark changed.
    pub fn hear_read(&mut self, side: Side, up_to: Seq, revision: Option<Revision>) -> bool {
        let (news, read_last) = self.advance(side, up_to);
        match revision.filter(|_| side == Side::Visitor) {
            None => {}
            // A mark of this client that the server has not confirmed yet.
            Some(Revision::MAX) if read_last => self.read_revision = Revision::MAX,
            Some(Revision::MAX) => {}
            Some(told) => {
                let since = match &self.status {
                    Status::Closed { revision, .. } => *revision,
                    Status::Open | Status::Other => self.revision,
                };
                let is_unconfirmed = self.read_revision == Revision::MAX;
                if told > since && (is_unconfirmed || told > self.read_revision) {
                    self.read_revision = told;
                }
            }
        }
        news
    }

    /// Moves the mark of a side forward. Returns whether it changed, and whether the visitor has thereby read
    /// everything in a closed conversation.
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

    /// The commit since which the conversation has been closed and read by the visitor; `None` before that.
    pub fn closed_and_read(&self) -> Option<Revision> {
        match &self.status {
            Status::Closed { revision, .. } if self.visitor_read.unread.is_empty() => {
                Some(self.read_revision.max(*revision))
            }
            _ => None,
        }
    }
}

/// A message as one line: white space collapsed, and cut with an ellipsis if it is too long.
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
    // What is parsed first is what has to be dropped where a later one fails: numbers don't.
    head, revision, started_at, active_at, active_revision, visitor_seq, visitor_read, team_read,
    id, visitor, kind, status,
    dismissed: optional, reopened_by_visitor: optional, assignee: optional, last: optional,
    read_revision: optional, unanswered: optional, handed_over: optional, asked: optional,
    #[cfg(feature = "team")] words: optional, #[cfg(feature = "team")] erased: optional,
    #[cfg(feature = "team")] left: optional,
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
