//! What a bot says, in one language or several, with places for attributes.

use std::collections::BTreeMap;
use std::fmt;

use porchlight_protocol::language::nearness;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::raw::unique;

/// What opens and closes the place of an attribute.
const OPEN: &str = "{{";
const CLOSE: &str = "}}";

/// A text in JSON: a string, or an object with a string for each language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// In the flow's language.
    One(String),
    /// By language, as BCP 47 tags.
    Many(BTreeMap<String, String>),
}

impl Text {
    /// The text for a visitor who reads `language`; else in the flow's language; else the first one.
    pub fn in_language(&self, language: &str, of_flow: &str) -> &str {
        match self {
            Text::One(text) => text,
            Text::Many(texts) => [language, of_flow]
                .iter()
                .find_map(|wanted| nearest(texts, wanted))
                .or_else(|| texts.values().next())
                .map_or("", String::as_str),
        }
    }

    /// Each text with its language; none for a text in the flow's language.
    pub fn all(&self) -> Vec<(Option<&str>, &str)> {
        match self {
            Text::One(text) => vec![(None, text)],
            Text::Many(texts) => {
                texts.iter().map(|(tag, text)| (Some(tag.as_str()), text.as_str())).collect()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or an object with a text for each language")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text::One(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text, A::Error> {
                unique(map).map(Text::Many)
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

/// The text in the language that is nearest to the wanted one, unless all are others.
fn nearest<'a>(texts: &'a BTreeMap<String, String>, wanted: &str) -> Option<&'a String> {
    let near = texts.iter().map(|(tag, text)| (nearness(wanted, tag), text));
    let found = near.rev().max_by_key(|(nearness, _)| *nearness);
    found.filter(|(nearness, _)| *nearness > 0).map(|(_, text)| text)
}

/// The attributes that a text has places for.
pub fn places(text: &str) -> Vec<&str> {
    let mut places = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(OPEN) {
        let Some((name, next)) = after.split_once(CLOSE) else { break };
        places.push(name.trim());
        rest = next;
    }
    places
}

/// The text with attributes in its places; with nothing where there is none of the name. What was put in is not looked
/// at again, so a visitor can't have places filled.
pub fn fill(text: &str, attributes: &BTreeMap<String, String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let Some((name, next)) = after.split_once(CLOSE) else { break };
        filled.push_str(before);
        filled.push_str(attributes.get(name.trim()).map_or("", String::as_str));
        rest = next;
    }
    filled.push_str(rest);
    filled
}

/// The text as it is compared: without white space around it, in lower case.
pub fn plain(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The first `chars_max` characters of the text.
pub fn cut(text: &str, chars_max: usize) -> &str {
    let end = text.char_indices().nth(chars_max).map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_take_attributes() {
        let attributes = BTreeMap::from([
            ("name".to_owned(), "Ada".to_owned()),
            ("sly".to_owned(), "{{name}}".to_owned()),
        ]);
        for (text, expected) in [
            ("Hello {{name}}!", "Hello Ada!"),
            ("{{ name }}{{name}}", "AdaAda"),
            ("{{other}}, hello", ", hello"),
            ("{{sly}}", "{{name}}"),
            ("a {{ b", "a {{ b"),
            ("a }} b", "a }} b"),
            ("", ""),
        ] {
            assert_eq!(fill(text, &attributes), expected);
        }
        assert_eq!(places("{{a}} and {{ b }} and {{c"), ["a", "b"]);
    }

    #[test]
    fn a_text_is_in_the_visitors_language_if_there_is_one() {
        let texts = [("en", "Hello"), ("de", "Hallo"), ("pt-BR", "Oi")];
        let text = Text::Many(texts.map(|(tag, text)| (tag.to_owned(), text.to_owned())).into());
        for (language, expected) in
            [("de-AT", "Hallo"), ("pt", "Oi"), ("fr", "Hello"), ("", "Hello"), ("??", "Hello")]
        {
            assert_eq!(text.in_language(language, "en"), expected, "{language}");
        }
        assert_eq!(text.in_language("fr", "ja"), "Hallo", "any is better than none");
        assert_eq!(Text::One("Hi".to_owned()).in_language("de", "en"), "Hi");
    }
}
