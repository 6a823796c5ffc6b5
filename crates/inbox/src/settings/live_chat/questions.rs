//! The questions of live chats, as the page changes them.

use porchlight_protocol::questions::{FIELDS, Question, Questions, When};

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
    if when != When::Never && questions.asks.is_empty() {
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
    let when = if questions.asks.is_empty() { When::Never } else { questions.when };
    Questions { when, ..questions }
}

#[cfg(test)]
mod tests {
    use super::*;

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
