//! A world: one server, some tabs of visitors and agents, and a network between them that delivers,
//! delays, loses and cuts as a test says. Nothing happens by itself, so every order can be told.

use std::collections::{BTreeMap, VecDeque};

use porchlight_client::inbox::{Ask, Folders, List, PageState};
use porchlight_client::machine::ThreadState;
use porchlight_client::{
    Change, Command, Content, Delivery, Effect, Failure, Input, Link, Machine, Me, Outgoing, Place,
    Range, Row, RowKey, Timer, Writing,
};
use porchlight_protocol::conversation::Status;
use porchlight_protocol::wire::{Hello, Listing, ServerFrame};
use porchlight_protocol::{
    Act, Author, ClientId, Conversation, ConversationId, Epoch, ErrorCode, Event, EventBody,
    Member, MemberId, Millis, Revision, Seq, Sort,
};

use crate::server::{Caller, Server};

/// A tab, by its number.
pub type Tab = usize;

/// Deliveries after which a world that should come to rest is taken for a busy loop.
const DELIVERIES_MAX: usize = 20_000;

/// The texts of a thread, as they are shown when nothing is on its way.
#[derive(Debug, Default)]
pub struct Shown {
    /// Messages of the log.
    pub messages: Vec<String>,
    /// Notes of the log.
    pub notes: Vec<String>,
    /// Either kind, that could not be sent.
    pub failed: Vec<String>,
}

impl Shown {
    pub fn of(rows: Vec<Row>, whose: impl Fn() -> String) -> Shown {
        let mut shown = Shown::default();
        for row in rows {
            let (sent, text, delivery) = match row.content {
                Content::Message { text, delivery, .. } => (&mut shown.messages, text, delivery),
                Content::Note { text, delivery, .. } => (&mut shown.notes, text, delivery),
                _ => continue,
            };
            match delivery {
                Delivery::Sent => sent.push(text),
                Delivery::Failed(_) => shown.failed.push(text),
                stuck => panic!("{text} is still {stuck:?}: {}", whose()),
            }
        }
        shown
    }
}

/// A request on its way to the server, with the key that it carries.
#[derive(Debug, Clone)]
pub struct Request {
    caller: Caller,
    pub what: What,
}

#[derive(Debug, Clone)]
pub enum What {
    Start(ClientId, String),
    Append(ConversationId, ClientId, Act),
    Conversation(ConversationId),
    Events(ConversationId, Range),
    Read(ConversationId, Seq),
    List(Ask, Option<Listing>),
}

impl What {
    /// What the client is told when no answer comes.
    fn lost(&self) -> Option<Input> {
        Some(match self.clone() {
            What::Start(client_id, _) => {
                Input::Started { client_id, result: Err(Failure::Network) }
            }
            What::Append(_, client_id, _) => {
                Input::Appended { client_id, result: Err(Failure::Network) }
            }
            What::Conversation(id) => Input::Conversation { id, result: Err(Failure::Network) },
            What::Events(id, range) => Input::Events { id, range, result: Err(Failure::Network) },
            What::Read(..) => return None,
            // What the inbox is told of it stands beside it.
            What::List(..) => Input::Missed(Vec::new()),
        })
    }
}

/// A socket, or a poll.
#[derive(Debug, Clone)]
pub struct Wire {
    caller: Caller,
    poll: bool,
    /// Until the server has read it.
    hello: Option<Hello>,
    /// The server has cut it and the client does not know.
    pub dead: bool,
    pub frames: VecDeque<ServerFrame>,
}

#[derive(Clone)]
pub struct Client {
    pub machine: Machine,
    pub caller: Caller,
    pub online: bool,
    /// Networks exist that let no socket through.
    pub sockets: bool,
    /// It is older than the server: what [`aged`] leaves out it has never heard of.
    pub old: bool,
    pub wire: Option<Wire>,
    pub requests: VecDeque<Request>,
    /// Each with its request, so that it can still get lost.
    pub answers: VecDeque<(What, Input)>,
    pub timers: BTreeMap<Timer, Millis>,
    pub stored: Vec<Outgoing>,
    pub drafts: Vec<(Place, String)>,
    /// The same for notes, which have a field of their own.
    pub note_drafts: Vec<(Place, String)>,
    pub refusals: Vec<ErrorCode>,
    /// Acts that have not been answered, in this life of the page.
    pub acts: Vec<ClientId>,
    /// Acts that took effect, in the order of the answers.
    pub done: Vec<ClientId>,
    /// How far this tab's clock is ahead of the others'.
    pub clock_ahead_ms: Millis,
    /// When a timer made the warnings be looked at.
    pub looks: Vec<Millis>,
    pub sent: Vec<Effect>,
    pub keys_forgotten: usize,
    /// The key of the row of each text, in this life of the page and the store.
    pub keys: BTreeMap<ConversationId, BTreeMap<String, RowKey>>,
    epoch: Option<Epoch>,
    /// An agent's folders.
    pub folders: Option<Folders>,
    /// The folder that is on the screen, if pages are asked for.
    pub lists: Option<List>,
    /// Lines that had to be looked at, by the last input.
    pub lines: usize,
}

#[derive(Clone)]
pub struct World {
    pub server: Server,
    pub clients: Vec<Client>,
    pub now: Millis,
    pub dice: u32,
    /// After a restore answers of the new life may come before its welcome, and look like old ones.
    pub restored: bool,
    next_id: u32,
    next_key: u32,
}

fn folders(me: &Me) -> Option<Folders> {
    match me {
        Me::Visitor => None,
        Me::Agent(member) => Some(Folders::new(member.clone())),
    }
}

impl Client {
    /// True if the act was waiting for its answer.
    fn answers_act(&mut self, client_id: &ClientId) -> bool {
        let before = self.acts.len();
        self.acts.retain(|act| act != client_id);
        self.acts.len() < before
    }
}

impl World {
    pub fn new() -> Self {
        let server = Server::new();
        World {
            server,
            clients: Vec::new(),
            now: 0,
            dice: 1,
            restored: false,
            next_id: 0,
            next_key: 0,
        }
    }

    fn enters(&mut self, me: Me, caller: Caller) -> Tab {
        let folders = folders(&me);
        self.clients.push(Client {
            machine: Machine::new(me),
            caller,
            online: true,
            sockets: true,
            old: false,
            wire: None,
            requests: VecDeque::new(),
            answers: VecDeque::new(),
            timers: BTreeMap::new(),
            stored: Vec::new(),
            drafts: Vec::new(),
            note_drafts: Vec::new(),
            refusals: Vec::new(),
            acts: Vec::new(),
            done: Vec::new(),
            clock_ahead_ms: 0,
            looks: Vec::new(),
            sent: Vec::new(),
            keys_forgotten: 0,
            keys: BTreeMap::new(),
            epoch: None,
            folders,
            lists: None,
            lines: 0,
        });
        let tab = self.clients.len() - 1;
        self.boots(tab);
        tab
    }

    fn boots(&mut self, tab: Tab) {
        let client = &self.clients[tab];
        let known = client.caller != Caller::Visitor(None);
        let stored = client.stored.clone();
        self.input(tab, Input::Boot { known, stored });
    }

    // Who is there.

    pub fn visitor(&mut self) -> Tab {
        self.enters(Me::Visitor, Caller::Visitor(None))
    }

    pub fn agent(&mut self, name: &str) -> Tab {
        let member = agent(name);
        self.enters(Me::Agent(member.clone()), Caller::Agent(member))
    }

    /// Another tab of the same person, with an outbox of its own.
    pub fn second_tab_of(&mut self, tab: Tab) -> Tab {
        let caller = self.clients[tab].caller.clone();
        let me = self.clients[tab].machine.me().clone();
        self.enters(me, caller)
    }

    pub fn reloads(&mut self, tab: Tab) {
        let client = &mut self.clients[tab];
        client.machine = Machine::new(client.machine.me().clone());
        client.folders = folders(client.machine.me());
        client.wire = None;
        client.requests.clear();
        client.answers.clear();
        client.timers.clear();
        client.keys.clear();
        client.sent.clear();
        client.acts.clear();
        self.boots(tab);
    }

    // What people do.

    pub fn client_id(&mut self) -> ClientId {
        self.next_id += 1;
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&self.next_id.to_be_bytes());
        ClientId::from_bytes(bytes)
    }

    pub fn writes(&mut self, tab: Tab, place: &Place, text: &str) -> ClientId {
        self.sends(tab, place.clone(), text, Writing::Message)
    }

    pub fn sends_and_closes(&mut self, tab: Tab, id: &ConversationId, text: &str) -> ClientId {
        self.sends(tab, Place::At(id.clone()), text, Writing::MessageAndClose)
    }

    pub fn notes(&mut self, tab: Tab, id: &ConversationId, text: &str) -> ClientId {
        self.sends(tab, Place::At(id.clone()), text, Writing::Note)
    }

    pub fn sends(&mut self, tab: Tab, place: Place, text: &str, writing: Writing) -> ClientId {
        let client_id = self.client_id();
        let send =
            Command::Send { place, client_id: client_id.clone(), text: text.into(), writing };
        self.command(tab, send);
        client_id
    }

    /// The first message of a new conversation.
    pub fn begins(&mut self, tab: Tab, text: &str) -> Place {
        let client_id = self.client_id();
        let place = Place::New(client_id.clone());
        let send = Command::Send {
            place: place.clone(),
            client_id,
            text: text.to_owned(),
            writing: Writing::Message,
        };
        self.command(tab, send);
        place
    }

    pub fn acts(&mut self, tab: Tab, id: &ConversationId, act: Act) -> ClientId {
        let client_id = self.client_id();
        self.clients[tab].acts.push(client_id.clone());
        let act = Command::Act { id: id.clone(), client_id: client_id.clone(), act };
        self.command(tab, act);
        client_id
    }

    pub fn claims(&mut self, tab: Tab, id: &ConversationId) -> ClientId {
        let owner = self.clients[tab].machine.conversation(id).and_then(|c| c.assignee.clone());
        self.acts(tab, id, Act::Claim { from: owner.map(|owner| owner.id) })
    }

    pub fn closes(&mut self, tab: Tab, id: &ConversationId) -> ClientId {
        let seen = self.clients[tab].machine.conversation(id).map_or(0, |c| c.head);
        self.acts(tab, id, Act::Close { seen })
    }

    pub fn reopens(&mut self, tab: Tab, id: &ConversationId) -> ClientId {
        self.acts(tab, id, Act::Reopen)
    }

    pub fn keeps_open(&mut self, tab: Tab, id: &ConversationId) -> ClientId {
        self.acts(tab, id, Act::KeepOpen)
    }

    pub fn opens(&mut self, tab: Tab, id: &ConversationId) {
        self.command(tab, Command::Open(Place::At(id.clone())));
    }

    pub fn reads(&mut self, tab: Tab, id: &ConversationId) {
        self.command(tab, Command::Read(id.clone()));
    }

    pub fn command(&mut self, tab: Tab, command: Command) {
        self.input(tab, Input::Command(command));
    }

    /// A visitor's tab in a conversation, and an agent's who owns it. Everything has come to rest.
    pub fn a_conversation(&mut self) -> (Tab, Tab, ConversationId) {
        let (visitor, ben) = (self.visitor(), self.agent("Ben"));
        let place = self.begins(visitor, "hello");
        self.comes_to_rest();
        let id = self.id(visitor, &place);
        self.opens(ben, &id);
        self.claims(ben, &id);
        self.comes_to_rest();
        (visitor, ben, id)
    }

    // What the machine wants done.

    pub fn input(&mut self, tab: Tab, input: Input) {
        if let Input::Frame(ServerFrame::Welcome(welcome)) = &input {
            let client = &mut self.clients[tab];
            if client
                .epoch
                .replace(welcome.booted.epoch.clone())
                .is_some_and(|before| before != welcome.booted.epoch)
            {
                client.keys.clear();
            }
        }
        let input = if self.clients[tab].old { aged(input) } else { input };
        self.dice = self.dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let counts = matches!(input, Input::Timer(Timer::Warning));
        let client = &mut self.clients[tab];
        let step = client.machine.step(self.now + client.clock_ahead_ms, self.dice, input);
        if counts && step.changes.contains(&Change::List) {
            client.looks.push(self.now);
        }
        for change in &step.changes {
            match change {
                Change::Done { client_id, .. } => {
                    assert!(client.answers_act(client_id), "an act is answered once");
                    client.done.push(client_id.clone());
                }
                Change::Refused { error, client_id, .. } => {
                    client.refusals.push(error.code);
                    client_id.as_ref().map(|client_id| client.answers_act(client_id));
                }
                _ => {}
            }
        }
        if let Some(folders) = &mut client.folders {
            let moves = folders.changed(&client.machine, &step.changes);
            client.lines = moves.lines.len();
        }
        for effect in step.effects {
            self.effect(tab, effect);
        }
        self.asks(tab);
        self.watch(tab);
        self.folders_hold_what_is_known(tab);
    }

    /// Whatever happens, a folder is what is known, in order, down to where it has been listed.
    fn folders_hold_what_is_known(&self, tab: Tab) {
        let client = &self.clients[tab];
        let (Some(folders), Me::Agent(me)) = (&client.folders, client.machine.me()) else { return };
        for list in List::ALL {
            let List { filter, sort } = list;
            let mut known: Vec<&Conversation> =
                client.machine.conversations().filter(|known| filter.holds(known, me)).collect();
            known.sort_by_key(|known| match sort {
                Sort::Newest => Revision::MAX - known.active_revision,
                Sort::Waiting => known.waits_from(),
                Sort::Left => Revision::MAX - known.left_first(),
            });
            let why = || {
                let listed: Vec<_> = folders.list(list).collect();
                format!("tab {tab}, {list:?}: {listed:?}")
            };
            let mut known = known.into_iter().map(|known| &known.id);
            for listed in folders.list(list) {
                assert_eq!(known.next(), Some(listed), "{}", why());
            }
            if folders.state(list, &client.machine) == PageState::Whole {
                assert_eq!(known.next(), None, "{}", why());
            }
        }
    }

    /// What the inbox asks for by itself.
    fn asks(&mut self, tab: Tab) {
        let client = &mut self.clients[tab];
        let (Some(list), Some(folders)) = (client.lists, &mut client.folders) else { return };
        if !client.machine.is_welcomed() {
            return;
        }
        // While the connection is down, nobody asks for the counts: the next welcome has them.
        let is_up = client.machine.link() == Link::Up;
        let counts = is_up.then(|| folders.ask_counts()).flatten();
        let asks = [folders.ask_needed(list), counts];
        for ask in asks.into_iter().flatten() {
            let what = What::List(ask, None);
            client.requests.push_back(Request { caller: client.caller.clone(), what });
        }
    }

    /// An agent looks at a folder.
    pub fn looks_at(&mut self, tab: Tab, list: impl Into<List>) {
        self.clients[tab].lists = Some(list.into());
        self.asks(tab);
    }

    /// An agent wants more of the folder. False if there is no more, or it is on its way.
    pub fn lists_on(&mut self, tab: Tab) -> bool {
        let client = &mut self.clients[tab];
        let (Some(list), Some(folders)) = (client.lists, &mut client.folders) else {
            return false;
        };
        let Some(ask) = folders.ask(list) else { return false };
        let what = What::List(ask, None);
        client.requests.push_back(Request { caller: client.caller.clone(), what });
        true
    }

    /// What an agent's folder holds.
    pub fn folder(&self, tab: Tab, list: impl Into<List>) -> Vec<ConversationId> {
        let client = &self.clients[tab];
        let folders = client.folders.as_ref().expect("an agent's");
        folders.list(list).cloned().collect()
    }

    /// How much of it is there.
    pub fn page(&self, tab: Tab, list: impl Into<List>) -> PageState {
        let client = &self.clients[tab];
        client.folders.as_ref().expect("an agent's").state(list, &client.machine)
    }

    fn effect(&mut self, tab: Tab, effect: Effect) {
        let next_key = &mut self.next_key;
        let client = &mut self.clients[tab];
        let caller = client.caller.clone();
        let wire = |hello, poll| {
            Some(Wire {
                caller: caller.clone(),
                poll,
                hello: Some(hello),
                dead: false,
                frames: VecDeque::new(),
            })
        };
        client.sent.push(effect.clone());
        let what = match effect {
            Effect::Connect(hello) => {
                client.wire = wire(hello, false);
                return;
            }
            Effect::Poll(hello) => {
                client.wire = wire(hello, true);
                return;
            }
            Effect::Disconnect => {
                client.wire = None;
                return;
            }
            Effect::Wake { timer, after_ms } => {
                client.timers.insert(timer, self.now + after_ms as Millis);
                return;
            }
            Effect::Store(outgoing) => {
                match client.stored.iter_mut().find(|o| o.client_id == outgoing.client_id) {
                    Some(stored) => *stored = outgoing,
                    None => client.stored.push(outgoing),
                }
                return;
            }
            Effect::Forget(client_id) => {
                client.stored.retain(|outgoing| outgoing.client_id != client_id);
                return;
            }
            Effect::RestoreDraft { place, writing: Writing::Note, text } => {
                client.note_drafts.push((place, text));
                return;
            }
            Effect::RestoreDraft { place, text, .. } => {
                client.drafts.push((place, text));
                return;
            }
            Effect::TellTyping(id) => {
                let caller = client.caller.clone();
                self.server.typing(&caller, &id);
                return self.publish();
            }
            Effect::ForgetKey => {
                client.caller = Caller::Visitor(None);
                client.keys_forgotten += 1;
                return;
            }
            Effect::Start { client_id, text } => {
                if client.caller == Caller::Visitor(None) {
                    *next_key += 1;
                    client.caller = Caller::Visitor(Some(*next_key));
                }
                What::Start(client_id, text)
            }
            Effect::Append { id, client_id, act } => What::Append(id, client_id, act),
            Effect::FetchConversation(id) => What::Conversation(id),
            Effect::FetchEvents { id, range } => What::Events(id, range),
            Effect::MarkRead { id, up_to } => What::Read(id, up_to),
        };
        client.requests.push_back(Request { caller: client.caller.clone(), what });
    }

    // The network. Each of these does one thing; false if there was nothing to do.

    /// A request reaches the server.
    pub fn request_arrives(&mut self, tab: Tab) -> bool {
        let client = &mut self.clients[tab];
        let Some(Request { caller, what }) = client.requests.pop_front() else { return false };
        if !client.online {
            client.answers.extend(what.lost().map(|lost| (what, lost)));
            return true;
        }
        let refused = Failure::Refused;
        let server = &mut self.server;
        let answer = match what.clone() {
            What::Start(client_id, text) => {
                let result = server.start(&caller, &client_id, &text).map_err(refused);
                Some(Input::Started { client_id, result })
            }
            What::Append(id, client_id, act) => {
                let result = server.append(&caller, &id, &client_id, &act).map_err(refused);
                Some(Input::Appended { client_id, result })
            }
            What::Conversation(id) => {
                let result = server.conversation(&caller, &id).map_err(refused);
                Some(Input::Conversation { id, result })
            }
            What::Events(id, range) => {
                let result = server.events(&caller, &id, range).map_err(refused);
                Some(Input::Events { id, range, result })
            }
            What::Read(id, up_to) => {
                server.mark_read(&caller, &id, up_to);
                None
            }
            What::List(ask, _) => {
                let listed = server.list(&caller, ask.list(), ask.from(), ask.limit());
                let listing = listed.expect("only agents ask");
                let input = Input::Listed(listing.conversations.clone());
                let what = What::List(ask, Some(listing));
                self.clients[tab].answers.push_back((what, input));
                self.publish();
                return true;
            }
        };
        self.clients[tab].answers.extend(answer.map(|answer| (what, answer)));
        self.publish();
        true
    }

    pub fn publish(&mut self) {
        for (id, frame) in self.server.take_published() {
            self.push(&frame, |server, caller| server.may_know(caller, &id));
        }
    }

    fn push(&mut self, frame: &ServerFrame, to: impl Fn(&Server, &Caller) -> bool) {
        for client in &mut self.clients {
            if let Some(wire) = &mut client.wire
                && !wire.poll
                && wire.hello.is_none()
                && !wire.dead
                && to(&self.server, &wire.caller)
            {
                wire.frames.push_back(wire.caller.gets(frame));
            }
        }
    }

    /// An answer reaches the client.
    pub fn answer_arrives(&mut self, tab: Tab) -> bool {
        let Some((what, answer)) = self.clients[tab].answers.pop_front() else { return false };
        let lost = what.lost().filter(|_| !self.clients[tab].online);
        let answer = lost.unwrap_or(answer);
        if let (What::List(ask, listing), Some(folders)) = (what, &mut self.clients[tab].folders) {
            let listing = listing.filter(|_| matches!(answer, Input::Listed(_)));
            let missed = folders.answered(&ask, listing.as_ref());
            self.input(tab, answer);
            self.input(tab, Input::Missed(missed));
            return true;
        }
        self.input(tab, answer);
        true
    }

    /// The next request does not reach the server.
    pub fn request_gets_lost(&mut self, tab: Tab) -> bool {
        let client = &mut self.clients[tab];
        let Some(request) = client.requests.pop_front() else { return false };
        client.answers.extend(request.what.lost().map(|lost| (request.what, lost)));
        true
    }

    /// The next request reaches the server, and its answer is lost.
    pub fn answer_gets_lost(&mut self, tab: Tab) -> bool {
        if !self.request_arrives(tab) {
            return false;
        }
        if let Some((what, answer)) = self.clients[tab].answers.back_mut()
            && let Some(lost) = what.lost()
        {
            *answer = lost;
        }
        true
    }

    /// The hello reaches the server. A poll with nothing new stays there.
    pub fn hello_arrives(&mut self, tab: Tab) -> bool {
        let client = &mut self.clients[tab];
        let Some(wire) = &mut client.wire else { return false };
        let Some(hello) = wire.hello.clone().filter(|_| !wire.dead) else { return false };
        if !client.online || !client.sockets && !wire.poll {
            self.cut(tab);
            return true;
        }
        let news = self.server.newest(&wire.caller);
        // Who knows what can't be yet is told at once how things stand.
        if wire.poll && hello.known == Some(news) {
            return false;
        }
        wire.hello = None;
        wire.frames.push_back(match self.server.hello(&wire.caller, &hello) {
            Ok(welcome) => ServerFrame::Welcome(welcome),
            Err(error) => ServerFrame::Error(error),
        });
        true
    }

    /// The next frame reaches the client.
    pub fn frame_arrives(&mut self, tab: Tab) -> bool {
        let client = &mut self.clients[tab];
        let Some(wire) = client.wire.as_mut().filter(|wire| !wire.dead) else { return false };
        let Some(frame) = wire.frames.pop_front() else { return false };
        if wire.poll {
            client.wire = None;
        }
        self.input(tab, Input::Frame(frame));
        true
    }

    /// What the server last pushed to this tab is lost, and nobody notices.
    pub fn push_gets_lost(&mut self, tab: Tab) -> Option<ServerFrame> {
        let wire = self.clients[tab].wire.as_mut()?;
        let lossy = |frame: &ServerFrame| {
            matches!(frame, ServerFrame::Event { .. } | ServerFrame::Read { .. })
        };
        if wire.frames.back().is_some_and(lossy) { wire.frames.pop_back() } else { None }
    }

    /// The socket is cut, or the poll fails, and the client notices.
    pub fn cut(&mut self, tab: Tab) {
        if self.clients[tab].wire.take().is_some() {
            self.input(tab, Input::LinkLost);
        }
    }

    pub fn goes_offline(&mut self, tab: Tab) {
        self.clients[tab].online = false;
        self.input(tab, Input::Network { online: false });
    }

    pub fn comes_online(&mut self, tab: Tab) {
        self.clients[tab].online = true;
        self.input(tab, Input::Network { online: true });
    }

    /// The server dies: no request that has not arrived ever will, no answer comes back.
    pub fn server_is_killed(&mut self) {
        for tab in 0..self.clients.len() {
            let client = &mut self.clients[tab];
            for (what, answer) in &mut client.answers {
                if let Some(lost) = what.lost() {
                    *answer = lost;
                }
            }
            while self.request_gets_lost(tab) {}
            self.cut(tab);
        }
    }

    pub fn server_is_restored(&mut self, backup: &Server, knowingly: bool) {
        self.server_is_killed();
        // The old answers come before anything of the new life.
        for tab in 0..self.clients.len() {
            for _ in 0..self.clients[tab].answers.len() {
                self.answer_arrives(tab);
            }
        }
        for tab in 0..self.clients.len() {
            while self.request_gets_lost(tab) {}
        }
        self.server.restore(backup, knowingly);
        for tab in 0..self.clients.len() {
            // It can't tell one life from another. What it wrote is stored.
            if !self.clients[tab].machine.is_welcomed() {
                self.reloads(tab);
            }
        }
        self.restored = true;
    }

    /// Everybody comes back before anything else happens.
    pub fn all_reconnect(&mut self) {
        for tab in 0..self.clients.len() {
            self.clients[tab].sockets = true;
            if !self.clients[tab].online {
                self.comes_online(tab);
            }
            self.input(tab, Input::PageShown);
        }
        for tab in 0..self.clients.len() {
            self.hello_arrives(tab);
            self.frame_arrives(tab);
        }
    }

    pub fn policy_becomes(&mut self, hide_closed: bool, disable_field: bool, notice: bool) {
        let policy = self.server.set_policy(hide_closed, disable_field, notice);
        self.push(&ServerFrame::Policy(policy), |_, _| true);
    }

    /// What is hidden is kept until it was read, or not any more.
    pub fn keeping_becomes(&mut self, keep_unread: bool) {
        let policy = self.server.set_keeping(keep_unread);
        self.push(&ServerFrame::Policy(policy), |_, _| true);
    }

    /// Live chat is switched on or off.
    pub fn live_chat_becomes(&mut self, on: bool) {
        let policy = self.server.set_live_chat(on);
        self.push(&ServerFrame::Policy(policy), |_, _| true);
    }

    pub fn read_receipts_become(&mut self, on: bool) {
        let policy = self.server.set_read_receipts(on);
        self.push(&ServerFrame::Policy(policy), |_, _| true);
    }

    /// Conversations close by themselves after so many seconds; visitors are told so many before.
    pub fn timer_becomes(&mut self, closes_after_s: Option<u64>, warn_before_s: Option<u64>) {
        let policy = self.server.set_timer(closes_after_s, warn_before_s);
        self.push(&ServerFrame::Policy(policy), |_, _| true);
        self.passes(0);
    }

    /// The beacon that the server sends every heartbeat.
    pub fn heart_beats(&mut self) {
        for client in &mut self.clients {
            if let Some(wire) = &mut client.wire
                && !wire.poll
                && wire.hello.is_none()
                && !wire.dead
            {
                wire.frames.push_back(ServerFrame::Beacon(self.server.beacon(&wire.caller)));
            }
        }
    }

    // Time.

    /// Everything that is on its way arrives, and what comes of it. No timer runs out.
    pub fn comes_to_rest(&mut self) {
        let mut deliveries = 0;
        let mut moved = true;
        while moved {
            moved = false;
            for tab in 0..self.clients.len() {
                moved |= self.hello_arrives(tab);
                moved |= self.request_arrives(tab);
                moved |= self.frame_arrives(tab);
                moved |= self.answer_arrives(tab);
            }
            deliveries += 1;
            assert!(deliveries < DELIVERIES_MAX, "it never comes to rest");
        }
    }

    /// The next timer of this tab runs out, if that is within so many milliseconds.
    pub fn timer_runs_out(&mut self, tab: Tab, within_ms: Millis) -> bool {
        let timers = &self.clients[tab].timers;
        let Some((timer, due)) = timers.iter().map(|(t, due)| (*t, *due)).min_by_key(|t| t.1)
        else {
            return false;
        };
        if due > self.now + within_ms {
            return false;
        }
        self.clients[tab].timers.remove(&timer);
        self.passes(due - self.now);
        self.input(tab, Input::Timer(timer));
        true
    }

    pub fn passes(&mut self, ms: Millis) {
        self.now += ms.max(0);
        self.server.passes(ms.max(0));
        self.publish();
    }

    /// Somebody sets the clock of this tab's machine, forward or back.
    pub fn clock_is_set(&mut self, tab: Tab, by_ms: Millis) {
        self.clients[tab].clock_ahead_ms += by_ms;
    }

    /// Time passes, timers run out when they are due, and everything arrives in between.
    pub fn lives_on(&mut self, ms: Millis) {
        let until = self.now + ms;
        let mut fired = 0;
        self.comes_to_rest();
        loop {
            let due = |tab: &Tab| self.clients[*tab].timers.values().min().copied();
            let next = (0..self.clients.len()).min_by_key(|tab| due(tab).unwrap_or(Millis::MAX));
            let Some(tab) = next else { break };
            if !self.timer_runs_out(tab, until - self.now) {
                break;
            }
            self.comes_to_rest();
            fired += 1;
            assert!(fired < DELIVERIES_MAX, "timers never come to rest");
        }
        self.passes(until - self.now);
        self.comes_to_rest();
    }

    /// All networks work again, and some time passes.
    pub fn heals(&mut self) {
        for tab in 0..self.clients.len() {
            if !self.clients[tab].online {
                self.comes_online(tab);
            }
            self.input(tab, Input::PageShown);
        }
        // Long enough for a dead socket to be noticed and the longest back-off to end.
        self.lives_on(120_000);
        self.heart_beats();
        self.lives_on(60_000);
    }

    // What is seen.

    pub fn id(&self, tab: Tab, place: &Place) -> ConversationId {
        match self.clients[tab].machine.resolve(place.clone()) {
            Place::At(id) => id,
            Place::New(_) => panic!("the conversation has no name yet"),
        }
    }

    pub fn link(&self, tab: Tab) -> Link {
        self.clients[tab].machine.link()
    }

    pub fn thread(&self, tab: Tab, id: &ConversationId) -> ThreadState {
        self.clients[tab].machine.thread_state(&Place::At(id.clone()))
    }

    /// The rows of a thread as a person reads them.
    pub fn rows(&self, tab: Tab, place: &Place) -> Vec<String> {
        let rows = self.clients[tab].machine.rows(place);
        rows.into_iter()
            .map(|row| {
                let who = match (&row.author, row.mine) {
                    (_, true) => "me",
                    (Author::Visitor, _) => "visitor",
                    (Author::Agent(member) | Author::Bot(member), _) => member.name.as_str(),
                    (Author::Timer, _) => "timer",
                    (Author::Withheld | Author::Other, _) => "nobody",
                };
                let told = |delivery: &Delivery| match delivery {
                    Delivery::Sent => String::new(),
                    Delivery::Sending => " (sending)".to_owned(),
                    Delivery::Waiting => " (waiting)".to_owned(),
                    Delivery::Failed(code) => format!(" ({})", code.as_str()),
                };
                match &row.content {
                    Content::Message { text, delivery, .. } => {
                        format!("{who}: {text}{}", told(delivery))
                    }
                    Content::Note { text, delivery, .. } => {
                        format!("{who}, internally: {text}{}", told(delivery))
                    }
                    Content::Closed => format!("{who} closed"),
                    Content::Reopened => format!("{who} re-opened"),
                    Content::KeptOpen => format!("{who} kept open"),
                    Content::Dismissed => format!("{who} dismissed"),
                    Content::Restored => format!("{who} restored"),
                    Content::Assigned(_) => format!("{who} assigned"),
                    Content::Erased => format!("{who} erased"),
                    Content::HandedBack => format!("{who} handed back"),
                    Content::Unreadable => "what can't be read".to_owned(),
                    Content::Other => "what can't be shown".to_owned(),
                }
            })
            .collect()
    }

    /// This tab shows these messages and notes; what else happened is left out.
    #[track_caller]
    pub fn shows(&self, tab: Tab, place: &Place, rows: &[&str]) {
        let shown: Vec<String> =
            self.rows(tab, place).into_iter().filter(|row| row.contains(": ")).collect();
        assert_eq!(shown, rows);
    }

    /// The log holds these messages.
    #[track_caller]
    pub fn log_holds(&self, id: &ConversationId, texts: &[&str]) {
        assert_eq!(crate::server::messages(&self.server.logs[id].events), texts);
    }

    pub fn key_of(&self, tab: Tab, place: &Place, text: &str) -> RowKey {
        let rows = self.clients[tab].machine.rows(place);
        let said = |content: &Content| match content {
            Content::Message { text: said, .. } | Content::Note { text: said, .. } => said == text,
            _ => false,
        };
        rows.iter().find(|row| said(&row.content)).expect("the row is there").key
    }

    /// Milliseconds until this conversation closes, if this tab warns of it.
    pub fn closing_in(&self, tab: Tab, id: &ConversationId) -> Option<u64> {
        let client = &self.clients[tab];
        client.machine.closing_in(&Place::At(id.clone()), self.now + client.clock_ahead_ms)
    }

    pub fn unread(&self, tab: Tab) -> usize {
        self.clients[tab].machine.unread()
    }

    pub fn home(&self, tab: Tab) -> Vec<Place> {
        self.clients[tab].machine.home().into_iter().map(|row| row.place).collect()
    }

    /// How many effects of a kind this tab has had since it booted.
    pub fn count(&self, tab: Tab, kind: impl Fn(&Effect) -> bool) -> usize {
        self.clients[tab].sent.iter().filter(|effect| kind(effect)).count()
    }

    /// What must hold at every moment, of what this tab shows.
    fn watch(&mut self, tab: Tab) {
        let restored = self.restored;
        let client = &mut self.clients[tab];
        for known in client.machine.conversations() {
            let place = Place::At(known.id.clone());
            let rows = client.machine.rows(&place);
            let mut row_keys: Vec<RowKey> = rows.iter().map(|row| row.key).collect();
            row_keys.sort_unstable();
            row_keys.dedup();
            assert_eq!(row_keys.len(), rows.len(), "row keys are unique");
            if client.machine.thread_state(&place) != ThreadState::Ready {
                // What a person writes into a thread that is not loaded leaves with its outbox.
                client.keys.remove(&known.id);
            }
            if rows.is_empty() {
                continue;
            }
            let keys = client.keys.entry(known.id.clone()).or_default();
            let mut texts: Vec<&str> = Vec::new();
            let mut pending = false;
            for row in &rows {
                let (Content::Message { text, client_id, .. }
                | Content::Note { text, client_id, .. }) = &row.content
                else {
                    assert!(!pending, "what is on its way stands last");
                    continue;
                };
                assert!(client_id.is_some() || !pending, "what is on its way stands last");
                pending |= client_id.is_some();
                assert!(!texts.contains(&text.as_str()), "one row per message: {text}");
                texts.push(text);
                match keys.get(text) {
                    Some(key) => assert!(
                        restored || *key == row.key,
                        "the row of a message keeps its key: {text}"
                    ),
                    None => drop(keys.insert(text.clone(), row.key)),
                }
            }
        }
    }
}

/// What comes in, as a client reads it that knows no re-opening, no wish to keep open, nothing of what
/// visitors put away, and no timer.
fn aged(mut input: Input) -> Input {
    let each = |events: &mut Vec<Event>| events.iter_mut().for_each(age_event);
    match &mut input {
        Input::Frame(ServerFrame::Event { event, .. }) => age_event(event),
        Input::Frame(ServerFrame::Welcome(welcome)) => {
            welcome.conversations.iter_mut().for_each(age_state);
        }
        Input::Started { result: Ok(started), .. } => {
            age_state(&mut started.conversation);
            each(&mut started.events);
        }
        Input::Appended { result: Ok(appended), .. } => each(&mut appended.events),
        Input::Conversation { result: Ok(conversation), .. } => age_state(conversation),
        Input::Events { result: Ok(page), .. } => each(&mut page.events),
        Input::Listed(conversations) => conversations.iter_mut().for_each(age_state),
        _ => {}
    }
    input
}

fn age_event(event: &mut Event) {
    age_author(&mut event.author);
    if let EventBody::Reopened | EventBody::KeptOpen | EventBody::Dismissed | EventBody::Restored =
        event.body
    {
        event.body = EventBody::Other;
    }
}

/// The state of a conversation as such a client reads it.
pub fn age_state(conversation: &mut Conversation) {
    if let Status::Closed { by, .. } = &mut conversation.status {
        age_author(by);
    }
}

fn age_author(author: &mut Author) {
    if *author == Author::Timer {
        *author = Author::Other;
    }
}

pub fn agent(name: &str) -> Member {
    let letter = name.as_bytes()[0];
    Member { id: MemberId::from_bytes([letter; 16]), name: name.to_owned() }
}
