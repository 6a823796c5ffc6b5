//! Settings → Close Conversations.

pub mod language;
pub mod locked;
pub mod notice;
pub mod options;
pub mod period;
pub mod preview;

use leptos::prelude::*;
use porchlight_protocol::settings::ClosingEffect;

use crate::app::App;
use crate::settings::closing::view::preview::preview;
use crate::settings::closing::{ClosingForm, Saving, effect};
use crate::settings::frame::{self, Layout};
use crate::settings::page::Page;
use crate::settings::savebar::{self, Said};
use crate::settings::{guard, problem};
use crate::ui::dialog::dialog;
use crate::words::{Pattern, Word, fill, number, say};

/// The page.
pub fn closing(app: App) -> impl IntoView {
    let page = ClosingForm::open(app);
    guard::guard(app, page.unsaved, move || page.save(), move || page.gone());
    problem::follow(page);
    let is_there = Memo::new(move |_| page.saved.with(Option::is_some));
    let body = frame::once_loaded(
        Page::Closing,
        move || is_there.get(),
        move || page.state.with(|state| matches!(state, Saving::Failed(_))),
        move || page.load(),
        move || {
            view! {
                {move || page.locked.get().then(|| locked::locked(page))}
                {frame::main((period::card(page), options::card(page)))}
                {preview(page)}
            }
        },
    );
    let bar = move || is_there.get().then(|| bar(page));
    view! {
        {frame::form(Page::Closing, Layout::Preview, move || page.save(), body, bar)}
        {move || page.asked.get().map(|effect| asked(page, effect))}
    }
}

/// The bar, shown while there are unsaved changes or a result.
fn bar(page: ClosingForm) -> impl IntoView {
    let rests = move || {
        let idle = page.state.with(|state| *state == Saving::Idle);
        idle && !page.unsaved.get()
    };
    let said = view! {
        {move || savebar::line(state(page))}
        {move || sentences(page)}
    };
    savebar::savebar(page.may_change, rests, said, move || acts(page))
}

/// The state of saving.
fn state(page: ClosingForm) -> Said {
    match (page.state.get(), page.unsaved.get()) {
        (Saving::Busy, _) => Said::State(say(Word::SaveSaving)),
        (Saving::Failed(why), _) => Said::Problem(why),
        (_, true) => Said::Unsaved,
        (Saving::Saved(_), false) => Said::Saved(say(Word::SaveSaved)),
        (Saving::Discarded(_), false) => Said::State(say(Word::SaveDiscarded)),
        (Saving::Idle, false) => Said::Nothing,
    }
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
    let (restore, discard) = (move || page.restore(), move || page.discard());
    savebar::buttons(discarded, page.unsaved, nothing, restore, discard)
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
