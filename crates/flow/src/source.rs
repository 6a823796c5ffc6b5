//! Flows from JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Number as JsonNumber;

use crate::answer::Kind;
use crate::flow::{Ask, Case, Choice, Condition, Flow, Number, Step, StepName, Test};
use crate::limits::{CASES_MAX, CHOICES_MAX, FLOW_BYTES_MAX, TRIES, TRIES_MAX, WAIT_S_MAX};
use crate::problem::{Problem, What};
use crate::raw::{Head, RawCase, RawChoice, RawFlow, RawStep};
use crate::text::Text;
use crate::{check, lines};

/// The version of the format that this crate reads.
const VERSION: u64 = 1;

/// The language of a flow that says none.
const LANGUAGE: &str = "en";

/// The flow that a JSON text holds, or all that is wrong with it, by line. If the text can't be parsed, or is too large
/// or of another version, this is the only problem. What concerns the flow as a whole, such as loops, is checked if each
/// step is complete.
pub fn read(json: &str) -> Result<Flow, Vec<Problem>> {
    if json.len() > FLOW_BYTES_MAX {
        return Err(vec![Problem::of_flow(What::TooLarge)]);
    }
    // Before all else: a later version may have fields that this one does not know.
    match serde_json::from_str::<Head>(json) {
        Ok(Head { flow: version }) if version != VERSION => {
            return Err(vec![Problem::of_flow(What::Version { version })]);
        }
        _ => {}
    }
    let raw: RawFlow = serde_json::from_str(json).map_err(|error| vec![malformed(&error)])?;
    let lines = lines::of_steps(json);

    let mut reader = Reader::default();
    if raw.flow.is_none() {
        reader.problems.push(Problem::of_flow(What::Missing { field: "flow" }));
    }
    let start = reader.needed(None, raw.start, "start");
    let mut steps = BTreeMap::new();
    let mut line_of = BTreeMap::new();
    let mut at = lines.into_iter();
    for (name, raw) in raw.steps.map(|steps| steps.0).unwrap_or_default() {
        let line = at.next();
        if steps.contains_key(&name) {
            reader.is_complete = false;
            reader.problems.push(Problem { line, ..Problem::of(&name, What::Twice) });
            continue;
        }
        let step = reader.step(&name, raw);
        line_of.insert(name.clone(), line);
        steps.insert(name, step);
    }
    let language = raw.language.unwrap_or_else(|| LANGUAGE.to_owned());
    let flow = Flow { start, language, steps };

    let mut problems = reader.problems;
    problems.extend(check::parts(&flow).into_iter().filter(|problem| {
        // What is missing has been said.
        let is_nothing = matches!(&problem.what, What::Unknown { target } if target.is_empty());
        !(is_nothing && reader.incomplete.contains(&problem.step))
    }));
    if reader.is_complete {
        problems.extend(check::whole(&flow));
    }
    for problem in &mut problems {
        let line = || line_of.get(problem.step.as_ref()?).copied().flatten();
        problem.line = problem.line.or_else(line);
    }
    problems.sort_by_key(|problem| problem.line);
    if problems.is_empty() { Ok(flow) } else { Err(problems) }
}

/// The line on which each step begins, from 1. Empty if the text can't be parsed.
pub fn step_lines(json: &str) -> BTreeMap<StepName, usize> {
    let raw: Option<RawFlow> = serde_json::from_str(json).ok();
    let steps = raw.and_then(|raw| raw.steps).map(|steps| steps.0).unwrap_or_default();
    let mut found = BTreeMap::new();
    for ((name, _), line) in steps.into_iter().zip(lines::of_steps(json)) {
        found.entry(name).or_insert(line);
    }
    found
}

/// What the parser says, with the line apart.
fn malformed(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    let position = format!(" at line {line} column {column}");
    let message = message.strip_suffix(&position).unwrap_or(&message).to_owned();
    let line = (line > 0).then_some(line);
    Problem { line, step: None, what: What::Malformed { message } }
}

/// The fields that belong to a verb.
fn fields_of(verb: &str) -> &'static [&'static str] {
    match verb {
        "say" | "set" | "wait_s" => &["then"],
        "ask" => &["choices", "answer", "save", "tries", "again", "otherwise", "then"],
        "branch" => &["else"],
        _ => &[],
    }
}

/// Makes steps of raw ones, and collects what is wrong with them.
struct Reader {
    problems: Vec<Problem>,
    /// The steps of which something is missing; `None` is the flow.
    incomplete: BTreeSet<Option<StepName>>,
    is_complete: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Reader { problems: Vec::new(), incomplete: BTreeSet::new(), is_complete: true }
    }
}

impl Reader {
    fn wrong(&mut self, step: &str, what: What) {
        self.problems.push(Problem::of(step, what));
    }

    /// Says that something without which a step can't be judged is wrong.
    fn incomplete(&mut self, step: Option<&str>, what: What) {
        let step = step.map(str::to_owned);
        self.problems.push(Problem { line: None, step: step.clone(), what });
        self.incomplete.insert(step);
        self.is_complete = false;
    }

    fn needed(&mut self, step: Option<&str>, value: Option<String>, field: &'static str) -> String {
        value.unwrap_or_else(|| {
            self.incomplete(step, What::Missing { field });
            String::new()
        })
    }

    /// The step. If it has no single verb, it stands as an end, so that its name is known.
    fn step(&mut self, name: &str, raw: RawStep) -> Step {
        let verbs = raw.verbs();
        let [verb] = verbs.as_slice() else {
            self.incomplete(Some(name), What::Verb { found: verbs });
            return Step::End;
        };
        for field in raw.fields() {
            if !fields_of(verb).contains(&field) {
                self.wrong(name, What::Stray { field });
            }
        }
        match raw {
            RawStep { say: Some(text), then, .. } => {
                Step::Say { text, next: self.needed(Some(name), then, "then") }
            }
            RawStep { set: Some(values), then, .. } => {
                Step::Set { values: values.0, next: self.needed(Some(name), then, "then") }
            }
            RawStep { wait_s: Some(seconds), then, .. } => {
                let s = self.number(name, &seconds, "wait_s", WAIT_S_MAX);
                let next = self.needed(Some(name), then, "then");
                Step::Wait { ms: s.saturating_mul(1_000), next }
            }
            RawStep { branch: Some(cases), otherwise_than_cases, .. } => {
                if cases.is_empty() {
                    self.wrong(name, What::Count { field: "branch", min: 1, max: CASES_MAX });
                }
                let cases = cases.into_iter().filter_map(|case| self.case(name, case)).collect();
                let otherwise = self.needed(Some(name), otherwise_than_cases, "else");
                Step::Branch { cases, otherwise }
            }
            RawStep { hand_over: Some(last), .. } => Step::HandOver { text: last.0 },
            RawStep { close: Some(last), .. } => Step::Close { text: last.0 },
            RawStep { ask: Some(_), .. } => self.ask(name, raw),
            _ => Step::End,
        }
    }

    fn ask(&mut self, name: &str, raw: RawStep) -> Step {
        if raw.choices.as_ref().is_some_and(Vec::is_empty) {
            self.wrong(name, What::Count { field: "choices", min: 1, max: CHOICES_MAX });
        }
        if raw.choices.is_none() && raw.answer == Some(Kind::Choice) {
            self.incomplete(Some(name), What::Missing { field: "choices" });
        }
        let has_choices = raw.choices.is_some();
        let choices = raw.choices.unwrap_or_default();
        let choices: Vec<Choice> =
            choices.into_iter().map(|choice| self.choice(name, choice)).collect();
        let kind = raw.answer.unwrap_or(if has_choices { Kind::Choice } else { Kind::Text });
        let goes_on_by_choices =
            kind == Kind::Choice && choices.iter().all(|choice| choice.next.is_some());
        if raw.then.is_none() && !goes_on_by_choices {
            self.incomplete(Some(name), What::Missing { field: "then" });
        }
        let tries = match raw.tries {
            Some(tries) => {
                let tries = self.number(name, &tries, "tries", TRIES_MAX.into());
                u32::try_from(tries).unwrap_or(TRIES_MAX)
            }
            None => TRIES,
        };
        Step::Ask(Ask {
            text: raw.ask.unwrap_or_else(|| Text::One(String::new())),
            kind,
            choices,
            save: raw.save,
            tries,
            again: raw.again,
            otherwise: raw.otherwise,
            next: raw.then,
        })
    }

    fn choice(&mut self, step: &str, raw: RawChoice) -> Choice {
        let label = raw.label.unwrap_or_else(|| {
            self.incomplete(Some(step), What::Missing { field: "label" });
            Text::One(String::new())
        });
        Choice { label, value: raw.value, next: raw.then }
    }

    fn case(&mut self, step: &str, raw: RawCase) -> Option<Case> {
        let tests = raw.tests();
        if tests.len() != 1 {
            self.incomplete(Some(step), What::Test { found: tests });
        }
        let attribute = self.needed(Some(step), raw.attribute, "if");
        let next = self.needed(Some(step), raw.then, "then");
        let number = |number: JsonNumber| number.as_f64().and_then(Number::new);
        let texts = [
            raw.is.map(Test::Is),
            raw.is_not.map(Test::IsNot),
            raw.contains.map(Test::Contains),
            raw.exists.map(Test::Exists),
            raw.above.and_then(number).map(Test::Above),
            raw.below.and_then(number).map(Test::Below),
        ];
        let test = texts.into_iter().flatten().next()?;
        Some(Case { condition: Condition { attribute, test }, next })
    }

    /// A whole number from 1 to `max`; of any other, the nearest.
    fn number(&mut self, step: &str, number: &JsonNumber, field: &'static str, max: u64) -> u64 {
        let number = number.as_u64().filter(|number| (1..=max).contains(number));
        number.unwrap_or_else(|| {
            self.wrong(step, What::Range { field, min: 1, max });
            1
        })
    }
}
