//! The sign-in form.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;

use super::icon::{self, icon};
use super::parts::{words, words_of};
use crate::gate::Gate;
use crate::words::{Word, say};

/// The form. `lost` is true if a session has just ended.
pub fn signin(gate: Gate, lost: bool) -> impl IntoView {
    document().set_title(&[&say(Word::SigninTitle), " · Porchlight"].concat());
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
    // After a refusal, the password has to be typed again.
    Effect::new(move |_| {
        if let (true, Some(field)) = (gate.refusal.with(Option::is_some), password.get_untracked())
        {
            let _ = field.focus();
            field.select();
        }
    });
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        if let (Some(email), Some(password)) = (email.get_untracked(), password.get_untracked()) {
            gate.sign_in(email.value(), password.value());
        }
    };
    let sub = say(if lost { Word::SigninEnded } else { Word::SigninWelcome });
    let refused = move || gate.refusal.with(Option::is_some).then_some("true");
    let label = move || say(if gate.busy.get() { Word::SigninBusy } else { Word::SigninTitle });
    view! {
        <main class="signin">
            <form class="signin__card" method="post" on:submit=on_submit>
                <div class="signin__head">
                    <span class="blank__art" aria-hidden="true">
                        {icon(icon::LAMP)}
                    </span>
                    <h1 class="signin__title" tabindex="-1" node_ref=title>
                        {say(Word::SigninTitle)}
                    </h1>
                    <p class="signin__sub" role=writes.then_some("alert")>
                        {sub}
                    </p>
                </div>
                {move || gate.refusal.get().map(|words| view! {
                    <p class="problem" role="alert">{icon(icon::EXCLAMATION)} {self::words(words)}</p>
                })}
                <div>
                    <label class="label" for="email">{say(Word::SigninEmail)}</label>
                    <input
                        class="input"
                        id="email"
                        name="email"
                        type="email"
                        autocomplete="username"
                        required
                        node_ref=email
                    />
                </div>
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
                        node_ref=password
                    />
                </div>
                <button
                    class="btn btn--primary btn--wide"
                    type="submit"
                    aria-disabled=move || gate.busy.get().then_some("true")
                >
                    {words_of(label)}
                </button>
            </form>
        </main>
    }
}
