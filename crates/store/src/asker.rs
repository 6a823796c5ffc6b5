//! What a server tells the store of a live chat that begins, for its questions: what only the server knows.

use std::collections::BTreeMap;

use porchlight_flow::asking::{Asked, Phrases};
use porchlight_protocol::questions::Question;

/// The group of the words that questions are asked in.
const GROUP: &str = "ask";

/// Whether somebody is there, and the words of a visitor's language.
#[derive(Debug, Clone, Default)]
pub struct Asker {
    /// True if an agent of the site is online.
    pub is_online: bool,
    /// The language of the words, a BCP 47 tag.
    pub language: &'static str,
    /// The product's words of the group `ask`, by key.
    pub words: Vec<(&'static str, &'static str)>,
}

impl Asker {
    /// The questions in words: the question's own, else the site's, else the product's. One without any is left out.
    pub(crate) fn asked(&self, asks: &[Question], own: &BTreeMap<String, String>) -> Vec<Asked> {
        let text = |ask: &Question| match ask.own_text(self.language) {
            Some(text) => Some(text.to_owned()),
            None => Some(self.word(&ask.field, own)).filter(|text| !text.is_empty()),
        };
        let asked = |ask: &Question| {
            Some(Asked { field: ask.field.clone(), required: ask.required, text: text(ask)? })
        };
        asks.iter().filter_map(asked).collect()
    }

    /// What is said beside the questions.
    pub(crate) fn phrases(&self, own: &BTreeMap<String, String>) -> Phrases {
        Phrases {
            email_again: self.word("emailAgain", own),
            phone_again: self.word("phoneAgain", own),
            again: self.word("again", own),
            meant: self.word("meant", own),
            skip: self.word("skip", own),
            thanks: self.word("thanks", own),
        }
    }

    fn word(&self, name: &str, own: &BTreeMap<String, String>) -> String {
        let key = [GROUP, ".", name].concat();
        let ours = || {
            let found = self.words.iter().find(|(known, _)| *known == key);
            found.map(|(_, text)| (*text).to_owned()).unwrap_or_default()
        };
        own.get(&key).cloned().unwrap_or_else(ours)
    }
}
