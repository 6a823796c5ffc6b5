//! What an older release has stored or sent is read by this one: what is new is off, and empty.

use porchlight_protocol::closing::{VisitorView, visitor_view};
use porchlight_protocol::conversation::{Applied, Kind, Status};
use porchlight_protocol::wire::{Hello, SiteConfig};
use porchlight_protocol::{Act, Author, Conversation, ErrorBody, Event, EventBody, Policy};

use crate::world::{ann, say};

/// As the first release wrote them.
const CONVERSATION: &str = r#"{
  "id": "22222222222222222222222222222222",
  "kind": "live",
  "visitor": "44444444444444444444444444444444",
  "started_at": 1763800000000,
  "head": 4,
  "revision": 904,
  "status": {
    "closed": {
      "by": { "agent": { "id": "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "name": "Ann" } },
      "at": 1763800004000,
      "revision": 904
    }
  },
  "assignee": { "id": "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "name": "Ann" },
  "last": {
    "author": { "agent": { "id": "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "name": "Ann" } },
    "at": 1763800003000,
    "text": "Yes: https://lamps.example/blue"
  },
  "active_at": 1763800003000,
  "active_revision": 903,
  "visitor_seq": 1,
  "visitor_read": { "up_to": 1, "unread": [3] },
  "team_read": { "up_to": 3 }
}"#;

const EVENTS: [&str; 5] = [
    r#"{"seq":1,"revision":901,"at":1763800001000,"author":"visitor",
        "client_id":"11111111111111111111111111111111",
        "body":{"message":{"text":"Do you have it in blue?"}}}"#,
    r#"{"seq":2,"revision":902,"at":1763800002000,
        "author":{"agent":{"id":"a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1","name":"Ann"}},
        "body":{"assigned":{"to":{"id":"a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1","name":"Ann"}}}}"#,
    r#"{"seq":3,"revision":903,"at":1763800003000,
        "author":{"agent":{"id":"a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1","name":"Ann"}},
        "body":{"message":{"text":"Yes: https://lamps.example/blue"}}}"#,
    r#"{"seq":4,"revision":904,"at":1763800004000,
        "author":{"agent":{"id":"a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1","name":"Ann"}},
        "body":"closed"}"#,
    r#"{"seq":5,"revision":905,"at":1763800005000,"author":"visitor","body":"reopened"}"#,
];

fn conversation() -> Conversation {
    serde_json::from_str(CONVERSATION).unwrap()
}

fn events() -> Vec<Event> {
    EVENTS.iter().map(|event| serde_json::from_str(event).unwrap()).collect()
}

#[test]
fn a_conversation_of_before_is_neither_put_away_nor_marked() {
    let conversation = conversation();
    assert!(!conversation.dismissed && !conversation.reopened_by_visitor);
    assert!(
        matches!(&conversation.status, Status::Closed { by: Author::Agent(by), .. } if *by == ann())
    );
    let view = visitor_view(&conversation, &Policy::default(), 0);
    assert_eq!(view, VisitorView::OPEN);
}

#[test]
fn a_log_of_before_folds_to_the_conversation_of_before() {
    let stored = conversation();
    let mut folded =
        Conversation::new(stored.id.clone(), Kind::Live, stored.visitor.clone(), stored.started_at);
    let events = events();
    for event in &events[..4] {
        assert_eq!(folded.apply(event), Applied::Yes);
    }
    assert_eq!(folded, stored);
    assert_eq!(folded.apply(&events[4]), Applied::Yes);
    assert_eq!(events[4].body, EventBody::Reopened);
    assert!(folded.reopened_by_visitor);
}

#[test]
fn a_conversation_of_before_goes_on_as_any_other() {
    let mut conversation = conversation();
    let away =
        r#"{"seq":5,"revision":905,"at":1763800005000,"author":"visitor","body":"dismissed"}"#;
    let away: Event = serde_json::from_str(away).unwrap();
    assert_eq!(conversation.apply(&away), Applied::Yes);
    assert!(!visitor_view(&conversation, &Policy::default(), 0).listed);
}

/// What is not there is not written either, so that what did not change looks as it did.
#[test]
fn a_conversation_with_nothing_new_in_it_is_written_as_before() {
    let json: serde_json::Value = serde_json::from_str(CONVERSATION).unwrap();
    assert_eq!(serde_json::to_value(conversation()).unwrap(), json);
    for (event, json) in events().iter().zip(EVENTS) {
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_value(event).unwrap(), json);
    }
}

#[test]
fn what_else_the_first_release_wrote_is_read() {
    let site = r#"{"site":"pl_lamp_shop","name":"Lamp Shop","allow_origins":[]}"#;
    assert!(!serde_json::from_str::<SiteConfig>(site).unwrap().preview);
    let error = r#"{"code":"rate_limited","message":"Slow down.","retry_after_ms":1500}"#;
    assert_eq!(serde_json::from_str::<ErrorBody>(error).unwrap().field, None);
    // Acts wait in outboxes while a release is changed.
    for (json, act) in [
        (r#"{"message":{"text":"Hi"}}"#, say("Hi")),
        (r#"{"close":{"seen":7}}"#, Act::Close { seen: 7 }),
        (r#""reopen""#, Act::Reopen),
        (r#""unclaim""#, Act::Unclaim),
        (r#"{"claim":{"from":null}}"#, Act::Claim { from: None }),
    ] {
        assert_eq!(serde_json::from_str::<Act>(json).unwrap(), act);
    }
}

/// An old tab is told to load again before anything of it could be misread.
#[test]
fn a_hello_of_before_is_read_as_far_as_its_version() {
    let hello = r#"{"wire":1,"auth":{"visitor":{"site":"?","key":"?"}},"from_before":true}"#;
    let hello: Hello = serde_json::from_str(hello).unwrap();
    assert_eq!((hello.wire, hello.auth), (1, None));
}
