//! The page of an invitation.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use porchlight_protocol::limits::{EMAIL_BYTES_MAX, NAME_CHARS_MAX};
use porchlight_protocol::team::InvitationSeen;

use super::icon::{self, icon};
use super::parts::{blank, words, words_of};
use super::settings::{password_field, password_hint, value};
use crate::join::{Join, Known};
use crate::text;
use crate::words::{Pattern, Word, fill, say};

/// What the invitation is for, and the fields of whoever accepts it.
pub fn join(page: Join) -> impl IntoView {
    view! {
        <main class="signin">
            {move || match page.known.get() {
                Known::Loading => loading().into_any(),
                Known::Unreachable => unreachable(page).into_any(),
                Known::Ended(why) => ended(page, why).into_any(),
                Known::Open(seen) => form(page, &seen).into_any(),
            }}
        </main>
    }
}

fn loading() -> impl IntoView {
    view! {
        <p class="older" role="status">
            <span class="spin" aria-hidden="true"></span>
            {say(Word::JoinLoading)}
        </p>
    }
}

fn unreachable(page: Join) -> impl IntoView {
    view! {
        <div class="signin__card blank" role="alert">
            {blank(icon::OFF, Word::FrameNotLoaded, Word::LinkUnreachable)}
            <button class="btn" type="button" on:click=move |_| page.look()>
                {say(Word::ActRetry)}
            </button>
        </div>
    }
}

fn ended(page: Join, why: Word) -> impl IntoView {
    document().set_title(&[&say(Word::JoinCant), " · Porchlight"].concat());
    view! {
        <div class="signin__card blank" role="alert">
            <span class="blank__art" aria-hidden="true">
                {icon(icon::EXCLAMATION)}
            </span>
            <h1 class="blank__title">{say(Word::JoinCant)}</h1>
            <p class="blank__text">{say(why)}</p>
            <button class="btn" type="button" on:click=move |_| page.leave()>
                {say(Word::JoinSignIn)}
            </button>
        </div>
    }
}

fn form(page: Join, seen: &InvitationSeen) -> impl IntoView {
    let title = fill(Pattern::JoinTitle, &[&seen.site_name]);
    document().set_title(&[&title, " · Porchlight"].concat());
    let about = fill(Pattern::JoinInvitedBy, &[&seen.by, &say(text::role(seen.role))]);
    let name = NodeRef::<html::Input>::new();
    let email = NodeRef::<html::Input>::new();
    let password = NodeRef::<html::Input>::new();
    name.on_load(|field| {
        let _ = field.focus();
    });
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        page.accept(value(name), value(email), value(password));
    };
    let label = move || say(if page.busy.get() { Word::JoinJoining } else { Word::JoinAccept });
    view! {
        <form class="signin__card" method="post" novalidate=true on:submit=on_submit>
            <div class="signin__head">
                <span class="blank__art" aria-hidden="true">
                    {icon(icon::LAMP)}
                </span>
                <h1 class="signin__title" dir="auto">
                    {title}
                </h1>
                <p class="signin__sub">{about}</p>
            </div>
            {move || page.refused.get().map(|why| view! {
                <p class="problem" role="alert">{icon(icon::EXCLAMATION)} {words(why)}</p>
            })}
            <div>
                <label class="label" for="name">{say(Word::BotsName)}</label>
                <input
                    class="input"
                    id="name"
                    name="name"
                    autocomplete="name"
                    dir="auto"
                    maxlength=NAME_CHARS_MAX.to_string()
                    required
                    aria-describedby="name-hint"
                    node_ref=name
                />
                <p class="setting__hint" id="name-hint">{say(Word::BotsNameHint)}</p>
            </div>
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
                    node_ref=email
                />
            </div>
            <div>
                {password_field("password", Word::SigninPassword, "new-password", password)}
                {password_hint("password-hint")}
            </div>
            <button
                class="btn btn--primary btn--wide"
                type="submit"
                aria-disabled=move || page.busy.get().then_some("true")
            >
                {words_of(label)}
            </button>
        </form>
    }
}
