//! A server without faults, in memory, and clients who do at random what clients do.

use std::collections::BTreeMap;
use std::time::Duration;

use porchlight_drill::dice::Dice;
use porchlight_drill::history::*;
use porchlight_protocol::conversation::Kind;
use porchlight_protocol::wire::{Boot, Page, ServerFrame, Welcome};
use porchlight_protocol::{
    Act, Author, ClientId, ClosingSettings, Conversation, ConversationId, Epoch, Event, EventBody,
    Member, MemberId, Millis, Plan, Policy, Revision, VisitorId, rules,
};

/// The wall clock at the start.
const WALL: Millis = 1_700_000_000_000;

/// The period of auto-close, in seconds, where it is on.
pub const PERIOD_S: u64 = 600;

const STEPS: usize = 120;

pub fn run(seed: u64) -> (History, End) {
    let mut model = Model::new(seed);
    for _ in 0..STEPS {
        model.step();
    }
    model.ends()
}

struct Client {
    who: Who,
    /// Whether its socket is open.
    open: bool,
    booted: Option<Boot>,
}

struct Model {
    dice: Dice,
    now: At,
    revision: Revision,
    epoch: Epoch,
    policy: Policy,
    clients: Vec<Client>,
    logs: BTreeMap<ConversationId, (usize, Log)>,
    history: History,
}

pub fn member(number: u8) -> Member {
    Member { id: MemberId::from_bytes([number; 16]), name: format!("Agent {number}") }
}

impl Model {
    fn new(seed: u64) -> Self {
        let whos = [
            Who::Visitor(0),
            Who::Visitor(0),
            Who::Visitor(1),
            Who::Agent(member(1)),
            Who::Agent(member(2)),
        ];
        let clients = whos.iter().map(|who| Client { who: who.clone(), open: false, booted: None });
        Model {
            dice: Dice::new(seed),
            now: At::ZERO,
            revision: 3,
            epoch: Epoch::from_bytes([9; 16]),
            policy: Policy::default(),
            clients: clients.collect(),
            logs: BTreeMap::new(),
            history: History { seed, clients: whos.to_vec(), ..History::default() },
        }
    }

    fn step(&mut self) {
        let client = self.dice.below(self.clients.len());
        match self.dice.below(12) {
            0 => self.starts(client),
            1 => self.connects(client),
            2 => self.reads(client),
            3 => self.looks(client),
            4 => self.saves(),
            5 => self.times_out(),
            _ => self.acts(client),
        }
        self.passes(50);
    }

    fn passes(&mut self, ms: usize) -> At {
        self.now += Duration::from_millis(self.dice.below(ms) as u64 + 1);
        self.now
    }

    fn wall(&self) -> Millis {
        WALL + self.now.as_millis() as Millis
    }

    fn may_see(&self, client: usize, visitor: usize) -> bool {
        match self.clients[client].who {
            Who::Agent(_) => true,
            Who::Visitor(own) => own == visitor,
        }
    }

    fn visible(&self, client: usize, event: &Event) -> Event {
        match self.clients[client].who {
            Who::Agent(_) => event.clone(),
            Who::Visitor(_) => event.clone().without_internals(),
        }
    }

    /// One of the conversations that a client may see.
    fn one(&mut self, client: usize) -> Option<ConversationId> {
        let all = self.logs.iter().filter(|(_, (visitor, _))| self.may_see(client, *visitor));
        let all: Vec<_> = all.map(|(id, _)| id.clone()).collect();
        self.dice.pick(&all).cloned()
    }

    fn starts(&mut self, client: usize) {
        let Who::Visitor(visitor) = self.clients[client].who else { return };
        let id = ConversationId::from_bytes(self.dice.bytes());
        let state = Conversation::new(
            id.clone(),
            Kind::Live,
            VisitorId::from_bytes([visitor as u8; 16]),
            self.wall(),
        );
        let text = format!("start {}", self.history.acts.len());
        let named = Named { client_id: self.client_id(), what: What::Start { text: text.clone() } };
        self.logs.insert(id.clone(), (visitor, Log { state, events: Vec::new() }));
        self.does(client, named, id, &Act::message(text));
    }

    fn acts(&mut self, client: usize) {
        let Some(id) = self.one(client) else { return };
        let state = &self.logs[&id].1.state;
        let (seen, owner) = (state.head, state.assignee.clone().map(|owner| owner.id));
        let text = format!("text {}", self.history.acts.len());
        let act = match (&self.clients[client].who, self.dice.below(10)) {
            (Who::Visitor(_), 0..5) => Act::message(text),
            (Who::Visitor(_), 5..7) => Act::Close { seen },
            (Who::Visitor(_), 7..9) => Act::Reopen,
            (Who::Visitor(_), _) => Act::KeepOpen,
            (Who::Agent(_), 0..3) => Act::message(text),
            (Who::Agent(_), 3 | 4) => Act::Claim { from: owner },
            (Who::Agent(_), 5) => Act::MessageAndClose { text, seen },
            (Who::Agent(_), 6) => Act::Close { seen },
            (Who::Agent(_), 7) => Act::Reopen,
            (Who::Agent(_), 8) => Act::Unclaim,
            (Who::Agent(_), _) => Act::Note { text },
        };
        let what = What::Act { conversation: id.clone(), act: act.clone() };
        let named = Named { client_id: self.client_id(), what };
        self.does(client, named, id, &act);
    }

    fn client_id(&mut self) -> ClientId {
        ClientId::from_bytes(self.dice.bytes())
    }

    /// Does an act, with answers that get lost and tries that never arrive.
    fn does(&mut self, client: usize, what: Named, id: ConversationId, act: &Act) {
        let mut tries = Vec::new();
        if self.dice.one_in(6) {
            // It never arrived.
            let invoked = self.passes(5);
            tries.push(Try { node: 0, invoked, ended: self.passes(9), outcome: Outcome::Unknown });
        }
        let invoked = self.passes(5);
        let author = self.clients[client].who.author();
        let decided = rules::decide(&self.logs[&id].1.state, &author, act, &self.policy);
        let outcome = match decided {
            Err(refusal) => Outcome::Refused(refusal.code()),
            Ok(bodies) => {
                let about = match act {
                    Act::MessageAndClose { .. } => 0,
                    _ => bodies.len().saturating_sub(1),
                };
                let named = Some((what.client_id.clone(), about));
                let events = self.appends(&id, &author, bodies, named);
                let events = events.iter().map(|event| self.visible(client, event)).collect();
                let head = self.logs[&id].1.state.head;
                Outcome::Acknowledged(Answer { conversation: id, events, head })
            }
        };
        let is_lost = self.dice.one_in(6);
        let told = if is_lost { Outcome::Unknown } else { outcome.clone() };
        tries.push(Try { node: 1, invoked, ended: self.passes(9), outcome: told });
        let is_done = matches!(outcome, Outcome::Acknowledged(_));
        if is_done && (self.dice.one_in(4) || (is_lost && !self.dice.one_in(4))) {
            let invoked = self.passes(5);
            tries.push(Try { node: 2, invoked, ended: self.passes(9), outcome });
        }
        self.history.acts.push(Request { client, what, tries });
    }

    fn appends(
        &mut self,
        id: &ConversationId,
        author: &Author,
        bodies: Vec<EventBody>,
        named: Option<(ClientId, usize)>,
    ) -> Vec<Event> {
        let at = self.wall();
        let (visitor, log) = self.logs.get_mut(id).unwrap();
        let visitor = *visitor;
        let mut events = Vec::new();
        for (index, body) in bodies.into_iter().enumerate() {
            self.revision += 1;
            let named = named.as_ref().filter(|(_, about)| *about == index);
            let event = Event {
                seq: log.state.head + 1,
                revision: self.revision,
                at,
                author: author.clone(),
                client_id: named.map(|(client_id, _)| client_id.clone()),
                body,
            };
            log.state.apply(&event);
            log.events.push(event.clone());
            events.push(event);
        }
        for event in &events {
            self.passes(2);
            for client in 0..self.clients.len() {
                if self.clients[client].open && self.may_see(client, visitor) {
                    let event = self.visible(client, event);
                    let frame = ServerFrame::Event { conversation: id.clone(), event };
                    self.sees(client, Sight::Frame(frame));
                }
            }
        }
        events
    }

    fn sees(&mut self, client: usize, what: Sight) {
        self.history.seen.push(Seen { client, at: self.now, what });
    }

    fn connects(&mut self, client: usize) {
        if self.clients[client].open {
            self.sees(client, Sight::Closed);
        }
        let asked = self.passes(5);
        let booted = self.clients[client].booted.clone();
        self.sees(client, Sight::Opened { node: 0, asked, booted: booted.clone() });
        self.passes(5);
        let mut conversations = Vec::new();
        for (visitor, log) in self.logs.values() {
            let is_listed = !log.state.is_closed() || self.revision.is_multiple_of(2);
            if self.may_see(client, *visitor) && is_listed && log.state.head > 0 {
                conversations.push(log.state.clone());
            }
        }
        let boot = Boot { epoch: self.epoch.clone(), revision: self.revision };
        let booted = booted.unwrap_or(boot);
        self.clients[client].open = true;
        self.clients[client].booted = Some(booted.clone());
        let welcome = Welcome {
            booted,
            revision: self.revision,
            now: self.wall(),
            policy: self.policy.clone(),
            online: true,
            conversations,
            counts: None,
            visitors: Vec::new(),
        };
        self.sees(client, Sight::Frame(ServerFrame::Welcome(welcome)));
    }

    fn reads(&mut self, client: usize) {
        let Some(id) = self.one(client) else { return };
        let side = self.clients[client].who.side();
        let coming = self.revision + 1;
        let (visitor, log) = self.logs.get_mut(&id).unwrap();
        let (visitor, up_to) = (*visitor, log.state.head);
        let mut taken = false;
        let moved = log.state.mark_read(side, up_to, || {
            taken = true;
            coming
        });
        let revision = Some(log.state.read_revision).filter(|revision| *revision > 0);
        self.revision += u64::from(taken);
        let invoked = self.passes(3);
        let lost = self.dice.one_in(5);
        let outcome = if lost { Outcome::Unknown } else { Outcome::Acknowledged(()) };
        let tries = vec![Try { node: 0, invoked, ended: self.passes(3), outcome }];
        let what = Mark { conversation: id.clone(), up_to };
        self.history.marks.push(Request { client, what, tries });
        for client in 0..self.clients.len() {
            if moved && self.clients[client].open && self.may_see(client, visitor) {
                let conversation = id.clone();
                let frame = ServerFrame::Read { conversation, side, up_to, revision };
                self.sees(client, Sight::Frame(frame));
            }
        }
    }

    fn looks(&mut self, client: usize) {
        let Some(id) = self.one(client) else { return };
        let asked = self.passes(5);
        self.passes(5);
        let log = &self.logs[&id].1;
        let sight = if self.dice.one_in(2) {
            Sight::State { asked, conversation: Box::new(log.state.clone()) }
        } else {
            let after = log.state.head.saturating_sub(self.dice.below(5) as u64);
            let events = log.events.iter().filter(|event| event.seq > after);
            let events = events.map(|event| self.visible(client, event)).collect();
            let page = Page { events, head: log.state.head };
            Sight::Page { conversation: id, after, asked, page }
        };
        self.sees(client, sight);
    }

    fn saves(&mut self) {
        let settings = ClosingSettings {
            auto_close_after_s: self.dice.one_in(2).then_some(PERIOD_S),
            disable_field: self.dice.one_in(2),
            ..ClosingSettings::default()
        };
        let mut tries = Vec::new();
        let in_vain = self.dice.one_in(4);
        if !in_vain || self.dice.one_in(2) {
            self.policy = settings.policy(Plan::Professional, 0);
            self.revision += 1;
        }
        let invoked = self.passes(5);
        let outcome = if in_vain { Outcome::Unknown } else { Outcome::Acknowledged(self.revision) };
        tries.push(Try { node: 0, invoked, ended: self.passes(5), outcome });
        self.history.settings.push(Request { client: 3, what: settings, tries });
    }

    fn times_out(&mut self) {
        let Some(after_s) = self.policy.live_closes_after_s else { return };
        let Some(id) = self.one(3) else { return };
        let log = &self.logs[&id].1;
        if log.state.is_closed() || log.state.head == 0 {
            return;
        }
        let by_ms = after_s as Millis * 1_000;
        self.now += Duration::from_millis(1);
        let from = self.wall();
        self.passes(20);
        let to = self.wall();
        self.history.aged.push(Aged {
            conversation: id.clone(),
            by_ms,
            from,
            to,
            is_certain: true,
        });
        self.appends(&id, &Author::Timer, vec![EventBody::Closed], None);
    }

    fn ends(mut self) -> (History, End) {
        self.logs.retain(|_, (_, log)| log.state.head > 0);
        let known = (0..self.clients.len()).map(|client| {
            let seen = self.logs.iter().filter(|(_, (visitor, _))| self.may_see(client, *visitor));
            (client, seen.map(|(id, (_, log))| (id.clone(), log.state.clone())).collect())
        });
        let (known, wall) = (known.collect(), self.wall());
        let logs = self.logs.into_iter().map(|(id, (_, log))| (id, log)).collect();
        (self.history, End { logs, known, wall })
    }
}
