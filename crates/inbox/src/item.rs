//! A line of the list: what is shown of a conversation.

use porchlight_protocol::conversation::Kind;
use porchlight_protocol::{Author, Conversation, Member, Millis};

use crate::text;

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
    /// The mark of a closed one.
    pub closed: Option<&'static str>,
    /// Who looks after it.
    pub owner: Owner,
}

impl ItemView {
    /// What the list shows of a conversation.
    pub fn of(conversation: &Conversation, me: &Member) -> ItemView {
        let last = conversation.last.as_ref();
        let by = last.and_then(|last| match &last.author {
            Author::Agent(author) if author.id == me.id => Some("You".to_owned()),
            Author::Agent(author) | Author::Bot(author) => Some(author.name.clone()),
            Author::Visitor | Author::Timer => None,
        });
        ItemView {
            name: text::visitor(&conversation.visitor),
            initials: text::visitor_initials(&conversation.visitor),
            tone: text::tone(&conversation.visitor),
            bot: matches!(conversation.kind, Kind::Bot(_)),
            at: conversation.active_at,
            by,
            preview: last.map(|last| last.text.clone()).unwrap_or_default(),
            // Who closed it has seen it: a badge would call for what is done.
            unread: match conversation.is_closed() {
                true => 0,
                false => conversation.team_read.unread.len(),
            },
            closed: text::closed_mark(&conversation.status),
            owner: Owner::of(conversation, me),
        }
    }
}
