//! The checker: holds what clients did and were told against what the store has in the end.
//!
//! It trusts neither the server nor the clients of a run. What an act may append it asks the rules
//! ([`porchlight_protocol::rules::decide`]), and what a log comes to it asks the fold.

mod acts;
mod index;
mod logs;
mod marks;
mod policies;
mod readers;
mod refusals;
mod states;

use std::fmt;

use porchlight_protocol::{ConversationId, Seq};

use crate::history::{ClientNumber, End, History};
use index::Index;

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// An acknowledged act is not in the log as it was acknowledged.
    Lost,
    /// An act is in the log more than once.
    Doubled,
    /// An event that no client's act accounts for.
    Foreign,
    /// A refused act has left something.
    RefusedButDone,
    /// A request was refused although nothing was against it.
    RefusedWrongly,
    /// Two answers to the same act differ.
    AnsweredDifferently,
    /// The `seq` of a log, or of a page of it, has a hole.
    Hole,
    /// Two events of a site have the same revision.
    RevisionRepeated,
    /// Events are in another order than the acts that made them.
    OutOfOrder,
    /// The rules don't allow an event in the state before it.
    NotAllowed,
    /// A message in a closed conversation that it must not re-open.
    MessageWhileClosed,
    /// A closed conversation was closed again.
    ClosedTwice,
    /// The timer closed a conversation before its period had passed.
    ClosedEarly,
    /// The timer has not closed a conversation whose period has long passed.
    LeftOpen,
    /// A state is not what the log comes to.
    NotTheFold,
    /// A read mark went back, or an acknowledged one is lost.
    ReadMarkWentBack,
    /// A read mark is ahead of everything that was read.
    ReadMarkInvented,
    /// A socket told of a revision, and not of an earlier one.
    SkippedRevision,
    /// A client was shown an event that the log does not have.
    NeverCommitted,
    /// A client was shown less than somebody had been told before it asked.
    StaleRead,
    /// A client was shown what it may not see.
    Leaked,
    /// The store began a new epoch, although it has lost nothing.
    NewEpoch,
    /// In the end, a client's state is not the server's.
    Diverged,
}

impl Fault {
    /// The fault in a few words.
    pub fn as_str(self) -> &'static str {
        match self {
            Fault::Lost => "an acknowledged act is lost",
            Fault::Doubled => "an act was done twice",
            Fault::Foreign => "an event that nobody did",
            Fault::RefusedButDone => "a refused act was done",
            Fault::RefusedWrongly => "a refusal without a reason",
            Fault::AnsweredDifferently => "a retry got another answer",
            Fault::Hole => "a hole in a log",
            Fault::RevisionRepeated => "a revision was given twice",
            Fault::OutOfOrder => "events out of order",
            Fault::NotAllowed => "an event against the rules",
            Fault::MessageWhileClosed => "a message in a closed conversation",
            Fault::ClosedTwice => "closed twice",
            Fault::ClosedEarly => "closed early",
            Fault::LeftOpen => "not closed in time",
            Fault::NotTheFold => "a state is not its fold",
            Fault::ReadMarkWentBack => "a read mark went back",
            Fault::ReadMarkInvented => "a read mark of nobody",
            Fault::SkippedRevision => "a skipped revision",
            Fault::NeverCommitted => "an event that was never committed",
            Fault::StaleRead => "a stale read",
            Fault::Leaked => "a secret was told",
            Fault::NewEpoch => "a new epoch",
            Fault::Diverged => "a client knows otherwise",
        }
    }
}

/// Something that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What is wrong.
    pub fault: Fault,
    /// The seed of the run.
    pub seed: u64,
    /// The conversation, if it is in one.
    pub conversation: Option<ConversationId>,
    /// The event, if it is at one.
    pub seq: Option<Seq>,
    /// The client that noticed or did it, if there is one.
    pub client: Option<ClientNumber>,
    /// The details.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}: {}", self.seed, self.fault.as_str())?;
        if let Some(conversation) = &self.conversation {
            write!(f, ", conversation {conversation}")?;
        }
        if let Some(seq) = self.seq {
            write!(f, ", event {seq}")?;
        }
        if let Some(client) = self.client {
            write!(f, ", client {client}")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// All that is wrong with a run; nothing, if it was as it should be.
pub fn check(history: &History, end: &End) -> Vec<Violation> {
    let mut report = Report { seed: history.seed, violations: Vec::new() };
    let index = Index::new(history, end);
    acts::check(&index, &mut report);
    logs::check(&index, &mut report);
    states::check(&index, &mut report);
    marks::check(&index, &mut report);
    readers::check(&index, &mut report);
    refusals::check(&index, &mut report);
    report.violations
}

/// Where a violation is.
#[derive(Debug, Clone, Copy, Default)]
struct Place<'a> {
    conversation: Option<&'a ConversationId>,
    seq: Option<Seq>,
    client: Option<ClientNumber>,
}

impl<'a> Place<'a> {
    fn of(conversation: &'a ConversationId) -> Self {
        Place { conversation: Some(conversation), ..Place::default() }
    }

    fn event(conversation: &'a ConversationId, seq: Seq) -> Self {
        Place { seq: Some(seq), ..Place::of(conversation) }
    }

    fn by(self, client: ClientNumber) -> Self {
        Place { client: Some(client), ..self }
    }
}

struct Report {
    seed: u64,
    violations: Vec<Violation>,
}

impl Report {
    fn add(&mut self, fault: Fault, place: Place<'_>, what: impl fmt::Display) {
        self.violations.push(Violation {
            fault,
            seed: self.seed,
            conversation: place.conversation.cloned(),
            seq: place.seq,
            client: place.client,
            what: what.to_string(),
        });
    }
}
