//! The page of an invitation: what it is for, and the account that accepting it makes.

pub mod view;

use porchlight_protocol::team::{Accept, InvitationSeen};

use crate::entry::{Entry, Link, is_at};
use crate::frame::gate::Gate;
use crate::words::Word;

/// The page.
pub type Join = Entry<InvitationSeen>;

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

/// The page, which asks what the invitation in the address is for.
pub fn open(gate: Gate) -> Join {
    Entry::open(gate, LINK)
}

/// Accepts the invitation, and shows the inbox of whoever has.
pub fn accept(page: Join, name: String, email: String, password: String) {
    page.enter(
        |token| Accept { token, name, email, password },
        move |session| page.gate.joined(session),
    );
}
