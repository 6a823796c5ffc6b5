//! Laws: whatever people do and the network does, in any order, these hold.

use std::collections::BTreeMap;

use porchlight_client::inbox::{List, PageState};
use porchlight_client::machine::ThreadState;
use porchlight_client::{
    Change, Command, Content, Failure, Input, Link, Machine, Me, Outgoing, Place, Range, Timer,
    Writing,
};
use porchlight_protocol::closing::visitor_view;
use porchlight_protocol::conversation::{Kind, Side};
use porchlight_protocol::rules;
use porchlight_protocol::wire::{Appended, Boot, Head, Page, ServerFrame, Started, Welcome};
use porchlight_protocol::{
    Act, Author, ClientId, Conversation, ConversationId, Counts, Epoch, ErrorCode, Event,
    EventBody, Filter, Policy, VisitorId,
};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use crate::server::Server;
use crate::world::{Shown, Tab, World, age_state, agent};

/// Something that may happen; the numbers choose among what is there.
#[derive(Debug, Clone)]
enum Happening {
    Begins(Tab),
    Writes(Tab, usize),
    WritesAndCloses(Tab, usize),
    Notes(Tab, usize),
    Acts(Tab, usize, u8),
    Opens(Tab, usize),
    LooksBack(Tab, usize),
    Reads(Tab, usize),
    Retries(Tab, usize),
    GivesUp(Tab, usize),
    HelloArrives(Tab),
    RequestArrives(Tab),
    AnswerArrives(Tab),
    FrameArrives(Tab),
    RequestGetsLost(Tab),
    AnswerGetsLost(Tab),
    PushGetsLost(Tab),
    FrameComesTwice(Tab),
    FramesSwap(Tab),
    AnswersSwap(Tab),
    SocketDies(Tab),
    Cut(Tab),
    GoesOffline(Tab),
    ComesOnline(Tab),
    Hides(Tab),
    IsShown(Tab),
    Reloads(Tab),
    SocketsEnd(Tab),
    TimerRunsOut(Tab),
    HeartBeats,
    PolicyBecomes(u8),
    KeepingBecomes(bool),
    TimerBecomes(u8),
    ClockIsSet(Tab, i64),
    TimePasses(u16),
    ServerIsKilled,
    Rests,
}

/// Two tabs of one visitor, one of another, two agents.
const TABS: usize = 5;

/// The visitor's second tab was opened before the server was brought up to date, as was an agent's.
const OLD_TAB: Tab = 1;

fn happening() -> impl Strategy<Value = Happening> {
    use Happening::*;
    let tab = || 0..TABS;
    let n = || 0..8usize;
    prop_oneof![
        2 => tab().prop_map(Begins),
        8 => (tab(), n()).prop_map(|(t, n)| Writes(t, n)),
        1 => (tab(), n()).prop_map(|(t, n)| WritesAndCloses(t, n)),
        2 => (tab(), n()).prop_map(|(t, n)| Notes(t, n)),
        7 => (tab(), n(), 0..6u8).prop_map(|(t, n, act)| Acts(t, n, act)),
        3 => (tab(), n()).prop_map(|(t, n)| Opens(t, n)),
        1 => (tab(), n()).prop_map(|(t, n)| LooksBack(t, n)),
        2 => (tab(), n()).prop_map(|(t, n)| Reads(t, n)),
        1 => (tab(), n()).prop_map(|(t, n)| Retries(t, n)),
        1 => (tab(), n()).prop_map(|(t, n)| GivesUp(t, n)),
        4 => tab().prop_map(HelloArrives),
        8 => tab().prop_map(RequestArrives),
        8 => tab().prop_map(AnswerArrives),
        8 => tab().prop_map(FrameArrives),
        2 => tab().prop_map(RequestGetsLost),
        2 => tab().prop_map(AnswerGetsLost),
        2 => tab().prop_map(PushGetsLost),
        1 => tab().prop_map(FrameComesTwice),
        1 => tab().prop_map(FramesSwap),
        1 => tab().prop_map(AnswersSwap),
        1 => tab().prop_map(SocketDies),
        2 => tab().prop_map(Cut),
        1 => tab().prop_map(GoesOffline),
        2 => tab().prop_map(ComesOnline),
        1 => tab().prop_map(Hides),
        1 => tab().prop_map(IsShown),
        1 => tab().prop_map(Reloads),
        1 => tab().prop_map(SocketsEnd),
        4 => tab().prop_map(TimerRunsOut),
        1 => Just(HeartBeats),
        1 => (0..8u8).prop_map(PolicyBecomes),
        1 => any::<bool>().prop_map(KeepingBecomes),
        1 => (0..4u8).prop_map(TimerBecomes),
        1 => (tab(), -200_000..200_000i64).prop_map(|(t, ms)| ClockIsSet(t, ms)),
        1 => any::<u16>().prop_map(TimePasses),
        1 => Just(ServerIsKilled),
        6 => Just(Rests),
    ]
}

/// What became of the texts that people typed.
#[derive(Default)]
struct Typed {
    texts: Vec<String>,
    /// Of these, what the visitor must never get.
    notes: Vec<String>,
    /// By the tab that typed it, while it is there.
    named: BTreeMap<ClientId, String>,
    given_up: Vec<String>,
}

impl Typed {
    fn next(&mut self) -> String {
        let text = format!("m{}", self.texts.len());
        self.texts.push(text.clone());
        text
    }
}

fn known(w: &World, tab: Tab, n: usize) -> Option<ConversationId> {
    let ids: Vec<_> = w.clients[tab].machine.conversations().map(|c| c.id.clone()).collect();
    if ids.is_empty() { None } else { ids.get(n % ids.len()).cloned() }
}

/// Where this tab may write: to what it knows, and to what it has begun.
fn place(w: &World, tab: Tab, n: usize) -> Option<Place> {
    let mut places: Vec<Place> =
        w.clients[tab].machine.home().into_iter().map(|row| row.place).collect();
    places.extend(known(w, tab, n).map(Place::At));
    if places.is_empty() { None } else { places.get(n % places.len()).cloned() }
}

fn happens(w: &mut World, typed: &mut Typed, happening: Happening) {
    use Happening::*;
    let is_agent = |w: &World, tab: Tab| matches!(w.clients[tab].machine.me(), Me::Agent(_));
    match happening {
        Begins(tab) if is_agent(w, tab) => {}
        Begins(tab) => {
            let text = typed.next();
            if let Place::New(client_id) = w.begins(tab, &text) {
                typed.named.insert(client_id, text);
            }
        }
        Writes(tab, n) => {
            if let Some(place) = place(w, tab, n) {
                let text = typed.next();
                let client_id = w.writes(tab, &place, &text);
                typed.named.insert(client_id, text);
            }
        }
        WritesAndCloses(tab, n) => {
            if let Some(id) = known(w, tab, n).filter(|_| is_agent(w, tab)) {
                let text = typed.next();
                let client_id = w.sends_and_closes(tab, &id, &text);
                typed.named.insert(client_id, text);
            }
        }
        Notes(tab, n) => {
            if let Some(id) = known(w, tab, n).filter(|_| is_agent(w, tab)) {
                let text = typed.next();
                typed.notes.push(text.clone());
                let client_id = w.notes(tab, &id, &text);
                typed.named.insert(client_id, text);
            }
        }
        Acts(tab, n, act) => {
            let Some(id) = known(w, tab, n) else { return };
            match act {
                0 | 1 => w.closes(tab, &id),
                2 => w.reopens(tab, &id),
                3 => w.acts(tab, &id, Act::Unclaim),
                4 if !is_agent(w, tab) => w.keeps_open(tab, &id),
                _ => w.claims(tab, &id),
            };
        }
        Opens(tab, n) => {
            let ids: Vec<_> = w.server.logs.keys().cloned().collect();
            if let Some(id) = ids.get(n % ids.len().max(1)) {
                w.opens(tab, id);
            }
        }
        LooksBack(tab, n) => {
            if let Some(id) = known(w, tab, n) {
                w.command(tab, Command::LoadOlder(id));
            }
        }
        Reads(tab, n) => {
            if let Some(id) = known(w, tab, n) {
                w.reads(tab, &id);
            }
        }
        Retries(tab, n) => {
            let stored = &w.clients[tab].stored;
            if let Some(outgoing) = stored.get(n % stored.len().max(1)).cloned() {
                w.command(tab, Command::Retry(outgoing.client_id));
            }
        }
        GivesUp(tab, n) => {
            let stored = &w.clients[tab].stored;
            if let Some(outgoing) = stored.get(n % stored.len().max(1)).cloned() {
                w.command(tab, Command::Discard(outgoing.client_id.clone()));
                let kept = &w.clients[tab].stored;
                if !kept.iter().any(|kept| kept.client_id == outgoing.client_id) {
                    // If it had arrived all the same, it comes back as a new row.
                    for keys in w.clients[tab].keys.values_mut() {
                        keys.retain(|text, _| *text != outgoing.text);
                    }
                    typed.given_up.push(outgoing.text);
                }
            }
        }
        HelloArrives(tab) => {
            w.hello_arrives(tab);
        }
        RequestArrives(tab) => {
            w.request_arrives(tab);
        }
        AnswerArrives(tab) => {
            w.answer_arrives(tab);
        }
        FrameArrives(tab) => {
            w.frame_arrives(tab);
        }
        RequestGetsLost(tab) => {
            w.request_gets_lost(tab);
        }
        AnswerGetsLost(tab) => {
            w.answer_gets_lost(tab);
        }
        PushGetsLost(tab) => {
            w.push_gets_lost(tab);
        }
        FrameComesTwice(tab) => {
            if let Some(wire) = w.clients[tab].wire.as_mut().filter(|wire| !wire.dead) {
                let again = wire.frames.front().cloned();
                wire.frames.extend(again);
            }
        }
        FramesSwap(tab) => {
            if let Some(wire) = &mut w.clients[tab].wire {
                // Not before the welcome: a socket keeps its order, our pushes need not.
                let len = wire.frames.len();
                if len > 2 {
                    wire.frames.swap(len - 1, len - 2);
                }
            }
        }
        AnswersSwap(tab) => {
            let answers = &mut w.clients[tab].answers;
            if answers.len() > 1 {
                answers.swap(0, 1);
            }
        }
        SocketDies(tab) => {
            if let Some(wire) = &mut w.clients[tab].wire {
                wire.dead = true;
            }
        }
        Cut(tab) => w.cut(tab),
        GoesOffline(tab) => w.goes_offline(tab),
        ComesOnline(tab) => w.comes_online(tab),
        Hides(tab) => w.input(tab, Input::PageHidden),
        IsShown(tab) => w.input(tab, Input::PageShown),
        Reloads(tab) => w.reloads(tab),
        SocketsEnd(tab) => w.clients[tab].sockets = !w.clients[tab].sockets,
        TimerRunsOut(tab) => {
            w.timer_runs_out(tab, 600_000);
        }
        HeartBeats => w.heart_beats(),
        KeepingBecomes(keep) => w.keeping_becomes(keep),
        PolicyBecomes(bits) => w.policy_becomes(bits & 1 > 0, bits & 2 > 0, bits & 4 > 0),
        TimerBecomes(bits) => {
            w.timer_becomes((bits & 1 > 0).then_some(120), (bits & 2 > 0).then_some(60));
        }
        ClockIsSet(tab, by_ms) => w.clock_is_set(tab, by_ms),
        TimePasses(ms) => w.passes(ms.into()),
        ServerIsKilled => w.server_is_killed(),
        Rests => w.comes_to_rest(),
    }
}

fn a_busy_world() -> (World, Typed) {
    let (mut w, mut typed) = (World::new(), Typed::default());
    let visitor = w.visitor();
    happens(&mut w, &mut typed, Happening::Begins(visitor));
    w.comes_to_rest();
    w.second_tab_of(visitor);
    w.visitor();
    w.agent("Ben");
    let cleo = w.agent("Cleo");
    w.clients[OLD_TAB].old = true;
    w.clients[cleo].old = true;
    (w, typed)
}

fn everything_heals(w: &mut World) {
    for tab in 0..w.clients.len() {
        w.clients[tab].sockets = true;
    }
    w.heals();
    // Read marks that got lost are told again with the next welcome.
    w.server_is_killed();
    w.heals();
}

/// Everybody shows what the log says, and has nothing left to do.
fn all_agree(w: &World) {
    for (tab, client) in w.clients.iter().enumerate() {
        assert!(client.requests.is_empty() && client.answers.is_empty());
        assert!(client.acts.is_empty(), "tab {tab}: every act is answered");
        let machine = &client.machine;
        let connected = if machine.is_welcomed() { Link::Up } else { Link::Idle };
        assert_eq!(machine.link(), connected, "tab {tab}");
        for conversation in machine.conversations() {
            let log = &w.server.logs[&conversation.id];
            let mut state = log.state.clone();
            if client.old {
                age_state(&mut state);
            }
            let place = Place::At(conversation.id.clone());
            let loaded = machine.thread_state(&place) == ThreadState::Ready;
            let listed = match machine.me() {
                Me::Visitor => {
                    visitor_view(conversation, machine.policy(), machine.booted_at()).listed
                }
                // What is not on the screen is listed again when somebody looks.
                Me::Agent(_) => {
                    let list = client.lists.unwrap_or(Filter::Open.into());
                    w.folder(tab, list).contains(&conversation.id)
                }
            };
            if loaded || listed {
                assert_eq!(*conversation, state, "tab {tab}");
            }
            if *machine.me() == Me::Visitor {
                let view = visitor_view(conversation, machine.policy(), machine.booted_at());
                assert_eq!(machine.visitor_view(&place), view, "tab {tab}: nothing is foreseen");
            }
            let side = match machine.me() {
                Me::Visitor => Side::Visitor,
                Me::Agent(_) => Side::Team,
            };
            let mark = conversation.read(side);
            let unread = log.events.iter().filter(|event| {
                let theirs = (event.author == Author::Visitor) == (side == Side::Team);
                event.seq > mark.up_to
                    && event.seq <= conversation.head
                    && theirs
                    && matches!(event.body, EventBody::Message { .. })
            });
            let unread: Vec<_> = unread.map(|event| event.seq).collect();
            assert_eq!(mark.unread, unread, "tab {tab}: unread is what stands after the mark");

            let Shown { messages: shown, notes: shown_notes, .. } =
                Shown::of(machine.rows(&place), || format!("tab {tab}"));
            let messages = crate::server::messages(&log.events);
            let notes = match machine.me() {
                Me::Visitor => Vec::new(),
                Me::Agent(_) => crate::server::notes(&log.events),
            };
            assert!(messages.ends_with(&shown), "tab {tab}: {shown:?} of {messages:?}");
            assert!(notes.ends_with(&shown_notes), "tab {tab}: {shown_notes:?} of {notes:?}");
            if loaded && !machine.has_older(&conversation.id) {
                assert_eq!((shown, shown_notes), (messages, notes), "tab {tab}");
            }
        }
    }
}

/// What an agent sees of the folder on the screen is what the server would list, as far as it has been
/// listed, and the counts are the server's.
fn lists_agree(w: &World, with_unread: bool) {
    for (tab, client) in w.clients.iter().enumerate() {
        let (Some(folders), Some(filter)) = (&client.folders, client.lists) else { continue };
        let all = w.server.list(&client.caller, filter, None, usize::MAX).unwrap();
        let all: Vec<_> = all.conversations.into_iter().map(|listed| listed.id).collect();
        let listed = w.folder(tab, filter);
        assert!(all.starts_with(&listed), "tab {tab}: {listed:?} of {all:?}");
        if w.page(tab, filter) == PageState::Whole {
            assert_eq!(listed, all, "tab {tab}");
        }
        let (here, there) = (folders.counts(), w.server.counts(&client.caller).unwrap());
        let places = |counts: Counts| (counts.open, counts.unassigned, counts.mine);
        assert_eq!(places(here), places(there), "tab {tab}");
        if with_unread {
            assert_eq!(here.unread, there.unread, "tab {tab}");
        }
    }
}

/// Whoever sees a field may write in it, and whoever sees none may begin anew. What an agent sees
/// closed may be opened again.
fn nobody_is_locked_out(w: &World) {
    for (tab, client) in w.clients.iter().enumerate() {
        let machine = &client.machine;
        for conversation in machine.conversations() {
            let Some(log) = w.server.logs.get(&conversation.id) else { continue };
            let may = |act: &Act| {
                let author = match machine.me() {
                    Me::Visitor => Author::Visitor,
                    Me::Agent(member) => Author::Agent(member.clone()),
                };
                rules::decide(&log.state, &author, act, &w.server.policy).is_ok()
            };
            match machine.me() {
                Me::Visitor => {
                    let view = machine.visitor_view(&Place::At(conversation.id.clone()));
                    let taken = may(&Act::message("hm"));
                    assert_eq!(view.field, taken, "tab {tab}: the field says what the server does");
                    assert!(may(&Act::Close { seen: 0 }), "tab {tab}: a visitor may always close");
                }
                Me::Agent(_) => assert!(may(&Act::Reopen), "tab {tab}: {conversation:?}"),
            }
        }
    }
}

/// No note is anywhere where a visitor could get it.
fn notes_stay_among_agents(w: &World, typed: &Typed) {
    let said = w.server.texts();
    for client in &w.clients {
        for (_, draft) in &client.drafts {
            assert!(draft.lines().all(|line| typed.notes.iter().all(|note| note != line)));
        }
    }
    assert!(typed.notes.iter().all(|note| !said.contains(note)));
}

/// Every text is in the log, or waits visibly for the person, or is back in a field: once.
fn nothing_is_lost_or_doubled(w: &World, typed: &Typed) {
    let mut log = w.server.texts();
    log.extend(w.server.notes());
    let mut elsewhere: Vec<String> = Vec::new();
    for client in &w.clients {
        for (_, draft) in client.drafts.iter().chain(&client.note_drafts) {
            elsewhere.extend(draft.lines().map(str::to_owned));
        }
        let mut places: Vec<Place> =
            client.machine.home().into_iter().map(|row| row.place).collect();
        places.extend(client.machine.conversations().map(|c| Place::At(c.id.clone())));
        places.sort();
        places.dedup();
        for place in places {
            for row in client.machine.rows(&place) {
                if let Content::Message { text, client_id: Some(_), .. }
                | Content::Note { text, client_id: Some(_), .. } = row.content
                {
                    elsewhere.push(text);
                }
            }
        }
    }
    for text in &typed.texts {
        let logged = log.iter().filter(|logged| *logged == text).count();
        let kept = elsewhere.iter().filter(|kept| *kept == text).count();
        if typed.given_up.contains(text) {
            assert!(logged <= 1 && kept == 0, "{text}: {logged} in the log, {kept} kept");
        } else {
            assert_eq!(logged + kept, 1, "{text}: {logged} in the log, {kept} kept");
        }
    }
}

/// What fails once is tried first from then on: its seed is kept beside the tests.
pub fn config(cases: u32) -> ProptestConfig {
    let seeds = FileFailurePersistence::Direct("tests/failed-seeds.txt");
    ProptestConfig {
        cases,
        failure_persistence: Some(Box::new(seeds)),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn whatever_happens_all_agree_in_the_end_and_no_text_is_lost_or_doubled(
        happenings in prop::collection::vec(happening(), 1..120),
    ) {
        let (mut w, mut typed) = a_busy_world();
        for happening in happenings {
            happens(&mut w, &mut typed, happening);
        }
        everything_heals(&mut w);
        all_agree(&w);
        nobody_is_locked_out(&w);
        nothing_is_lost_or_doubled(&w, &typed);
        notes_stay_among_agents(&w, &typed);
    }

    #[test]
    fn where_a_welcome_has_no_room_for_all_lists_and_counts_are_right_in_the_end(
        happenings in prop::collection::vec(happening(), 1..60),
        looks_at in prop::sample::select(&List::ALL[..]),
        deeper in 0..3usize,
    ) {
        let (mut w, mut typed) = a_busy_world();
        w.server.welcome_max = 2;
        let visitor = w.visitor();
        for _ in 0..4 {
            happens(&mut w, &mut typed, Happening::Begins(visitor));
        }
        let agents: Vec<Tab> =
            (0..w.clients.len()).filter(|tab| w.clients[*tab].folders.is_some()).collect();
        for tab in &agents {
            w.looks_at(*tab, looks_at);
        }
        w.server_is_killed();
        w.heals();
        for tab in &agents {
            for _ in 0..deeper {
                w.lists_on(*tab);
                w.comes_to_rest();
            }
        }
        for happening in happenings {
            happens(&mut w, &mut typed, happening);
        }
        // By events alone where connections lasted; a mark that got lost comes with a welcome.
        for tab in 0..w.clients.len() {
            w.clients[tab].sockets = true;
        }
        w.heals();
        for tab in &agents {
            // Who is told that a page could not be loaded tries again.
            while w.page(*tab, looks_at) == PageState::Failed {
                w.lists_on(*tab);
                w.comes_to_rest();
            }
        }
        lists_agree(&w, false);
        everything_heals(&mut w);
        lists_agree(&w, true);
        all_agree(&w);
    }

    #[test]
    fn all_agree_after_a_restore_too(
        before in prop::collection::vec(happening(), 1..40),
        between in prop::collection::vec(happening(), 1..40),
        after in prop::collection::vec(happening(), 1..40),
        knowingly in any::<bool>(),
    ) {
        let (mut w, mut typed) = a_busy_world();
        before.into_iter().for_each(|happening| happens(&mut w, &mut typed, happening));
        let backup: Server = w.server.clone();
        between.into_iter().for_each(|happening| happens(&mut w, &mut typed, happening));
        w.server_is_restored(&backup, knowingly);
        if !knowingly {
            // Only what is lower than what they know can tell them.
            w.all_reconnect();
        }
        after.into_iter().for_each(|happening| happens(&mut w, &mut typed, happening));
        everything_heals(&mut w);
        all_agree(&w);
        nobody_is_locked_out(&w);
        notes_stay_among_agents(&w, &typed);
    }
}

// A server that says anything at all.

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..6u64, 1 => Just(u64::MAX), 1 => Just(u64::MAX - 1), 1 => any::<u64>()]
}

fn id() -> impl Strategy<Value = ConversationId> {
    (0..3u8).prop_map(|n| ConversationId::from_bytes([n; 16]))
}

fn client_id() -> impl Strategy<Value = ClientId> {
    (0..4u8).prop_map(|n| ClientId::from_bytes([n; 16]))
}

/// A clock that mostly goes as clocks do.
fn time() -> impl Strategy<Value = i64> {
    prop_oneof![20 => 0..1_000i64, 1 => any::<i64>()]
}

/// Acts have names of their own.
fn act_id() -> impl Strategy<Value = ClientId> {
    (4..8u8).prop_map(|n| ClientId::from_bytes([n; 16]))
}

fn answered_id() -> impl Strategy<Value = ClientId> {
    prop_oneof![client_id(), act_id()]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![Just(Act::Reopen), Just(Act::KeepOpen), Just(Act::Close { seen: 1 })]
}

fn writing() -> impl Strategy<Value = Writing> {
    prop_oneof![Just(Writing::Message), Just(Writing::MessageAndClose), Just(Writing::Note)]
}

fn any_place() -> impl Strategy<Value = Place> {
    prop_oneof![client_id().prop_map(Place::New), id().prop_map(Place::At)]
}

fn author() -> impl Strategy<Value = Author> {
    prop_oneof![
        Just(Author::Visitor),
        Just(Author::Agent(agent("Ben"))),
        Just(Author::Timer),
        Just(Author::Withheld),
        Just(Author::Other),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let body = prop_oneof![
        Just(EventBody::message("hm")),
        Just(EventBody::Closed),
        Just(EventBody::Reopened),
        Just(EventBody::KeptOpen),
        Just(EventBody::Dismissed),
        Just(EventBody::Restored),
        Just(EventBody::assigned(Some(agent("Ben")))),
        Just(EventBody::Note { text: "hm".to_owned() }),
        Just(EventBody::Withheld),
        Just(EventBody::Unreadable),
        Just(EventBody::Other),
    ];
    (number(), number(), author(), prop::option::of(answered_id()), body).prop_map(
        |(seq, revision, author, client_id, body)| Event {
            seq,
            revision,
            at: seq as i64,
            author,
            client_id,
            body,
        },
    )
}

fn conversation() -> impl Strategy<Value = Conversation> {
    (id(), number(), number(), prop::collection::vec(event(), 0..4)).prop_map(
        |(id, head, revision, events)| {
            let visitor = VisitorId::from_bytes([1; 16]);
            let mut conversation = Conversation::new(id, Kind::Live, visitor, 0);
            for event in &events {
                conversation.apply(event);
            }
            Conversation { head, revision, ..conversation }
        },
    )
}

fn failure() -> impl Strategy<Value = Failure> {
    let code = prop::sample::select(ErrorCode::ALL);
    prop_oneof![
        Just(Failure::Network),
        (code, prop::option::of(number())).prop_map(|(code, retry_after_ms)| {
            let mut body = code.body();
            body.retry_after_ms = retry_after_ms;
            Failure::Refused(body)
        }),
    ]
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(event(), 0..4)
}

fn frame() -> impl Strategy<Value = ServerFrame> {
    let conversations = || prop::collection::vec(conversation(), 0..3);
    let welcome = (0..2u8, number(), any::<i64>(), conversations()).prop_map(
        |(epoch, revision, now, conversations)| {
            ServerFrame::Welcome(Welcome {
                booted: Boot { epoch: Epoch::from_bytes([epoch; 16]), revision },
                revision,
                now,
                policy: Policy::default(),
                online: false,
                conversations,
                counts: None,
                visitors: Vec::new(),
            })
        },
    );
    let maybe = || prop::option::of(number());
    let policy = (maybe(), maybe(), maybe()).prop_map(
        |(hide_closed_since, live_closes_after_s, warn_before_s)| {
            ServerFrame::Policy(Policy {
                hide_closed_since,
                live_closes_after_s,
                warn_before_s,
                ..Policy::default()
            })
        },
    );
    prop_oneof![
        welcome,
        policy,
        (id(), event())
            .prop_map(|(conversation, event)| ServerFrame::Event { conversation, event }),
        (id(), number()).prop_map(|(conversation, up_to)| ServerFrame::Read {
            conversation,
            side: Side::Visitor,
            up_to,
            revision: None,
        }),
        (id(), number()).prop_map(|(conversation, head)| ServerFrame::Beacon(vec![Head {
            conversation,
            head
        }])),
        prop::sample::select(ErrorCode::ALL).prop_map(|code| ServerFrame::Error(code.body())),
        any::<bool>().prop_map(ServerFrame::Online),
        (id(), author()).prop_map(|(conversation, by)| ServerFrame::Typing { conversation, by }),
        Just(ServerFrame::Other),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        any_place().prop_map(Command::Open),
        id().prop_map(Command::LoadOlder),
        id().prop_map(Command::Read),
        id().prop_map(Command::Type),
        (any_place(), client_id(), writing()).prop_map(|(place, client_id, writing)| {
            Command::Send { place, client_id, text: "hm".to_owned(), writing }
        }),
        client_id().prop_map(|client_id| Command::Send {
            place: Place::New(client_id.clone()),
            client_id,
            text: "hm".to_owned(),
            writing: Writing::Message,
        }),
        (id(), act_id(), act()).prop_map(|(id, client_id, act)| Command::Act {
            id,
            client_id,
            act
        }),
        client_id().prop_map(Command::Retry),
        client_id().prop_map(Command::Discard),
        Just(Command::TryNow),
    ]
}

const TIMERS: &[Timer] = &[
    Timer::Reconnect,
    Timer::Silence,
    Timer::Retry,
    Timer::Refresh,
    Timer::Probe,
    Timer::Warning,
    Timer::Typing,
];

fn input() -> impl Strategy<Value = Input> {
    let range = prop_oneof![number().prop_map(Range::After), number().prop_map(Range::Before)];
    let page = (events(), number()).prop_map(|(events, head)| Page { events, head });
    let started = (conversation(), events())
        .prop_map(|(conversation, events)| Started { conversation, events });
    let appended = (events(), number()).prop_map(|(events, head)| Appended { events, head });
    let stored = (client_id(), any_place(), any::<bool>()).prop_map(|(client_id, place, note)| {
        let text = "hm".to_owned();
        Outgoing {
            client_id,
            place,
            text,
            written_at: 0,
            order: 0,
            then_close: None,
            answers: None,
            note,
        }
    });
    prop_oneof![
        1 => (any::<bool>(), prop::collection::vec(stored, 0..3))
            .prop_map(|(known, stored)| Input::Boot { known, stored }),
        6 => command().prop_map(Input::Command),
        8 => frame().prop_map(Input::Frame),
        1 => Just(Input::LinkLost),
        3 => (client_id(), prop::result::maybe_ok(started, failure()))
            .prop_map(|(client_id, result)| Input::Started { client_id, result }),
        3 => (answered_id(), prop::result::maybe_ok(appended, failure()))
            .prop_map(|(client_id, result)| Input::Appended { client_id, result }),
        3 => (id(), prop::result::maybe_ok(conversation(), failure()))
            .prop_map(|(id, result)| Input::Conversation { id, result }),
        3 => (id(), range, prop::result::maybe_ok(page, failure()))
            .prop_map(|(id, range, result)| Input::Events { id, range, result }),
        1 => prop::collection::vec(conversation(), 0..3).prop_map(Input::Listed),
        2 => prop::sample::select(TIMERS).prop_map(Input::Timer),
        1 => any::<bool>().prop_map(|online| Input::Network { online }),
        1 => Just(Input::PageShown),
        1 => Just(Input::PageHidden),
    ]
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn nothing_that_a_server_says_makes_the_machine_fail(
        is_agent in any::<bool>(),
        inputs in prop::collection::vec((input(), time(), any::<u32>()), 1..60),
    ) {
        let me = if is_agent { Me::Agent(agent("Ben")) } else { Me::Visitor };
        let mut machine = Machine::new(me);
        machine.step(0, 0, Input::Boot { known: true, stored: vec![] });
        let mut acts: Vec<ClientId> = Vec::new();
        for (input, now, dice) in inputs {
            if let Input::Command(Command::Act { client_id, .. }) = &input
                && !acts.contains(client_id)
            {
                acts.push(client_id.clone());
            }
            let step = machine.step(now, dice, input);
            for change in &step.changes {
                let answered = match change {
                    Change::Done { client_id, .. } => client_id,
                    Change::Refused { client_id: Some(client_id), .. } => client_id,
                    _ => continue,
                };
                let waiting = acts.iter().position(|act| act == answered);
                let is_done = matches!(change, Change::Done { .. });
                prop_assert!(waiting.is_some() || !is_done, "an act is answered once");
                waiting.map(|index| acts.remove(index));
            }
            prop_assert!(step.effects.len() < 40, "{} effects of one input", step.effects.len());
            machine.home();
            machine.unread();
            for n in 0..3 {
                let place = Place::At(ConversationId::from_bytes([n; 16]));
                let mut keys: Vec<_> = machine.rows(&place).iter().map(|row| row.key).collect();
                let rows = keys.len();
                keys.sort_unstable();
                keys.dedup();
                prop_assert_eq!(keys.len(), rows);
                machine.thread_state(&place);
                machine.visitor_view(&place);
                machine.closing_in(&place, now);
                machine.notice(&place, "en", "Shop");
            }
        }
    }
}
