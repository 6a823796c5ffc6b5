//! The rows of the visitor's Home.

use std::cmp::Reverse;

use porchlight_protocol::closing::{self, VisitorView, visitor_view};
use porchlight_protocol::conversation::{Kind, preview};
use porchlight_protocol::notice::Shown;
use porchlight_protocol::{Author, ConversationId, Member, Millis, Revision};

use crate::machine::Machine;
use crate::outbox::{Delivery, Place};
use crate::timeline::RowKey;

/// A row of the conversation history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeRow {
    /// The thread that it opens.
    pub place: Place,
    /// True if a bot answers: the conversation is with a bot, and no agent owns it.
    pub bot: bool,
    /// The agent who owns the conversation, or else its bot; `None` for the team as a whole.
    pub with: Option<Member>,
    /// The last message, as one line.
    pub preview: String,
    /// True if the last message is the visitor's own.
    pub own: bool,
    /// The delivery state of the last message.
    pub delivery: Delivery,
    /// The time of the last message. Not `active_at`, which would reveal re-openings.
    pub at: Millis,
    /// The number of messages that the visitor has not read.
    pub unread: usize,
    /// True if the row is marked *Closed*.
    pub marked_closed: bool,
    /// True if the visitor may close the conversation: not before the server has it.
    pub can_close: bool,
}

impl Machine {
    /// What the closing policy lets this visitor see of a conversation, with their acts in flight applied.
    /// A new conversation looks like any open one with the team.
    pub fn visitor_view(&self, place: &Place) -> VisitorView {
        let conversation = match self.resolve(place.clone()) {
            Place::At(id) => self.conversation(&id),
            Place::New(_) => None,
        };
        match conversation {
            Some(conversation) => {
                visitor_view(&self.foreseen(conversation), self.policy(), self.booted_at())
            }
            None => VisitorView { field: !self.policy().live_chat_off, ..VisitorView::OPEN },
        }
    }

    /// The closed notice of this conversation in the language nearest to `language` (a BCP 47 tag), with the
    /// variables filled in; `None` if it is not shown. `site` is the site's name.
    pub fn notice(&self, place: &Place, language: &str, site: &str) -> Option<Shown> {
        let Place::At(id) = self.resolve(place.clone()) else { return None };
        let conversation = self.foreseen(self.conversation(&id)?);
        closing::notice(&conversation, self.policy(), language, site)
    }

    fn is_listed(&self, id: &ConversationId) -> bool {
        self.visitor_view(&Place::At(id.clone())).listed
    }

    /// The conversation history, newest activity first.
    pub fn home(&self) -> Vec<HomeRow> {
        let mut rows: Vec<HomeRow> = self
            .conversations()
            .filter(|conversation| self.is_listed(&conversation.id))
            .map(|conversation| {
                let last = conversation.last.as_ref();
                let bot = match &conversation.kind {
                    Kind::Bot(bot) => Some(bot),
                    Kind::Live | Kind::Other => None,
                };
                let place = Place::At(conversation.id.clone());
                HomeRow {
                    bot: bot.is_some() && conversation.assignee.is_none(),
                    with: conversation.assignee.as_ref().or(bot).cloned(),
                    preview: last.map(|last| last.text.clone()).unwrap_or_default(),
                    own: last.is_some_and(|last| last.author == Author::Visitor),
                    delivery: Delivery::Sent,
                    at: last.map_or(conversation.started_at, |last| last.at),
                    unread: conversation.visitor_read.unread.len(),
                    marked_closed: self.visitor_view(&place).marked_closed,
                    can_close: true,
                    place,
                }
            })
            .collect();
        rows.extend(self.unnamed().into_iter().map(|client_id| HomeRow {
            place: Place::New(client_id.clone()),
            bot: false,
            with: None,
            preview: String::new(),
            own: true,
            delivery: Delivery::Sending,
            at: 0,
            unread: 0,
            marked_closed: false,
            can_close: false,
        }));
        for row in &mut rows {
            if let Some(entry) = self.outgoing(&row.place).last() {
                row.preview = preview(&entry.outgoing.text);
                row.own = true;
                row.delivery = entry.delivery();
                row.at = row.at.max(entry.outgoing.written_at);
            }
        }
        // By revision, not by time. A conversation with unsent messages comes first.
        let activity = |place: &Place| match place {
            Place::At(id) if self.outgoing(place).next().is_none() => {
                self.conversation(id).map(|conversation| conversation.active_revision)
            }
            _ => Some(Revision::MAX),
        };
        rows.sort_by_cached_key(|row| {
            (Reverse(activity(&row.place)), Reverse(row.at), row.place.clone())
        });
        rows
    }

    /// The number of unread messages in all conversations on Home.
    pub fn unread(&self) -> usize {
        self.conversations()
            .filter(|conversation| self.is_listed(&conversation.id))
            .map(|conversation| conversation.visitor_read.unread.len())
            .sum()
    }

    /// The row of the first unread message in a thread.
    pub fn first_unread(&self, place: &Place) -> Option<RowKey> {
        let Place::At(id) = self.resolve(place.clone()) else { return None };
        let unread = &self.conversation(&id)?.visitor_read.unread;
        unread.first().map(|seq| RowKey::of_seq(*seq))
    }

    /// True if the visitor has an open conversation or unread messages, so that the widget should connect
    /// before the first click.
    pub fn is_active(&self) -> bool {
        self.conversations().any(|conversation| !conversation.is_closed())
            || !self.unnamed().is_empty()
            || self.unread() > 0
    }
}
