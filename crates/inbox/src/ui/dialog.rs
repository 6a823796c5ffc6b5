//! Confirmation dialogs. The safe answer has the focus, and is the answer of Escape.

use leptos::ev::Event;
use leptos::html;
use leptos::prelude::*;

use crate::words::{Word, say};

/// A dialog with two answers. The safe one comes first, as the primary button.
pub fn dialog<V: IntoView + 'static>(
    title: Word,
    text: impl Fn() -> String + Send + 'static,
    more: impl Fn() -> V + Send + 'static,
    (safe, keep): (Word, impl Fn() + Copy + 'static),
    (other, go_on): (String, impl Fn() + Copy + 'static),
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let safest = NodeRef::<html::Button>::new();
    dialog.on_load(move |dialog| {
        request_animation_frame(move || {
            let _ = dialog.show_modal();
            if let Some(safest) = safest.try_get_untracked().flatten() {
                let _ = safest.focus();
            }
        });
    });
    // Closed before it is removed, so that the focus returns to where it was.
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let on_cancel = move |event: Event| {
        event.prevent_default();
        close();
        keep();
    };
    view! {
        <dialog
            class="dialog"
            aria-labelledby="dialog-title"
            aria-describedby="dialog-text"
            node_ref=dialog
            on:cancel=on_cancel
        >
            <h2 class="dialog__title" id="dialog-title">
                {say(title)}
            </h2>
            <p class="dialog__text" id="dialog-text">
                {text}
            </p>
            {more}
            <div class="dialog__acts">
                <button
                    class="btn btn--primary"
                    type="button"
                    node_ref=safest
                    on:click=move |_| {
                        close();
                        keep();
                    }
                >
                    {say(safe)}
                </button>
                <button
                    class="btn"
                    type="button"
                    on:click=move |_| {
                        close();
                        go_on();
                    }
                >
                    {other}
                </button>
            </div>
        </dialog>
    }
}
