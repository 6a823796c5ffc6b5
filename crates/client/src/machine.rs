//! The machine: one `step` for every input.

mod acts;
mod holes;
mod pump;
mod rows;
mod sync;
mod texts;
mod typing;
#[cfg(feature = "team")]
mod visitors;
mod warnings;

use std::cmp::Ordering;

use porchlight_protocol::conversation::Side;
use porchlight_protocol::hours::Away;
use porchlight_protocol::wire::Boot;
use porchlight_protocol::{
    Author, ClientId, Conversation, ConversationId, Counts, Epoch, ErrorCode, Event, EventBody,
    Member, Millis, Policy, Revision, Seq,
};

use self::acts::Doing;
pub use self::rows::RowKeys;
use self::typing::Typing;
use self::warnings::Look;
use crate::backoff::{Backoff, Fetch, Moment, jitter_ms};
use crate::clock::ServerClock;
use crate::effect::{Change, Effect, Step, Timer};
use crate::input::{Command, Failure, Input};
use crate::link::{Connection, Link};
use crate::map::{Map, Set};
use crate::outbox::{Delivery, Entry, Outgoing, Place};
use crate::timeline::{RowKey, Timeline};

/// The person at this client.
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

/// The state of a client: what it knows, and what it still has to send.
#[derive(Debug, Clone)]
pub struct Machine {
    me: Me,
    connection: Connection,
    /// True if there is an identity to connect with: an agent's session, or a visitor's key.
    known: bool,
    /// True from the refusal of a visitor's key until a conversation has been started with the next one.
    rekeyed: bool,
    network: Network,
    shown: bool,
    fault: Option<ErrorCode>,
    welcomed: bool,

    booted: Option<Boot>,
    /// The revision of the last welcome. Events don't raise it, because earlier ones may be missing.
    revision: Revision,
    /// The newest commit that this client knows of, and its value when the connection was opened.
    newest: Revision,
    newest_asked: Revision,
    /// True if the server has sent something that can't belong to the known epoch.
    contradicted: bool,
    counts: Option<Counts>,
    /// Open conversations with an older `active_revision` were left out of the last welcome.
    open_beyond: Option<Revision>,
    policy: Policy,
    team_online: bool,

    threads: Map<ConversationId, Thread>,
    /// Conversations without a known state, with the fetch of it.
    unknown: Map<ConversationId, Fetch>,
    gone: Set<ConversationId>,
    /// The conversations whose log is kept loaded.
    opened: Set<ConversationId>,
    named: Map<ClientId, ConversationId>,

    outbox: Vec<Entry>,
    acts: Vec<Doing>,
    /// The time for which the retry timer is set.
    retry_at: Option<Millis>,
    next_local: u64,
    /// The `order` of the next text.
    next_order: u64,
    clock: ServerClock,
    /// The time for which the warning timer is set.
    look: Option<Look>,
    /// The time for which the typing timer is set.
    typing_until: Option<Millis>,
    /// For an agent: what visitors are called.
    #[cfg(feature = "team")]
    names: crate::names::Names,
}

/// A conversation, with the loaded part of its log.
#[derive(Debug, Clone)]
struct Thread {
    conversation: Conversation,
    timeline: Option<Timeline>,
    /// The highest head that the server has reported.
    heard: Seq,
    /// True if the state may be out of date, and has to be fetched.
    stale: bool,
    /// True if the state includes an event that this version does not understand, so that it may be wrong, and has
    /// to be fetched.
    guessed: bool,
    older_wanted: bool,
    /// True if the server has sent no events before the loaded part, though there must be some.
    older_missing: bool,
    /// The fetches of the state, of events after the loaded part, and of events before it.
    state: Fetch,
    newer: Fetch,
    older: Fetch,
    /// The head when the connection was opened, and when the state was requested: answers can't be behind it.
    head_at_hello: Seq,
    head_at_fetch: Seq,
    typing: Typing,
}

/// The state of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Network {
    /// Online, as far as is known.
    Up,
    /// The browser reports that it is offline. It may be wrong, so the machine probes the network; this many
    /// probes have failed.
    Down(u32),
    /// The browser reports that it is offline, and a probe is running.
    Tried(u32),
}

/// The longest time in milliseconds from the browser's *offline* to the first probe. The intervals then grow,
/// up to `PROBE_MAX_MS`.
const PROBE_FIRST_MS: u64 = 5_000;
const PROBE_MAX_MS: u64 = 60_000;

/// The loading state of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThreadState {
    /// Its latest part is being loaded.
    Loading,
    /// It can be shown.
    Ready,
    /// The conversation does not exist, or not for this person.
    Gone,
    /// Repeated tries have failed. They continue with back-off; opening the thread again retries at once.
    Failed,
}

impl Machine {
    /// A new machine.
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
            typing_until: None,
            #[cfg(feature = "team")]
            names: crate::names::Names::default(),
        }
    }

    /// Processes one input. `now` is the client's clock, `dice` is uniform over all of `u32`.
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
            #[cfg(feature = "team")]
            Input::Named(names) => self.hear_names(names, step),
            Input::Listed(conversations) => {
                for conversation in conversations {
                    #[cfg(feature = "team")]
                    self.names.mark(&conversation.visitor);
                    self.merge(conversation, step);
                }
                step.change(Change::List);
            }
            Input::Missed(ids) => {
                for id in ids {
                    self.mark_stale(&Place::At(id));
                }
            }
            Input::Timer(Timer::Reconnect) => self.connection.hurry(),
            Input::Timer(Timer::Silence) => self.listen(now, dice, step),
            // The pump sends what is due, and sets the timer again in case it was early.
            Input::Timer(Timer::Retry) => self.retry_at = None,
            Input::Timer(Timer::Refresh) => self.refresh(now, step),
            Input::Timer(Timer::Probe) => self.probe(),
            Input::Timer(Timer::Warning) => self.look_early(now),
            // It may have been early.
            Input::Timer(Timer::Typing) => self.typing_until = None,
            Input::Network { online } => self.network_changed(at, online, step),
            Input::PageHidden => {
                self.shown = false;
                self.hang_up(step);
            }
            Input::PageShown => {
                self.shown = true;
                self.backoffs(&mut Backoff::hurry);
                self.connection.hurry();
                // The machine may have slept without hiding the page.
                self.listen(now, dice, step);
                // Warnings have not been updated while hidden.
                step.change(Change::List);
            }
        }
    }

    fn boot(&mut self, known: bool, mut stored: Vec<Outgoing>, step: &mut Step) {
        self.known = known;
        // Entries from earlier versions have no `order`.
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
            Command::Type(id) => self.types(now, id, step),
            Command::Send { place, client_id, text, writing } => {
                self.send(now, place, client_id, text, writing, step);
            }
            Command::Begin(client_id) => {
                let place = Place::New(client_id.clone());
                self.put_out(now, Outgoing::new(client_id, place, String::new()), step);
            }
            Command::Choose { id, client_id, text } => {
                self.choose(now, id, client_id, text, step);
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
                // A visitor without a key has no conversations.
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
        // Without an unread message up to it, the mark is not sent.
        let news = thread.conversation.read(side).unread.iter().any(|seq| *seq <= up_to);
        if news && thread.conversation.mark_read(side, up_to, || Revision::MAX) {
            step.effect(Effect::MarkRead { id: id.clone(), up_to });
            step.change(Change::List);
            self.line(id, step);
        }
    }

    /// Reports a change of this conversation to an agent's view.
    fn line(&self, id: &ConversationId, step: &mut Step) {
        if let Me::Agent(_) = self.me {
            step.change(Change::Line(id.clone()));
        }
    }

    /// Calls `each` with every back-off.
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

    /// Ends all back-offs, at the person's request.
    fn try_now(&mut self) {
        self.backoffs(&mut Backoff::reset);
        self.connection.hurry();
        self.probe();
    }

    /// Probes the network although the browser reports that it is offline.
    fn probe(&mut self) {
        if let Network::Down(tries) = self.network {
            self.network = Network::Tried(tries);
            self.backoffs(&mut Backoff::hurry);
            self.connection.hurry();
        }
    }

    /// The server was reached, or not: ends the probe.
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

    /// True if requests may be sent.
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

    /// The current place: for a new conversation that has got its id, the place with the id.
    pub fn resolve(&self, place: Place) -> Place {
        match place {
            Place::New(client_id) => match self.named.get(&client_id) {
                Some(id) => Place::At(id.clone()),
                None => Place::New(client_id),
            },
            at => at,
        }
    }

    /// The person at this client.
    pub fn me(&self) -> &Me {
        &self.me
    }

    /// The state of the connection, for the view.
    pub fn link(&self) -> Link {
        if self.is_offline() { Link::Down } else { self.connection.link }
    }

    /// True if the browser reports that it is offline, and no request has succeeded since.
    pub fn is_offline(&self) -> bool {
        self.network != Network::Up
    }

    /// The error that ended the connection for good, if any: an old version, an expired session.
    pub fn fault(&self) -> Option<ErrorCode> {
        self.fault
    }

    /// True after a welcome: an empty list is then the server's.
    pub fn is_welcomed(&self) -> bool {
        self.welcomed
    }

    /// For an agent: the counts of the last welcome.
    pub fn counts(&self) -> Option<Counts> {
        self.counts
    }

    /// The commit before which the last welcome left open conversations out; `None` if it had all.
    pub fn open_beyond(&self) -> Option<Revision> {
        self.open_beyond
    }

    /// The epoch of the last welcome.
    pub fn epoch(&self) -> Option<&Epoch> {
        self.booted.as_ref().map(|boot| &boot.epoch)
    }

    /// The closing policy in force.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The revision at which this client booted.
    pub fn booted_at(&self) -> Revision {
        self.booted.as_ref().map_or(0, |boot| boot.revision)
    }

    /// The server's time when this machine's clock shows `now`. Relative times such as "5 min" use it, because
    /// the server's clock made the timestamps.
    pub fn server_now(&self, now: Millis) -> Millis {
        self.clock.server(now)
    }

    /// True if an agent is online.
    pub fn is_team_online(&self) -> bool {
        self.team_online
    }

    /// The time away by the site's opening hours that it is, when this machine's clock shows `now`. They are the
    /// site's promise: who is online outside of them promises nothing.
    pub fn away(&self, now: Millis) -> Option<&Away> {
        Away::at(&self.policy.away, self.clock.server(now))
    }

    /// A conversation, if it is known.
    pub fn conversation(&self, id: &ConversationId) -> Option<&Conversation> {
        self.threads.get(id).map(|thread| &thread.conversation)
    }

    /// Every known conversation.
    pub fn conversations(&self) -> impl Iterator<Item = &Conversation> {
        self.threads.values().map(|thread| &thread.conversation)
    }

    /// The number of this person's texts that are not in the log yet.
    pub fn unsent(&self) -> usize {
        self.outbox.iter().filter(|entry| entry.delivery() != Delivery::Sent).count()
    }

    /// True while an act of the person in this conversation is pending.
    pub fn is_busy(&self, id: &ConversationId) -> bool {
        self.acts.iter().any(|doing| doing.id == *id && doing.is_pending())
    }

    /// The loading state of a thread.
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

    /// True if there are older events that are not loaded.
    pub fn has_older(&self, id: &ConversationId) -> bool {
        let Some(thread) = self.threads.get(id) else { return false };
        let first = thread.timeline.as_ref().map_or(1, Timeline::first);
        first > 1 && !thread.older_missing
    }

    /// True if repeated tries to load older events have failed. [`Command::LoadOlder`] retries at once.
    pub fn has_older_failed(&self, id: &ConversationId) -> bool {
        let thread = self.threads.get(id);
        thread.is_some_and(|thread| thread.older_wanted && thread.older.backoff.is_told())
    }

    /// Takes what is known of live chat, which is so until a welcome tells more.
    pub fn set_live_chat_off(&mut self, off: bool) {
        self.policy.live_chat_off = off;
    }

    /// Takes what the document says of the opening hours, which is so until a welcome tells more.
    pub fn set_away(&mut self, away: Vec<Away>) {
        self.policy.away = away;
    }

    /// True if a text is under way to this place: to a new conversation, its first one.
    pub fn is_begun(&self, place: &Place) -> bool {
        self.outgoing(place).next().is_some()
    }

    /// The outbox entries of this place, oldest first.
    pub(crate) fn outgoing(&self, place: &Place) -> impl Iterator<Item = &Entry> {
        self.outbox.iter().filter(move |entry| entry.outgoing.place == *place)
    }

    /// The new conversations that have no id yet, oldest first.
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
}

/// True if an input shows that the server was reached, false if it shows the opposite; `None` if neither.
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
            typing: Typing::default(),
        }
    }

    /// True if this event can't belong to the known epoch: within an epoch, each `seq` has one event, and a higher
    /// `seq` a later commit.
    fn is_contradicted_by(&self, event: &Event) -> bool {
        let loaded = self.loaded(event.seq);
        let other = loaded.is_some_and(|loaded| loaded != event);
        self.is_out_of_order(event.seq, event.revision)
            || other && event.body != EventBody::Unreadable
    }

    /// Like [`Thread::is_contradicted_by`], for a state.
    fn is_contradicted_by_state(&self, fresh: &Conversation) -> bool {
        let known = &self.conversation;
        let loaded = self.loaded(fresh.head);
        self.is_out_of_order(fresh.head, fresh.revision)
            || loaded.is_some_and(|loaded| loaded.revision != fresh.revision)
            || !self.guessed && fresh.head == known.head && fresh.last != known.last
    }

    fn is_out_of_order(&self, seq: Seq, revision: Revision) -> bool {
        let known = &self.conversation;
        // A placeholder (`holes.rs`) has no revision of its own.
        !self.guessed
            && match seq.cmp(&known.head) {
                Ordering::Less => revision > known.revision,
                Ordering::Equal => revision != known.revision,
                Ordering::Greater => revision < known.revision,
            }
    }

    /// The loaded event with this `seq`, unless it is unreadable.
    fn loaded(&self, seq: Seq) -> Option<&Event> {
        let event = self.timeline.as_ref()?.get(seq)?;
        (event.body != EventBody::Unreadable).then_some(event)
    }

    /// Starts loading the latest part, unless it has been started.
    fn load(&mut self) {
        if self.timeline.is_none() {
            self.timeline = Some(Timeline::after(self.conversation.head));
            self.older_wanted = true;
        }
    }

    /// True if the state or the loaded part lacks events that the server has reported.
    fn is_behind(&self) -> bool {
        self.heard.max(self.conversation.head) > self.covered()
    }

    /// The last event up to which both the state and the loaded part are complete.
    fn covered(&self) -> Seq {
        let timeline = self.timeline.as_ref().map(Timeline::applied);
        timeline.map_or(self.conversation.head, |applied| applied.min(self.conversation.head))
    }
}
