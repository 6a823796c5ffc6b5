//! What is wrong with a field: told beside it, and gone to.

use leptos::prelude::*;

use super::super::focus::focus_soon;
use super::super::icon::{self, icon};
use super::super::parts;
use crate::closing::ClosingForm;
use crate::closing::fields::Field;

/// Goes to the field where something is wrong, whenever there is one.
pub fn follow(page: ClosingForm) {
    Effect::new(move |_| {
        if let Some(field) = page.wrong.get() {
            let (id, of_custom) = place(&field);
            let custom = of_custom.filter(|id| document().get_element_by_id(id).is_some());
            focus_soon(["#", custom.unwrap_or(id)].concat());
        }
    });
}

/// Where a field is on the page: its id, and the one of its number if it may have one.
fn place(field: &Field) -> (&'static str, Option<&'static str>) {
    match field {
        Field::AutoClose => ("auto-close", Some("auto-close-number")),
        Field::BotAutoClose => ("bot-auto-close", Some("bot-auto-close-number")),
        Field::Warning => ("warning", Some("warning-number")),
        Field::Languages => ("add-language", None),
        Field::Text(_) => ("notice-body", None),
    }
}

/// What is wrong with the field, if something is.
pub fn words(page: ClosingForm, field: Field) -> Memo<Option<String>> {
    Memo::new(move |_| page.problem(&field))
}

/// The line that says it. It is there in any case, so that a field can always point at it.
pub fn line(id: String, words: Memo<Option<String>>) -> impl IntoView {
    view! {
        <p class="problem" id=id>
            {move || words.get().map(|words| (icon(icon::EXCLAMATION), parts::words(words)))}
        </p>
    }
}
