//! What is read, and what is said of JSON that is no flow.

use porchlight_flow::limits::FLOW_BYTES_MAX;
use porchlight_flow::{Problem, Step, Text, What, read};

use crate::{flow, json_of, of_steps, problems, told};

/// The flow of a shop, with each verb in it.
pub const SHOP: &str = r#"{
  "$schema": "flow.schema.json",
  "flow": 1,
  "language": "en",
  "start": "greet",
  "steps": {
    "greet": { "say": "Hello! I am Lumen.", "then": "topic" },
    "topic": {
      "ask": { "en": "How can I help?", "de": "Wie kann ich helfen?" },
      "choices": [
        { "label": { "en": "Where is my order?", "de": "Wo ist meine Bestellung?" }, "value": "order" },
        { "label": { "en": "Talk to a person", "de": "Mit einem Menschen sprechen" }, "then": "person" }
      ],
      "save": "topic", "tries": 3, "again": "Please choose one of these.", "otherwise": "person",
      "then": "number"
    },
    "number": { "ask": "What is your order number?", "answer": "number", "save": "order", "then": "check" },
    "check": {
      "branch": [
        { "if": "order", "above": 1000, "then": "note" },
        { "if": "topic", "is": "order", "then": "old" }
      ],
      "else": "person"
    },
    "note": { "set": { "topic": "new order", "greeting": "Order {{order}}" }, "then": "pause" },
    "pause": { "wait_s": 2, "then": "sent" },
    "sent": { "say": { "en": "{{greeting}} is on its way.", "de": "{{greeting}} ist unterwegs." }, "then": "bye" },
    "old": { "say": "That was long ago.", "then": "rest" },
    "person": { "hand_over": "One moment, a person will be with you." },
    "bye": { "close": true },
    "rest": { "end": true }
  }
}"#;

#[test]
fn a_flow_with_every_verb_is_read() {
    let flow = flow(SHOP);
    assert_eq!(flow.start, "greet");
    assert_eq!(flow.steps.len(), 11);
    let Step::Wait { ms, .. } = flow.steps["pause"] else { panic!("it waits") };
    assert_eq!(ms, 2_000);
}

#[test]
fn what_is_left_out_has_a_default() {
    let flow = of_steps(r#""a": {"ask": "Who?", "then": "b"}, "b": {"end": true}"#);
    assert_eq!(flow.language, "en");
    let Step::Ask(ask) = &flow.steps["a"] else { panic!("it asks") };
    assert_eq!(ask.tries, 3);
    assert_eq!(ask.kind, porchlight_flow::answer::Kind::Text);
}

#[test]
fn a_question_needs_no_step_after_it_if_each_choice_has_one() {
    let flow = of_steps(
        r#""a": {"ask": "?", "choices": [{"label": "x", "then": "b"}]}, "b": {"close": {"en": "Bye", "de": "Tschüss"}}"#,
    );
    let Step::Close { text: Some(Text::Many(texts)) } = &flow.steps["b"] else {
        panic!("it closes")
    };
    assert_eq!(texts.len(), 2);
}

#[test]
fn json_that_can_not_be_parsed_is_one_problem_with_its_line() {
    for (json, line, part) in [
        ("", Some(1), "EOF"),
        ("{\n\"flow\": 1,\n}", Some(3), "trailing comma"),
        ("{\"flow\": 1,\n \"stpes\": {}}", Some(2), "unknown field `stpes`"),
        ("{\"flow\": 1, \"steps\": {\n\"a\": {\n\"sya\": \"x\"}}}", Some(3), "unknown field `sya`"),
        ("{\"flow\": 1, \"steps\": {\n\"a\": {\"say\": 5}}}", Some(2), "a text for each language"),
        ("{\"flow\": 1, \"steps\": {\n\"a\": {\"end\": false}}}", Some(2), "expected true"),
        (
            "{\"flow\": 1, \"steps\": {\n\"a\": {\"close\": false}}}",
            Some(2),
            "expected true, a text",
        ),
        ("{\"flow\": 1, \"steps\": {\n\"a\": {\"answer\": \"mail\"}}}", Some(2), "`email`"),
        (
            "{\"flow\": 1, \"steps\": {\n\"a\": {\"say\": {\"en\": \"\", \"en\": \"\"}}}}",
            Some(2),
            "twice",
        ),
        (
            "{\"flow\": 1, \"steps\": {\n\"a\": {\"set\": {\"x\": \"\", \"x\": \"\"}}}}",
            Some(2),
            "twice",
        ),
        ("{\"flow\": 1, \"flow\": 1}", Some(1), "duplicate field"),
        ("[]", Some(1), "expected"),
        ("{\"flow\": 1, \"steps\": []}", Some(1), "an object"),
    ] {
        let found = problems(json);
        let [Problem { line: at, step: None, what: What::Malformed { message } }] = &*found else {
            panic!("{json}: {found:?}")
        };
        assert_eq!(*at, line, "{json}");
        assert!(message.contains(part), "{json}: {message}");
        assert!(!message.contains("column"), "the line is said once: {message}");
    }
}

#[test]
fn a_flow_of_a_later_version_is_not_judged() {
    let found = problems(r#"{"flow": 2, "whatever": true}"#);
    assert_eq!(found, [Problem { line: None, step: None, what: What::Version { version: 2 } }]);
}

#[test]
fn a_flow_that_is_too_large_is_not_looked_at() {
    let found = problems(&" ".repeat(FLOW_BYTES_MAX + 1));
    assert_eq!(told(&found), ["a flow has 256 KB at most"]);
}

#[test]
fn deep_json_is_refused() {
    let deep = "[".repeat(100_000);
    assert!(matches!(&*problems(&deep), [Problem { what: What::Malformed { .. }, .. }]));
}

#[test]
fn what_is_missing_is_said_of_each_step() {
    let steps = r#""a": {"say": "x"},
"b": {"ask": "x"},
"c": {"set": {"x": "y"}},
"d": {"wait_s": 1},
"e": {"branch": [{"if": "x", "is": "y"}, {"is": "y", "then": "a"}]},
"f": {"ask": "x", "choices": [{"value": "x"}], "then": "a"},
"g": {"ask": "x", "answer": "choice", "then": "a"},
"h": {"ask": "x", "choices": [{"label": "x", "then": "a"}], "answer": "text"}"#;
    let missing = |line: usize, step: &str, field| Problem {
        line: Some(line),
        step: Some(step.to_owned()),
        what: What::Missing { field },
    };
    let found = problems(&json_of(steps));
    let found: Vec<_> =
        found.into_iter().filter(|it| matches!(it.what, What::Missing { .. })).collect();
    assert_eq!(
        found,
        [
            missing(2, "a", "then"),
            missing(3, "b", "then"),
            missing(4, "c", "then"),
            missing(5, "d", "then"),
            missing(6, "e", "then"),
            missing(6, "e", "if"),
            missing(6, "e", "else"),
            missing(7, "f", "label"),
            missing(8, "g", "choices"),
            missing(9, "h", "then"),
        ]
    );
    assert_eq!(
        told(&problems("{}")),
        ["flow is missing", "start is missing", "there are no steps: write at least one"]
    );
}

#[test]
fn what_is_missing_is_said_once() {
    assert_eq!(
        told(&problems(&json_of(r#""a": {"say": "x"}"#))),
        ["line 2, step a: then is missing"]
    );
}

#[test]
fn all_problems_are_found_at_once_by_line() {
    let json = json_of(
        r#""z": {"say": "", "then": "nowhere"},
"a": {"ask": "x", "tries": 0, "then": "z"},
"b c": {"end": true, "then": "z"}"#,
    );
    assert_eq!(
        told(&problems(&json)),
        [
            "line 2, step z: say is empty, too long, or has characters that can't be shown",
            "line 2, step z: there is no step \"nowhere\": write it, or lead somewhere else",
            "line 3, step a: tries is a whole number from 1 to 10",
            "line 4, step b c: then has no meaning here: remove it",
            "line 4, step b c: \"b c\" is no name: use letters, digits, - and _, 40 characters at most",
            "line 4, step b c: nothing leads to it: lead a step to it, or remove it",
        ]
    );
}

#[test]
fn two_steps_of_one_name_are_found() {
    let json = json_of("\"a\": {\"end\": true},\n\"b\": {\"end\": true},\n\"a\": {\"end\": true}");
    assert_eq!(
        told(&problems(&json)),
        ["line 4, step a: there are two steps of this name: give one of them another"]
    );
}

#[test]
fn a_problem_as_json_has_its_line_its_step_and_its_name() {
    let json = json_of(r#""a": {"say": "x", "tries": 1, "then": "a"}"#);
    let found = problems(&json);
    assert_eq!(
        serde_json::to_value(&found).unwrap(),
        serde_json::json!([
            {"line": 2, "step": "a", "problem": "stray", "field": "tries"},
            {"line": 2, "step": "a", "problem": "loop", "steps": ["a"]},
        ])
    );
}

#[test]
fn null_is_as_good_as_absent() {
    let with = json_of(r#""a": {"say": "x", "choices": null, "then": "b"}, "b": {"end": true}"#);
    assert!(read(&with).is_ok());
}
