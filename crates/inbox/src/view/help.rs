//! The sheet of shortcuts.

use leptos::either::Either;
use leptos::prelude::*;

use super::composer::command_key;
use super::sheet::{sheet, switch};
use crate::app::App;
use crate::keys::{SHEET, SheetLine};

/// The sheet, as a dialog.
pub fn help(app: App) -> impl IntoView {
    move || app.help.get().then(|| panel(app))
}

fn panel(app: App) -> impl IntoView {
    let body = view! {
        <div class="sheet__groups">
            {SHEET.iter().map(|(title, lines)| group(title, lines)).collect_view()}
        </div>
        {switch(
            "single-keys",
            "Shortcuts with single keys",
            || "When off, only Esc and shortcuts with Ctrl or ⌘ work. For this browser.",
            move || app.single_keys.get(),
            || false,
            move |on| app.set_single_keys(on),
        )}
    };
    let close = move || app.show_help(false);
    sheet("dialog sheet", "sheet-title", "Keyboard shortcuts", "Close shortcuts", close, body)
}

fn group(title: &'static str, lines: &'static [SheetLine]) -> impl IntoView {
    let line = |(keys, words): &'static SheetLine| {
        view! {
            <li class="sheet__line">
                <span>{*words}</span>
                <span class="sheet__keys">{keys.iter().map(|key| one(key)).collect_view()}</span>
            </li>
        }
    };
    view! {
        <section class="sheet__group">
            <h3 class="sheet__title">{title}</h3>
            <ul>{lines.iter().map(line).collect_view()}</ul>
        </section>
    }
}

fn one(key: &'static str) -> impl IntoView {
    let words = match key {
        "Mod" => command_key(),
        // A range of keys.
        "–" => return Either::Left(view! { "– " }),
        key => key,
    };
    let shown = if words.chars().count() == 1 { words.to_uppercase() } else { words.to_owned() };
    Either::Right(view! { <kbd class="kbd">{shown}</kbd> " " })
}
