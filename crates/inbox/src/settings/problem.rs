//! The problem of a field: its message, and moving the focus to it.

use leptos::prelude::*;

use crate::settings::closing::ClosingForm;
use crate::settings::closing::fields::Field;
use crate::ui::focus::focus_soon;
use crate::ui::icon::{self, icon};
use crate::ui::parts;

/// Moves the focus to a field with a problem, whenever the page asks for it.
pub fn follow(page: ClosingForm) {
    Effect::new(move |_| {
        if let Some(field) = page.wrong.get() {
            let (id, of_custom) = place(&field);
            let custom = of_custom.filter(|id| document().get_element_by_id(id).is_some());
            focus_soon(["#", custom.unwrap_or(id)].concat());
        }
    });
}

/// The element ids of a field, and of its number if it may have one.
fn place(field: &Field) -> (&'static str, Option<&'static str>) {
    match field {
        Field::AutoClose => ("auto-close", Some("auto-close-number")),
        Field::BotAutoClose => ("bot-auto-close", Some("bot-auto-close-number")),
        Field::Warning => ("warning", Some("warning-number")),
        Field::Languages => ("add-language", None),
        Field::Text(_) => ("notice-body", None),
    }
}

/// The problem of a field, if any.
pub fn words(page: ClosingForm, field: Field) -> Memo<Option<String>> {
    Memo::new(move |_| page.problem(&field))
}

/// The line with the message. Always rendered, so that `aria-describedby` can refer to it.
pub fn line(id: String, words: Memo<Option<String>>) -> impl IntoView {
    view! {
        <p class="problem" id=id>
            {move || words.get().map(|words| (icon(icon::EXCLAMATION), parts::words(words)))}
        </p>
    }
}
