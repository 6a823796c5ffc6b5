//! A question of the site's own, while it is written.

use leptos::prelude::*;
use porchlight_browser::words::language;
use porchlight_protocol::questions::{Question, Questions};

use crate::settings::live_chat::LiveChat;
use crate::settings::live_chat::questions::{How, key, restored, with, worded};
use crate::text;
use crate::words::say;

/// The site's own questions on the page: which one is written, and which was removed last.
#[derive(Clone, Copy)]
pub struct Own {
    /// What is written; `None` if nothing is.
    pub writing: RwSignal<Option<Writing>>,
    /// The question that was removed last, with its place among all.
    pub removed: RwSignal<Option<(usize, Question)>>,
    /// Why what is written can't be saved.
    pub problem: RwSignal<Option<String>>,
    /// True once what is written was sent.
    pub is_sent: RwSignal<bool>,
}

/// A question that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writing {
    /// The attribute of the question that gets a text in another language; `None` for a new question.
    pub of: Option<String>,
    /// The language of the text.
    pub language: String,
}

impl Own {
    /// Nothing is written, and nothing was removed.
    pub fn new() -> Self {
        Own {
            writing: RwSignal::new(None),
            removed: RwSignal::new(None),
            problem: RwSignal::new(None),
            is_sent: RwSignal::new(false),
        }
    }

    /// Opens the fields for a new question, or for the words of this one.
    pub fn write(self, of: Option<String>) {
        self.problem.set(None);
        self.is_sent.set(false);
        self.writing.set(Some(Writing { of, language: language() }));
    }

    /// Closes the fields.
    pub fn stop(self) {
        self.writing.set(None);
    }
}

impl LiveChat {
    /// The text that is saved for what is written, in its language.
    pub fn text_of(self, writing: &Writing) -> String {
        let saved = self.questions.saved.get_untracked().unwrap_or_default();
        let ask = saved.asks.iter().find(|ask| Some(&ask.field) == writing.of.as_ref());
        let own = ask.and_then(|ask| ask.texts.iter().find(|own| own.language == writing.language));
        own.map(|own| own.text.clone()).unwrap_or_default()
    }

    /// Saves a question: its text, and what its answers are called if it is new. True if it is on its way; else the
    /// page says why not.
    pub fn save_own(self, detail: &str, text: &str) -> bool {
        let own = self.own;
        let Some(Writing { of, language }) = own.writing.get_untracked() else { return false };
        let saved = self.questions.saved.get_untracked().unwrap_or_default();
        let field = of.unwrap_or_else(|| key(&saved, detail));
        let asked = worded(saved, &field, &language, text);
        match asked.checked() {
            Ok(asked) => {
                own.problem.set(None);
                own.is_sent.set(true);
                self.ask(|_| asked);
                true
            }
            Err(error) => {
                own.problem.set(Some(say(text::error_code(error.code))));
                false
            }
        }
    }

    /// Asks for a field in another way. A question of the site's own that is not asked any more can come back.
    pub fn ask_for(self, field: &str, how: How) {
        self.own.removed.set(None);
        self.ask(|saved: Questions| {
            if how == How::Not {
                let own = saved.asks.iter().enumerate().find(|(_, ask)| ask.field == field);
                let own = own.filter(|(_, ask)| ask.is_own());
                self.own.removed.set(own.map(|(at, ask)| (at, ask.clone())));
            }
            with(saved, field, how)
        });
    }

    /// Asks the question again that was removed last.
    pub fn undo(self) {
        if let Some(removed) = self.own.removed.get_untracked() {
            self.own.removed.set(None);
            self.ask(|saved| restored(saved, removed));
        }
    }
}
