//! Left messages: what a visitor writes to the team while nobody is there.
//!
//! Whether somebody is there is decided at the commit ([`is_nobody_there`](crate::hours::is_nobody_there)), and the event says
//! so ([`EventBody::Message`]). So the mark of a conversation ([`Conversation::left`]) is a part of the fold, as everything else
//! of it: each client has it at the same event, a rebuilt state has it, and opening hours that are changed later change no mark.

use crate::conversation::Conversation;
use crate::event::{Author, EventBody};
use crate::hours::Away;

/// What visitors can write to the team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taking {
    /// Live chats.
    Chats,
    /// Messages, while live chat is off: the field is there, and it is a time away whoever is online.
    Messages,
    /// Nothing.
    Nothing,
}

impl Taking {
    /// What a site takes with these two switches of Settings → Live chat.
    pub const fn of(live_chat: bool, messages: bool) -> Taking {
        match (live_chat, messages) {
            (true, _) => Taking::Chats,
            (false, true) => Taking::Messages,
            (false, false) => Taking::Nothing,
        }
    }

    /// True if visitors have no field, and the server refuses what they write to the team.
    pub fn is_nothing(self) -> bool {
        self == Taking::Nothing
    }

    /// The times at which the site is away, if these are the ones by its opening hours.
    pub fn away(self, by_hours: impl FnOnce() -> Vec<Away>) -> Vec<Away> {
        match self {
            Taking::Messages => vec![Away { from: 0, until: None }],
            Taking::Chats | Taking::Nothing => by_hours(),
        }
    }
}

/// True if what this author writes next in the conversation is left for the team, if nobody is there: no bot answers it.
pub fn is_for_team(conversation: &Conversation, author: &Author) -> bool {
    *author == Author::Visitor && !conversation.is_with_bot()
}

/// True if these events are what an act has appended that [`rules::decide`](crate::rules::decide) answers with these bodies: as
/// they are, or marked. Whether somebody was there, nothing says but the mark.
pub fn are_made<'a>(
    conversation: &Conversation,
    author: &Author,
    bodies: Vec<EventBody>,
    made: impl Iterator<Item = &'a EventBody> + Clone,
) -> bool {
    bodies.iter().eq(made.clone())
        || is_for_team(conversation, author) && mark(bodies).iter().eq(made)
}

/// Marks the messages among these bodies as left.
pub fn mark(mut bodies: Vec<EventBody>) -> Vec<EventBody> {
    for body in &mut bodies {
        if let EventBody::Message { left, .. } = body {
            *left = true;
        }
    }
    bodies
}
