//! The texts of notifications.

use porchlight_protocol::{Conversation, ConversationId};

use super::visitor;
use crate::notification::Permission;
use crate::notifier::Why;

/// The tooltip of the button in the rail until the sound is unlocked.
pub const MUTED: &str = "Your browser plays no sounds until you click or type in this page";

/// A notification's title and text; `None` if the conversation is no longer known.
pub fn news<'a>(
    reasons: &[(ConversationId, Why)],
    known: impl Fn(&ConversationId) -> Option<&'a Conversation>,
) -> Option<(String, String)> {
    if let [(id, why)] = reasons {
        let conversation = known(id)?;
        let name = visitor(&conversation.visitor);
        let said = conversation.last.as_ref().map_or("", |last| &last.text);
        return Some(match why {
            Why::New => ("New conversation".to_owned(), [&name, ": ", said].concat()),
            Why::Mine => (["New message from ", &name].concat(), said.to_owned()),
        });
    }
    let count = |wanted| reasons.iter().filter(|(_, why)| *why == wanted).count();
    let (new, mine) = (count(Why::New), count(Why::Mine));
    let new = match new {
        0 => None,
        1 => Some("1 new conversation".to_owned()),
        _ => Some([&new.to_string(), " new conversations"].concat()),
    };
    let mine = match mine {
        0 => None,
        1 => Some("new messages in 1 of yours".to_owned()),
        _ => Some(["new messages in ", &mine.to_string(), " of yours"].concat()),
    };
    let title = match (new, mine) {
        (Some(new), Some(mine)) => [&new, ", ", &mine].concat(),
        (None, Some(mine)) => ["N", mine.trim_start_matches('n')].concat(),
        (new, _) => new?,
    };
    Some((title, "Open the inbox to read them.".to_owned()))
}

/// Why desktop notifications can't be shown, and what to do.
pub fn refused(permission: Permission) -> Option<&'static str> {
    match permission {
        Permission::Granted | Permission::Unasked => None,
        Permission::Denied => Some(
            "Your browser blocks notifications from this page. Allow them in its site settings \
             (the icon beside the address), then switch this on again.",
        ),
        Permission::Insecure => {
            Some("Browsers show notifications only for pages that are served over HTTPS.")
        }
        Permission::Missing => Some("This browser has no desktop notifications."),
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
    fn one_is_shown_with_its_words_and_several_with_their_number() {
        let visitor = VisitorId::from_bytes([0x3f; 16]);
        let mut it = Conversation::new(id(1), Kind::Live, visitor, 0);
        let body = EventBody::Message { text: "Is it\nwaterproof?".to_owned() };
        let author = Author::Visitor;
        it.apply(&Event { seq: 1, revision: 1, at: 0, author, client_id: None, body });
        let shown = |reasons: &[Why]| {
            let reasons: Vec<_> = (1..).zip(reasons).map(|(n, why)| (id(n), *why)).collect();
            let (title, body) = news(&reasons, |_| Some(&it)).unwrap();
            (title, body)
        };
        let one = |title: &str, body: &str| (title.to_owned(), body.to_owned());
        assert_eq!(shown(&[Why::New]), one("New conversation", "Visitor 3F3F: Is it waterproof?"));
        assert_eq!(shown(&[Why::Mine]), one("New message from Visitor 3F3F", "Is it waterproof?"));
        assert_eq!(shown(&[Why::New; 20]).0, "20 new conversations");
        assert_eq!(shown(&[Why::Mine; 2]).0, "New messages in 2 of yours");
        let both = [Why::New, Why::Mine, Why::Mine];
        assert_eq!(shown(&both).0, "1 new conversation, new messages in 2 of yours");
        assert_eq!(news(&[(id(1), Why::New)], |_| None), None);
    }
}
