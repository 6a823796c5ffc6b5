//! The loaded part of a log, and the rows that a view makes of it.

use std::collections::VecDeque;

use porchlight_protocol::conversation::Applied;
use porchlight_protocol::{Author, ClientId, Event, Member, Millis, Seq};

use crate::map::Map;
use crate::outbox::Delivery;

/// Names a row for as long as it is shown. A message keeps its key from *sending* to *sent*, so the
/// element on the screen, its focus and its selection stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey(pub u64);

impl RowKey {
    /// The key of a row that came from the log: even, so that it never meets a local one.
    pub(crate) fn of_seq(seq: Seq) -> Self {
        RowKey(seq.wrapping_mul(2))
    }

    /// The key of the n-th row written here: odd.
    pub(crate) fn local(n: u64) -> Self {
        RowKey(n.wrapping_mul(2).wrapping_add(1))
    }
}

/// One line of a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its identity.
    pub key: RowKey,
    /// Who did it.
    pub author: Author,
    /// Written by the person at this client.
    pub mine: bool,
    /// When.
    pub at: Millis,
    /// What it shows.
    pub content: Content,
}

/// What a row shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A message.
    Message {
        /// Its plain text.
        text: String,
        /// How far it is; `Sent` for everybody else's.
        delivery: Delivery,
        /// For [`Delivery::Waiting`] and `Failed`: what Retry and Discard name.
        client_id: Option<ClientId>,
    },
    /// The row's author closed the conversation.
    Closed,
    /// The row's author opened it again.
    Reopened,
    /// The visitor wants it to stay open.
    KeptOpen,
    /// The visitor took it off their Home.
    Dismissed,
    /// The visitor put it back on their Home.
    Restored,
    /// The row's author made this agent the owner, or nobody.
    Assigned(Option<Member>),
    /// A note of an agent for the others.
    Note {
        /// Its plain text.
        text: String,
        /// How far it is; `Sent` for everybody else's.
        delivery: Delivery,
        /// For [`Delivery::Waiting`] and `Failed`: what Retry and Discard name.
        client_id: Option<ClientId>,
    },
    /// Something stands here that the server can't read any more.
    Unreadable,
    /// Something that this version can't show: loaded again, the page may.
    Other,
}

/// A contiguous part of a log that ends at its newest known event.
#[derive(Debug, Clone)]
pub(crate) struct Timeline {
    /// The first loaded event, or the one after the last if nothing is loaded.
    first: Seq,
    events: VecDeque<Event>,
    /// Rows that were written here and have kept their local key.
    keys: Map<Seq, RowKey>,
}

impl Timeline {
    /// Nothing loaded yet, standing after `head`.
    pub fn after(head: Seq) -> Self {
        let first = head.saturating_add(1);
        Timeline { first, events: VecDeque::new(), keys: Map::default() }
    }

    /// The first loaded event; 1 means that nothing older exists.
    pub fn first(&self) -> Seq {
        self.first
    }

    /// The last event that it covers.
    pub fn applied(&self) -> Seq {
        self.first.saturating_sub(1).saturating_add(self.events.len() as Seq)
    }

    /// Takes the next event at the end.
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

    /// Takes older events in front; those that don't join on are left.
    pub fn prepend(&mut self, events: &[Event]) {
        for event in events.iter().rev() {
            if event.seq > 0 && event.seq == self.first.saturating_sub(1) {
                self.first = event.seq;
                self.events.push_front(event.clone());
            }
        }
    }

    /// This event, if it is loaded.
    pub fn get(&self, seq: Seq) -> Option<&Event> {
        self.events.get(usize::try_from(seq.checked_sub(self.first)?).ok()?)
    }

    /// True if this event is loaded.
    pub fn holds(&self, seq: Seq) -> bool {
        (self.first..=self.applied()).contains(&seq)
    }

    /// The row of this event keeps the key that it had before it was in the log.
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
