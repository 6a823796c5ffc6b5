//! The machine: one `step` for everything that happens.

mod acts;
mod pump;
mod sync;
mod texts;
mod warnings;

use porchlight_protocol::conversation::Side;
use porchlight_protocol::wire::Boot;
use porchlight_protocol::{
    Author, ClientId, Conversation, ConversationId, ErrorCode, EventBody, Member, Millis, Policy,
    Revision, Seq,
};

use self::acts::Doing;
use self::warnings::Look;
use crate::clock::ServerClock;
use crate::effect::{Change, Effect, Step, Timer};
use crate::input::{Command, Failure, Input};
use crate::link::{Connection, Link, backoff_ms};
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
    network: bool,
    shown: bool,
    fault: Option<ErrorCode>,
    welcomed: bool,

    booted: Option<Boot>,
    /// What the last welcome covers. Not what single events tell: others may be missing before them.
    revision: Revision,
    policy: Policy,
    team_online: bool,

    threads: Map<ConversationId, Thread>,
    /// Heard of and not known yet; true while the answer is awaited.
    unknown: Map<ConversationId, bool>,
    gone: Set<ConversationId>,
    /// The threads that a view wants loaded.
    opened: Set<ConversationId>,
    named: Map<ClientId, ConversationId>,

    outbox: Vec<Entry>,
    acts: Vec<Doing>,
    requests: Requests,
    next_local: u64,
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
    /// Requests that are out.
    fetching: bool,
    fetching_events: bool,
    fetching_older: bool,
}

/// When failed requests may be tried again.
#[derive(Debug, Clone, Default)]
struct Requests {
    tries: u32,
    blocked: bool,
}

/// What is there of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThreadState {
    /// Its latest part is on the way.
    Loading,
    /// It can be shown.
    Ready,
    /// There is no such conversation for this person.
    Gone,
}

impl Machine {
    /// A machine at which nothing has happened yet.
    pub fn new(me: Me) -> Self {
        Machine {
            me,
            connection: Connection::new(),
            known: false,
            rekeyed: false,
            network: true,
            shown: true,
            fault: None,
            welcomed: false,
            booted: None,
            revision: 0,
            policy: Policy::default(),
            team_online: false,
            threads: Map::default(),
            unknown: Map::default(),
            gone: Set::default(),
            opened: Set::default(),
            named: Map::default(),
            outbox: Vec::new(),
            acts: Vec::new(),
            requests: Requests::default(),
            next_local: 0,
            clock: ServerClock::new(),
            look: None,
        }
    }

    /// Takes one input. `now` is the client's clock, `dice` uniform over all of `u32`.
    pub fn step(&mut self, now: Millis, dice: u32, input: Input) -> Step {
        let mut step = Step::default();
        if self.clock.tick(now) {
            self.reconnect(&mut step);
        }
        self.input(now, dice, input, &mut step);
        self.pump(now, &mut step);
        step
    }

    fn input(&mut self, now: Millis, dice: u32, input: Input, step: &mut Step) {
        match input {
            Input::Boot { known, stored } => self.boot(known, stored, step),
            Input::Command(command) => self.command(now, command, step),
            Input::Frame(frame) => self.frame(now, dice, frame, step),
            Input::LinkLost => self.link_lost(now, dice, 0, step),
            Input::Started { client_id, result } => match result {
                Ok(started) => {
                    self.answered();
                    self.started(&client_id, started, step);
                }
                Err(failure) => self.not_started(dice, &client_id, failure, step),
            },
            Input::Appended { client_id, result } => match result {
                Ok(appended) => {
                    self.answered();
                    self.appended(&client_id, appended, step);
                }
                Err(failure) => self.not_appended(dice, &client_id, failure, step),
            },
            Input::Conversation { id, result } => self.fetched(dice, &id, result, step),
            Input::Events { id, range, result } => {
                self.fetched_events(dice, &id, range, result, step)
            }
            Input::Listed(conversations) => {
                for conversation in conversations {
                    self.merge(conversation, step);
                }
                step.change(Change::List);
            }
            Input::Timer(Timer::Reconnect) => self.connection.hurry(),
            Input::Timer(Timer::Silence) => self.listen(now, dice, step),
            Input::Timer(Timer::Retry) => self.requests.blocked = false,
            Input::Timer(Timer::Warning) => self.look_early(now),
            Input::Network { online } => self.network_changed(online, step),
            Input::PageHidden => {
                self.shown = false;
                self.put_down(step);
            }
            Input::PageShown => {
                self.shown = true;
                self.requests.blocked = false;
                self.connection.hurry();
                // It may have slept without having been put away.
                self.listen(now, dice, step);
                // Nobody counted down meanwhile.
                step.change(Change::List);
            }
        }
    }

    fn boot(&mut self, known: bool, stored: Vec<Outgoing>, step: &mut Step) {
        self.known = known;
        for outgoing in stored {
            self.enqueue(outgoing, step);
        }
        self.readdress(step);
    }

    fn command(&mut self, now: Millis, command: Command, step: &mut Step) {
        match command {
            Command::Open(place) => self.open(place, step),
            Command::LoadOlder(id) => {
                if let Some(thread) = self.threads.get_mut(&id) {
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
        }
    }

    fn open(&mut self, place: Place, step: &mut Step) {
        if let Place::At(id) = self.resolve(place) {
            self.opened.insert(id.clone(), ());
            match self.threads.get_mut(&id) {
                Some(thread) => thread.load(),
                // Who has no key has no conversations.
                None if !self.known && self.me == Me::Visitor => {
                    self.gone.insert(id.clone(), ());
                }
                None => {
                    self.gone.remove(&id);
                    self.unknown.add(id.clone(), false);
                }
            }
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
        }
    }

    /// A request that failed and may be tried again: waits before the next one goes out.
    fn hold_requests(&mut self, dice: u32, failure: &Failure, step: &mut Step) {
        if self.requests.blocked {
            return;
        }
        let told_ms = match failure {
            Failure::Refused(error) => error.retry_after_ms.unwrap_or(0),
            Failure::Network => 0,
        };
        let after_ms = backoff_ms(self.requests.tries, dice).max(told_ms);
        self.requests.blocked = true;
        self.requests.tries = self.requests.tries.saturating_add(1);
        step.effect(Effect::Wake { timer: Timer::Retry, after_ms });
    }

    fn answered(&mut self) {
        self.requests.tries = 0;
    }

    fn wants_link(&self) -> bool {
        self.known && self.network && self.shown && self.fault.is_none()
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
        if self.network { self.connection.link } else { Link::Down }
    }

    /// What ended the connection for good, if anything did: an old version, a lost session.
    pub fn fault(&self) -> Option<ErrorCode> {
        self.fault
    }

    /// A welcome has come: the list is the server's, not just empty.
    pub fn is_welcomed(&self) -> bool {
        self.welcomed
    }

    /// The closing policy in force.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// When this client booted, by the store's count.
    pub fn booted_at(&self) -> Revision {
        self.booted.as_ref().map_or(0, |boot| boot.revision)
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
            Place::At(id) => match self.threads.get(id).and_then(|thread| thread.timeline.as_ref())
            {
                Some(timeline) if timeline.applied() >= timeline.first() => ThreadState::Ready,
                _ => ThreadState::Loading,
            },
        }
    }

    /// Older events exist that are not loaded.
    pub fn has_older(&self, id: &ConversationId) -> bool {
        let timeline = self.threads.get(id).and_then(|thread| thread.timeline.as_ref());
        timeline.is_some_and(|timeline| timeline.first() > 1)
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
            fetching: false,
            fetching_events: false,
            fetching_older: false,
        }
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
