//! Bulk acts: the same act for many conversations, with a limit on concurrent requests, retries and results.
//! Pure: [`crate::app`] sends the requests.

pub mod run;
pub mod words;

use std::collections::VecDeque;

use porchlight_protocol::{
    Act, Author, ClientId, Conversation, ConversationId, ErrorBody, ErrorCode, Member, Policy, Seq,
    rules,
};

/// Concurrent requests. A browser opens six connections to a server, and messages that the agent sends
/// meanwhile must not queue behind thirty closings.
const FLYING_MAX: usize = 3;

/// Retries of one act after network failures. Rate limits (`rate_limited`) are retried without a limit.
const TRIES_MAX: u32 = 4;

/// Milliseconds to wait before a retry if the server has sent no `retry_after_ms`.
const WAIT_MS: u64 = 1_000;

/// The kind of a bulk act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkAct {
    /// Claim conversations without an owner.
    Claim,
    /// Unclaim the agent's own conversations.
    Unclaim,
    /// Close.
    Close,
    /// Re-open.
    Reopen,
}

impl BulkAct {
    /// Every kind, in the order of the screen.
    pub const ALL: [BulkAct; 4] =
        [BulkAct::Claim, BulkAct::Unclaim, BulkAct::Close, BulkAct::Reopen];

    /// True if it can change a conversation that is `closed` or owned by the agent (`mine`). Other
    /// conversations are left out, and don't count as failed.
    pub fn concerns(self, closed: bool, mine: bool) -> bool {
        match self {
            BulkAct::Claim => !closed && !mine,
            BulkAct::Unclaim => !closed && mine,
            BulkAct::Close => !closed,
            BulkAct::Reopen => closed,
        }
    }

    fn act(self, seen: Seq) -> Act {
        match self {
            // Bulk claims don't take conversations from other agents.
            BulkAct::Claim => Act::Claim { from: None },
            BulkAct::Unclaim => Act::Unclaim,
            BulkAct::Close => Act::Close { seen },
            BulkAct::Reopen => Act::Reopen,
        }
    }
}

/// Why a conversation was not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The act is for the owner, and the agent is not the owner.
    NotYours,
    /// Another agent owns it.
    Others,
    /// The visitor has written a message that the agent has not seen.
    NewMessages,
    /// It was closed in the meantime.
    Closed,
    /// There is no such conversation any more.
    Gone,
    /// The server could not be reached.
    Unreachable,
    /// The agent stopped the run before its turn.
    Stopped,
    /// Another error.
    Other(ErrorCode),
}

impl Failure {
    fn of(code: ErrorCode) -> Failure {
        match code {
            ErrorCode::ClaimRequired => Failure::NotYours,
            ErrorCode::ClaimedByOther => Failure::Others,
            ErrorCode::NewMessages => Failure::NewMessages,
            ErrorCode::ConversationClosed => Failure::Closed,
            ErrorCode::ConversationUnknown => Failure::Gone,
            ErrorCode::Unavailable => Failure::Unreachable,
            code => Failure::Other(code),
        }
    }
}

/// One act of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The conversation.
    pub id: ConversationId,
    /// The id of the act, the same for every retry.
    pub client_id: ClientId,
    /// The act.
    pub act: Act,
    tries: u32,
}

/// The result of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The conversations for which it succeeded.
    pub done: Vec<ConversationId>,
    /// The conversations for which it failed, and why.
    pub failed: Vec<(ConversationId, Failure)>,
}

/// The progress of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The kind of act.
    pub kind: BulkAct,
    /// The number of answered requests.
    pub answered: usize,
    /// The number of all requests.
    pub of: usize,
}

/// A bulk act on many conversations, from the first request to the last answer.
#[derive(Debug)]
pub struct Run {
    kind: BulkAct,
    waiting: VecDeque<Task>,
    flying: Vec<Task>,
    /// True during a back-off, in which no request is sent.
    paused: bool,
    outcome: Outcome,
    of: usize,
}

impl Run {
    /// A run over these conversations, each in its state on the screen. Acts that the rules refuse fail without
    /// a request. `name` mints the ids of the acts.
    pub fn new<'a>(
        kind: BulkAct,
        conversations: impl IntoIterator<Item = &'a Conversation>,
        me: &Member,
        policy: &Policy,
        mut name: impl FnMut() -> ClientId,
    ) -> Run {
        let author = Author::Agent(me.clone());
        let mut waiting = VecDeque::new();
        let mut outcome = Outcome::default();
        for conversation in conversations {
            let id = conversation.id.clone();
            if !kind.concerns(conversation.is_closed(), conversation.is_owned_by(me)) {
                continue;
            }
            let act = kind.act(conversation.head);
            match rules::decide(conversation, &author, &act, policy) {
                Err(refusal) => outcome.failed.push((id, Failure::of(refusal.code()))),
                Ok(_) => waiting.push_back(Task { id, client_id: name(), act, tries: 0 }),
            }
        }
        let of = waiting.len();
        Run { kind, waiting, flying: Vec::new(), paused: false, outcome, of }
    }

    /// The next request to send, if any may be sent now.
    pub fn next(&mut self) -> Option<Task> {
        if self.paused || self.flying.len() >= FLYING_MAX {
            return None;
        }
        let task = self.waiting.pop_front()?;
        self.flying.push(task.clone());
        Some(task)
    }

    /// An act succeeded. False if the act does not belong to this run.
    pub fn done(&mut self, client_id: &ClientId) -> bool {
        let Some(task) = self.land(client_id) else { return false };
        self.outcome.done.push(task.id);
        true
    }

    /// An act was refused. `None` if the act does not belong to this run; else the milliseconds after which
    /// [`Run::resume`] has to be called, or 0 if there is no need to wait.
    pub fn refused(&mut self, client_id: &ClientId, error: &ErrorBody) -> Option<u64> {
        let mut task = self.land(client_id)?;
        let after_ms = match (error.code, error.retry_after_ms) {
            (ErrorCode::RateLimited, after_ms) => after_ms.unwrap_or(WAIT_MS),
            (ErrorCode::Unavailable, after_ms) if task.tries < TRIES_MAX => {
                // Exponential back-off.
                task.tries += 1;
                after_ms.unwrap_or(WAIT_MS << (task.tries - 1))
            }
            _ => {
                self.outcome.failed.push((task.id, Failure::of(error.code)));
                return Some(0);
            }
        };
        self.waiting.push_front(task);
        // One back-off for all acts that were refused at the same time.
        let first = !std::mem::replace(&mut self.paused, true);
        Some(if first { after_ms.max(1) } else { 0 })
    }

    /// Ends the back-off.
    pub fn resume(&mut self) {
        self.paused = false;
    }

    /// Stops the run: the requests that have not been sent fail as `Stopped`.
    pub fn stop(&mut self) {
        for task in self.waiting.drain(..) {
            self.outcome.failed.push((task.id, Failure::Stopped));
        }
    }

    fn land(&mut self, client_id: &ClientId) -> Option<Task> {
        let place = self.flying.iter().position(|task| task.client_id == *client_id)?;
        Some(self.flying.swap_remove(place))
    }

    /// The kind of act.
    pub fn kind(&self) -> BulkAct {
        self.kind
    }

    /// The progress so far.
    pub fn progress(&self) -> Progress {
        let answered = self.of.saturating_sub(self.waiting.len() + self.flying.len());
        Progress { kind: self.kind, answered, of: self.of }
    }

    /// The result, once all requests have been answered.
    pub fn outcome(&self) -> Option<&Outcome> {
        (self.waiting.is_empty() && self.flying.is_empty()).then_some(&self.outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use porchlight_protocol::conversation::Kind;
    use porchlight_protocol::{Event, EventBody, MemberId, VisitorId};

    fn member(n: u8) -> Member {
        Member { id: MemberId::from_bytes([n; 16]), name: "Somebody".to_owned() }
    }

    fn me() -> Member {
        member(1)
    }

    fn open(n: u8, owner: Option<Member>) -> Conversation {
        let id = ConversationId::from_bytes([n; 16]);
        let mut it = Conversation::new(id, Kind::Live, VisitorId::from_bytes([n; 16]), 0);
        it.assignee = owner;
        it.head = 7;
        it
    }

    fn closed(n: u8, owner: Option<Member>) -> Conversation {
        let mut it = open(n, owner);
        let seq = it.head + 1;
        let body = EventBody::Closed;
        it.apply(&Event { seq, revision: 9, at: 9, author: Author::Timer, client_id: None, body });
        it
    }

    fn run(kind: BulkAct, conversations: &[Conversation]) -> Run {
        let mut named = 0;
        Run::new(kind, conversations, &me(), &Policy::default(), || {
            named += 1;
            ClientId::from_bytes([named; 16])
        })
    }

    fn mine(count: u8) -> Vec<Conversation> {
        (1..=count).map(|n| open(n, Some(me()))).collect()
    }

    fn limited(retry_after_ms: u64) -> ErrorBody {
        ErrorBody { retry_after_ms: Some(retry_after_ms), ..ErrorCode::RateLimited.body() }
    }

    /// Everything goes out and is answered well, in the order it went.
    fn fly(run: &mut Run) -> Vec<Task> {
        let mut all = Vec::new();
        while let Some(task) = run.next() {
            assert!(run.done(&task.client_id));
            all.push(task);
        }
        all
    }

    #[test]
    fn a_few_are_on_their_way_at_once() {
        let mut run = run(BulkAct::Close, &mine(5));
        let first: Vec<Task> = std::iter::from_fn(|| run.next()).collect();
        assert_eq!(first.len(), FLYING_MAX);
        assert!(first.iter().all(|task| task.act == Act::Close { seen: 7 }));
        assert!(run.outcome().is_none());

        assert!(run.done(&first[1].client_id));
        assert_eq!(run.progress(), Progress { kind: BulkAct::Close, answered: 1, of: 5 });
        assert!(run.next().is_some());
        assert!(run.next().is_none());
        assert!(!run.done(&ClientId::from_bytes([99; 16])), "not of this run");
    }

    #[test]
    fn what_is_not_yours_is_not_asked_for() {
        let others = [open(1, Some(me())), open(2, None), open(3, Some(member(2)))];
        let mut close = run(BulkAct::Close, &others);
        assert_eq!(fly(&mut close).len(), 1);
        let outcome = close.outcome().unwrap();
        assert_eq!(outcome.done, [others[0].id.clone()]);
        let failures: Vec<_> = outcome.failed.iter().map(|(_, why)| why.clone()).collect();
        assert_eq!(failures, [Failure::NotYours, Failure::NotYours]);
    }

    #[test]
    fn many_at_once_are_not_taken_from_colleagues() {
        let others = [open(1, Some(me())), open(2, None), open(3, Some(member(2)))];
        let mut claim = run(BulkAct::Claim, &others);
        let asked = fly(&mut claim);
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].act, Act::Claim { from: None });
        let failed = &claim.outcome().unwrap().failed;
        assert_eq!(failed[..], [(others[2].id.clone(), Failure::Others)]);
    }

    #[test]
    fn what_is_so_already_is_left_out() {
        let all = [open(1, Some(me())), closed(2, Some(me())), closed(3, None)];
        for (kind, count) in
            [(BulkAct::Claim, 0), (BulkAct::Unclaim, 1), (BulkAct::Close, 1), (BulkAct::Reopen, 2)]
        {
            let mut run = run(kind, &all);
            assert_eq!(fly(&mut run).len(), count, "{kind:?}");
            assert_eq!(run.outcome().unwrap().failed, []);
        }
    }

    #[test]
    fn a_refusal_is_kept_with_its_reason() {
        let mut run = run(BulkAct::Close, &mine(2));
        let (first, second) = (run.next().unwrap(), run.next().unwrap());
        let wait = run.refused(&first.client_id, &ErrorCode::NewMessages.body());
        assert_eq!(wait, Some(0));
        assert!(run.done(&second.client_id));
        let outcome = run.outcome().unwrap();
        assert_eq!(outcome.failed, [(first.id, Failure::NewMessages)]);
        assert_eq!(outcome.done, [second.id]);
    }

    #[test]
    fn a_server_that_asks_for_a_pause_gets_it() {
        let mut run = run(BulkAct::Close, &mine(4));
        let flying: Vec<Task> = std::iter::from_fn(|| run.next()).collect();
        assert_eq!(run.refused(&flying[0].client_id, &limited(2_500)), Some(2_500));
        assert_eq!(run.refused(&flying[1].client_id, &limited(2_500)), Some(0), "one pause");
        assert!(run.done(&flying[2].client_id));
        assert!(run.next().is_none(), "nothing goes out meanwhile");
        assert_eq!(run.progress().answered, 1);

        run.resume();
        let again = fly(&mut run);
        assert_eq!(again.len(), 3);
        assert!(again.iter().any(|task| task.client_id == flying[0].client_id), "the same act");
        assert_eq!(run.outcome().unwrap().done.len(), 4);
    }

    #[test]
    fn what_never_gets_through_is_given_up() {
        let mut run = run(BulkAct::Close, &mine(1));
        let mut waited = Vec::new();
        while let Some(task) = run.next() {
            let error = ErrorCode::Unavailable.body();
            waited.push(run.refused(&task.client_id, &error).unwrap());
            run.resume();
        }
        assert_eq!(waited, [1_000, 2_000, 4_000, 8_000, 0]);
        assert_eq!(run.outcome().unwrap().failed[0].1, Failure::Unreachable);
    }

    #[test]
    fn who_stops_waits_for_what_is_on_its_way() {
        let mut run = run(BulkAct::Close, &mine(5));
        let flying: Vec<Task> = std::iter::from_fn(|| run.next()).collect();
        run.stop();
        assert!(run.outcome().is_none());
        for task in &flying {
            assert!(run.done(&task.client_id));
        }
        let outcome = run.outcome().unwrap();
        assert_eq!(outcome.done.len(), 3);
        assert!(outcome.failed.iter().all(|(_, why)| *why == Failure::Stopped));
        assert_eq!(outcome.failed.len(), 2);
    }
}
