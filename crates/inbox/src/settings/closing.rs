//! Settings → Close Conversations: the saved settings, the form, the effect of saving it, and saving.

mod count;
mod edit;
pub mod effect;
pub mod fields;
mod follow;
mod languages;
pub mod names;
pub mod period;
pub mod preview;
pub mod sample;
mod save;
pub mod texts;
pub mod view;

use std::cell::RefCell;

use leptos::prelude::*;
use porchlight_browser::Timeout;
use porchlight_protocol::rights::Right;
use porchlight_protocol::settings::{ClosingEffect, ClosingPage};
use porchlight_protocol::{ClosingSettings, MemberId, Plan, notice};
use wasm_bindgen_futures::spawn_local;

use crate::app::App;
use crate::settings::closing::count::Count;
use crate::settings::closing::fields::{Field, Fields, Reading};
use crate::settings::closing::preview::Preview;
use crate::settings::closing::texts::Removed;
use crate::words::{Word, say};

/// The path of the settings in the API.
const PATH: &str = "/settings/closing";

/// The path of the effect of saving in the API.
const EFFECT: &str = "/settings/closing/effect";

thread_local! {
    /// The form of an agent whose session was lost, restored after the next sign-in.
    static KEPT: RefCell<Option<(MemberId, Fields)>> = const { RefCell::new(None) };
}

/// The state of the page. Only the functions here write to its signals.
#[derive(Clone, Copy)]
pub struct ClosingForm {
    /// The saved settings.
    pub saved: RwSignal<Option<ClosingPage>>,
    /// The form.
    pub fields: RwSignal<Fields>,
    /// The parsed form, with its problems.
    pub reading: Memo<Reading>,
    /// True if the form differs from the saved settings.
    pub unsaved: Memo<bool>,
    /// The state of the last load or save.
    pub state: RwSignal<Saving>,
    /// True if the agent has tried to save: then empty fields are problems, too.
    pub tried: RwSignal<bool>,
    /// The field that the server refused, and why.
    pub refused: RwSignal<Option<(Field, String)>>,
    /// The field with a problem that has to get the focus.
    pub wrong: RwSignal<Option<Field>>,
    /// The effect of saving.
    pub count: RwSignal<Count>,
    /// True while the agent is asked to confirm that conversations close at once.
    pub asked: RwSignal<Option<ClosingEffect>>,
    /// The language that is edited.
    pub language: RwSignal<String>,
    /// Why a language could not be added.
    pub not_added: RwSignal<Option<String>>,
    /// The language that was removed last.
    pub removed: RwSignal<Option<Removed>>,
    /// True if the site's plan does not include closing settings.
    pub locked: Memo<bool>,
    /// True if nothing can be changed.
    pub fixed: Memo<bool>,
    /// True if the agent is an admin.
    pub may_change: bool,
    /// The preview.
    pub preview: Preview,
    /// The inbox.
    pub app: App,
    count_timer: StoredValue<Option<Timeout>, LocalStorage>,
    /// A counter of requests, so that only the last response is used.
    count_round: StoredValue<u32>,
}

/// The state of the last load or save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saving {
    /// No load or save since the last edit.
    Idle,
    /// The request is in flight.
    Busy,
    /// Saved, with this effect.
    Saved(Vec<String>),
    /// The form was reset; these were the discarded changes.
    Discarded(Box<Fields>),
    /// Failed, for this reason.
    Failed(String),
}

impl ClosingForm {
    /// The page, which requests the saved settings.
    pub fn open(app: App) -> Self {
        let language = written_language();
        let saved = RwSignal::new(None::<ClosingPage>);
        let fields = RwSignal::new(Fields::of(&ClosingSettings::default(), &language));
        let settings =
            move || saved.with(|saved| saved.as_ref().map(|saved| saved.settings.clone()));
        let reading =
            Memo::new(move |_| fields.with(|it| it.read(&settings().unwrap_or_default())));
        let unsaved = Memo::new(move |_| {
            settings().is_some_and(|saved| {
                reading.with(|it| it.settings != saved || !it.problems.is_empty())
            })
        });
        let may_change = app.session.with_value(|session| session.role.may(Right::ChangeSettings));
        let locked = Memo::new(move |_| {
            saved.with(|saved| saved.as_ref().is_some_and(|it| !it.plan.includes_closing()))
        });
        let page = ClosingForm {
            saved,
            fields,
            reading,
            unsaved,
            state: RwSignal::new(Saving::Busy),
            tried: RwSignal::new(false),
            refused: RwSignal::new(None),
            wrong: RwSignal::new(None),
            count: RwSignal::new(Count::Unknown),
            asked: RwSignal::new(None),
            language: RwSignal::new(language.clone()),
            not_added: RwSignal::new(None),
            removed: RwSignal::new(None),
            locked,
            fixed: Memo::new(move |_| locked.get() || !may_change),
            may_change,
            preview: Preview::new(language),
            app,
            count_timer: StoredValue::new_local(None),
            count_round: StoredValue::new(0),
        };
        page.load();
        page.follow_site();
        page
    }

    /// Requests the saved settings. Unsaved changes stay in the form.
    pub fn load(self) {
        let Some(api) = self.app.api() else { return };
        self.state.set(Saving::Busy);
        spawn_local(async move {
            let answer = api.get::<ClosingPage>(PATH).await;
            if self.is_over() {
                return;
            }
            match answer {
                Ok(saved) => self.loaded(saved),
                Err(failure) => self.failed(failure),
            }
        });
    }

    fn loaded(self, saved: ClosingPage) {
        let me = self.app.me().id;
        let kept = KEPT.take().filter(|(whose, _)| *whose == me).map(|(_, fields)| fields);
        let fields = match kept {
            Some(kept) => kept,
            None if self.unsaved.get_untracked() => self.fields.get_untracked(),
            None => Fields::of(&saved.settings, &written_language()),
        };
        let still = self.locked.get_untracked() && !saved.plan.includes_closing();
        self.take(saved, fields);
        self.state.set(if still { Saving::Failed(say(Word::LockedStill)) } else { Saving::Idle });
        self.changed();
    }

    fn take(self, saved: ClosingPage, fields: Fields) {
        self.saved.set(Some(saved));
        self.put(fields);
    }

    /// Sets the form, and makes sure that the edited language is in it.
    fn put(self, fields: Fields) {
        let there = fields.texts.find(&self.language.get_untracked()).is_some();
        if !there {
            self.write_in(fields.texts.default_language().to_owned());
        }
        self.fields.set(fields);
    }

    /// The page is left. If the session was lost, unsaved changes are kept.
    pub fn gone(self) {
        let given_up = self.app.settings.unsaved.try_get_value().flatten().is_none();
        if !given_up && self.unsaved.try_get_untracked() == Some(true) {
            let kept = (self.app.me().id, self.fields.get_untracked());
            KEPT.set(Some(kept));
        }
    }

    fn is_over(self) -> bool {
        self.fields.is_disposed()
    }

    /// The site's plan.
    pub fn plan(self) -> Plan {
        self.saved.with(|saved| saved.as_ref().map_or(Plan::Starter, |saved| saved.plan))
    }
}

/// The language that an agent who has not written any text probably writes in.
fn written_language() -> String {
    let tag = window().navigator().language().unwrap_or_default();
    let primary = tag.split('-').next().and_then(notice::language);
    primary.unwrap_or_else(|| "en".to_owned())
}
