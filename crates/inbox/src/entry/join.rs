//! The page of an invitation: what it is for, and the account that accepting it makes, or that it is accepted with.

pub mod view;

use leptos::prelude::*;
use porchlight_protocol::team::{Accept, InvitationSeen, InvitationToken};
use porchlight_protocol::wire::Session;
use wasm_bindgen_futures::spawn_local;

use crate::entry::{Entry, Link, is_at};
use crate::frame::gate::{Gate, api};
use crate::words::Word;

/// The page.
#[derive(Clone, Copy)]
pub struct Join {
    /// The link.
    pub entry: Entry<InvitationSeen>,
    /// Who is signed in in this browser, once that is known.
    pub session: RwSignal<Option<Session>>,
}

const LINK: Link = Link {
    look: "/invitation",
    using: "/invitation/accept",
    used: Word::ErrorInvitationUsed,
    ended: Word::ErrorInvitationEnded,
};

/// True if the page at this address is that of an invitation.
pub fn is_here() -> bool {
    is_at("/dashboard/invite")
}

/// The page, which asks what the invitation in the address is for, and who is signed in.
pub fn open(gate: Gate) -> Join {
    let page = Join { entry: Entry::open(gate, LINK), session: RwSignal::new(None) };
    spawn_local(async move {
        // If it can't be known, the page is as for anybody.
        if let Ok(session) = api("").get::<Option<Session>>("/session").await {
            let _ = page.session.try_set(session);
        }
    });
    page
}

/// Accepts the invitation, and shows the inbox of whoever has.
pub fn accept(page: Join, name: String, email: String, password: String) {
    let entry = page.entry;
    entry.enter(
        |token| Accept { token, name, email, password },
        move |session| entry.gate.joined(session),
    );
}

/// Accepts the invitation as whoever is signed in.
pub fn accept_as(page: Join, session: &Session) {
    let entry = page.entry;
    entry.enter_by(
        api(&session.csrf),
        "/invitation/join",
        |token| InvitationToken { token },
        move |session| entry.gate.joined(session),
    );
}
