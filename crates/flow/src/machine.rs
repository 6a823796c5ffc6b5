//! The machine that runs a flow.

use std::collections::BTreeMap;

use porchlight_protocol::limits::MESSAGE_CHARS_MAX;
use porchlight_protocol::text::message;
use serde::{Deserialize, Serialize};

use crate::answer::{self, Kind};
use crate::condition::holds;
use crate::flow::{Ask, Choice, Flow, Step, StepName};
use crate::limits::{MESSAGES_AT_ONCE_MAX, STEPS_AT_ONCE_MAX, VALUE_CHARS_MAX};
use crate::text::{Text, cut, fill, plain};

/// Where a conversation is in a flow. Its JSON is stored between two steps: what an older version stored can be read,
/// and what a newer one adds is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The visitor's language, as a BCP 47 tag.
    #[serde(default)]
    language: String,
    /// What was saved, by attribute.
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default)]
    state: State,
    /// Steps since the visitor acted.
    #[serde(default)]
    steps: usize,
    /// Messages since the visitor acted.
    #[serde(default)]
    messages: usize,
}

/// What a run is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
enum State {
    /// It has not begun.
    #[default]
    New,
    /// It waits for an answer.
    Asking {
        /// The step that asks.
        step: StepName,
        /// Wrong answers so far.
        #[serde(default)]
        wrong: u32,
    },
    /// It waits for a time to pass.
    Waiting {
        /// The step after it.
        next: StepName,
    },
    /// It has ended.
    Ended {
        /// How.
        how: Ended,
    },
    /// What a newer version stored and this one does not know. The next input ends it.
    #[serde(other)]
    Unknown,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// A person has to answer.
    HandedOver,
    /// The conversation was closed.
    Closed,
    /// The flow was at its end.
    Finished,
    /// It did too much without the visitor, or its flow has no such step. A person has to answer.
    CutOff,
}

/// What a run is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input<'a> {
    /// The conversation has begun.
    Begin,
    /// The visitor wrote, or pressed a button.
    Said {
        /// What they wrote, or what the button says.
        text: &'a str,
    },
    /// The time of the last [`Do::Wait`] has passed.
    Woke,
    /// A person who had taken over has handed the conversation back: the run goes on from where it was, by asking its
    /// question again or by the step after its wait. One that had ended begins anew.
    HandedBack,
}

/// What the bot does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Do {
    /// Sends a message.
    Say(String),
    /// Sends a question.
    Ask {
        /// The question.
        text: String,
        /// What an answer has to be.
        kind: Kind,
        /// The labels of the choices, if it has some.
        choices: Vec<String>,
    },
    /// Saves an answer, or what the flow sets.
    Save {
        /// The attribute.
        attribute: String,
        /// Its value, which may be empty.
        value: String,
        /// True if the visitor has answered with it, false if the flow sets it.
        asked: bool,
    },
    /// Begins to wait, in place of any wait before.
    Wait {
        /// Milliseconds until [`Input::Woke`].
        ms: u64,
    },
    /// Hands the conversation over to a person.
    HandOver,
    /// Closes the conversation.
    Close,
}

impl Run {
    /// A run that has not begun, for a visitor who reads `language`.
    pub fn new(language: &str) -> Run {
        Run {
            language: language.to_owned(),
            attributes: BTreeMap::new(),
            state: State::New,
            steps: 0,
            messages: 0,
        }
    }

    /// What was saved, by attribute.
    pub fn attributes(&self) -> &BTreeMap<String, String> {
        &self.attributes
    }

    /// The visitor's language.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// How the run ended, if it has.
    pub fn ended(&self) -> Option<Ended> {
        match self.state {
            State::Ended { how } => Some(how),
            _ => None,
        }
    }

    /// True while a [`Do::Wait`] runs. A wait that the run has left needs no [`Input::Woke`].
    pub fn waits(&self) -> bool {
        matches!(self.state, State::Waiting { .. })
    }

    /// True while the run waits for an answer.
    pub fn is_asking(&self) -> bool {
        matches!(self.state, State::Asking { .. })
    }

    /// What the bot does, in this order.
    pub fn step(&mut self, flow: &Flow, input: Input<'_>) -> Vec<Do> {
        if input == Input::HandedBack {
            self.steps = 0;
            self.messages = 0;
            if self.ended().is_some() {
                self.renew();
            }
        }
        if self.ended().is_some() {
            return Vec::new();
        }
        let mut turn = Turn { run: self, flow, done: Vec::new() };
        match (turn.run.state.clone(), input) {
            (State::Unknown, _) => turn.cut_off(),
            (State::New, Input::Begin | Input::HandedBack) => turn.go(Some(&flow.start)),
            (State::Waiting { next }, Input::Woke | Input::HandedBack) => turn.go(Some(&next)),
            (State::Asking { step, .. }, Input::HandedBack) => turn.go(Some(&step)),
            (State::Asking { step, wrong }, Input::Said { text }) => {
                turn.run.steps = 0;
                turn.run.messages = 0;
                turn.said(step, wrong, text);
            }
            _ => {}
        }
        turn.done
    }

    /// Lets the run begin anew with its next input, as for another version of its flow. What was saved stays.
    pub fn renew(&mut self) {
        self.state = State::New;
    }

    /// Ends the run, because a person has taken over.
    pub fn end(&mut self) {
        if self.ended().is_none() {
            self.state = State::Ended { how: Ended::HandedOver };
        }
    }
}

/// A run, its flow, and what it does on one input.
struct Turn<'a> {
    run: &'a mut Run,
    flow: &'a Flow,
    done: Vec<Do>,
}

impl<'a> Turn<'a> {
    fn end(&mut self, how: Ended) {
        self.run.state = State::Ended { how };
    }

    fn cut_off(&mut self) {
        self.end(Ended::CutOff);
        self.done.push(Do::HandOver);
    }

    /// Takes steps, until one waits or ends. No step is a damaged flow or run.
    fn go(&mut self, step: Option<&StepName>) {
        let mut at = step.cloned();
        while let Some(name) = at.take() {
            let flow = self.flow;
            let step = flow.steps.get(&name).filter(|_| self.run.steps < STEPS_AT_ONCE_MAX);
            let Some(step) = step else { break };
            self.run.steps += 1;
            match step {
                Step::Say { text, next } => {
                    if !self.say(text) {
                        break;
                    }
                    at = Some(next.clone());
                }
                Step::Ask(ask) => {
                    if !self.ask(name, ask, &ask.text, 0) {
                        break;
                    }
                    return;
                }
                Step::Branch { cases, otherwise } => {
                    let holds = |condition| holds(condition, &self.run.attributes);
                    let case = cases.iter().find(|case| holds(&case.condition));
                    at = Some(case.map_or(otherwise, |case| &case.next).clone());
                }
                Step::Set { values, next } => {
                    // All from what was saved before: their order has no meaning.
                    let fill = |(attribute, text): (&String, &Text)| {
                        (attribute.clone(), self.filled(text))
                    };
                    let values: Vec<(String, String)> = values.iter().map(fill).collect();
                    for (attribute, value) in values {
                        self.save(attribute, &value, false);
                    }
                    at = Some(next.clone());
                }
                Step::Wait { ms, next } => {
                    self.run.state = State::Waiting { next: next.clone() };
                    self.done.push(Do::Wait { ms: *ms });
                    return;
                }
                Step::HandOver { text } => return self.last(text, Do::HandOver, Ended::HandedOver),
                Step::Close { text } => return self.last(text, Do::Close, Ended::Closed),
                Step::End => return self.end(Ended::Finished),
            }
        }
        self.cut_off();
    }

    fn last(&mut self, text: &Option<Text>, what: Do, how: Ended) {
        if text.as_ref().is_none_or(|text| self.say(text)) {
            self.end(how);
            self.done.push(what);
        } else {
            self.cut_off();
        }
    }

    /// Says the text, unless nothing of it can be seen. False if it was one message too many.
    fn say(&mut self, text: &Text) -> bool {
        let Some(text) = self.message(text) else { return true };
        let fits = self.count_message();
        if fits {
            self.done.push(Do::Say(text));
        }
        fits
    }

    /// Asks the question of a step in the words of `text`. False if that can't be done.
    fn ask(&mut self, step: StepName, ask: &Ask, text: &Text, wrong: u32) -> bool {
        let text = self.message(text).or_else(|| self.message(&ask.text));
        let Some(text) = text.filter(|_| self.count_message()) else { return false };
        let language = |text: &Text| self.in_language(text).trim().to_owned();
        let choices = ask.choices.iter().map(|choice| language(&choice.label)).collect();
        self.done.push(Do::Ask { text, kind: ask.kind, choices });
        self.run.state = State::Asking { step, wrong };
        true
    }

    fn said(&mut self, name: StepName, wrong: u32, text: &str) {
        let Some(ask) = question(self.flow, &name) else { return self.cut_off() };
        if let Some(choice) = labelled(ask, text) {
            return self.answer(ask, choice);
        }
        if let Some(value) = answer::read(ask.kind, text) {
            if let Some(attribute) = &ask.save {
                self.save(attribute.clone(), &value, true);
            }
            return self.go(ask.next.as_ref());
        }
        let wrong = wrong.saturating_add(1);
        if wrong < ask.tries {
            if !self.ask(name, ask, ask.again.as_ref().unwrap_or(&ask.text), wrong) {
                self.cut_off();
            }
        } else if let Some(otherwise) = &ask.otherwise {
            self.go(Some(otherwise));
        } else {
            self.end(Ended::HandedOver);
            self.done.push(Do::HandOver);
        }
    }

    /// Goes on from a choice.
    fn answer(&mut self, ask: &Ask, choice: &Choice) {
        if let Some(attribute) = &ask.save {
            let language = &self.flow.language;
            let label = || choice.label.in_language(language, language).trim();
            let value = choice.value.as_deref().unwrap_or_else(label).to_owned();
            self.save(attribute.clone(), &value, true);
        }
        self.go(choice.next.as_ref().or(ask.next.as_ref()));
    }

    fn save(&mut self, attribute: String, value: &str, asked: bool) {
        let value = cut(value, VALUE_CHARS_MAX).to_owned();
        self.run.attributes.insert(attribute.clone(), value.clone());
        self.done.push(Do::Save { attribute, value, asked });
    }

    fn in_language<'b>(&self, text: &'b Text) -> &'b str {
        text.in_language(&self.run.language, &self.flow.language)
    }

    fn filled(&self, text: &Text) -> String {
        fill(self.in_language(text), &self.run.attributes)
    }

    /// The text as a message, or `None` if nothing of it can be seen.
    fn message(&self, text: &Text) -> Option<String> {
        message(cut(&self.filled(text), MESSAGE_CHARS_MAX)).ok()
    }

    /// True if one more message may be sent without the visitor.
    fn count_message(&mut self) -> bool {
        let fits = self.run.messages < MESSAGES_AT_ONCE_MAX;
        self.run.messages += usize::from(fits);
        fits
    }
}

/// The question of a step, if it is one.
fn question<'a>(flow: &'a Flow, name: &str) -> Option<&'a Ask> {
    match flow.steps.get(name)? {
        Step::Ask(ask) => Some(ask),
        _ => None,
    }
}

/// The choice that says what the visitor wrote, in any language.
fn labelled<'a>(ask: &'a Ask, said: &str) -> Option<&'a Choice> {
    let said = plain(said);
    let says = |choice: &&Choice| choice.label.all().iter().any(|(_, label)| plain(label) == said);
    ask.choices.iter().find(says)
}
