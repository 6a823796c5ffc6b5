//! The bar below the page: the effect of saving, and the buttons.

use leptos::either::Either;
use leptos::prelude::*;
use porchlight_protocol::settings::ClosingEffect;

use super::super::dialog::dialog;
use super::super::focus::focus_soon;
use super::super::icon::{self, icon};
use super::super::parts;
use crate::closing::effect;
use crate::closing::{ClosingForm, Saving};
use crate::words::{Pattern, Word, fill, number, say};

/// The bar, shown while there are unsaved changes or a result.
pub fn savebar(page: ClosingForm) -> impl IntoView {
    if !page.may_change {
        return Either::Left(read_only());
    }
    let rests = move || {
        let idle = page.state.with(|state| *state == Saving::Idle);
        idle && !page.unsaved.get()
    };
    let class = move || if rests() { "savebar savebar--rests" } else { "savebar" };
    Either::Right(view! {
        <div class=class>
            <div class="savebar__said" role="status">
                {move || state(page)}
                {move || sentences(page)}
            </div>
            {move || acts(page)}
        </div>
    })
}

/// The state of saving.
fn state(page: ClosingForm) -> impl IntoView {
    let (class, mark, words) = match (page.state.get(), page.unsaved.get()) {
        (Saving::Busy, _) => ("savebar__state", None, say(Word::SaveSaving)),
        (Saving::Failed(why), _) => ("savebar__state problem", Some(icon::EXCLAMATION), why),
        (_, true) => ("savebar__state savebar__state--new", None, say(Word::SaveUnsaved)),
        (Saving::Saved(_), false) => {
            ("savebar__state savebar__state--saved", Some(icon::CHECK), say(Word::SaveSaved))
        }
        (Saving::Discarded(_), false) => ("savebar__state", None, say(Word::SaveDiscarded)),
        (Saving::Idle, false) => ("savebar__state", None, String::new()),
    };
    view! { <p class=class>{mark.map(icon)} {parts::words(words)}</p> }
}

/// The effect of saving, or of the last save.
fn sentences(page: ClosingForm) -> impl IntoView {
    let said = match page.state.get() {
        Saving::Saved(happened) if !page.unsaved.get() => happened,
        Saving::Busy | Saving::Discarded(_) | Saving::Saved(_) if !page.unsaved.get() => Vec::new(),
        _ => page.sentences(),
    };
    let said: Vec<_> =
        said.into_iter().map(|words| view! { <li prop:textContent=words></li> }).collect();
    (!said.is_empty()).then(|| view! { <ul class="savebar__what">{said}</ul> })
}

fn acts(page: ClosingForm) -> impl IntoView {
    let discarded = matches!(page.state.get(), Saving::Discarded(_));
    let nothing = move || !page.unsaved.get() || page.locked.get();
    buttons(discarded, page.unsaved, nothing, move || page.restore(), move || page.discard())
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

/// Asks before saving, because conversations would close at once.
pub fn asked(page: ClosingForm, effect: ClosingEffect) -> impl IntoView {
    let close = fill(Pattern::SaveSaveAndClose, &[&number(effect.due)]);
    let text = fill(Pattern::SaveCloseNowText, &[&effect::due(&effect)]);
    dialog(
        Word::SaveCloseNow,
        move || text.clone(),
        || (),
        (Word::DialogKeepEditing, move || page.keep_open()),
        (close, move || page.save_anyway()),
    )
}

/// The bar for agents who are no admins.
pub fn read_only() -> impl IntoView {
    view! {
        <div class="savebar">
            <p class="savebar__state">
                {icon(icon::LOCK)} {say(Word::SaveReadOnly)}
            </p>
        </div>
    }
}
