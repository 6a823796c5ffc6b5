//! The last release and this version read each other. Its golden files are kept in `tests/released`:
//! what a client of then sends and what a server of then sent is read today, and what is sent today
//! has everything that a client of then looks for.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::golden::{Case, Sender, cases};

/// The golden files of the release, by the names of their cases.
fn released() -> BTreeMap<String, String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/released/0.1");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let named = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(path).unwrap())
    };
    files.map(named).collect()
}

fn by_name() -> BTreeMap<String, Case> {
    cases().into_iter().map(|case| (case.name.clone(), case)).collect()
}

#[test]
fn what_the_last_release_said_is_read_by_this_version() {
    let (released, cases) = (released(), by_name());
    assert!(released.len() > 80, "{}", released.len());
    for (name, json) in &released {
        let case = cases.get(name).unwrap_or_else(|| panic!("{name} is not on the wire any more"));
        let read = (case.parse)(json);
        assert!(read.is_ok(), "{name}: {read:?}");
    }
}

/// Where this version's JSON lacks something that the release's has: a client of then would miss it.
fn missing(then: &Value, now: &Value, place: &str, found: &mut Vec<String>) {
    match (then, now) {
        (Value::Object(then), Value::Object(now)) => {
            for (key, value) in then {
                // An error's message is for people: its wording is not part of the contract.
                if key == "message" && then.contains_key("code") {
                    continue;
                }
                let here = format!("{place}/{key}");
                match now.get(key) {
                    Some(now) => missing(value, now, &here, found),
                    None => found.push(here),
                }
            }
        }
        (Value::Array(then), Value::Array(now)) => {
            for (n, value) in then.iter().enumerate() {
                // Of names there may be more, in any order.
                let now =
                    if value.is_string() { now.iter().find(|it| *it == value) } else { now.get(n) };
                match now {
                    Some(now) => missing(value, now, &format!("{place}/{n}"), found),
                    None => found.push(format!("{place}/{n}")),
                }
            }
        }
        (Value::Number(_), Value::Number(_)) | (Value::Bool(_), Value::Bool(_)) => {}
        (then, now) if then == now => {}
        _ => found.push(place.to_owned()),
    }
}

#[test]
fn what_this_version_says_has_everything_that_the_last_release_looks_for() {
    let cases = by_name();
    for (name, json) in released() {
        let case = &cases[&name];
        if case.from != Sender::Server {
            continue;
        }
        let (then, now) = (serde_json::from_str(&json).unwrap(), serde_json::from_str(&case.json));
        let mut found = Vec::new();
        missing(&then, &now.unwrap(), "", &mut found);
        assert!(found.is_empty(), "{name}: a client of then looks for {found:?}");
    }
}

#[test]
fn what_a_client_of_the_last_release_could_not_read_is_known() {
    // A page with one of these can't be read by a client of then, which asks for it again and again.
    // Send it to nobody who has not met it, or change the wire version.
    // The others are messages to it, of which it ignores choices and that one was left, an unclaim, and what no visitor gets whose
    // key still holds.
    const NEW: [&str; 5] = [
        "event_unreadable",
        "event_question",
        "event_message_left",
        "event_handed_back",
        "event_erased",
    ];
    let released = released();
    let new: Vec<String> = cases()
        .into_iter()
        .filter(|case| case.from == Sender::Server && !released.contains_key(&case.name))
        .map(|case| case.name)
        .collect();
    for name in &new {
        let is_a_kind = name.starts_with("event_") || name.starts_with("author_");
        assert!(!is_a_kind || NEW.contains(&name.as_str()), "{name}: is it meant? {new:?}");
    }
}
