//! All eight policies × every interleaving of up to six acts, against design §4 as a table.
//!
//! The table and the few lines that keep track of who has what on the screen are written from the
//! words of the design, not from the code: they know no revisions and call nothing of the crate.
//! A client is what was booted once and never again, so each one also stands for all that has
//! lost its connection in between and come back.

use porchlight_protocol::closing::{self, NoticePlace, VisitorView};
use porchlight_protocol::conversation::{Applied, Kind};
use porchlight_protocol::rules::{self, Refusal};
use porchlight_protocol::{
    Act, Author, ClosingSettings, Conversation, ConversationId, Event, Policy, Revision, Seq,
    VisitorId,
};

use crate::world::{VISITOR, agent, all_options, ann, claim_from, close, say, say_and_close};

const ACTS_MAX: usize = 6;

/// What a closing looks like under one of the eight combinations.
struct Row {
    /// The combination: `hide_closed`, `disable_field`, `notice`.
    options: [bool; 3],
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
}

#[derive(Clone, Copy, PartialEq)]
enum Message {
    Reopens,
    Refused,
}

#[rustfmt::skip]
const TABLE: [Row; 8] = {
    use {Field as F, Home as H, Message as M, Notice as N, Reload as R};
    const ON: bool = true;
    const OFF: bool = false;
    [
        //              hide field notice            at once, live                          after reload                   message
        Row { options: [OFF, OFF, OFF], home: H::Unchanged,    field: F::Stays, notice: N::None,           after_a_reload: R::StillThere, a_visitors_message: M::Reopens },
        Row { options: [ON,  OFF, OFF], home: H::Unchanged,    field: F::Stays, notice: N::None,           after_a_reload: R::Gone,       a_visitors_message: M::Reopens },
        Row { options: [OFF, ON,  OFF], home: H::MarkedClosed, field: F::Gone,  notice: N::None,           after_a_reload: R::StillThere, a_visitors_message: M::Refused },
        Row { options: [ON,  ON,  OFF], home: H::MarkedClosed, field: F::Gone,  notice: N::None,           after_a_reload: R::Gone,       a_visitors_message: M::Refused },
        Row { options: [OFF, OFF, ON ], home: H::MarkedClosed, field: F::Stays, notice: N::InThread,       after_a_reload: R::StillThere, a_visitors_message: M::Reopens },
        Row { options: [ON,  OFF, ON ], home: H::MarkedClosed, field: F::Stays, notice: N::InThread,       after_a_reload: R::Gone,       a_visitors_message: M::Reopens },
        Row { options: [OFF, ON,  ON ], home: H::MarkedClosed, field: F::Gone,  notice: N::InPlaceOfField, after_a_reload: R::StillThere, a_visitors_message: M::Refused },
        Row { options: [ON,  ON,  ON ], home: H::MarkedClosed, field: F::Gone,  notice: N::InPlaceOfField, after_a_reload: R::Gone,       a_visitors_message: M::Refused },
    ]
};

fn row(settings: &ClosingSettings) -> &'static Row {
    let options = [settings.hide_closed, settings.disable_field, settings.notice];
    TABLE.iter().find(|row| row.options == options).unwrap()
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    VisitorWrites,
    VisitorCloses,
    TimerCloses,
    AgentClaims,
    AgentWrites,
    AgentCloses,
    AgentWritesAndCloses,
    AgentReopens,
    HidingIsSwitched,
    FieldIsSwitched,
    NoticeIsSwitched,
    ClientBoots,
}

use Step::*;

const STEPS: [Step; 12] = [
    VisitorWrites,
    VisitorCloses,
    TimerCloses,
    AgentClaims,
    AgentWrites,
    AgentCloses,
    AgentWritesAndCloses,
    AgentReopens,
    HidingIsSwitched,
    FieldIsSwitched,
    NoticeIsSwitched,
    ClientBoots,
];

/// What should be, kept in the words of the design.
#[derive(Clone)]
struct Expected {
    closed: Option<By>,
    owned: bool,
    /// The visitor has written since the agent last looked.
    agent_is_behind: bool,
    /// For each client, whether the conversation stands on its Home.
    on_screen: Vec<bool>,
}

#[derive(Clone, Copy, PartialEq)]
enum By {
    Visitor,
    Somebody,
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Done,
    /// It was so already: no event.
    Nothing,
    Closed,
    ClaimFirst,
    LookFirst,
}

impl Expected {
    fn step(&mut self, step: Step, row: &Row) -> Outcome {
        match step {
            VisitorWrites => {
                if self.closed.is_some() && row.a_visitors_message == Message::Refused {
                    return Outcome::Closed;
                }
                self.open();
                self.agent_is_behind = true;
                Outcome::Done
            }
            VisitorCloses | TimerCloses if self.closed.is_some() => Outcome::Nothing,
            VisitorCloses => {
                self.closed = Some(By::Visitor);
                self.on_screen.fill(false);
                Outcome::Done
            }
            TimerCloses => self.close(),
            AgentClaims if self.owned => Outcome::Nothing,
            AgentClaims if self.closed.is_some() => Outcome::Closed,
            AgentClaims => {
                self.owned = true;
                self.agent_is_behind = false;
                Outcome::Done
            }
            AgentWrites if self.closed.is_some() => Outcome::Closed,
            AgentWrites if !self.owned => Outcome::ClaimFirst,
            AgentWrites => Outcome::Done,
            AgentCloses if self.closed.is_some() => Outcome::Nothing,
            AgentWritesAndCloses if self.closed.is_some() => Outcome::Closed,
            AgentCloses | AgentWritesAndCloses if !self.owned => Outcome::ClaimFirst,
            AgentCloses | AgentWritesAndCloses if self.agent_is_behind => {
                self.agent_is_behind = false;
                Outcome::LookFirst
            }
            AgentCloses | AgentWritesAndCloses => self.close(),
            AgentReopens if self.closed.is_none() => Outcome::Nothing,
            AgentReopens => {
                self.open();
                self.owned = true;
                self.agent_is_behind = false;
                Outcome::Done
            }
            // `row` is that of before. Off: what was hidden is back, but not what the visitor has
            // put away. On: nobody loses what is on the screen.
            HidingIsSwitched if row.after_a_reload == Reload::Gone => {
                if self.closed == Some(By::Somebody) {
                    self.on_screen.fill(true);
                }
                Outcome::Done
            }
            HidingIsSwitched | FieldIsSwitched | NoticeIsSwitched => Outcome::Done,
            ClientBoots => {
                self.on_screen.push(match self.closed {
                    None => true,
                    Some(By::Visitor) => false,
                    Some(By::Somebody) => row.after_a_reload == Reload::StillThere,
                });
                Outcome::Done
            }
        }
    }

    fn close(&mut self) -> Outcome {
        self.closed = Some(By::Somebody);
        Outcome::Done
    }

    fn open(&mut self) {
        self.closed = None;
        self.on_screen.fill(true);
    }

    fn view(&self, client: usize, row: &Row) -> VisitorView {
        let closed = self.closed.is_some();
        VisitorView {
            listed: self.on_screen[client],
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
    revision: Revision,
    agent_saw: Seq,
    /// When each client booted.
    booted: Vec<Revision>,
}

impl Real {
    fn step(&mut self, step: Step, cast: &Cast) -> Outcome {
        match step {
            VisitorWrites => self.act(&VISITOR, &cast.say),
            VisitorCloses => self.act(&VISITOR, &close(0)),
            TimerCloses => self.act(&Author::Timer, &close(0)),
            AgentClaims => self.act(&cast.ann, &cast.claim),
            AgentWrites => self.act(&cast.ann, &cast.say),
            AgentCloses => self.act(&cast.ann, &close(self.agent_saw)),
            AgentWritesAndCloses => self.act(&cast.ann, &say_and_close("Bye", self.agent_saw)),
            AgentReopens => self.act(&cast.ann, &Act::Reopen),
            HidingIsSwitched => self.save(|settings| settings.hide_closed ^= true),
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
            Err(refusal) => panic!("{refusal:?}"),
        };
        if bodies.is_empty() {
            return Outcome::Nothing;
        }
        for body in bodies {
            self.revision += 1;
            let event = Event {
                seq: self.conversation.head + 1,
                revision: self.revision,
                at: 0,
                author: actor.clone(),
                client_id: None,
                body,
            };
            assert_eq!(self.conversation.apply(&event), Applied::Yes);
        }
        if matches!(act, Act::Claim { .. } | Act::Reopen) {
            self.agent_saw = self.conversation.head;
        }
        Outcome::Done
    }

    fn save(&mut self, change: impl Fn(&mut ClosingSettings)) -> Outcome {
        self.revision += 1;
        let since = self.policy.hide_closed_since.unwrap_or(self.revision);
        change(&mut self.settings);
        self.policy = self.settings.policy(since);
        Outcome::Done
    }
}

struct Cast {
    ann: Author,
    say: Act,
    claim: Act,
}

struct Search {
    cast: Cast,
    path: Vec<Step>,
    states: usize,
}

impl Search {
    /// Tries each step from here, and everything after it.
    fn go(&mut self, real: &Real, expected: &Expected) {
        if self.path.len() == ACTS_MAX {
            return;
        }
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
        assert_eq!(real.conversation.is_closed(), expected.closed.is_some(), "{:?}", self.path);
        for (client, booted) in real.booted.iter().enumerate() {
            let view = closing::visitor_view(&real.conversation, &real.policy, *booted);
            let wanted = expected.view(client, row);
            assert_eq!(view, wanted, "client {client} after {:?}", self.path);
        }
    }
}

fn every_interleaving_under(policy: usize) {
    let settings = all_options().nth(policy).unwrap();
    // The settings are older than the conversation, which the visitor starts on the first client.
    let mut real = Real {
        conversation: Conversation::new(
            ConversationId::from_bytes([1; 16]),
            Kind::Live,
            VisitorId::from_bytes([2; 16]),
            0,
        ),
        policy: settings.policy(1),
        settings,
        revision: 1,
        agent_saw: 1,
        booted: vec![1],
    };
    let cast = Cast { ann: agent(ann()), say: say("Hi"), claim: claim_from(None) };
    assert_eq!(real.act(&VISITOR, &cast.say), Outcome::Done);
    let expected =
        Expected { closed: None, owned: false, agent_is_behind: false, on_screen: vec![true] };
    let mut search = Search { cast, path: Vec::new(), states: 0 };
    search.go(&real, &expected);
    // So that nobody thins this out by accident.
    assert!(search.states > 190_000, "{}", search.states);
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
    hide_closed = 1;
    disable_field = 2;
    hide_closed_and_disable_field = 3;
    notice = 4;
    hide_closed_and_notice = 5;
    disable_field_and_notice = 6;
    all_on = 7;
}
