//! What the visitor's Home shows.

use std::cmp::Reverse;

use porchlight_protocol::closing::{self, VisitorView, visitor_view};
use porchlight_protocol::conversation::{Kind, preview};
use porchlight_protocol::{Author, ConversationId, Member, Millis, Revision};

use crate::machine::Machine;
use crate::outbox::{Delivery, Place};
use crate::timeline::RowKey;

/// A line of the conversation history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeRow {
    /// What it opens.
    pub place: Place,
    /// A bot answers: it is a bot's conversation, and nobody has taken it over.
    pub bot: bool,
    /// Who it is with: the bot, or the agent who owns it; `None` for the site's team as a whole.
    pub with: Option<Member>,
    /// The last message, as one line.
    pub preview: String,
    /// The last message is the visitor's own.
    pub own: bool,
    /// How far the last message is.
    pub delivery: Delivery,
    /// When it came. Not when the conversation was last active: Home does not tell of re-openings.
    pub at: Millis,
    /// Messages that the visitor has not read.
    pub unread: usize,
    /// The site wants it marked *Closed*.
    pub marked_closed: bool,
    /// The visitor may close it: the server has it.
    pub can_close: bool,
}

impl Machine {
    /// What closing lets this visitor see of a conversation, with what they did themselves as if it
    /// had arrived. A new one is like any open one.
    pub fn visitor_view(&self, place: &Place) -> VisitorView {
        let conversation = match self.resolve(place.clone()) {
            Place::At(id) => self.conversation(&id),
            Place::New(_) => None,
        };
        conversation.map_or(VisitorView::OPEN, |conversation| {
            visitor_view(&self.foreseen(conversation), self.policy(), self.booted_at())
        })
    }

    /// What the notice of this conversation says to somebody who reads `language` (a BCP 47 tag), on
    /// the site of this name; `None` if none is shown.
    pub fn notice(&self, place: &Place, language: &str, site: &str) -> Option<String> {
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
        // By the store's count, not by anybody's clock; what is not in the store yet is the newest.
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

    /// Unread messages in everything that Home lists.
    pub fn unread(&self) -> usize {
        self.conversations()
            .filter(|conversation| self.is_listed(&conversation.id))
            .map(|conversation| conversation.visitor_read.unread.len())
            .sum()
    }

    /// The row of the first message of this place that the visitor has not read.
    pub fn first_unread(&self, place: &Place) -> Option<RowKey> {
        let Place::At(id) = self.resolve(place.clone()) else { return None };
        let unread = &self.conversation(&id)?.visitor_read.unread;
        unread.first().map(|seq| RowKey::of_seq(*seq))
    }

    /// The visitor has a conversation that goes on, or something to read: worth a connection without a
    /// click.
    pub fn is_active(&self) -> bool {
        self.conversations().any(|conversation| !conversation.is_closed())
            || !self.unnamed().is_empty()
            || self.unread() > 0
    }
}
