//! Every text that visitors read, in every language that there is a file for in `words`.
//!
//! A file is i18next JSON v4: nested keys, plural forms as `name_one`, `name_other`, and places as
//! `{{name}}`. English has all the texts; the build script compares the other files with it. Nothing here
//! runs in a browser: the server writes the words into the documents that it sends.
//!
//! - A key in `{{…}}` in the widget's document is replaced by its text.
//! - The other texts are chosen at run time. They come as [`table`], a JSON array, at the end of the
//!   document's head; the widget's build script makes an `enum` of its positions.
//! - What is in one of the groups [`NOT_OF_THE_WIDGET`] is for the loader, whose files have places like those of
//!   the document, or for pages of the server.

use porchlight_protocol::language::nearness;
use porchlight_protocol::limits::LANGUAGE_CHARS_MAX;
use serde_json::Value;

/// Groups of texts that the widget doesn't show.
pub const NOT_OF_THE_WIDGET: [&str; 2] = ["loader", "page"];

/// Languages of an `Accept-Language` that are looked at. Browsers send fewer than ten.
const WISHES_MAX: usize = 20;

/// A language with all its words.
#[derive(Debug, PartialEq, Eq)]
pub struct Language {
    /// The BCP 47 tag: the name of its file.
    pub tag: &'static str,
    /// It is written from right to left.
    pub is_rtl: bool,
    /// The texts, sorted by key.
    pub words: &'static [(&'static str, Text)],
}

/// A text.
#[derive(Debug, PartialEq, Eq)]
pub enum Text {
    /// One text.
    Plain(&'static str),
    /// A text for each plural category: `one`, `other`.
    Plural(&'static [(&'static str, &'static str)]),
}

/// All languages. The first is English, which has every key.
pub static ALL: &[Language] = include!(concat!(env!("OUT_DIR"), "/languages.rs"));

impl Language {
    /// English.
    pub fn english() -> &'static Language {
        // The build script puts it first, and fails without it.
        const ENGLISH: &Language = match ALL.first() {
            Some(english) => english,
            None => panic!("there is no English"),
        };
        ENGLISH
    }

    /// The language for a visitor: the nearest to `wanted`, a tag in any notation, which may be anything;
    /// else to the best of `accepted`, the `Accept-Language` of a request; else English.
    pub fn choose(wanted: Option<&str>, accepted: Option<&str>) -> &'static Language {
        let wanted = wanted.into_iter().chain(wishes(accepted.unwrap_or_default()));
        wanted.filter_map(Language::nearest).next().unwrap_or_else(Language::english)
    }

    /// The nearest language, or `None` if the tag's language has no words, or it is no tag.
    fn nearest(tag: &str) -> Option<&'static Language> {
        // What is longer is no tag, and is not worth the time.
        if tag.len() > LANGUAGE_CHARS_MAX {
            return None;
        }
        let near = ALL.iter().map(|language| (nearness(tag, language.tag), language));
        // `max_by_key` takes the last of equals: the first should win.
        near.rev().max_by_key(|(near, _)| *near).filter(|(near, _)| *near > 0).map(|(_, it)| it)
    }

    /// The value of `dir` in HTML.
    pub fn direction(&self) -> &'static str {
        if self.is_rtl { "rtl" } else { "ltr" }
    }

    /// The text of a key that has no plural forms.
    pub fn get(&self, key: &str) -> Option<&'static str> {
        match self.find(key)? {
            Text::Plain(text) => Some(text),
            Text::Plural(_) => None,
        }
    }

    fn find(&self, key: &str) -> Option<&'static Text> {
        let at = self.words.binary_search_by_key(&key, |(key, _)| key).ok()?;
        self.words.get(at).map(|(_, text)| text)
    }

    /// A document with this language's words in its places, as text: nothing in them is markup. `{{lang}}`
    /// and `{{dir}}` are places, too. Other places stay as they are.
    pub fn fill(&self, document: &str) -> String {
        let mut filled = String::with_capacity(document.len() + document.len() / 2);
        for part in parts(document) {
            match part {
                Part::Markup(markup) => filled.push_str(markup),
                Part::Place("lang") => filled.push_str(self.tag),
                Part::Place("dir") => filled.push_str(self.direction()),
                Part::Place(key) => match self.get(key) {
                    Some(text) => escape(text, &mut filled),
                    None => filled.extend(["{{", key, "}}"]),
                },
            }
        }
        filled
    }

    /// The words that the program needs beside this document: a JSON array in the order of [`keys`], with
    /// texts as strings and plural forms as objects. The places of a text are numbered, `{{0}}`, in the order
    /// in which English has them, so that the program knows no names. It can stand in a script element.
    pub fn table(&self, document: &str) -> String {
        let row = |key: &&str| {
            let names = Language::english().find(key).map(names).unwrap_or_default();
            match self.find(key) {
                Some(Text::Plain(text)) => numbered(text, &names).into(),
                Some(Text::Plural(forms)) => {
                    let form = |(category, text): &(&str, &str)| {
                        ((*category).to_owned(), Value::from(numbered(text, &names)))
                    };
                    Value::Object(forms.iter().map(form).collect())
                }
                None => Value::Null,
            }
        };
        let rows: Vec<Value> = keys(document).iter().map(row).collect();
        script_safe(&Value::from(rows))
    }

    /// A script with this language's words in its places, which stand between double quotes. Other places stay
    /// as they are.
    pub fn fill_script(&self, script: &str) -> String {
        let mut filled = String::with_capacity(script.len() + script.len() / 4);
        for part in parts(script) {
            match part {
                Part::Markup(code) => filled.push_str(code),
                Part::Place(key) => match self.get(key) {
                    // A string of JSON is one of JavaScript; its quotes are there already.
                    Some(text) => filled.push_str(Value::from(text).to_string().trim_matches('"')),
                    None => filled.extend(["{{", key, "}}"]),
                },
            }
        }
        filled
    }
}

/// The tags of an `Accept-Language`, best first.
fn wishes(accepted: &str) -> impl Iterator<Item = &str> {
    let mut wishes: Vec<(&str, u32)> = Vec::new();
    for wish in accepted.split(',').take(WISHES_MAX) {
        let (tag, weight) = wish.split_once(';').unwrap_or((wish, ""));
        let weight = weight.trim().strip_prefix("q=").map(|weight| weight.trim().parse::<f32>());
        let weight = match weight {
            None => 1_000,
            Some(Ok(weight)) => (weight.clamp(0.0, 1.0) * 1_000.0) as u32,
            Some(Err(_)) => 0,
        };
        if weight > 0 {
            wishes.push((tag.trim(), weight));
        }
    }
    wishes.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    wishes.into_iter().map(|(tag, _)| tag)
}

/// The keys of the texts that the widget chooses at run time: those that are neither in its document nor in
/// [`NOT_OF_THE_WIDGET`].
pub fn keys(document: &str) -> Vec<&'static str> {
    let in_document: Vec<&str> = places(document).collect();
    let group = |key: &str| key.split('.').next().map(str::to_owned).unwrap_or_default();
    let keys = Language::english().words.iter().map(|(key, _)| *key);
    keys.filter(|key| {
        !in_document.contains(key) && !NOT_OF_THE_WIDGET.contains(&group(key).as_str())
    })
    .collect()
}

/// The places of a document that no language could fill: with a key that is unknown, or whose text has places
/// or plural forms of its own.
pub fn unknown_places(document: &str) -> Vec<&str> {
    let fills = |key: &str| {
        matches!(key, "lang" | "dir")
            || Language::english().get(key).is_some_and(|text| !text.contains("{{"))
    };
    // Trunk's places have spaces or underscores.
    let ours = |key: &&str| key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    places(document).filter(ours).filter(|key| !fills(key)).collect()
}

fn places(document: &str) -> impl Iterator<Item = &str> {
    parts(document).filter_map(|part| match part {
        Part::Place(key) => Some(key),
        Part::Markup(_) => None,
    })
}

enum Part<'a> {
    Markup(&'a str),
    /// What stands between `{{` and `}}`.
    Place(&'a str),
}

fn parts(document: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = document;
    std::iter::from_fn(move || {
        if let Some((key, after)) = rest.strip_prefix("{{").and_then(|rest| rest.split_once("}}")) {
            rest = after;
            return Some(Part::Place(key));
        }
        // Of a `{{` that nothing ends, the first brace is markup, too.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let next = rest.get(first..).and_then(|rest| rest.find("{{"));
        let at = next.map_or(rest.len(), |at| at + first);
        let (markup, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
        rest = after;
        (!markup.is_empty()).then_some(Part::Markup(markup))
    })
}

/// The names of a text's places, in their order; with plural forms, those of the most general one, `other`.
pub fn names(text: &'static Text) -> Vec<&'static str> {
    let text = match text {
        Text::Plain(text) => text,
        Text::Plural(forms) => {
            let other = forms.iter().find(|(category, _)| *category == "other");
            other.map_or("", |(_, text)| text)
        }
    };
    let mut names: Vec<&str> = Vec::new();
    for name in places(text) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn numbered(text: &str, names: &[&str]) -> String {
    let number = |(number, name): (usize, &&str)| (format!("{{{{{name}}}}}"), number);
    names.iter().enumerate().map(number).fold(text.to_owned(), |text, (place, number)| {
        text.replace(&place, &format!("{{{{{number}}}}}"))
    })
}

fn escape(text: &str, into: &mut String) {
    for char in text.chars() {
        match char {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            char => into.push(char),
        }
    }
}

/// In a script element only `<` could end the data.
fn script_safe(json: &Value) -> String {
    json.to_string().replace('<', "\\u003c")
}
