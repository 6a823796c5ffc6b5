//! The sheet of shortcuts.

use leptos::either::Either;
use leptos::prelude::*;

use crate::app::App;
use crate::frame::keys::{SHEET, SheetLine};
use crate::talk::composer::command_key;
use crate::ui::sheet::{sheet, switch};
use crate::words::{Word, say};

/// The sheet, as a dialog.
pub fn help(app: App) -> impl IntoView {
    move || app.help.get().then(|| panel(app))
}

fn panel(app: App) -> impl IntoView {
    let body = view! {
        <div class="sheet__groups">
            {SHEET.iter().map(|(title, lines)| group(*title, lines)).collect_view()}
        </div>
        {switch(
            "single-keys",
            Word::KeysSingle,
            || Word::KeysSingleHint,
            move || app.single_keys.get(),
            || false,
            move |on| app.set_single_keys(on),
        )}
    };
    let close = move || app.show_help(false);
    sheet("dialog sheet", "sheet-title", Word::KeysTitle, Word::KeysClose, close, body)
}

fn group(title: Word, lines: &'static [SheetLine]) -> impl IntoView {
    let line = |(keys, words): &'static SheetLine| {
        view! {
            <li class="sheet__line">
                <span>{say(*words)}</span>
                <span class="sheet__keys">{keys.iter().map(|key| one(key)).collect_view()}</span>
            </li>
        }
    };
    view! {
        <section class="sheet__group">
            <h3 class="sheet__title">{say(title)}</h3>
            <ul>{lines.iter().map(line).collect_view()}</ul>
        </section>
    }
}

fn one(key: &'static str) -> impl IntoView {
    let shown = match key {
        "Mod" => command_key(),
        "Shift" => say(Word::KeysShift),
        "Enter" => say(Word::KeysEnter),
        "Esc" => say(Word::KeysEsc),
        // A range of keys.
        "–" => return Either::Left(view! { "– " }),
        key => key.to_uppercase(),
    };
    Either::Right(view! { <kbd class="kbd">{shown}</kbd> " " })
}
