//! The texts of notifications.

use porchlight_client::names::Names;
use porchlight_protocol::{Conversation, ConversationId};

use crate::frame::notifications::notification::Permission;
use crate::frame::notifications::notifier::Why;
use crate::person::face::Face;
use crate::words::{Count, Pattern, Word, count, count_with, fill, say};

/// A notification's title with the name of the site, which stands first: systems cut long titles at their ends.
pub fn at_site(title: &str, site: &str) -> String {
    // Isolated, because a name may be written in the other direction.
    ["\u{2068}", site, "\u{2069} · ", title].concat()
}

/// A notification's title and text; `None` if the conversation is no longer known.
pub fn news<'a>(
    reasons: &[(ConversationId, Why)],
    known: impl Fn(&ConversationId) -> Option<&'a Conversation>,
    names: &Names,
) -> Option<(String, String)> {
    if let [(id, why)] = reasons {
        let conversation = known(id)?;
        let Face { name, .. } = Face::of(&conversation.visitor, names.get(&conversation.visitor));
        let said = conversation.told().map_or("", |last| &last.text);
        return Some(match why {
            Why::New => {
                (say(Word::NotifyNewConversation), fill(Pattern::NotifySaid, &[&name, said]))
            }
            Why::Mine => (fill(Pattern::NotifyNewMessage, &[&name]), said.to_owned()),
        });
    }
    let number = |wanted| reasons.iter().filter(|(_, why)| *why == wanted).count();
    let (new, mine) = (number(Why::New), number(Why::Mine));
    let new = (new > 0).then(|| count(Count::NotifyNewConversations, new));
    let title = match (new, mine) {
        (Some(new), 0) => new,
        (Some(new), mine) => count_with(Count::NotifyNewMessagesToo, mine, &[&new]),
        (None, 0) => return None,
        (None, mine) => count(Count::NotifyNewMessages, mine),
    };
    Some((title, say(Word::NotifyOpenInbox)))
}

/// Why desktop notifications can't be shown, and what to do.
pub fn refused(permission: Permission) -> Option<Word> {
    match permission {
        Permission::Granted | Permission::Unasked => None,
        Permission::Denied => Some(Word::NotifyBlocked),
        Permission::Insecure => Some(Word::NotifyInsecure),
        Permission::Missing => Some(Word::NotifyMissing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use porchlight_protocol::conversation::Kind;
    use porchlight_protocol::{Author, Event, EventBody, VisitorId};

    fn id(n: u8) -> ConversationId {
        ConversationId::from_bytes([n; 16])
    }

    #[test]
    fn a_title_begins_with_the_site() {
        assert_eq!(at_site("New message", "Café"), "\u{2068}Café\u{2069} · New message");
    }

    #[test]
    fn one_is_shown_with_its_words_and_several_with_their_number() {
        let visitor = VisitorId::from_bytes([0x3f; 16]);
        let mut it = Conversation::new(id(1), Kind::Live, visitor, 0);
        let body = EventBody::message("Is it\nwaterproof?");
        let author = Author::Visitor;
        it.apply(&Event { seq: 1, revision: 1, at: 0, author, client_id: None, body });
        let shown = |reasons: &[Why]| {
            let reasons: Vec<_> = (1..).zip(reasons).map(|(n, why)| (id(n), *why)).collect();
            let (title, body) = news(&reasons, |_| Some(&it), &Names::default()).unwrap();
            (title, body)
        };
        let one = |title: &str, body: &str| (title.to_owned(), body.to_owned());
        assert_eq!(shown(&[Why::New]), one("New conversation", "Visitor 3F3F: Is it waterproof?"));
        assert_eq!(shown(&[Why::Mine]), one("New message from Visitor 3F3F", "Is it waterproof?"));
        assert_eq!(shown(&[Why::New; 20]).0, "20 new conversations");
        assert_eq!(shown(&[Why::Mine; 2]).0, "New messages in 2 of yours");
        let both = [Why::New, Why::Mine, Why::Mine];
        assert_eq!(shown(&both).0, "1 new conversation, new messages in 2 of yours");
        assert_eq!(news(&[(id(1), Why::New)], |_| None, &Names::default()), None);
    }
}
