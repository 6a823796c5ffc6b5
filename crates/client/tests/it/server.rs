//! A server in a few lines: the real rules and the real fold over logs in memory.

use std::collections::{BTreeMap, BTreeSet};

use porchlight_client::Range;
use porchlight_client::inbox::List;
use porchlight_protocol::closing::{closes_at, visitor_view};
use porchlight_protocol::conversation::{Kind, Side};
use porchlight_protocol::limits::{OPEN_CONVERSATIONS_MAX, PAGE_CONVERSATIONS_MAX};
use porchlight_protocol::rules::{self, Refusal};
use porchlight_protocol::wire::{
    Appended, Boot, Head, Hello, Listing, Page, ServerFrame, Started, Welcome,
};
use porchlight_protocol::{
    Act, Author, ClientId, Conversation, ConversationId, Counts, Epoch, ErrorBody, ErrorCode,
    Event, EventBody, Filter, Member, MemberId, Millis, Notice, Policy, Revision, Seq, Sort,
    VisitorId, left,
};

/// Small, so that logs of a few messages have several pages.
pub const PAGE: usize = 4;

/// Who asks: a visitor by the number of their key (none: no key), or an agent.
#[derive(Debug, Clone, PartialEq)]
pub enum Caller {
    Visitor(Option<u32>),
    Agent(Member),
}

impl Caller {
    fn author(&self) -> Author {
        match self {
            Caller::Visitor(_) => Author::Visitor,
            Caller::Agent(member) => Author::Agent(member.clone()),
        }
    }

    fn side(&self) -> Side {
        match self {
            Caller::Visitor(_) => Side::Visitor,
            Caller::Agent(_) => Side::Team,
        }
    }

    /// The event as this caller is told of it.
    fn sees(&self, event: &Event) -> Event {
        match self {
            Caller::Visitor(_) => event.clone().without_internals(),
            Caller::Agent(_) => event.clone(),
        }
    }

    /// The frame as this caller gets it.
    pub fn gets(&self, frame: &ServerFrame) -> ServerFrame {
        match frame {
            ServerFrame::Event { conversation, event } => {
                ServerFrame::Event { conversation: conversation.clone(), event: self.sees(event) }
            }
            frame => frame.clone(),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Log {
    pub key: u32,
    pub state: Conversation,
    pub events: Vec<Event>,
    acts: Vec<(Author, ClientId, Act, Appended)>,
}

/// What is pushed to everybody who may know.
pub type Published = (ConversationId, ServerFrame);

#[derive(Debug, Clone)]
pub struct Server {
    pub now: Millis,
    pub logs: BTreeMap<ConversationId, Log>,
    pub policy: Policy,
    pub revoked: BTreeSet<u32>,
    /// It is set up for another address than the clients use.
    pub elsewhere: bool,
    /// Conversations that it fails to read.
    pub broken: BTreeSet<ConversationId>,
    pub wire: u32,
    /// Conversations that a welcome has room for.
    pub welcome_max: usize,
    /// It has a bot that begins conversations.
    pub greets: bool,
    /// Nobody is there: what visitors write is left.
    pub nobody: bool,
    /// Older servers do not count.
    pub counts: bool,
    epoch: u8,
    /// What names conversations: no two are the same, in whatever life of the store.
    lives: u8,
    visitors: BTreeSet<u32>,
    revision: Revision,
    starts: Vec<(u32, ClientId, String, ConversationId)>,
    published: Vec<Published>,
}

type Answer<T> = Result<T, ErrorBody>;

impl Server {
    pub fn new() -> Self {
        Server {
            now: 1_000,
            logs: BTreeMap::new(),
            policy: Policy::default(),
            revoked: BTreeSet::new(),
            elsewhere: false,
            broken: BTreeSet::new(),
            wire: porchlight_protocol::WIRE_VERSION,
            welcome_max: PAGE_CONVERSATIONS_MAX,
            greets: false,
            nobody: false,
            counts: true,
            epoch: 1,
            lives: 1,
            visitors: BTreeSet::new(),
            revision: 10,
            starts: Vec::new(),
            published: Vec::new(),
        }
    }

    /// Goes back to a backup: another life of the store. The server knows that it is one if it was
    /// restored by its own command; if somebody put the file back, it may not.
    pub fn restore(&mut self, backup: &Server, knowingly: bool) {
        let (lives, now) = (self.lives + 1, self.now);
        let epoch = if knowingly { lives } else { backup.epoch };
        *self = Server { epoch, lives, now, ..backup.clone() };
    }

    pub fn set_policy(&mut self, hide_closed: bool, disable_field: bool, notice: bool) -> Policy {
        self.revision += 1;
        self.policy = Policy {
            hide_closed_since: hide_closed.then_some(self.revision),
            keep_unread: hide_closed && self.policy.keep_unread,
            hide_unread_since: None,
            disable_field,
            notices: notice
                .then(|| vec![Notice { language: "en".to_owned(), text: "Closed.".to_owned() }]),
            ..self.policy.clone()
        };
        self.policy.clone()
    }

    pub fn set_live_chat(&mut self, on: bool) -> Policy {
        self.revision += 1;
        self.policy.live_chat_off = !on;
        self.policy.clone()
    }

    pub fn set_read_receipts(&mut self, on: bool) -> Policy {
        self.revision += 1;
        self.policy.read_receipts = on;
        self.policy.clone()
    }

    /// What is hidden is kept until it was read, or not any more; with hiding alone.
    pub fn set_keeping(&mut self, keep_unread: bool) -> Policy {
        self.revision += 1;
        let hides = self.policy.hide_closed_since.is_some();
        if self.policy.keep_unread && !keep_unread {
            self.policy.hide_unread_since = Some(self.revision);
        }
        self.policy.keep_unread = hides && keep_unread;
        if self.policy.keep_unread {
            self.policy.hide_unread_since = None;
        }
        self.policy.clone()
    }

    /// Conversations close by themselves after so long, and visitors are told of it so long before.
    pub fn set_timer(&mut self, closes_after_s: Option<u64>, warn_before_s: Option<u64>) -> Policy {
        self.policy.live_closes_after_s = closes_after_s;
        self.policy.warn_before_s = warn_before_s;
        self.policy.clone()
    }

    /// Time passes, and what comes due closes when it does.
    pub fn passes(&mut self, ms: Millis) {
        let until = self.now + ms;
        loop {
            let due = |(id, log): (&ConversationId, &Log)| {
                Some((closes_at(&log.state, &self.policy)?, id.clone()))
            };
            let next = self.logs.iter().filter_map(due).min_by_key(|(at, _)| *at);
            let Some((at, id)) = next.filter(|(at, _)| *at <= until) else { break };
            self.now = self.now.max(at);
            let log = &self.logs[&id];
            let seen = log.state.head;
            let bodies =
                rules::decide(&log.state, &Author::Timer, &Act::Close { seen }, &self.policy);
            self.write(&id, &Author::Timer, None, bodies.expect("the timer may close"), 0);
        }
        self.now = until;
    }

    pub fn take_published(&mut self) -> Vec<Published> {
        std::mem::take(&mut self.published)
    }

    pub fn may_know(&self, caller: &Caller, id: &ConversationId) -> bool {
        match caller {
            Caller::Agent(_) => true,
            Caller::Visitor(key) => {
                self.logs.get(id).is_some_and(|log| key.is_some_and(|key| key == log.key))
            }
        }
    }

    fn authorise(&self, caller: &Caller) -> Answer<()> {
        match caller {
            Caller::Visitor(Some(key)) if self.revoked.contains(key) => {
                Err(ErrorCode::VisitorKeyRevoked.body())
            }
            Caller::Visitor(Some(key)) if self.visitors.contains(key) => Ok(()),
            Caller::Visitor(_) => Err(ErrorCode::VisitorKeyInvalid.body()),
            Caller::Agent(_) => Ok(()),
        }
    }

    fn log(&mut self, caller: &Caller, id: &ConversationId) -> Answer<&mut Log> {
        self.authorise(caller)?;
        if !self.may_know(caller, id) {
            return Err(ErrorCode::ConversationUnknown.body());
        }
        if self.broken.contains(id) {
            return Err(ErrorCode::Internal.body());
        }
        self.logs.get_mut(id).ok_or_else(|| ErrorCode::ConversationUnknown.body())
    }

    /// The newest commit in what this caller knows: what a long poll waits for.
    pub fn newest(&self, caller: &Caller) -> Revision {
        let known = self.logs.iter().filter(|(id, _)| self.may_know(caller, id));
        known.map(|(_, log)| log.state.revision).max().unwrap_or(0)
    }

    pub fn hello(&self, caller: &Caller, hello: &Hello) -> Answer<Welcome> {
        if self.elsewhere {
            return Err(ErrorCode::OriginNotAllowed.body());
        }
        if hello.wire != self.wire {
            return Err(ErrorCode::VersionMismatch.body());
        }
        self.authorise(caller)?;
        let epoch = Epoch::from_bytes([self.epoch; 16]);
        let booted = match &hello.booted {
            // Nobody can have booted in the future.
            Some(booted) if booted.epoch == epoch => {
                Boot { epoch, revision: booted.revision.min(self.revision) }
            }
            _ => Boot { epoch, revision: self.revision },
        };
        let mut conversations: Vec<Conversation> = self
            .logs
            .iter()
            .filter(|(id, _)| self.may_know(caller, id))
            .map(|(_, log)| log.state.clone())
            .filter(|conversation| match caller {
                Caller::Visitor(_) => {
                    visitor_view(conversation, &self.policy, booted.revision).listed
                }
                Caller::Agent(_) => !conversation.is_closed(),
            })
            .collect();
        conversations.sort_by_key(|conversation| std::cmp::Reverse(conversation.active_revision));
        conversations.truncate(self.welcome_max);
        Ok(Welcome {
            booted,
            revision: self.newest(caller),
            now: self.now,
            policy: self.policy.clone(),
            online: true,
            conversations,
            counts: self.counts(caller),
            visitors: Vec::new(),
        })
    }

    /// What is open, as an agent counts it.
    pub fn counts(&self, caller: &Caller) -> Option<Counts> {
        let Caller::Agent(me) = caller else { return None };
        let count = |wanted: &dyn Fn(&Conversation) -> bool| {
            self.logs.values().filter(|log| wanted(&log.state)).count() as u64
        };
        self.counts.then(|| Counts {
            revision: self.newest(caller),
            open: count(&|state| Filter::Open.holds(state, me)),
            unassigned: count(&|state| Filter::Unassigned.holds(state, me)),
            mine: count(&|state| Filter::Mine.holds(state, me)),
            unread: count(&Conversation::is_unread),
        })
    }

    pub fn list(
        &self,
        caller: &Caller,
        list: impl Into<List>,
        from: Option<Revision>,
        limit: usize,
    ) -> Answer<Listing> {
        let Caller::Agent(me) = caller else { return Err(ErrorCode::SignInRequired.body()) };
        let List { filter, sort } = list.into();
        let held = self.logs.values().map(|log| &log.state).filter(|state| filter.holds(state, me));
        let mut found: Vec<Conversation> = held.cloned().collect();
        let key = |state: &Conversation| match sort {
            Sort::Newest => state.active_revision,
            Sort::Waiting => state.waits_from(),
            Sort::Left => state.left_first(),
        };
        found.sort_by_key(key);
        match sort {
            Sort::Newest | Sort::Left => {
                found.reverse();
                found.retain(|state| key(state) < from.unwrap_or(Revision::MAX));
            }
            Sort::Waiting => found.retain(|state| key(state) > from.unwrap_or(0)),
        }
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(key);
        let counts = self.counts(caller);
        Ok(Listing { conversations: found, next, counts, visitors: Vec::new() })
    }

    pub fn beacon(&self, caller: &Caller) -> Vec<Head> {
        let known = self.logs.iter().filter(|(id, _)| self.may_know(caller, id));
        known.map(|(id, log)| Head { conversation: id.clone(), head: log.state.head }).collect()
    }

    pub fn start(&mut self, caller: &Caller, client_id: &ClientId, text: &str) -> Answer<Started> {
        let Caller::Visitor(Some(key)) = *caller else {
            return Err(ErrorCode::VisitorKeyInvalid.body());
        };
        if self.revoked.contains(&key) {
            return Err(ErrorCode::VisitorKeyRevoked.body());
        }
        self.visitors.insert(key);
        let before =
            self.starts.iter().find(|(by, name, ..)| *by == key && name == client_id).cloned();
        let id = match before {
            Some((_, _, said, _)) if said != text => {
                return Err(ErrorCode::ClientIdReused.body());
            }
            Some((_, _, _, id)) => id,
            None => {
                let open = |log: &&Log| log.key == key && !log.state.is_closed();
                if self.logs.values().filter(open).count() >= OPEN_CONVERSATIONS_MAX {
                    return Err(ErrorCode::TooManyOpen.body());
                }
                let mut bytes = [self.lives; 16];
                bytes[..4].copy_from_slice(&(self.logs.len() as u32 + 1).to_be_bytes());
                let id = ConversationId::from_bytes(bytes);
                let visitor = VisitorId::from_bytes([key as u8; 16]);
                let state = Conversation::new(id.clone(), Kind::Live, visitor, self.now);
                let log = Log { key, state, events: Vec::new(), acts: Vec::new() };
                self.logs.insert(id.clone(), log);
                if text.is_empty() && self.greets {
                    self.bot_says(&id, &Act::message("Hello, I am Robot."));
                } else if let Err(error) = self.append(caller, &id, client_id, &Act::message(text))
                {
                    self.logs.remove(&id);
                    return Err(error);
                }
                self.starts.push((key, client_id.clone(), text.to_owned(), id.clone()));
                id
            }
        };
        let log = self.log(caller, &id)?;
        let events = log.events.iter().take(PAGE).map(|event| caller.sees(event)).collect();
        Ok(Started { conversation: log.state.clone(), events })
    }

    pub fn append(
        &mut self,
        caller: &Caller,
        id: &ConversationId,
        client_id: &ClientId,
        act: &Act,
    ) -> Answer<Appended> {
        let policy = self.policy.clone();
        let author = caller.author();
        let log = self.log(caller, id)?;
        let same =
            |done: &&(Author, ClientId, Act, Appended)| done.0 == author && done.1 == *client_id;
        if let Some((_, _, before, appended)) = log.acts.iter().find(same) {
            return if before == act {
                Ok(appended.clone())
            } else {
                Err(ErrorCode::ClientIdReused.body())
            };
        }
        let bodies = rules::decide(&log.state, &author, act, &policy).map_err(|refusal| {
            let mut body = refusal.code().body();
            if let Refusal::NewMessages { seq } = refusal {
                body.seq = Some(seq);
            }
            body
        })?;
        let about = match act {
            Act::MessageAndClose { .. } => 0,
            _ => bodies.len().saturating_sub(1),
        };
        let appended = self.write(id, &author, Some(client_id), bodies, about);
        let log = self.log(caller, id)?;
        log.acts.push((author, client_id.clone(), act.clone(), appended.clone()));
        Ok(appended)
    }

    /// A bot asks in this conversation, which becomes one with it.
    pub fn bot_asks(&mut self, id: &ConversationId, choices: &[&str]) {
        let choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
        let text = format!("Question {}?", self.logs[id].state.head);
        self.bot_says(id, &Act::Ask { text, choices });
    }

    fn bot_says(&mut self, id: &ConversationId, act: &Act) {
        let bot = Member { id: MemberId::from_bytes([0xb0; 16]), name: "Robot".to_owned() };
        let log = self.logs.get_mut(id).expect("a log");
        log.state.kind = Kind::Bot(bot.clone());
        let author = Author::Bot(bot);
        let bodies = rules::decide(&log.state, &author, act, &self.policy).expect("a message");
        self.write(id, &author, None, bodies, 0);
    }

    /// Appends these events; the act is about the one of this number.
    fn write(
        &mut self,
        id: &ConversationId,
        author: &Author,
        client_id: Option<&ClientId>,
        bodies: Vec<EventBody>,
        about: usize,
    ) -> Appended {
        let log = self.logs.get_mut(id).expect("a log");
        let mut events = Vec::new();
        let is_left = self.nobody && left::is_for_team(&log.state, author);
        let bodies = if is_left { left::mark(bodies) } else { bodies };
        for (n, body) in bodies.into_iter().enumerate() {
            self.revision += 1;
            let event = Event {
                seq: log.state.head + 1,
                revision: self.revision,
                at: self.now,
                author: author.clone(),
                client_id: client_id.filter(|_| n == about).cloned(),
                body,
            };
            log.state.apply(&event);
            log.events.push(event.clone());
            let frame = ServerFrame::Event { conversation: id.clone(), event: event.clone() };
            self.published.push((id.clone(), frame));
            events.push(event);
        }
        Appended { events, head: log.state.head }
    }

    pub fn conversation(&mut self, caller: &Caller, id: &ConversationId) -> Answer<Conversation> {
        Ok(self.log(caller, id)?.state.clone())
    }

    pub fn events(&mut self, caller: &Caller, id: &ConversationId, range: Range) -> Answer<Page> {
        let log = self.log(caller, id)?;
        let events = match range {
            Range::After(seq) => {
                let after = log.events.iter().filter(|event| event.seq > seq);
                after.take(PAGE).map(|event| caller.sees(event)).collect()
            }
            Range::Before(seq) => {
                let before: Vec<_> = log.events.iter().filter(|event| event.seq < seq).collect();
                let skip = before.len().saturating_sub(PAGE);
                before.into_iter().skip(skip).map(|event| caller.sees(event)).collect()
            }
        };
        Ok(Page { events, head: log.state.head })
    }

    pub fn mark_read(&mut self, caller: &Caller, id: &ConversationId, up_to: Seq) {
        let (side, newest) = (caller.side(), self.revision);
        let Ok(log) = self.log(caller, id) else { return };
        let mut taken = None;
        if log.state.mark_read(side, up_to, || *taken.insert(newest + 1)) {
            let up_to = log.state.read(side).up_to;
            let revision = Some(log.state.read_revision).filter(|at| *at > 0);
            self.revision = taken.unwrap_or(newest);
            let frame = ServerFrame::Read { conversation: id.clone(), side, up_to, revision };
            self.published.push((id.clone(), frame));
        }
    }

    /// Tells everybody who may know it that the caller types.
    pub fn typing(&mut self, caller: &Caller, id: &ConversationId) {
        if self.log(caller, id).is_ok() {
            let frame = ServerFrame::Typing { conversation: id.clone(), by: caller.author() };
            self.published.push((id.clone(), frame));
        }
    }

    /// Every message of every log, in order.
    pub fn texts(&self) -> Vec<String> {
        self.logs.values().flat_map(|log| messages(&log.events)).collect()
    }

    /// Every note of every log, in order.
    pub fn notes(&self) -> Vec<String> {
        self.logs.values().flat_map(|log| notes(&log.events)).collect()
    }
}

/// The notes of a log.
pub fn notes(events: &[Event]) -> Vec<String> {
    let text = |event: &Event| match &event.body {
        EventBody::Note { text } => Some(text.clone()),
        _ => None,
    };
    events.iter().filter_map(text).collect()
}

/// The messages of a log.
pub fn messages(events: &[Event]) -> Vec<String> {
    let text = |event: &Event| match &event.body {
        EventBody::Message { text, .. } => Some(text.clone()),
        _ => None,
    };
    events.iter().filter_map(text).collect()
}
