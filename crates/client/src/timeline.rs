//! The loaded part of a log, and the rows of a thread.

use std::collections::VecDeque;

use porchlight_protocol::conversation::Applied;
use porchlight_protocol::{Author, ClientId, Event, Member, Millis, Seq};

use crate::map::Map;
use crate::outbox::Delivery;

/// The key of a row in a keyed list. A message keeps its key from *sending* to *sent*, so its element, focus
/// and selection stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey(pub u64);

impl RowKey {
    /// The key of a row that came from the log: even, so that it never equals a local one.
    pub(crate) fn of_seq(seq: Seq) -> Self {
        RowKey(seq.wrapping_mul(2))
    }

    /// The key of the n-th row written here: odd.
    pub(crate) fn local(n: u64) -> Self {
        RowKey(n.wrapping_mul(2).wrapping_add(1))
    }
}

/// A row of a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its key.
    pub key: RowKey,
    /// The author of the event or text.
    pub author: Author,
    /// True if the author is the person at this client.
    pub mine: bool,
    /// The time of the event; of a text that is not in the log yet, when it was written.
    pub at: Millis,
    /// Its content.
    pub content: Content,
    /// What this visitor can choose here.
    pub choices: Vec<String>,
}

/// The content of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A message.
    Message {
        /// Its plain text.
        text: String,
        /// Its delivery state; `Sent` for those of other people.
        delivery: Delivery,
        /// For [`Delivery::Waiting`] and `Failed`: the id for Retry and Discard.
        client_id: Option<ClientId>,
    },
    /// The row's author closed the conversation.
    Closed,
    /// The row's author re-opened the conversation.
    Reopened,
    /// The visitor pressed *Keep it open*.
    KeptOpen,
    /// The visitor removed the conversation from their Home.
    Dismissed,
    /// The visitor put the conversation back on their Home.
    Restored,
    /// The row's author made this agent the owner; `None`: the conversation has no owner any more.
    Assigned(Option<Member>),
    /// A note of an agent.
    Note {
        /// Its plain text.
        text: String,
        /// Its delivery state; `Sent` for those of other people.
        delivery: Delivery,
        /// For [`Delivery::Waiting`] and `Failed`: the id for Retry and Discard.
        client_id: Option<ClientId>,
    },
    /// An event that the server can't read any more.
    Unreadable,
    /// An event that this version can't show; a newer one may, after a reload.
    Other,
    /// The row's author, who was the owner, has handed the conversation back to its bot.
    HandedBack,
    /// All texts before it were erased.
    Erased,
}

/// A contiguous part of a log that ends at its newest known event.
#[derive(Debug, Clone)]
pub(crate) struct Timeline {
    /// The first loaded event; if none is loaded, the one after the head.
    first: Seq,
    events: VecDeque<Event>,
    /// The local keys of events that were sent from here.
    keys: Map<Seq, RowKey>,
}

impl Timeline {
    /// An empty timeline after `head`.
    pub fn after(head: Seq) -> Self {
        let first = head.saturating_add(1);
        Timeline { first, events: VecDeque::new(), keys: Map::default() }
    }

    /// The first loaded event; 1 means that nothing older exists.
    pub fn first(&self) -> Seq {
        self.first
    }

    /// The last loaded event; if none is loaded, the event before `first`.
    pub fn applied(&self) -> Seq {
        self.first.saturating_sub(1).saturating_add(self.events.len() as Seq)
    }

    /// Appends the next event; refuses any other.
    pub fn append(&mut self, event: &Event) -> Applied {
        let applied = self.applied();
        if event.seq <= applied {
            return Applied::Duplicate;
        }
        if event.seq - applied > 1 {
            return Applied::Gap;
        }
        self.events.push_back(event.clone());
        Applied::Yes
    }

    /// Prepends older events; ignores those that leave a gap.
    pub fn prepend(&mut self, events: &[Event]) {
        for event in events.iter().rev() {
            if event.seq > 0 && event.seq == self.first.saturating_sub(1) {
                self.first = event.seq;
                self.events.push_front(event.clone());
            }
        }
    }

    /// Removes the texts of all loaded events, as the server has from its log.
    pub fn erase(&mut self) {
        for event in &mut self.events {
            event.body.erase();
        }
    }

    /// The event with this `seq`, if it is loaded.
    pub fn get(&self, seq: Seq) -> Option<&Event> {
        self.events.get(usize::try_from(seq.checked_sub(self.first)?).ok()?)
    }

    /// True if the event with this `seq` is loaded.
    pub fn holds(&self, seq: Seq) -> bool {
        (self.first..=self.applied()).contains(&seq)
    }

    /// Gives the row of this event the key that it had before it was in the log.
    pub fn keep_key(&mut self, seq: Seq, key: RowKey) {
        self.keys.insert(seq, key);
    }

    pub fn events(&self) -> impl Iterator<Item = (RowKey, &Event)> {
        self.events.iter().map(|event| {
            let key = self.keys.get(&event.seq).copied();
            (key.unwrap_or(RowKey::of_seq(event.seq)), event)
        })
    }
}
