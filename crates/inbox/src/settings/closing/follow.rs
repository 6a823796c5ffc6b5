//! Changes by others while the page is open: of the site's plan, and of the settings.

use leptos::prelude::*;
use porchlight_protocol::settings::ClosingPage;
use wasm_bindgen_futures::spawn_local;

use crate::settings::closing::fields::Fields;
use crate::settings::closing::{ClosingForm, PATH, Saving, written_language};
use crate::words::{Word, say};

impl ClosingForm {
    /// Reloads the page's data whenever the server reports that the site's policy may have changed.
    pub(super) fn follow_site(self) {
        Effect::new(move |before: Option<u32>| {
            let now = self.app.settings.site_changes.get();
            if before.is_some_and(|before| before != now) {
                self.look_quietly();
            }
            now
        });
    }

    fn look_quietly(self) {
        let Some(api) = self.app.api() else { return };
        spawn_local(async move {
            let answer = api.get::<ClosingPage>(PATH).await;
            if self.is_over() {
                return;
            }
            // If this fails, the page stays as it is: loading and saving report errors.
            if let Ok(fresh) = answer {
                self.found(fresh);
            }
        });
    }

    fn found(self, fresh: ClosingPage) {
        let Some(known) = self.saved.get_untracked() else { return };
        // While loading or saving, the answer to that is current anyway.
        let busy = self.state.get_untracked() == Saving::Busy;
        if busy || fresh == known || fresh.revision < known.revision {
            return;
        }
        let unsaved = self.unsaved.get_untracked();
        let fields = match unsaved {
            true => self.fields.get_untracked(),
            false => Fields::of(&fresh.settings, &written_language()),
        };
        let (was, is) = (known.plan.includes_closing(), fresh.plan.includes_closing());
        let other_settings = fresh.settings != known.settings;
        self.take(fresh, fields);
        self.changed();
        match (was, is) {
            (false, true) => self.app.say_word(Word::LockedUnlocked),
            (true, false) => self.state.set(Saving::Failed(say(Word::LockedNow))),
            _ => {}
        }
        if unsaved && other_settings {
            self.state.set(Saving::Failed(say(Word::LockedChangedByOthers)));
        }
    }
}
