//! A flow, as the machine runs it. [`crate::read`] makes it from JSON.

use std::collections::BTreeMap;

use crate::answer::Kind;
use crate::text::Text;

/// The name of a step.
pub type StepName = String;

/// What a bot says and asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// The step that a run begins with.
    pub start: StepName,
    /// The language of texts that are given in one language only, and the one for visitors of all others.
    pub language: String,
    /// The steps by name.
    pub steps: BTreeMap<StepName, Step>,
}

/// A step of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Sends a message.
    Say {
        /// The message.
        text: Text,
        /// The step after it.
        next: StepName,
    },
    /// Sends a question and waits for the answer.
    Ask(Ask),
    /// Goes on where the first case that holds leads.
    Branch {
        /// The cases in their order.
        cases: Vec<Case>,
        /// Where none holds.
        otherwise: StepName,
    },
    /// Sets attributes.
    Set {
        /// The values by attribute.
        values: BTreeMap<String, Text>,
        /// The step after it.
        next: StepName,
    },
    /// Waits.
    Wait {
        /// Milliseconds.
        ms: u64,
        /// The step after it.
        next: StepName,
    },
    /// Hands the conversation over to a person, and ends.
    HandOver {
        /// What the bot says of it.
        text: Option<Text>,
    },
    /// Closes the conversation, and ends.
    Close {
        /// What the bot says before.
        text: Option<Text>,
    },
    /// Ends. The conversation stays open, and the team sees what is written in it.
    End,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The question.
    pub text: Text,
    /// What an answer has to be.
    pub kind: Kind,
    /// The choices, if it has some; each leads somewhere else.
    pub choices: Vec<Choice>,
    /// The attribute that takes the answer.
    pub save: Option<String>,
    /// How many answers the visitor may give until one is right.
    pub tries: u32,
    /// What is said after an answer that is not; by default the question itself.
    pub again: Option<Text>,
    /// The step after the last try; by default a person takes over.
    pub otherwise: Option<StepName>,
    /// The step after an answer, for those whose choice leads nowhere else.
    pub next: Option<StepName>,
}

/// A choice of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What the button says.
    pub label: Text,
    /// What is saved; by default the label in the flow's language.
    pub value: Option<String>,
    /// The step after it; by default the question's.
    pub next: Option<StepName>,
}

/// A case of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What has to hold.
    pub condition: Condition,
    /// Where it leads.
    pub next: StepName,
}

/// Something that holds or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The attribute that is looked at.
    pub attribute: String,
    /// What its value has to be.
    pub test: Test,
}

/// What a value has to be. Texts are compared without regard to case and to white space around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// This text.
    Is(String),
    /// Another text, or nothing.
    IsNot(String),
    /// A text with this one in it.
    Contains(String),
    /// Something (true) or nothing (false).
    Exists(bool),
    /// A number above this one.
    Above(Number),
    /// A number below this one.
    Below(Number),
}

/// A number of a flow, in its decimal form: compared as a number, stored as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number(String);

impl Number {
    /// The number, if it is finite.
    pub fn new(number: f64) -> Option<Self> {
        number.is_finite().then(|| Number(number.to_string()))
    }

    /// Its value.
    pub fn value(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }
}

impl Step {
    /// The steps that this one leads to.
    pub fn leads_to(&self) -> Vec<&StepName> {
        match self {
            Step::Say { next, .. } | Step::Set { next, .. } | Step::Wait { next, .. } => vec![next],
            Step::Ask(ask) => ask.leads_to(),
            Step::Branch { cases, otherwise } => {
                cases.iter().map(|case| &case.next).chain([otherwise]).collect()
            }
            Step::HandOver { .. } | Step::Close { .. } | Step::End => Vec::new(),
        }
    }

    /// True if a run stops here until the visitor does something, or for good.
    pub fn stops(&self) -> bool {
        matches!(self, Step::Ask(_) | Step::HandOver { .. } | Step::Close { .. } | Step::End)
    }
}

impl Ask {
    /// The steps that it leads to.
    fn leads_to(&self) -> Vec<&StepName> {
        let choices = self.choices.iter().filter_map(|choice| choice.next.as_ref());
        choices.chain(&self.next).chain(&self.otherwise).collect()
    }
}
