//! The page of the first-run set-up.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use porchlight_protocol::limits::{EMAIL_BYTES_MAX, NAME_CHARS_MAX};
use porchlight_protocol::wire::Session;

use super::icon::{self, icon};
use super::parts::{blank, words, words_of};
use super::settings::{copy_field, password_field, password_hint, value};
use crate::setup::{Fields, Known, Setup, tag};
use crate::words::{Word, say};

/// The fields of the site and its owner, and then the tag for the website.
pub fn setup(page: Setup) -> impl IntoView {
    document().set_title(&[&say(Word::SetupTitle), " · Porchlight"].concat());
    view! {
        <main class="signin">
            {move || match page.known.get() {
                Known::Loading => loading().into_any(),
                Known::Unreachable => unreachable(page).into_any(),
                Known::Ended(why) => ended(page, why).into_any(),
                Known::Open => form(page).into_any(),
                Known::Done(session) => done(page, *session).into_any(),
            }}
        </main>
    }
}

fn loading() -> impl IntoView {
    view! {
        <p class="older" role="status">
            <span class="spin" aria-hidden="true"></span>
            {say(Word::JoinJoining)}
        </p>
    }
}

fn unreachable(page: Setup) -> impl IntoView {
    view! {
        <div class="signin__card blank" role="alert">
            {blank(icon::OFF, Word::FrameNotLoaded, Word::LinkUnreachable)}
            <button class="btn" type="button" on:click=move |_| page.look()>
                {say(Word::ActRetry)}
            </button>
        </div>
    }
}

fn ended(page: Setup, why: Word) -> impl IntoView {
    view! {
        <div class="signin__card blank" role="alert">
            <span class="blank__art" aria-hidden="true">
                {icon(icon::EXCLAMATION)}
            </span>
            <h1 class="blank__title">{say(Word::SetupCant)}</h1>
            <p class="blank__text">{say(why)}</p>
            <button class="btn" type="button" on:click=move |_| page.leave()>
                {say(Word::JoinSignIn)}
            </button>
        </div>
    }
}

fn form(page: Setup) -> impl IntoView {
    let site = NodeRef::<html::Input>::new();
    let address = NodeRef::<html::Input>::new();
    let name = NodeRef::<html::Input>::new();
    let email = NodeRef::<html::Input>::new();
    let password = NodeRef::<html::Input>::new();
    site.on_load(|field| {
        let _ = field.focus();
    });
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        page.set_up(Fields {
            site_name: value(site),
            address: value(address),
            name: value(name),
            email: value(email),
            password: value(password),
        });
    };
    let label = move || say(if page.busy.get() { Word::JoinJoining } else { Word::SetupDo });
    view! {
        <form class="signin__card" method="post" novalidate=true on:submit=on_submit>
            <div class="signin__head">
                <span class="blank__art" aria-hidden="true">
                    {icon(icon::LAMP)}
                </span>
                <h1 class="signin__title">{say(Word::SetupTitle)}</h1>
                <p class="signin__sub">{say(Word::SetupSub)}</p>
            </div>
            {move || page.refused.get().map(|why| view! {
                <p class="problem" role="alert">{icon(icon::EXCLAMATION)} {words(why)}</p>
            })}
            <div>
                <label class="label" for="site">{say(Word::SetupSite)}</label>
                <input
                    class="input"
                    id="site"
                    autocomplete="organization"
                    dir="auto"
                    maxlength=NAME_CHARS_MAX.to_string()
                    required
                    aria-describedby="site-hint"
                    node_ref=site
                />
                <p class="setting__hint" id="site-hint">{say(Word::BotsNameHint)}</p>
            </div>
            <div>
                <label class="label" for="address">{say(Word::SetupAddress)}</label>
                <input
                    class="input"
                    id="address"
                    type="url"
                    autocomplete="url"
                    dir="ltr"
                    placeholder="https://shop.example"
                    required
                    aria-describedby="address-hint"
                    node_ref=address
                />
                <p class="setting__hint" id="address-hint">{say(Word::SetupAddressHint)}</p>
            </div>
            <div>
                <label class="label" for="name">{say(Word::SetupName)}</label>
                <input
                    class="input"
                    id="name"
                    name="name"
                    autocomplete="name"
                    dir="auto"
                    maxlength=NAME_CHARS_MAX.to_string()
                    required
                    node_ref=name
                />
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

/// The tag for the website, and the way to the inbox.
fn done(page: Setup, session: Session) -> impl IntoView {
    let tag = tag(&session);
    let title = NodeRef::<html::H1>::new();
    title.on_load(|title| {
        request_animation_frame(move || {
            let _ = title.focus();
        });
    });
    view! {
        <div class="signin__card">
            <div class="signin__head">
                <span class="blank__art" aria-hidden="true">
                    {icon(icon::CHECK)}
                </span>
                <h1 class="signin__title" tabindex="-1" node_ref=title>
                    {say(Word::SetupDone)}
                </h1>
                <label class="signin__sub" id="tag-hint" for="tag">
                    {say(Word::SetupTag)}
                </label>
            </div>
            <div class="locked__command">
                {copy_field("tag", "tag-hint", move || tag.clone())}
            </div>
            <button
                class="btn btn--primary btn--wide"
                type="button"
                on:click=move |_| page.enter(session.clone())
            >
                {say(Word::FrameGoToInbox)}
            </button>
        </div>
    }
}
