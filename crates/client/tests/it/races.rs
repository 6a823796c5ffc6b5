//! Two agents and a visitor with three tabs, and the timer, at their real machines: every interleaving
//! of up to six acts.
//!
//! After each act everything on its way may arrive, or nothing: then the next one is done by somebody
//! who has not heard of it. An act that waits for the answer to the one before it waits. Each such
//! history is brought to its end, where everything has arrived and all must agree.

use std::collections::BTreeMap;

use porchlight_client::machine::ThreadState;
use porchlight_client::{Machine, Me, Place};
use porchlight_protocol::closing::visitor_view;
use porchlight_protocol::conversation::Status;
use porchlight_protocol::rules;
use porchlight_protocol::{
    Act, Author, Conversation, ConversationId, Event, EventBody, Member, Millis,
};

use crate::server::{messages, notes};
use crate::world::{Shown, Tab, World};

const ACTS_MAX: usize = 6;

/// Seconds without activity after which a conversation closes by itself: so few that no socket is
/// taken for dead and no machine for asleep.
const CLOSES_AFTER_S: u64 = 30;

const FIRST: Tab = 0;
const SECOND: Tab = 1;
const THIRD: Tab = 2;
const ANN: Tab = 3;
const BEN: Tab = 4;
const TABS: [Tab; 3] = [FIRST, SECOND, THIRD];
const AGENTS: [Tab; 2] = [ANN, BEN];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ActKind {
    Claims,
    Writes,
    WritesAndCloses,
    Closes,
    Reopens,
    Notes,
    KeepsOpen,
}

use ActKind::*;

/// What is done, by whom; by nobody: it stays quiet until the timer closes.
type Step = (Option<Tab>, ActKind);

const ACTS: [Step; 14] = [
    (Some(ANN), Claims),
    (Some(ANN), Writes),
    (Some(ANN), WritesAndCloses),
    (Some(ANN), Closes),
    (Some(ANN), Reopens),
    (Some(BEN), Claims),
    (Some(BEN), Reopens),
    (Some(BEN), Notes),
    (Some(FIRST), Writes),
    (Some(SECOND), Closes),
    (Some(SECOND), Reopens),
    (Some(THIRD), Reopens),
    (Some(THIRD), KeepsOpen),
    (None, Closes),
];

/// What is done besides where the second tab is slow, and so has several things on their way.
const ACTS_OF_SLOW_TABS: [Step; 1] = [(Some(SECOND), Writes)];

/// A world with one conversation, and what has been written in it.
#[derive(Clone)]
struct Race {
    world: World,
    id: ConversationId,
    written: Vec<String>,
}

impl Race {
    /// The visitor has said hello and Ann has claimed it; everybody is there and has heard it.
    fn begins(options: [bool; 3]) -> Self {
        let mut w = World::new();
        // The visitor is told of it from the start.
        w.timer_becomes(Some(CLOSES_AFTER_S), Some(CLOSES_AFTER_S));
        let [hide_closed, disable_field, notice] = options;
        w.policy_becomes(hide_closed, disable_field, notice);
        assert_eq!(w.visitor(), FIRST);
        let place = w.begins(FIRST, "hello");
        w.comes_to_rest();
        let id = w.id(FIRST, &place);
        assert_eq!((w.second_tab_of(FIRST), w.second_tab_of(FIRST)), (SECOND, THIRD));
        assert_eq!((w.agent("Ann"), w.agent("Ben")), (ANN, BEN));
        w.comes_to_rest();
        for tab in TABS.into_iter().chain(AGENTS) {
            w.opens(tab, &id);
        }
        w.claims(ANN, &id);
        w.comes_to_rest();
        // Each history carries a copy of it.
        for client in &mut w.clients {
            client.sent.clear();
        }
        Race { world: w, id, written: vec!["hello".to_owned()] }
    }

    fn machine(&self, tab: Tab) -> &Machine {
        &self.world.clients[tab].machine
    }

    fn place(&self) -> Place {
        Place::At(self.id.clone())
    }

    fn state(&self) -> &Conversation {
        &self.world.server.logs[&self.id].state
    }

    /// What the screen of this client offers, going by what it has heard.
    fn is_offered(&self, tab: Tab, kind: ActKind) -> bool {
        let machine = self.machine(tab);
        let known = machine.conversation(&self.id).unwrap();
        let view = machine.visitor_view(&self.place());
        match (machine.me(), kind) {
            // Without a field it begins another conversation: see `check`.
            (Me::Visitor, Writes) => view.field,
            (Me::Visitor, Closes) => view.listed,
            // Undo stands where something has been put away.
            (Me::Visitor, Reopens) => !view.listed,
            (Me::Visitor, _) => !known.is_closed(),
            (Me::Agent(_), Notes) => true,
            (Me::Agent(_), Reopens) => known.is_closed(),
            (Me::Agent(me), Claims) => !known.is_closed() && !known.is_owned_by(me),
            (Me::Agent(me), _) => !known.is_closed() && known.is_owned_by(me),
        }
    }

    /// Somebody does something, and it reaches the server, unless it waits behind something else. What
    /// the server says to it reaches nobody.
    fn does(&mut self, tab: Tab, kind: ActKind) {
        let (id, place) = (self.id.clone(), self.place());
        let w = &mut self.world;
        let text = format!("text {}", self.written.len());
        match kind {
            Claims => w.claims(tab, &id),
            Closes => w.closes(tab, &id),
            Reopens => w.reopens(tab, &id),
            KeepsOpen => w.keeps_open(tab, &id),
            Writes => w.writes(tab, &place, &text),
            WritesAndCloses => w.sends_and_closes(tab, &id, &text),
            Notes => w.notes(tab, &id, &text),
        };
        if matches!(kind, Writes | WritesAndCloses | Notes) {
            self.written.push(text);
        }
    }

    /// It stays quiet for so long that the timer closes it.
    fn stays_quiet(&mut self) {
        let quiet_ms = self.world.server.now - self.state().active_at;
        self.world.passes(CLOSES_AFTER_S as Millis * 1_000 - quiet_ms);
    }
}

/// What the rest depends on when everything has arrived: everybody knows the same then, and of the log
/// no more matters than what it has led to.
type Rest = (u8, String, bool, bool);

fn rest(state: &Conversation) -> Rest {
    let status = match &state.status {
        Status::Open | Status::Other => 0,
        Status::Closed { by: Author::Visitor, .. } => 1,
        Status::Closed { by: Author::Timer, .. } => 2,
        Status::Closed { .. } => 3,
    };
    let owner = state.assignee.as_ref().map_or(String::new(), |owner| owner.name.clone());
    (status, owner, state.dismissed, state.reopened_by_visitor)
}

struct Search {
    /// What tabs do reaches the server late: after all that was done meanwhile.
    tabs_are_slow: bool,
    path: Vec<Step>,
    /// How many of these acts everybody has heard of.
    rested: usize,
    histories: usize,
    refused: usize,
    /// Where everything has arrived, after how few acts.
    rests: BTreeMap<Rest, usize>,
    /// Of these, the ones to go on from.
    next: Vec<(Race, Vec<Step>)>,
}

impl Search {
    /// All that may be done from here on without anybody hearing of it.
    fn go(&mut self, race: &Race) {
        if self.path.len() == ACTS_MAX {
            return;
        }
        let besides: &[Step] = if self.tabs_are_slow { &ACTS_OF_SLOW_TABS } else { &[] };
        for &(tab, kind) in ACTS.iter().chain(besides) {
            if self.comes_to_the_same(tab) {
                continue;
            }
            if tab.is_some_and(|tab| !race.is_offered(tab, kind))
                || tab.is_none() && race.state().is_closed()
            {
                continue;
            }
            let mut after = race.clone();
            let head = race.state().head;
            match tab {
                Some(tab) => after.does(tab, kind),
                None => after.stays_quiet(),
            }
            if let Some(tab) = tab
                && !(self.tabs_are_slow && TABS.contains(&tab))
            {
                after.world.request_arrives(tab);
            }
            self.path.push((tab, kind));
            // What was refused changes nothing for anybody else, and the one who did it hears of it
            // at the end.
            let mattered = after.state().head > head || tab.is_some_and(|tab| TABS.contains(&tab));
            if mattered {
                self.go(&after);
            }
            self.arrives(after);
            self.path.pop();
        }
    }

    /// What slow tabs do meets with what others do only when everything arrives, and then in the order
    /// of the tabs: of all the orders of doing it one is enough, others first and tab by tab.
    fn comes_to_the_same(&self, tab: Option<Tab>) -> bool {
        let before = self.path.get(self.rested..).and_then(<[Step]>::last);
        let slow = before.and_then(|(tab, _)| *tab).filter(|tab| TABS.contains(tab));
        self.tabs_are_slow
            && slow.is_some_and(|slow| tab.is_none_or(|tab| !TABS.contains(&tab) || tab < slow))
    }

    /// Everything arrives.
    fn arrives(&mut self, mut race: Race) {
        race.world.comes_to_rest();
        self.histories += 1;
        let refusals = race.world.clients.iter().map(|client| client.refusals.len());
        self.refused += usize::from(refusals.sum::<usize>() > 0);
        check(&race, &self.path);
        self.second_tab_has_its_way(&race);
        let acts = self.path.len();
        let rest = rest(race.state());
        if self.rests.get(&rest).is_none_or(|fewest| acts < *fewest) {
            self.rests.insert(rest, acts);
            // What is back in a field may be written again.
            for client in &mut race.world.clients {
                client.refusals.clear();
            }
            self.next.push((race, self.path.clone()));
        }
    }
}

impl Search {
    /// What a visitor did last is what they find, if nobody but the team was in between.
    fn second_tab_has_its_way(&self, race: &Race) {
        let unheard = self.path.get(self.rested..).unwrap_or_default();
        let alone = unheard.iter().all(|(tab, _)| *tab != Some(FIRST) && *tab != Some(THIRD));
        let put_away = match unheard.last() {
            Some((Some(SECOND), Closes)) => true,
            Some((Some(SECOND), Reopens)) => false,
            _ => return,
        };
        let state = race.state();
        let closed_by_visitor = matches!(&state.status, Status::Closed { by: Author::Visitor, .. });
        let is_put_away = closed_by_visitor || state.dismissed;
        assert!(!alone || is_put_away == put_away, "after {:?}", self.path);
    }
}

/// Everything has arrived: all agree, nothing is lost or doubled, and nobody is locked out.
fn check(race: &Race, path: &[Step]) {
    let why = || format!("{path:?}");
    let log = &race.world.server.logs[&race.id];
    let policy = &race.world.server.policy;
    holds_to_the_rules(&log.events, path);

    let (messages, notes) = (messages(&log.events), notes(&log.events));
    let mut elsewhere: Vec<String> = Vec::new();
    for (tab, client) in race.world.clients.iter().enumerate() {
        let why = || format!("tab {tab} after {}", why());
        assert!(client.requests.is_empty() && client.answers.is_empty(), "{}", why());
        assert!(client.acts.is_empty(), "each act is answered: {}", why());
        for (_, draft) in client.drafts.iter().chain(&client.note_drafts) {
            elsewhere.extend(draft.lines().map(str::to_owned));
        }
        let machine = &client.machine;
        assert_eq!(machine.thread_state(&race.place()), ThreadState::Ready, "{}", why());
        assert_eq!(machine.conversation(&race.id), Some(&log.state), "{}", why());

        let Shown { messages: shown, notes: shown_notes, failed } =
            Shown::of(machine.rows(&race.place()), why);
        elsewhere.extend(failed);
        assert!(messages.ends_with(&shown), "{shown:?} of {messages:?}: {}", why());
        let author = match machine.me() {
            Me::Visitor => {
                assert!(shown_notes.is_empty(), "{}", why());
                let view = visitor_view(&log.state, policy, machine.booted_at());
                assert_eq!(machine.visitor_view(&race.place()), view, "{}", why());
                let told = machine.closing_in(&race.place(), race.world.now);
                assert_eq!(told.is_none(), log.state.is_closed(), "{}", why());
                Author::Visitor
            }
            Me::Agent(me) => {
                assert!(notes.ends_with(&shown_notes), "{}", why());
                Author::Agent(me.clone())
            }
        };
        // What each can do next brings visitor and team together.
        let may = |act: Act| rules::decide(&log.state, &author, &act, policy).is_ok();
        match machine.me() {
            Me::Visitor => {
                let field = machine.visitor_view(&race.place()).field;
                assert_eq!(field, may(Act::message("?")), "{}", why());
            }
            Me::Agent(_) if log.state.is_closed() => assert!(may(Act::Reopen), "{}", why()),
            Me::Agent(_) => {
                let from = log.state.assignee.as_ref().map(|owner| owner.id.clone());
                assert!(may(Act::Claim { from }), "{}", why());
            }
        }
    }
    for text in &race.written {
        let times = [&messages, &notes, &elsewhere]
            .map(|texts| texts.iter().filter(|there| *there == text).count());
        assert_eq!(times.iter().sum::<usize>(), 1, "{text} is there once: {}", why());
    }
}

/// The log by itself, in the words of design §4.
fn holds_to_the_rules(log: &[Event], path: &[Step]) {
    let (mut open, mut put_away, mut closed_by_visitor) = (true, false, false);
    let mut owner: Option<Member> = None;
    for (n, event) in log.iter().enumerate() {
        let why = || format!("{event:?} after {path:?}");
        let by_visitor = event.author == Author::Visitor;
        match &event.body {
            EventBody::Message { .. } => assert!(open, "{}", why()),
            EventBody::Closed => {
                assert!(std::mem::replace(&mut open, false), "closed twice: {}", why());
                closed_by_visitor = by_visitor;
                put_away = by_visitor;
            }
            EventBody::Reopened => {
                assert!(!std::mem::replace(&mut open, true), "opened twice: {}", why());
                // Visitors open by a message, or what they closed themselves.
                let said = |next: &Event| {
                    next.author == Author::Visitor && matches!(next.body, EventBody::Message { .. })
                };
                let by_message = log.get(n + 1).is_some_and(said);
                assert!(!by_visitor || closed_by_visitor || by_message, "{}", why());
                put_away = false;
            }
            EventBody::KeptOpen => assert!(open && by_visitor, "{}", why()),
            EventBody::Dismissed => {
                assert!(!open && by_visitor && !closed_by_visitor, "{}", why());
                assert!(!std::mem::replace(&mut put_away, true), "{}", why());
            }
            EventBody::Restored => {
                assert!(!open && by_visitor && !closed_by_visitor, "{}", why());
                assert!(std::mem::replace(&mut put_away, false), "{}", why());
            }
            EventBody::Assigned { to, .. } => owner = to.clone(),
            EventBody::Note { .. } => continue,
            EventBody::Erased | EventBody::Withheld | EventBody::Unreadable | EventBody::Other => {
                panic!("nobody writes it: {}", why())
            }
        }
        if let Author::Agent(agent) = &event.author {
            assert_eq!(Some(agent), owner.as_ref(), "{}", why());
        }
    }
}

/// Whatever has happened, visitor and team find together again, through what their screens offer.
fn nobody_is_locked_out(race: &Race, path: &[Step]) {
    for tab in TABS {
        let mut race = race.clone();
        let field = race.machine(tab).visitor_view(&race.place()).field;
        let w = &mut race.world;
        let place = if field {
            w.writes(tab, &Place::At(race.id.clone()), "still there?");
            Place::At(race.id.clone())
        } else {
            w.begins(tab, "still there?")
        };
        w.comes_to_rest();
        let id = w.id(tab, &place);
        assert_eq!(id == race.id, field);
        let log = &w.server.logs[&id];
        assert!(!log.state.is_closed(), "tab {tab} after {path:?}");
        assert_eq!(messages(&log.events).last().unwrap(), "still there?");
        for client in &w.clients {
            assert_eq!(client.machine.conversation(&id), Some(&log.state));
        }
        for tab in TABS {
            assert!(w.home(tab).contains(&Place::At(id.clone())), "tab {tab} after {path:?}");
        }
    }
    for agent in AGENTS {
        let mut race = race.clone();
        let closed = race.state().is_closed();
        if closed {
            race.world.reopens(agent, &race.id);
        } else {
            race.world.claims(agent, &race.id);
        }
        race.world.comes_to_rest();
        race.world.writes(agent, &race.place(), "I am here.");
        race.world.comes_to_rest();
        let log = &race.world.server.logs[&race.id];
        assert_eq!(messages(&log.events).last().unwrap(), "I am here.", "{agent} after {path:?}");
        for tab in TABS {
            assert!(race.world.home(tab).contains(&race.place()), "tab {tab} after {path:?}");
        }
    }
}

fn every_race(options: [bool; 3], tabs_are_slow: bool, histories_min: usize) {
    let race = Race::begins(options);
    let mut search = Search {
        tabs_are_slow,
        path: Vec::new(),
        rested: 0,
        histories: 0,
        refused: 0,
        rests: BTreeMap::from([(rest(race.state()), 0)]),
        next: vec![(race, Vec::new())],
    };
    // By the fewest acts first, so that each is gone on from with all that is left.
    while let Some(index) = (0..search.next.len()).min_by_key(|index| search.next[*index].1.len()) {
        let (race, path) = search.next.swap_remove(index);
        if search.rests[&rest(race.state())] < path.len() {
            continue;
        }
        nobody_is_locked_out(&race, &path);
        search.rested = path.len();
        search.path = path;
        search.go(&race);
    }
    // So that nobody thins this out by accident.
    assert!(search.histories >= histories_min, "{}", search.histories);
    assert!(search.refused > search.histories / 10, "{}", search.refused);
    assert!(search.rests.len() >= 12, "{:?}", search.rests);
}

#[test]
fn every_race_where_nothing_tells_of_a_closing() {
    every_race([false, false, false], false, 70_000);
}

#[test]
fn every_race_where_nothing_tells_of_a_closing_and_tabs_are_slow() {
    every_race([false, false, false], true, 6_000);
}

#[test]
fn every_race_where_all_is_on() {
    every_race([true, true, true], false, 50_000);
}

#[test]
fn every_race_where_all_is_on_and_tabs_are_slow() {
    every_race([true, true, true], true, 5_000);
}
