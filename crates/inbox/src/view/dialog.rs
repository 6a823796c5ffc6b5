//! Confirmation dialogs. The safe answer has the focus, and is the answer of Escape.

use leptos::ev::Event;
use leptos::html;
use leptos::prelude::*;

use super::parts::rich;
use crate::app::{App, Closing};
use crate::words::{Count, Word, count, say};

/// The visitor's messages that the dialog quotes, at most.
const QUOTES_MAX: usize = 3;

/// Asks before closing, because the visitor has sent a message that the agent has not seen.
pub fn closing(app: App, closing: Closing) -> impl IntoView {
    let news = Memo::new(move |_| app.news(closing));
    let text = move || match news.with(Vec::len) {
        0 | 1 => say(Word::DialogUnseenOne),
        _ => say(Word::DialogUnseenMany),
    };
    let quotes = move || {
        let news = news.get();
        let from = news.len().saturating_sub(QUOTES_MAX);
        news.iter()
            .skip(from)
            .map(|words| {
                view! {
                    <blockquote class="dialog__quote" dir="auto">
                        {rich(words)}
                    </blockquote>
                }
            })
            .collect_view()
    };
    dialog(
        Word::DialogNewMessage,
        text,
        quotes,
        (Word::DialogKeepOpen, move || app.keep_open()),
        (say(Word::DialogCloseAnyway), move || app.close_anyway()),
    )
}

/// Asks before settings with unsaved changes are left.
pub fn leaving(app: App) -> impl IntoView {
    dialog(
        Word::DialogUnsaved,
        || say(Word::DialogUnsavedText),
        || (),
        (Word::DialogKeepEditing, move || app.stay()),
        (say(Word::DialogLeave), move || app.leave()),
    )
}

/// Asks before a sign-out that removes unsent texts.
pub fn signing_out(app: App, unsent: usize) -> impl IntoView {
    let text = count(Count::DialogUnsentText, unsent);
    dialog(
        Word::DialogUnsent,
        move || text.clone(),
        || (),
        (Word::DialogStay, move || app.stay_signed_in()),
        (say(Word::DialogSignOut), move || app.sign_out_now()),
    )
}

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
