//! Settings → Close Conversations: what is saved, what stands in the form, and saving it.

use leptos::prelude::*;
use porchlight_browser::Method;
use porchlight_client::Failure;
use porchlight_protocol::limits::NOTICE_CHARS_MAX;
use porchlight_protocol::text::TextError;
use porchlight_protocol::wire::Role;
use porchlight_protocol::{ClosingSettings, ErrorCode};
use wasm_bindgen_futures::spawn_local;

use crate::app::App;
use crate::text;

/// The page's state.
#[derive(Clone, Copy)]
pub struct ClosingForm {
    /// What the server has.
    pub saved: RwSignal<Option<ClosingSettings>>,
    /// What stands in the form.
    pub form: RwSignal<ClosingSettings>,
    /// What became of the last try to load or save.
    pub state: RwSignal<Saving>,
    /// The form says something else than the server has.
    pub unsaved: Memo<bool>,
    /// The agent may change something here.
    pub may_change: bool,
    app: App,
}

/// What became of the last try to load or save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saving {
    /// Nothing was tried, or something was changed since.
    Idle,
    /// It is on its way.
    Busy,
    /// It is saved.
    Saved,
    /// It is not, for this reason.
    Failed(String),
}

impl ClosingForm {
    /// The page, with what the server has on its way.
    pub fn open(app: App) -> Self {
        let saved = RwSignal::new(None);
        let form = RwSignal::new(ClosingSettings::default());
        let unsaved = Memo::new(move |_| {
            saved.with(|saved: &Option<_>| {
                saved.as_ref().is_some_and(|saved| form.with(|form| form != saved))
            })
        });
        let may_change = app.session.with_value(|session| session.role == Role::Admin);
        let state = RwSignal::new(Saving::Busy);
        let page = ClosingForm { saved, form, state, unsaved, may_change, app };
        page.load();
        page
    }

    /// Asks the server what it has.
    pub fn load(self) {
        let Some(api) = self.app.api() else { return };
        self.state.set(Saving::Busy);
        spawn_local(async move {
            let answer = api.get("/settings/closing").await;
            self.answered(answer, Saving::Idle);
        });
    }

    /// Changes the form.
    pub fn change(self, change: impl FnOnce(&mut ClosingSettings)) {
        self.form.update(change);
        if self.state.get_untracked() != Saving::Busy {
            self.state.set(Saving::Idle);
        }
    }

    /// Puts the form back to what the server has.
    pub fn discard(self) {
        if let Some(saved) = self.saved.get_untracked() {
            self.change(|form| *form = saved);
        }
    }

    /// Saves the form.
    pub fn save(self) {
        let busy = self.state.get_untracked() == Saving::Busy;
        if busy || !self.unsaved.get_untracked() || !self.may_change {
            return;
        }
        let mut settings = self.form.get_untracked();
        if let (false, Some(saved)) = (settings.notice, self.saved.get_untracked()) {
            // A text that can't be shown keeps nobody from switching the notice off.
            if settings.clone().checked().is_err() {
                settings.notice_text = saved.notice_text;
            }
        }
        if let Err(error) = settings.clone().checked() {
            self.state.set(Saving::Failed(text::notice_refused(error).to_owned()));
            return;
        }
        let Some(api) = self.app.api() else { return };
        self.state.set(Saving::Busy);
        spawn_local(async move {
            let answer = api.send(Method::PUT, "/settings/closing", &settings).await;
            self.answered(answer, Saving::Saved);
        });
    }

    fn answered(self, answer: Result<ClosingSettings, Failure>, then: Saving) {
        // The page may have been left in the meantime.
        if self.form.is_disposed() {
            return;
        }
        match answer {
            Ok(settings) => {
                self.form.set(settings.clone());
                self.saved.set(Some(settings));
                self.state.set(then);
            }
            Err(Failure::Network) => {
                self.state.set(Saving::Failed(text::UNREACHABLE.to_owned()));
            }
            Err(Failure::Refused(error))
                if matches!(
                    error.code,
                    ErrorCode::SignInRequired | ErrorCode::CsrfTokenInvalid
                ) =>
            {
                self.app.gate.lost();
            }
            Err(Failure::Refused(error)) => self.state.set(Saving::Failed(error.message)),
        }
    }
}

/// What is wrong with the notice, if something is.
pub fn notice_problem(settings: &ClosingSettings) -> Option<TextError> {
    if settings.notice { settings.clone().checked().err() } else { None }
}

/// Characters of the notice, as the limit counts them.
pub fn notice_chars(settings: &ClosingSettings) -> (usize, bool) {
    let chars = settings.notice_text.trim().chars().count();
    (chars, chars > NOTICE_CHARS_MAX)
}
