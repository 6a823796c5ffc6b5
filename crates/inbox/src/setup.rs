//! First-run set-up: the page behind the address that a server prints while its store is empty.

use leptos::prelude::*;
use porchlight_browser::Method;
use porchlight_client::Failure;
use porchlight_protocol::ErrorCode;
use porchlight_protocol::team::{SetUp, SetUpToken};
use porchlight_protocol::wire::Session;
use wasm_bindgen_futures::spawn_local;

use crate::gate::{Gate, api};
use crate::join;
use crate::text;
use crate::words::{Word, say};

/// The address of the page; the secret is in its fragment.
const ADDRESS: &str = "/dashboard/setup";

/// What is known of the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// It is being asked for.
    Loading,
    /// The server could not be reached.
    Unreachable,
    /// The server can be set up.
    Open,
    /// It can't, by this address: why.
    Ended(Word),
    /// The server has been set up just now.
    Done(Box<Session>),
}

/// The state of the page. Only the functions here write to its signals.
#[derive(Clone, Copy)]
pub struct Setup {
    /// What is known of the address.
    pub known: RwSignal<Known>,
    /// True while the server is being set up.
    pub busy: RwSignal<bool>,
    /// Why it was not.
    pub refused: RwSignal<Option<String>>,
    gate: Gate,
    token: StoredValue<String>,
}

/// True if the page at this address is that of the set-up.
pub fn is_here() -> bool {
    window().location().pathname().is_ok_and(|path| path.trim_end_matches('/') == ADDRESS)
}

impl Setup {
    /// The page, which asks whether the server can be set up.
    pub fn open(gate: Gate) -> Self {
        let hash = window().location().hash().unwrap_or_default();
        let setup = Setup {
            known: RwSignal::new(Known::Loading),
            busy: RwSignal::new(false),
            refused: RwSignal::new(None),
            gate,
            token: StoredValue::new(hash.trim_start_matches('#').to_owned()),
        };
        setup.look();
        setup
    }

    /// Asks whether the server can be set up.
    pub fn look(self) {
        self.known.set(Known::Loading);
        spawn_local(async move {
            let body = SetUpToken { token: self.token.get_value() };
            let answer = api("").tell(Method::POST, "/setup/check", &body).await;
            if self.known.is_disposed() {
                return;
            }
            self.known.set(match answer {
                Ok(()) => Known::Open,
                Err(failure) if failure.is_retryable() => Known::Unreachable,
                Err(Failure::Refused(error)) => Known::Ended(ended(error.code)),
                Err(Failure::Network) => Known::Unreachable,
            });
        });
    }

    /// Sets the server up.
    pub fn set_up(self, fields: Fields) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.refused.set(None);
        spawn_local(async move {
            let Fields { site_name, address, name, email, password } = fields;
            let token = self.token.get_value();
            let body = SetUp { token, site_name, address, name, email, password };
            let answer = api("").send::<_, Session>(Method::POST, "/setup", &body).await;
            if self.known.is_disposed() {
                return;
            }
            self.busy.set(false);
            match answer {
                Ok(session) => self.known.set(Known::Done(Box::new(session))),
                Err(Failure::Refused(error)) => match error.code {
                    ErrorCode::InvitationUsed | ErrorCode::InvitationEnded => {
                        self.known.set(Known::Ended(ended(error.code)));
                    }
                    ErrorCode::RateLimited => {
                        self.refused.set(Some(text::too_many_tries(error.retry_after_ms)));
                    }
                    code => self.refused.set(Some(say(text::error_code(code)))),
                },
                Err(Failure::Network) => self.refused.set(Some(say(Word::LinkUnreachable))),
            }
        });
    }

    /// Goes to the inbox of whoever has set the server up.
    pub fn enter(self, session: Session) {
        self.gate.joined(session);
    }

    /// Leaves the page for the inbox, or its sign-in.
    pub fn leave(self) {
        join::leave();
        self.gate.retry();
    }
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

/// The tag for the website's pages.
pub fn tag(session: &Session) -> String {
    let origin = window().location().origin().unwrap_or_default();
    let site = session.site.as_str();
    ["<script async src=\"", &origin, "/porchlight.js\" data-site=\"", site, "\"></script>"]
        .concat()
}

/// What to tell of an address by which the server can't be set up.
fn ended(code: ErrorCode) -> Word {
    match code {
        ErrorCode::InvitationUsed => Word::SetupUsed,
        ErrorCode::InvitationEnded => Word::SetupEnded,
        code => text::error_code(code),
    }
}
