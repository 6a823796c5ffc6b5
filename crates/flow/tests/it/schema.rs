//! The JSON Schema says of fields what the parser says.

use std::collections::{BTreeMap, BTreeSet};

use porchlight_flow::limits::{
    ATTRIBUTES_MAX, CASES_MAX, CHOICE_CHARS_MAX, CHOICES_MAX, STEPS_MAX, TRIES, TRIES_MAX,
    VALUE_CHARS_MAX, WAIT_S_MAX,
};
use porchlight_flow::{Problem, SCHEMA, What, read};
use serde_json::{Value, json};

const VERBS: [&str; 8] = ["say", "ask", "branch", "set", "wait_s", "hand_over", "close", "end"];

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

/// The names of an object's fields in the schema.
fn fields(object: &Value) -> BTreeSet<String> {
    assert_eq!(object["additionalProperties"], false);
    object["properties"].as_object().unwrap().keys().cloned().collect()
}

/// The names of the fields that the parser expects where `flow` has the field `unknown`.
fn expected(flow: &str) -> BTreeSet<String> {
    let problems = read(flow).unwrap_err();
    let [Problem { what: What::Malformed { message }, .. }] = &*problems else {
        panic!("{problems:?}")
    };
    let (_, names) = message.split_once("unknown field `unknown`, expected one of ").unwrap();
    names.split(", ").map(|name| name.trim_matches('`').to_owned()).collect()
}

#[test]
fn each_object_has_the_fields_that_the_parser_reads() {
    let schema = schema();
    let step = |step: &str| format!(r#"{{"flow": 1, "steps": {{"a": {step}}}}}"#);
    assert_eq!(fields(&schema), expected(r#"{"unknown": 1}"#));
    assert_eq!(
        fields(&schema["$defs"]["choice"]),
        expected(&step(r#"{"choices": [{"unknown": 1}]}"#))
    );
    assert_eq!(
        fields(&schema["$defs"]["case"]),
        expected(&step(r#"{"branch": [{"unknown": 1}]}"#))
    );
    let verbs: BTreeSet<String> =
        VERBS.iter().flat_map(|verb| fields(&schema["$defs"][verb])).collect();
    assert_eq!(verbs, expected(&step(r#"{"unknown": 1}"#)));
}

/// A step of each verb, with what it needs and no more, and a sample of each field.
fn samples() -> (BTreeMap<&'static str, Value>, BTreeMap<&'static str, Value>) {
    let steps = BTreeMap::from([
        ("say", json!({"say": "x", "then": "b"})),
        ("ask", json!({"ask": "x", "choices": [{"label": "x", "then": "b"}]})),
        ("branch", json!({"branch": [{"if": "x", "is": "x", "then": "b"}], "else": "b"})),
        ("set", json!({"set": {"x": "x"}, "then": "b"})),
        ("wait_s", json!({"wait_s": 1, "then": "b"})),
        ("hand_over", json!({"hand_over": true})),
        ("close", json!({"close": true})),
        ("end", json!({"end": true})),
    ]);
    let fields = BTreeMap::from([
        ("choices", json!([{"label": "x"}])),
        ("answer", json!("text")),
        ("save", json!("x")),
        ("tries", json!(1)),
        ("again", json!("x")),
        ("otherwise", json!("b")),
        ("else", json!("b")),
        ("then", json!("b")),
    ]);
    (steps, fields)
}

#[test]
fn each_verb_has_the_fields_that_have_a_meaning_there() {
    let schema = schema();
    let (steps, samples) = samples();
    for verb in VERBS {
        let of_verb = fields(&schema["$defs"][verb]);
        for (field, sample) in &samples {
            let mut step = steps[verb].clone();
            step[field] = sample.clone();
            let flow = json!({"flow": 1, "start": "a", "steps": {"a": step, "b": {"end": true}}});
            let problems = read(&flow.to_string()).err().unwrap_or_default();
            let is_stray = problems.iter().any(|it| it.what == What::Stray { field });
            assert_eq!(of_verb.contains(*field), !is_stray, "{verb} with {field}");
        }
    }
}

#[test]
fn each_verb_needs_what_the_parser_misses() {
    let schema = schema();
    for (verb, step) in samples().0 {
        let required: BTreeSet<&str> = schema["$defs"][verb]["required"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        for field in step.as_object().unwrap().keys().filter(|field| *field != verb) {
            let mut step = step.clone();
            step.as_object_mut().unwrap().remove(field);
            let flow = json!({"flow": 1, "start": "a", "steps": {"a": step, "b": {"end": true}}});
            let problems = read(&flow.to_string()).err().unwrap_or_default();
            let is_missed = problems
                .iter()
                .any(|it| matches!(it.what, What::Missing { field: it } if it == field));
            assert_eq!(required.contains(field.as_str()), is_missed, "{verb} without {field}");
        }
    }
}

#[test]
fn answers_are_of_the_kinds_that_the_parser_knows() {
    let kinds = &schema()["$defs"]["ask"]["properties"]["answer"]["enum"];
    let problems = read(r#"{"steps": {"a": {"answer": "unknown"}}}"#).unwrap_err();
    let [Problem { what: What::Malformed { message }, .. }] = &*problems else { panic!() };
    let (_, names) = message.split_once("expected one of ").unwrap();
    let names: Vec<&str> = names.split(", ").map(|name| name.trim_matches('`')).collect();
    assert_eq!(*kinds, json!(names));
}

#[test]
fn limits_are_those_of_the_code() {
    let schema = schema();
    let defs = &schema["$defs"];
    let ask = &defs["ask"]["properties"];
    for (limit, value) in [
        (&schema["properties"]["steps"]["maxProperties"], STEPS_MAX as u64),
        (&ask["choices"]["maxItems"], CHOICES_MAX as u64),
        (&ask["tries"]["maximum"], TRIES_MAX.into()),
        (&ask["tries"]["default"], TRIES.into()),
        (&defs["branch"]["properties"]["branch"]["maxItems"], CASES_MAX as u64),
        (&defs["set"]["properties"]["set"]["maxProperties"], ATTRIBUTES_MAX as u64),
        (&defs["wait_s"]["properties"]["wait_s"]["maximum"], WAIT_S_MAX),
        (&defs["value"]["maxLength"], VALUE_CHARS_MAX as u64),
        (&defs["label"]["anyOf"][0]["maxLength"], CHOICE_CHARS_MAX as u64),
    ] {
        assert_eq!(limit.as_u64(), Some(value));
    }
}
