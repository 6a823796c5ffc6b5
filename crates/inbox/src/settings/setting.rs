//! A setting that is one value of the API: loaded from a path, and saved there as a whole.

use leptos::prelude::*;
use porchlight_browser::Method;
use porchlight_client::Failure;
use porchlight_protocol::ErrorCode;
use porchlight_protocol::json::FromJson;
use porchlight_protocol::rights::Right;
use serde::Serialize;
use wasm_bindgen_futures::spawn_local;

use crate::app::App;
use crate::text;
use crate::words::say;

/// The state of the last load or save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saving {
    /// No save yet.
    Idle,
    /// The request is in flight.
    Busy,
    /// Saved.
    Saved,
    /// Failed, for this reason.
    Failed(String),
}

/// The value, and the state of its requests. Only the functions here write to its signals.
pub struct Setting<T: 'static> {
    /// The value as it is saved; `None` before that is known.
    pub saved: RwSignal<Option<T>>,
    /// The state of the last load or save.
    pub state: RwSignal<Saving>,
    /// True if the agent is an admin, or the setting is their own.
    pub may_change: bool,
    /// The inbox.
    pub app: App,
    path: &'static str,
}

// Derived, they would ask the same of `T`.
impl<T> Copy for Setting<T> {}

impl<T> Clone for Setting<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: FromJson + Send + Sync> Setting<T> {
    /// The setting at a path of the API, which asks what is saved.
    pub fn open(app: App, path: &'static str) -> Self {
        let setting = Setting {
            saved: RwSignal::new(None),
            state: RwSignal::new(Saving::Idle),
            may_change: app.session.with_value(|session| session.role.may(Right::ChangeSettings)),
            app,
            path,
        };
        setting.load();
        setting
    }

    /// The agent's own setting at a path of the API, which asks what is saved: nobody needs a right for it.
    pub fn of_agent(app: App, path: &'static str) -> Self {
        Setting { may_change: true, ..Setting::open(app, path) }
    }

    /// Asks what is saved.
    pub fn load(self) {
        let Some(api) = self.app.api() else { return };
        self.state.set(Saving::Busy);
        spawn_local(async move {
            let answer = api.get::<T>(self.path).await;
            self.answered(answer, Saving::Idle);
        });
    }

    /// Saves a value, which is the whole, or the part of it that can be set. The answer says what has been saved.
    pub fn save(self, value: impl Serialize + 'static) {
        let Some(api) = self.app.api().filter(|_| self.may_change) else { return };
        self.state.set(Saving::Busy);
        spawn_local(async move {
            let answer = api.send::<_, T>(Method::PUT, self.path, &value).await;
            self.answered(answer, Saving::Saved);
        });
    }

    /// Forgets what became of the last request.
    pub fn rest(self) {
        self.state.set(Saving::Idle);
    }

    /// True once the value is known.
    pub fn is_there(self) -> bool {
        self.saved.with(Option::is_some)
    }

    /// True if the last load or save has failed.
    pub fn has_failed(self) -> bool {
        self.state.with(|state| matches!(state, Saving::Failed(_)))
    }

    fn answered(self, answer: Result<T, Failure>, state: Saving) {
        if self.saved.is_disposed() {
            return;
        }
        match answer {
            Ok(value) => {
                self.saved.set(Some(value));
                self.state.set(state);
            }
            Err(failure) => match self.app.gate.unless_lost(failure) {
                None => self.state.set(Saving::Idle),
                Some(failure) if failure.code() == Some(ErrorCode::SettingsChanged) => {
                    self.look_again(failure);
                }
                Some(failure) => self.failed(&failure),
            },
        }
    }

    fn failed(self, failure: &Failure) {
        self.state.set(Saving::Failed(say(text::failure(failure))));
        // A switch stands where it did.
        self.saved.update(|_| {});
    }

    /// Somebody else has saved meanwhile: the fields keep what was written, and stand beside what is saved now.
    fn look_again(self, failure: Failure) {
        let Some(api) = self.app.api() else { return };
        spawn_local(async move {
            let answer = api.get::<T>(self.path).await;
            if self.saved.is_disposed() {
                return;
            }
            match answer.map_err(|failure| self.app.gate.unless_lost(failure)) {
                Ok(theirs) => {
                    self.failed(&failure);
                    self.saved.set(Some(theirs));
                }
                Err(None) => self.state.set(Saving::Idle),
                Err(Some(failure)) => self.failed(&failure),
            }
        });
    }
}
