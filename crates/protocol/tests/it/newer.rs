//! A server that is newer than its reader: what this version does not know passes through it, and
//! takes nothing else along.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use porchlight_protocol::closing::{closes_at, visitor_view};
use porchlight_protocol::conversation::{Applied, Kind, Status};
use porchlight_protocol::settings::Plan;
use porchlight_protocol::wire::{Role, ServerFrame};
use porchlight_protocol::{Author, ErrorBody, ErrorCode, Event, EventBody, Policy};

use crate::golden::{Case, Sender, cases};

fn read<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

/// The forms that something unknown may have.
fn unknown() -> [Value; 4] {
    [json!("snoozed"), json!({"snoozed": {"until": 7}}), json!({"a": 1, "b": 2}), json!(3)]
}

fn from_the_server() -> Vec<(Case, Value)> {
    let sent = cases().into_iter().filter(|case| case.from == Sender::Server);
    sent.map(|case| {
        let json = serde_json::from_str(&case.json).unwrap();
        (case, json)
    })
    .collect()
}

/// Every place in the JSON, with what stands there.
fn places<'a>(json: &'a Value, here: &str, found: &mut Vec<(String, &'a Value)>) {
    found.push((here.to_owned(), json));
    match json {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| places(value, &format!("{here}/{key}"), found));
        }
        Value::Array(values) => {
            let numbered = values.iter().enumerate();
            numbered.for_each(|(n, value)| places(value, &format!("{here}/{n}"), found));
        }
        _ => {}
    }
}

/// The JSON with each of `others` in the place of each thing that `chosen` takes, one at a time.
fn changed(
    json: &Value,
    chosen: impl Fn(&str, &Value) -> bool,
    others: impl Fn(&Value) -> Vec<Value>,
) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    places(json, "", &mut found);
    let chosen = found.into_iter().filter(|(place, value)| {
        // Who does not know a setting would drop it by saving the others: settings are read strictly.
        !place.starts_with("/settings") && chosen(place, value)
    });
    chosen
        .flat_map(|(place, value)| {
            others(value).into_iter().map(move |other| {
                let mut changed = json.clone();
                *changed.pointer_mut(&place).unwrap() = other;
                (place.clone(), changed)
            })
        })
        .collect()
}

#[test]
fn what_is_not_known_is_read_as_that() {
    for form in unknown() {
        assert_eq!(read::<EventBody>(form.clone()), EventBody::Other, "{form}");
        assert_eq!(read::<Author>(form.clone()), Author::Other, "{form}");
        assert_eq!(read::<Kind>(form.clone()), Kind::Other, "{form}");
        assert_eq!(read::<Status>(form.clone()), Status::Other, "{form}");
        assert_eq!(read::<ServerFrame>(form.clone()), ServerFrame::Other, "{form}");
        assert_eq!(read::<Role>(form.clone()), Role::Agent, "{form}");
        assert!(read::<Plan>(form.clone()).includes_closing(), "{form}");
    }
    assert_eq!(read::<EventBody>(json!({"message": {"html": "<b>"}})), EventBody::Other);
    assert_eq!(read::<EventBody>(json!({"closed": {"why": "spam"}})), EventBody::Closed);
}

#[test]
fn a_refusal_of_an_unknown_code_is_a_no_or_a_not_now() {
    let refusal = |more: Value| {
        let mut body = json!({"code": "on_holiday", "message": "Until Monday."});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        read::<ErrorBody>(body)
    };
    let no = refusal(json!({}));
    assert_eq!((no.code, no.message.as_str()), (ErrorCode::NotAllowed, "Until Monday."));
    assert!(!no.code.is_retryable());
    let not_now = refusal(json!({"retry_after_ms": 5_000}));
    assert!(not_now.code.is_retryable());
    assert_eq!(not_now.retry_after_ms, Some(5_000));
    // A code that is known keeps its meaning, whatever else is said.
    let body = json!({"code": "new_messages", "message": 7, "seq": "eight", "owner": {"id": 1}});
    assert_eq!(read::<ErrorBody>(body).code, ErrorCode::NewMessages);
}

/// What a variant is named by on the wire, wherever one may be unknown.
const NAMES: [&str; 22] = [
    "admin",
    "agent",
    "assigned",
    "bot",
    "closed",
    "dismissed",
    "kept_open",
    "live",
    "message",
    "note",
    "open",
    "enterprise",
    "professional",
    "reopened",
    "restored",
    "starter",
    "team",
    "timer",
    "unreadable",
    "visitor",
    "welcome",
    "withheld",
];

#[test]
fn an_unknown_kind_takes_nothing_along_but_itself() {
    let mut tried = 0;
    for (case, json) in from_the_server() {
        let is_variant = |place: &str, value: &Value| match value {
            // By itself a side is read for nothing but the frame around it.
            Value::String(name) => !place.ends_with("/text") && NAMES.contains(&name.as_str()),
            Value::Object(fields) => {
                fields.len() == 1 && fields.keys().all(|name| NAMES.contains(&name.as_str()))
            }
            _ => false,
        };
        for (place, changed) in changed(&json, is_variant, |_| unknown().to_vec()) {
            let parsed = (case.parse)(&changed.to_string());
            assert!(parsed.is_ok(), "{} at {place:?}: {parsed:?}", case.name);
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried}");
}

#[test]
fn an_item_that_cant_be_read_does_not_take_its_list_along() {
    let mut tried = 0;
    for (case, json) in from_the_server() {
        let is_list = |place: &str, value: &Value| {
            // Lists of bare values have no form that could grow.
            value.as_array().is_some_and(|items| items.iter().all(Value::is_object))
                && !place.is_empty()
        };
        let with_more = |list: &Value| {
            let with = |at: usize, item: Value| {
                let mut items = list.as_array().unwrap().clone();
                items.insert(at.min(items.len()), item);
                Value::Array(items)
            };
            vec![with(0, json!({"from_the_future": 1})), with(1, json!(7)), with(99, json!(null))]
        };
        for (place, changed) in changed(&json, is_list, with_more) {
            let parsed = (case.parse)(&changed.to_string());
            assert!(matches!(parsed, Ok(true)), "{} at {place:?}: {parsed:?}", case.name);
            tried += 1;
        }
    }
    assert!(tried > 20, "{tried}");
}

#[test]
fn a_field_that_may_be_absent_is_absent_where_its_form_is_unknown() {
    const OPTIONAL: [&str; 19] = [
        "assignee",
        "bot_closes_after_s",
        "client_id",
        "dismissed",
        "hide_closed_since",
        "hide_unread_since",
        "keep_unread",
        "last",
        "live_closes_after_s",
        "next",
        "notices",
        "owner",
        "read/revision",
        "read_revision",
        "reopened_by_visitor",
        "retry_after_ms",
        "unanswered",
        "unread",
        "warn_before_s",
    ];
    let mut tried = 0;
    for (case, json) in from_the_server() {
        let is_optional = |place: &str, _: &Value| {
            OPTIONAL.iter().any(|name| place.ends_with(&format!("/{name}")))
        };
        let forms = |_: &Value| vec![json!({"from_the_future": 1}), json!([[]]), json!(1.5)];
        for (place, changed) in changed(&json, is_optional, forms) {
            let parsed = (case.parse)(&changed.to_string());
            assert!(parsed.is_ok(), "{} at {place:?}: {parsed:?}", case.name);
            tried += 1;
        }
    }
    assert!(tried > 50, "{tried}");
}

#[test]
fn an_event_that_is_not_understood_moves_the_head_and_nothing_else() {
    let started = from_the_server().into_iter().find(|(case, _)| case.name == "started").unwrap().1;
    let before: porchlight_protocol::Conversation = read(started["conversation"].clone());
    for body in [EventBody::Unreadable, EventBody::Other] {
        let mut after = before.clone();
        let event = Event {
            seq: before.head + 1,
            revision: before.revision + 1,
            at: before.active_at + 60_000,
            author: Author::Visitor,
            client_id: None,
            body,
        };
        assert!(!event.is_understood());
        assert_eq!(after.apply(&event), Applied::Yes);
        assert_eq!((after.head, after.revision), (event.seq, event.revision));
        (after.head, after.revision) = (before.head, before.revision);
        assert_eq!(after, before);
        let known = Event { body: EventBody::KeptOpen, ..event.clone() };
        assert!(known.is_understood());
        assert!(!Event { author: Author::Other, ..known }.is_understood());
    }
}

#[test]
fn a_status_that_is_not_known_looks_open_and_promises_nothing() {
    let started = from_the_server().into_iter().find(|(case, _)| case.name == "started").unwrap().1;
    let mut conversation: porchlight_protocol::Conversation = read(started["conversation"].clone());
    conversation.status = Status::Other;
    let policy = Policy {
        live_closes_after_s: Some(60),
        disable_field: true,
        notices: Some(Vec::new()),
        ..Policy::default()
    };
    let view = visitor_view(&conversation, &policy, u64::MAX);
    assert!(view.listed && view.field && !view.marked_closed);
    assert_eq!(closes_at(&conversation, &policy), None);
}
