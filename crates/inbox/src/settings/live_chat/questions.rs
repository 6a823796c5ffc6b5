//! The questions of live chats, as the page changes them.

use porchlight_protocol::limits::ATTRIBUTE_KEY_CHARS_MAX;
use porchlight_protocol::questions::{FIELDS, Question, QuestionText, Questions, When};

/// How a field is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It is not.
    Not,
    /// With a button to skip it.
    Optional,
    /// Again, until an answer fits.
    Required,
}

impl How {
    /// All of them.
    pub const ALL: [How; 3] = [How::Not, How::Optional, How::Required];

    /// The value of its option.
    pub const fn as_str(self) -> &'static str {
        match self {
            How::Not => "not",
            How::Optional => "optional",
            How::Required => "required",
        }
    }
}

/// How a field is asked for by these questions.
pub fn how(questions: &Questions, field: &str) -> How {
    match questions.asks.iter().find(|ask| ask.field == field) {
        None => How::Not,
        Some(ask) if ask.required => How::Required,
        Some(_) => How::Optional,
    }
}

/// The questions, asked at another time. If there are none yet, the name is asked for: nothing can't be asked.
pub fn at(mut questions: Questions, when: When) -> Questions {
    if when != When::Never && questions.asks.is_empty() && !questions.call_back {
        questions.asks.push(Question::of("name", false));
    }
    Questions { when, ..questions }
}

/// The questions with this field asked for in another way. If none is left, nothing is asked. What the product has questions
/// for comes first, in its order.
pub fn with(mut questions: Questions, field: &str, how: How) -> Questions {
    let required = how == How::Required;
    let known = questions.asks.iter_mut().find(|ask| ask.field == field);
    match (how, known) {
        (How::Not, _) => questions.asks.retain(|ask| ask.field != field),
        (_, Some(ask)) => ask.required = required,
        (_, None) => questions.asks.push(Question::of(field, required)),
    }
    let place = |ask: &Question| FIELDS.iter().position(|known| *known == ask.field);
    questions.asks.sort_by_key(|ask| place(ask).unwrap_or(FIELDS.len()));
    rested(questions)
}

/// The questions with the offer to call back, or without. If nothing else is asked, nothing is any more.
pub fn calling(questions: Questions, call_back: bool) -> Questions {
    rested(Questions { call_back, ..questions })
}

/// Nothing is never asked at any time.
fn rested(questions: Questions) -> Questions {
    let is_empty = questions.asks.is_empty() && !questions.call_back;
    let when = if is_empty { When::Never } else { questions.when };
    Questions { when, ..questions }
}

/// The questions with this text for a field, in place of the text in this language that there may be. A field that is not asked
/// for is asked for last, and may be skipped.
pub fn worded(mut questions: Questions, field: &str, language: &str, text: &str) -> Questions {
    let new = QuestionText { language: language.to_owned(), text: text.to_owned() };
    match questions.asks.iter_mut().find(|ask| ask.field == field) {
        None => {
            let ask = Question { texts: vec![new], ..Question::of(field, false) };
            questions.asks.push(ask);
        }
        Some(ask) => match ask.texts.iter_mut().find(|own| own.language == language) {
            Some(own) => *own = new,
            None => ask.texts.push(new),
        },
    }
    questions
}

/// The questions with one that was removed, at its place.
pub fn restored(mut questions: Questions, (at, ask): (usize, Question)) -> Questions {
    let at = at.min(questions.asks.len());
    questions.asks.insert(at, ask);
    questions
}

/// The key of the attribute that keeps the answers, by what an admin calls it: of its letters those that a key can have. Where it
/// has none, or another question has the key, it is a number's.
pub fn key(questions: &Questions, name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words: Vec<String> =
        words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
    let mut key = words.join("_");
    key.truncate(ATTRIBUTE_KEY_CHARS_MAX);
    let is_free = |key: &str| {
        let is_ours = FIELDS.contains(&key);
        !key.is_empty() && !is_ours && questions.asks.iter().all(|ask| ask.field != key)
    };
    let numbered = || (1..).map(|number| format!("detail_{number}")).find(|key| is_free(key));
    Some(key).filter(|key| is_free(key)).or_else(numbered).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_of_ones_own_is_asked_in_several_languages_and_comes_back() {
        let asked = at(Questions::default(), When::Always);
        let field = key(&asked, " Order Nº ");
        assert_eq!(field, "order_n");
        let asked = worded(asked, &field, "en", "Which order?");
        let asked = worded(asked, &field, "de", "Welche?");
        let asked = worded(asked, &field, "de", "Welche Bestellung?");
        let ask = asked.asks.last().unwrap();
        assert_eq!(
            (ask.own_text("de-AT"), ask.own_text("fr")),
            (Some("Welche Bestellung?"), Some("Which order?"))
        );
        assert_eq!(asked.clone().checked(), Ok(asked.clone()));
        let removed = (1, ask.clone());
        let rest = with(asked.clone(), &field, How::Not);
        assert_eq!(fields(&rest), [("name", false)]);
        assert_eq!(restored(rest, removed), asked);
    }

    #[test]
    fn every_name_of_a_detail_makes_a_key() {
        let asked = at(Questions::default(), When::Always);
        for (name, expected) in [
            ("Bestellnummer", "bestellnummer"),
            ("Order  number", "order_number"),
            ("رقم الطلب", "detail_1"),
            ("", "detail_1"),
            ("E-Mail", "e_mail"),
            ("Email", "detail_1"),
            (&"long ".repeat(20), "long_long_long_long_long_long_long_long_"),
        ] {
            assert_eq!(key(&asked, name), expected, "{name}");
        }
        let asked = worded(asked, "detail_1", "ar", "ما رقم الطلب؟");
        assert_eq!(key(&asked, "رقم"), "detail_2");
        assert_eq!(key(&asked, "Detail 1"), "detail_2");
    }

    #[test]
    fn a_call_can_be_offered_alone() {
        let asked = calling(Questions::default(), true);
        let asked = at(asked, When::Away);
        assert_eq!((fields(&asked), asked.when), (vec![], When::Away));
        assert_eq!(asked.clone().checked(), Ok(asked.clone()));
        let named = with(with(asked.clone(), "name", How::Optional), "name", How::Not);
        assert_eq!(named, asked);
        assert_eq!(calling(asked, false), Questions::default());
    }

    fn fields(questions: &Questions) -> Vec<(&str, bool)> {
        questions.asks.iter().map(|ask| (ask.field.as_str(), ask.required)).collect()
    }

    #[test]
    fn what_is_asked_can_be_saved() {
        let asked = at(Questions::default(), When::Away);
        assert_eq!(fields(&asked), [("name", false)]);
        let asked = with(asked, "phone", How::Optional);
        let asked = with(asked, "email", How::Required);
        let asked = with(asked, "name", How::Required);
        assert_eq!(fields(&asked), [("name", true), ("email", true), ("phone", false)]);
        assert_eq!(how(&asked, "email"), How::Required);
        assert_eq!(asked.clone().checked(), Ok(asked.clone()));
        let none = FIELDS.iter().fold(asked, |asked, field| with(asked, field, How::Not));
        assert_eq!(none, Questions::default());
    }
}
