//! The page of an invitation.

use leptos::html;
use leptos::prelude::*;
use porchlight_protocol::team::InvitationSeen;
use porchlight_protocol::wire::Session;

use crate::entry::join::{Join, accept, accept_as};
use crate::entry::view::{
    email_field, focus_first, form, linked, name_field, new_password, submit, title_tab,
};
use crate::settings::value;
use crate::text;
use crate::ui::parts::words_of;
use crate::words::{Pattern, Word, fill, say};

/// What the invitation is for, and the fields of whoever accepts it.
pub fn join(page: Join) -> impl IntoView {
    linked(page.entry, Word::JoinLoading, Word::JoinCant, move |seen| {
        move || match page.session.get() {
            Some(session) => as_session(page, &seen, session).into_any(),
            None => fields(page, &seen).into_any(),
        }
    })
}

/// What the invitation is for, and a button of whoever is signed in.
fn as_session(page: Join, seen: &InvitationSeen, session: Session) -> impl IntoView + use<> {
    let me = &session.agent.name;
    let signed_in = fill(Pattern::JoinSignedIn, &[me, &session.site_name]);
    let does = fill(Pattern::JoinAs, &[me]);
    let button = NodeRef::<html::Button>::new();
    button.on_load(|button| {
        let _ = button.focus();
    });
    let busy = page.entry.busy;
    let says = move || if busy.get() { say(Word::JoinJoining) } else { does.clone() };
    let buttons = view! {
        <button
            class="btn btn--primary btn--wide"
            type="submit"
            aria-disabled=move || busy.get().then_some("true")
            node_ref=button
        >
            {words_of(says)}
        </button>
        <button
            class="btn btn--quiet btn--wide"
            type="button"
            on:click=move |_| page.session.set(None)
        >
            {say(Word::JoinNewAccount)}
        </button>
    };
    let fields = view! { <p class="setting__hint" dir="auto">{signed_in}</p> };
    form(head(seen), page.entry.refused, fields, buttons, move || accept_as(page, &session))
}

fn head(seen: &InvitationSeen) -> impl IntoView + use<> {
    let title = fill(Pattern::JoinTitle, &[&seen.site_name]);
    title_tab(&title);
    let about = fill(Pattern::JoinInvitedBy, &[&seen.by, &say(text::role(seen.role))]);
    view! {
        <h1 class="signin__title" dir="auto">
            {title}
        </h1>
        <p class="signin__sub">{about}</p>
    }
}

fn fields(page: Join, seen: &InvitationSeen) -> impl IntoView + use<> {
    let name = NodeRef::<html::Input>::new();
    let email = NodeRef::<html::Input>::new();
    let password = NodeRef::<html::Input>::new();
    focus_first(name);
    let fields = view! {
        {name_field("name", Word::BotsName, "name", Some(Word::BotsNameHint), name)}
        {email_field(email)}
        {new_password(password)}
    };
    let buttons = view! {
        {submit(page.entry.busy, Word::JoinAccept, Word::JoinJoining)}
        <button
            class="btn btn--quiet btn--wide"
            type="button"
            on:click=move |_| page.entry.gate.sign_in_first()
        >
            {say(Word::JoinHaveAccount)}
        </button>
    };
    form(head(seen), page.entry.refused, fields, buttons, move || {
        accept(page, value(name), value(email), value(password))
    })
}
