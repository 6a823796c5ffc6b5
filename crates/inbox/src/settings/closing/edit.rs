//! Editing the form, and choosing what the preview shows.

use leptos::prelude::*;
use porchlight_browser::time;

use crate::settings::closing::fields::{Field, Fields, Problem};
use crate::settings::closing::sample::{self, Look, When};
use crate::settings::closing::{ClosingForm, Saving};

impl ClosingForm {
    /// Edits the form.
    pub fn change(self, change: impl FnOnce(&mut Fields)) {
        if self.fixed.get_untracked() {
            return;
        }
        self.fields.update(change);
        self.changed();
        if self.state.get_untracked() != Saving::Busy {
            self.state.set(Saving::Idle);
        }
    }

    /// The form has changed: updates preview and effect.
    pub(super) fn changed(self) {
        if self.refused.with_untracked(Option::is_some) {
            self.refused.set(None);
        }
        self.show();
        self.ask_soon();
    }

    /// Changes the moment that the preview shows.
    pub fn look(self, change: impl FnOnce(&mut Look)) {
        self.preview.look.update(change);
        self.show();
    }

    /// True if there is a warning, so that the preview can show the moment before the closing.
    pub fn warns(self) -> bool {
        let plan = self.plan();
        self.reading.with(|reading| sample::warns(&reading.settings, plan))
    }

    /// The moment that the preview shows: the chosen one; without a warning, *At once* instead of *Before*.
    pub fn looks(self) -> Look {
        let mut look = self.preview.look.get();
        if look.when == When::Before && !self.warns() {
            look.when = When::AtOnce;
        }
        look
    }

    fn show(self) {
        self.preview.feed(move || {
            if self.is_over() {
                return None;
            }
            untrack(|| {
                let settings = self.reading.with(|it| it.settings.clone());
                let (me, now) = (self.app.me(), time::now());
                let sample = sample::sample(&settings, self.plan(), &me, &self.looks(), now);
                serde_json::to_string(&sample).ok()
            })
        });
    }

    /// The problem of a field, if it is shown.
    pub fn problem(self, field: &Field) -> Option<String> {
        let refused = self.refused.with(|refused| match refused {
            Some((where_, words)) if where_ == field => Some(words.clone()),
            _ => None,
        });
        let tried = self.tried.get();
        refused.or_else(|| {
            self.reading.with(|reading| {
                let told = |it: &&Problem| it.field == *field && (tried || !it.unfinished);
                reading.problems.iter().find(told).map(|it| it.words.clone())
            })
        })
    }
}
