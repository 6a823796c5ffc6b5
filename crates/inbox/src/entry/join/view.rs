//! The page of an invitation.

use leptos::html;
use leptos::prelude::*;
use porchlight_protocol::team::InvitationSeen;

use crate::entry::join::{Join, accept};
use crate::entry::view::{
    email_field, focus_first, form, linked, name_field, new_password, submit, title_tab,
};
use crate::settings::value;
use crate::text;
use crate::words::{Pattern, Word, fill, say};

/// What the invitation is for, and the fields of whoever accepts it.
pub fn join(page: Join) -> impl IntoView {
    linked(page, Word::JoinLoading, Word::JoinCant, move |seen| fields(page, &seen))
}

fn fields(page: Join, seen: &InvitationSeen) -> impl IntoView + use<> {
    let title = fill(Pattern::JoinTitle, &[&seen.site_name]);
    title_tab(&title);
    let about = fill(Pattern::JoinInvitedBy, &[&seen.by, &say(text::role(seen.role))]);
    let name = NodeRef::<html::Input>::new();
    let email = NodeRef::<html::Input>::new();
    let password = NodeRef::<html::Input>::new();
    focus_first(name);
    let head = view! {
        <h1 class="signin__title" dir="auto">
            {title}
        </h1>
        <p class="signin__sub">{about}</p>
    };
    let fields = view! {
        {name_field("name", Word::BotsName, "name", Some(Word::BotsNameHint), name)}
        {email_field(email)}
        {new_password(password)}
    };
    form(
        head,
        page.refused,
        fields,
        submit(page.busy, Word::JoinAccept, Word::JoinJoining),
        move || accept(page, value(name), value(email), value(password)),
    )
}
