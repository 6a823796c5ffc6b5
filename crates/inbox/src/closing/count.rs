//! What saving would change, asked of the server while the agent edits.

use leptos::prelude::*;
use porchlight_browser::{Method, Timeout};
use porchlight_protocol::ClosingSettings;
use porchlight_protocol::settings::ClosingEffect;
use wasm_bindgen_futures::spawn_local;

use super::effect;
use super::fields::Reading;
use super::{ClosingForm, EFFECT};

/// Milliseconds without a further edit after which the server is asked.
const COUNT_AFTER_MS: u64 = 300;

const NOT_COUNTED: &str = "We couldn’t count what this changes: the server didn’t answer.";

/// What saving would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Count {
    /// Nothing is known yet.
    Unknown,
    /// So much, with these settings.
    Known(ClosingSettings, ClosingEffect),
    /// It could not be asked for.
    Failed,
}

impl ClosingForm {
    /// Asks what saving would change, soon.
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
            // The numbers are the same whatever visitors are shown.
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

    /// What saving would change, in sentences.
    pub fn sentences(self) -> Vec<String> {
        let Some(saved) = self.saved.get() else { return Vec::new() };
        match self.count.get() {
            Count::Known(edited, effect) => effect::sentences(&saved.settings, &edited, &effect),
            Count::Unknown => Vec::new(),
            Count::Failed => vec![NOT_COUNTED.to_owned()],
        }
    }
}
