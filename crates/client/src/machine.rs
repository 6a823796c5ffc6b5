//! The machine: one `step` for everything that happens.

mod acts;
mod holes;
mod pump;
mod sync;
mod texts;
mod warnings;

use std::cmp::Ordering;

use porchlight_protocol::conversation::Side;
use porchlight_protocol::wire::Boot;
use porchlight_protocol::{
    Author, ClientId, Conversation, ConversationId, Counts, Epoch, ErrorCode, Event, EventBody,
    Member, Millis, Policy, Revision, Seq,
};

use self::acts::Doing;
use self::warnings::Look;
use crate::backoff::{Backoff, Fetch, Moment, jitter_ms};
use crate::clock::ServerClock;
use crate::effect::{Change, Effect, Step, Timer};
use crate::input::{Command, Failure, Input};
use crate::link::{Connection, Link};
use crate::map::{Map, Set};
use crate::outbox::{Delivery, Entry, Outgoing, Place};
use crate::timeline::{Content, Row, RowKey, Timeline};

/// Who sits at this client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Me {
    /// The visitor.
    Visitor,
    /// An agent.
    Agent(Member),
}

impl Me {
    pub(crate) fn author(&self) -> Author {
        match self {
            Me::Visitor => Author::Visitor,
            Me::Agent(member) => Author::Agent(member.clone()),
        }
    }

    pub(crate) fn side(&self) -> Side {
        match self {
            Me::Visitor => Side::Visitor,
            Me::Agent(_) => Side::Team,
        }
    }

    fn wrote(&self, author: &Author) -> bool {
        match (self, author) {
            (Me::Visitor, Author::Visitor) => true,
            (Me::Agent(me), Author::Agent(author)) => me.id == author.id,
            _ => false,
        }
    }
}

/// Everything a client knows, and what it still has to do.
#[derive(Debug, Clone)]
pub struct Machine {
    me: Me,
    connection: Connection,
    /// Somebody to connect for.
    known: bool,
    /// A key was refused, and no conversation has been started with the next one yet.
    rekeyed: bool,
    network: Network,
    shown: bool,
    fault: Option<ErrorCode>,
    welcomed: bool,

    booted: Option<Boot>,
    /// What the last welcome covers. Not what single events tell: others may be missing before them.
    revision: Revision,
    /// The newest commit that anything has told of, and what it was when the connection was asked for.
    newest: Revision,
    newest_asked: Revision,
    /// The server has told what can't be of the store's life that is known.
    contradicted: bool,
    counts: Option<Counts>,
    /// What is open and was active before this commit was not in the last welcome.
    open_beyond: Option<Revision>,
    policy: Policy,
    team_online: bool,

    threads: Map<ConversationId, Thread>,
    /// Heard of and not known yet.
    unknown: Map<ConversationId, Fetch>,
    gone: Set<ConversationId>,
    /// The threads that a view wants loaded.
    opened: Set<ConversationId>,
    named: Map<ClientId, ConversationId>,

    outbox: Vec<Entry>,
    acts: Vec<Doing>,
    /// When the next thing that failed may be tried again, as the timer is set.
    retry_at: Option<Millis>,
    next_local: u64,
    /// The place in the outbox of what is written next.
    next_order: u64,
    clock: ServerClock,
    /// When to look at the warnings again.
    look: Option<Look>,
}

/// A conversation and what is loaded of it.
#[derive(Debug, Clone)]
struct Thread {
    conversation: Conversation,
    timeline: Option<Timeline>,
    /// The highest head that was heard of.
    heard: Seq,
    /// It may have changed while nobody told us.
    stale: bool,
    /// An event was folded into the state that this version does not understand: what else it changed
    /// is not in it.
    guessed: bool,
    older_wanted: bool,
    /// The server has told nothing of what stands before the loaded part, though there must be
    /// something.
    older_missing: bool,
    /// The state, the events after the loaded part, and those before it.
    state: Fetch,
    newer: Fetch,
    older: Fetch,
    /// The head when the connection was asked for, and when the state was: the answers can't be behind.
    head_at_hello: Seq,
    head_at_fetch: Seq,
}

/// What is known of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Network {
    /// Nothing speaks against it.
    Up,
    /// The browser says that there is none. It may be wrong, so after a while it is tried; this many
    /// times that was in vain.
    Down(u32),
    /// The browser says that there is none, and it is being tried.
    Tried(u32),
}

/// Milliseconds from the browser's word that there is no network to the first try without one, at
/// most. The next tries are further apart.
const PROBE_FIRST_MS: u64 = 5_000;
const PROBE_MAX_MS: u64 = 60_000;

/// What is there of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThreadState {
    /// Its latest part is on the way.
    Loading,
    /// It can be shown.
    Ready,
    /// There is no such conversation for this person.
    Gone,
    /// It could not be loaded, and not for want of trying. It is tried on, ever less often; to open it
    /// again tries at once.
    Failed,
}

impl Machine {
    /// A machine at which nothing has happened yet.
    pub fn new(me: Me) -> Self {
        Machine {
            me,
            connection: Connection::new(),
            known: false,
            rekeyed: false,
            network: Network::Up,
            shown: true,
            fault: None,
            welcomed: false,
            booted: None,
            revision: 0,
            newest: 0,
            newest_asked: 0,
            contradicted: false,
            counts: None,
            open_beyond: None,
            policy: Policy::default(),
            team_online: false,
            threads: Map::default(),
            unknown: Map::default(),
            gone: Set::default(),
            opened: Set::default(),
            named: Map::default(),
            outbox: Vec::new(),
            acts: Vec::new(),
            retry_at: None,
            next_local: 0,
            next_order: 1,
            clock: ServerClock::new(),
            look: None,
        }
    }

    /// Takes one input. `now` is the client's clock, `dice` uniform over all of `u32`.
    pub fn step(&mut self, now: Millis, dice: u32, input: Input) -> Step {
        let mut step = Step::default();
        if self.clock.tick(now) {
            self.reconnect(&mut step);
            self.backoffs(&mut Backoff::hurry);
        }
        self.backoffs(&mut |backoff| backoff.tick(now));
        self.input(Moment { now, dice }, input, &mut step);
        if std::mem::take(&mut self.contradicted) {
            self.start_over(Moment { now, dice }, &mut step);
        }
        self.pump(now, &mut step);
        step
    }

    fn input(&mut self, at: Moment, input: Input, step: &mut Step) {
        let Moment { now, dice } = at;
        if let Some(came_through) = came_through(&input) {
            self.network_tried(at, came_through, step);
        }
        match input {
            Input::Boot { known, stored } => self.boot(known, stored, step),
            Input::Command(command) => self.command(now, command, step),
            Input::Frame(frame) => self.frame(now, dice, frame, step),
            Input::LinkLost => self.link_lost(now, dice, 0, step),
            Input::Started { client_id, result } => match result {
                Ok(started) => self.started(&client_id, started, step),
                Err(failure) => self.not_started(at, &client_id, failure, step),
            },
            Input::Appended { client_id, result } => match result {
                Ok(appended) => self.appended(&client_id, appended, step),
                Err(failure) => self.not_appended(at, &client_id, failure, step),
            },
            Input::Conversation { id, result } => self.fetched(at, &id, result, step),
            Input::Events { id, range, result } => {
                self.fetched_events(at, &id, range, result, step)
            }
            Input::Listed(conversations) => {
                for conversation in conversations {
                    self.merge(conversation, step);
                }
                step.change(Change::List);
            }
            Input::Missed(ids) => {
                for id in ids {
                    self.doubt(&Place::At(id));
                }
            }
            Input::Timer(Timer::Reconnect) => self.connection.hurry(),
            Input::Timer(Timer::Silence) => self.listen(now, dice, step),
            // What is due by now may go out. The timer is set again, should it have been early.
            Input::Timer(Timer::Retry) => self.retry_at = None,
            Input::Timer(Timer::Refresh) => self.refresh(now, step),
            Input::Timer(Timer::Probe) => self.probe(),
            Input::Timer(Timer::Warning) => self.look_early(now),
            Input::Network { online } => self.network_changed(at, online, step),
            Input::PageHidden => {
                self.shown = false;
                self.put_down(step);
            }
            Input::PageShown => {
                self.shown = true;
                self.backoffs(&mut Backoff::hurry);
                self.connection.hurry();
                // It may have slept without having been put away.
                self.listen(now, dice, step);
                // Nobody counted down meanwhile.
                step.change(Change::List);
            }
        }
    }

    fn boot(&mut self, known: bool, mut stored: Vec<Outgoing>, step: &mut Step) {
        self.known = known;
        // What an earlier version stored has no order but the clock's.
        stored.sort_by_key(|outgoing| (outgoing.order, outgoing.written_at));
        for outgoing in stored {
            self.next_order = self.next_order.max(outgoing.order.saturating_add(1));
            self.enqueue(outgoing, step);
        }
        self.readdress(step);
    }

    fn command(&mut self, now: Millis, command: Command, step: &mut Step) {
        match command {
            Command::Open(place) => self.open(place, step),
            Command::LoadOlder(id) => {
                if let Some(thread) = self.threads.get_mut(&id) {
                    if thread.older.backoff.is_told() {
                        thread.older.backoff.reset();
                        step.change(Change::Rows(Place::At(id)));
                    }
                    thread.older_wanted = true;
                }
            }
            Command::Read(id) => self.read(&id, step),
            Command::Send { place, client_id, text, writing } => {
                self.send(now, place, client_id, text, writing, step);
            }
            Command::Act { id, client_id, act } => self.act(id, client_id, act, step),
            Command::Retry(client_id) => self.retry(&client_id, step),
            Command::Discard(client_id) => self.discard(&client_id, step),
            Command::TryNow => self.try_now(),
        }
    }

    fn open(&mut self, place: Place, step: &mut Step) {
        if let Place::At(id) = self.resolve(place) {
            self.opened.insert(id.clone(), ());
            match self.threads.get_mut(&id) {
                Some(thread) => {
                    thread.load();
                    for fetch in [&mut thread.state, &mut thread.newer, &mut thread.older] {
                        fetch.backoff.reset();
                    }
                }
                // Who has no key has no conversations.
                None if !self.known && self.me == Me::Visitor => {
                    self.gone.insert(id.clone(), ());
                }
                None => {
                    self.gone.remove(&id);
                    let out = self.unknown.get(&id).is_some_and(|fetch| fetch.out);
                    self.unknown.insert(id.clone(), Fetch { out, ..Fetch::default() });
                }
            }
            step.change(Change::List);
            step.change(Change::Rows(Place::At(id)));
        }
    }

    fn read(&mut self, id: &ConversationId, step: &mut Step) {
        let side = self.me.side();
        let Some(thread) = self.threads.get_mut(id) else { return };
        let Some(timeline) = &thread.timeline else { return };
        let up_to = timeline.applied().min(thread.conversation.head);
        // A mark that takes no unread message away is not worth a request.
        let news = thread.conversation.read(side).unread.iter().any(|seq| *seq <= up_to);
        if news && thread.conversation.mark_read(side, up_to) {
            step.effect(Effect::MarkRead { id: id.clone(), up_to });
            step.change(Change::List);
            self.line(id, step);
        }
    }

    /// What is known of this conversation has changed.
    fn line(&self, id: &ConversationId, step: &mut Step) {
        if let Me::Agent(_) = self.me {
            step.change(Change::Line(id.clone()));
        }
    }

    /// Everything that may be waiting for its next try.
    fn backoffs(&mut self, each: &mut dyn FnMut(&mut Backoff)) {
        for (_, thread) in self.threads.iter_mut() {
            each(&mut thread.state.backoff);
            each(&mut thread.newer.backoff);
            each(&mut thread.older.backoff);
        }
        self.unknown.iter_mut().for_each(|(_, fetch)| each(&mut fetch.backoff));
        self.outbox.iter_mut().for_each(|entry| each(&mut entry.backoff));
        self.acts.iter_mut().for_each(|doing| each(&mut doing.backoff));
    }

    /// The person wants what waits to be tried now.
    fn try_now(&mut self) {
        self.backoffs(&mut Backoff::reset);
        self.connection.hurry();
        self.probe();
    }

    /// Tries whether there is a network after all.
    fn probe(&mut self) {
        if let Network::Down(tries) = self.network {
            self.network = Network::Tried(tries);
            self.backoffs(&mut Backoff::hurry);
            self.connection.hurry();
        }
    }

    /// Something came through, or did not.
    fn network_tried(&mut self, at: Moment, came_through: bool, step: &mut Step) {
        match self.network {
            Network::Down(_) | Network::Tried(_) if came_through => {
                self.network = Network::Up;
                step.change(Change::Link);
            }
            Network::Tried(tries) => self.network_down(at, tries.saturating_add(1), step),
            _ => {}
        }
    }

    fn network_down(&mut self, at: Moment, tries: u32, step: &mut Step) {
        self.network = Network::Down(tries);
        let within_ms = (PROBE_FIRST_MS << tries.min(8)).min(PROBE_MAX_MS);
        let after_ms = within_ms / 2 + jitter_ms(within_ms / 2, at.dice);
        step.effect(Effect::Wake { timer: Timer::Probe, after_ms });
    }

    /// Something may go out.
    fn may_ask(&self) -> bool {
        !matches!(self.network, Network::Down(_)) && self.fault.is_none()
    }

    fn wants_link(&self) -> bool {
        self.known && self.shown && self.may_ask()
    }

    fn local_key(&mut self) -> RowKey {
        self.next_local += 1;
        RowKey::local(self.next_local)
    }

    /// Where a place is by now: a new conversation that has got its name is at that name.
    pub fn resolve(&self, place: Place) -> Place {
        match place {
            Place::New(client_id) => match self.named.get(&client_id) {
                Some(id) => Place::At(id.clone()),
                None => Place::New(client_id),
            },
            at => at,
        }
    }

    /// Who sits here.
    pub fn me(&self) -> &Me {
        &self.me
    }

    /// The connection, as a person may know it.
    pub fn link(&self) -> Link {
        if self.is_offline() { Link::Down } else { self.connection.link }
    }

    /// The browser says that there is no network, and nothing has shown that it is wrong.
    pub fn is_offline(&self) -> bool {
        self.network != Network::Up
    }

    /// What ended the connection for good, if anything did: an old version, a lost session.
    pub fn fault(&self) -> Option<ErrorCode> {
        self.fault
    }

    /// A welcome has come: the list is the server's, not just empty.
    pub fn is_welcomed(&self) -> bool {
        self.welcomed
    }

    /// How many conversations are open, as the last welcome told an agent.
    pub fn counts(&self) -> Option<Counts> {
        self.counts
    }

    /// The commit below which the last welcome left open conversations out; `None` if it held all.
    pub fn open_beyond(&self) -> Option<Revision> {
        self.open_beyond
    }

    /// Which life of the store the last welcome was of.
    pub fn epoch(&self) -> Option<&Epoch> {
        self.booted.as_ref().map(|boot| &boot.epoch)
    }

    /// The closing policy in force.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// When this client booted, by the store's count.
    pub fn booted_at(&self) -> Revision {
        self.booted.as_ref().map_or(0, |boot| boot.revision)
    }

    /// What the server's clock shows while this machine's shows `now`. What is told of the past, as
    /// "5 min", counts by it: it is the clock that wrote down when things happened.
    pub fn server_now(&self, now: Millis) -> Millis {
        self.clock.server(now)
    }

    /// An agent is there.
    pub fn is_team_online(&self) -> bool {
        self.team_online
    }

    /// A conversation, if it is known.
    pub fn conversation(&self, id: &ConversationId) -> Option<&Conversation> {
        self.threads.get(id).map(|thread| &thread.conversation)
    }

    /// Every known conversation.
    pub fn conversations(&self) -> impl Iterator<Item = &Conversation> {
        self.threads.values().map(|thread| &thread.conversation)
    }

    /// How many texts of this person the log does not have yet.
    pub fn unsent(&self) -> usize {
        self.outbox.iter().filter(|entry| entry.delivery() != Delivery::Sent).count()
    }

    /// An act of the person in this conversation is on its way.
    pub fn is_busy(&self, id: &ConversationId) -> bool {
        self.acts.iter().any(|doing| doing.id == *id && doing.is_pending())
    }

    /// What is there of a thread.
    pub fn thread_state(&self, place: &Place) -> ThreadState {
        match place {
            Place::New(client_id) => match self.named.get(client_id) {
                Some(id) => self.thread_state(&Place::At(id.clone())),
                None => ThreadState::Ready,
            },
            Place::At(id) if self.gone.contains(id) => ThreadState::Gone,
            Place::At(id) => match self.threads.get(id) {
                Some(Thread { timeline: Some(timeline), .. })
                    if timeline.applied() >= timeline.first() =>
                {
                    ThreadState::Ready
                }
                Some(thread) if thread.older.backoff.is_told() => ThreadState::Failed,
                None if self.unknown.get(id).is_some_and(|fetch| fetch.backoff.is_told()) => {
                    ThreadState::Failed
                }
                _ => ThreadState::Loading,
            },
        }
    }

    /// Older events exist that are not loaded.
    pub fn has_older(&self, id: &ConversationId) -> bool {
        let Some(thread) = self.threads.get(id) else { return false };
        let first = thread.timeline.as_ref().map_or(1, Timeline::first);
        first > 1 && !thread.older_missing
    }

    /// They could not be loaded so far: [`Command::LoadOlder`] tries again at once.
    pub fn has_older_failed(&self, id: &ConversationId) -> bool {
        let thread = self.threads.get(id);
        thread.is_some_and(|thread| thread.older_wanted && thread.older.backoff.is_told())
    }

    /// The messages of this place that the log does not have yet, oldest first.
    pub(crate) fn outgoing(&self, place: &Place) -> impl Iterator<Item = &Entry> {
        self.outbox.iter().filter(move |entry| entry.outgoing.place == *place)
    }

    /// The places of new conversations that have no name yet, oldest first.
    pub(crate) fn unnamed(&self) -> Vec<&ClientId> {
        let mut places = Vec::new();
        for entry in &self.outbox {
            if let Place::New(client_id) = &entry.outgoing.place
                && !places.contains(&client_id)
            {
                places.push(client_id);
            }
        }
        places
    }

    /// The rows of a thread: the loaded log, then what is on its way. A visitor's rows are messages
    /// and what can't be shown: by default nothing tells them of a closing, and the notice says it where
    /// it is on.
    pub fn rows(&self, place: &Place) -> Vec<Row> {
        let place = self.resolve(place.clone());
        let mut rows = Vec::new();
        if let Place::At(id) = &place
            && let Some(timeline) = self.threads.get(id).and_then(|thread| thread.timeline.as_ref())
        {
            rows.extend(timeline.events().filter_map(|(key, event)| {
                let content = match &event.body {
                    EventBody::Message { text } => said(false, text, Delivery::Sent, None),
                    EventBody::Unreadable => Content::Unreadable,
                    EventBody::Other => Content::Other,
                    _ if self.me == Me::Visitor => return None,
                    EventBody::Closed => Content::Closed,
                    EventBody::Reopened => Content::Reopened,
                    EventBody::KeptOpen => Content::KeptOpen,
                    EventBody::Dismissed => Content::Dismissed,
                    EventBody::Restored => Content::Restored,
                    EventBody::Assigned { to } => Content::Assigned(to.clone()),
                    EventBody::Note { text } => said(true, text, Delivery::Sent, None),
                    EventBody::Withheld => return None,
                };
                let mine = self.me.wrote(&event.author);
                Some(Row { key, author: event.author.clone(), mine, at: event.at, content })
            }));
        }
        rows.extend(self.outgoing(&place).map(|entry| Row {
            key: entry.key,
            author: self.me.author(),
            mine: true,
            at: entry.outgoing.written_at,
            content: said(
                entry.outgoing.note,
                &entry.outgoing.text,
                entry.delivery(),
                Some(entry.outgoing.client_id.clone()),
            ),
        }));
        rows
    }
}

/// True if an input shows that the server was reached, false if that it was not.
fn came_through(input: &Input) -> Option<bool> {
    let failure = match input {
        Input::Started { result, .. } => result.as_ref().err(),
        Input::Appended { result, .. } => result.as_ref().err(),
        Input::Conversation { result, .. } => result.as_ref().err(),
        Input::Events { result, .. } => result.as_ref().err(),
        Input::Frame(_) => None,
        Input::LinkLost => Some(&Failure::Network),
        _ => return None,
    };
    Some(failure != Some(&Failure::Network))
}

fn said(note: bool, text: &str, delivery: Delivery, client_id: Option<ClientId>) -> Content {
    let text = text.to_owned();
    if note {
        Content::Note { text, delivery, client_id }
    } else {
        Content::Message { text, delivery, client_id }
    }
}

impl Thread {
    fn new(conversation: Conversation) -> Self {
        Thread {
            heard: conversation.head,
            conversation,
            timeline: None,
            stale: false,
            guessed: false,
            older_wanted: false,
            older_missing: false,
            state: Fetch::default(),
            newer: Fetch::default(),
            older: Fetch::default(),
            head_at_hello: 0,
            head_at_fetch: 0,
        }
    }

    /// True if this event can't be of the log that is known: in one life of a store a place is taken
    /// once, and a later one by a later commit.
    fn is_contradicted_by(&self, event: &Event) -> bool {
        let loaded = self.loaded(event.seq);
        let other = loaded.is_some_and(|loaded| loaded != event);
        self.is_out_of_order(event.seq, event.revision)
            || other && event.body != EventBody::Unreadable
    }

    /// The same of a state.
    fn is_contradicted_by_state(&self, fresh: &Conversation) -> bool {
        let known = &self.conversation;
        let loaded = self.loaded(fresh.head);
        self.is_out_of_order(fresh.head, fresh.revision)
            || loaded.is_some_and(|loaded| loaded.revision != fresh.revision)
            || !self.guessed && fresh.head == known.head && fresh.last != known.last
    }

    fn is_out_of_order(&self, seq: Seq, revision: Revision) -> bool {
        let known = &self.conversation;
        // What was put in the place of what did not come has no commit of its own.
        !self.guessed
            && match seq.cmp(&known.head) {
                Ordering::Less => revision > known.revision,
                Ordering::Equal => revision != known.revision,
                Ordering::Greater => revision < known.revision,
            }
    }

    /// An event that is loaded, if it could be read.
    fn loaded(&self, seq: Seq) -> Option<&Event> {
        let event = self.timeline.as_ref()?.get(seq)?;
        (event.body != EventBody::Unreadable).then_some(event)
    }

    /// Begins to load the latest part, unless that has been done.
    fn load(&mut self) {
        if self.timeline.is_none() {
            self.timeline = Some(Timeline::after(self.conversation.head));
            self.older_wanted = true;
        }
    }

    /// Something was heard of that is missing, in the state or in the loaded part.
    fn is_behind(&self) -> bool {
        self.heard.max(self.conversation.head) > self.covered()
    }

    /// The event up to which nothing is missing, in the state and in the loaded part.
    fn covered(&self) -> Seq {
        let timeline = self.timeline.as_ref().map(Timeline::applied);
        timeline.map_or(self.conversation.head, |applied| applied.min(self.conversation.head))
    }
}
