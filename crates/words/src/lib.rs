//! Every text that visitors and agents read, in every language that there is a file for: [`CHAT`] from
//! `words`, [`INBOX`] from `words/inbox`.
//!
//! A file is i18next JSON v4: nested keys, plural forms as `name_one`, `name_other`, and places as
//! `{{name}}`. English has all the texts; the build script compares the other files with it. Nothing here
//! runs in a browser: the server writes the words into the documents that it sends.
//!
//! - A key in `{{…}}` in an app's document is replaced by its text; `{{answers}}` in that of the chat, by
//!   [`of_site`].
//! - The other texts are chosen at run time. They come as a [table](Catalogue::table), a JSON array, at the end
//!   of the document's head; the app's build script makes enums of its positions, by [`code`].

pub mod code;
mod own;

pub use own::{Own, OwnError, Wording};

use porchlight_protocol::language::nearness;
use porchlight_protocol::limits::LANGUAGE_CHARS_MAX;
use serde_json::Value;

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

/// The words of an app, in all of its languages.
#[derive(Debug)]
pub struct Catalogue {
    /// The languages. The first is English, which has every key.
    pub languages: &'static [Language],
    english: &'static Language,
    /// Groups of texts that the app shows neither in its document nor by its program.
    elsewhere: &'static [&'static str],
}

/// What visitors read. The groups `loader` and `history` are for the loader's files, which have places like those of
/// the document; `page` is for pages of the server, `mail` for e-mail, `ask` for what live chats ask.
pub static CHAT: Catalogue = Catalogue::of(
    include!(concat!(env!("OUT_DIR"), "/chat.rs")),
    &["answers", "ask", "history", "loader", "mail", "page"],
);

/// What agents read. The group `export` is for the pages of exported visitors.
pub static INBOX: Catalogue =
    Catalogue::of(include!(concat!(env!("OUT_DIR"), "/inbox.rs")), &["export"]);

impl Catalogue {
    const fn of(languages: &'static [Language], elsewhere: &'static [&'static str]) -> Catalogue {
        // When it is compiled: the build script puts English first, and fails without it.
        match languages.first() {
            Some(english) => Catalogue { languages, english, elsewhere },
            None => panic!("there is no English"),
        }
    }

    /// English.
    pub fn english(&self) -> &'static Language {
        self.english
    }

    /// The language for somebody: the nearest to `wanted`, a tag in any notation, which may be anything; else to
    /// the best of `accepted`, the `Accept-Language` of a request; else English.
    pub fn choose(&self, wanted: Option<&str>, accepted: Option<&str>) -> &'static Language {
        let wanted = wanted.into_iter().chain(wishes(accepted.unwrap_or_default()));
        wanted.filter_map(|tag| self.nearest(tag)).next().unwrap_or(self.english)
    }

    /// The nearest language, or `None` if the tag's language has no words, or it is no tag.
    fn nearest(&self, tag: &str) -> Option<&'static Language> {
        // What is longer is no tag, and is not worth the time.
        if tag.len() > LANGUAGE_CHARS_MAX {
            return None;
        }
        let near = self.languages.iter().map(|language| (nearness(tag, language.tag), language));
        // `max_by_key` takes the last of equals: the first should win.
        near.rev().max_by_key(|(near, _)| *near).filter(|(near, _)| *near > 0).map(|(_, it)| it)
    }

    /// The keys of the texts that the app chooses at run time: those that are not in its document, and not for
    /// elsewhere.
    pub fn keys(&self, document: &str) -> Vec<&'static str> {
        let in_document: Vec<&str> = places(document).collect();
        let group = |key: &'static str| key.split('.').next().unwrap_or_default();
        let keys = self.english.words.iter().map(|(key, _)| *key);
        keys.filter(|key| !in_document.contains(key) && !self.elsewhere.contains(&group(key)))
            .collect()
    }

    /// The places of a document that no language could fill: with a key that is unknown, or whose text has places
    /// or plural forms of its own.
    pub fn unknown_places<'a>(&self, document: &'a str) -> Vec<&'a str> {
        let fills = |key: &str| {
            matches!(key, "answers" | "dir" | "lang" | "languages")
                || self.english.get(key).is_some_and(|text| !text.contains("{{"))
        };
        // Trunk's places have spaces or underscores.
        let ours =
            |key: &&str| key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        places(document).filter(ours).filter(|key| !fills(key)).collect()
    }

    /// The app's document in this language. `{{lang}}` and `{{dir}}` are places, too, and `{{languages}}` is one
    /// for the tags of all.
    pub fn fill<'a>(&self, wording: impl Into<Wording<'a>>, document: &str) -> String {
        let tags: Vec<&str> = self.languages.iter().map(|language| language.tag).collect();
        wording.into().fill(&document.replace("{{languages}}", &tags.join(" ")))
    }

    /// The element with the words that the program needs beside this document, for the end of its head.
    pub fn element<'a>(&self, wording: impl Into<Wording<'a>>, document: &str) -> String {
        let table = self.table(wording, document);
        format!("<script type=\"application/json\" id=\"porchlight-words\">{table}</script>")
    }

    /// The words that the program needs beside this document: a JSON array in the order of
    /// [`keys`](Catalogue::keys), with texts as strings and plural forms as objects. The places of a text are
    /// numbered, `{{0}}`, as [`names`] has them, so that the program knows no names. It can stand in a script
    /// element.
    pub fn table<'a>(&self, wording: impl Into<Wording<'a>>, document: &str) -> String {
        let wording = wording.into();
        let row = |key: &&str| {
            let names = self.english.find(key).map(names).unwrap_or_default();
            match wording.language.find(key) {
                Some(Text::Plain(_)) => {
                    numbered(wording.get(key).unwrap_or_default(), &names).into()
                }
                Some(Text::Plural(forms)) => {
                    let form = |(category, ours): &(&str, &'a str)| {
                        let text = wording.form(key, category).unwrap_or(ours);
                        ((*category).to_owned(), Value::from(numbered(text, &names)))
                    };
                    Value::Object(forms.iter().map(form).collect())
                }
                None => Value::Null,
            }
        };
        let rows: Vec<Value> = self.keys(document).iter().map(row).collect();
        script_safe(&Value::from(rows))
    }
}

impl Language {
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

    /// A document with this language's words in its places, as [`Wording::fill`].
    pub fn fill(&self, document: &str) -> String {
        Wording::from(self).fill(document)
    }

    /// A script with this language's words in its places, as [`Wording::fill_script`].
    pub fn fill_script(&self, script: &str) -> String {
        Wording::from(self).fill_script(script)
    }
}

/// The document of the chat with what differs from site to site, as text: how long the team usually takes to answer. If that
/// is not known, nothing is shown.
pub fn of_site(document: &str, answers: Option<&str>) -> String {
    let mut text = String::new();
    escape(answers.unwrap_or_default(), &mut text);
    document.replace("{{answers}}", &text)
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

/// The names of a text's places, in their order. With plural forms, `count` comes first, and then those of the
/// most general one, `other`.
pub fn names(text: &'static Text) -> Vec<&'static str> {
    let (mut names, text): (Vec<&str>, &str) = match text {
        Text::Plain(text) => (Vec::new(), text),
        Text::Plural(forms) => {
            let other = forms.iter().find(|(category, _)| *category == "other");
            (vec!["count"], other.map_or("", |(_, text)| text))
        }
    };
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
