//! A text to copy, in a field with a button.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::words::{Word, say};

/// The field with this id, which `described` describes, and its button.
pub fn copy_field(
    id: &'static str,
    described: &'static str,
    text: impl Fn() -> String + Send + Sync + 'static,
) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let copied = RwSignal::new(None::<Word>);
    view! {
        <input
            class="input"
            id=id
            readonly=true
            dir="ltr"
            translate="no"
            aria-describedby=described
            prop:value=text
            node_ref=field
        />
        {copy_button(field, copied)}
        {copied_note(copied)}
    }
}

/// The button that copies a field's text.
pub fn copy_button(field: NodeRef<html::Input>, copied: RwSignal<Option<Word>>) -> impl IntoView {
    let copy = move |_| {
        if let Some(field) = field.get_untracked() {
            field.select();
            copy(field.value(), copied);
        }
    };
    view! {
        <button class="btn btn--sm" type="button" on:click=copy>
            {say(Word::LockedCopy)}
        </button>
    }
}

/// What has become of the copying.
pub fn copied_note(copied: RwSignal<Option<Word>>) -> impl IntoView {
    view! {
        <span
            class="locked__copied"
            role="status"
            prop:textContent=move || copied.get().map(say).unwrap_or_default()
        ></span>
    }
}

/// Copies a text that is selected, which is all that can be done if the browser refuses.
pub fn copy(text: String, copied: RwSignal<Option<Word>>) {
    let clipboard = window().navigator().clipboard();
    if clipboard.is_undefined() {
        copied.set(Some(Word::LockedSelected));
        return;
    }
    spawn_local(async move {
        let done = JsFuture::from(clipboard.write_text(&text)).await.is_ok();
        copied.try_set(Some(if done { Word::LockedCopied } else { Word::LockedSelected }));
    });
}
