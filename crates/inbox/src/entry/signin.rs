//! The sign-in form.

use leptos::html;
use leptos::prelude::*;

use crate::entry::view::{email_field, form, submit, title_tab};
use crate::frame::gate::Gate;
use crate::settings::value;
use crate::ui::parts::words_of;
use crate::words::{Word, say};

/// The form. `lost` is true if a session has just ended.
pub fn signin(gate: Gate, lost: bool) -> impl IntoView {
    title_tab(&say(Word::SigninTitle));
    let email = NodeRef::<html::Input>::new();
    let password = NodeRef::<html::Input>::new();
    // An agent who is typing must not continue in this form: Enter would submit it.
    let writes = gate.typing.with_value(|typing| typing.is_held());
    let title = NodeRef::<html::H1>::new();
    title.on_load(move |title| {
        if writes {
            request_animation_frame(move || {
                let _ = title.focus();
            });
        }
    });
    email.on_load(move |field| {
        if !writes {
            let _ = field.focus();
        }
    });
    let code = NodeRef::<html::Input>::new();
    // After a refusal, what it is about has to be typed again.
    Effect::new(move |before: Option<bool>| {
        let asks_code = gate.asks_code.get();
        let field = if asks_code { code } else { password };
        let refused = gate.refusal.with(Option::is_some);
        if let (true, Some(field)) =
            (refused || before.is_some_and(|before| before != asks_code), field.get_untracked())
        {
            let _ = field.focus();
            field.select();
        }
        asks_code
    });
    let sub = move || {
        say(match (gate.asks_code.get(), lost) {
            (true, _) => Word::SigninCodeHint,
            (false, true) => Word::SigninEnded,
            (false, false) => Word::SigninWelcome,
        })
    };
    let head = view! {
        <h1 class="signin__title" tabindex="-1" node_ref=title>
            {say(Word::SigninTitle)}
        </h1>
        <p class="signin__sub" id="signin-sub" role=writes.then_some("alert")>
            {words_of(sub)}
        </p>
    };
    let fields = view! {
        <div class="signin__fields" hidden=move || gate.asks_code.get()>
            {email_field(email)}
            {password_field(gate, password)}
        </div>
        <div hidden=move || !gate.asks_code.get()>{code_field(gate, code)}</div>
    };
    let button = submit(gate.busy, Word::SigninTitle, Word::SigninBusy);
    let sign_in = move || {
        let asked = if gate.asks_code.get_untracked() { vec![code] } else { vec![email, password] };
        let empty = asked.into_iter().find(|field| value(*field).is_empty());
        match empty.and_then(|field| field.get_untracked()) {
            Some(field) => drop(field.focus()),
            None => gate.sign_in(value(email), value(password), value(code)),
        }
    };
    let back = move |_| {
        if let Some(field) = code.get_untracked() {
            field.set_value("");
        }
        gate.forget_code();
    };
    let buttons = view! {
        {button}
        <button
            class="btn btn--quiet btn--wide"
            type="button"
            hidden=move || !gate.asks_code.get()
            on:click=back
        >
            {say(Word::SigninBack)}
        </button>
    };
    view! { <main class="signin">{form(head, gate.refusal, fields, buttons, sign_in)}</main> }
}

fn password_field(gate: Gate, field: NodeRef<html::Input>) -> impl IntoView {
    let refused = move || gate.refusal.with(Option::is_some).then_some("true");
    view! {
        <div>
            <label class="label" for="password">{say(Word::SigninPassword)}</label>
            <input
                class="input"
                id="password"
                name="password"
                type="password"
                autocomplete="current-password"
                required
                aria-invalid=refused
                node_ref=field
            />
        </div>
    }
}

fn code_field(gate: Gate, field: NodeRef<html::Input>) -> impl IntoView {
    let refused = move || gate.refusal.with(Option::is_some).then_some("true");
    view! {
        <label class="label" for="code">{say(Word::SigninCode)}</label>
        <input
            class="input"
            id="code"
            name="code"
            autocomplete="one-time-code"
            autocapitalize="none"
            spellcheck="false"
            dir="ltr"
            maxlength="20"
            aria-describedby="signin-sub"
            aria-invalid=refused
            node_ref=field
        />
    }
}
