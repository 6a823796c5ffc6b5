//! What a live chat asks its visitor after the first message, as a pure machine.
//!
//! The machine holds the questions with which it began, in the words in which they are asked. So it goes on by these,
//! whatever the site's settings are by then, and its state is all that is stored.

use porchlight_protocol::call_back::CallBack;
use porchlight_protocol::limits::{ATTRIBUTE_CHARS_MAX, CHOICE_CHARS_MAX, CHOICES_MAX};
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

/// The offer to call the visitor back, which is made after the questions, in the words in which it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The question.
    pub text: String,
    /// The same, after an answer that is none of the choices.
    pub again: String,
    /// The times.
    pub times: Vec<CallTime>,
    /// On the button of who wants no call.
    pub no: String,
    /// Before the time, in place of [`Phrases::thanks`].
    pub thanks: String,
    /// The question for the number; `None` if it is known.
    pub phone: Option<Asked>,
}

/// A time at which a visitor can be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallTime {
    /// On the button.
    pub text: String,
    /// When.
    pub at: CallBack,
}

/// Where a live chat is in its questions. Its JSON is stored between two messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    /// The questions.
    asks: Vec<Asked>,
    phrases: Phrases,
    /// The offer to call back.
    #[serde(default)]
    call: Option<Call>,
    /// The time that was chosen, in its words.
    #[serde(default)]
    call_at: Option<String>,
    /// The place of the question that is open: behind the last that of the offer to call back, and behind that the one for the
    /// number.
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
    /// Takes the time over into the visitor's record at which they wish to be called.
    CallBack(CallBack),
}

/// A question that is open.
enum Open {
    Asked(Asked),
    Call(Call),
}

impl Asking {
    /// The first question, and what is stored of it. `None` if there is nothing to ask.
    pub fn begin(
        asks: Vec<Asked>,
        mut phrases: Phrases,
        call: Option<Call>,
    ) -> Option<(Asking, Does)> {
        // A site may say it in more words than fit on a button.
        phrases.skip = cut(phrases.skip.trim(), CHOICE_CHARS_MAX).trim().to_owned();
        let call = call.and_then(Call::with_buttons);
        let asking = Asking {
            asks,
            phrases,
            call,
            call_at: None,
            at: 0,
            wrong: 0,
            written: None,
            answered: false,
        };
        let first = asking.question()?;
        Some((asking, first))
    }

    /// What is asked, or was: the fields of the record.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.asks.iter().map(|asked| asked.field.as_str())
    }

    /// True once nothing is asked any more.
    pub fn is_over(&self) -> bool {
        self.open().is_none()
    }

    /// Asks nothing any more: an agent has taken over.
    pub fn end(&mut self) {
        self.at = self.asks.len();
        self.call = None;
        self.written = None;
    }

    fn open(&self) -> Option<Open> {
        if let Some(asked) = self.asks.get(self.at) {
            return Some(Open::Asked(asked.clone()));
        }
        let call = self.call.as_ref()?;
        match self.at.saturating_sub(self.asks.len()) {
            0 => Some(Open::Call(call.clone())),
            1 if self.call_at.is_some() => call.phone.clone().map(Open::Asked),
            _ => None,
        }
    }

    /// What the site does after the visitor has written this.
    pub fn said(&mut self, text: &str) -> Vec<Does> {
        let asked = match self.open() {
            Some(Open::Asked(asked)) => asked,
            Some(Open::Call(call)) => return self.chose(&call, text),
            None => return Vec::new(),
        };
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

    /// What the site does after the visitor has answered the offer to call back. Who writes something else is asked once more,
    /// and then goes on: their words are a message like any other.
    fn chose(&mut self, call: &Call, text: &str) -> Vec<Does> {
        if let Some(time) = call.times.iter().find(|time| plain(&time.text) == plain(text)) {
            self.answered = true;
            self.call_at = Some(time.text.clone());
            let mut does = vec![Does::CallBack(time.at)];
            does.extend(self.next());
            return does;
        }
        self.wrong = self.wrong.saturating_add(1);
        if plain(&call.no) == plain(text) || self.wrong > 1 {
            return self.next();
        }
        vec![call.ask(call.again.clone())]
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
        if let Some(call) = self.call.as_mut().filter(|_| field == "phone") {
            call.phone = None;
        }
        let mut does = vec![Does::Save { field, value }];
        does.extend(self.next());
        does
    }

    fn next(&mut self) -> Vec<Does> {
        self.at += 1;
        self.wrong = 0;
        match self.question() {
            Some(question) => vec![question],
            None if self.answered => vec![Does::Say(self.thanks())],
            None => Vec::new(),
        }
    }

    /// Tells the time of the call, if there is a number to call.
    fn thanks(&self) -> String {
        let call = self.call.as_ref().filter(|call| call.phone.is_none());
        match (call, &self.call_at) {
            (Some(call), Some(at)) => [&call.thanks, " ", at].concat(),
            _ => self.phrases.thanks.clone(),
        }
    }

    /// The question that is open.
    fn question(&self) -> Option<Does> {
        Some(match self.open()? {
            Open::Asked(asked) => self.ask(&asked, asked.text.clone()),
            Open::Call(call) => call.ask(call.text.clone()),
        })
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

impl Call {
    /// The offer with buttons that fit; `None` without a time.
    fn with_buttons(mut self) -> Option<Call> {
        let texts = self.times.iter_mut().map(|time| &mut time.text).chain([&mut self.no]);
        for text in texts {
            *text = cut(text.trim(), CHOICE_CHARS_MAX).trim().to_owned();
        }
        self.times.truncate(CHOICES_MAX - 1);
        (!self.times.is_empty()).then_some(self)
    }

    fn ask(&self, text: String) -> Does {
        let times = self.times.iter().map(|time| time.text.clone());
        Does::Ask { text, choices: times.chain([self.no.clone()]).collect() }
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
        Asking::begin(asks, phrases(), None).unwrap().0
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
        assert_eq!(Asking::begin(Vec::new(), phrases(), None), None);
    }

    fn call(phone: bool) -> Call {
        let at = |from| CallBack { from, until: from + 1 };
        let time = |text: &str, from| CallTime { text: text.to_owned(), at: at(from) };
        Call {
            text: "Call you back?".to_owned(),
            again: "When?".to_owned(),
            times: vec![time("Today 14:00–17:00", 1), time("Tomorrow 09:00–12:00", 2)],
            no: "No, thanks".to_owned(),
            thanks: "We’ll call you:".to_owned(),
            phone: phone.then(|| asked("phone", true)),
        }
    }

    const TIMES: [&str; 3] = ["Today 14:00–17:00", "Tomorrow 09:00–12:00", "No, thanks"];

    #[test]
    fn who_wants_a_call_is_asked_for_the_number_and_told_when() {
        let asks = vec![asked("name", true)];
        let (mut asking, _) = Asking::begin(asks, phrases(), Some(call(true))).unwrap();
        let said = asking.said("Ada");
        assert_eq!(said, [save("name", "Ada"), ask("Call you back?", &TIMES)]);
        let wish = Does::CallBack(CallBack { from: 2, until: 3 });
        assert_eq!(asking.said("tomorrow 09:00–12:00 "), [wish, say("Your phone?")]);
        assert_eq!(asking.said("later"), [say("No number.")]);
        let thanks = say("We’ll call you: Tomorrow 09:00–12:00");
        assert_eq!(asking.said("030 1234"), [save("phone", "0301234"), thanks]);
        assert!(asking.is_over());
        assert_eq!(asking.fields().collect::<Vec<_>>(), ["name"]);
    }

    #[test]
    fn a_number_that_is_known_is_not_asked_for() {
        let (mut asking, first) = Asking::begin(Vec::new(), phrases(), Some(call(false))).unwrap();
        assert_eq!(first, ask("Call you back?", &TIMES));
        let said = asking.said("Today 14:00–17:00");
        assert_eq!(said.last(), Some(&say("We’ll call you: Today 14:00–17:00")));
        // Nor one that was told a moment ago; one that was skipped is.
        for (number, expected) in
            [("030 1234", "We’ll call you: Today 14:00–17:00"), ("skip", "Your phone?")]
        {
            let asks = vec![asked("phone", false)];
            let (mut asking, _) = Asking::begin(asks, phrases(), Some(call(true))).unwrap();
            asking.said(number);
            assert_eq!(asking.said("Today 14:00–17:00").last(), Some(&say(expected)), "{number}");
        }
    }

    #[test]
    fn who_answers_the_offer_in_words_is_asked_once_more_and_then_left_alone() {
        let begun = || Asking::begin(Vec::new(), phrases(), Some(call(true))).unwrap().0;
        let mut asking = begun();
        assert_eq!(asking.said("Yes please"), [ask("When?", &TIMES)]);
        assert_eq!(asking.said("after eight"), []);
        assert!(asking.is_over());
        let mut asking = begun();
        assert_eq!(asking.said("no, thanks"), []);
        assert!(asking.is_over());
        let mut asking = begun();
        asking.end();
        assert_eq!((asking.said("Today 14:00–17:00"), asking.is_over()), (vec![], true));
    }

    #[test]
    fn a_number_that_is_none_three_times_leaves_the_wish_and_promises_nothing() {
        let mut asking = Asking::begin(Vec::new(), phrases(), Some(call(true))).unwrap().0;
        asking.said("Today 14:00–17:00");
        assert_eq!(asking.said("my mobile"), [say("No number.")]);
        assert_eq!(asking.said("the usual"), [say("No number.")]);
        assert_eq!(asking.said("?"), [say("Thanks!")]);
        assert!(asking.is_over());
    }

    #[test]
    fn an_offer_without_a_time_is_none_and_its_buttons_fit() {
        let none = Call { times: Vec::new(), ..call(true) };
        assert_eq!(Asking::begin(Vec::new(), phrases(), Some(none)), None);
        let long = Call { no: "No ".repeat(40), ..call(true) };
        let (mut asking, first) = Asking::begin(Vec::new(), phrases(), Some(long)).unwrap();
        let Does::Ask { choices, .. } = first else { panic!("{first:?}") };
        let no = choices.last().unwrap();
        assert!(no.chars().count() <= CHOICE_CHARS_MAX);
        assert_eq!(asking.said(no), []);
    }

    #[test]
    fn what_an_older_program_has_stored_goes_on() {
        let asking = begin(&[("name", true)]);
        let mut json = serde_json::to_value(&asking).unwrap();
        for new in ["call", "call_at"] {
            json.as_object_mut().unwrap().remove(new);
        }
        assert_eq!(serde_json::from_value::<Asking>(json).unwrap(), asking);
    }

    #[test]
    fn questions_are_asked_one_after_the_other() {
        let asks = vec![asked("name", true), asked("email", false)];
        let (mut asking, first) = Asking::begin(asks, phrases(), None).unwrap();
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
