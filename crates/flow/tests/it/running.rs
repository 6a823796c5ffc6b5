//! Conversations, told step by step.

use porchlight_flow::answer::Kind;
use porchlight_flow::limits::{MESSAGES_AT_ONCE_MAX, VALUE_CHARS_MAX};
use porchlight_flow::{Do, Ended, Flow, Input, Run, Step};

use crate::reading::SHOP;
use crate::{flow, of_steps};

/// A conversation with a bot.
pub struct Talk {
    pub flow: Flow,
    pub run: Run,
}

impl Talk {
    pub fn new(flow: Flow, language: &str) -> Talk {
        Talk { flow, run: Run::new(language) }
    }

    /// A conversation that has begun, and what the bot does first.
    fn begin(flow: Flow, language: &str) -> (Talk, Vec<String>) {
        let mut talk = Talk::new(flow, language);
        let done = talk.tell(Input::Begin);
        (talk, done)
    }

    pub fn input(&mut self, input: Input<'_>) -> Vec<Do> {
        self.run.step(&self.flow, input)
    }

    fn tell(&mut self, input: Input<'_>) -> Vec<String> {
        self.input(input).into_iter().map(told).collect()
    }

    fn says(&mut self, text: &str) -> Vec<String> {
        self.tell(Input::Said { text })
    }
}

/// What the bot does, in a line.
fn told(what: Do) -> String {
    match what {
        Do::Say(text) => text,
        Do::Ask { text, choices, .. } if choices.is_empty() => text,
        Do::Ask { text, choices, .. } => format!("{text} [{}]", choices.join("|")),
        Do::Save { attribute, value, .. } => format!("{attribute}={value}"),
        Do::Wait { ms } => format!("wait {ms}"),
        Do::HandOver => "hand over".to_owned(),
        Do::Close => "close".to_owned(),
    }
}

#[test]
fn an_order_is_found() {
    let (mut talk, first) = Talk::begin(flow(SHOP), "en-GB");
    assert_eq!(
        first,
        ["Hello! I am Lumen.", "How can I help? [Where is my order?|Talk to a person]"]
    );
    assert!(talk.run.is_asking());
    assert_eq!(talk.says("Where is my order?"), ["topic=order", "What is your order number?"]);
    assert_eq!(talk.says("it is 1.234,00"), ["What is your order number?"]);
    let done = talk.says(" 1.234,00 ");
    assert_eq!(done, ["order=1234", "greeting=Order 1234", "topic=new order", "wait 2000"]);
    assert!(talk.run.waits() && !talk.run.is_asking());
    assert_eq!(talk.says("hello?"), [""; 0], "what is said while it waits is for the team");
    assert_eq!(talk.tell(Input::Woke), ["Order 1234 is on its way.", "close"]);
    assert_eq!(talk.run.ended(), Some(Ended::Closed));
    assert_eq!(talk.run.attributes()["order"], "1234");
}

#[test]
fn the_visitors_language_is_spoken_and_the_flows_is_saved() {
    let steps = r#""a": {"ask": {"en": "Size?", "de": "Größe?"}, "save": "size",
        "choices": [{"label": {"en": "Small", "de": "Klein"}}, {"label": {"de": "Groß", "en": "Large"}}], "then": "b"},
        "b": {"say": "Thank you, {{size}}", "then": "c"}, "c": {"end": true}"#;
    let (mut talk, first) = Talk::begin(of_steps(steps), "de-AT");
    assert_eq!(talk.run.language(), "de-AT");
    assert_eq!(first, ["Größe? [Klein|Groß]"]);
    assert_eq!(talk.says(" gROß "), ["size=Large", "Thank you, Large"]);
    assert_eq!(talk.run.ended(), Some(Ended::Finished));
}

#[test]
fn a_choice_may_be_typed_in_any_language() {
    for typed in ["klein", "SMALL", " Small\n"] {
        let steps = r#""a": {"ask": "Size?", "save": "size", "choices": [{"label": {"en": "Small", "de": "Klein"}, "value": "S"}],
            "then": "b"}, "b": {"end": true}"#;
        let (mut talk, _) = Talk::begin(of_steps(steps), "en");
        assert_eq!(talk.says(typed), ["size=S"], "{typed}");
    }
}

#[test]
fn a_question_tells_what_an_answer_has_to_be() {
    let steps = r#""a": {"ask": "?", "answer": "email", "then": "b"}, "b": {"end": true}"#;
    let done = Talk::new(of_steps(steps), "en").input(Input::Begin);
    let text = "?".to_owned();
    assert_eq!(done, [Do::Ask { text, kind: Kind::Email, choices: vec![] }]);
}

#[test]
fn a_question_with_choices_may_take_another_answer_too() {
    let steps = r#""a": {"ask": "When?", "choices": [{"label": "Today", "then": "t"}], "answer": "date", "save": "day", "then": "d"},
        "t": {"say": "Today!", "then": "e"}, "d": {"say": "On {{day}}.", "then": "e"}, "e": {"end": true}"#;
    let (mut talk, _) = Talk::begin(of_steps(steps), "en");
    assert_eq!(talk.says("soon"), ["When? [Today]"]);
    assert_eq!(talk.says("1.2.2027"), ["day=2027-02-01", "On 2027-02-01."]);
    let (mut talk, _) = Talk::begin(of_steps(steps), "en");
    assert_eq!(talk.says("today"), ["day=Today", "Today!"]);
}

#[test]
fn wrong_answers_are_asked_again_until_the_tries_are_over() {
    let steps = |more: &str| {
        of_steps(&format!(
            r#""a": {{"ask": "Yes?", "choices": [{{"label": "Yes", "then": "b"}}], "tries": 3 {more}}},
            "b": {{"say": "Otherwise.", "then": "c"}}, "c": {{"end": true}}"#
        ))
    };
    let (mut talk, _) = Talk::begin(steps(r#", "again": "Press Yes.", "otherwise": "b""#), "en");
    assert_eq!(talk.says("no"), ["Press Yes. [Yes]"]);
    assert_eq!(talk.says("no"), ["Press Yes. [Yes]"]);
    assert_eq!(talk.says("no"), ["Otherwise."]);
    assert_eq!(talk.run.ended(), Some(Ended::Finished));

    let (mut talk, _) = Talk::begin(steps(""), "en");
    assert_eq!(talk.says("no"), ["Yes? [Yes]"]);
    assert_eq!(talk.says("no"), ["Yes? [Yes]"]);
    assert_eq!(talk.says("no"), ["hand over"]);
    assert_eq!(talk.run.ended(), Some(Ended::HandedOver));
}

#[test]
fn tries_are_counted_anew_when_a_question_comes_again() {
    let steps = r#""a": {"ask": "?", "answer": "number", "tries": 2, "then": "a"}"#;
    let (mut talk, _) = Talk::begin(of_steps(steps), "en");
    for _ in 0..3 {
        assert_eq!(talk.says("x"), ["?"]);
        assert_eq!(talk.says("1"), ["?"]);
    }
    assert_eq!(talk.says("x"), ["?"]);
    assert_eq!(talk.says("x"), ["hand over"]);
}

/// Questions of which the second leads back, and a wait.
fn back_and_forth() -> Flow {
    of_steps(
        r#""a": {"ask": "A?", "choices": [{"label": "1"}, {"label": "2", "then": "w"}], "save": "a", "then": "b"},
        "b": {"ask": "B?", "choices": [{"label": "1", "then": "c"}, {"label": "← Back", "then": "a"}]},
        "c": {"ask": "C?", "choices": [{"label": "1"}], "then": "e"},
        "w": {"wait_s": 60, "then": "e"}, "e": {"end": true}"#,
    )
}

#[test]
fn a_choice_is_taken_back_by_one_that_leads_back() {
    let (mut talk, _) = Talk::begin(back_and_forth(), "en");
    for _ in 0..30 {
        assert_eq!(talk.says("1"), ["a=1", "B? [1|← Back]"]);
        assert_eq!(talk.says("← Back"), ["A? [1|2]"], "as often as they like");
    }
    assert_eq!(talk.says("2"), ["a=2", "wait 60000"]);
    assert_eq!(talk.run.attributes()["a"], "2");
}

#[test]
fn only_the_last_question_is_answered() {
    let (mut talk, _) = Talk::begin(back_and_forth(), "en");
    talk.says("1");
    assert_eq!(talk.says("2"), ["B? [1|← Back]"], "that was a choice of the first");
    assert_eq!(talk.says("1"), ["C? [1]"]);
    assert_eq!(talk.says("1"), [""; 0]);
    assert_eq!(talk.run.ended(), Some(Ended::Finished));
    assert_eq!(talk.says("1"), [""; 0], "after the end nothing is answered");
}

#[test]
fn a_visitor_may_write_as_long_as_they_like() {
    let steps = r#""a": {"ask": "?", "answer": "number", "tries": 2, "then": "b"}, "b": {"say": "Good.", "then": "a"}"#;
    let (mut talk, _) = Talk::begin(of_steps(steps), "en");
    for _ in 0..100 {
        assert_eq!(talk.says("x"), ["?"]);
        assert_eq!(talk.says("1"), ["Good.", "?"]);
    }
}

#[test]
fn a_question_of_which_nothing_can_be_seen_is_asked_in_other_words_or_cut_off() {
    let steps = r#""a": {"ask": "Number?", "answer": "number", "again": "x", "then": "b"}, "b": {"end": true}"#;
    let nothing = porchlight_flow::Text::One("{{x}}".to_owned());
    let (mut talk, _) = Talk::begin(of_steps(steps), "en");
    let Some(Step::Ask(ask)) = talk.flow.steps.get_mut("a") else { panic!("it asks") };
    ask.again = Some(nothing.clone());
    assert_eq!(talk.says("x"), ["Number?"]);
    let Some(Step::Ask(ask)) = talk.flow.steps.get_mut("a") else { panic!("it asks") };
    ask.text = nothing;
    assert_eq!(talk.says("x"), ["hand over"]);
    assert_eq!(talk.run.ended(), Some(Ended::CutOff));
}

#[test]
fn cases_hold_or_not() {
    let goes = |answer: &str, test: &str| {
        let steps = format!(
            r#""a": {{"ask": "?", "save": "x", "then": "b"}},
            "b": {{"branch": [{{"if": "x", {test}, "then": "yes"}}], "else": "no"}},
            "yes": {{"close": true}}, "no": {{"end": true}}"#
        );
        let (mut talk, _) = Talk::begin(of_steps(&steps), "en");
        talk.says(answer);
        talk.run.ended() == Some(Ended::Closed)
    };
    for (answer, test, holds) in [
        ("Red ", r#""is": " rED""#, true),
        ("redder", r#""is": "red""#, false),
        ("red", r#""is_not": "blue""#, true),
        ("BLUE", r#""is_not": "blue""#, false),
        ("dark blue", r#""contains": "BLUE""#, true),
        ("dark", r#""contains": "blue""#, false),
        ("x", r#""exists": true"#, true),
        ("x", r#""exists": false"#, false),
        ("1.000,5", r#""above": 1000"#, true),
        ("1000", r#""above": 1000"#, false),
        ("-3", r#""below": -2.5"#, true),
        ("many", r#""above": 0"#, false),
        ("many", r#""below": 0"#, false),
    ] {
        assert_eq!(goes(answer, test), holds, "{answer}: {test}");
    }
}

#[test]
fn what_was_not_saved_is_nothing() {
    for (test, holds) in [
        (r#""exists": false"#, true),
        (r#""exists": true"#, false),
        (r#""is": "x""#, false),
        (r#""is_not": "x""#, true),
        (r#""contains": "x""#, false),
        (r#""above": -1"#, false),
    ] {
        for set in ["", " "] {
            let steps = format!(
                r#""a": {{"branch": [{{"if": "x", {test}, "then": "yes"}}], "else": "no"}},
                "yes": {{"close": true}}, "no": {{"ask": "?", "then": "b"}}, "b": {{"set": {{"x": "{set}"}}, "then": "a"}}"#
            );
            let (mut talk, _) = Talk::begin(of_steps(&steps), "en");
            assert_eq!(talk.run.ended() == Some(Ended::Closed), holds, "{test}");
            talk.says("on");
            assert_eq!(
                talk.run.ended() == Some(Ended::Closed),
                holds,
                "{test} after setting it to nothing"
            );
        }
    }
}

#[test]
fn what_is_set_at_once_comes_from_what_was_before() {
    let steps = r#""a": {"set": {"x": "1", "y": "2"}, "then": "b"}, "b": {"set": {"x": "{{y}}", "y": "{{x}}"}, "then": "c"},
        "c": {"end": true}"#;
    let (talk, done) = Talk::begin(of_steps(steps), "en");
    assert_eq!(done, ["x=1", "y=2", "x=2", "y=1"]);
    assert_eq!(talk.run.ended(), Some(Ended::Finished));
}

#[test]
fn values_and_messages_are_cut_and_blank_ones_are_not_sent() {
    let steps = r#""a": {"ask": "?", "save": "x", "then": "b"}, "b": {"say": "{{x}}{{x}}{{x}}{{x}}{{x}}{{x}}{{x}}{{x}}{{x}}", "then": "c"},
        "c": {"set": {"x": ""}, "then": "d"}, "d": {"say": " {{x}} ", "then": "e"}, "e": {"hand_over": "{{x}}"}"#;
    let (mut talk, _) = Talk::begin(of_steps(steps), "en");
    let done = talk.input(Input::Said { text: &"é".repeat(3_000) });
    let [Do::Save { value, .. }, Do::Say(text), Do::Save { .. }, Do::HandOver] = &*done else {
        panic!("{done:?}")
    };
    assert_eq!(value.chars().count(), VALUE_CHARS_MAX);
    assert_eq!(text.chars().count(), 4_000);
}

#[test]
fn what_a_visitor_wrote_fills_no_places() {
    let steps = r#""a": {"ask": "?", "save": "x", "then": "b"}, "b": {"say": "{{x}}", "then": "c"}, "c": {"end": true}"#;
    let (mut talk, _) = Talk::begin(of_steps(steps), "en");
    assert_eq!(talk.says("{{x}}"), ["x={{x}}", "{{x}}"]);
}

#[test]
fn a_run_begins_once() {
    let (mut talk, _) = Talk::begin(flow(SHOP), "en");
    let before = talk.run.clone();
    assert_eq!(talk.tell(Input::Begin), [""; 0]);
    assert_eq!(talk.run, before);
    let mut talk = Talk::new(flow(SHOP), "en");
    for input in [Input::Woke, Input::Said { text: "x" }] {
        assert_eq!(talk.tell(input), [""; 0]);
        assert_eq!(talk.run, Run::new("en"), "nothing happens before it begins");
    }
}

#[test]
fn a_person_who_takes_over_ends_the_run() {
    let (mut talk, _) = Talk::begin(flow(SHOP), "en");
    talk.run.end();
    assert_eq!(talk.run.ended(), Some(Ended::HandedOver));
    assert_eq!(talk.says("Talk to a person"), [""; 0]);

    let (mut talk, _) = Talk::begin(of_steps(r#""a": {"close": true}"#), "en");
    talk.run.end();
    assert_eq!(talk.run.ended(), Some(Ended::Closed), "it had ended before");
}

#[test]
fn a_flow_that_would_never_stop_is_cut_off() {
    let mut flow = of_steps(r#""a": {"say": "x", "then": "b"}, "b": {"end": true}"#);
    let Step::Say { text, .. } = flow.steps["a"].clone() else { panic!("it says") };
    flow.steps.insert("a".to_owned(), Step::Say { text, next: "a".to_owned() });
    let (talk, done) = Talk::begin(flow.clone(), "en");
    assert_eq!(done.len(), MESSAGES_AT_ONCE_MAX + 1);
    assert_eq!(done.last().unwrap(), "hand over");
    assert_eq!(talk.run.ended(), Some(Ended::CutOff));

    flow.steps.insert("a".to_owned(), Step::Wait { ms: 1, next: "a".to_owned() });
    let (mut talk, _) = Talk::begin(flow, "en");
    let woke = (0..).take_while(|_| talk.tell(Input::Woke) == ["wait 1"]).count();
    assert_eq!(woke, 99, "a wait is no visitor");
    assert_eq!(talk.run.ended(), Some(Ended::CutOff));
}

#[test]
fn a_run_that_is_handed_back_asks_again_and_keeps_what_was_saved() {
    let (mut talk, _) = Talk::begin(back_and_forth(), "en");
    talk.says("1");
    let asked = talk.tell(Input::HandedBack);
    assert_eq!(asked, ["B? [1|← Back]"], "the question where it was");
    assert_eq!(talk.tell(Input::HandedBack), asked, "as often as one likes");
    assert_eq!(talk.run.attributes()["a"], "1");
    assert!(talk.run.is_asking());
    assert_eq!(talk.says("1"), ["C? [1]"]);
}

#[test]
fn wrong_answers_before_it_was_handed_back_do_not_count() {
    let (mut talk, first) = Talk::begin(flow(SHOP), "en");
    talk.says("what?");
    talk.says("what?");
    assert_eq!(
        talk.tell(Input::HandedBack),
        first[1..],
        "the question, not what comes after a wrong answer"
    );
    for _ in 0..2 {
        talk.says("what?");
        assert!(talk.run.is_asking());
    }
}

#[test]
fn a_wait_is_over_when_a_run_is_handed_back() {
    let flow = of_steps(
        r#""a": {"wait_s": 60, "then": "b"}, "b": {"say": "Here I am.", "then": "c"}, "c": {"end": true}"#,
    );
    let (mut talk, done) = Talk::begin(flow, "en");
    assert_eq!(done, ["wait 60000"]);
    assert_eq!(talk.tell(Input::HandedBack), ["Here I am."]);
    assert_eq!(talk.run.ended(), Some(Ended::Finished));
    // One that had ended begins anew.
    assert_eq!(talk.tell(Input::HandedBack), ["wait 60000"]);
}

#[test]
fn a_run_begins_anew_with_another_version_and_keeps_what_was_saved() {
    let (mut talk, first) = Talk::begin(back_and_forth(), "en");
    talk.says("1");
    talk.run.renew();
    assert_eq!(talk.tell(Input::HandedBack), first);
    assert_eq!(talk.run.attributes()["a"], "1");
}

#[test]
fn a_run_whose_step_is_gone_is_handed_over() {
    let (mut talk, _) = Talk::begin(back_and_forth(), "en");
    talk.flow.steps.remove("a");
    assert_eq!(talk.says("1"), ["hand over"]);
    assert_eq!(talk.run.ended(), Some(Ended::CutOff));

    let (mut talk, _) = Talk::begin(back_and_forth(), "en");
    talk.flow.steps.remove("b");
    assert_eq!(talk.says("1"), ["a=1", "hand over"]);
}

#[test]
fn what_was_stored_stays_readable() {
    for (json, is_asking) in [
        ("{}", false),
        (r#"{"language": "de", "whatever": 1}"#, false),
        (r#"{"language": "de", "state": {"is": "asking", "step": "a", "mood": "good"}}"#, true),
        (r#"{"state": {"is": "dreaming", "of": "sheep"}}"#, false),
    ] {
        let run: Run = serde_json::from_str(json).unwrap();
        assert_eq!(run.is_asking(), is_asking, "{json}");
    }
    let mut run: Run = serde_json::from_str(r#"{"state": {"is": "dreaming"}}"#).unwrap();
    assert_eq!(run.step(&back_and_forth(), Input::Woke), [Do::HandOver]);
    assert_eq!(run.ended(), Some(Ended::CutOff));

    // What is stored today has to be read tomorrow.
    let (mut talk, _) = Talk::begin(back_and_forth(), "de");
    talk.says("1");
    assert_eq!(
        serde_json::to_value(&talk.run).unwrap(),
        serde_json::json!({
            "language": "de",
            "attributes": {"a": "1"},
            "state": {"is": "asking", "step": "b", "wrong": 0},
            "steps": 1,
            "messages": 1,
        })
    );
}
