//! A modal dialog with a title and a cross, over everything else, and the switches in it.

use leptos::ev::Event;
use leptos::html;
use leptos::prelude::*;

use crate::ui::icon::{self, icon};
use crate::words::{Word, say};

/// A modal dialog. `id` is that of its title, `close_label` the cross's name; `on_close` removes it.
pub fn sheet(
    class: &'static str,
    id: &'static str,
    title: Word,
    close_label: Word,
    on_close: impl Fn() + Copy + 'static,
    body: impl IntoView,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    dialog.on_load(|dialog| {
        request_animation_frame(move || {
            let _ = dialog.show_modal();
        });
    });
    // Closed before it is removed, so that the focus returns to where it was.
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
        on_close();
    };
    let on_cancel = move |event: Event| {
        event.prevent_default();
        close();
    };
    view! {
        <dialog class=class aria-labelledby=id node_ref=dialog on:cancel=on_cancel>
            <header class="sheet__head">
                <h2 class="dialog__title" id=id>
                    {say(title)}
                </h2>
                <button
                    class="icon-btn"
                    type="button"
                    aria-label=say(close_label)
                    on:click=move |_| close()
                >
                    {icon(icon::CLOSE)}
                </button>
            </header>
            {body}
        </dialog>
    }
}

/// A switch with its name and a hint, whose id is `id`. While `fixed`, the switch is disabled.
pub fn switch(
    id: &'static str,
    name: Word,
    hint: impl Fn() -> Word + Send + Sync + 'static,
    on: impl Fn() -> bool + Send + Sync + 'static,
    fixed: impl Fn() -> bool + Send + Sync + 'static,
    change: impl Fn(bool) + Send + 'static,
) -> impl IntoView {
    view! {
        <label class="sheet__switch">
            <span>
                <b>{say(name)}</b>
                <span class="sheet__hint" id=id prop:textContent=move || say(hint())></span>
            </span>
            <input
                class="switch"
                type="checkbox"
                role="switch"
                aria-label=say(name)
                aria-describedby=id
                prop:checked=on
                disabled=fixed
                on:change=move |event| change(event_target_checked(&event))
            />
        </label>
    }
}
