//! What is wrong with a flow: first each of its parts, then how they hang together.

use std::collections::{BTreeMap, BTreeSet};

use porchlight_protocol::notice::language;
use porchlight_protocol::text;

use crate::flow::{Ask, Case, Flow, Step, StepName, Test};
use crate::graph;
use crate::limits::{
    ATTRIBUTES_MAX, CASES_MAX, CHOICE_CHARS_MAX, CHOICES_MAX, NAME_CHARS_MAX, STEPS_MAX, TRIES_MAX,
    VALUE_CHARS_MAX, WAIT_S_MAX,
};
use crate::problem::{Problem, What};
use crate::text::{Text, fill, places, plain};

/// All that keeps the flow from being published: first what concerns the flow, then by step. The lines are not known
/// here; [`crate::read`] knows them.
pub fn check(flow: &Flow) -> Vec<Problem> {
    let mut problems = parts(flow);
    problems.extend(whole(flow));
    problems.sort_by(|a, b| a.step.cmp(&b.step));
    problems
}

/// What is wrong with single parts of the flow.
pub(crate) fn parts(flow: &Flow) -> Vec<Problem> {
    let mut found = Found { problems: Vec::new(), step: None };
    if flow.steps.is_empty() || flow.steps.len() > STEPS_MAX {
        found.add(What::StepCount { count: flow.steps.len() });
    }
    if language(&flow.language).is_none() {
        found.add(What::Language { tag: flow.language.clone() });
    }
    if !flow.steps.is_empty() {
        found.target(flow, &flow.start);
    }
    for (name, step) in &flow.steps {
        found.step = Some(name);
        found.name(name);
        found.step(step);
        let mut targets = step.leads_to();
        targets.sort();
        targets.dedup();
        for target in targets {
            found.target(flow, target);
        }
    }
    found.problems
}

/// What is wrong with the flow as a whole.
pub(crate) fn whole(flow: &Flow) -> Vec<Problem> {
    let mut problems = attributes(flow);
    if flow.steps.len() <= STEPS_MAX {
        problems.extend(graph::check(flow));
    }
    problems
}

/// What is wrong with the attributes that steps save and use.
fn attributes(flow: &Flow) -> Vec<Problem> {
    let saved: BTreeSet<&str> = flow.steps.values().flat_map(saves).collect();
    let mut found = Found { problems: Vec::new(), step: None };
    if saved.len() > ATTRIBUTES_MAX {
        found.add(What::TooManyAttributes);
    }
    for (name, step) in &flow.steps {
        found.step = Some(name);
        let texts = texts(step);
        let used = texts.iter().flat_map(|(_, text)| text.all());
        let used: BTreeSet<&str> = used.flat_map(|(_, text)| places(text)).collect();
        for attribute in used.difference(&saved) {
            found.add(What::Place { attribute: (*attribute).to_owned() });
        }
        let Step::Branch { cases, .. } = step else { continue };
        let used: BTreeSet<&str> =
            cases.iter().map(|case| case.condition.attribute.as_str()).collect();
        for attribute in used.difference(&saved) {
            found.add(What::NeverSaved { attribute: (*attribute).to_owned() });
        }
    }
    found.problems
}

/// The attributes that a step saves.
fn saves(step: &Step) -> Vec<&str> {
    match step {
        Step::Ask(ask) => ask.save.iter().map(String::as_str).collect(),
        Step::Set { values, .. } => values.keys().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The texts of a step that have places, each with its field.
fn texts(step: &Step) -> Vec<(&'static str, &Text)> {
    match step {
        Step::Say { text, .. } => vec![("say", text)],
        Step::Ask(ask) => {
            let again = ask.again.iter().map(|text| ("again", text));
            [("ask", &ask.text)].into_iter().chain(again).collect()
        }
        Step::Set { values, .. } => values.values().map(|text| ("set", text)).collect(),
        Step::HandOver { text } => text.iter().map(|text| ("hand_over", text)).collect(),
        Step::Close { text } => text.iter().map(|text| ("close", text)).collect(),
        Step::Branch { .. } | Step::Wait { .. } | Step::End => Vec::new(),
    }
}

/// What was found, and the step that is looked at.
struct Found<'a> {
    problems: Vec<Problem>,
    step: Option<&'a str>,
}

impl Found<'_> {
    fn add(&mut self, what: What) {
        self.problems.push(Problem { line: None, step: self.step.map(str::to_owned), what });
    }

    fn name(&mut self, name: &str) {
        let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count());
        if !fits || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_')) {
            self.add(What::Name { name: name.to_owned() });
        }
    }

    fn target(&mut self, flow: &Flow, target: &StepName) {
        if !flow.steps.contains_key(target) {
            self.add(What::Unknown { target: target.clone() });
        }
    }

    fn step(&mut self, step: &Step) {
        for (field, text) in texts(step) {
            self.text(field, text, |text| match field {
                // It may be empty: that is how an attribute is taken back.
                "set" => text.chars().count() <= VALUE_CHARS_MAX,
                // A question without its attributes has to be one still: it can't be left out.
                "ask" | "again" => {
                    text::message(text).is_ok() && !text::is_blank(&fill(text, &BTreeMap::new()))
                }
                _ => text::message(text).is_ok(),
            });
        }
        match step {
            Step::Ask(ask) => self.ask(ask),
            Step::Branch { cases, .. } => self.cases(cases),
            Step::Set { values, .. } => {
                if values.is_empty() {
                    self.add(What::Count { field: "set", min: 1, max: ATTRIBUTES_MAX });
                }
                for attribute in values.keys() {
                    self.name(attribute);
                }
            }
            Step::Wait { ms, .. } if !(1_000..=WAIT_S_MAX * 1_000).contains(ms) => {
                self.add(What::Range { field: "wait_s", min: 1, max: WAIT_S_MAX });
            }
            _ => {}
        }
    }

    /// Looks at the languages of a text, and at the text in each of them.
    fn text(&mut self, field: &str, text: &Text, fits: impl Fn(&str) -> bool) {
        let all = text.all();
        for tag in all.iter().filter_map(|(tag, _)| *tag) {
            if language(tag).is_none() {
                self.add(What::Language { tag: tag.to_owned() });
            }
        }
        if all.is_empty() || !all.iter().all(|(_, text)| is_shown(text) && fits(text)) {
            self.add(What::Text { field: field.to_owned() });
        }
    }

    fn ask(&mut self, ask: &Ask) {
        if let Some(attribute) = &ask.save {
            self.name(attribute);
        }
        if !(1..=TRIES_MAX).contains(&ask.tries) {
            self.add(What::Range { field: "tries", min: 1, max: TRIES_MAX.into() });
        }
        if ask.choices.len() > CHOICES_MAX {
            self.add(What::Count { field: "choices", min: 1, max: CHOICES_MAX });
        }
        for choice in &ask.choices {
            self.text("label", &choice.label, |text| {
                text::message(text).is_ok_and(|text| text.chars().count() <= CHOICE_CHARS_MAX)
                    && text.trim().lines().count() == 1
            });
            if let Some((_, text)) = choice.label.all().iter().find(|(_, t)| !places(t).is_empty())
            {
                self.add(What::PlaceInLabel { label: (*text).to_owned() });
            }
            if choice.value.as_ref().is_some_and(|value| !is_value(value)) {
                self.add(What::Text { field: "value".to_owned() });
            }
        }
        self.labels(ask);
    }

    /// Looks for choices that say the same. What one says in a language must not be what another says in the next: a
    /// visitor who types it could mean both.
    fn labels(&mut self, ask: &Ask) {
        let mut seen = BTreeSet::new();
        for choice in &ask.choices {
            let labels: BTreeSet<String> =
                choice.label.all().iter().map(|(_, label)| plain(label)).collect();
            if let Some(label) = labels.intersection(&seen).next() {
                self.add(What::SameChoice { label: label.clone() });
            }
            seen.extend(labels);
        }
    }

    fn cases(&mut self, cases: &[Case]) {
        if cases.len() > CASES_MAX {
            self.add(What::Count { field: "branch", min: 1, max: CASES_MAX });
        }
        for case in cases {
            self.name(&case.condition.attribute);
            let (field, value) = match &case.condition.test {
                Test::Is(value) => ("is", value),
                Test::IsNot(value) => ("is_not", value),
                Test::Contains(value) => ("contains", value),
                Test::Exists(_) | Test::Above(_) | Test::Below(_) => continue,
            };
            if !is_value(value) {
                self.add(What::Text { field: field.to_owned() });
            }
        }
    }
}

/// True if an attribute can have the value, and it is not nothing.
fn is_value(value: &str) -> bool {
    is_shown(value) && !text::is_blank(value) && value.chars().count() <= VALUE_CHARS_MAX
}

/// True if each character can be shown.
fn is_shown(text: &str) -> bool {
    text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'))
}
