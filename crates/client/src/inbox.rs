//! The lists of the inbox: the conversations of each folder in order, the counts, and the requests for pages.
//!
//! The machine knows conversations; [`Folders`] keeps them sorted and updates only those that have changed,
//! so that thousands cost no more than a few. A welcome has only the latest open ones: the
//! others are loaded page by page, and the counts come from the server. Between two answers, changes shift the
//! counts; where it is uncertain what an event changed, the counts are requested again.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use porchlight_protocol::wire::Listing;
use porchlight_protocol::{
    Conversation, ConversationId, Counts, Epoch, Filter, Member, Revision, Seq, Sort,
};

use crate::effect::Change;
use crate::link::Link;
use crate::machine::Machine;

/// Conversations on a page.
const PAGE: usize = 100;

/// Shifts of the counts that are stored separately until an answer includes them. No answer is older than
/// this many changes.
const SHIFTS_MAX: usize = 256;

/// The folders of one agent's inbox.
#[derive(Debug, Clone)]
pub struct Folders {
    me: Member,
    epoch: Option<Epoch>,
    entries: BTreeMap<ConversationId, Entry>,
    order: [BTreeSet<(Reverse<Revision>, ConversationId)>; LISTS],
    pages: [Page; LISTS],
    /// The counts of the known conversations.
    known: Sum,
    /// The server's counts; absent with a server that does not send any.
    tally: Option<Tally>,
    /// The newest commit that is known.
    newest: Revision,
    /// The number of read marks that have changed a count. They have no revision.
    reads: u64,
    asks: u32,
}

/// A folder in a sort order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List {
    /// The folder.
    pub filter: Filter,
    /// The order. [`Filter::Unassigned`] has [`Sort::Left`] and [`Sort::Waiting`], the others [`Sort::Newest`].
    pub sort: Sort,
}

/// The number of lists.
const LISTS: usize = 6;

impl List {
    /// Every list.
    pub const ALL: [List; LISTS] = [
        List::newest(Filter::Open),
        List { filter: Filter::Unassigned, sort: Sort::Left },
        List::newest(Filter::Mine),
        List::newest(Filter::Closed),
        List::newest(Filter::All),
        List { filter: Filter::Unassigned, sort: Sort::Waiting },
    ];

    const fn newest(filter: Filter) -> List {
        List { filter, sort: Sort::Newest }
    }

    /// The index of the list in [`List::ALL`].
    fn place(self) -> usize {
        match (self.filter, self.sort) {
            (Filter::Open, _) => 0,
            (Filter::Unassigned, Sort::Newest | Sort::Left) => 1,
            (Filter::Mine, _) => 2,
            (Filter::Closed, _) => 3,
            (Filter::All, _) => 4,
            (Filter::Unassigned, Sort::Waiting) => 5,
        }
    }

    /// Converts a commit that the server orders by to a key, and a key back to the commit. Lists are in
    /// descending order of keys, so the conversation that has waited longest has the greatest key.
    fn key(self, revision: Revision) -> Revision {
        match self.sort {
            Sort::Newest | Sort::Left => revision,
            Sort::Waiting => Revision::MAX - revision,
        }
    }
}

impl From<Filter> for List {
    /// The folder in its usual order: with its newest activity first, and what was left before it.
    fn from(filter: Filter) -> List {
        match filter {
            Filter::Unassigned => List { filter, sort: Sort::Left },
            _ => List::newest(filter),
        }
    }
}

/// The part of a conversation that the lists need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    active: Revision,
    waits_from: Revision,
    left_first: Revision,
    revision: Revision,
    head: Seq,
    holds: [bool; Filter::ALL.len()],
    unread: bool,
    /// True if it was in sync with the server at the time of the counts.
    sure: bool,
}

/// The counts: open, unassigned, mine, unread.
type Sum = [i64; 4];

/// The server's counts, and the shifts since.
#[derive(Debug, Clone, Default)]
struct Tally {
    told: Counts,
    shifts: VecDeque<(Revision, Sum)>,
    /// True if a change has had an uncertain effect on the counts.
    doubt: bool,
    /// True while a request for the counts is in flight.
    asking: bool,
}

/// How far a list has been loaded.
#[derive(Debug, Clone, Default)]
struct Page {
    asking: Option<u32>,
    failed: bool,
    /// True if it is loaded from the top down to `next`, without a gap.
    begun: bool,
    next: Option<Revision>,
    /// True if the next page is requested as soon as the list is shown.
    eager: bool,
    /// The depth to which it was loaded before the last welcome, and to which it is loaded again automatically.
    until: Option<Revision>,
}

impl Page {
    /// The depth to which it is shown. Below it, conversations between the known ones may be missing.
    fn floor(&self) -> Revision {
        let listed = self.next.filter(|_| self.begun).unwrap_or_default();
        self.until.map_or(listed, |until| if self.begun { until.min(listed) } else { until })
    }

    fn is_whole(&self) -> bool {
        self.begun && self.next.is_none()
    }
}

/// The loading state of a list, for the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageState {
    /// The next page is being loaded.
    Loading,
    /// The next page could not be loaded.
    Failed,
    /// There are more pages to load.
    More,
    /// All of the list is loaded.
    Whole,
}

/// A request for a page, or for the counts alone. The answer goes to [`Folders::answered`].
#[derive(Debug, Clone)]
pub struct Ask {
    list: List,
    /// The key after which the page begins.
    before: Option<Revision>,
    limit: usize,
    number: u32,
    newest: Revision,
    reads: u64,
}

impl Ask {
    /// The path below `/api/v1/agent`.
    pub fn path(&self) -> String {
        let limit = self.limit.to_string();
        let mut path =
            ["/conversations?filter=", self.list.filter.as_str(), "&limit=", &limit].concat();
        let from = match self.list.sort {
            Sort::Newest => "&before=",
            Sort::Left => {
                path.push_str("&sort=left");
                "&before="
            }
            Sort::Waiting => {
                path.push_str("&sort=waiting");
                "&after="
            }
        };
        if let Some(before) = self.from() {
            path.push_str(from);
            path.push_str(&before.to_string());
        }
        path
    }

    /// The list of the requested page.
    pub fn list(&self) -> List {
        self.list
    }

    /// The commit after which the page begins, in the order of the list.
    pub fn from(&self) -> Option<Revision> {
        self.before.map(|before| self.list.key(before))
    }

    /// The greatest number of conversations on the page.
    pub fn limit(&self) -> usize {
        self.limit
    }
}

/// The changes that the view has to render.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moves {
    /// Conversations that have changed.
    pub lines: Vec<ConversationId>,
    /// Folders whose conversations or order have changed.
    pub folders: Vec<Filter>,
}

impl Folders {
    /// The empty folders of this agent.
    pub fn new(me: Member) -> Self {
        Folders {
            me,
            epoch: None,
            entries: BTreeMap::new(),
            order: Default::default(),
            pages: Default::default(),
            known: Sum::default(),
            tally: None,
            newest: 0,
            reads: 0,
            asks: 0,
        }
    }

    /// The conversations of a list, in the server's order. With the newest activity first, a message or a
    /// re-opening moves a conversation to the top; a claim, a note or a closing does not.
    pub fn list(&self, list: impl Into<List>) -> impl Iterator<Item = &ConversationId> {
        let place = list.into().place();
        let floor = self.pages.get(place).map_or(0, Page::floor);
        let order = self.order.get(place).into_iter().flatten();
        order.take_while(move |(active, _)| active.0 >= floor).map(|(_, id)| id)
    }

    /// The counts of all open conversations.
    pub fn counts(&self) -> Counts {
        let sum = self.tally.as_ref().map_or(self.known, Tally::sum);
        let [open, unassigned, mine, unread] =
            sum.map(|count| u64::try_from(count).unwrap_or_default());
        Counts { revision: self.newest, open, unassigned, mine, unread }
    }

    /// The loading state of a list.
    pub fn state(&self, list: impl Into<List>, machine: &Machine) -> PageState {
        let page = self.pages.get(list.into().place());
        match page {
            _ if !machine.is_welcomed() && machine.link() == Link::Down => PageState::Failed,
            _ if !machine.is_welcomed() => PageState::Loading,
            Some(page) if page.failed => PageState::Failed,
            Some(page) if page.asking.is_some() || page.eager => PageState::Loading,
            Some(page) if page.is_whole() => PageState::Whole,
            _ => PageState::More,
        }
    }

    /// Applies the machine's changes.
    pub fn changed(&mut self, machine: &Machine, changes: &[Change]) -> Moves {
        let mut moves = Moves::default();
        let welcomed = changes.contains(&Change::Welcomed);
        if welcomed && self.welcomed(machine) {
            // The machine may have merged conversations after it dropped the old epoch, before this welcome.
            for conversation in machine.conversations() {
                self.look(&conversation.id, machine, &mut moves);
            }
        }
        if welcomed {
            moves.folders.extend(Filter::ALL);
        }
        for change in changes {
            let Change::Line(id) = change else { continue };
            if self.look(id, machine, &mut moves) {
                moves.lines.push(id.clone());
            }
        }
        if welcomed {
            let told: BTreeSet<&ConversationId> = changes.iter().filter_map(line).collect();
            for (id, entry) in &mut self.entries {
                entry.sure = told.contains(id);
            }
        }
        moves
    }

    /// Starts again from a welcome. True if the epoch is new, and everything else has been dropped.
    fn welcomed(&mut self, machine: &Machine) -> bool {
        let epoch = machine.epoch().cloned();
        let is_new_epoch = self.epoch != epoch;
        if is_new_epoch {
            // A new epoch: the known commits don't exist in it.
            *self = Folders { epoch, asks: self.asks, ..Folders::new(self.me.clone()) };
        }
        let told = self.tally.as_ref().map_or(0, |tally| tally.told.revision);
        match machine.counts() {
            Some(counts) if counts.revision >= told => self.told(counts),
            // The store has gone back in time, or the server sends no counts.
            counts => self.tally = counts.map(|told| Tally { told, ..Tally::default() }),
        }
        let beyond = machine.open_beyond();
        for list in List::ALL {
            let Some(page) = self.pages.get_mut(list.place()) else { continue };
            // The welcome lacks conversations that were closed meanwhile; and if it is full, those that have
            // waited longest, and those that were left long ago.
            let begun = match (list.filter, list.sort) {
                (Filter::Closed | Filter::All, _) => false,
                (_, Sort::Waiting | Sort::Left) => beyond.is_none(),
                (_, Sort::Newest) => true,
            };
            let next = beyond.filter(|_| begun);
            let eager = !begun || next.is_some() && list.filter != Filter::Open;
            let until = (page.begun || page.until.is_some()).then(|| page.floor());
            *page = Page { begun, next, eager, until, ..Page::default() };
        }
        is_new_epoch
    }

    /// Takes over counts from the server.
    fn told(&mut self, counts: Counts) {
        let tally = self.tally.get_or_insert_default();
        if counts.revision < tally.told.revision {
            // An older answer that was late.
            return;
        }
        tally.told = counts;
        tally.shifts.retain(|(revision, _)| *revision > counts.revision);
        tally.doubt = false;
        self.newest = self.newest.max(counts.revision);
    }

    /// Updates one conversation. True if it has changed.
    fn look(&mut self, id: &ConversationId, machine: &Machine, moves: &mut Moves) -> bool {
        let before = self.entries.get(id).copied();
        let after = machine.conversation(id).map(|known| Entry::of(known, &self.me));
        let same = before.map(|before| Entry { sure: true, ..before }) == after;
        if same {
            // The view may show more of it than an `Entry` has.
            return after.is_some();
        }
        for list in List::ALL {
            let at = |entry: Entry| entry.key(list).map(Reverse);
            let (was, is) = (before.and_then(at), after.and_then(at));
            let Some(order) = self.order.get_mut(list.place()).filter(|_| was != is) else {
                continue;
            };
            if let Some(key) = was {
                order.remove(&(key, id.clone()));
            }
            if let Some(key) = is {
                order.insert((key, id.clone()));
            }
            if !moves.folders.contains(&list.filter) {
                moves.folders.push(list.filter);
            }
        }
        self.count(before, after);
        match after {
            Some(after) => {
                self.newest = self.newest.max(after.revision);
                self.entries.insert(id.clone(), after);
            }
            None => {
                self.entries.remove(id);
            }
        }
        true
    }

    fn count(&mut self, before: Option<Entry>, after: Option<Entry>) {
        let sum = |entry: Option<Entry>| entry.map(Entry::sum).unwrap_or_default();
        let shift = minus(sum(after), sum(before));
        self.known = plus(self.known, shift);
        let Some(tally) = &mut self.tally else { return };
        let told = tally.told.revision;
        // The shift of the counts, and whether it is certain.
        let (shift, sure) = match (before, after) {
            // Included in the server's counts.
            (None, Some(after)) if after.revision <= told => (Sum::default(), true),
            // Started since.
            (None, Some(after)) if after.head == 1 => (shift, true),
            (None, _) | (_, None) => (Sum::default(), false),
            (Some(before), Some(after)) if after.revision > told => {
                let one_step = before.revision > told || after.head <= before.head + 1;
                (shift, before.sure && one_step)
            }
            // A read mark.
            (Some(before), Some(after)) if before.revision == after.revision => {
                self.reads += u64::from(shift != Sum::default());
                (shift, before.sure)
            }
            (Some(before), Some(_)) => (Sum::default(), before.sure),
        };
        tally.doubt |= !sure;
        if shift != Sum::default() {
            let revision = after.map_or(0, |after| after.revision);
            let revision = if revision > told { revision } else { self.newest };
            tally.shifts.push_back((revision, shift));
            if tally.shifts.len() > SHIFTS_MAX
                && let Some((_, oldest)) = tally.shifts.pop_front()
            {
                tally.settle(oldest);
            }
        }
    }

    /// The request for the next page of a list, unless it is complete or a request is in flight.
    pub fn ask(&mut self, list: impl Into<List>) -> Option<Ask> {
        let list = list.into();
        let page = self.pages.get_mut(list.place())?;
        if page.asking.is_some() || page.is_whole() {
            return None;
        }
        self.asks += 1;
        page.asking = Some(self.asks);
        (page.failed, page.eager) = (false, false);
        let before = page.next.filter(|_| page.begun);
        let (number, newest, reads) = (self.asks, self.newest, self.reads);
        Some(Ask { list, before, limit: PAGE, number, newest, reads })
    }

    /// The request for a page that is loaded automatically: the first one, if the welcome lacks it, and those that
    /// were loaded before a reconnect. After a failure, the person has to ask.
    pub fn ask_needed(&mut self, list: impl Into<List>) -> Option<Ask> {
        let list = list.into();
        let page = self.pages.get(list.place())?;
        let deeper = page.next.zip(page.until).is_some_and(|(next, until)| next > until);
        if page.failed || !(page.eager || deeper) {
            return None;
        }
        self.ask(list)
    }

    /// The request for the counts, if they are uncertain.
    pub fn ask_counts(&mut self) -> Option<Ask> {
        let (newest, reads) = (self.newest, self.reads);
        let tally = self.tally.as_mut().filter(|tally| tally.doubt && !tally.asking)?;
        tally.asking = true;
        let list = List::newest(Filter::Open);
        Some(Ask { list, before: None, limit: 1, number: 0, newest, reads })
    }

    /// True if the counts are uncertain and have not been requested.
    pub fn is_in_doubt(&self) -> bool {
        self.tally.as_ref().is_some_and(|tally| tally.doubt && !tally.asking)
    }

    /// Applies an answer; has to be called before the machine gets its conversations. Returns the conversations
    /// that should have been listed and were not: this client has missed a change of them.
    pub fn answered(&mut self, ask: &Ask, listing: Option<&Listing>) -> Vec<ConversationId> {
        let read = self.reads != ask.reads;
        if let Some(counts) = listing.and_then(|listing| listing.counts) {
            self.told(counts);
        }
        if let Some(tally) = &mut self.tally {
            tally.asking &= ask.number != 0;
            // The counts may or may not include a read mark that has arrived meanwhile.
            tally.doubt |= read;
        }
        if ask.number == 0 {
            return Vec::new();
        }
        let page = self.pages.get_mut(ask.list.place());
        if let Some(page) = page.filter(|page| page.asking == Some(ask.number)) {
            page.asking = None;
            page.failed = listing.is_none();
            if let Some(listing) = listing {
                page.begun = true;
                page.next = listing.next.map(|next| ask.list.key(next));
            }
        }
        listing.map(|listing| self.missed(ask, listing)).unwrap_or_default()
    }

    fn missed(&self, ask: &Ask, listing: &Listing) -> Vec<ConversationId> {
        let listed: BTreeSet<&ConversationId> =
            listing.conversations.iter().map(|listed| &listed.id).collect();
        let next = listing.next.map_or(0, |next| ask.list.key(next));
        let before = ask.before.unwrap_or(Revision::MAX);
        let order = self.order.get(ask.list.place()).into_iter().flatten();
        order
            .filter(|(Reverse(key), id)| {
                let known = self.entries.get(id).map_or(Revision::MAX, |entry| entry.revision);
                (next..before).contains(key) && known <= ask.newest && !listed.contains(id)
            })
            .map(|(_, id)| id.clone())
            .collect()
    }
}

impl Entry {
    fn of(conversation: &Conversation, me: &Member) -> Entry {
        Entry {
            active: conversation.active_revision,
            waits_from: conversation.waits_from(),
            left_first: conversation.left_first(),
            revision: conversation.revision,
            head: conversation.head,
            holds: Filter::ALL.map(|filter| filter.holds(conversation, me)),
            unread: conversation.is_unread(),
            sure: true,
        }
    }

    /// The key of the conversation in a list, if the list holds it.
    fn key(self, list: List) -> Option<Revision> {
        let held = Filter::ALL.iter().zip(self.holds).any(|(it, held)| held && *it == list.filter);
        let revision = match list.sort {
            Sort::Newest => self.active,
            Sort::Waiting => self.waits_from,
            Sort::Left => self.left_first,
        };
        held.then(|| list.key(revision))
    }

    fn sum(self) -> Sum {
        let [open, unassigned, mine, ..] = self.holds;
        [open, unassigned, mine, self.unread].map(i64::from)
    }
}

impl Tally {
    fn sum(&self) -> Sum {
        let Counts { open, unassigned, mine, unread, .. } = self.told;
        let told =
            [open, unassigned, mine, unread].map(|count| i64::try_from(count).unwrap_or(i64::MAX));
        self.shifts.iter().fold(told, |sum, (_, shift)| plus(sum, *shift))
    }

    /// Adds a shift to the server's counts.
    fn settle(&mut self, shift: Sum) {
        let add = |count: u64, by: i64| count.saturating_add_signed(by);
        let [open, unassigned, mine, unread] = shift;
        self.told = Counts {
            open: add(self.told.open, open),
            unassigned: add(self.told.unassigned, unassigned),
            mine: add(self.told.mine, mine),
            unread: add(self.told.unread, unread),
            ..self.told
        };
    }
}

fn line(change: &Change) -> Option<&ConversationId> {
    match change {
        Change::Line(id) => Some(id),
        _ => None,
    }
}

fn plus([a, b, c, d]: Sum, [e, f, g, h]: Sum) -> Sum {
    [a.saturating_add(e), b.saturating_add(f), c.saturating_add(g), d.saturating_add(h)]
}

fn minus(from: Sum, shift: Sum) -> Sum {
    plus(from, shift.map(|count| -count))
}
