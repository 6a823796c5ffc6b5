//! The effect of saving, requested from the server while the agent edits.

use leptos::prelude::*;
use porchlight_browser::{Method, Timeout};
use porchlight_protocol::ClosingSettings;
use porchlight_protocol::settings::ClosingEffect;
use wasm_bindgen_futures::spawn_local;

use crate::settings::closing::effect;
use crate::settings::closing::fields::Reading;
use crate::settings::closing::{ClosingForm, EFFECT};
use crate::words::{Word, say};

/// Debounce: milliseconds after the last edit until the request.
const COUNT_AFTER_MS: u64 = 300;

/// The effect of saving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Count {
    /// Not known yet.
    Unknown,
    /// The effect of these settings.
    Known(ClosingSettings, ClosingEffect),
    /// The request failed.
    Failed,
}

impl ClosingForm {
    /// Requests the effect of saving, debounced.
    pub(super) fn ask_soon(self) {
        self.count_round.update_value(|round| *round += 1);
        self.count_timer.set_value(None);
        let Reading { settings, problems } = self.reading.get_untracked();
        let fixed = self.fixed.get_untracked();
        if fixed || !problems.is_empty() || !self.unsaved.get_untracked() {
            self.count.set(Count::Unknown);
            return;
        }
        if let Count::Known(asked, effect) = self.count.get_untracked()
            && !effect::replans(&asked, &settings)
        {
            // The numbers depend only on the periods.
            self.count.set(Count::Known(settings, effect));
            return;
        }
        let ask = move || {
            if !self.is_over() {
                self.ask(settings.clone());
            }
        };
        self.count_timer.set_value(Some(Timeout::after(COUNT_AFTER_MS, ask)));
    }

    fn ask(self, settings: ClosingSettings) {
        let Some(api) = self.app.api() else { return };
        let round = self.count_round.get_value();
        spawn_local(async move {
            let answer = api.send(Method::POST, EFFECT, &settings).await;
            if self.is_over() || self.count_round.get_value() != round {
                return;
            }
            self.count.set(match answer {
                Ok(effect) => Count::Known(settings, effect),
                Err(_) => Count::Failed,
            });
        });
    }

    /// The effect of saving, as sentences.
    pub fn sentences(self) -> Vec<String> {
        let Some(saved) = self.saved.get() else { return Vec::new() };
        match self.count.get() {
            Count::Known(edited, effect) => effect::sentences(&saved.settings, &edited, &effect),
            Count::Unknown => Vec::new(),
            Count::Failed => vec![say(Word::EffectNotCounted)],
        }
    }
}
