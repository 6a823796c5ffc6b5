//! The texts of events.

use porchlight_protocol::conversation::Status;
use porchlight_protocol::{Author, Conversation, Member};

use crate::words::{Pattern, Word, fill, say};

fn actor(author: &Author) -> String {
    match author {
        Author::Visitor => say(Word::HistoryVisitor),
        Author::Timer => say(Word::HistoryTimer),
        Author::Withheld | Author::Other => say(Word::HistorySomebody),
        Author::Agent(member) | Author::Bot(member) => member.name.clone(),
    }
}

/// A sentence about what somebody did.
fn did(what: Pattern, by: &Author) -> String {
    fill(what, &[&actor(by)])
}

/// The closer of a conversation, from the point of view of `me`: `Closed by the visitor`.
pub fn closed_by(by: &Author, me: &Member) -> String {
    say(match by {
        Author::Visitor => Word::HistoryClosedByVisitor,
        Author::Timer => Word::HistoryClosedAutomatically,
        Author::Withheld | Author::Other => Word::HistoryClosed,
        Author::Agent(member) if member.id == me.id => Word::HistoryClosedByYou,
        Author::Agent(member) | Author::Bot(member) => {
            return fill(Pattern::HistoryClosedBy, &[&member.name]);
        }
    })
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
        Author::Visitor => say(Word::HistoryClosedByVisitor),
        Author::Timer => say(Word::HistoryClosedAutomatically),
        _ => did(Pattern::HistoryCloses, by),
    }
}

/// A re-opening, as a line of the transcript.
pub fn reopened(by: &Author) -> String {
    match by {
        Author::Visitor => say(Word::HistoryReopenedByVisitor),
        _ => did(Pattern::HistoryReopens, by),
    }
}

/// *Keep it open*, as a line of the transcript.
pub fn kept_open(by: &Author) -> String {
    did(Pattern::HistoryKeptOpen, by)
}

/// The removal from the visitor's Home, as a line of the transcript.
pub fn dismissed(by: &Author) -> String {
    did(Pattern::HistoryDismissed, by)
}

/// The undo of that removal, as a line of the transcript.
pub fn restored(by: &Author) -> String {
    did(Pattern::HistoryRestored, by)
}

/// A change of the owner, as a line of the transcript.
pub fn assigned(by: &Author, to: Option<&Member>) -> String {
    match to {
        None if matches!(by, Author::Bot(_)) => did(Pattern::HistoryHandedOver, by),
        None => did(Pattern::HistoryUnclaimed, by),
        Some(to) if by.member().is_some_and(|by| by.id == to.id) => {
            fill(Pattern::HistoryClaimed, &[&to.name])
        }
        Some(to) => fill(Pattern::HistoryAssigned, &[&actor(by), &to.name]),
    }
}

/// A hand-back to the bot of the conversation, as a line of the transcript.
pub fn handed_back(by: &Author, bot: Option<&Member>) -> String {
    match bot {
        Some(bot) => fill(Pattern::HistoryHandedBack, &[&actor(by), &bot.name]),
        None => did(Pattern::HistoryUnclaimed, by),
    }
}

/// Why the field was removed while the agent was writing in it. `conversation` is `None` if it no longer
/// exists.
pub fn taken(conversation: Option<&Conversation>, me: &Member, has_draft: bool) -> String {
    let what = match conversation.map(|it| (&it.status, &it.assignee)) {
        None => say(Word::TakenGone),
        Some((Status::Closed { by, .. }, _)) => match by {
            Author::Visitor => say(Word::TakenByVisitor),
            Author::Timer => say(Word::TakenAutomatically),
            Author::Agent(member) if member.id == me.id => say(Word::TakenByYou),
            Author::Agent(member) | Author::Bot(member) => fill(Pattern::TakenBy, &[&member.name]),
            _ => say(Word::TakenClosed),
        },
        Some((_, Some(owner))) if owner.id != me.id => fill(Pattern::TakenOver, &[&owner.name]),
        Some((_, Some(_))) => say(Word::TakenReloading),
        Some((_, None)) => say(Word::TakenNotYours),
    };
    if has_draft { fill(Pattern::TakenDraftKept, &[&what]) } else { what }
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
    fn to_whom_it_was_handed_back_is_told() {
        let by = Author::Agent(member(1, "Ada"));
        assert_eq!(handed_back(&by, Some(&member(3, "Lumen"))), "Ada handed back to Lumen");
        assert_eq!(handed_back(&by, None), "Ada unclaimed this conversation");
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
