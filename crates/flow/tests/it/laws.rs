//! What is true of all flows and all conversations.

use std::collections::BTreeMap;

use porchlight_flow::answer::Kind;
use porchlight_flow::limits::{MESSAGES_AT_ONCE_MAX, VALUE_CHARS_MAX};
use porchlight_flow::{
    Ask, Case, Choice, Condition, Do, Ended, Flow, Input, Number, Problem, Step, Test, Text, What,
    check, read,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use crate::reading::SHOP;
use crate::running::Talk;

/// What fails once is tried first from then on: its seed is kept beside the tests.
fn config(cases: u32) -> ProptestConfig {
    let seeds = FileFailurePersistence::Direct("tests/failed-seeds.txt");
    ProptestConfig {
        cases,
        failure_persistence: Some(Box::new(seeds)),
        ..ProptestConfig::default()
    }
}

/// Steps of a generated flow: few, so that they meet.
const STEPS: usize = 8;

fn name(at: usize) -> String {
    format!("s{at}")
}

/// A step that may exist.
fn target() -> impl Strategy<Value = String> {
    (0..STEPS).prop_map(name)
}

fn attribute() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["x", "y"]).prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = Text> {
    let words =
        prop::sample::select(vec!["Hello", "Hello {{x}}", "{{y}}?", "{{x}}", " ", "no {{", "42"]);
    let words = words.prop_map(str::to_owned);
    let tag = prop::sample::select(vec!["en", "de", "pt-BR"]).prop_map(str::to_owned);
    prop_oneof![
        3 => words.clone().prop_map(Text::One),
        1 => prop::collection::btree_map(tag, words, 0..3).prop_map(Text::Many),
    ]
}

fn kind() -> impl Strategy<Value = Kind> {
    use Kind::{Date, Email, Name, Number, Phone};
    prop::sample::select(vec![Kind::Choice, Kind::Text, Name, Email, Phone, Number, Date])
}

fn ask() -> impl Strategy<Value = Step> {
    let label =
        prop::sample::select(vec!["Yes", "No", "42"]).prop_map(|it| Text::One(it.to_owned()));
    let choice = (label, option::of(Just("v".to_owned())), option::of(target()))
        .prop_map(|(label, value, next)| Choice { label, value, next });
    let answer = (kind(), vec(choice, 0..3), option::of(attribute()), 1..4_u32);
    let next = (option::of(text()), option::of(target()), option::weighted(0.9, target()));
    (text(), answer, next).prop_map(
        |(text, (kind, choices, save, tries), (again, otherwise, next))| {
            Step::Ask(Ask { text, kind, choices, save, tries, again, otherwise, next })
        },
    )
}

fn test() -> impl Strategy<Value = Test> {
    let text = prop::sample::select(vec!["yes", "42", "v"]).prop_map(str::to_owned);
    let number = any::<f64>().prop_filter_map("finite", Number::new);
    prop_oneof![
        text.clone().prop_map(Test::Is),
        text.clone().prop_map(Test::IsNot),
        text.prop_map(Test::Contains),
        any::<bool>().prop_map(Test::Exists),
        number.clone().prop_map(Test::Above),
        number.prop_map(Test::Below),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let case = (attribute(), test(), target()).prop_map(|(attribute, test, next)| Case {
        condition: Condition { attribute, test },
        next,
    });
    prop_oneof![
        2 => (text(), target()).prop_map(|(text, next)| Step::Say { text, next }),
        4 => ask(),
        1 => (vec(case, 0..3), target()).prop_map(|(cases, otherwise)| Step::Branch { cases, otherwise }),
        1 => (prop::collection::btree_map(attribute(), text(), 0..3), target())
            .prop_map(|(values, next)| Step::Set { values, next }),
        1 => (1_000..9_000_u64, target()).prop_map(|(ms, next)| Step::Wait { ms, next }),
        1 => option::of(text()).prop_map(|text| Step::HandOver { text }),
        1 => option::of(text()).prop_map(|text| Step::Close { text }),
        1 => Just(Step::End),
    ]
}

/// Any flow: most have something wrong with them.
fn any_flow() -> impl Strategy<Value = Flow> {
    vec(step(), 1..=STEPS).prop_map(|steps| {
        let steps: BTreeMap<_, _> =
            steps.into_iter().enumerate().map(|(at, step)| (name(at), step)).collect();
        Flow { start: name(0), language: "en".to_owned(), steps }
    })
}

/// A flow with which nothing is wrong, as JSON: its steps lead on, and questions lead back too.
fn valid_json() -> impl Strategy<Value = String> {
    let shape = (0..8_usize, any::<prop::sample::Index>(), any::<bool>(), 1..4_u32);
    vec(shape, 1..STEPS).prop_map(|shapes| {
        let last = shapes.len();
        let mut steps = serde_json::Map::new();
        for (at, (verb, to, exists, tries)) in shapes.into_iter().enumerate() {
            let next = name(at + 1);
            let other = name(to.index(last + 1));
            let forward = name(at + 1 + to.index(last - at));
            let step = match verb {
                0 => serde_json::json!({"say": {"en": "Hello {{x}}", "de": "{{x}}"}, "then": next}),
                1 => serde_json::json!({"wait_s": 1, "then": next}),
                2 => serde_json::json!({"set": {"x": "{{x}}{{x}}"}, "then": next}),
                3 => serde_json::json!({
                    "branch": [{"if": "x", "exists": exists, "then": forward}], "else": next,
                }),
                4 => serde_json::json!({
                    "ask": "Number?", "answer": "number", "save": "x", "tries": tries, "otherwise": other, "then": next,
                }),
                5 => serde_json::json!({"ask": "Text?", "save": "x", "then": next}),
                _ => serde_json::json!({
                    "ask": "Choice?", "save": "x", "tries": tries, "then": next,
                    "choices": [{"label": {"en": "Yes", "de": "Ja"}, "value": "42"}, {"label": "No", "then": other}],
                }),
            };
            steps.insert(name(at), step);
        }
        // Something saves the attribute also if no question does.
        steps.insert(name(last), serde_json::json!({"set": {"x": ""}, "then": "end"}));
        steps.insert("end".to_owned(), serde_json::json!({"end": true}));
        serde_json::json!({"flow": 1, "start": name(0), "steps": steps}).to_string()
    })
}

/// An input that owns its text.
#[derive(Debug, Clone)]
enum Told {
    Begin,
    Said(String),
    Woke,
    PersonTookOver,
}

fn told() -> impl Strategy<Value = Told> {
    let words = prop::sample::select(vec![
        "yes",
        "No",
        "ja",
        "42",
        "1.2.2026",
        "ada@example.com",
        "{{x}}",
        "",
    ]);
    prop_oneof![
        1 => Just(Told::Begin),
        8 => words.prop_map(|it| Told::Said(it.to_owned())),
        1 => any::<String>().prop_map(Told::Said),
        3 => Just(Told::Woke),
    ]
}

/// A conversation: it begins, and somebody may take it over.
fn conversation() -> impl Strategy<Value = Vec<Told>> {
    let told = prop_oneof![40 => told(), 1 => Just(Told::PersonTookOver)];
    vec(told, 0..40).prop_map(|mut all| {
        all.insert(0, Told::Begin);
        all
    })
}

impl Talk {
    /// Tells the run, and holds what is true of all that a bot does.
    fn hears(&mut self, told: &Told) -> Vec<Do> {
        let before = self.run.clone();
        let done = match told {
            Told::Begin => self.input(Input::Begin),
            Told::Said(text) => self.input(Input::Said { text }),
            Told::Woke => self.input(Input::Woke),
            Told::PersonTookOver => {
                self.run.end();
                Vec::new()
            }
        };
        if before.ended().is_some() {
            assert!(done.is_empty() && self.run == before, "an ended run never acts again");
        }
        let is_message = |it: &&Do| matches!(it, Do::Say(_) | Do::Ask { .. });
        assert!(done.iter().filter(is_message).count() <= MESSAGES_AT_ONCE_MAX);
        for (at, what) in done.iter().enumerate() {
            let is_last = at + 1 == done.len();
            match what {
                Do::Say(text) | Do::Ask { text, .. } => {
                    assert_eq!(porchlight_protocol::text::message(text).as_ref(), Ok(text));
                }
                Do::Save { attribute, value, .. } => {
                    assert!(value.chars().count() <= VALUE_CHARS_MAX);
                    assert!(self.run.attributes().contains_key(attribute));
                }
                Do::Wait { .. } => assert!(is_last && self.run.waits()),
                Do::Close => assert!(is_last && self.run.ended() == Some(Ended::Closed)),
                Do::HandOver => {
                    let how = self.run.ended();
                    assert!(is_last && matches!(how, Some(Ended::HandedOver | Ended::CutOff)));
                }
            }
            assert!(is_last || !matches!(what, Do::Ask { .. }), "after a question it waits");
        }
        let states = [self.run.waits(), self.run.is_asking(), self.run.ended().is_some()];
        assert!(states.iter().filter(|is| **is).count() <= 1);
        done
    }
}

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn no_flow_and_no_visitor_break_the_machine(flow in any_flow(), all in conversation()) {
        let mut talk = Talk::new(flow, "de");
        for told in &all {
            talk.hears(told);
        }
    }

    #[test]
    fn a_flow_that_was_checked_is_never_cut_off(json in valid_json(), all in conversation()) {
        let mut talk = Talk::new(crate::flow(&json_whole(&json)), "de");
        for told in &all {
            talk.hears(told);
            prop_assert_ne!(talk.run.ended(), Some(Ended::CutOff));
            let is_somewhere =
                talk.run.waits() || talk.run.is_asking() || talk.run.ended().is_some();
            prop_assert!(is_somewhere, "it waits for something, or has ended");
        }
    }

    #[test]
    fn any_flow_in_which_nothing_stops_a_run_is_never_cut_off(flow in any_flow(), all in conversation()) {
        // What else is wrong does not keep a flow from going on.
        let stops = |it: &Problem| {
            use What::{NeverSaved, Place, SameChoice, Unreachable};
            !matches!(it.what, Unreachable | Place { .. } | NeverSaved { .. } | SameChoice { .. })
        };
        let is_good = !check(&flow).iter().any(stops);
        let needs_then = |step: &Step| match step {
            Step::Ask(ask) => ask.next.is_none(),
            _ => false,
        };
        // A question that leads nowhere is found when it is read.
        let is_good = is_good && !flow.steps.values().any(needs_then);
        let mut talk = Talk::new(flow, "en");
        for told in &all {
            talk.hears(told);
            prop_assert!(!is_good || talk.run.ended() != Some(Ended::CutOff));
        }
    }

    #[test]
    fn a_run_that_was_stored_goes_on_as_it_would_have(
        flow in any_flow(), all in conversation(), stored_at in any::<prop::sample::Index>(),
    ) {
        let stored_at = stored_at.index(all.len());
        let mut talk = Talk::new(flow.clone(), "de");
        let mut stored = Talk::new(flow, "de");
        for (at, told) in all.iter().enumerate() {
            if at == stored_at {
                let json = serde_json::to_string(&stored.run).unwrap();
                stored.run = serde_json::from_str(&json).unwrap();
            }
            prop_assert_eq!(talk.hears(told), stored.hears(told));
            prop_assert_eq!(&talk.run, &stored.run);
        }
    }

    #[test]
    fn a_run_survives_that_its_flow_is_exchanged(
        flows in vec(any_flow(), 1..4), all in conversation(),
    ) {
        let mut talk = Talk::new(flows[0].clone(), "en");
        for (at, told) in all.iter().enumerate() {
            talk.flow = flows[at % flows.len()].clone();
            talk.hears(told);
        }
    }

    #[test]
    fn any_flow_can_be_checked(flow in any_flow()) {
        let problems = check(&flow);
        prop_assert_eq!(&problems, &check(&flow), "and always says the same");
        prop_assert!(problems.is_sorted_by(|a, b| a.step <= b.step));
    }

    #[test]
    fn a_flow_that_was_read_has_no_problems(json in valid_json()) {
        let flow = crate::flow(&json_whole(&json));
        prop_assert_eq!(check(&flow), []);
    }

    #[test]
    fn any_text_can_be_read(text in any::<String>()) {
        prop_assert!(read(&text).is_err());
    }

    #[test]
    fn any_json_can_be_read(json in "[\\[\\]{}:,\"\\\\ \n0-9a-c.e-]{0,40}") {
        let _ = read(&json);
        let _ = read(&format!("{{\"flow\": 1, \"start\": \"a\", \"steps\": {{\"a\": {json}}}}}"));
    }

    #[test]
    fn a_flow_in_which_something_was_changed_can_be_read(
        changes in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..4_usize), 1..4),
    ) {
        let mut tokens: Vec<&str> = SHOP.split_inclusive([' ', '\n', ',', ':', '"']).collect();
        for (from, to, change) in changes {
            let (from, to) = (from.index(tokens.len()), to.index(tokens.len()));
            match change {
                0 => tokens.swap(from, to),
                1 => tokens.insert(to, tokens[from]),
                2 => tokens[to] = tokens[from],
                _ => drop(tokens.remove(to)),
            }
        }
        let json: String = tokens.concat();
        if let Err(problems) = read(&json) {
            let lines = json.split('\n').count();
            prop_assert!(!problems.is_empty());
            for problem in problems {
                prop_assert!(problem.line.is_none_or(|line| (1..=lines).contains(&line)), "{problem}");
                prop_assert!(problem.step.is_none() || problem.line.is_some(), "{problem}");
            }
        }
    }

    #[test]
    fn any_answer_can_be_read(kind in kind(), said in any::<String>()) {
        if let Some(value) = porchlight_flow::answer::read(kind, &said) {
            prop_assert!(!value.trim().is_empty());
        }
    }

    #[test]
    fn an_answer_that_was_read_is_read_the_same_again(
        kind in kind(), said in "[-+0-9.,/@a-z ()'−٣]{0,14}",
    ) {
        use porchlight_flow::answer::read;
        if let Some(value) = read(kind, &said) {
            prop_assert_eq!(read(kind, &value), Some(value));
        }
    }
}

/// The flow without the steps to which nothing leads: jumps leave some out.
fn json_whole(json: &str) -> String {
    let mut flow: serde_json::Value = serde_json::from_str(json).unwrap();
    while let Err(problems) = read(&flow.to_string()) {
        let mut unreachable = problems
            .iter()
            .filter(|it| it.what == What::Unreachable)
            .filter_map(|it| it.step.as_ref())
            .peekable();
        assert!(unreachable.peek().is_some(), "{problems:?}");
        let steps = flow["steps"].as_object_mut().unwrap();
        unreachable.for_each(|step| drop(steps.remove(step)));
    }
    flow.to_string()
}
