//! What the checks look up: acts by their client ids, events by their revisions, conversations by their visitors.

use std::collections::BTreeMap;

use porchlight_protocol::{ClientId, Conversation, ConversationId, Event, Revision, Seq};

use crate::history::{Answer, ClientNumber, End, History, Log, Named, Request, What, Who};

/// An event and its conversation.
pub(super) type Placed<'a> = (&'a ConversationId, &'a Event);

pub(super) struct Index<'a> {
    pub history: &'a History,
    pub end: &'a End,
    /// The acts, by their client ids.
    pub acts: BTreeMap<&'a ClientId, &'a Request<Named, Answer>>,
    /// The events with a client id, by it.
    pub done: BTreeMap<&'a ClientId, Vec<Placed<'a>>>,
    /// All events of the site. Of two with the same revision, the last one.
    pub by_revision: BTreeMap<Revision, Placed<'a>>,
    /// The visitors of the conversations, by their numbers.
    pub visitors: BTreeMap<&'a ConversationId, usize>,
}

impl<'a> Index<'a> {
    pub fn new(history: &'a History, end: &'a End) -> Self {
        let acts: BTreeMap<_, _> =
            history.acts.iter().map(|act| (&act.what.client_id, act)).collect();
        let mut done: BTreeMap<&ClientId, Vec<Placed<'a>>> = BTreeMap::new();
        let mut by_revision = BTreeMap::new();
        let mut visitors = BTreeMap::new();
        for (id, log) in &end.logs {
            for event in &log.events {
                by_revision.insert(event.revision, (id, event));
                if let Some(client_id) = &event.client_id {
                    done.entry(client_id).or_default().push((id, event));
                }
            }
            let first = log.events.first().and_then(|event| event.client_id.as_ref());
            let start = first.and_then(|client_id| acts.get(client_id));
            let start = start.filter(|act| matches!(act.what.what, What::Start { .. }));
            if let Some(Who::Visitor(visitor)) =
                start.and_then(|act| history.clients.get(act.client))
            {
                visitors.insert(id, *visitor);
            }
        }
        Index { history, end, acts, done, by_revision, visitors }
    }

    pub fn who(&self, client: ClientNumber) -> Option<&'a Who> {
        self.history.clients.get(client)
    }

    /// True if a client may see a conversation.
    pub fn may_see(&self, client: ClientNumber, conversation: &ConversationId) -> bool {
        match self.who(client) {
            Some(Who::Agent(_)) => true,
            Some(Who::Visitor(visitor)) => self.visitors.get(conversation) == Some(visitor),
            None => false,
        }
    }

    /// An event of a log as a client may see it.
    pub fn visible(&self, client: ClientNumber, event: &Event) -> Event {
        match self.who(client) {
            Some(Who::Agent(_)) => event.clone(),
            _ => event.clone().without_internals(),
        }
    }

    pub fn log(&self, conversation: &ConversationId) -> Option<&'a Log> {
        self.end.logs.get(conversation)
    }

    pub fn event(&self, conversation: &ConversationId, seq: Seq) -> Option<&'a Event> {
        self.log(conversation)?.events.iter().find(|event| event.seq == seq)
    }
}

/// What the events up to `head` come to, with the read marks of `told`, which are not in the log.
pub(super) fn fold(log: &Log, head: Seq, told: &Conversation) -> Conversation {
    let mut state = start(&log.state);
    for event in log.events.iter().filter(|event| event.seq <= head) {
        state.apply(event);
    }
    Conversation {
        visitor_read: told.visitor_read.clone(),
        team_read: told.team_read.clone(),
        read_revision: told.read_revision,
        ..state
    }
}

/// The state before the first event.
pub(super) fn start(state: &Conversation) -> Conversation {
    Conversation::new(state.id.clone(), state.kind.clone(), state.visitor.clone(), state.started_at)
}
