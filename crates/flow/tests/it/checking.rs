//! What is said of flows that are JSON, and would not run.

use porchlight_flow::{What, check};

use crate::{flow, json_of, of_steps, problems, told};

/// The problems of these steps, of which the first is on line 2.
fn check_steps(steps: &str, expected: &[&str]) {
    assert_eq!(told(&problems(&json_of(steps))), expected, "{steps}");
}

/// A text of so many letters.
fn long(chars: usize) -> String {
    "é".repeat(chars)
}

#[test]
fn a_start_that_does_not_exist_is_the_only_problem_of_the_whole() {
    let found =
        problems(r#"{"flow": 1, "start": "b", "steps": {"a": {"end": true}, "c": {"end": true}}}"#);
    assert_eq!(told(&found), ["there is no step \"b\": write it, or lead somewhere else"]);
}

#[test]
fn steps_that_do_not_exist_are_named() {
    let unknown = |name| {
        format!("line 2, step a: there is no step {name:?}: write it, or lead somewhere else")
    };
    let found = problems(&json_of(
        r#""a": {"ask": "?", "choices": [{"label": "x", "then": "b"}], "answer": "text", "otherwise": "c", "then": "d"}"#,
    ));
    assert_eq!(told(&found), [unknown("b"), unknown("c"), unknown("d")]);
    let found = problems(&json_of(
        r#""a": {"branch": [{"if": "x", "exists": true, "then": "b"}], "else": "c"}"#,
    ));
    assert!(told(&found).contains(&unknown("b")) && told(&found).contains(&unknown("c")));
}

#[test]
fn a_step_does_one_thing() {
    check_steps(
        "\"a\": {},\n\"b\": {\"say\": \"x\", \"end\": true}",
        &[
            "line 2, step a: it does nothing: write one of say, ask, branch, set, wait_s, hand_over, close, end",
            "line 3, step b: it does several things (say, end): make a step of each",
        ],
    );
}

#[test]
fn a_case_has_one_test() {
    check_steps(
        r#""a": {"branch": [{"if": "x", "then": "b"}, {"if": "x", "is": "y", "above": 1, "then": "b"}], "else": "b"},
"b": {"end": true}"#,
        &[
            "line 2, step a: a case tests nothing: write one of is, is_not, contains, exists, above, below",
            "line 2, step a: a case tests several things (is, above): make a case of each",
        ],
    );
}

#[test]
fn a_field_without_a_meaning_is_found() {
    for step in [
        r#""say": "x", "then": "b", "choices": []"#,
        r#""ask": "x", "then": "b", "else": "b""#,
        r#""hand_over": true, "then": "b""#,
        r#""close": true, "otherwise": "b""#,
        r#""end": true, "save": "x""#,
        r#""wait_s": 1, "then": "b", "answer": "text""#,
        r#""set": {"x": "y"}, "then": "b", "again": "x""#,
        r#""branch": [{"if": "x", "is": "y", "then": "b"}], "else": "b", "tries": 2"#,
    ] {
        let found = problems(&json_of(&format!("\"a\": {{{step}}}, \"b\": {{\"end\": true}}")));
        assert!(found.iter().any(|it| matches!(it.what, What::Stray { .. })), "{step}: {found:?}");
    }
}

#[test]
fn names_are_letters_digits_and_two_marks() {
    let good = of_steps(
        r#""a": {"ask": "?", "save": "größe_2", "then": "姓名-3"}, "姓名-3": {"end": true}"#,
    );
    assert_eq!(check(&good), []);
    for name in ["", "a b", "a.b", "{{a}}", "a\\n", &long(41)] {
        let json = json_of(&format!(
            r#""a": {{"ask": "?", "save": "{name}", "then": "{name}"}},
            "{name}": {{"set": {{"{name}": "x"}}, "then": "b"}},
            "b": {{"branch": [{{"if": "{name}", "is": "x", "then": "c"}}], "else": "c"}}, "c": {{"end": true}}"#
        ));
        let found = problems(&json);
        let names = found.iter().filter(|it| matches!(it.what, What::Name { .. }));
        assert_eq!(names.count(), 4, "{name:?}: {:?}", told(&found));
    }
}

#[test]
fn a_step_to_which_nothing_leads_is_found_also_on_a_loop_of_its_own() {
    check_steps(
        "\"a\": {\"end\": true},\n\"b\": {\"ask\": \"?\", \"then\": \"c\"},\n\"c\": {\"say\": \"x\", \"then\": \"b\"}",
        &[
            "line 3, step b: nothing leads to it: lead a step to it, or remove it",
            "line 4, step c: nothing leads to it: lead a step to it, or remove it",
        ],
    );
}

#[test]
fn a_loop_without_a_question_is_found_once_also_with_a_wait_in_it() {
    check_steps(
        r#""a": {"branch": [{"if": "x", "is": "1", "then": "b"}], "else": "d"},
"b": {"set": {"x": "2"}, "then": "c"},
"c": {"wait_s": 9, "then": "a"},
"d": {"say": "x", "then": "d"}"#,
        &[
            "line 2, step a: a → b → c go round without a question, so the bot would never stop: ask something between them",
            "line 5, step d: d go round without a question, so the bot would never stop: ask something between them",
        ],
    );
    let fine = of_steps(r#""a": {"ask": "?", "then": "b"}, "b": {"say": "x", "then": "a"}"#);
    assert_eq!(check(&fine), []);
}

#[test]
fn loops_that_share_a_step_are_both_found() {
    let found = problems(&json_of(
        r#""a": {"branch": [{"if": "x", "is": "1", "then": "b"}], "else": "c"},
"b": {"say": "x", "then": "a"}, "c": {"set": {"x": "1"}, "then": "a"}"#,
    ));
    let loops: Vec<_> = found.iter().filter(|it| matches!(it.what, What::Loop { .. })).collect();
    assert_eq!(loops.len(), 2, "{found:?}");
}

#[test]
fn more_than_a_run_may_do_without_the_visitor_is_found() {
    let chain = |length: usize, verb: &str| {
        let step = |at: usize| format!("\"s{at}\": {{{verb}, \"then\": \"s{}\"}},", at + 1);
        let steps: String = (1..length).map(step).collect();
        let last = format!("\"s{length}\": {{\"hand_over\": \"x\"}}");
        json_of(&format!("\"a\": {{\"ask\": \"?\", \"then\": \"s1\"}},\n{steps}{last}"))
    };
    flow(&chain(20, "\"say\": \"x\""));
    assert_eq!(
        told(&problems(&chain(21, "\"say\": \"x\""))),
        [
            "line 3, step s1: from here on come 21 messages without a question, and after 20 a person takes over: ask \
          something, or say less"
        ]
    );
    flow(&chain(100, "\"set\": {\"x\": \"y\"}"));
    let found = problems(&chain(101, "\"wait_s\": 1"));
    assert!(
        matches!(&*found, [it] if it.what == What::TooMuchAtOnce { of: "steps", count: 101, max: 100 }),
        "{found:?}"
    );
}

#[test]
fn texts_can_be_shown() {
    let texts = |text: &str| {
        let json = json_of(&format!(
            r#""a": {{"say": {text}, "then": "b"}},
            "b": {{"ask": {text}, "again": {text}, "choices": [{{"label": {text}, "then": "c"}}], "otherwise": "d"}},
            "c": {{"close": {text}}}, "d": {{"hand_over": {text}}}"#
        ));
        let found = problems(&json);
        found
            .into_iter()
            .filter_map(|it| match it.what {
                What::Text { field } => Some(field),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    let all = ["say", "ask", "again", "label", "close", "hand_over"];
    for text in
        [r#""""#, r#"" \n""#, r#""a\u0007""#, r#""\u200b""#, r#"{"en": "x", "de": ""}"#, "{}"]
    {
        assert_eq!(texts(text), all, "{text}");
    }
    assert_eq!(texts(&format!("{:?}", long(4_001))), all);
    assert_eq!(texts(&format!("{:?}", long(61))), ["label"]);
    assert_eq!(texts(r#""two\nlines""#), ["label"]);
    assert_eq!(texts(r#""{{x}}""#), ["ask", "again"], "a question is one without what was saved");
}

#[test]
fn values_are_something_and_not_too_long() {
    let long = long(501);
    let json = json_of(&format!(
        r#""a": {{"ask": "?", "save": "x", "choices": [{{"label": "1", "value": ""}}, {{"label": "2", "value": "{long}"}}], "then": "b"}},
"b": {{"set": {{"x": "{long}"}}, "then": "c"}},
"c": {{"branch": [{{"if": "x", "is": "", "then": "d"}}, {{"if": "x", "is_not": " ", "then": "d"}},
{{"if": "x", "contains": "{long}", "then": "d"}}], "else": "d"}}, "d": {{"end": true}}"#
    ));
    let found = told(&problems(&json));
    let fields: Vec<_> =
        found.iter().map(|it| it.split(" is empty").next().unwrap_or_default()).collect();
    assert_eq!(
        fields,
        [
            "line 2, step a: value",
            "line 2, step a: value",
            "line 3, step b: set",
            "line 4, step c: is",
            "line 4, step c: is_not",
            "line 4, step c: contains",
        ]
    );
    of_steps(r#""a": {"set": {"x": ""}, "then": "b"}, "b": {"end": true}"#);
}

#[test]
fn languages_are_tags() {
    let json = r#"{"flow": 1, "language": "english", "start": "a", "steps": {
"a": {"close": {"en_US": "x", "pt-BR": "y"}}}}"#;
    assert_eq!(
        told(&problems(json)),
        [
            "\"english\" is no language: write a tag such as en or pt-BR",
            "line 2, step a: \"en_US\" is no language: write a tag such as en or pt-BR",
        ]
    );
}

#[test]
fn numbers_are_in_their_range() {
    for (step, field) in [
        (r#""wait_s": 0, "then": "b""#, "wait_s"),
        (r#""wait_s": 86401, "then": "b""#, "wait_s"),
        (r#""wait_s": 1.5, "then": "b""#, "wait_s"),
        (r#""wait_s": -1, "then": "b""#, "wait_s"),
        (r#""ask": "?", "tries": 11, "then": "b""#, "tries"),
        (r#""ask": "?", "tries": 1e99, "then": "b""#, "tries"),
    ] {
        let found = problems(&json_of(&format!("\"a\": {{{step}}}, \"b\": {{\"end\": true}}")));
        assert!(
            matches!(&*found, [it] if matches!(it.what, What::Range { field: it, .. } if it == field)),
            "{step}: {found:?}"
        );
    }
}

#[test]
fn lists_are_neither_empty_nor_too_long() {
    let choices = |count: usize| {
        let choices: Vec<_> = (0..count).map(|at| format!("{{\"label\": \"{at}\"}}")).collect();
        format!(r#""a": {{"ask": "?", "choices": [{}], "then": "b"}}"#, choices.join(","))
    };
    let cases = |count: usize| {
        let cases = vec![r#"{"if": "x", "is": "y", "then": "b"}"#; count].join(",");
        format!(
            r#""a": {{"set": {{"x": "y"}}, "then": "c"}}, "c": {{"branch": [{cases}], "else": "b"}}"#
        )
    };
    let with_end = |steps: String| format!("{steps}, \"b\": {{\"end\": true}}");
    of_steps(&with_end(choices(12)));
    of_steps(&with_end(cases(30)));
    for (steps, message) in [
        (choices(0), "choices has 1 to 12 entries"),
        (choices(13), "choices has 1 to 12 entries"),
        (cases(0), "branch has 1 to 30 entries"),
        (cases(31), "branch has 1 to 30 entries"),
        (r#""a": {"set": {}, "then": "b"}"#.to_owned(), "set has 1 to 50 entries"),
    ] {
        let found = told(&problems(&json_of(&with_end(steps))));
        assert!(matches!(&*found, [it] if it.ends_with(message)), "{found:?}");
    }
}

#[test]
fn a_flow_has_so_many_steps_and_attributes() {
    let steps = |count: usize| {
        let step = |at| format!("\"s{at}\": {{\"ask\": \"?\", \"then\": \"s{}\"}},", at + 1);
        let steps: String = (2..count).map(step).collect();
        json_of(&format!(
            "\"a\": {{\"ask\": \"?\", \"then\": \"s2\"}}, {steps} \"s{count}\": {{\"end\": true}}"
        ))
    };
    flow(&steps(500));
    assert_eq!(told(&problems(&steps(501))), ["501 steps are too many: a flow has 500 at most"]);

    let set = |count: usize| {
        let values: Vec<_> = (0..count).map(|at| format!("\"x{at}\": \"\"")).collect();
        json_of(&format!(
            "\"a\": {{\"set\": {{{}}}, \"then\": \"b\"}}, \"b\": {{\"end\": true}}",
            values.join(",")
        ))
    };
    flow(&set(50));
    assert_eq!(told(&problems(&set(51))), ["a flow saves 50 attributes at most"]);
}

#[test]
fn two_choices_never_say_the_same_in_any_language() {
    for (first, second) in [
        (r#""Yes""#, r#"" yes ""#),
        (r#"{"en": "A", "de": "B"}"#, r#"{"en": "C", "de": "b"}"#),
        (r#"{"en": "Gift", "de": "Geschenk"}"#, r#"{"en": "Poison", "de": "Gift"}"#),
        (r#"{"en": "A", "de": "ÄRGER"}"#, r#""ärger""#),
    ] {
        let json = json_of(&format!(
            r#""a": {{"ask": "?", "choices": [{{"label": {first}}}, {{"label": {second}}}], "then": "b"}}, "b": {{"end": true}}"#
        ));
        let found = problems(&json);
        assert!(matches!(&*found, [it] if matches!(it.what, What::SameChoice { .. })), "{found:?}");
    }
    of_steps(
        r#""a": {"ask": "?", "choices": [{"label": {"en": "OK", "de": "ok"}}], "then": "b"}, "b": {"end": true}"#,
    );
}

#[test]
fn places_and_cases_are_of_what_is_saved() {
    check_steps(
        r#""a": {"say": {"en": "{{x}} {{ y }}", "de": "{{z}}"}, "then": "b"},
"b": {"ask": "? {{x}}", "save": "x", "then": "c"},
"c": {"branch": [{"if": "y", "exists": true, "then": "d"}, {"if": "w", "exists": true, "then": "d"}], "else": "d"},
"d": {"set": {"y": "{{v}}"}, "then": "e"}, "e": {"close": "{{x}}"}"#,
        &[
            "line 2, step a: nothing saves z, so its place stays empty: save an answer in it, or set it",
            "line 4, step c: nothing saves w, so the case never changes: save an answer in it, or set it",
            "line 5, step d: nothing saves v, so its place stays empty: save an answer in it, or set it",
        ],
    );
}

#[test]
fn a_label_has_no_places() {
    check_steps(
        r#""a": {"ask": "?", "save": "x", "choices": [{"label": "Keep {{x}}"}], "then": "b"}, "b": {"end": true}"#,
        &[
            "line 2, step a: a choice says the same to everybody: take the place out of \"Keep {{x}}\"",
        ],
    );
}

#[test]
fn a_flow_that_no_json_was_read_for_is_checked_without_lines_by_step() {
    let mut flow = of_steps(r#""a": {"say": "x", "then": "b"}, "b": {"end": true}"#);
    flow.steps.remove("b");
    flow.steps.insert("c".to_owned(), porchlight_flow::Step::End);
    flow.language = String::new();
    assert_eq!(
        told(&check(&flow)),
        [
            "\"\" is no language: write a tag such as en or pt-BR",
            "step a: there is no step \"b\": write it, or lead somewhere else",
            "step c: nothing leads to it: lead a step to it, or remove it",
        ]
    );
}
