//! What erasing leaves of a log: the same state but for the texts, closed, and shut for every text.

use porchlight_protocol::conversation::{Kind, Status};
use porchlight_protocol::{
    Act, Author, Conversation, ConversationId, ErrorCode, Event, EventBody, Policy, VisitorId,
    rules,
};

use crate::world::{TIMER, VISITOR, agent, ann, asked, bot, robot};

fn log(bodies: Vec<(Author, EventBody)>) -> Vec<Event> {
    let numbered = (1..).zip(bodies);
    let event = |(seq, (author, body))| {
        let (revision, at) = (seq * 10, 1_000);
        Event { seq, revision, at, author, client_id: None, body }
    };
    numbered.map(event).collect()
}

fn fold(kind: Kind, log: &[Event]) -> Conversation {
    let id = ConversationId::from_bytes([1; 16]);
    let mut state = Conversation::new(id, kind, VisitorId::from_bytes([2; 16]), 0);
    for event in log {
        state.apply(event);
    }
    state
}

#[test]
fn a_log_without_texts_folds_to_the_same_state_apart_from_them() {
    let said = |text: &str| EventBody::message(text);
    for (kind, bodies) in [
        (Kind::Live, vec![(VISITOR, said("5417"))]),
        (
            Kind::Live,
            vec![
                (VISITOR, said("5417")),
                (agent(ann()), EventBody::assigned(Some(ann()))),
                (agent(ann()), EventBody::Note { text: "Paid".to_owned() }),
                (agent(ann()), said("Thank you")),
                (agent(ann()), EventBody::Closed),
            ],
        ),
        (Kind::Bot(robot()), vec![(VISITOR, said("Hi")), (bot(robot()), asked(&["Red", "Blue"]))]),
        (Kind::Live, vec![(VISITOR, said("5417")), (VISITOR, EventBody::Closed)]),
    ] {
        let before = log([bodies.clone(), vec![(TIMER, EventBody::Erased)]].concat());
        let mut after = before.clone();
        for event in &mut after {
            event.body.erase();
            assert!(!event.body.erase(), "again, there is nothing to erase");
        }
        let (was, is) = (fold(kind.clone(), &before), fold(kind.clone(), &after));
        assert_eq!(was, is);
        assert!(is.is_erased() && is.is_closed() && is.last.is_none() && is.asked.is_none());
        // Who closed it first has closed it.
        let closed = before.iter().find(|event| event.body == EventBody::Closed);
        let by = closed.map_or(TIMER, |event| event.author.clone());
        assert!(matches!(is.status, Status::Closed { by: it, .. } if it == by));
    }
}

#[test]
fn nothing_is_written_in_it_any_more() {
    let owned = (agent(ann()), EventBody::assigned(Some(ann())));
    let erased =
        log(vec![(VISITOR, EventBody::message("5417")), owned, (TIMER, EventBody::Erased)]);
    let state = fold(Kind::Live, &erased);
    let policy = Policy::default();
    let note = Act::Note { text: "Paid".to_owned() };
    for (author, act) in [
        (VISITOR, Act::message("Hello?")),
        (VISITOR, Act::Reopen),
        (agent(ann()), Act::message("Hello?")),
        (agent(ann()), Act::Reopen),
        (agent(ann()), Act::Claim { from: None }),
        (agent(ann()), note),
        (bot(robot()), Act::message("Hello?")),
    ] {
        let refused = rules::decide(&state, &author, &act, &policy).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::VisitorErased, "{author:?}: {act:?}");
    }
    let close = Act::Close { seen: 0 };
    assert_eq!(rules::decide(&state, &agent(ann()), &close, &policy), Ok(vec![]));
    let unclaim = rules::decide(&state, &agent(ann()), &Act::Unclaim, &policy);
    assert_eq!(unclaim, Ok(vec![EventBody::assigned(None)]));
}
