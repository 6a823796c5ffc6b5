//! The languages of the notice: editing, adding and removing them.

use leptos::prelude::*;

use crate::settings::closing::texts::AddError;
use crate::settings::closing::{ClosingForm, names};
use crate::words::{Pattern, Word, fill, say};

impl ClosingForm {
    /// Sets the text of this language, and shows it in the preview.
    pub fn write_in(self, language: String) {
        self.language.set(language.clone());
        self.look(|look| look.language = language);
    }

    /// Adds a language by its tag or name. True if it is in the list now.
    pub fn add_language(self, written: &str) -> bool {
        let tag = names::tag(written);
        let mut added = Ok(String::new());
        self.change(|fields| added = fields.texts.add(&tag));
        match added {
            Ok(language) => {
                self.removed.set(None);
                self.not_added.set(None);
                self.write_in(language);
                true
            }
            Err(error) => {
                self.not_added.set(Some(not_added(error)));
                false
            }
        }
    }

    /// The agent edits another language: hides why the last one was not added.
    pub fn write_language(self) {
        if self.not_added.with_untracked(Option::is_some) {
            self.not_added.set(None);
        }
    }

    /// Removes a language, which can be restored.
    pub fn remove_language(self, language: &str) {
        let mut removed = None;
        self.change(|fields| removed = fields.texts.remove(language));
        if let Some(removed) = removed {
            self.app.say(fill(Pattern::NoticeRemoved, &[&names::name(language)]));
            self.removed.set(Some(removed));
            let first = self.fields.with_untracked(|it| it.texts.default_language().to_owned());
            self.write_in(first);
        }
    }

    /// Restores the language that was removed last.
    pub fn restore_language(self) {
        if let Some(removed) = self.removed.get_untracked() {
            let language = removed.notice.language.clone();
            self.removed.set(None);
            self.change(|fields| fields.texts.restore(removed));
            self.write_in(language);
        }
    }
}

fn not_added(error: AddError) -> String {
    match error {
        AddError::Missing => say(Word::NoticeMissing),
        AddError::Malformed => say(Word::NoticeMalformed),
        AddError::Repeated(language) => fill(Pattern::NoticeRepeated, &[&names::name(&language)]),
        AddError::TooMany => say(Word::NoticeTooMany),
    }
}
