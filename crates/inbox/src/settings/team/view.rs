//! Settings → Team.

mod invite;
mod people;

use leptos::prelude::*;
use porchlight_protocol::rights::Role;

use crate::app::App;
use crate::settings::frame::{self, Layout};
use crate::settings::page::Page;
use crate::settings::savebar;
use crate::settings::team::TeamPage;
use crate::text;
use crate::words::say;

/// The page.
pub fn team(app: App) -> impl IntoView {
    let page = TeamPage::open(app);
    let body = frame::once_loaded(
        Page::Team,
        move || page.is_there(),
        move || page.has_failed(),
        move || page.load(),
        move || {
            frame::main((
                people::people(page),
                page.may_manage().then(|| invite::invitations(page)),
            ))
        },
    );
    // Each change is saved at once, and told by a toast. Who may change nothing reads that in the bar.
    let bar = (!page.may_manage()).then(|| savebar::savebar(false, || true, (), ()));
    frame::page(Page::Team, Layout::Wide, body, bar)
}

/// The choices of a select of roles, of which one is chosen.
fn role_options(roles: Vec<Role>, chosen: Role) -> impl IntoView {
    roles
        .into_iter()
        .map(|role| {
            view! {
                <option value=role.as_str() selected=role == chosen>
                    {say(text::role(role))}
                </option>
            }
        })
        .collect_view()
}

/// The role of a select's value.
fn role_of(value: &str) -> Option<Role> {
    Role::ALL.into_iter().find(|role| role.as_str() == value)
}
