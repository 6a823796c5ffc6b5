//! Settings → Close Conversations: what is saved, what stands in the form, what it would change, and
//! saving it.

mod channel;
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

use std::cell::RefCell;

use leptos::prelude::*;
use porchlight_browser::Timeout;
use porchlight_protocol::settings::{ClosingEffect, ClosingPage};
use porchlight_protocol::wire::Role;
use porchlight_protocol::{ClosingSettings, MemberId, Plan, notice};
use wasm_bindgen_futures::spawn_local;

use crate::app::App;
use count::Count;
use fields::{Field, Fields, Reading};
use preview::Preview;
use texts::Removed;

/// Where the settings stand.
const PATH: &str = "/settings/closing";

/// Where the server is asked what saving would change.
const EFFECT: &str = "/settings/closing/effect";

const STILL_LOCKED: &str = "The site’s plan does not include this yet.";

thread_local! {
    /// What an agent had typed when the session was lost: it is there again after signing in anew.
    static KEPT: RefCell<Option<(MemberId, Fields)>> = const { RefCell::new(None) };
}

/// The page's state. Only the functions here write to its signals.
#[derive(Clone, Copy)]
pub struct ClosingForm {
    /// What the server has.
    pub saved: RwSignal<Option<ClosingPage>>,
    /// What stands in the form.
    pub fields: RwSignal<Fields>,
    /// What the form makes, and what keeps it from being saved.
    pub reading: Memo<Reading>,
    /// The form says something else than the server has.
    pub unsaved: Memo<bool>,
    /// What became of the last try to load or save.
    pub state: RwSignal<Saving>,
    /// Somebody wanted to save: what is not written yet is told, too.
    pub tried: RwSignal<bool>,
    /// What the server refused, and why.
    pub refused: RwSignal<Option<(Field, String)>>,
    /// The field to go to, where something is wrong.
    pub wrong: RwSignal<Option<Field>>,
    /// What saving would change.
    pub count: RwSignal<Count>,
    /// Conversations would close at once: the agent is asked first.
    pub asked: RwSignal<Option<ClosingEffect>>,
    /// The language whose text is written.
    pub language: RwSignal<String>,
    /// Why a language could not be added.
    pub not_added: RwSignal<Option<String>>,
    /// The language that was taken out last.
    pub removed: RwSignal<Option<Removed>>,
    /// The site's plan does not include closing.
    pub locked: Memo<bool>,
    /// Nothing can be changed.
    pub fixed: Memo<bool>,
    /// The agent is an admin.
    pub may_change: bool,
    /// What the visitor will see.
    pub preview: Preview,
    /// Whose inbox it is in.
    pub app: App,
    count_timer: StoredValue<Option<Timeout>, LocalStorage>,
    /// Grows with every question, so that only the last answer counts.
    count_round: StoredValue<u32>,
}

/// What became of the last try to load or save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saving {
    /// Nothing was tried, or something was changed since.
    Idle,
    /// It is on its way.
    Busy,
    /// It is saved, with this effect.
    Saved(Vec<String>),
    /// What stood in the form was put back to what is saved. It was this.
    Discarded(Box<Fields>),
    /// It is not, for this reason.
    Failed(String),
}

impl ClosingForm {
    /// The page, with what the server has on its way.
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
        let may_change = app.session.with_value(|session| session.role == Role::Admin);
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

    /// Asks the server what it has. What stands in the form unsaved stays there.
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
        self.state.set(if still { Saving::Failed(STILL_LOCKED.to_owned()) } else { Saving::Idle });
        self.changed();
    }

    fn take(self, saved: ClosingPage, fields: Fields) {
        self.saved.set(Some(saved));
        self.put(fields);
    }

    /// Puts these into the form, with a language that is there to be written in.
    fn put(self, fields: Fields) {
        let there = fields.texts.find(&self.language.get_untracked()).is_some();
        if !there {
            self.write_in(fields.texts.default_language().to_owned());
        }
        self.fields.set(fields);
    }

    /// The page goes. What was typed is kept if nobody chose to give it up: the session was lost.
    pub fn gone(self) {
        let given_up = self.app.unsaved.try_get_value().flatten().is_none();
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
