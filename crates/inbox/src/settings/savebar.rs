//! The bar below a settings page: what became of loading and saving, and the buttons.

use leptos::either::Either;
use leptos::prelude::*;

use crate::settings::setting::{Saving, Setting};
use crate::ui::focus::focus_soon;
use crate::ui::icon::{self, icon};
use crate::ui::parts;
use crate::words::{Word, say};

/// The bar, in which `said` is announced when it changes. It has no height while it `rests`, that is while there is
/// nothing to save and nothing to say. Agents who are no admins read there that they can change nothing.
pub fn savebar(
    may_change: bool,
    rests: impl Fn() -> bool + Send + Sync + 'static,
    said: impl IntoView,
    acts: impl IntoView,
) -> impl IntoView {
    if !may_change {
        return Either::Left(read_only());
    }
    let class = move || if rests() { "savebar savebar--rests" } else { "savebar" };
    Either::Right(view! {
        <div class=class>
            <div class="savebar__said" role="status">
                {said}
            </div>
            {acts}
        </div>
    })
}

/// What the bar says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Nothing.
    Nothing,
    /// What is happening, or has happened.
    State(String),
    /// That there are unsaved changes.
    Unsaved,
    /// That all is saved.
    Saved(String),
    /// Why it failed.
    Problem(String),
}

/// The line of the bar.
pub fn line(said: Said) -> impl IntoView {
    let (class, mark, words) = match said {
        Said::Nothing => ("savebar__state", None, String::new()),
        Said::State(words) => ("savebar__state", None, words),
        Said::Unsaved => ("savebar__state savebar__state--new", None, say(Word::SaveUnsaved)),
        Said::Saved(words) => ("savebar__state savebar__state--saved", Some(icon::CHECK), words),
        Said::Problem(why) => ("savebar__state problem", Some(icon::EXCLAMATION), why),
    };
    view! { <p class=class>{mark.map(icon)} {parts::words(words)}</p> }
}

/// The bar of settings that are saved by each change, of which one is at a time: it has no buttons.
pub fn of_settings<T: Send + Sync>(settings: Vec<Setting<T>>) -> impl IntoView {
    let may_change = settings.iter().all(|setting| setting.may_change);
    let said = Memo::new(move |_| {
        // Loading, or that it failed, is told in the page.
        if settings.iter().any(|setting| setting.saved.with(Option::is_none)) {
            return Said::Nothing;
        }
        let mut states = settings.iter().map(|setting| setting.state.get());
        match states.find(|state| *state != Saving::Idle).unwrap_or(Saving::Idle) {
            Saving::Idle => Said::Nothing,
            Saving::Busy => Said::State(say(Word::SaveSaving)),
            Saving::Saved => Said::Saved(say(Word::SaveSaved)),
            Saving::Failed(why) => Said::Problem(why),
        }
    });
    savebar(may_change, move || said.get() == Said::Nothing, move || line(said.get()), ())
}

/// Undo after changes were discarded; else Save, and Discard if there are any. With nothing to save, Save is disabled.
pub fn buttons(
    discarded: bool,
    unsaved: Memo<bool>,
    nothing: impl Fn() -> bool + Send + Sync + 'static,
    restore: impl Fn() + 'static,
    discard: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    if discarded && !unsaved.get() {
        let undo = move |_| {
            restore();
            focus_soon("#save".to_owned());
        };
        return Either::Left(view! {
            <button class="btn" id="undo-discard" type="button" on:click=undo>
                {say(Word::ActUndo)}
            </button>
        });
    }
    let discard = move |_| {
        discard();
        // The button is removed: moves the focus.
        focus_soon("#undo-discard".to_owned());
    };
    Either::Right(view! {
        {move || {
            unsaved
                .get()
                .then(|| {
                    view! {
                        <button class="btn btn--quiet" type="button" on:click=discard>
                            {say(Word::ActDiscard)}
                        </button>
                    }
                })
        }}
        <button
            class="btn btn--primary"
            id="save"
            type="submit"
            aria-disabled=move || nothing().then_some("true")
            aria-keyshortcuts="Control+S Meta+S"
        >
            {say(Word::ActSave)}
        </button>
    })
}

/// The bar for agents who are no admins.
fn read_only() -> impl IntoView {
    view! {
        <div class="savebar">
            <p class="savebar__state">
                {icon(icon::LOCK)} {say(Word::SaveReadOnly)}
            </p>
        </div>
    }
}
