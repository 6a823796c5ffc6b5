//! Where and for whom a bot greets. The server stores the rule, and the widget evaluates it: which pages visitors look at
//! never leaves their browser.

use serde::Serialize;

use crate::error::{ErrorBody, ErrorCode};
use crate::from_json;
use crate::id::MemberId;
use crate::language::is_same;
use crate::limits::{GREETING_LANGUAGES_MAX, GREETING_PAGES_MAX, PAGE_CHARS_MAX};
use crate::notice;

/// Where and for whom a bot greets: all three parts have to hold. The default is everywhere and for everybody.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Greeting {
    /// The paths of pages, such as `/cart` or `/shop/*`: `*` stands for anything. Empty: on every page.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<String>,
    /// BCP 47 tags of the pages' languages. Regions make no difference, scripts do. Empty: in every language.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// Which visitors.
    #[serde(skip_serializing_if = "Visitors::is_everybody")]
    pub visitors: Visitors,
}

/// Whom a bot greets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Visitors {
    /// Every visitor.
    #[default]
    Everybody,
    /// Those who have not begun a conversation yet.
    New,
    /// Those who have.
    Returning,
}

impl Visitors {
    fn is_everybody(&self) -> bool {
        *self == Visitors::Everybody
    }
}

/// A bot with a published flow, as the widget's document names it. The rule is flat: reading it as [`Greeting`] would cost each
/// visitor more than it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Greeter {
    /// The bot's id.
    pub id: MemberId,
    /// What the button says that begins a conversation with it, in the language of the document.
    pub label: String,
    /// [`Greeting::pages`], with spaces between them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pages: String,
    /// [`Greeting::languages`], with spaces between them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub languages: String,
    /// True if it does not greet new visitors.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_new: bool,
    /// True if it does not greet returning visitors.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_returning: bool,
}

impl Greeter {
    /// A bot with its rule.
    pub fn new(id: MemberId, label: String, rule: &Greeting) -> Self {
        Greeter {
            id,
            label,
            pages: rule.pages.join(" "),
            languages: rule.languages.join(" "),
            not_new: rule.visitors == Visitors::Returning,
            not_returning: rule.visitors == Visitors::New,
        }
    }

    /// True if the bot greets a visitor on the page with this path, in this language. `path` is as in an address; empty where
    /// it is not known, which is on no page. `returning` says whether the visitor has begun a conversation before.
    pub fn greets(&self, path: &str, language: &str, returning: bool) -> bool {
        !(if returning { self.not_returning } else { self.not_new })
            && (self.pages.is_empty() || self.pages.split(' ').any(|page| matches(page, path)))
            && (self.languages.is_empty()
                || self.languages.split(' ').any(|it| is_same(language, it)))
    }
}

impl Greeting {
    /// True for the default: the bot greets everywhere and everybody.
    pub fn is_for_all(&self) -> bool {
        self.pages.is_empty() && self.languages.is_empty() && self.visitors.is_everybody()
    }

    /// The rule as it is stored: without blanks, empty lines and repetitions, and with tags in their usual case.
    pub fn checked(self) -> Result<Greeting, GreetingError> {
        let mut checked = Greeting { visitors: self.visitors, ..Greeting::default() };
        for page in self.pages {
            let page = page.trim();
            if !page.is_empty() && !is_page(page) {
                return Err(GreetingError::Page(page.to_owned()));
            }
            add(&mut checked.pages, page.to_owned());
        }
        for tag in self.languages {
            let tag = tag.trim();
            match notice::language(tag) {
                None if !tag.is_empty() => return Err(GreetingError::Language(tag.to_owned())),
                language => add(&mut checked.languages, language.unwrap_or_default()),
            }
        }
        if checked.pages.len() > GREETING_PAGES_MAX {
            return Err(GreetingError::TooManyPages);
        }
        if checked.languages.len() > GREETING_LANGUAGES_MAX {
            return Err(GreetingError::TooManyLanguages);
        }
        Ok(checked)
    }
}

fn add(list: &mut Vec<String>, it: String) {
    if !it.is_empty() && !list.contains(&it) {
        list.push(it);
    }
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GreetingError {
    /// This is no path: it does not begin with `/` or `*`, has a blank, `?` or `#`, or is too long.
    Page(String),
    /// This is no language tag.
    Language(String),
    /// There are more than [`GREETING_PAGES_MAX`] pages.
    TooManyPages,
    /// There are more than [`GREETING_LANGUAGES_MAX`] languages.
    TooManyLanguages,
}

impl GreetingError {
    /// The error's code.
    pub fn code(&self) -> ErrorCode {
        match self {
            GreetingError::Page(_) => ErrorCode::PageInvalid,
            GreetingError::Language(_) => ErrorCode::LanguageInvalid,
            GreetingError::TooManyPages => ErrorCode::TooManyPages,
            GreetingError::TooManyLanguages => ErrorCode::TooManyLanguages,
        }
    }

    /// The error on the wire, with the field at fault: `pages` or `languages`, with what is wrong in it.
    pub fn body(&self) -> ErrorBody {
        let field = match self {
            GreetingError::Page(page) => ["pages.", page].concat(),
            GreetingError::Language(tag) => ["languages.", tag].concat(),
            GreetingError::TooManyPages => "pages".to_owned(),
            GreetingError::TooManyLanguages => "languages".to_owned(),
        };
        ErrorBody { field: Some(field), ..self.code().body() }
    }
}

/// True if this can be a pattern for paths.
fn is_page(page: &str) -> bool {
    page.starts_with(['/', '*'])
        && page.chars().count() <= PAGE_CHARS_MAX
        && !page.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#'))
}

/// True if a path is one of those that a pattern means. A slash at the end makes no difference, nor does it if characters are
/// percent-encoded, as browsers do with those outside of ASCII.
fn matches(pattern: &str, path: &str) -> bool {
    let mut path = decoded(path);
    if path.is_empty() {
        return false;
    }
    if !path.ends_with(b"/") {
        path.push(b'/');
    }
    let bare = path.strip_suffix(b"/").unwrap_or_default();
    fits(pattern, bare) || fits(pattern, &path)
}

fn fits(pattern: &str, path: &[u8]) -> bool {
    let mut parts = pattern.split('*');
    let first = decoded(parts.next().unwrap_or_default());
    let Some(mut rest) = path.strip_prefix(first.as_slice()) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let part = decoded(part);
        let Some(at) = (0..=rest.len()).find(|at| starts(rest, *at, &part)) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(&decoded(last))
}

fn starts(bytes: &[u8], at: usize, part: &[u8]) -> bool {
    bytes.get(at..).is_some_and(|rest| rest.starts_with(part))
}

/// The bytes of a path without percent-encoding. A `%` that encodes nothing stays.
fn decoded(path: &str) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let mut byte = *first;
        if let [high, low, after @ ..] = after
            && byte == b'%'
            && let (Some(high), Some(low)) = (digit(*high), digit(*low))
        {
            byte = high * 16 + low;
            rest = after;
        }
        plain.push(byte);
    }
    plain
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

from_json!(strict struct Greeting { pages: optional, languages: optional, visitors: optional });
from_json!(strict enum Visitors {
    "everybody" => Everybody,
    "new" => New,
    "returning" => Returning,
});
from_json!(struct Greeter {
    id, label, pages: optional, languages: optional, not_new: optional, not_returning: optional
});
