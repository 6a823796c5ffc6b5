//! The outline of a flow: its steps in the order of the conversation.

use std::collections::{BTreeMap, BTreeSet};

use porchlight_flow::answer::Kind;
use porchlight_flow::{Ask, Condition, Flow, Step, StepName, Test, Text};

/// A step, as the outline shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlined {
    /// The name.
    pub name: StepName,
    /// The line of the JSON on which it begins.
    pub line: Option<usize>,
    /// What the bot does.
    pub does: Does,
    /// What the bot says, if it says something; else what it saves.
    pub text: Option<String>,
    /// Where it leads.
    pub exits: Vec<Exit>,
}

/// What the bot does in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// Sends a message.
    Say,
    /// Asks a question.
    Ask,
    /// Chooses the next step by what was saved.
    Decide,
    /// Saves attributes.
    Save,
    /// Waits for so many seconds.
    Wait(u64),
    /// Hands over to a person.
    HandOver,
    /// Closes the conversation.
    Close,
    /// Ends.
    End,
}

/// A way out of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// When it is taken.
    pub when: When,
    /// The step after it; `None` if a person takes over.
    pub to: Option<StepName>,
}

/// When a way is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// In any case.
    Always,
    /// For this choice.
    Choice(String),
    /// For an answer that is written.
    Answered,
    /// After the last wrong answer.
    Wrong,
    /// If this holds, in the words of the JSON.
    Case(String),
    /// If nothing of the kind holds.
    Else,
}

/// The steps of a flow in the order of the conversation, each once, with their texts in the language of the reader.
pub fn outline(flow: &Flow, lines: &BTreeMap<StepName, usize>, language: &str) -> Vec<Outlined> {
    let mut rows = Vec::new();
    let mut seen = BTreeSet::new();
    // The next one is at the end.
    let mut ahead = vec![&flow.start];
    while let Some(name) = ahead.pop() {
        let Some(step) = flow.steps.get(name).filter(|_| seen.insert(name)) else { continue };
        ahead.extend(step.leads_to().into_iter().rev());
        let say = |text: &Text| text.in_language(language, &flow.language).to_owned();
        rows.push(Outlined {
            name: name.clone(),
            line: lines.get(name).copied(),
            does: does(step),
            text: text(step, &say),
            exits: exits(step, &say),
        });
    }
    rows
}

/// The languages in which a bot says and asks something, the flow's own first.
pub fn languages(flow: &Flow) -> Vec<String> {
    let texts = flow.steps.values().filter_map(|step| match step {
        Step::Say { text, .. } => Some(text),
        Step::Ask(ask) => Some(&ask.text),
        Step::HandOver { text } | Step::Close { text } => text.as_ref(),
        Step::Branch { .. } | Step::Set { .. } | Step::Wait { .. } | Step::End => None,
    });
    let tags = texts.flat_map(|text| text.all().into_iter().filter_map(|(tag, _)| tag));
    let further: BTreeSet<&str> = tags.filter(|tag| *tag != flow.language).collect();
    [flow.language.as_str()].into_iter().chain(further).map(str::to_owned).collect()
}

fn does(step: &Step) -> Does {
    match step {
        Step::Say { .. } => Does::Say,
        Step::Ask(_) => Does::Ask,
        Step::Branch { .. } => Does::Decide,
        Step::Set { .. } => Does::Save,
        Step::Wait { ms, .. } => Does::Wait(ms / 1_000),
        Step::HandOver { .. } => Does::HandOver,
        Step::Close { .. } => Does::Close,
        Step::End => Does::End,
    }
}

fn text(step: &Step, say: &impl Fn(&Text) -> String) -> Option<String> {
    match step {
        Step::Say { text, .. } => Some(say(text)),
        Step::Ask(ask) => Some(say(&ask.text)),
        Step::HandOver { text } | Step::Close { text } => text.as_ref().map(say),
        Step::Set { values, .. } => {
            let all = values.iter().map(|(name, value)| format!("{name} = “{}”", say(value)));
            Some(all.collect::<Vec<_>>().join(", "))
        }
        Step::Branch { .. } | Step::Wait { .. } | Step::End => None,
    }
}

fn exits(step: &Step, say: &impl Fn(&Text) -> String) -> Vec<Exit> {
    match step {
        Step::Say { next, .. } | Step::Set { next, .. } | Step::Wait { next, .. } => {
            vec![Exit { when: When::Always, to: Some(next.clone()) }]
        }
        Step::Ask(ask) => exits_of_question(ask, say),
        Step::Branch { cases, otherwise } => {
            let cases = cases.iter().map(|case| Exit {
                when: When::Case(condition(&case.condition)),
                to: Some(case.next.clone()),
            });
            cases.chain([Exit { when: When::Else, to: Some(otherwise.clone()) }]).collect()
        }
        Step::HandOver { .. } | Step::Close { .. } | Step::End => Vec::new(),
    }
}

fn exits_of_question(ask: &Ask, say: &impl Fn(&Text) -> String) -> Vec<Exit> {
    let choices = ask.choices.iter().map(|choice| Exit {
        when: When::Choice(say(&choice.label)),
        to: choice.next.clone().or_else(|| ask.next.clone()),
    });
    let mut exits: Vec<Exit> = choices.collect();
    if ask.kind != Kind::Choice {
        exits.push(Exit { when: When::Answered, to: ask.next.clone() });
    }
    // Every text is an answer.
    if ask.kind != Kind::Text {
        exits.push(Exit { when: When::Wrong, to: ask.otherwise.clone() });
    }
    exits
}

fn condition(Condition { attribute, test }: &Condition) -> String {
    match test {
        Test::Is(value) => format!("{attribute} is “{value}”"),
        Test::IsNot(value) => format!("{attribute} is_not “{value}”"),
        Test::Contains(value) => format!("{attribute} contains “{value}”"),
        Test::Exists(exists) => format!("{attribute} exists {exists}"),
        Test::Above(number) => format!("{attribute} above {}", number.value()),
        Test::Below(number) => format!("{attribute} below {}", number.value()),
    }
}

#[cfg(test)]
mod tests {
    use porchlight_flow::{read, step_lines};

    use super::*;

    const FLOW: &str = r#"{
  "flow": 1,
  "start": "topic",
  "steps": {
    "bye": { "close": true },
    "topic": {
      "ask": { "en": "How can I help?", "de": "Wie kann ich helfen?" },
      "choices": [{ "label": "Hours", "then": "hours" }, { "label": "Order" }],
      "otherwise": "bye",
      "then": "number"
    },
    "hours": { "say": "From 9 to 17.", "then": "topic" },
    "number": { "ask": "Its number?", "answer": "number", "save": "order", "then": "new" },
    "new": { "branch": [{ "if": "order", "above": 1000.5, "then": "pause" }], "else": "bye" },
    "pause": { "wait_s": 90, "then": "note" },
    "note": { "set": { "topic": "order {{order}}" }, "then": "bye" }
  }
}"#;

    fn rows() -> Vec<Outlined> {
        outline(&read(FLOW).unwrap(), &step_lines(FLOW), "de-AT")
    }

    #[test]
    fn steps_come_in_the_order_of_the_conversation_each_once() {
        let rows = rows();
        let names: Vec<_> = rows.iter().map(|row| (row.name.as_str(), row.line)).collect();
        let expected = [
            ("topic", 6),
            ("hours", 12),
            ("number", 13),
            ("new", 14),
            ("pause", 15),
            ("note", 16),
            ("bye", 5),
        ];
        assert_eq!(names, expected.map(|(name, line)| (name, Some(line))));
        assert_eq!(rows[0].text.as_deref(), Some("Wie kann ich helfen?"));
        assert_eq!(rows[4].does, Does::Wait(90));
        assert_eq!(rows[5].text.as_deref(), Some("topic = “order {{order}}”"));
    }

    #[test]
    fn the_languages_of_a_flow_begin_with_its_own() {
        let flow = read(FLOW).unwrap();
        assert_eq!(languages(&flow), [flow.language.as_str(), "de"]);
        assert_eq!(flow.language, "en");
    }

    #[test]
    fn each_way_out_of_a_step_is_told() {
        let rows = rows();
        let exits = |at: usize| -> Vec<(When, Option<&str>)> {
            rows[at].exits.iter().map(|it| (it.when.clone(), it.to.as_deref())).collect()
        };
        assert_eq!(
            exits(0),
            [
                (When::Choice("Hours".to_owned()), Some("hours")),
                (When::Choice("Order".to_owned()), Some("number")),
                (When::Wrong, Some("bye")),
            ]
        );
        assert_eq!(exits(1), [(When::Always, Some("topic"))]);
        assert_eq!(exits(2), [(When::Answered, Some("new")), (When::Wrong, None)]);
        let case = When::Case("order above 1000.5".to_owned());
        assert_eq!(exits(3), [(case, Some("pause")), (When::Else, Some("bye"))]);
        assert!(exits(6).is_empty());
    }
}
