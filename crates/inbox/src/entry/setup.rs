//! First-run set-up: the page behind the address that a server prints while its store is empty.

pub mod view;

use leptos::prelude::*;
use porchlight_protocol::json::{FromJson, Json, Malformed};
use porchlight_protocol::team::SetUp;
use porchlight_protocol::wire::Session;

use crate::entry::{Entry, Link, is_at};
use crate::frame::gate::Gate;
use crate::words::Word;

const LINK: Link =
    Link { look: "/setup/check", using: "/setup", used: Word::SetupUsed, ended: Word::SetupEnded };

/// The answer that the server can be set up. It has no body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready;

impl FromJson for Ready {
    fn from_json(_: Json) -> Result<Self, Malformed> {
        Ok(Ready)
    }
}

/// The page.
#[derive(Clone, Copy)]
pub struct Setup {
    /// The link.
    pub entry: Entry<Ready>,
    /// The session of whoever has set the server up just now.
    pub done: RwSignal<Option<Session>>,
}

/// What stands in the fields.
pub struct Fields {
    /// The site's name.
    pub site_name: String,
    /// The address of the website.
    pub address: String,
    /// The owner's name.
    pub name: String,
    /// The address with which the owner signs in.
    pub email: String,
    /// The owner's password.
    pub password: String,
}

/// True if the page at this address is that of the set-up.
pub fn is_here() -> bool {
    is_at("/dashboard/setup")
}

impl Setup {
    /// The page, which asks whether the server can be set up.
    pub fn open(gate: Gate) -> Self {
        Setup { entry: Entry::open(gate, LINK), done: RwSignal::new(None) }
    }

    /// Sets the server up.
    pub fn set_up(self, fields: Fields) {
        let Fields { site_name, address, name, email, password } = fields;
        self.entry.enter(
            |token| SetUp { token, site_name, address, name, email, password },
            move |session| self.done.set(Some(session)),
        );
    }

    /// Goes to the inbox of whoever has set the server up.
    pub fn go_on(self, session: Session) {
        self.entry.gate.joined(session);
    }
}

/// The tag for the website's pages.
pub fn tag(session: &Session) -> String {
    let origin = window().location().origin().unwrap_or_default();
    let site = session.site.as_str();
    ["<script async src=\"", &origin, "/porchlight.js\" data-site=\"", site, "\"></script>"]
        .concat()
}
