//! All twelve policies × every interleaving of up to six acts, against design §4 as a table.
//!
//! The table and the few lines that keep track of who has what on the screen are written from the
//! words of the design, not from the code: they know no revisions and call nothing of the crate.
//! A client is what was booted once and never again, so each one also stands for all that has
//! lost its connection in between and come back.

use std::collections::HashMap;

use porchlight_protocol::closing::{self, NoticePlace, VisitorView};
use porchlight_protocol::conversation::{Applied, Kind, Side, Status};
use porchlight_protocol::rules::{self, Refusal};
use porchlight_protocol::settings::Since;
use porchlight_protocol::{
    Act, Author, ClosingSettings, Conversation, ConversationId, Millis, Plan, Policy, Revision,
    Seq, VisitorId,
};

use crate::world::{
    TIMER, VISITOR, agent, all_options, ann, claim_from, close, next_event, note, say,
    say_and_close,
};

const ACTS_MAX: usize = 6;

/// The period of the sites here.
const CLOSES_AFTER_S: u64 = 3_600;

/// What a closing looks like under one of the twelve combinations.
struct Row {
    /// The combination: `hide_closed`, with that `keep_unread`, `disable_field`, `notice`.
    options: [bool; 4],
    home: Home,
    field: Field,
    notice: Notice,
    after_a_reload: Reload,
    a_visitors_message: Message,
}

#[derive(Clone, Copy, PartialEq)]
enum Home {
    Unchanged,
    MarkedClosed,
}

#[derive(Clone, Copy, PartialEq)]
enum Field {
    Stays,
    Gone,
}

#[derive(Clone, Copy, PartialEq)]
enum Notice {
    None,
    InThread,
    InPlaceOfField,
}

#[derive(Clone, Copy, PartialEq)]
enum Reload {
    StillThere,
    Gone,
    GoneOnceRead,
}

#[derive(Clone, Copy, PartialEq)]
enum Message {
    Reopens,
    Refused,
}

#[rustfmt::skip]
const TABLE: [Row; 12] = {
    use {Field as F, Home as H, Message as M, Notice as N, Reload as R};
    const ON: bool = true;
    const OFF: bool = false;
    [
        //              hide  keep  field notice          at once, live                                                     after reload                     message
        Row { options: [OFF, OFF, OFF, OFF], home: H::Unchanged,    field: F::Stays, notice: N::None,           after_a_reload: R::StillThere,   a_visitors_message: M::Reopens },
        Row { options: [OFF, OFF, OFF, ON ], home: H::MarkedClosed, field: F::Stays, notice: N::InThread,       after_a_reload: R::StillThere,   a_visitors_message: M::Reopens },
        Row { options: [OFF, OFF, ON,  OFF], home: H::MarkedClosed, field: F::Gone,  notice: N::None,           after_a_reload: R::StillThere,   a_visitors_message: M::Refused },
        Row { options: [OFF, OFF, ON,  ON ], home: H::MarkedClosed, field: F::Gone,  notice: N::InPlaceOfField, after_a_reload: R::StillThere,   a_visitors_message: M::Refused },
        Row { options: [ON,  OFF, OFF, OFF], home: H::Unchanged,    field: F::Stays, notice: N::None,           after_a_reload: R::Gone,         a_visitors_message: M::Reopens },
        Row { options: [ON,  OFF, OFF, ON ], home: H::MarkedClosed, field: F::Stays, notice: N::InThread,       after_a_reload: R::Gone,         a_visitors_message: M::Reopens },
        Row { options: [ON,  OFF, ON,  OFF], home: H::MarkedClosed, field: F::Gone,  notice: N::None,           after_a_reload: R::Gone,         a_visitors_message: M::Refused },
        Row { options: [ON,  OFF, ON,  ON ], home: H::MarkedClosed, field: F::Gone,  notice: N::InPlaceOfField, after_a_reload: R::Gone,         a_visitors_message: M::Refused },
        Row { options: [ON,  ON,  OFF, OFF], home: H::Unchanged,    field: F::Stays, notice: N::None,           after_a_reload: R::GoneOnceRead, a_visitors_message: M::Reopens },
        Row { options: [ON,  ON,  OFF, ON ], home: H::MarkedClosed, field: F::Stays, notice: N::InThread,       after_a_reload: R::GoneOnceRead, a_visitors_message: M::Reopens },
        Row { options: [ON,  ON,  ON,  OFF], home: H::MarkedClosed, field: F::Gone,  notice: N::None,           after_a_reload: R::GoneOnceRead, a_visitors_message: M::Refused },
        Row { options: [ON,  ON,  ON,  ON ], home: H::MarkedClosed, field: F::Gone,  notice: N::InPlaceOfField, after_a_reload: R::GoneOnceRead, a_visitors_message: M::Refused },
    ]
};

fn row(settings: &ClosingSettings) -> &'static Row {
    let keeps = settings.hide_closed && settings.keep_unread;
    let options = [settings.hide_closed, keeps, settings.disable_field, settings.notice];
    TABLE.iter().find(|row| row.options == options).unwrap()
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    VisitorWrites,
    VisitorReads,
    VisitorCloses,
    VisitorTakesBack,
    VisitorKeepsOpen,
    /// As long as the site's period.
    TimePasses,
    TimerCloses,
    AgentClaims,
    AgentWrites,
    AgentNotes,
    AgentCloses,
    AgentWritesAndCloses,
    AgentReopens,
    HidingIsSwitched,
    KeepingIsSwitched,
    FieldIsSwitched,
    NoticeIsSwitched,
    ClientBoots,
}

use Step::*;

const STEPS: [Step; 18] = [
    VisitorWrites,
    VisitorReads,
    VisitorCloses,
    VisitorTakesBack,
    VisitorKeepsOpen,
    TimePasses,
    TimerCloses,
    AgentClaims,
    AgentWrites,
    AgentNotes,
    AgentCloses,
    AgentWritesAndCloses,
    AgentReopens,
    HidingIsSwitched,
    KeepingIsSwitched,
    FieldIsSwitched,
    NoticeIsSwitched,
    ClientBoots,
];

/// What should be, kept in the words of the design.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Expected {
    closed: Option<By>,
    /// The visitor has put it away: closed it, or taken what somebody else closed off Home.
    put_away: bool,
    /// The visitor opened it again and nobody has answered.
    reopened_by_visitor: bool,
    owned: bool,
    /// The visitor has written since the agent last looked.
    agent_is_behind: bool,
    /// A period has passed since the last message, re-opening or wish to keep it open.
    due: bool,
    /// The team has written since the visitor last looked.
    visitor_is_behind: bool,
    /// What each client has.
    clients: Vec<Client>,
}

/// What a client has of a closed conversation. Of an open one all have everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Client {
    /// It is on its Home, unless it is put away.
    on_screen: bool,
    /// The page was loaded while something in it was unread.
    loaded_unread: bool,
}

impl Client {
    const OF_OPEN: Client = Client { on_screen: true, loaded_unread: false };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum By {
    Visitor,
    Agent,
    Timer,
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Done,
    /// It was so already: no event.
    Nothing,
    /// Not before its time: the timer does not even ask.
    NotDue,
    Closed,
    ClaimFirst,
    LookFirst,
    NotTheirs,
}

impl Expected {
    fn step(&mut self, step: Step, row: &Row) -> Outcome {
        match step {
            VisitorWrites => {
                if self.closed.is_some() && row.a_visitors_message == Message::Refused {
                    return Outcome::Closed;
                }
                if self.closed.is_some() {
                    self.open(By::Visitor);
                }
                self.agent_is_behind = true;
                self.visitor_is_behind = false;
                self.due = false;
                Outcome::Done
            }
            VisitorReads if self.visitor_is_behind => {
                self.visitor_is_behind = false;
                Outcome::Done
            }
            VisitorReads => Outcome::Nothing,
            VisitorCloses if self.put_away => Outcome::Nothing,
            VisitorCloses => {
                self.put_away = true;
                if self.closed.is_none() { self.close(By::Visitor) } else { Outcome::Done }
            }
            VisitorTakesBack => match self.closed {
                None => Outcome::Nothing,
                Some(By::Visitor) => {
                    self.open(By::Visitor);
                    Outcome::Done
                }
                Some(_) if self.put_away => {
                    self.put_away = false;
                    Outcome::Done
                }
                Some(_) => Outcome::NotTheirs,
            },
            VisitorKeepsOpen if self.closed.is_some() => Outcome::Closed,
            VisitorKeepsOpen => {
                self.due = false;
                Outcome::Done
            }
            // What is closed has no time to wait for; what is due can't be more so.
            TimePasses if self.closed.is_some() || self.due => Outcome::Nothing,
            TimePasses => {
                self.due = true;
                Outcome::Done
            }
            TimerCloses if self.closed.is_some() || !self.due => Outcome::NotDue,
            TimerCloses => self.close(By::Timer),
            AgentClaims if self.owned => Outcome::Nothing,
            AgentClaims if self.closed.is_some() => Outcome::Closed,
            AgentClaims => {
                self.owned = true;
                self.agent_is_behind = false;
                Outcome::Done
            }
            AgentWrites if self.closed.is_some() => Outcome::Closed,
            AgentWrites if !self.owned => Outcome::ClaimFirst,
            AgentWrites => {
                self.reopened_by_visitor = false;
                self.visitor_is_behind = true;
                self.due = false;
                Outcome::Done
            }
            // Closed or open, due or not, owned or not: it changes nothing.
            AgentNotes => Outcome::Done,
            AgentCloses if self.closed.is_some() => Outcome::Nothing,
            AgentWritesAndCloses if self.closed.is_some() => Outcome::Closed,
            AgentCloses | AgentWritesAndCloses if !self.owned => Outcome::ClaimFirst,
            AgentCloses | AgentWritesAndCloses if self.agent_is_behind => {
                self.agent_is_behind = false;
                Outcome::LookFirst
            }
            AgentCloses | AgentWritesAndCloses => {
                self.visitor_is_behind |= step == AgentWritesAndCloses;
                self.close(By::Agent)
            }
            AgentReopens if self.closed.is_none() => Outcome::Nothing,
            AgentReopens => {
                self.open(By::Agent);
                self.owned = true;
                self.agent_is_behind = false;
                Outcome::Done
            }
            // `row` is that of before. Off: what was hidden is back. On: nobody loses what is on the
            // screen.
            HidingIsSwitched if row.after_a_reload != Reload::StillThere => {
                for client in &mut self.clients {
                    client.on_screen = true;
                }
                Outcome::Done
            }
            // On: what pages were loaded with unread is back on them. Off: see above.
            KeepingIsSwitched if row.after_a_reload == Reload::Gone => {
                for client in &mut self.clients {
                    client.on_screen |= client.loaded_unread;
                }
                Outcome::Done
            }
            HidingIsSwitched | KeepingIsSwitched | FieldIsSwitched | NoticeIsSwitched => {
                Outcome::Done
            }
            ClientBoots => {
                let open = self.closed.is_none();
                let on_screen = match row.after_a_reload {
                    Reload::StillThere => true,
                    Reload::Gone => open,
                    Reload::GoneOnceRead => open || self.visitor_is_behind,
                };
                let loaded_unread = !open && self.visitor_is_behind;
                self.clients.push(Client { on_screen, loaded_unread });
                Outcome::Done
            }
        }
    }

    fn close(&mut self, by: By) -> Outcome {
        self.closed = Some(by);
        self.reopened_by_visitor = false;
        self.due = false;
        Outcome::Done
    }

    fn open(&mut self, by: By) {
        self.closed = None;
        self.put_away = false;
        self.reopened_by_visitor = by == By::Visitor;
        self.due = false;
        self.clients.fill(Client::OF_OPEN);
    }

    fn view(&self, client: usize, row: &Row) -> VisitorView {
        let closed = self.closed.is_some();
        VisitorView {
            listed: self.clients[client].on_screen && !self.put_away,
            marked_closed: closed && row.home == Home::MarkedClosed,
            field: !(closed && row.field == Field::Gone),
            notice: match row.notice {
                Notice::InThread if closed => Some(NoticePlace::Thread),
                Notice::InPlaceOfField if closed => Some(NoticePlace::Field),
                _ => None,
            },
        }
    }
}

/// What is: the crate's own types, as a server and its clients hold them.
#[derive(Clone)]
struct Real {
    conversation: Conversation,
    settings: ClosingSettings,
    policy: Policy,
    since: Since,
    revision: Revision,
    now: Millis,
    agent_saw: Seq,
    /// When each client booted.
    booted: Vec<Revision>,
}

impl Real {
    fn step(&mut self, step: Step, cast: &Cast) -> Outcome {
        match step {
            VisitorWrites => self.act(&VISITOR, &cast.say),
            VisitorReads => {
                let (next, head) = (self.revision + 1, self.conversation.head);
                let commit = || {
                    self.revision = next;
                    next
                };
                let was_unread = !self.conversation.visitor_read.unread.is_empty();
                self.conversation.mark_read(Side::Visitor, head, commit);
                if was_unread { Outcome::Done } else { Outcome::Nothing }
            }
            VisitorCloses => self.act(&VISITOR, &close(0)),
            VisitorTakesBack => self.act(&VISITOR, &Act::Reopen),
            VisitorKeepsOpen => self.act(&VISITOR, &Act::KeepOpen),
            TimePasses => match closing::closes_at(&self.conversation, &self.policy) {
                Some(at) if at > self.now => {
                    self.now += CLOSES_AFTER_S as Millis * 1_000;
                    Outcome::Done
                }
                _ => Outcome::Nothing,
            },
            TimerCloses => match closing::closes_at(&self.conversation, &self.policy) {
                Some(at) if at <= self.now => self.act(&TIMER, &close(0)),
                _ => Outcome::NotDue,
            },
            AgentClaims => self.act(&cast.ann, &cast.claim),
            AgentWrites => self.act(&cast.ann, &cast.say),
            AgentNotes => self.act(&cast.ann, &cast.note),
            AgentCloses => self.act(&cast.ann, &close(self.agent_saw)),
            AgentWritesAndCloses => self.act(&cast.ann, &say_and_close("Bye", self.agent_saw)),
            AgentReopens => self.act(&cast.ann, &Act::Reopen),
            HidingIsSwitched => self.save(|settings| settings.hide_closed ^= true),
            KeepingIsSwitched => self.save(|settings| settings.keep_unread ^= true),
            FieldIsSwitched => self.save(|settings| settings.disable_field ^= true),
            NoticeIsSwitched => self.save(|settings| settings.notice ^= true),
            ClientBoots => {
                self.booted.push(self.revision);
                Outcome::Done
            }
        }
    }

    fn act(&mut self, actor: &Author, act: &Act) -> Outcome {
        let bodies = match rules::decide(&self.conversation, actor, act, &self.policy) {
            Ok(bodies) => bodies,
            Err(Refusal::ConversationClosed) => return Outcome::Closed,
            Err(Refusal::ClaimRequired) => return Outcome::ClaimFirst,
            Err(Refusal::NewMessages { .. }) => {
                self.agent_saw = self.conversation.head;
                return Outcome::LookFirst;
            }
            Err(Refusal::NotAllowed) => return Outcome::NotTheirs,
            Err(refusal) => panic!("{refusal:?}"),
        };
        if bodies.is_empty() {
            return Outcome::Nothing;
        }
        for body in bodies {
            self.revision += 1;
            let event = next_event(&self.conversation, self.revision, self.now, actor, body);
            assert_eq!(self.conversation.apply(&event), Applied::Yes);
        }
        if matches!(act, Act::Claim { .. } | Act::Reopen) && *actor != VISITOR {
            self.agent_saw = self.conversation.head;
        }
        Outcome::Done
    }

    fn save(&mut self, change: impl Fn(&mut ClosingSettings)) -> Outcome {
        self.revision += 1;
        change(&mut self.settings);
        let keeps = self.settings.hide_closed && self.settings.keep_unread;
        self.since = self.since.after(&self.policy, keeps, self.revision);
        self.policy = self.settings.policy(Plan::Professional, self.since);
        Outcome::Done
    }

    /// All that what comes may depend on: every number of it, but names and texts, of which there is
    /// one for each, and the clock only as the time since the last activity.
    fn state(&self) -> State {
        let conversation = &self.conversation;
        let closed = match &conversation.status {
            Status::Open | Status::Other => None,
            Status::Closed { by, revision, .. } => Some((who(by), *revision)),
        };
        State {
            closed,
            options: [
                self.settings.hide_closed,
                self.settings.keep_unread,
                self.settings.disable_field,
                self.settings.notice,
                conversation.dismissed,
                conversation.reopened_by_visitor,
                conversation.assignee.is_some(),
            ],
            hiding: (self.policy.hide_closed_since, self.since),
            revision: self.revision,
            seqs: [
                conversation.head,
                conversation.visitor_seq,
                self.agent_saw,
                conversation.visitor_read.unread.last().copied().unwrap_or_default(),
                conversation.read_revision,
            ],
            quiet_ms: self.now - conversation.active_at,
            booted: self.booted.clone(),
        }
    }
}

/// See [`Real::state`].
#[derive(PartialEq, Eq, Hash)]
struct State {
    closed: Option<(By, Revision)>,
    options: [bool; 7],
    hiding: (Option<Revision>, Since),
    revision: Revision,
    seqs: [Seq; 5],
    quiet_ms: Millis,
    booted: Vec<Revision>,
}

fn who(author: &Author) -> By {
    match author {
        Author::Visitor => By::Visitor,
        Author::Timer => By::Timer,
        _ => By::Agent,
    }
}

struct Cast {
    ann: Author,
    say: Act,
    claim: Act,
    note: Act,
}

struct Search {
    cast: Cast,
    path: Vec<Step>,
    states: usize,
    /// How many more acts were tried from a state.
    tried: HashMap<(State, Expected), usize>,
}

impl Search {
    /// Tries each step from here, and everything after it.
    fn go(&mut self, real: &Real, expected: &Expected) {
        let left = ACTS_MAX - self.path.len();
        if left == 0 {
            return;
        }
        // Two ways that led to the same state lead on alike.
        let tried = self.tried.entry((real.state(), expected.clone())).or_default();
        if *tried >= left {
            return;
        }
        *tried = left;
        for step in STEPS {
            // A second boot with nothing in between is the same client again.
            if step == ClientBoots && real.booted.last() == Some(&real.revision) {
                continue;
            }
            self.path.push(step);
            let (mut real, mut expected) = (real.clone(), expected.clone());
            let (before, was_behind) = (real.conversation.head, expected.agent_is_behind);
            let expected_outcome = expected.step(step, row(&real.settings));
            let outcome = real.step(step, &self.cast);
            assert_eq!(outcome, expected_outcome, "{:?}", self.path);
            let changed = outcome == Outcome::Done || was_behind != expected.agent_is_behind;
            if outcome != Outcome::Done {
                assert_eq!(real.conversation.head, before, "{:?}", self.path);
            }
            // What changed nothing leads to nothing that the other steps from here don't lead to.
            if changed {
                self.states += 1;
                self.check(&real, &expected);
                self.go(&real, &expected);
            }
            self.path.pop();
        }
    }

    fn check(&self, real: &Real, expected: &Expected) {
        let row = row(&real.settings);
        let closed = match &real.conversation.status {
            Status::Open | Status::Other => None,
            Status::Closed { by, .. } => Some(who(by)),
        };
        assert_eq!(closed, expected.closed, "{:?}", self.path);
        let marked = real.conversation.reopened_by_visitor;
        assert_eq!(marked, expected.reopened_by_visitor, "{:?}", self.path);
        assert_eq!(real.conversation.assignee.is_some(), expected.owned, "{:?}", self.path);
        let notice = closing::notice(&real.conversation, &real.policy, "en", "Lamp Shop");
        let shown = expected.closed.is_some() && row.notice != Notice::None;
        assert_eq!(notice.is_some(), shown, "{:?}", self.path);
        for (client, booted) in real.booted.iter().enumerate() {
            let view = closing::visitor_view(&real.conversation, &real.policy, *booted);
            let wanted = expected.view(client, row);
            assert_eq!(view, wanted, "client {client} after {:?}", self.path);
        }
    }
}

fn every_interleaving_under(policy: usize) {
    let settings = ClosingSettings {
        auto_close_after_s: Some(CLOSES_AFTER_S),
        ..all_options().nth(policy).unwrap()
    };
    // The settings are older than the conversation, which the visitor starts on the first client.
    let mut real = Real {
        conversation: Conversation::new(
            ConversationId::from_bytes([1; 16]),
            Kind::Live,
            VisitorId::from_bytes([2; 16]),
            0,
        ),
        policy: settings.policy(Plan::Professional, 1),
        since: Since::from(1),
        settings,
        revision: 1,
        now: 0,
        agent_saw: 1,
        booted: vec![1],
    };
    let cast =
        Cast { ann: agent(ann()), say: say("Hi"), claim: claim_from(None), note: note("Hm") };
    assert_eq!(real.act(&VISITOR, &cast.say), Outcome::Done);
    let expected = Expected {
        closed: None,
        put_away: false,
        reopened_by_visitor: false,
        owned: false,
        agent_is_behind: false,
        due: false,
        visitor_is_behind: false,
        clients: vec![Client::OF_OPEN],
    };
    let mut search = Search { cast, path: Vec::new(), states: 0, tried: HashMap::new() };
    search.go(&real, &expected);
    // So that nobody thins this out by accident.
    assert!(search.states > 80_000, "{}", search.states);
}

macro_rules! every_interleaving {
    ($($name:ident = $policy:literal;)*) => {
        $(#[test]
        fn $name() {
            every_interleaving_under($policy);
        })*
    };
}

// One test each, so that they share the cores.
every_interleaving! {
    all_off = 0;
    disable_field = 1;
    notice = 2;
    disable_field_and_notice = 3;
    hide_closed = 4;
    hide_closed_and_disable_field = 5;
    hide_closed_and_notice = 6;
    hide_closed_disable_field_and_notice = 7;
    keep_unread = 8;
    keep_unread_and_disable_field = 9;
    keep_unread_and_notice = 10;
    all_on = 11;
}
