//! What a site says in its own words, in place of ours.

use std::collections::{BTreeMap, BTreeSet};

use porchlight_protocol::ErrorCode;
use porchlight_protocol::text::{self, TextError};
use serde_json::Value;

use crate::{Language, Part, Text, escape, parts, places};

/// A site's own texts in one language, by the keys of [`Language::entries`].
pub type Own = BTreeMap<String, String>;

/// The product's words, but for those that a site says in its own.
#[derive(Debug, Clone, Copy)]
pub struct Wording<'a> {
    /// The product's.
    pub language: &'a Language,
    /// The site's.
    pub own: &'a Own,
}

static NOTHING: Own = BTreeMap::new();

impl<'a> From<&'a Language> for Wording<'a> {
    /// The product's words alone.
    fn from(language: &'a Language) -> Self {
        Wording { language, own: &NOTHING }
    }
}

impl<'a> Wording<'a> {
    /// The text of a key that has no plural forms.
    pub fn get(&self, key: &str) -> Option<&'a str> {
        let ours = self.language.get(key)?;
        Some(self.own.get(key).map_or(ours, String::as_str))
    }

    /// The text of a key that has a place for a name.
    pub fn with_name(&self, key: &str, name: &str) -> String {
        self.get(key).unwrap_or_default().replace("{{name}}", name)
    }

    /// The site's form of a text, in a plural category.
    pub(crate) fn form(&self, key: &str, category: &str) -> Option<&'a str> {
        self.own.get(&format!("{key}_{category}")).map(String::as_str)
    }

    /// A document with these words in its places, as text: nothing in them is markup. `{{lang}}` and `{{dir}}` are
    /// places, too. Other places stay as they are.
    pub fn fill(&self, document: &str) -> String {
        let mut filled = String::with_capacity(document.len() + document.len() / 2);
        for part in parts(document) {
            match part {
                Part::Markup(markup) => filled.push_str(markup),
                Part::Place("lang") => filled.push_str(self.language.tag),
                Part::Place("dir") => filled.push_str(self.language.direction()),
                Part::Place(key) => match self.get(key) {
                    Some(text) => escape(text, &mut filled),
                    None => filled.extend(["{{", key, "}}"]),
                },
            }
        }
        filled
    }

    /// A script with these words in its places, which stand between double quotes. Other places stay as they are.
    pub fn fill_script(&self, script: &str) -> String {
        let mut filled = String::with_capacity(script.len() + script.len() / 4);
        for part in parts(script) {
            match part {
                Part::Markup(code) => filled.push_str(code),
                Part::Place(key) => match self.get(key) {
                    // A string of JSON is one of JavaScript; its quotes are there already.
                    Some(text) => {
                        let string = Value::from(text).to_string();
                        let inner = string.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
                        filled.push_str(inner.unwrap_or_default());
                    }
                    None => filled.extend(["{{", key, "}}"]),
                },
            }
        }
        filled
    }
}

/// The place of the number in plural forms, which a form may do without.
const COUNT: &str = "count";

/// Why a site's own text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnError {
    /// There is no text with this key.
    Unknown,
    /// It lacks a place of the text that it replaces, or has another one.
    Places,
    /// It is empty or too long.
    Text(TextError),
}

impl OwnError {
    /// The error code on the wire.
    pub fn code(self) -> ErrorCode {
        match self {
            OwnError::Unknown => ErrorCode::TextUnknown,
            OwnError::Places => ErrorCode::PlacesDiffer,
            OwnError::Text(error) => error.code(),
        }
    }
}

impl Language {
    /// The texts of a group that have no plural forms, by key.
    pub fn group(&self, name: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
        let words = self.words.iter().filter(move |(key, _)| {
            key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))
        });
        words.filter_map(|(key, text)| match text {
            Text::Plain(text) => Some((*key, *text)),
            Text::Plural(_) => None,
        })
    }

    /// The texts as the file of the language has them: sorted by key, each plural form by itself, as `home.new_one`.
    pub fn entries(&self) -> impl Iterator<Item = (String, &'static str)> {
        self.words.iter().flat_map(|(key, text)| match text {
            Text::Plain(text) => vec![((*key).to_owned(), *text)],
            Text::Plural(forms) => {
                forms.iter().map(|(category, form)| (format!("{key}_{category}"), *form)).collect()
            }
        })
    }

    /// The text of one of these keys.
    pub fn entry(&self, key: &str) -> Option<&'static str> {
        if let Some(text) = self.get(key) {
            return Some(text);
        }
        let (key, category) = key.rsplit_once('_')?;
        let Text::Plural(forms) = self.find(key)? else { return None };
        forms.iter().find(|(form, _)| *form == category).map(|(_, text)| *text)
    }

    /// Cleans a site's own text, or says why it is refused.
    pub fn own_text(&self, key: &str, text: &str) -> Result<String, OwnError> {
        let ours = self.entry(key).ok_or(OwnError::Unknown)?;
        let own = text::own(text).map_err(OwnError::Text)?;
        let is_form = self.get(key).is_none();
        let names = |text| places(text).map(str::to_owned).collect::<BTreeSet<String>>();
        let (mut wanted, mut has) = (names(ours), names(&own));
        if is_form {
            wanted.remove(COUNT);
            has.remove(COUNT);
        }
        // What is no place is text, but braces that look like one are a mistake.
        let braces = own.matches("{{").count() + own.matches("}}").count();
        let paired = 2 * places(&own).count() == braces;
        if wanted == has && paired { Ok(own) } else { Err(OwnError::Places) }
    }
}
