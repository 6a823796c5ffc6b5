//! The page of the first-run set-up.

use leptos::html;
use leptos::prelude::*;
use porchlight_protocol::wire::Session;

use crate::entry::setup::{Fields, Setup, tag};
use crate::entry::view::{
    email_field, focus_first, form, linked, name_field, new_password, submit, title_tab,
};
use crate::settings::{copy_field, value};
use crate::ui::icon::{self, icon};
use crate::words::{Word, say};

/// The fields of the site and its owner, and then the tag for the website.
pub fn setup(page: Setup) -> impl IntoView {
    title_tab(&say(Word::SetupTitle));
    move || match page.done.get() {
        Some(session) => done(page, session).into_any(),
        None => {
            linked(page.entry, Word::JoinJoining, Word::SetupCant, move |_| fields(page)).into_any()
        }
    }
}

fn fields(page: Setup) -> impl IntoView {
    let site = NodeRef::<html::Input>::new();
    let address = NodeRef::<html::Input>::new();
    let name = NodeRef::<html::Input>::new();
    let email = NodeRef::<html::Input>::new();
    let password = NodeRef::<html::Input>::new();
    focus_first(site);
    let head = view! {
        <h1 class="signin__title">{say(Word::SetupTitle)}</h1>
        <p class="signin__sub">{say(Word::SetupSub)}</p>
    };
    let fields = view! {
        {name_field("site", Word::SetupSite, "organization", Some(Word::BotsNameHint), site)}
        {address_field(address)}
        {name_field("name", Word::SetupName, "name", None, name)}
        {email_field(email)}
        {new_password(password)}
    };
    let set_up = move || {
        page.set_up(Fields {
            site_name: value(site),
            address: value(address),
            name: value(name),
            email: value(email),
            password: value(password),
        });
    };
    let entry = page.entry;
    let button = submit(entry.busy, Word::SetupDo, Word::JoinJoining);
    form(head, entry.refused, fields, button, set_up)
}

fn address_field(field: NodeRef<html::Input>) -> impl IntoView {
    view! {
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
                node_ref=field
            />
            <p class="setting__hint" id="address-hint">{say(Word::SetupAddressHint)}</p>
        </div>
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
        <main class="signin">
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
                    on:click=move |_| page.go_on(session.clone())
                >
                    {say(Word::FrameGoToInbox)}
                </button>
            </div>
        </main>
    }
}
