//! What clients were shown: only what they may see and what is in the log, never less than somebody knew when they
//! asked, and on a socket every event that they may see, in the order of revisions.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::Excluded;

use porchlight_protocol::conversation::Side;
use porchlight_protocol::limits::{PAGE_CONVERSATIONS_MAX, PAGE_EVENTS_MAX};
use porchlight_protocol::wire::{Boot, Page, ServerFrame, Welcome};
use porchlight_protocol::{Conversation, ConversationId, Epoch, Event, EventBody, Revision, Seq};

use super::index::{self, Index};
use super::states::differs;
use super::{Fault, Place, Report};
use crate::history::{At, ClientNumber, Outcome, Sight, Who};

pub(super) fn check(index: &Index<'_>, report: &mut Report) {
    let facts = Facts::new(index);
    let mut epoch = None;
    for client in 0..index.history.clients.len() {
        let mut reader = Reader { index, facts: &facts, client, socket: None, report };
        for seen in index.history.seen.iter().filter(|seen| seen.client == client) {
            reader.sees(&seen.what, &mut epoch);
        }
    }
    facts.hold_in_the_end(index, report);
}

/// What somebody knew, and since when: numbers that only grow.
pub(super) struct Known<K>(BTreeMap<K, Vec<(At, u64)>>);

impl<K: Ord> Known<K> {
    fn learn(&mut self, about: K, at: At, number: u64) {
        self.0.entry(about).or_default().push((at, number));
    }

    /// Sorts by time, and keeps for each moment the greatest number so far.
    fn settle(&mut self) {
        for facts in self.0.values_mut() {
            facts.sort();
            let mut greatest = 0;
            for (_, number) in facts {
                greatest = greatest.max(*number);
                *number = greatest;
            }
        }
    }

    /// The greatest number that was known before a moment.
    pub(super) fn before(&self, about: &K, at: At) -> u64 {
        let Some(facts) = self.0.get(about) else { return 0 };
        let earlier = facts.partition_point(|(since, _)| *since < at);
        earlier.checked_sub(1).and_then(|last| facts.get(last)).map_or(0, |(_, number)| *number)
    }
}

/// The visitor's side is `false`, because sides have no order.
type Reading<'a> = (&'a ConversationId, bool);

fn reading(id: &ConversationId, side: Side) -> Reading<'_> {
    (id, side == Side::Team)
}

/// What was known of heads, revisions and read marks.
pub(super) struct Facts<'a> {
    pub(super) heads: Known<&'a ConversationId>,
    revisions: Known<()>,
    marks: Known<Reading<'a>>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(index: &Index<'a>) -> Self {
        let (heads, marks) = (Known(BTreeMap::new()), Known(BTreeMap::new()));
        let mut facts = Facts { heads, revisions: Known(BTreeMap::new()), marks };
        for act in &index.history.acts {
            for it in &act.tries {
                let Outcome::Acknowledged(answer) = &it.outcome else { continue };
                for event in &answer.events {
                    facts.event(&answer.conversation, it.ended, event);
                }
            }
        }
        for mark in &index.history.marks {
            let Some(side) = index.who(mark.client).map(Who::side) else { continue };
            for it in &mark.tries {
                if it.outcome == Outcome::Acknowledged(()) {
                    let about = reading(&mark.what.conversation, side);
                    facts.marks.learn(about, it.ended, mark.what.up_to);
                }
            }
        }
        for seen in &index.history.seen {
            match &seen.what {
                Sight::Frame(ServerFrame::Event { conversation, event }) => {
                    facts.event(conversation, seen.at, event);
                }
                Sight::Frame(ServerFrame::Welcome(welcome)) => {
                    facts.revisions.learn((), seen.at, welcome.revision);
                    for conversation in &welcome.conversations {
                        facts.state(conversation, seen.at);
                    }
                }
                Sight::Frame(ServerFrame::Read { conversation, side, up_to, .. }) => {
                    facts.marks.learn(reading(conversation, *side), seen.at, *up_to);
                }
                Sight::Page { conversation, page, .. } => {
                    facts.heads.learn(conversation, seen.at, page.head);
                    for event in &page.events {
                        facts.event(conversation, seen.at, event);
                    }
                }
                Sight::State { conversation, .. } => facts.state(conversation, seen.at),
                Sight::Frame(_) | Sight::Opened { .. } | Sight::Closed => {}
            }
        }
        facts.heads.settle();
        facts.revisions.settle();
        facts.marks.settle();
        facts
    }

    fn event(&mut self, id: &'a ConversationId, at: At, event: &Event) {
        self.heads.learn(id, at, event.seq);
        self.revisions.learn((), at, event.revision);
    }

    fn state(&mut self, told: &'a Conversation, at: At) {
        self.heads.learn(&told.id, at, told.head);
        self.revisions.learn((), at, told.revision);
        for side in [Side::Visitor, Side::Team] {
            self.marks.learn(reading(&told.id, side), at, told.read(side).up_to);
        }
    }

    /// A mark that somebody was told of is still there in the end.
    fn hold_in_the_end(&self, index: &Index<'_>, report: &mut Report) {
        for (id, log) in &index.end.logs {
            for side in [Side::Visitor, Side::Team] {
                let told = self.marks.before(&reading(id, side), At::MAX);
                let last = log.state.read(side).up_to;
                if last < told {
                    let what = format!("{side:?} had read up to {told}; in the end it is {last}");
                    report.add(Fault::ReadMarkWentBack, Place::event(id, told), what);
                }
            }
        }
    }
}

/// A socket that is open.
struct Socket<'a> {
    asked: At,
    booted: &'a Option<Boot>,
    /// The revisions from which on, and up to which, events have been told in order.
    told: Option<Revision>,
    /// The revisions of events that the client has by this socket or by pages since it was opened.
    has: BTreeSet<Revision>,
    /// A skipped revision was reported already.
    skipped: bool,
}

/// A client, while its history is read.
struct Reader<'r, 'a> {
    index: &'r Index<'a>,
    facts: &'r Facts<'a>,
    client: ClientNumber,
    socket: Option<Socket<'a>>,
    report: &'r mut Report,
}

impl<'a> Reader<'_, 'a> {
    fn add(&mut self, fault: Fault, id: &ConversationId, seq: Seq, what: String) {
        self.report.add(fault, Place::event(id, seq).by(self.client), what);
    }

    fn sees(&mut self, what: &'a Sight, epoch: &mut Option<&'a Epoch>) {
        match what {
            Sight::Opened { asked, booted, .. } => {
                let (told, has) = (None, BTreeSet::new());
                self.socket = Some(Socket { asked: *asked, booted, told, has, skipped: false });
            }
            Sight::Closed => self.socket = None,
            Sight::Frame(ServerFrame::Welcome(welcome)) => self.welcome(welcome, epoch),
            Sight::Frame(ServerFrame::Event { conversation, event }) => {
                self.pushed(conversation, event);
            }
            Sight::Frame(ServerFrame::Read { conversation, side, up_to, .. }) => {
                if !self.index.may_see(self.client, conversation) {
                    self.add(Fault::Leaked, conversation, *up_to, "a read mark".to_owned());
                }
                let last = self.index.log(conversation).map(|log| log.state.read(*side).up_to);
                if last.is_none_or(|last| last < *up_to) {
                    let what = format!("{side:?} is told to have read {up_to}, but not {last:?}");
                    self.add(Fault::ReadMarkInvented, conversation, *up_to, what);
                }
            }
            Sight::Frame(ServerFrame::Typing { conversation, by }) => {
                let is_own = self.index.who(self.client).is_some_and(|who| match who {
                    Who::Visitor(_) => *by == who.author(),
                    Who::Agent(_) => false,
                });
                if is_own || !self.index.may_see(self.client, conversation) {
                    self.add(Fault::Leaked, conversation, 0, format!("{by:?} types"));
                }
            }
            Sight::Frame(ServerFrame::Beacon(heads)) => {
                for head in heads {
                    if !self.index.may_see(self.client, &head.conversation) {
                        let what = "a heartbeat names it".to_owned();
                        self.add(Fault::Leaked, &head.conversation, head.head, what);
                    } else if self.index.event(&head.conversation, head.head).is_none() {
                        let what = "a heartbeat tells of this head".to_owned();
                        self.add(Fault::NeverCommitted, &head.conversation, head.head, what);
                    }
                }
            }
            Sight::Frame(_) => {}
            Sight::Page { conversation, after, asked, page } => {
                self.page(conversation, *after, *asked, page);
            }
            Sight::State { asked, conversation } => self.state(conversation, *asked),
        }
    }

    /// True if the event is in the log, and as the client may see it.
    fn is_true(&mut self, id: &ConversationId, event: &Event) -> bool {
        let of_visitor = matches!(self.index.who(self.client), Some(Who::Visitor(_)));
        let is_note = matches!(event.body, EventBody::Note { .. });
        let kept = self.index.event(id, event.seq);
        if (of_visitor && is_note) || (kept.is_some() && !self.index.may_see(self.client, id)) {
            self.add(Fault::Leaked, id, event.seq, format!("{event:?}"));
            return false;
        }
        if kept.map(|kept| self.index.visible(self.client, kept)).as_ref() != Some(event) {
            let what = format!("told {event:?}, the log has {kept:?}");
            self.add(Fault::NeverCommitted, id, event.seq, what);
            return false;
        }
        true
    }

    fn pushed(&mut self, id: &ConversationId, event: &Event) {
        if !self.is_true(id, event) {
            return;
        }
        let (index, client) = (self.index, self.client);
        let Some(socket) = &mut self.socket else { return };
        let Some(told) = socket.told else { return };
        socket.has.insert(event.revision);
        if event.revision <= told {
            return;
        }
        let between = index.by_revision.range((Excluded(told), Excluded(event.revision)));
        let mut missed = between.filter(|(revision, (id, _))| {
            index.may_see(client, id) && !socket.has.contains(revision)
        });
        let missed = missed.next().filter(|_| !socket.skipped);
        socket.told = Some(event.revision);
        if let Some((revision, (of, skipped))) = missed {
            socket.skipped = true;
            let what = format!(
                "revision {} of {id} was told before revision {revision}: {skipped:?}",
                event.revision,
            );
            self.add(Fault::SkippedRevision, of, skipped.seq, what);
        }
    }

    fn welcome(&mut self, welcome: &'a Welcome, epoch: &mut Option<&'a Epoch>) {
        let place = Place::default().by(self.client);
        let first = *epoch.get_or_insert(&welcome.booted.epoch);
        if welcome.booted.epoch != *first {
            let what = format!("{first} became {}", welcome.booted.epoch);
            self.report.add(Fault::NewEpoch, place, what);
        }
        let Some(socket) = &mut self.socket else { return };
        socket.told = Some(welcome.revision);
        let asked = socket.asked;
        let before = socket.booted.as_ref().filter(|boot| boot.epoch == welcome.booted.epoch);
        if before.is_some_and(|boot| *boot != welcome.booted) {
            let what = format!("{before:?} reconnects and is {:?}", welcome.booted);
            self.report.add(Fault::NewEpoch, place, what);
        }
        let known = self.facts.revisions.before(&(), asked);
        if welcome.revision < known {
            let what = format!("a welcome at revision {}, and {known} was known", welcome.revision);
            self.report.add(Fault::StaleRead, place, what);
        }
        for conversation in &welcome.conversations {
            self.state(conversation, asked);
            let Some(log) = self.index.log(&conversation.id) else { continue };
            let covered = log.events.iter().rfind(|event| event.revision <= welcome.revision);
            let covered = covered.map_or(0, |event| event.seq);
            if covered != conversation.head {
                let what = format!(
                    "a welcome at revision {} has it at {}, and it was at {covered}",
                    welcome.revision, conversation.head,
                );
                self.add(Fault::StaleRead, &conversation.id, conversation.head, what);
            }
        }
        if welcome.conversations.len() < PAGE_CONVERSATIONS_MAX {
            self.lists_what_is_open(welcome);
        }
    }

    fn lists_what_is_open(&mut self, welcome: &Welcome) {
        let listed: BTreeSet<_> = welcome.conversations.iter().map(|it| &it.id).collect();
        for (id, log) in &self.index.end.logs {
            let covered = log.events.iter().rfind(|event| event.revision <= welcome.revision);
            let Some(covered) = covered else { continue };
            let was = index::fold(log, covered.seq, &log.state);
            let is_missing = !was.is_closed() && !listed.contains(id);
            if is_missing && self.index.may_see(self.client, id) {
                let what = format!("open, and not in a welcome at revision {}", welcome.revision);
                self.add(Fault::StaleRead, id, covered.seq, what);
            }
        }
    }

    fn page(&mut self, id: &'a ConversationId, after: Seq, asked: At, page: &Page) {
        let known = self.facts.heads.before(&id, asked);
        if page.head < known {
            let what = format!("a page has the head {}, and {known} was known", page.head);
            self.add(Fault::StaleRead, id, page.head, what);
        }
        for (event, seq) in page.events.iter().zip(after + 1..) {
            if event.seq != seq {
                let what = format!("a page after {after} has it in the place of {seq}");
                self.add(Fault::Hole, id, event.seq, what);
                return;
            }
            if !self.is_true(id, event) {
                return;
            }
            if let Some(socket) = &mut self.socket {
                socket.has.insert(event.revision);
            }
        }
        let last = after.saturating_add(page.events.len() as Seq);
        if page.events.len() < PAGE_EVENTS_MAX && last < page.head {
            let what = format!("a page after {after} ends before the head {}", page.head);
            self.add(Fault::Hole, id, last, what);
        }
    }

    fn state(&mut self, told: &'a Conversation, asked: At) {
        let id = &told.id;
        let Some(log) = self.index.log(id) else {
            return self.add(Fault::NeverCommitted, id, told.head, "no such one".to_owned());
        };
        if !self.index.may_see(self.client, id) {
            return self.add(Fault::Leaked, id, told.head, "its state".to_owned());
        }
        if let Some(why) = differs(log, told) {
            self.add(Fault::NotTheFold, id, told.head, why);
        }
        let known = self.facts.heads.before(&id, asked);
        if told.head < known {
            let what = format!("its state has the head {}, and {known} was known", told.head);
            self.add(Fault::StaleRead, id, told.head, what);
        }
        for side in [Side::Visitor, Side::Team] {
            let known = self.facts.marks.before(&reading(id, side), asked);
            let mark = told.read(side).up_to;
            if mark < known {
                let what = format!("{side:?} has read {mark}, and {known} was known");
                self.add(Fault::ReadMarkWentBack, id, mark, what);
            }
        }
    }
}
