//! What the agents' inbox lists: its folders in the order of the screen, how many conversations each
//! holds, and which pages are to be asked for.
//!
//! The machine knows conversations; [`Folders`] keeps them sorted, one look for each that has changed,
//! so that thousands cost no more than a few. A welcome has room for the latest open ones only: the
//! rest comes page by page, and the counts come from the server. Between two answers the counts are
//! shifted by what happens; where it can't be told what an event changed, they are asked for again.

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

/// Shifts of the counts that are kept apart, until an answer tells that it covers them. An answer that
/// is older than so many changes never comes.
const SHIFTS_MAX: usize = 256;

/// The folders of one agent's inbox.
#[derive(Debug, Clone)]
pub struct Folders {
    me: Member,
    epoch: Option<Epoch>,
    entries: BTreeMap<ConversationId, Entry>,
    order: [BTreeSet<(Reverse<Revision>, ConversationId)>; LISTS],
    pages: [Page; LISTS],
    /// Of the conversations that are known here.
    known: Sum,
    /// As the server counts; absent with a server that does not.
    tally: Option<Tally>,
    /// The newest commit that was heard of.
    newest: Revision,
    /// Read marks that have moved a count. They have no revision.
    reads: u64,
    asks: u32,
}

/// A folder in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List {
    /// The folder.
    pub filter: Filter,
    /// Its order. [`Sort::Waiting`] is of [`Filter::Unassigned`]; others have their own.
    pub sort: Sort,
}

/// How many lists there are.
const LISTS: usize = 6;

impl List {
    /// Every list.
    pub const ALL: [List; LISTS] = [
        List::newest(Filter::Open),
        List::newest(Filter::Unassigned),
        List::newest(Filter::Mine),
        List::newest(Filter::Closed),
        List::newest(Filter::All),
        List { filter: Filter::Unassigned, sort: Sort::Waiting },
    ];

    const fn newest(filter: Filter) -> List {
        List { filter, sort: Sort::Newest }
    }

    /// Its place among all.
    fn place(self) -> usize {
        match (self.filter, self.sort) {
            (Filter::Open, _) => 0,
            (Filter::Unassigned, Sort::Newest) => 1,
            (Filter::Mine, _) => 2,
            (Filter::Closed, _) => 3,
            (Filter::All, _) => 4,
            (Filter::Unassigned, Sort::Waiting) => 5,
        }
    }

    /// The key of its order, of a commit that the server orders by; and the other way round. Lists go from
    /// the greatest key to the smallest, so who waits longest has the greatest.
    fn key(self, revision: Revision) -> Revision {
        match self.sort {
            Sort::Newest => revision,
            Sort::Waiting => Revision::MAX - revision,
        }
    }
}

impl From<Filter> for List {
    /// The folder with its newest activity first.
    fn from(filter: Filter) -> List {
        List::newest(filter)
    }
}

/// What is kept of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    active: Revision,
    waits_from: Revision,
    revision: Revision,
    head: Seq,
    holds: [bool; Filter::ALL.len()],
    unread: bool,
    /// It was in step with the server when the counts were told.
    sure: bool,
}

/// Open, unassigned, mine, unread.
type Sum = [i64; 4];

/// The counts as the server told them, and by how much they have shifted since.
#[derive(Debug, Clone, Default)]
struct Tally {
    told: Counts,
    shifts: VecDeque<(Revision, Sum)>,
    /// Something has changed whose part in the counts is not known.
    doubt: bool,
    /// They have been asked for.
    asking: bool,
}

/// What has been asked for of a folder.
#[derive(Debug, Clone, Default)]
struct Page {
    asking: Option<u32>,
    failed: bool,
    /// Something of it is there, from the top down to `next` without a gap.
    begun: bool,
    next: Option<Revision>,
    /// Its next page is asked for as soon as somebody looks.
    eager: bool,
    /// How far down it was listed before the last welcome: so far it is listed again by itself.
    until: Option<Revision>,
}

impl Page {
    /// How far down it is shown. What is known below stands between others that are not.
    fn floor(&self) -> Revision {
        let listed = self.next.filter(|_| self.begun).unwrap_or_default();
        self.until.map_or(listed, |until| if self.begun { until.min(listed) } else { until })
    }

    fn is_whole(&self) -> bool {
        self.begun && self.next.is_none()
    }
}

/// How much of a folder is there, for the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageState {
    /// Its next page is on the way.
    Loading,
    /// Its next page could not be loaded.
    Failed,
    /// What was asked for is there; more can be.
    More,
    /// All of it is there.
    Whole,
}

/// A question for a page, or for the counts alone. The answer goes to [`Folders::answered`].
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
    /// The address below `/api/v1/agent`.
    pub fn path(&self) -> String {
        let limit = self.limit.to_string();
        let mut path =
            ["/conversations?filter=", self.list.filter.as_str(), "&limit=", &limit].concat();
        let from = match self.list.sort {
            Sort::Newest => "&before=",
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

    /// The list that is asked for.
    pub fn list(&self) -> List {
        self.list
    }

    /// The commit after which the page begins, in the order of the list.
    pub fn from(&self) -> Option<Revision> {
        self.before.map(|before| self.list.key(before))
    }

    /// How many conversations are asked for, at most.
    pub fn limit(&self) -> usize {
        self.limit
    }
}

/// What the view must look at again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moves {
    /// Conversations that have changed.
    pub lines: Vec<ConversationId>,
    /// Folders that hold other conversations, or in another order.
    pub folders: Vec<Filter>,
}

impl Folders {
    /// The folders of this agent; nothing is in them.
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

    /// A folder's conversations as the server lists them. With the newest activity first, a message or a
    /// re-opening moves one to the top, and a claim, a note or a closing does not.
    pub fn list(&self, list: impl Into<List>) -> impl Iterator<Item = &ConversationId> {
        let place = list.into().place();
        let floor = self.pages.get(place).map_or(0, Page::floor);
        let order = self.order.get(place).into_iter().flatten();
        order.take_while(move |(active, _)| active.0 >= floor).map(|(_, id)| id)
    }

    /// How many conversations are open, in all.
    pub fn counts(&self) -> Counts {
        let sum = self.tally.as_ref().map_or(self.known, Tally::sum);
        let [open, unassigned, mine, unread] =
            sum.map(|count| u64::try_from(count).unwrap_or_default());
        Counts { revision: self.newest, open, unassigned, mine, unread }
    }

    /// How much of a folder is there.
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

    /// Takes up what the machine tells.
    pub fn changed(&mut self, machine: &Machine, changes: &[Change]) -> Moves {
        let mut moves = Moves::default();
        let welcomed = changes.contains(&Change::Welcomed);
        if welcomed && self.welcomed(machine) {
            // The machine may have merged some since it dropped the old epoch, before this welcome.
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

    /// All starts from what the welcome told. True if nothing of before is kept.
    fn welcomed(&mut self, machine: &Machine) -> bool {
        let epoch = machine.epoch().cloned();
        let other_life = self.epoch != epoch;
        if other_life {
            // Another life of the store: its commits are not these.
            *self = Folders { epoch, asks: self.asks, ..Folders::new(self.me.clone()) };
        }
        let told = self.tally.as_ref().map_or(0, |tally| tally.told.revision);
        match machine.counts() {
            Some(counts) if counts.revision >= told => self.told(counts),
            // The store has gone back, or does not count.
            counts => self.tally = counts.map(|told| Tally { told, ..Tally::default() }),
        }
        let beyond = machine.open_beyond();
        for list in List::ALL {
            let Some(page) = self.pages.get_mut(list.place()) else { continue };
            // What was closed while nobody told us is not in the welcome; nor, if that is full, is who has
            // waited longest.
            let begun = match (list.filter, list.sort) {
                (Filter::Closed | Filter::All, _) => false,
                (_, Sort::Waiting) => beyond.is_none(),
                (_, Sort::Newest) => true,
            };
            let next = beyond.filter(|_| begun);
            let eager = !begun || next.is_some() && list.filter != Filter::Open;
            let until = (page.begun || page.until.is_some()).then(|| page.floor());
            *page = Page { begun, next, eager, until, ..Page::default() };
        }
        other_life
    }

    /// Counts that the server told.
    fn told(&mut self, counts: Counts) {
        let tally = self.tally.get_or_insert_default();
        if counts.revision < tally.told.revision {
            // An older answer that came late.
            return;
        }
        tally.told = counts;
        tally.shifts.retain(|(revision, _)| *revision > counts.revision);
        tally.doubt = false;
        self.newest = self.newest.max(counts.revision);
    }

    /// Takes up one conversation. True if it has changed.
    fn look(&mut self, id: &ConversationId, machine: &Machine, moves: &mut Moves) -> bool {
        let before = self.entries.get(id).copied();
        let after = machine.conversation(id).map(|known| Entry::of(known, &self.me));
        let same = before.map(|before| Entry { sure: true, ..before }) == after;
        if same {
            // What is shown may hang on more than what is kept here.
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
        // By how much the counts shift, and whether that is certain.
        let (shift, sure) = match (before, after) {
            // The counts knew of it.
            (None, Some(after)) if after.revision <= told => (Sum::default(), true),
            // It has begun since.
            (None, Some(after)) if after.head == 1 => (shift, true),
            (None, _) | (_, None) => (Sum::default(), false),
            (Some(before), Some(after)) if after.revision > told => {
                let one_step = before.revision > told || after.head <= before.head + 1;
                (shift, before.sure && one_step)
            }
            // Somebody has read.
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

    /// The next page of a folder, if one is there to be asked for and none is on its way.
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

    /// The page that is to be asked for without anybody's wish: the first one that the welcome did not
    /// bring, and what was listed before a connection was lost. What has failed waits for the person.
    pub fn ask_needed(&mut self, list: impl Into<List>) -> Option<Ask> {
        let list = list.into();
        let page = self.pages.get(list.place())?;
        let deeper = page.next.zip(page.until).is_some_and(|(next, until)| next > until);
        if page.failed || !(page.eager || deeper) {
            return None;
        }
        self.ask(list)
    }

    /// A question for the counts, if they are in doubt.
    pub fn ask_counts(&mut self) -> Option<Ask> {
        let (newest, reads) = (self.newest, self.reads);
        let tally = self.tally.as_mut().filter(|tally| tally.doubt && !tally.asking)?;
        tally.asking = true;
        let list = List::newest(Filter::Open);
        Some(Ask { list, before: None, limit: 1, number: 0, newest, reads })
    }

    /// True if the counts are in doubt and have not been asked for.
    pub fn is_in_doubt(&self) -> bool {
        self.tally.as_ref().is_some_and(|tally| tally.doubt && !tally.asking)
    }

    /// Takes up an answer; to be called before the machine gets its conversations. What comes back
    /// should have been listed and was not: it has changed unheard.
    pub fn answered(&mut self, ask: &Ask, listing: Option<&Listing>) -> Vec<ConversationId> {
        let read = self.reads != ask.reads;
        if let Some(counts) = listing.and_then(|listing| listing.counts) {
            self.told(counts);
        }
        if let Some(tally) = &mut self.tally {
            tally.asking &= ask.number != 0;
            // Whether the counts cover a mark that came meanwhile can't be told.
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
            revision: conversation.revision,
            head: conversation.head,
            holds: Filter::ALL.map(|filter| filter.holds(conversation, me)),
            unread: conversation.is_unread(),
            sure: true,
        }
    }

    /// Where it stands in a list, if it stands there.
    fn key(self, list: List) -> Option<Revision> {
        let held = Filter::ALL.iter().zip(self.holds).any(|(it, held)| held && *it == list.filter);
        let revision = match list.sort {
            Sort::Newest => self.active,
            Sort::Waiting => self.waits_from,
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

    /// Makes a shift part of what was told.
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
