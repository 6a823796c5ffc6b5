//! Settings → Opening hours: when the team answers.

pub mod draft;
pub mod view;

use leptos::prelude::*;
use porchlight_browser::dates;
use porchlight_protocol::hours::{Away, Day, HoursPage};
use porchlight_protocol::replace::Replace;

use crate::app::App;
use crate::settings::hours::draft::{Draft, Problem, Times};
use crate::settings::setting::{Saving, Setting};
use crate::words::{Pattern, Word, fill, locale, say};

/// The path in the API.
const PATH: &str = "/settings/hours";

/// The form: what is saved, and the fields.
#[derive(Clone, Copy)]
pub struct HoursForm {
    /// What is saved.
    pub setting: Setting<HoursPage>,
    /// The fields.
    pub draft: RwSignal<Draft>,
    /// The fields differ from what is saved.
    pub unsaved: Memo<bool>,
    /// What is wrong with the fields, since somebody has tried to save them.
    pub problem: Memo<Option<Problem>>,
    /// The fields as they were before they were reset.
    pub discarded: RwSignal<Option<Draft>>,
    tried: RwSignal<bool>,
}

impl HoursForm {
    /// The form, which asks what is saved.
    pub fn open(app: App) -> Self {
        let setting: Setting<HoursPage> = Setting::open(app, PATH);
        let draft = RwSignal::new(Draft::default());
        let tried = RwSignal::new(false);
        let saved = move || setting.saved.with(|page| page.as_ref().map(|it| Draft::of(&it.hours)));
        Effect::new(move |_| {
            // What could not be saved stays in the fields.
            if let Some(saved) = saved()
                && !untrack(|| setting.has_failed())
            {
                draft.set(saved);
                tried.set(false);
            }
        });
        HoursForm {
            setting,
            draft,
            unsaved: Memo::new(move |_| saved().is_some_and(|saved| saved != draft.get())),
            problem: Memo::new(move |_| tried.get().then(|| draft.with(Draft::problem)).flatten()),
            discarded: RwSignal::new(None),
            tried,
        }
    }

    /// True if the fields can't be changed.
    pub fn is_fixed(self) -> bool {
        !self.setting.may_change || self.setting.state.get() == Saving::Busy
    }

    /// Switches the hours on or off.
    pub fn switch(self, on: bool) {
        self.draft.update(|draft| draft.switch(on, &dates::zone()));
    }

    /// Changes the times at this place of the week.
    pub fn set_times(self, at: usize, change: impl FnOnce(&mut Times)) {
        self.draft.update(|draft| {
            if let Some((_, times)) = draft.week.get_mut(at) {
                change(times);
            }
        });
    }

    /// Saves the fields, or shows what is wrong with them first. Returns that.
    pub fn save(self) -> Option<Problem> {
        if !self.unsaved.get_untracked() || untrack(|| self.is_fixed()) {
            return None;
        }
        self.tried.set(true);
        self.discarded.set(None);
        match self.draft.with_untracked(Draft::hours) {
            Ok(value) => {
                let seen = self.setting.saved.get_untracked().map(|page| page.hours);
                self.setting.save(Replace { value, seen });
                None
            }
            Err(problem) => Some(problem),
        }
    }

    /// Resets the fields to what is saved. They can be restored.
    pub fn discard(self) {
        let Some(saved) = self.setting.saved.get_untracked() else { return };
        self.discarded.set(Some(self.draft.get_untracked()));
        self.tried.set(false);
        self.draft.set(Draft::of(&saved.hours));
        self.setting.rest();
    }

    /// Restores what was reset.
    pub fn restore(self) {
        if let Some(discarded) = self.discarded.get_untracked() {
            self.draft.set(discarded);
            self.discarded.set(None);
        }
    }

    /// Whether the chat is open now by what is saved, if that is in force and nothing has been changed.
    pub fn now(self) -> Option<String> {
        let page = self.setting.saved.get().filter(|page| page.hours.on && !self.unsaved.get())?;
        Some(now(&page))
    }
}

/// Whether the chat is open now, and until when.
fn now(HoursPage { away, now, .. }: &HoursPage) -> String {
    let at = |instant| dates::to_come(instant, *now, &locale());
    match (Away::at(away, *now), away.first()) {
        (Some(Away { until: Some(until), .. }), _) => fill(Pattern::HoursIsAway, &[&at(*until)]),
        (Some(_), _) => say(Word::HoursIsAwayLong),
        (None, Some(next)) => fill(Pattern::HoursIsOpen, &[&at(next.from)]),
        (None, None) => say(Word::HoursIsOpenLong),
    }
}

/// The name of a day in the agent's language.
pub fn day_name(day: Day) -> String {
    let days = Day::ALL.into_iter().zip(0..);
    let at = days.filter(|(it, _)| *it == day).map(|(_, at)| at).next();
    dates::weekday(at.unwrap_or_default(), &locale())
}
