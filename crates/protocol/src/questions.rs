//! What a live chat asks its visitor after the first message: which questions, of whom, and when.
//!
//! The questions and their answers are messages of the thread. The site asks, under its own name ([`asker`]), and never
//! answers for the team: who has written waits for an agent as before.

use serde::Serialize;

use crate::error::{ErrorBody, ErrorCode};
use crate::event::{Author, Member};
use crate::from_json;
use crate::hours::{self, Away};
use crate::id::MemberId;
use crate::language::nearness;
use crate::limits::{NOTICE_LANGUAGES_MAX, QUESTION_CHARS_MAX, QUESTIONS_MAX};
use crate::person::{VisitorRecord, is_attribute_key};
use crate::text::{self, TextError};
use crate::{Millis, notice};

/// The fields of a visitor's record that are no attributes, in the order in which the settings list them. The product has
/// questions for them.
pub const FIELDS: [&str; 3] = ["name", "email", "phone"];

/// What a site's live chats ask. The body of `PUT …/settings/questions`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Questions {
    /// When they are asked.
    pub when: When,
    /// What is asked, in this order. Kept while nothing is asked.
    pub asks: Vec<Question>,
    /// True if it is asked at last whether the team shall call the visitor back, at a time of the opening hours. So it is not
    /// where there are none.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub call_back: bool,
}

/// When a live chat asks its questions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Never.
    #[default]
    Never,
    /// After the first message of every live chat.
    Always,
    /// Only if nobody is there: it is outside of the opening hours, or no agent is online.
    Away,
}

impl When {
    /// All of them.
    pub const ALL: [When; 3] = [When::Never, When::Always, When::Away];

    /// The name on the wire and in commands.
    pub const fn as_str(self) -> &'static str {
        match self {
            When::Never => "never",
            When::Always => "always",
            When::Away => "away",
        }
    }

    /// True if it is such a time now: by the times at which the site is away, and whether an agent is online.
    pub fn is_now(self, away: &[Away], now: Millis, is_online: bool) -> bool {
        match self {
            When::Never => false,
            When::Always => true,
            When::Away => hours::is_nobody_there(away, now, is_online),
        }
    }
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Question {
    /// What of the visitor's record the answer is: `name`, `email`, `phone`, or the key of an attribute.
    pub field: String,
    /// True if it is asked again until an answer fits, a few times. If not, it has a button to skip it. Neither holds a
    /// message back.
    pub required: bool,
    /// The question in the site's own words, one text per language. For `name`, `email` and `phone` the product has one in
    /// all its languages; an attribute needs one at least, and the first is for whoever reads none of these languages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<QuestionText>,
}

/// A question in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuestionText {
    /// A BCP 47 tag in its usual case, such as `en` or `pt-BR`.
    pub language: String,
    /// Plain text.
    pub text: String,
}

/// Why questions are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionsError {
    /// The error code.
    pub code: ErrorCode,
    /// The field at fault, such as `asks.0.texts.de`.
    pub field: String,
}

impl QuestionsError {
    /// The error body on the wire.
    pub fn body(&self) -> ErrorBody {
        ErrorBody { field: Some(self.field.clone()), ..self.code.body() }
    }
}

impl Question {
    /// A question in the product's words.
    pub fn of(field: &str, required: bool) -> Self {
        Question { field: field.to_owned(), required, texts: Vec::new() }
    }

    /// True if the answer is an attribute, so that the product has no question for it.
    pub fn is_own(&self) -> bool {
        !FIELDS.contains(&self.field.as_str())
    }

    /// The site's text for a visitor who reads `language`: the nearest; of an attribute else the first. `None` if the
    /// product's is asked.
    pub fn own_text(&self, language: &str) -> Option<&str> {
        let near = self.texts.iter().map(|own| (nearness(language, &own.language), own));
        let nearest = near.rev().max_by_key(|(near, _)| *near).filter(|(near, _)| *near > 0);
        let first = self.texts.first().filter(|_| self.is_own());
        nearest.map(|(_, own)| own).or(first).map(|own| own.text.as_str())
    }

    /// True if the record has the answer already.
    pub fn is_answered(&self, record: &VisitorRecord) -> bool {
        match self.field.as_str() {
            "name" => record.name.is_some(),
            "email" => record.email.is_some(),
            "phone" => record.phone.is_some(),
            key => record.attributes.contains_key(key),
        }
    }

    /// The question for a number that a visitor is to be called at.
    pub fn for_call() -> Self {
        Question::of("phone", true)
    }

    fn checked(self, at: usize) -> Result<Self, QuestionsError> {
        let wrong = |code, part: &str| QuestionsError { code, field: format!("asks.{at}.{part}") };
        let field = self.field.trim().to_owned();
        if !is_attribute_key(&field) {
            return Err(wrong(ErrorCode::QuestionsInvalid, "field"));
        }
        if self.texts.len() > NOTICE_LANGUAGES_MAX {
            return Err(wrong(ErrorCode::TooManyLanguages, "texts"));
        }
        let mut texts: Vec<QuestionText> = Vec::with_capacity(self.texts.len());
        for QuestionText { language, text } in self.texts {
            let Some(language) = notice::language(language.trim()) else {
                return Err(wrong(ErrorCode::LanguageInvalid, "texts"));
            };
            let part = format!("texts.{language}");
            if texts.iter().any(|other| other.language == language) {
                return Err(wrong(ErrorCode::LanguageRepeated, &part));
            }
            let text = text::plain_line(&text, QUESTION_CHARS_MAX)
                .map_err(|error: TextError| wrong(error.code(), &part))?;
            texts.push(QuestionText { language, text });
        }
        let checked = Question { field, texts, ..self };
        if checked.is_own() && checked.texts.is_empty() {
            return Err(wrong(ErrorCode::TextEmpty, "texts"));
        }
        Ok(checked)
    }
}

impl Questions {
    /// The questions with their texts cleaned, or why they are refused: all of them, if one is.
    pub fn checked(self) -> Result<Self, QuestionsError> {
        let wrong = |field: String| QuestionsError { code: ErrorCode::QuestionsInvalid, field };
        let is_asking = self.when != When::Never;
        if self.asks.len() > QUESTIONS_MAX || is_asking && self.asks.is_empty() && !self.call_back {
            return Err(wrong("asks".to_owned()));
        }
        let mut asks: Vec<Question> = Vec::with_capacity(self.asks.len());
        for (at, ask) in self.asks.into_iter().enumerate() {
            let ask = ask.checked(at)?;
            if asks.iter().any(|other| other.field == ask.field) {
                return Err(wrong(format!("asks.{at}.field")));
            }
            asks.push(ask);
        }
        Ok(Questions { asks, ..self })
    }

    /// What has to be asked of a visitor of whom this is known, at a time when questions are asked. Nothing of who is proved to
    /// be somebody.
    pub fn for_visitor(&self, known: Option<&VisitorRecord>) -> Vec<&Question> {
        if known.is_some_and(|record| record.proved) {
            return Vec::new();
        }
        let is_open = |ask: &&Question| !known.is_some_and(|record| ask.is_answered(record));
        self.asks.iter().filter(is_open).collect()
    }
}

/// The id under which every site asks. No bot has it: theirs are random.
fn asker_id() -> MemberId {
    MemberId::from_bytes([0; 16])
}

/// Who asks in a site's live chats: the site itself, by its name.
pub fn asker(site: &str) -> Member {
    Member { id: asker_id(), name: site.to_owned() }
}

/// True if this is who asks.
pub fn is_asker(member: &Member) -> bool {
    member.id == asker_id()
}

/// True if this author asks.
pub fn asks(author: &Author) -> bool {
    matches!(author, Author::Bot(member) if is_asker(member))
}

from_json!(strict enum When { "never" => Never, "always" => Always, "away" => Away });
from_json!(strict struct QuestionText { language, text });
from_json!(strict struct Question { field, required, texts: optional });
from_json!(strict struct Questions { when, asks, call_back: optional });
