//! Saving the form, and discarding changes.

use leptos::prelude::*;
use porchlight_browser::Method;
use porchlight_client::Failure;
use porchlight_protocol::settings::{ClosingEffect, ClosingPage};
use porchlight_protocol::{ClosingSettings, ErrorBody, ErrorCode, Plan};
use wasm_bindgen_futures::spawn_local;

use crate::settings::closing::count::Count;
use crate::settings::closing::fields::{Field, Fields, Reading};
use crate::settings::closing::{ClosingForm, EFFECT, PATH, Saving, effect, written_language};
use crate::text;
use crate::words::{self, Word, say};

impl ClosingForm {
    /// Resets the form to the saved settings. The discarded changes can be restored.
    pub fn discard(self) {
        let Some(saved) = self.saved.get_untracked() else { return };
        let discarded = self.fields.get_untracked();
        self.removed.set(None);
        self.not_added.set(None);
        self.tried.set(false);
        self.put(Fields::of(&saved.settings, &written_language()));
        self.changed();
        self.state.set(Saving::Discarded(Box::new(discarded)));
    }

    /// Restores discarded changes.
    pub fn restore(self) {
        if let Saving::Discarded(fields) = self.state.get_untracked() {
            self.put(*fields);
            self.changed();
            self.state.set(Saving::Idle);
        }
    }

    /// Saves the form. If conversations would close at once, asks the agent to confirm first.
    pub fn save(self) {
        let busy = self.state.get_untracked() == Saving::Busy;
        if busy || !self.unsaved.get_untracked() || self.fixed.get_untracked() {
            return;
        }
        self.tried.set(true);
        let Reading { settings, problems } = self.reading.get_untracked();
        if let Some(first) = problems.first() {
            self.state
                .set(Saving::Failed(words::count(words::Count::SaveNotReady, problems.len())));
            self.go_to(first.field.clone());
            return;
        }
        let Some(saved) = self.saved.get_untracked() else { return };
        let Some(api) = self.app.api() else { return };
        self.state.set(Saving::Busy);
        self.count_round.update_value(|round| *round += 1);
        spawn_local(async move {
            // Requested again, so that the number is current.
            let answer = api.send(Method::POST, EFFECT, &settings).await;
            if self.is_over() {
                return;
            }
            match answer {
                Ok(effect) => {
                    self.count.set(Count::Known(settings.clone(), effect));
                    if effect.due > 0 && effect::replans(&saved.settings, &settings) {
                        self.state.set(Saving::Idle);
                        self.asked.set(Some(effect));
                    } else {
                        self.put_to_server(settings, effect);
                    }
                }
                Err(failure) => self.failed(failure),
            }
        });
    }

    /// Cancels the confirmation.
    pub fn keep_open(self) {
        self.asked.set(None);
    }

    /// Saves after the confirmation.
    pub fn save_anyway(self) {
        let Some(effect) = self.asked.get_untracked() else { return };
        self.asked.set(None);
        self.state.set(Saving::Busy);
        self.put_to_server(self.reading.get_untracked().settings, effect);
    }

    fn put_to_server(self, settings: ClosingSettings, effect: ClosingEffect) {
        let (Some(api), Some(before)) = (self.app.api(), self.saved.get_untracked()) else {
            return;
        };
        spawn_local(async move {
            let path = [PATH, "?seen=", &before.revision.to_string()].concat();
            let answer = api.send::<_, ClosingPage>(Method::PUT, &path, &settings).await;
            if self.is_over() {
                return;
            }
            match answer {
                Ok(saved) => {
                    let happened = effect::sentences(&before.settings, &saved.settings, &effect);
                    // The agent may have made further changes.
                    let untouched = self.reading.get_untracked().settings == settings;
                    let fields = match untouched {
                        true => Fields::of(&saved.settings, &self.language.get_untracked()),
                        false => self.fields.get_untracked(),
                    };
                    self.tried.set(false);
                    self.removed.set(None);
                    self.take(saved, fields);
                    self.changed();
                    self.state.set(Saving::Saved(happened));
                }
                Err(failure) => self.failed(failure),
            }
        });
    }

    /// Shows why a request failed.
    pub(super) fn failed(self, failure: Failure) {
        let failure = self.app.gate.unless_lost(failure);
        let error = match failure {
            None => return self.state.set(Saving::Idle),
            Some(Failure::Refused(error)) => error,
            Some(failure) => return self.state.set(Saving::Failed(say(text::failure(&failure)))),
        };
        match error.code {
            ErrorCode::PlanRequired => self.lock(),
            ErrorCode::SettingsChanged => self.look_again(),
            _ => self.refuse(&error),
        }
    }

    /// The plan was changed meanwhile. The form keeps the agent's changes.
    fn lock(self) {
        let fields = self.fields.get_untracked();
        if let Some(saved) = self.saved.get_untracked() {
            self.take(ClosingPage { plan: Plan::Starter, ..saved }, fields);
        }
        self.changed();
        self.state.set(Saving::Failed(say(Word::SaveNotInPlan)));
    }

    /// Another admin has saved meanwhile. The form keeps the agent's changes, and compares them with the new
    /// settings.
    fn look_again(self) {
        let Some(api) = self.app.api() else { return };
        spawn_local(async move {
            let answer = api.get::<ClosingPage>(PATH).await;
            if self.is_over() {
                return;
            }
            match answer {
                Ok(theirs) => {
                    self.take(theirs, self.fields.get_untracked());
                    self.changed();
                    self.state.set(Saving::Failed(say(Word::SaveChanged)));
                }
                Err(failure) => self.failed(failure),
            }
        });
    }

    fn refuse(self, error: &ErrorBody) {
        let words = say(text::error_code(error.code));
        self.state.set(Saving::Failed(words.clone()));
        if let Some(field) = self.fields.with_untracked(|fields| fields.named(error)) {
            self.refused.set(Some((field.clone(), words)));
            self.go_to(field);
        }
    }

    fn go_to(self, field: Field) {
        if let Field::Text(language) = &field {
            self.write_in(language.clone());
        }
        self.wrong.set(Some(field));
    }
}
