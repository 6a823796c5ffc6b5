//! The log, held against the rules: each of its events was allowed in the state before it.

use porchlight_protocol::{Act, Author, Conversation, Event, EventBody, Policy, Seq, left, rules};

pub struct Replay {
    /// Every policy that was in force at some time.
    pub policies: Vec<Policy>,
    /// The period after which the timer closed, where it did.
    pub period_ms: i64,
}

impl Replay {
    /// `now` is what the server says that the log amounts to.
    pub fn keeps_the_rules(&self, now: &Conversation, events: &[Event]) {
        let seqs: Vec<Seq> = events.iter().map(|event| event.seq).collect();
        assert!(seqs.iter().copied().eq(1..=events.len() as Seq), "dense: {seqs:?}");
        assert!(events.is_sorted_by_key(|event| event.revision));
        let mut state = Conversation::new(
            now.id.clone(),
            now.kind.clone(),
            now.visitor.clone(),
            now.started_at,
        );
        let mut rest = events;
        while let Some(event) = rest.first() {
            let done = self.step(&state, rest);
            assert!(done > 0, "event {} of {events:#?}\nis not allowed in {state:#?}", event.seq);
            for event in &rest[..done] {
                in_order(&state, event);
                state.apply(event);
            }
            rest = &rest[done..];
        }
        // Who has read how far is not in the log.
        let (visitor_read, team_read) = (now.visitor_read.clone(), now.team_read.clone());
        let read_revision = now.read_revision;
        let fold = Conversation { visitor_read, team_read, read_revision, ..state };
        assert_eq!(&fold, now);
    }

    /// How many events one act made here, that the rules allow under one of the policies; 0 if there
    /// is no such act.
    fn step(&self, state: &Conversation, events: &[Event]) -> usize {
        let author = &events[0].author;
        if *author == Author::Timer {
            assert!(events[0].at >= state.active_at + self.period_ms, "closed early: {events:#?}");
        }
        let made = |act: &Act, policy| {
            let bodies = rules::decide(state, author, act, policy).unwrap_or_default();
            let count = bodies.len();
            let done = events.iter().take_while(|event| event.author == *author);
            let done = done.take(count).map(|event| &event.body);
            if left::are_made(state, author, bodies, done) { count } else { 0 }
        };
        let acts = acts(state, events);
        let tries =
            acts.iter().flat_map(|act| self.policies.iter().map(|policy| made(act, policy)));
        tries.max().unwrap_or(0)
    }
}

/// The acts that could have made the first of these events.
fn acts(state: &Conversation, events: &[Event]) -> Vec<Act> {
    let seen = Seq::MAX;
    let mut acts = vec![
        Act::Close { seen },
        Act::Reopen,
        Act::KeepOpen,
        Act::Unclaim,
        Act::Claim { from: state.assignee.as_ref().map(|owner| owner.id.clone()) },
    ];
    for event in events.iter().take(2) {
        match &event.body {
            EventBody::Message { text, .. } => {
                acts.push(Act::message(text));
                acts.push(Act::MessageAndClose { text: text.clone(), seen });
            }
            EventBody::Note { text } => acts.push(Act::Note { text: text.clone() }),
            _ => {}
        }
    }
    acts
}

/// The rule in its plainest form, without asking the rules.
fn in_order(state: &Conversation, event: &Event) {
    let closed = state.is_closed();
    match &event.body {
        EventBody::Message { .. } => assert!(!closed, "a message in what is closed: {event:?}"),
        EventBody::Closed => assert!(!closed, "closed twice: {event:?}"),
        EventBody::Reopened => assert!(closed, "opened twice: {event:?}"),
        EventBody::Dismissed | EventBody::Restored => assert!(closed, "{event:?}"),
        _ => {}
    }
}

/// What is held against every log would notice a log that is wrong.
mod itself {
    use porchlight_protocol::conversation::Kind;
    use porchlight_protocol::{ConversationId, VisitorId};

    use super::*;

    fn log(bodies: Vec<(Author, EventBody)>) {
        let (id, visitor) = (ConversationId::from_bytes([1; 16]), VisitorId::from_bytes([2; 16]));
        let mut now = Conversation::new(id, Kind::Live, visitor, 0);
        let events: Vec<Event> = (1..)
            .zip(bodies)
            .map(|(seq, (author, body))| Event {
                seq,
                revision: seq,
                at: seq as i64 * 100,
                author,
                client_id: None,
                body,
            })
            .collect();
        for event in &events {
            now.apply(event);
        }
        Replay { policies: vec![Policy::default()], period_ms: 200 }.keeps_the_rules(&now, &events);
    }

    fn says() -> (Author, EventBody) {
        (Author::Visitor, EventBody::message("Hello"))
    }

    fn does(author: Author, body: EventBody) -> (Author, EventBody) {
        (author, body)
    }

    #[test]
    fn a_log_of_the_usual_kind_is_in_order() {
        log(vec![
            says(),
            says(),
            does(Author::Visitor, EventBody::Closed),
            does(Author::Visitor, EventBody::Reopened),
            says(),
        ]);
    }

    #[test]
    #[should_panic(expected = "is not allowed")]
    fn a_message_in_what_is_closed_is_noticed() {
        log(vec![says(), does(Author::Visitor, EventBody::Closed), says()]);
    }

    #[test]
    #[should_panic(expected = "is not allowed")]
    fn a_second_closing_is_noticed() {
        let closed = does(Author::Visitor, EventBody::Closed);
        log(vec![says(), closed.clone(), closed]);
    }

    #[test]
    #[should_panic(expected = "is not allowed")]
    fn an_agent_who_answers_without_a_claim_is_noticed() {
        let ben = porchlight_protocol::Member {
            id: porchlight_protocol::MemberId::from_bytes([3; 16]),
            name: "Ben".to_owned(),
        };
        log(vec![says(), does(Author::Agent(ben), says().1)]);
    }

    #[test]
    #[should_panic(expected = "closed early")]
    fn a_timer_that_is_early_is_noticed() {
        log(vec![says(), does(Author::Timer, EventBody::Closed)]);
    }
}
