//! The rows of a thread: the loaded log, then the outbox. A visitor's rows are messages, and events that can't be shown;
//! closings have no row, because only the notice may tell a visitor of them.

use std::ops::Range;

use porchlight_protocol::{ClientId, Event, EventBody, Seq};

use super::{Machine, Me};
use crate::outbox::{Delivery, Entry, Place, State};
use crate::timeline::{Content, Row, RowKey};

/// The keys of the rows of a thread.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowKeys {
    /// All of them, in the order of the thread.
    pub all: Vec<RowKey>,
    /// The newest message of the person at this client that is in the log.
    pub last_sent: Option<RowKey>,
    /// True if it is a visitor's, the team has read it, and the site lets visitors know.
    pub last_seen: bool,
    /// True if the last row is theirs.
    pub ends_with_mine: bool,
}

/// What a row is made of.
enum Source<'a> {
    Log(RowKey, &'a Event),
    Outbox(&'a Entry),
}

impl Machine {
    /// All rows of a thread.
    pub fn rows(&self, place: &Place) -> Vec<Row> {
        self.rows_in(place, 0..usize::MAX)
    }

    /// Some of the rows of a thread, by their places in [`Machine::row_keys`].
    pub fn rows_in(&self, place: &Place, range: Range<usize>) -> Vec<Row> {
        let (mut rows, mut at) = (Vec::new(), 0);
        let asked = match self.resolve(place.clone()) {
            Place::At(id) => self.asked(&id),
            Place::New(_) => None,
        };
        self.each_row(place, &mut |source| {
            if range.contains(&at) {
                rows.push(source.row(&self.me, asked));
            }
            at += 1;
        });
        rows
    }

    /// The keys of all rows of a thread: much less than the rows, where there are thousands.
    pub fn row_keys(&self, place: &Place) -> RowKeys {
        let mut keys = RowKeys::default();
        let read = self.read_by_team(place);
        self.each_row(place, &mut |source| {
            let key = source.key();
            keys.all.push(key);
            keys.ends_with_mine = source.is_of(&self.me);
            if let Some(seq) = source.sent_as().filter(|_| keys.ends_with_mine) {
                keys.last_sent = Some(key);
                keys.last_seen = seq <= read;
            }
        });
        keys
    }

    /// How far the team has read in a thread, for a visitor who may know.
    fn read_by_team(&self, place: &Place) -> Seq {
        let Place::At(id) = self.resolve(place.clone()) else { return 0 };
        let known = self.conversation(&id).filter(|_| self.policy.read_receipts);
        known.filter(|_| self.me == Me::Visitor).map_or(0, |known| known.team_read.up_to)
    }

    /// Calls `take` for each row of a thread, in its order. (Chained iterators weigh a kilobyte in the wasm.)
    fn each_row(&self, place: &Place, take: &mut dyn FnMut(Source<'_>)) {
        let place = self.resolve(place.clone());
        let thread = match &place {
            Place::At(id) => self.threads.get(id),
            Place::New(_) => None,
        };
        if let Some(timeline) = thread.and_then(|thread| thread.timeline.as_ref()) {
            for (key, event) in timeline.events() {
                let has_row = match &event.body {
                    EventBody::Message { .. } | EventBody::Unreadable | EventBody::Other => true,
                    EventBody::Withheld => false,
                    _ => self.me != Me::Visitor,
                };
                if has_row {
                    take(Source::Log(key, event));
                }
            }
        }
        for entry in self.outgoing(&place) {
            if !entry.outgoing.text.is_empty() {
                take(Source::Outbox(entry));
            }
        }
    }
}

impl Source<'_> {
    fn key(&self) -> RowKey {
        match self {
            Source::Log(key, _) => *key,
            Source::Outbox(entry) => entry.key,
        }
    }

    fn is_of(&self, me: &Me) -> bool {
        match self {
            Source::Log(_, event) => me.wrote(&event.author),
            Source::Outbox(_) => true,
        }
    }

    /// The event of a message that is in the log.
    fn sent_as(&self) -> Option<Seq> {
        match self {
            Source::Log(_, event) => match event.body {
                EventBody::Message { .. } => Some(event.seq),
                _ => None,
            },
            Source::Outbox(entry) => match entry.state {
                State::Appended(seq) if !entry.outgoing.note => Some(seq),
                _ => None,
            },
        }
    }

    fn row(&self, me: &Me, asked: Option<Seq>) -> Row {
        match self {
            Source::Log(key, event) => Row {
                key: *key,
                author: event.author.clone(),
                mine: me.wrote(&event.author),
                at: event.at,
                content: content(event),
                choices: match &event.body {
                    EventBody::Message { choices, .. } if asked == Some(event.seq) => {
                        choices.clone()
                    }
                    _ => Vec::new(),
                },
            },
            Source::Outbox(entry) => Row {
                key: entry.key,
                author: me.author(),
                mine: true,
                at: entry.outgoing.written_at,
                content: said(
                    entry.outgoing.note,
                    &entry.outgoing.text,
                    entry.delivery(),
                    Some(entry.outgoing.client_id.clone()),
                ),
                choices: Vec::new(),
            },
        }
    }
}

fn content(event: &Event) -> Content {
    match &event.body {
        EventBody::Message { text, .. } => said(false, text, Delivery::Sent, None),
        EventBody::Note { text } => said(true, text, Delivery::Sent, None),
        EventBody::Closed => Content::Closed,
        EventBody::Reopened => Content::Reopened,
        EventBody::KeptOpen => Content::KeptOpen,
        EventBody::Dismissed => Content::Dismissed,
        EventBody::Restored => Content::Restored,
        body if body.is_hand_back() => Content::HandedBack,
        EventBody::Assigned { to, .. } => Content::Assigned(to.clone()),
        EventBody::Unreadable => Content::Unreadable,
        body if body.is_erasure() => Content::Erased,
        // `Other` and `Withheld`; others there are only where `is_erasure` knows them.
        _ => Content::Other,
    }
}

fn said(note: bool, text: &str, delivery: Delivery, client_id: Option<ClientId>) -> Content {
    let text = text.to_owned();
    if note {
        Content::Note { text, delivery, client_id }
    } else {
        Content::Message { text, delivery, client_id }
    }
}
