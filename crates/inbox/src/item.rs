//! A line of the list: what is shown of a conversation.

use porchlight_protocol::conversation::{Kind, Status};
use porchlight_protocol::{Author, Conversation, Member, Millis};

use crate::text;
use crate::text::history;

/// Who looks after a conversation, seen by the agent who looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// Nobody yet.
    Nobody,
    /// The agent who looks.
    Me(Member),
    /// A colleague.
    Other(Member),
}

impl Owner {
    /// The owner of a conversation.
    pub fn of(conversation: &Conversation, me: &Member) -> Owner {
        match &conversation.assignee {
            None => Owner::Nobody,
            Some(owner) if owner.id == me.id => Owner::Me(owner.clone()),
            Some(owner) => Owner::Other(owner.clone()),
        }
    }
}

/// How a conversation was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// Who did it, in words: `Closed by the visitor`.
    pub by: String,
    /// When.
    pub at: Millis,
    /// The visitor took it off their Home afterwards.
    pub dismissed: bool,
}

impl Closed {
    /// How it was closed, if it is.
    pub fn of(conversation: &Conversation, me: &Member) -> Option<Closed> {
        let Status::Closed { by, at, .. } = &conversation.status else { return None };
        let by = history::closed_by(by, me);
        Some(Closed { by, at: *at, dismissed: conversation.dismissed })
    }
}

/// What a line of the list shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemView {
    /// What the visitor is called.
    pub name: String,
    /// The letters in the avatar.
    pub initials: String,
    /// Its colour.
    pub tone: u32,
    /// A bot's conversation.
    pub bot: bool,
    /// When something was said last.
    pub at: Millis,
    /// Who said it, unless it was the visitor.
    pub by: Option<String>,
    /// What was said.
    pub preview: String,
    /// Messages that nobody of the team has read.
    pub unread: usize,
    /// How it was closed, if it is.
    pub closed: Option<Closed>,
    /// The visitor has opened it again, and nobody has answered since.
    pub reopened: bool,
    /// Nobody looks after it, and the visitor waits for an answer since then.
    pub waits_since: Option<Millis>,
    /// Who looks after it.
    pub owner: Owner,
    /// A bot looks after it: no agent owns it, and it waits for none.
    pub with_bot: bool,
}

impl ItemView {
    /// What the list shows of a conversation.
    pub fn of(conversation: &Conversation, me: &Member) -> ItemView {
        let last = conversation.last.as_ref();
        let by = last.and_then(|last| match &last.author {
            Author::Agent(author) if author.id == me.id => Some("You".to_owned()),
            Author::Agent(author) | Author::Bot(author) => Some(author.name.clone()),
            Author::Visitor | Author::Timer | Author::Withheld | Author::Other => None,
        });
        let closed = Closed::of(conversation, me);
        ItemView {
            name: text::visitor(&conversation.visitor),
            initials: text::visitor_initials(&conversation.visitor),
            tone: text::tone(&conversation.visitor),
            bot: matches!(conversation.kind, Kind::Bot(_)),
            at: last.map_or(conversation.started_at, |last| last.at),
            by,
            preview: last.map(|last| last.text.clone()).unwrap_or_default(),
            // An agent who closed it has seen it: a badge would call for what is done.
            unread: match &conversation.status {
                Status::Closed { by: Author::Agent(_), .. } => 0,
                _ => conversation.team_read.unread.len(),
            },
            closed,
            reopened: conversation.reopened_by_visitor,
            waits_since: conversation
                .is_waiting()
                .then(|| conversation.waits_since())
                .flatten()
                .map(|since| since.at),
            owner: Owner::of(conversation, me),
            with_bot: conversation.assignee.is_none()
                && !conversation.is_closed()
                && !conversation.is_waiting(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use porchlight_protocol::{ConversationId, Event, EventBody, MemberId, VisitorId};

    fn ada() -> Member {
        Member { id: MemberId::from_bytes([1; 16]), name: "Ada".to_owned() }
    }

    /// A conversation in which this has happened, at 1, 2, 3 …
    fn after(events: Vec<(Author, EventBody)>) -> Conversation {
        let id = ConversationId::from_bytes([1; 16]);
        let mut it = Conversation::new(id, Kind::Live, VisitorId::from_bytes([2; 16]), 0);
        for (seq, (author, body)) in (1..).zip(events) {
            let at = Millis::try_from(seq).unwrap();
            it.apply(&Event { seq, revision: seq, at, author, client_id: None, body });
        }
        it
    }

    fn said(author: Author) -> (Author, EventBody) {
        (author, EventBody::Message { text: "hello".to_owned() })
    }

    #[test]
    fn a_closed_one_tells_who_closed_it_and_when() {
        let view =
            |by| ItemView::of(&after(vec![said(Author::Visitor), (by, EventBody::Closed)]), &ada());
        let closed = view(Author::Visitor).closed.unwrap();
        assert_eq!((closed.by.as_str(), closed.at), ("Closed by the visitor", 2));
        assert!(!closed.dismissed);
        assert_eq!(view(Author::Timer).closed.unwrap().by, "Closed automatically");
        assert_eq!(view(Author::Agent(ada())).closed.unwrap().by, "Closed by you");
    }

    #[test]
    fn what_the_visitor_put_away_says_so() {
        let log = vec![
            said(Author::Visitor),
            (Author::Timer, EventBody::Closed),
            (Author::Visitor, EventBody::Dismissed),
        ];
        assert!(ItemView::of(&after(log), &ada()).closed.unwrap().dismissed);
    }

    #[test]
    fn what_the_visitor_opened_again_is_marked_until_somebody_answers() {
        let mut log = vec![
            said(Author::Visitor),
            (Author::Agent(ada()), EventBody::Closed),
            (Author::Visitor, EventBody::Reopened),
            said(Author::Visitor),
        ];
        let view = ItemView::of(&after(log.clone()), &ada());
        assert!(view.reopened);
        assert_eq!((view.closed, view.unread), (None, 2));

        log.push(said(Author::Agent(ada())));
        assert!(!ItemView::of(&after(log), &ada()).reopened);
    }

    #[test]
    fn what_nobody_has_read_is_told_unless_an_agent_closed_it() {
        let unread = |by| {
            let log = vec![said(Author::Visitor), (by, EventBody::Closed)];
            ItemView::of(&after(log), &ada()).unread
        };
        assert_eq!(unread(Author::Timer), 1);
        assert_eq!(unread(Author::Agent(ada())), 0);
    }

    #[test]
    fn who_waits_for_nobody_in_particular_waits_since_their_first_message() {
        let waits = |log| ItemView::of(&after(log), &ada()).waits_since;
        let taken = (Author::Agent(ada()), EventBody::Assigned { to: Some(ada()) });
        let mut log = vec![said(Author::Visitor), said(Author::Visitor)];
        assert_eq!(waits(log.clone()), Some(1));
        log.push(taken);
        assert_eq!(waits(log), None, "somebody looks after it");
        let answered = vec![said(Author::Visitor), said(Author::Agent(ada()))];
        assert_eq!(waits(answered), None);
    }

    #[test]
    fn a_line_tells_when_something_was_said_last() {
        let log = vec![said(Author::Visitor), (Author::Visitor, EventBody::KeptOpen)];
        assert_eq!(ItemView::of(&after(log), &ada()).at, 1);
    }
}
