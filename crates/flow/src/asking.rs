//! What a live chat asks its visitor after the first message, as a pure machine.
//!
//! The machine holds the questions with which it began, in the words in which they are asked. So it goes on by these,
//! whatever the site's settings are by then, and its state is all that is stored.

use porchlight_protocol::limits::{ATTRIBUTE_CHARS_MAX, CHOICE_CHARS_MAX};
use porchlight_protocol::person;
use serde::{Deserialize, Serialize};

use crate::answer::{self, Kind};
use crate::mail;
use crate::text::{cut, plain};

/// Answers to a question of which none fits: after so many, the next one is asked.
pub const TRIES: u32 = 3;

/// Words of a name: more are a sentence.
const NAME_WORDS_MAX: usize = 5;

/// What is said beside the questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phrases {
    /// After an answer that is no e-mail address.
    pub email_again: String,
    /// After one that is no telephone number.
    pub phone_again: String,
    /// After one that is no name, or nothing that can be kept.
    pub again: String,
    /// Before the address that was probably meant, and the one that was written, which are choices.
    pub meant: String,
    /// On the button of what need not be answered.
    pub skip: String,
    /// After the last question, if something was answered.
    pub thanks: String,
}

/// A question, in the words in which it is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What of the visitor's record the answer is.
    pub field: String,
    /// True if it is asked again until an answer fits, [`TRIES`] times. If not, it has a button to skip it.
    pub required: bool,
    /// The question.
    pub text: String,
}

/// Where a live chat is in its questions. Its JSON is stored between two messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    /// The questions.
    asks: Vec<Asked>,
    phrases: Phrases,
    /// The place of the question that is open; behind the last if none is.
    at: usize,
    /// Answers to it that did not fit.
    #[serde(default)]
    wrong: u32,
    /// The address that was written, while it is asked whether another was meant.
    #[serde(default)]
    written: Option<String>,
    /// True if something was answered.
    #[serde(default)]
    answered: bool,
}

/// What the site does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Does {
    /// Sends a message.
    Say(String),
    /// Sends a question with choices.
    Ask {
        /// The question.
        text: String,
        /// The choices.
        choices: Vec<String>,
    },
    /// Takes an answer over into the visitor's record.
    Save {
        /// The field of the record.
        field: String,
        /// The answer.
        value: String,
    },
}

impl Asking {
    /// The first question, and what is stored of it. `None` if there is nothing to ask.
    pub fn begin(asks: Vec<Asked>, mut phrases: Phrases) -> Option<(Asking, Does)> {
        // A site may say it in more words than fit on a button.
        phrases.skip = cut(phrases.skip.trim(), CHOICE_CHARS_MAX).trim().to_owned();
        let asking = Asking { asks, phrases, at: 0, wrong: 0, written: None, answered: false };
        let first = asking.question()?;
        Some((asking, first))
    }

    /// What is asked, or was: the fields of the record.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.asks.iter().map(|asked| asked.field.as_str())
    }

    /// True once nothing is asked any more.
    pub fn is_over(&self) -> bool {
        self.at >= self.asks.len()
    }

    /// Asks nothing any more: an agent has taken over.
    pub fn end(&mut self) {
        self.at = self.asks.len();
        self.written = None;
    }

    /// What the site does after the visitor has written this.
    pub fn said(&mut self, text: &str) -> Vec<Does> {
        let Some(asked) = self.asks.get(self.at).cloned() else { return Vec::new() };
        let kind = kind_of(&asked.field);
        if let Some(written) = self.written.take()
            && plain(&written) == plain(text)
        {
            return self.take(asked.field, written);
        }
        if !asked.required && plain(text) == plain(&self.phrases.skip) {
            return self.next();
        }
        match read(&asked.field, kind, text) {
            Some(value) => match self.suggestion(kind, &value, text) {
                Some(does) => vec![does],
                None => self.take(asked.field, value),
            },
            None if !asked.required && !is_attempt(kind, text) => self.next(),
            None => {
                self.wrong = self.wrong.saturating_add(1);
                if self.wrong < TRIES { vec![self.again(kind, &asked)] } else { self.next() }
            }
        }
    }

    /// Asks whether another address was meant, once for each question.
    fn suggestion(&mut self, kind: Kind, value: &str, text: &str) -> Option<Does> {
        let meant = mail::meant(value).filter(|_| kind == Kind::Email)?;
        // Who chooses the one that was suggested is not asked again: it has no slip. Nor who writes another slip.
        let fits = |address: &str| address.chars().count() <= CHOICE_CHARS_MAX;
        if self.wrong >= TRIES - 1 || !fits(&meant) || !fits(text.trim()) {
            return None;
        }
        self.wrong += 1;
        self.written = Some(value.to_owned());
        let choices = vec![meant, value.to_owned()];
        Some(Does::Ask { text: self.phrases.meant.clone(), choices })
    }

    fn take(&mut self, field: String, value: String) -> Vec<Does> {
        self.answered = true;
        let mut does = vec![Does::Save { field, value }];
        does.extend(self.next());
        does
    }

    fn next(&mut self) -> Vec<Does> {
        self.at += 1;
        self.wrong = 0;
        match self.question() {
            Some(question) => vec![question],
            None if self.answered => vec![Does::Say(self.phrases.thanks.clone())],
            None => Vec::new(),
        }
    }

    /// The question that is open.
    fn question(&self) -> Option<Does> {
        self.asks.get(self.at).map(|asked| self.ask(asked, asked.text.clone()))
    }

    fn again(&self, kind: Kind, asked: &Asked) -> Does {
        let text = match kind {
            Kind::Email => &self.phrases.email_again,
            Kind::Phone => &self.phrases.phone_again,
            _ => &self.phrases.again,
        };
        self.ask(asked, text.clone())
    }

    fn ask(&self, asked: &Asked, text: String) -> Does {
        if asked.required {
            Does::Say(text)
        } else {
            Does::Ask { text, choices: vec![self.phrases.skip.clone()] }
        }
    }
}

fn kind_of(field: &str) -> Kind {
    match field {
        "name" => Kind::Name,
        "email" => Kind::Email,
        "phone" => Kind::Phone,
        _ => Kind::Text,
    }
}

/// The answer as the record keeps it, or `None` if it is none.
fn read(field: &str, kind: Kind, text: &str) -> Option<String> {
    let value = answer::read(kind, text)?;
    let fits = match kind {
        Kind::Name => is_name(&value),
        Kind::Text => value.chars().count() <= ATTRIBUTE_CHARS_MAX,
        _ => true,
    };
    (fits && person::saved(field, &value).is_some()).then_some(value)
}

/// False for a sentence: visitors go on writing what they came for.
fn is_name(value: &str) -> bool {
    !value.contains(|c: char| c.is_numeric() || "?!:@/".contains(c))
        && value.split_whitespace().count() <= NAME_WORDS_MAX
}

/// True if it was meant to be an answer. Who writes something else than what need not be answered has skipped it.
fn is_attempt(kind: Kind, text: &str) -> bool {
    match kind {
        Kind::Email => text.contains('@'),
        Kind::Phone => text.chars().filter(|c| c.is_numeric()).count() >= 3,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrases() -> Phrases {
        Phrases {
            email_again: "No address.".to_owned(),
            phone_again: "No number.".to_owned(),
            again: "Once more?".to_owned(),
            meant: "Did you mean this?".to_owned(),
            skip: "Skip".to_owned(),
            thanks: "Thanks!".to_owned(),
        }
    }

    fn asked(field: &str, required: bool) -> Asked {
        Asked { field: field.to_owned(), required, text: format!("Your {field}?") }
    }

    fn begin(asks: &[(&str, bool)]) -> Asking {
        let asks = asks.iter().map(|(field, required)| asked(field, *required)).collect();
        Asking::begin(asks, phrases()).unwrap().0
    }

    fn say(text: &str) -> Does {
        Does::Say(text.to_owned())
    }

    fn ask(text: &str, choices: &[&str]) -> Does {
        let choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
        Does::Ask { text: text.to_owned(), choices }
    }

    fn save(field: &str, value: &str) -> Does {
        Does::Save { field: field.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn nothing_to_ask_is_no_asking() {
        assert_eq!(Asking::begin(Vec::new(), phrases()), None);
    }

    #[test]
    fn questions_are_asked_one_after_the_other() {
        let asks = vec![asked("name", true), asked("email", false)];
        let (mut asking, first) = Asking::begin(asks, phrases()).unwrap();
        assert_eq!(first, say("Your name?"));
        assert_eq!(
            asking.said("Ada Lovelace"),
            [save("name", "Ada Lovelace"), ask("Your email?", &["Skip"])]
        );
        assert_eq!(
            asking.said("ada@example.com"),
            [save("email", "ada@example.com"), say("Thanks!")]
        );
        assert!(asking.is_over());
        assert_eq!(asking.said("And now?"), []);
        assert_eq!(asking.fields().collect::<Vec<_>>(), ["name", "email"]);
    }

    #[test]
    fn what_is_required_is_asked_again_a_few_times() {
        let mut asking = begin(&[("email", true), ("phone", false)]);
        assert_eq!(asking.said("Where is my order?"), [say("No address.")]);
        assert_eq!(asking.said("skip"), [say("No address.")]);
        assert_eq!(asking.said("ada@"), [ask("Your phone?", &["Skip"])]);
    }

    #[test]
    fn who_writes_something_else_has_skipped_what_is_optional() {
        for said in ["Skip", " skip ", "Where is my order?"] {
            let mut asking = begin(&[("email", false)]);
            assert_eq!(asking.said(said), [], "{said}");
            assert!(asking.is_over(), "{said}");
        }
        let mut asking = begin(&[("email", false)]);
        assert_eq!(asking.said("ada@example"), [ask("No address.", &["Skip"])]);
        assert_eq!(asking.said("skip"), []);
        let mut asking = begin(&[("phone", false)]);
        assert_eq!(asking.said("0301"), [save("phone", "0301"), say("Thanks!")]);
    }

    #[test]
    fn a_sentence_is_no_name() {
        for said in [
            "my order 1234 is late",
            "where is it?",
            "I have been waiting for two weeks now",
            "a@b.example",
        ] {
            let mut asking = begin(&[("name", true)]);
            assert_eq!(asking.said(said), [say("Once more?")], "{said}");
        }
        for said in ["Ada", "Ana María de la Cruz", "李小龍", "O’Neill-Smith Jr."] {
            let mut asking = begin(&[("name", true)]);
            assert_eq!(asking.said(said), [save("name", said), say("Thanks!")], "{said}");
        }
    }

    #[test]
    fn a_slip_is_asked_about_and_never_corrected() {
        let suggested = ask("Did you mean this?", &["ada@gmail.com", "ada@gmial.com"]);
        for (chosen, saved) in [
            ("ada@gmail.com", "ada@gmail.com"),
            ("ada@gmial.com", "ada@gmial.com"),
            ("ada@example.com", "ada@example.com"),
        ] {
            let mut asking = begin(&[("email", true)]);
            assert_eq!(asking.said("ada@gmial.com"), std::slice::from_ref(&suggested));
            assert_eq!(asking.said(chosen), [save("email", saved), say("Thanks!")]);
        }
        let mut asking = begin(&[("email", true)]);
        asking.said("ada@gmial.com");
        assert_eq!(asking.said("yes"), [say("No address.")]);
        assert_eq!(asking.said("ada@gmial.com"), [save("email", "ada@gmial.com"), say("Thanks!")]);
    }

    #[test]
    fn an_own_question_takes_a_line() {
        let mut asking = begin(&[("order_number", true)]);
        assert_eq!(asking.said(&"x".repeat(256)), [say("Once more?")]);
        assert_eq!(asking.said("A-17"), [save("order_number", "A-17"), say("Thanks!")]);
    }

    #[test]
    fn it_ends_and_is_stored() {
        let mut asking = begin(&[("name", true), ("email", true)]);
        let json = serde_json::to_string(&asking).unwrap();
        assert_eq!(serde_json::from_str::<Asking>(&json).unwrap(), asking);
        asking.end();
        assert!(asking.is_over());
        assert_eq!(asking.said("Ada"), []);
    }
}
