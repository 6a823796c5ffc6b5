//! Adding a language to the notice, and restoring a removed one.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use crate::frame::keyboard::is_composing;
use crate::settings::closing::texts::Removed;
use crate::settings::closing::{ClosingForm, names};
use crate::ui::focus::focus_soon;
use crate::ui::icon::{self, icon};
use crate::ui::parts::words;
use crate::words::{Pattern, Word, fill, say};

/// The field to add a language.
pub fn add(page: ClosingForm) -> impl IntoView {
    move || (!page.fixed.get()).then(|| field(page))
}

fn field(page: ClosingForm) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let submit = move || {
        let Some(field) = field.get_untracked() else { return };
        if page.add_language(&field.value()) {
            field.set_value("");
            focus_soon("#notice-body".to_owned());
        } else {
            let _ = field.focus();
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !is_composing(&event) {
            // Adds the language, and does not submit the form.
            event.prevent_default();
            submit();
        }
    };
    let common = names::common()
        .into_iter()
        .map(|(tag, name, own)| view! { <option value=tag>{name} " · " {own}</option> })
        .collect_view();
    view! {
        <div class="add-language">
            <label class="sr" for="add-language">
                {say(Word::NoticeToAdd)}
            </label>
            <input
                class="input add-language__field"
                id="add-language"
                list="languages"
                placeholder=say(Word::NoticeExample)
                autocomplete="off"
                autocapitalize="off"
                dir="auto"
                spellcheck="false"
                aria-describedby="add-problem"
                aria-invalid=move || page.not_added.with(Option::is_some).then_some("true")
                node_ref=field
                on:keydown=on_key
                on:input=move |_| page.write_language()
            />
            <datalist id="languages">{common}</datalist>
            <button class="btn btn--sm" type="button" on:click=move |_| submit()>
                {say(Word::NoticeAdd)}
            </button>
            <p class="problem" id="add-problem" role="alert">
                {move || page.not_added.get().map(|why| (icon(icon::EXCLAMATION), words(why)))}
            </p>
        </div>
    }
}

/// The removed language, with its undo.
pub fn removed(page: ClosingForm, removed: Removed) -> impl IntoView {
    let name = names::name(&removed.notice.language);
    let undo = move |_| {
        page.restore_language();
        focus_soon("#notice-body".to_owned());
    };
    view! {
        <p class="removed">
            {words(fill(Pattern::NoticeRemoved, &[&name]))} " "
            <button class="link" id="undo-remove" type="button" on:click=undo>
                {say(Word::ActUndo)}
            </button>
        </p>
    }
}
