//! What is wrong with a flow, for the person who writes it.

use std::fmt;

use serde::Serialize;

/// What a step does: each does one of these.
pub const VERBS: [&str; 8] = ["say", "ask", "branch", "set", "wait_s", "hand_over", "close", "end"];

/// What a case tests: each tests one of these.
pub const TESTS: [&str; 6] = ["is", "is_not", "contains", "exists", "above", "below"];

/// Something that keeps a flow from being published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The line of the JSON on which it is, from 1; absent if it is about the flow as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The step that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What is wrong.
    #[serde(flatten)]
    pub what: What,
}

/// What is wrong with a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "problem")]
pub enum What {
    /// It is larger than [`crate::limits::FLOW_BYTES_MAX`].
    TooLarge,
    /// It is no JSON, or a field is unknown or of another type.
    Malformed {
        /// What the parser says.
        message: String,
    },
    /// It was written for a later version of Porchlight.
    Version {
        /// Its version.
        version: u64,
    },
    /// It has no steps, or more than [`crate::limits::STEPS_MAX`].
    StepCount {
        /// How many it has.
        count: usize,
    },
    /// A name that is none: letters, digits, `-` and `_`, [`crate::limits::NAME_CHARS_MAX`] at most.
    Name {
        /// The name.
        name: String,
    },
    /// A step with the name of another one before it.
    Twice,
    /// A step that does nothing, or two things at once.
    Verb {
        /// What it does.
        found: Vec<&'static str>,
    },
    /// A case that tests nothing, or two things at once.
    Test {
        /// What it tests.
        found: Vec<&'static str>,
    },
    /// A field that has no meaning in such a step.
    Stray {
        /// The field.
        field: &'static str,
    },
    /// A field is missing.
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A step that is named and does not exist.
    Unknown {
        /// The name.
        target: String,
    },
    /// A step to which nothing leads.
    Unreachable,
    /// Steps that lead to each other without a question between them.
    Loop {
        /// The steps, in their order.
        steps: Vec<String>,
    },
    /// A text that is empty, too long, or has characters that can't be shown.
    Text {
        /// Its field.
        field: String,
    },
    /// A language tag that is none.
    Language {
        /// The tag.
        tag: String,
    },
    /// A list with too few or too many entries.
    Count {
        /// Its field.
        field: &'static str,
        /// The fewest.
        min: usize,
        /// The most.
        max: usize,
    },
    /// A number out of its range.
    Range {
        /// Its field.
        field: &'static str,
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// Two choices that say the same.
    SameChoice {
        /// What they say.
        label: String,
    },
    /// A place for an attribute in the label of a choice.
    PlaceInLabel {
        /// What it says.
        label: String,
    },
    /// A place for an attribute that nothing saves.
    Place {
        /// The attribute.
        attribute: String,
    },
    /// A case that looks at an attribute that nothing saves.
    NeverSaved {
        /// The attribute.
        attribute: String,
    },
    /// More messages one after another, or more steps, than a run may take without the visitor: it would be cut off.
    TooMuchAtOnce {
        /// What there is too much of: `messages` or `steps`.
        of: &'static str,
        /// How many there are from here on.
        count: usize,
        /// The most.
        max: usize,
    },
    /// More attributes than [`crate::limits::ATTRIBUTES_MAX`].
    TooManyAttributes,
}

impl Problem {
    /// A problem of the flow as a whole.
    pub(crate) fn of_flow(what: What) -> Self {
        Problem { line: None, step: None, what }
    }

    /// A problem of a step.
    pub(crate) fn of(step: &str, what: What) -> Self {
        Problem { line: None, step: Some(step.to_owned()), what }
    }
}

impl fmt::Display for Problem {
    /// Where it is, what is wrong, and what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, &self.step) {
            (Some(line), Some(step)) => write!(f, "line {line}, step {step}: ")?,
            (Some(line), None) => write!(f, "line {line}: ")?,
            (None, Some(step)) => write!(f, "step {step}: ")?,
            (None, None) => {}
        }
        self.what.fmt(f)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use crate::limits::{ATTRIBUTES_MAX, FLOW_BYTES_MAX, NAME_CHARS_MAX, STEPS_MAX};
        match self {
            What::TooLarge => write!(f, "a flow has {} KB at most", FLOW_BYTES_MAX / 1024),
            What::Malformed { message } => write!(f, "{message}"),
            What::Version { version } => write!(
                f,
                "this flow is of version {version}, and this Porchlight reads version 1: update Porchlight, \
                 or write \"flow\": 1"
            ),
            What::StepCount { count: 0 } => write!(f, "there are no steps: write at least one"),
            What::StepCount { count } => {
                write!(f, "{count} steps are too many: a flow has {STEPS_MAX} at most")
            }
            What::Name { name } => write!(
                f,
                "{name:?} is no name: use letters, digits, - and _, {NAME_CHARS_MAX} characters at most"
            ),
            What::Verb { found } if found.is_empty() => {
                write!(f, "it does nothing: write one of {}", VERBS.join(", "))
            }
            What::Verb { found } => {
                write!(f, "it does several things ({}): make a step of each", found.join(", "))
            }
            What::Twice => write!(f, "there are two steps of this name: give one of them another"),
            What::Test { found } if found.is_empty() => {
                write!(f, "a case tests nothing: write one of {}", TESTS.join(", "))
            }
            What::Test { found } => {
                write!(f, "a case tests several things ({}): make a case of each", found.join(", "))
            }
            What::Stray { field } => write!(f, "{field} has no meaning here: remove it"),
            What::Missing { field } => write!(f, "{field} is missing"),
            What::Unknown { target } => {
                write!(f, "there is no step {target:?}: write it, or lead somewhere else")
            }
            What::Unreachable => write!(f, "nothing leads to it: lead a step to it, or remove it"),
            What::Loop { steps } => write!(
                f,
                "{} go round without a question, so the bot would never stop: ask something between them",
                steps.join(" → ")
            ),
            What::Text { field } => {
                write!(f, "{field} is empty, too long, or has characters that can't be shown")
            }
            What::Language { tag } => {
                write!(f, "{tag:?} is no language: write a tag such as en or pt-BR")
            }
            What::Count { field, min, max } => write!(f, "{field} has {min} to {max} entries"),
            What::Range { field, min, max } => {
                write!(f, "{field} is a whole number from {min} to {max}")
            }
            What::SameChoice { label } => {
                write!(f, "two choices say {label:?}: a visitor can't tell them apart")
            }
            What::PlaceInLabel { label } => {
                write!(f, "a choice says the same to everybody: take the place out of {label:?}")
            }
            What::NeverSaved { attribute } => write!(
                f,
                "nothing saves {attribute}, so the case never changes: save an answer in it, or set it"
            ),
            What::TooMuchAtOnce { of, count, max } => write!(
                f,
                "from here on come {count} {of} without a question, and after {max} a person takes over: ask something, \
                 or say less"
            ),
            What::Place { attribute } => write!(
                f,
                "nothing saves {attribute}, so its place stays empty: save an answer in it, or set it"
            ),
            What::TooManyAttributes => {
                write!(f, "a flow saves {ATTRIBUTES_MAX} attributes at most")
            }
        }
    }
}
