//! The texts of events.

use porchlight_protocol::conversation::Status;
use porchlight_protocol::{Author, Conversation, Member};

/// The mark of a conversation that the visitor has re-opened.
pub const REOPENED: &str = "Re-opened by the visitor";

/// The hint for a conversation that the visitor has removed from their Home.
pub const DISMISSED: &str = "The visitor removed it from their Home.";

fn actor(author: &Author) -> &str {
    match author {
        Author::Visitor => "The visitor",
        Author::Timer => "The timer",
        Author::Withheld | Author::Other => "Somebody",
        Author::Agent(member) | Author::Bot(member) => &member.name,
    }
}

/// The closer of a conversation, from the point of view of `me`: `Closed by the visitor`.
pub fn closed_by(by: &Author, me: &Member) -> String {
    match by {
        Author::Visitor => "Closed by the visitor".to_owned(),
        Author::Timer => "Closed automatically".to_owned(),
        Author::Withheld | Author::Other => "Closed".to_owned(),
        Author::Agent(member) if member.id == me.id => "Closed by you".to_owned(),
        Author::Agent(member) | Author::Bot(member) => ["Closed by ", &member.name].concat(),
    }
}

/// True if this agent closed it.
pub fn is_closed_by(conversation: &Conversation, me: &Member) -> bool {
    match &conversation.status {
        Status::Closed { by: Author::Agent(by), .. } => by.id == me.id,
        _ => false,
    }
}

/// A closing, as a line of the transcript.
pub fn closed(by: &Author) -> String {
    match by {
        Author::Visitor => "Closed by the visitor".to_owned(),
        Author::Timer => "Closed automatically".to_owned(),
        _ => [actor(by), " closed this conversation"].concat(),
    }
}

/// A re-opening, as a line of the transcript.
pub fn reopened(by: &Author) -> String {
    match by {
        Author::Visitor => REOPENED.to_owned(),
        _ => [actor(by), " re-opened this conversation"].concat(),
    }
}

/// *Keep it open*, as a line of the transcript.
pub fn kept_open(by: &Author) -> String {
    [actor(by), " kept this conversation open"].concat()
}

/// The removal from the visitor's Home, as a line of the transcript.
pub fn dismissed(by: &Author) -> String {
    [actor(by), " removed this conversation from their Home"].concat()
}

/// The undo of that removal, as a line of the transcript.
pub fn restored(by: &Author) -> String {
    [actor(by), " put this conversation back on their Home"].concat()
}

/// A change of the owner, as a line of the transcript.
pub fn assigned(by: &Author, to: Option<&Member>) -> String {
    match to {
        None => [actor(by), " unclaimed this conversation"].concat(),
        Some(to) if by.member().is_some_and(|by| by.id == to.id) => {
            [&to.name, " claimed this conversation"].concat()
        }
        Some(to) => [actor(by), " assigned this conversation to ", &to.name].concat(),
    }
}

/// A message that the server can't read, as a line of the transcript.
pub const UNREADABLE: &str = "This message can’t be displayed.";

/// An event that this version does not know, as a line of the transcript.
pub const UNKNOWN: &str = "This entry needs a newer version of the inbox. Reload the page.";

/// Why the field was removed while the agent was writing in it. `conversation` is `None` if it no longer
/// exists.
pub fn taken(conversation: Option<&Conversation>, me: &Member, has_draft: bool) -> String {
    let what = match conversation.map(|it| (&it.status, &it.assignee)) {
        None => "This conversation no longer exists.".to_owned(),
        Some((Status::Closed { by, .. }, _)) => match by {
            Author::Visitor => "The visitor closed this conversation.".to_owned(),
            Author::Timer => "This conversation was closed automatically.".to_owned(),
            Author::Agent(member) if member.id == me.id => {
                "You closed this conversation.".to_owned()
            }
            Author::Agent(member) | Author::Bot(member) => {
                [&member.name, " closed this conversation."].concat()
            }
            _ => "This conversation was closed.".to_owned(),
        },
        Some((_, Some(owner))) if owner.id != me.id => [&owner.name, " took over."].concat(),
        Some((_, Some(_))) => "This conversation is being reloaded.".to_owned(),
        Some((_, None)) => "This conversation is no longer yours.".to_owned(),
    };
    if has_draft { [&what, " Your draft is kept."].concat() } else { what }
}

#[cfg(test)]
mod tests {
    use super::*;
    use porchlight_protocol::conversation::Kind;
    use porchlight_protocol::{ConversationId, MemberId, VisitorId};

    fn member(n: u8, name: &str) -> Member {
        Member { id: MemberId::from_bytes([n; 16]), name: name.to_owned() }
    }

    #[test]
    fn who_closed_it_is_told_to_who_looks() {
        let (me, ben) = (member(1, "Ada"), member(2, "Ben"));
        let by = |author| closed_by(&author, &me);
        assert_eq!(by(Author::Visitor), "Closed by the visitor");
        assert_eq!(by(Author::Timer), "Closed automatically");
        assert_eq!(by(Author::Agent(me.clone())), "Closed by you");
        assert_eq!(by(Author::Agent(ben)), "Closed by Ben");
        assert_eq!(by(Author::Bot(member(3, "Lumi"))), "Closed by Lumi");
    }

    #[test]
    fn who_took_the_field_away_is_told() {
        let (me, ben) = (member(1, "Ada"), member(2, "Ben"));
        let id = ConversationId::from_bytes([1; 16]);
        let mut it = Conversation::new(id, Kind::Live, VisitorId::from_bytes([2; 16]), 0);
        let says = |it: &Conversation, has_draft| taken(Some(it), &me, has_draft);

        assert_eq!(says(&it, true), "This conversation is no longer yours. Your draft is kept.");
        it.assignee = Some(ben.clone());
        assert_eq!(says(&it, true), "Ben took over. Your draft is kept.");
        assert_eq!(says(&it, false), "Ben took over.");
        it.assignee = Some(me.clone());
        assert_eq!(says(&it, false), "This conversation is being reloaded.");
        for (by, words) in [
            (Author::Visitor, "The visitor closed this conversation."),
            (Author::Timer, "This conversation was closed automatically."),
            (Author::Agent(ben), "Ben closed this conversation."),
            (Author::Agent(me.clone()), "You closed this conversation."),
            (Author::Bot(member(3, "Lumi")), "Lumi closed this conversation."),
            (Author::Withheld, "This conversation was closed."),
        ] {
            it.status = Status::Closed { by, at: 0, revision: 1 };
            assert_eq!(says(&it, false), words);
        }
        assert_eq!(
            taken(None, &me, true),
            "This conversation no longer exists. Your draft is kept."
        );
    }
}
