//! Settings → Texts: what visitors read, in the site's own words.

mod edited;
pub mod view;

use std::cell::RefCell;
use std::collections::BTreeMap;

use leptos::prelude::*;
use porchlight_browser::{Method, words};
use porchlight_client::Failure;
use porchlight_protocol::rights::Right;
use porchlight_protocol::texts::TextsPage;
use porchlight_protocol::{ErrorBody, ErrorCode, MemberId};
use wasm_bindgen_futures::spawn_local;

use crate::app::App;
pub use crate::settings::texts::edited::{Edited, OurText, direction, places};
use crate::text;
use crate::words::{Word, say};

/// The path in the API.
const PATH: &str = "/settings/texts?language=";

/// The texts of the languages that were looked at, by tag.
type Languages = BTreeMap<String, Edited>;

thread_local! {
    /// The texts of an admin whose session was lost, restored after the next sign-in.
    static KEPT: RefCell<Option<(MemberId, Languages)>> = const { RefCell::new(None) };
}

/// The state of the last load or save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saving {
    /// No load or save since the last edit.
    Idle,
    /// The request is in flight.
    Busy,
    /// Saved.
    Saved,
    /// The fields were reset; these were the discarded ones.
    Discarded(Box<Languages>),
    /// Failed, for this reason.
    Failed(String),
}

/// The state of the page. Only the functions here write to its signals.
#[derive(Clone, Copy)]
pub struct TextsForm {
    /// The texts of each language that was looked at.
    pub languages: RwSignal<Languages>,
    /// The language that is shown.
    pub language: RwSignal<String>,
    /// What is searched for.
    pub search: RwSignal<String>,
    /// Only what is in the site's own words is shown.
    pub only_own: RwSignal<bool>,
    /// True if a language has changes that are not saved.
    pub unsaved: Memo<bool>,
    /// The state of the last load or save.
    pub state: RwSignal<Saving>,
    /// The key of the text that the server refused, and why.
    pub refused: RwSignal<Option<(String, String)>>,
    /// True if the agent is an admin.
    pub may_change: bool,
    /// The inbox.
    pub app: App,
}

impl TextsForm {
    /// The page, which requests the texts in the agent's language.
    pub fn open(app: App) -> Self {
        let me = app.me().id;
        let kept = KEPT.take().filter(|(whose, _)| *whose == me).map(|(_, kept)| kept);
        let languages = RwSignal::new(kept.unwrap_or_default());
        let page = TextsForm {
            languages,
            language: RwSignal::new(words::language()),
            search: RwSignal::default(),
            only_own: RwSignal::new(false),
            unsaved: Memo::new(move |_| languages.with(|all| all.values().any(Edited::is_changed))),
            state: RwSignal::new(Saving::Idle),
            refused: RwSignal::new(None),
            may_change: app.session.with_value(|session| session.role.may(Right::ChangeSettings)),
            app,
        };
        page.load();
        page
    }

    /// The texts of the shown language, once they have been loaded.
    pub fn shown<T>(self, look: impl FnOnce(&Edited) -> T) -> Option<T> {
        self.languages.with(|all| self.language.with(|tag| all.get(tag).map(look)))
    }

    /// What stands in a field of the shown language.
    pub fn text(self, key: &str) -> String {
        self.shown(|texts| texts.text(key).to_owned()).unwrap_or_default()
    }

    /// Shows another language.
    pub fn show(self, language: String) {
        self.refused.set(None);
        self.language.set(language);
        self.load();
    }

    /// Writes into a field of the shown language.
    pub fn write(self, key: &str, text: &str) {
        self.refused.update(|refused| {
            refused.take_if(|(of, _)| of == key);
        });
        let language = self.language.get_untracked();
        self.languages.update(|all| {
            if let Some(texts) = all.get_mut(&language) {
                texts.write(key, text);
            }
        });
        if self.state.get_untracked() != Saving::Busy {
            self.state.set(Saving::Idle);
        }
    }

    /// Requests the texts of the shown language, unless they are there.
    pub fn load(self) {
        let language = self.language.get_untracked();
        if self.languages.with_untracked(|all| all.contains_key(&language)) {
            return;
        }
        let Some(api) = self.app.api() else { return };
        self.state.set(Saving::Busy);
        spawn_local(async move {
            let answer = api.get::<TextsPage>(&[PATH, &language].concat()).await;
            if self.is_over() {
                return;
            }
            match answer {
                Ok(page) => {
                    self.languages.update(|all| drop(all.insert(language, Edited::of(page))));
                    self.state.set(Saving::Idle);
                }
                Err(failure) => self.failed(failure),
            }
        });
    }

    /// Saves the changed languages, one after another.
    pub fn save(self) {
        if self.state.get_untracked() == Saving::Busy || !self.may_change {
            return;
        }
        let changed = self.languages.with_untracked(|all| {
            let changed = all.iter().find(|(_, texts)| texts.is_changed());
            changed.map(|(tag, texts)| (tag.clone(), texts.saved.revision, texts.to_save()))
        });
        let Some((language, revision, own)) = changed else { return };
        let Some(api) = self.app.api() else { return };
        self.refused.set(None);
        self.state.set(Saving::Busy);
        spawn_local(async move {
            let path = [PATH, &language, "&seen=", &revision.to_string()].concat();
            let answer = api.send::<_, TextsPage>(Method::PUT, &path, &own).await;
            if self.is_over() {
                return;
            }
            match answer {
                Ok(page) => {
                    self.languages.update(|all| {
                        if let Some(texts) = all.get_mut(&language) {
                            texts.take_saved(page, &own);
                        }
                    });
                    self.state.set(Saving::Saved);
                    self.save();
                }
                Err(failure) => {
                    if matches!(failure, Failure::Refused(_)) {
                        // What was refused is in sight.
                        self.language.set(language);
                    }
                    self.failed(failure);
                }
            }
        });
    }

    /// Resets the fields to what is saved. They can be restored.
    pub fn discard(self) {
        let discarded = self.languages.get_untracked();
        self.refused.set(None);
        self.languages.update(|all| {
            for texts in all.values_mut() {
                *texts = Edited::of(texts.saved.clone());
            }
        });
        self.state.set(Saving::Discarded(Box::new(discarded)));
    }

    /// Restores what was discarded.
    pub fn restore(self) {
        if let Saving::Discarded(languages) = self.state.get_untracked() {
            self.languages.set(*languages);
            self.state.set(Saving::Idle);
        }
    }

    /// The page is left. If the session was lost, unsaved changes are kept.
    pub fn gone(self) {
        let given_up = self.app.settings.unsaved.try_get_value().flatten().is_none();
        if !given_up && self.unsaved.try_get_untracked() == Some(true) {
            KEPT.set(Some((self.app.me().id, self.languages.get_untracked())));
        }
    }

    fn is_over(self) -> bool {
        self.languages.is_disposed()
    }

    fn failed(self, failure: Failure) {
        let failure = self.app.gate.unless_lost(failure);
        match failure {
            None => self.state.set(Saving::Idle),
            Some(Failure::Refused(error)) => self.refuse(&error),
            Some(failure) => self.state.set(Saving::Failed(say(text::failure(&failure)))),
        }
    }

    fn refuse(self, error: &ErrorBody) {
        if error.code == ErrorCode::SettingsChanged {
            return self.look_again();
        }
        let why = say(text::error_code(error.code));
        self.state.set(Saving::Failed(why.clone()));
        let key = error.field.as_deref().and_then(|field| field.strip_prefix("texts."));
        self.refused.set(key.map(|key| (key.to_owned(), why)));
    }

    /// Another admin has saved meanwhile: the fields keep what was written, and stand beside what is saved now.
    fn look_again(self) {
        let Some(api) = self.app.api() else { return };
        let language = self.language.get_untracked();
        spawn_local(async move {
            let answer = api.get::<TextsPage>(&[PATH, &language].concat()).await;
            if self.is_over() {
                return;
            }
            match answer {
                Ok(theirs) => {
                    self.languages.update(|all| {
                        if let Some(texts) = all.get_mut(&language) {
                            texts.saved = theirs;
                        }
                    });
                    self.state.set(Saving::Failed(say(Word::SaveOvertaken)));
                }
                Err(failure) => self.failed(failure),
            }
        });
    }
}
