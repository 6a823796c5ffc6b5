//! What the clients of a run did, were told and heard, in the order in which it happened to each.
//!
//! All moments are of one clock that can't be set: the time since the start of the history. So *before* means
//! before, whatever the clocks of servers say.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use porchlight_protocol::conversation::Side;
use porchlight_protocol::wire::{Boot, Page, ServerFrame};
use porchlight_protocol::{
    Act, Author, ClientId, ClosingSettings, Conversation, ConversationId, ErrorCode, Event, Member,
    Millis, Revision, Seq,
};

/// A moment: the time since the start of the history.
pub type At = Duration;

/// The number of a client in its history. Each of a visitor's tabs is a client.
pub type ClientNumber = usize;

/// Who a client is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A visitor, by their number in the run.
    Visitor(usize),
    /// An agent.
    Agent(Member),
}

impl Who {
    /// The author of their events.
    pub fn author(&self) -> Author {
        match self {
            Who::Visitor(_) => Author::Visitor,
            Who::Agent(member) => Author::Agent(member.clone()),
        }
    }

    /// The side that they read for.
    pub fn side(&self) -> Side {
        match self {
            Who::Visitor(_) => Side::Visitor,
            Who::Agent(_) => Side::Team,
        }
    }
}

/// What a client was told about one try of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T> {
    /// The server has done it, and this is its answer.
    Acknowledged(T),
    /// The server refused it.
    Refused(ErrorCode),
    /// There was no answer, or one that leaves it open.
    Unknown,
}

/// One try of a request.
#[derive(Debug, Clone)]
pub struct Try<T> {
    /// The number of the node that it was sent to.
    pub node: usize,
    /// When it was sent.
    pub invoked: At,
    /// When the outcome was known, or the client stopped waiting.
    pub ended: At,
    /// What came of it.
    pub outcome: Outcome<T>,
}

/// A request with all its tries: what is asked for stays the same, and so does the client id of an act.
#[derive(Debug, Clone)]
pub struct Request<W, T> {
    /// The client.
    pub client: ClientNumber,
    /// What it asks for.
    pub what: W,
    /// The tries, the first one first; never empty.
    pub tries: Vec<Try<T>>,
}

impl<W, T> Request<W, T> {
    /// When it was sent first.
    pub fn invoked(&self) -> At {
        self.tries.first().map_or(At::ZERO, |first| first.invoked)
    }

    /// The first acknowledgement, and when it came.
    pub fn acknowledged(&self) -> Option<(&T, At)> {
        self.tries.iter().find_map(|it| match &it.outcome {
            Outcome::Acknowledged(answer) => Some((answer, it.ended)),
            _ => None,
        })
    }

    /// True if it is not known what came of it: no try was acknowledged, and not all were refused.
    pub fn is_open(&self) -> bool {
        self.acknowledged().is_none() && !self.is_refused()
    }

    /// True if each try was refused: then nothing of it may be there.
    pub fn is_refused(&self) -> bool {
        self.tries.iter().all(|it| matches!(it.outcome, Outcome::Refused(_)))
    }
}

/// What an act is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A conversation is started with this text.
    Start {
        /// The first message.
        text: String,
    },
    /// An act in a conversation.
    Act {
        /// The conversation.
        conversation: ConversationId,
        /// The act.
        act: Act,
    },
}

/// An act under its client id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The id that makes retries idempotent.
    pub client_id: ClientId,
    /// The act.
    pub what: What,
}

/// The answer to an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The conversation: the new one, for a start.
    pub conversation: ConversationId,
    /// The events that the act appended. Not compared for a start, whose retry is answered with all that is there.
    pub events: Vec<Event>,
    /// The newest event after the act.
    pub head: Seq,
}

/// A read mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The conversation.
    pub conversation: ConversationId,
    /// The last event that was read.
    pub up_to: Seq,
}

/// What a client was shown.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The client.
    pub client: ClientNumber,
    /// When it had arrived.
    pub at: At,
    /// What it was.
    pub what: Sight,
}

/// What a client can be shown.
#[expect(clippy::large_enum_variant, reason = "most of what is seen is a frame")]
#[derive(Debug, Clone)]
pub enum Sight {
    /// A socket was opened. Its frames follow, the first of which is the welcome.
    Opened {
        /// The number of the node.
        node: usize,
        /// When the client began to open it.
        asked: At,
        /// The boot that its hello told.
        booted: Option<Boot>,
    },
    /// A frame of the client's socket.
    Frame(ServerFrame),
    /// The socket ended.
    Closed,
    /// A page of a log.
    Page {
        /// The conversation.
        conversation: ConversationId,
        /// The last event before the page.
        after: Seq,
        /// When the client asked for it.
        asked: At,
        /// The page.
        page: Page,
    },
    /// A conversation's state.
    State {
        /// When the client asked for it.
        asked: At,
        /// The state.
        conversation: Box<Conversation>,
    },
}

/// Time that passed for a conversation alone: its last activity was moved into the past, in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aged {
    /// The conversation.
    pub conversation: ConversationId,
    /// Milliseconds by which its activity is older now.
    pub by_ms: Millis,
    /// The wall clock before that.
    pub from: Millis,
    /// The wall clock after that.
    pub to: Millis,
    /// False if it is not known whether it has aged.
    pub is_certain: bool,
}

/// All that happened in a run.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The seed of the run.
    pub seed: u64,
    /// The clients, by their numbers.
    pub clients: Vec<Who>,
    /// The acts, in the order in which they were sent first.
    pub acts: Vec<Request<Named, Answer>>,
    /// The read marks.
    pub marks: Vec<Request<Mark, ()>>,
    /// The closing settings that were saved. The answer is the revision from which on they are in force.
    pub settings: Vec<Request<ClosingSettings, Revision>>,
    /// What the clients were shown, in the order in which it arrived.
    pub seen: Vec<Seen>,
    /// The conversations that aged.
    pub aged: Vec<Aged>,
}

impl History {
    /// The conversation of a visitor's act: for a start, the one in the answer.
    pub fn conversation_of(act: &Request<Named, Answer>) -> Option<&ConversationId> {
        match &act.what.what {
            What::Act { conversation, .. } => Some(conversation),
            What::Start { .. } => act.acknowledged().map(|(answer, _)| &answer.conversation),
        }
    }
}

/// A log in the end, and the state that the server tells of it.
#[derive(Debug, Clone)]
pub struct Log {
    /// The state, as an agent gets it.
    pub state: Conversation,
    /// All events, with those for agents only.
    pub events: Vec<Event>,
}

/// What is there in the end, when everything works again.
#[derive(Debug, Clone, Default)]
pub struct End {
    /// All conversations of the site.
    pub logs: BTreeMap<ConversationId, Log>,
    /// What clients know in the end.
    pub known: Vec<(ClientNumber, BTreeMap<ConversationId, Conversation>)>,
    /// The wall clock.
    pub wall: Millis,
}

/// Writes a history while its clients act, from many tasks.
#[derive(Debug, Clone)]
pub struct Recorder {
    start: Instant,
    history: Arc<Mutex<History>>,
}

impl Recorder {
    /// A history that begins now.
    pub fn new(seed: u64) -> Self {
        let history = History { seed, ..History::default() };
        Recorder { start: Instant::now(), history: Arc::new(Mutex::new(history)) }
    }

    /// The moment now.
    pub fn now(&self) -> At {
        self.start.elapsed()
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a client, and returns its number.
    pub fn joins(&self, who: Who) -> ClientNumber {
        let mut history = self.history();
        history.clients.push(who);
        history.clients.len() - 1
    }

    /// Writes down an act, once its last try has ended.
    pub fn acted(&self, act: Request<Named, Answer>) {
        self.history().acts.push(act);
    }

    /// Writes down a read mark, once its last try has ended.
    pub fn marked(&self, mark: Request<Mark, ()>) {
        self.history().marks.push(mark);
    }

    /// Writes down a change of the settings, once its last try has ended.
    pub fn saved(&self, settings: Request<ClosingSettings, Revision>) {
        self.history().settings.push(settings);
    }

    /// Writes down what a client is shown, at this moment.
    pub fn saw(&self, client: ClientNumber, what: Sight) {
        let mut history = self.history();
        let at = self.now();
        history.seen.push(Seen { client, at, what });
    }

    /// Writes down that a conversation aged.
    pub fn aged(&self, aged: Aged) {
        self.history().aged.push(aged);
    }

    /// How many acts have ended so far.
    pub fn acts(&self) -> usize {
        self.history().acts.len()
    }

    /// The history so far.
    pub fn written(&self) -> History {
        let mut history = self.history().clone();
        history.acts.sort_by_key(Request::invoked);
        history.settings.sort_by_key(Request::invoked);
        history
    }
}
