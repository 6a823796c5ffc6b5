//! A switch with its name and what it does.

use leptos::prelude::*;

use crate::words::{Word, say};

/// What a switch says, and its element.
#[derive(Debug, Clone, Copy)]
pub struct Named {
    /// The id of the element.
    pub id: &'static str,
    /// The id of the text that describes it.
    pub text_id: &'static str,
    /// The name.
    pub name: Word,
}

/// The switch, which is `on`, cannot be changed while it is `fixed`, and calls `set`. `text` says what that does.
pub fn switch(
    named: Named,
    on: impl Fn() -> bool + Copy + Send + Sync + 'static,
    fixed: impl Fn() -> bool + Copy + Send + Sync + 'static,
    text: impl Fn() -> String + Send + Sync + 'static,
    set: impl Fn(bool) + 'static,
) -> impl IntoView {
    view! {
        <div class="setting">
            <label class="setting__name" for=named.id>
                {say(named.name)}
            </label>
            <input
                class="switch"
                type="checkbox"
                role="switch"
                id=named.id
                prop:checked=on
                aria-disabled=move || fixed().then_some("true")
                aria-describedby=named.text_id
                on:click=move |event| {
                    if fixed() {
                        event.prevent_default();
                    }
                }
                on:change=move |event| set(event_target_checked(&event))
            />
            <p class="setting__text" id=named.text_id>
                {text}
            </p>
        </div>
    }
}
