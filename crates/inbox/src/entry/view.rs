//! What is shown before anybody is signed in: the sign-in, an invitation, the first-run set-up. They are one card with a
//! form each.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use porchlight_protocol::json::FromJson;
use porchlight_protocol::limits::{EMAIL_BYTES_MAX, NAME_CHARS_MAX};

use crate::entry::{Entry, Known};
use crate::settings::{password_field, password_hint};
use crate::ui::icon::{self, icon};
use crate::ui::parts::{blank, words, words_of};
use crate::words::{Word, say};

/// The tab's title.
pub fn title_tab(title: &str) {
    document().set_title(&[title, " · Porchlight"].concat());
}

/// A page behind a link: what `open` makes of the link once it is known, or why there is nothing to be seen.
pub fn linked<T, V>(
    page: Entry<T>,
    loading: Word,
    cant: Word,
    open: impl Fn(T) -> V + Send + 'static,
) -> impl IntoView
where
    T: FromJson + Clone + Send + Sync,
    V: IntoView + 'static,
{
    view! {
        <main class="signin">
            {move || match page.known.get() {
                Known::Loading => spinner(loading).into_any(),
                Known::Unreachable => unreachable_server(move || page.look()).into_any(),
                Known::Ended(why) => ended(page, cant, why).into_any(),
                Known::Open(seen) => open(seen).into_any(),
            }}
        </main>
    }
}

fn spinner(loading: Word) -> impl IntoView {
    view! {
        <p class="older" role="status">
            <span class="spin" aria-hidden="true"></span>
            {say(loading)}
        </p>
    }
}

/// The server could not be reached.
pub fn unreachable_server(retry: impl Fn() + 'static) -> impl IntoView {
    view! {
        <div class="signin__card blank" role="alert">
            {blank(icon::OFF, Word::FrameNotLoaded, Word::LinkUnreachable)}
            <button class="btn" type="button" on:click=move |_| retry()>
                {say(Word::ActRetry)}
            </button>
        </div>
    }
}

fn ended<T: FromJson + Send + Sync>(page: Entry<T>, cant: Word, why: Word) -> impl IntoView {
    title_tab(&say(cant));
    view! {
        <div class="signin__card blank" role="alert">
            <span class="blank__art" aria-hidden="true">
                {icon(icon::EXCLAMATION)}
            </span>
            <h1 class="blank__title">{say(cant)}</h1>
            <p class="blank__text">{say(why)}</p>
            <button class="btn" type="button" on:click=move |_| page.leave()>
                {say(Word::JoinSignIn)}
            </button>
        </div>
    }
}

/// The card's form, whose `head` says what it is for.
pub fn form(
    head: impl IntoView,
    refused: RwSignal<Option<String>>,
    fields: impl IntoView,
    submit: impl IntoView,
    on_submit: impl Fn() + 'static,
) -> impl IntoView {
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        on_submit();
    };
    view! {
        <form class="signin__card" method="post" novalidate=true on:submit=on_submit>
            <div class="signin__head">
                <span class="blank__art" aria-hidden="true">
                    {icon(icon::LAMP)}
                </span>
                {head}
            </div>
            {move || refused.get().map(|why| view! {
                <p class="problem" role="alert">{icon(icon::EXCLAMATION)} {words(why)}</p>
            })}
            {fields}
            {submit}
        </form>
    }
}

/// The form's button, and what it says while the request is in flight.
pub fn submit(busy: RwSignal<bool>, does: Word, doing: Word) -> impl IntoView {
    view! {
        <button
            class="btn btn--primary btn--wide"
            type="submit"
            aria-disabled=move || busy.get().then_some("true")
        >
            {words_of(move || say(if busy.get() { doing } else { does }))}
        </button>
    }
}

/// A field for a name, with or without a hint below it.
pub fn name_field(
    id: &'static str,
    label: Word,
    autocomplete: &'static str,
    hint: Option<Word>,
    field: NodeRef<html::Input>,
) -> impl IntoView {
    let hint_id = [id, "-hint"].concat();
    let described = hint.is_some().then(|| hint_id.clone());
    view! {
        <div>
            <label class="label" for=id>{say(label)}</label>
            <input
                class="input"
                id=id
                name=id
                autocomplete=autocomplete
                dir="auto"
                maxlength=NAME_CHARS_MAX.to_string()
                required
                aria-describedby=described
                node_ref=field
            />
            {hint.map(|hint| view! { <p class="setting__hint" id=hint_id>{say(hint)}</p> })}
        </div>
    }
}

/// The field for the address with which an agent signs in.
pub fn email_field(field: NodeRef<html::Input>) -> impl IntoView {
    view! {
        <div>
            <label class="label" for="email">{say(Word::SigninEmail)}</label>
            <input
                class="input"
                id="email"
                name="email"
                type="email"
                autocomplete="username"
                dir="ltr"
                maxlength=EMAIL_BYTES_MAX.to_string()
                required
                node_ref=field
            />
        </div>
    }
}

/// The field for a new password.
pub fn new_password(field: NodeRef<html::Input>) -> impl IntoView {
    view! {
        <div>
            {password_field("password", Word::SigninPassword, "new-password", field)}
            {password_hint("password-hint")}
        </div>
    }
}

/// Focuses a field when it appears.
pub fn focus_first(field: NodeRef<html::Input>) {
    field.on_load(|field| {
        let _ = field.focus();
    });
}
