//! An item of the list: the view model of a conversation.

pub mod view;

use porchlight_client::names::Names;
use porchlight_protocol::call_back::CallBack;
use porchlight_protocol::conversation::{Kind, Status};
use porchlight_protocol::person::VisitorName;
use porchlight_protocol::visit::LastPage;
use porchlight_protocol::{Author, Conversation, Member, Millis};

use crate::person::face::Face;
use crate::talk::history;
use crate::ui::icon;
use crate::words::{Word, say};

/// The owner of a conversation, from an agent's point of view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// No owner.
    Nobody,
    /// This agent.
    Me(Member),
    /// Another agent.
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
    /// The closer, as text: `Closed by the visitor`.
    pub by: String,
    /// The time.
    pub at: Millis,
    /// True if the visitor removed it from their Home afterwards.
    pub dismissed: bool,
}

impl Closed {
    /// How it was closed, if it is closed.
    pub fn of(conversation: &Conversation, me: &Member) -> Option<Closed> {
        let Status::Closed { by, at, .. } = &conversation.status else { return None };
        let by = history::closed_by(by, me);
        Some(Closed { by, at: *at, dismissed: conversation.dismissed })
    }
}

/// A message that was left while nobody was there, and that nobody has answered since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// When it was left.
    pub at: Millis,
    /// By which way an answer reaches the visitor, beside the chat.
    pub way: Way,
}

/// By which way an answer reaches a visitor who has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By e-mail: an address is known.
    Email,
    /// By telephone: a number is known, and no address.
    Phone,
    /// In the chat alone, once they come back.
    Chat,
}

impl Left {
    /// What was left in a conversation, if something was.
    pub fn of(conversation: &Conversation, named: Option<&VisitorName>) -> Option<Left> {
        let at = conversation.left?.at;
        let way = match named {
            Some(VisitorName { email: Some(_), .. }) => Way::Email,
            Some(VisitorName { phone: Some(_), .. }) => Way::Phone,
            _ => Way::Chat,
        };
        Some(Left { at, way })
    }
}

impl Way {
    /// The way in words.
    pub fn name(self) -> Word {
        match self {
            Way::Email => Word::ItemLeftEmail,
            Way::Phone => Word::ItemLeftPhone,
            Way::Chat => Word::ItemLeftChat,
        }
    }

    /// Its icon.
    pub fn icon(self) -> &'static str {
        match self {
            Way::Email => icon::MAIL,
            Way::Phone => icon::PHONE,
            Way::Chat => icon::CHAT,
        }
    }
}

/// The view model of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemView {
    /// The visitor's name and avatar.
    pub face: Face,
    /// True for a conversation with a bot.
    pub bot: bool,
    /// The time of the last message.
    pub at: Millis,
    /// The author of the last message, unless it is the visitor.
    pub by: Option<String>,
    /// The last message, shortened.
    pub preview: String,
    /// The number of messages that the team has not read.
    pub unread: usize,
    /// How it was closed, if it is closed.
    pub closed: Option<Closed>,
    /// True if the visitor has re-opened it, and the team has not answered since.
    pub reopened: bool,
    /// What the visitor has left while nobody was there, if nobody has answered it.
    pub left: Option<Left>,
    /// Of an open conversation: when the visitor wishes to be called.
    pub call: Option<CallBack>,
    /// For a conversation without an owner: since when the visitor has been waiting for an answer.
    pub waits_since: Option<Millis>,
    /// The owner.
    pub owner: Owner,
    /// True if its bot answers: no agent owns it, and it does not need one.
    pub with_bot: bool,
    /// Of an open conversation: the page that the visitor is on or has left last.
    pub page: Option<OnPage>,
}

/// A visitor's page, in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnPage {
    /// Its title; else its address, without what all pages of the site have in common.
    pub name: String,
    /// What the server has told of it.
    pub told: LastPage,
}

impl OnPage {
    fn of(told: &LastPage) -> OnPage {
        let name = if told.title.is_empty() { path_of(&told.address) } else { &told.title };
        OnPage { name: name.to_owned(), told: told.clone() }
    }
}

/// The path of an address; the whole address if it has none.
fn path_of(address: &str) -> &str {
    let after_scheme = address.find("://").map_or(0, |at| at + "://".len());
    let path = address.get(after_scheme..).and_then(|rest| rest.get(rest.find('/')?..));
    path.filter(|path| *path != "/").unwrap_or(address)
}

impl ItemView {
    /// Makes the item of a conversation.
    pub fn of(conversation: &Conversation, names: &Names, me: &Member) -> ItemView {
        let last = conversation.told();
        let by = last.and_then(|last| match &last.author {
            Author::Agent(author) if author.id == me.id => Some(say(Word::ItemYou)),
            Author::Agent(author) | Author::Bot(author) => Some(author.name.clone()),
            Author::Visitor | Author::Timer | Author::Withheld | Author::Other => None,
        });
        let closed = Closed::of(conversation, me);
        let named = names.get(&conversation.visitor);
        let there = named.filter(|_| closed.is_none());
        let page = there.and_then(|named| named.page.as_ref());
        ItemView {
            face: Face::of(&conversation.visitor, named),
            bot: matches!(conversation.kind, Kind::Bot(_)),
            at: last.map_or(conversation.started_at, |last| last.at),
            by,
            preview: match last {
                Some(last) => last.text.clone(),
                None if conversation.is_erased() => say(Word::PrivacyErasedLine),
                None => String::new(),
            },
            // No badge: the agent who closed it has seen the messages.
            unread: match &conversation.status {
                Status::Closed { by: Author::Agent(_), .. } => 0,
                _ => conversation.team_read.unread.len(),
            },
            closed,
            reopened: conversation.reopened_by_visitor,
            left: Left::of(conversation, named),
            call: there.and_then(|named| named.call_back),
            waits_since: conversation
                .is_waiting()
                .then(|| conversation.waits_since())
                .flatten()
                .map(|since| since.at),
            owner: Owner::of(conversation, me),
            with_bot: conversation.assignee.is_none()
                && !conversation.is_closed()
                && !conversation.is_waiting(),
            page: page.map(OnPage::of),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use porchlight_protocol::person::VisitorRecord;
    use porchlight_protocol::{ConversationId, Event, EventBody, MemberId, VisitorId, left};

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

    fn shown(log: Vec<(Author, EventBody)>) -> ItemView {
        ItemView::of(&after(log), &Names::default(), &ada())
    }

    fn said(author: Author) -> (Author, EventBody) {
        (author, EventBody::message("hello"))
    }

    #[test]
    fn a_closed_one_tells_who_closed_it_and_when() {
        let view = |by| shown(vec![said(Author::Visitor), (by, EventBody::Closed)]);
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
        assert!(shown(log).closed.unwrap().dismissed);
    }

    #[test]
    fn what_the_visitor_opened_again_is_marked_until_somebody_answers() {
        let mut log = vec![
            said(Author::Visitor),
            (Author::Agent(ada()), EventBody::Closed),
            (Author::Visitor, EventBody::Reopened),
            said(Author::Visitor),
        ];
        let view = shown(log.clone());
        assert!(view.reopened);
        assert_eq!((view.closed, view.unread), (None, 2));

        log.push(said(Author::Agent(ada())));
        assert!(!shown(log).reopened);
    }

    #[test]
    fn what_nobody_has_read_is_told_unless_an_agent_closed_it() {
        let unread = |by| {
            let log = vec![said(Author::Visitor), (by, EventBody::Closed)];
            shown(log).unread
        };
        assert_eq!(unread(Author::Timer), 1);
        assert_eq!(unread(Author::Agent(ada())), 0);
    }

    #[test]
    fn who_waits_for_nobody_in_particular_waits_since_their_first_message() {
        let waits = |log| shown(log).waits_since;
        let taken = (Author::Agent(ada()), EventBody::assigned(Some(ada())));
        let mut log = vec![said(Author::Visitor), said(Author::Visitor)];
        assert_eq!(waits(log.clone()), Some(1));
        log.push(taken);
        assert_eq!(waits(log), None, "somebody looks after it");
        let answered = vec![said(Author::Visitor), said(Author::Agent(ada()))];
        assert_eq!(waits(answered), None);
    }

    #[test]
    fn what_was_left_tells_when_and_how_an_answer_arrives() {
        let written = |body| left::mark(vec![body]).into_iter().map(|body| (Author::Visitor, body));
        let mut log: Vec<_> = written(EventBody::message("Are you there?")).collect();
        let mut named = VisitorRecord::new(VisitorId::from_bytes([2; 16]), 0).as_name();
        let left = |log: &[(Author, EventBody)], named: &VisitorName| {
            let left = Left::of(&after(log.to_vec()), Some(named))?;
            Some((left.at, left.way))
        };
        assert_eq!(left(&log, &named), Some((1, Way::Chat)));
        named.phone = Some("030 1234".to_owned());
        assert_eq!(left(&log, &named), Some((1, Way::Phone)));
        named.email = Some("mia@example.org".to_owned());
        log.push(said(Author::Visitor));
        assert_eq!(left(&log, &named), Some((1, Way::Email)));
        assert_eq!(shown(log.clone()).left, Some(Left { at: 1, way: Way::Chat }));
        log.push(said(Author::Agent(ada())));
        assert_eq!(shown(log).left, None);
    }

    #[test]
    fn a_line_has_the_visitors_words_and_not_what_everybody_is_asked() {
        let site = Author::Bot(porchlight_protocol::questions::asker("Lantern"));
        let view = shown(vec![said(Author::Visitor), (site, EventBody::message("Your name?"))]);
        assert_eq!((view.preview.as_str(), view.by, view.at), ("hello", None, 1));
    }

    #[test]
    fn a_page_is_called_by_its_title_or_by_where_it_is() {
        let name = |address: &str, title: &str| {
            let (address, title) = (address.to_owned(), title.to_owned());
            OnPage::of(&LastPage { address, title, seen_at: 1 }).name
        };
        assert_eq!(name("https://shop.example/lamps", "Lamps"), "Lamps");
        assert_eq!(name("https://shop.example/lamps/brass", ""), "/lamps/brass");
        for whole in ["https://shop.example/", "https://shop.example", "file", "://"] {
            assert_eq!(name(whole, ""), whole);
        }
    }

    #[test]
    fn a_line_tells_when_something_was_said_last() {
        let log = vec![said(Author::Visitor), (Author::Visitor, EventBody::KeptOpen)];
        assert_eq!(shown(log).at, 1);
    }
}
