//! What has happened in a conversation, in words.

use porchlight_protocol::{Author, Member};

/// The mark of what a visitor has opened again.
pub const REOPENED: &str = "Re-opened by the visitor";

/// What is said of a conversation that the visitor took off their Home.
pub const DISMISSED: &str = "The visitor removed it from their Home.";

fn actor(author: &Author) -> &str {
    match author {
        Author::Visitor => "The visitor",
        Author::Timer => "The timer",
        Author::Withheld | Author::Other => "Somebody",
        Author::Agent(member) | Author::Bot(member) => &member.name,
    }
}

/// Who closed it, seen by the agent who looks: `Closed by the visitor`.
pub fn closed_by(by: &Author, me: &Member) -> String {
    match by {
        Author::Visitor => "Closed by the visitor".to_owned(),
        Author::Timer => "Closed automatically".to_owned(),
        Author::Withheld | Author::Other => "Closed".to_owned(),
        Author::Agent(member) if member.id == me.id => "Closed by you".to_owned(),
        Author::Agent(member) | Author::Bot(member) => ["Closed by ", &member.name].concat(),
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

/// The visitor's wish to keep it open, as a line of the transcript.
pub fn kept_open(by: &Author) -> String {
    [actor(by), " kept this conversation open"].concat()
}

/// That it left the visitor's Home, as a line of the transcript.
pub fn dismissed(by: &Author) -> String {
    [actor(by), " removed this conversation from their Home"].concat()
}

/// That it is back there, as a line of the transcript.
pub fn restored(by: &Author) -> String {
    [actor(by), " put this conversation back on their Home"].concat()
}

/// A change of hands, as a line of the transcript.
pub fn assigned(by: &Author, to: Option<&Member>) -> String {
    match to {
        None => [actor(by), " gave this conversation back"].concat(),
        Some(to) if by.member().is_some_and(|by| by.id == to.id) => {
            [&to.name, " claimed this conversation"].concat()
        }
        Some(to) => [actor(by), " assigned this conversation to ", &to.name].concat(),
    }
}

/// What the server can't read any more, as a line of the transcript.
pub const UNREADABLE: &str = "This message could not be read.";

/// What this version can't show, as a line of the transcript.
pub const UNKNOWN: &str = "Something that this version can’t show. Load the page again.";

#[cfg(test)]
mod tests {
    use super::*;
    use porchlight_protocol::MemberId;

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
}
