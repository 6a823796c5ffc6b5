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

/// A bot with a published flow, as the widget's document names it. Of its rule, the document has what only the browser knows
/// the answer to, and in a form that costs each visitor little.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Greeter {
    /// The bot's id.
    pub id: MemberId,
    /// What the button says that begins a conversation with it, in the language of the document.
    pub label: String,
    /// [`Greeting::pages`] as browsers write paths, with spaces between them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pages: String,
    /// True if it does not greet new visitors, or nobody in the language of the page.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_new: bool,
    /// True if it does not greet returning visitors, or nobody in the language of the page.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_returning: bool,
}

impl Greeter {
    /// A bot with its rule, for the document of a page in this language.
    pub fn new(id: MemberId, label: String, rule: &Greeting, language: &str) -> Self {
        let is_spoken =
            rule.languages.is_empty() || rule.languages.iter().any(|it| is_same(language, it));
        let pages: Vec<String> = rule.pages.iter().map(|page| encoded(page)).collect();
        Greeter {
            id,
            label,
            pages: pages.join(" "),
            not_new: !is_spoken || rule.visitors == Visitors::Returning,
            not_returning: !is_spoken || rule.visitors == Visitors::New,
        }
    }

    /// True if the bot greets a visitor on the page with this path. `path` is as in an address, with a slash at its end; empty where
    /// it is not known, which is on no page. `returning` says whether the visitor has begun a conversation before.
    pub fn greets(&self, path: &str, returning: bool) -> bool {
        !(if returning { self.not_returning } else { self.not_new })
            && (self.pages.is_empty() || self.pages.split(' ').any(|page| matches(page, path)))
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

/// True if a path, which ends with a slash, is one of those that a pattern means, with that slash or without it.
fn matches(pattern: &str, path: &str) -> bool {
    let bare = path.strip_suffix('/');
    bare.is_some_and(|bare| fits(pattern.as_bytes(), bare.as_bytes()))
        || (!path.is_empty() && fits(pattern.as_bytes(), path.as_bytes()))
}

/// True if a path is one that a pattern means. Where the two part, the last `*` takes one byte more, so that it takes no longer
/// than the product of their lengths. It is written by hand because splitting and searching weigh a kilobyte more.
fn fits(pattern: &[u8], path: &[u8]) -> bool {
    let (mut at, mut read) = (0, 0);
    // The last star, and how far the path was read when it had taken nothing.
    let mut star = None;
    loop {
        match (pattern.get(at), path.get(read)) {
            (Some(b'*'), _) => {
                star = Some((at, read));
                at += 1;
            }
            (Some(wanted), Some(found)) if wanted == found => {
                at += 1;
                read += 1;
            }
            (None, None) => return true,
            (_, Some(_)) => match &mut star {
                Some((star, taken)) => {
                    *taken += 1;
                    (at, read) = (*star + 1, *taken);
                }
                None => return false,
            },
            (Some(_), None) => return false,
        }
    }
}

/// A pattern as browsers write paths: what is not ASCII is percent-encoded.
fn encoded(page: &str) -> String {
    let each = page.bytes().map(|byte| match byte {
        0x80.. => format!("%{byte:02X}"),
        _ => char::from(byte).to_string(),
    });
    each.collect()
}

from_json!(strict struct Greeting { pages: optional, languages: optional, visitors: optional });
from_json!(strict enum Visitors {
    "everybody" => Everybody,
    "new" => New,
    "returning" => Returning,
});
from_json!(struct Greeter {
    id, label, pages: optional, not_new: optional, not_returning: optional
});
