//! One conversation on one site, with everything that a server keeps for it: the smallest server
//! that there is. And names for who is in it.

use proptest::prelude::ProptestConfig;
use proptest::test_runner::FileFailurePersistence;

use porchlight_protocol::conversation::{Applied, Kind, Side};
use porchlight_protocol::rules::{self, Refusal};
use porchlight_protocol::settings::Since;
use porchlight_protocol::{
    Act, Author, ClosingSettings, Conversation, ConversationId, Event, EventBody, Member, MemberId,
    Millis, Plan, Policy, Revision, Seq, VisitorId, closing,
};

pub fn member_id(n: u8) -> MemberId {
    MemberId::from_bytes([n; 16])
}

pub fn member(n: u8, name: &str) -> Member {
    Member { id: member_id(n), name: name.to_owned() }
}

pub fn ann() -> Member {
    member(0xa1, "Ann")
}

pub fn ben() -> Member {
    member(0xb2, "Ben")
}

pub fn robot() -> Member {
    member(0xc3, "Robot")
}

/// A bot of the same site that no conversation is with.
pub fn stray_bot() -> Member {
    member(0xd4, "Stray")
}

pub const VISITOR: Author = Author::Visitor;
pub const TIMER: Author = Author::Timer;

pub fn agent(member: Member) -> Author {
    Author::Agent(member)
}

pub fn bot(member: Member) -> Author {
    Author::Bot(member)
}

pub fn say(text: &str) -> Act {
    Act::message(text)
}

pub fn say_and_close(text: &str, seen: Seq) -> Act {
    Act::MessageAndClose { text: text.to_owned(), seen }
}

pub fn close(seen: Seq) -> Act {
    Act::Close { seen }
}

pub fn note(text: &str) -> Act {
    Act::Note { text: text.to_owned() }
}

pub fn claim_from(owner: Option<&Member>) -> Act {
    Act::Claim { from: owner.map(|owner| owner.id.clone()) }
}

/// The settings with these three options.
pub fn options(hide_closed: bool, disable_field: bool, notice: bool) -> ClosingSettings {
    ClosingSettings { hide_closed, disable_field, notice, ..ClosingSettings::default() }
}

/// All twelve combinations of the three options and the one that the first has: it matters with that alone.
pub fn all_options() -> impl Iterator<Item = ClosingSettings> {
    [(false, false), (true, false), (true, true)].into_iter().flat_map(|(hide, keep_unread)| {
        (0..4_u8).map(move |bits| ClosingSettings {
            keep_unread,
            ..options(hide, bits & 1 != 0, bits & 2 != 0)
        })
    })
}

/// All twelve policies, with hiding switched on at this commit.
pub fn all_policies(hide_closed_since: Revision) -> impl Iterator<Item = Policy> {
    all_options().map(move |settings| settings.policy(Plan::Professional, hide_closed_since))
}

/// The event that comes next in a conversation's log.
pub fn next_event(
    conversation: &Conversation,
    revision: Revision,
    at: Millis,
    author: &Author,
    body: EventBody,
) -> Event {
    let seq = conversation.head + 1;
    Event { seq, revision, at, author: author.clone(), client_id: None, body }
}

/// What a client may be told, in the order of the server's commits.
#[derive(Debug, Clone)]
pub enum Told {
    Event(Event),
    Read(Side, Seq, Option<Revision>),
}

#[derive(Debug, Clone)]
pub struct World {
    pub conversation: Conversation,
    pub log: Vec<Event>,
    /// Events and read marks, as they came.
    pub told: Vec<Told>,
    pub settings: ClosingSettings,
    pub plan: Plan,
    pub since: Since,
    pub revision: Revision,
    pub now: Millis,
}

impl World {
    pub fn new(kind: Kind, settings: ClosingSettings) -> Self {
        let id = ConversationId::from_bytes([1; 16]);
        let visitor = VisitorId::from_bytes([2; 16]);
        World {
            conversation: Conversation::new(id, kind, visitor, 1_000),
            log: Vec::new(),
            told: Vec::new(),
            settings,
            plan: Plan::Professional,
            since: Since::from(3),
            revision: 7,
            now: 1_000,
        }
    }

    /// A live chat on a site with these settings, in which the visitor has said hello.
    pub fn greeted(settings: ClosingSettings) -> Self {
        let mut world = World::new(Kind::Live, settings);
        world.must(&VISITOR, &say("hello"));
        world
    }

    /// A live chat that Ann has claimed, under the default settings.
    pub fn claimed() -> Self {
        let mut world = World::greeted(ClosingSettings::default());
        world.must(&agent(ann()), &claim_from(None));
        world
    }

    /// The same, and Ann has closed it.
    pub fn closed(settings: ClosingSettings) -> Self {
        let mut world = World::claimed();
        world.settings = settings;
        world.must(&agent(ann()), &close(world.head()));
        world
    }

    /// A conversation with Robot in which the visitor has said hello.
    pub fn with_robot() -> Self {
        let mut world = World::new(Kind::Bot(robot()), ClosingSettings::default());
        world.must(&VISITOR, &say("hello"));
        world
    }

    pub fn head(&self) -> Seq {
        self.conversation.head
    }

    pub fn policy(&self) -> Policy {
        self.settings.policy(self.plan, self.since)
    }

    /// When it closes by itself.
    pub fn closes_at(&self) -> Option<Millis> {
        closing::closes_at(&self.conversation, &self.policy())
    }

    /// The timer goes by and closes what is due. True if it was.
    pub fn timer_goes_by(&mut self) -> bool {
        let due = self.closes_at().is_some_and(|at| at <= self.now);
        if due {
            self.must(&TIMER, &close(0));
        }
        due
    }

    /// What would come of it.
    pub fn ask(&self, actor: &Author, act: &Act) -> Result<Vec<EventBody>, Refusal> {
        rules::decide(&self.conversation, actor, act, &self.policy())
    }

    /// Does it, and returns how many events it made.
    pub fn act(&mut self, actor: &Author, act: &Act) -> Result<usize, Refusal> {
        let bodies = self.ask(actor, act)?;
        let made = bodies.len();
        for body in bodies {
            self.revision += 1;
            let event = next_event(&self.conversation, self.revision, self.now, actor, body);
            assert_eq!(self.conversation.apply(&event), Applied::Yes);
            self.log.push(event.clone());
            self.told.push(Told::Event(event));
        }
        Ok(made)
    }

    /// Does what must be accepted and make something happen.
    pub fn must(&mut self, actor: &Author, act: &Act) {
        let made = self.act(actor, act);
        assert!(matches!(made, Ok(1..)), "{actor:?} {act:?}: {made:?}");
    }

    pub fn read(&mut self, side: Side, up_to: Seq) {
        let next = self.revision + 1;
        let mut taken = None;
        if self.conversation.mark_read(side, up_to, || *taken.insert(next)) {
            self.revision = taken.unwrap_or(self.revision);
            self.told.push(Told::Read(side, self.conversation.read(side).up_to, taken));
        }
    }

    /// Saves the settings, as a server does: hiding dates from the commit that switched it on.
    pub fn save(&mut self, settings: ClosingSettings) {
        self.revision += 1;
        let keeps = settings.policy(self.plan, self.since).keep_unread;
        self.since = self.since.after(&self.policy(), keeps, self.revision);
        self.settings = settings;
    }

    /// A client boots now: what it will say of itself from here on.
    pub fn boot(&self) -> Revision {
        self.revision
    }
}

/// A bot's question.
pub fn ask(choices: &[&str]) -> Act {
    let choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
    Act::Ask { text: "Which one?".to_owned(), choices }
}

/// What a bot's question appends.
pub fn asked(choices: &[&str]) -> EventBody {
    let choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
    EventBody::asking("Which one?", choices)
}

/// A choice of a visitor.
pub fn choose(text: &str, question: Seq) -> Act {
    Act::Message { text: text.to_owned(), answers: Some(question) }
}

/// The event bodies' names, for comparing.
pub fn names(bodies: &[EventBody]) -> Vec<&'static str> {
    let name = |body: &EventBody| match body {
        EventBody::Message { choices, .. } if !choices.is_empty() => "question",
        EventBody::Message { .. } => "message",
        EventBody::Closed => "closed",
        EventBody::Reopened => "reopened",
        EventBody::KeptOpen => "kept_open",
        EventBody::Dismissed => "dismissed",
        EventBody::Restored => "restored",
        EventBody::Assigned { to_bot: true, .. } => "handed_back",
        EventBody::Assigned { to: Some(_), .. } => "assigned",
        EventBody::Assigned { to: None, .. } => "unassigned",
        EventBody::Note { .. } => "note",
        EventBody::Erased => "erased",
        EventBody::Withheld => "withheld",
        EventBody::Unreadable => "unreadable",
        EventBody::Other => "other",
    };
    bodies.iter().map(name).collect()
}

/// So many cases that the whole ring stays a matter of seconds; `PROPTEST_CASES` asks for more.
pub fn cases(cases: u32) -> ProptestConfig {
    let config = match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig::with_cases(cases),
    };
    // What fails once is tried first from then on: its seed is kept beside the tests.
    let seeds = FileFailurePersistence::Direct("tests/failed-seeds.txt");
    ProptestConfig { failure_persistence: Some(Box::new(seeds)), ..config }
}
