//! The pages behind a link with a secret, which are shown before anybody is signed in: an invitation, and the first-run
//! set-up. The secret is in the fragment of the address, which browsers send to nobody.

pub mod join;
pub mod setup;
pub mod signin;
pub mod view;

use leptos::prelude::*;
use porchlight_browser::{Api, Method};
use porchlight_client::Failure;
use porchlight_protocol::json::FromJson;
use porchlight_protocol::wire::Session;
use porchlight_protocol::{ErrorBody, ErrorCode};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use crate::frame::gate::{Gate, api};
use crate::frame::route::Route;
use crate::text;
use crate::words::{Word, say};

/// What is known of the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known<T> {
    /// It is being asked for.
    Loading,
    /// The server could not be reached.
    Unreachable,
    /// The link can be used.
    Open(T),
    /// It can't, for this reason.
    Ended(Word),
}

/// The state of such a page: `T` is what the server tells of its link. Only the functions here write to its signals.
pub struct Entry<T: 'static> {
    /// What is known of the link.
    pub known: RwSignal<Known<T>>,
    /// True while the link is being used.
    pub busy: RwSignal<bool>,
    /// Why the last use was refused.
    pub refused: RwSignal<Option<String>>,
    /// The sign-in state.
    pub gate: Gate,
    link: Link,
    secret: StoredValue<String>,
}

/// What distinguishes the kinds of links.
#[derive(Clone, Copy)]
struct Link {
    /// The path in the API that answers what a link is for.
    look: &'static str,
    /// The path that uses it.
    using: &'static str,
    /// What to tell of a link that was used already.
    used: Word,
    /// What to tell of a link that was taken back, has expired or never existed.
    ended: Word,
}

/// A body that only has the secret.
#[derive(Serialize)]
struct Secret {
    token: String,
}

// Derived, they would ask the same of `T`.
impl<T> Copy for Entry<T> {}

impl<T> Clone for Entry<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: FromJson + Send + Sync> Entry<T> {
    /// The page, which asks what the link in the address is for.
    fn open(gate: Gate, link: Link) -> Self {
        let hash = window().location().hash().unwrap_or_default();
        let entry = Entry {
            known: RwSignal::new(Known::Loading),
            busy: RwSignal::new(false),
            refused: RwSignal::new(None),
            gate,
            link,
            secret: StoredValue::new(hash.trim_start_matches('#').to_owned()),
        };
        entry.look();
        entry
    }

    /// Asks what the link is for.
    pub fn look(self) {
        self.known.set(Known::Loading);
        spawn_local(async move {
            let body = Secret { token: self.secret.get_value() };
            let answer = api("").send(Method::POST, self.link.look, &body).await;
            if self.known.is_disposed() {
                return;
            }
            self.known.set(match answer {
                Ok(seen) => Known::Open(seen),
                Err(failure) if failure.is_retryable() => Known::Unreachable,
                Err(Failure::Refused(error)) => Known::Ended(self.ended(error.code)),
                Err(Failure::Network) => Known::Unreachable,
            });
        });
    }

    /// Uses the link with the body that is made of its secret. `entered` gets the session of whoever has an account now.
    fn enter<B: Serialize + 'static>(
        self,
        body: impl FnOnce(String) -> B,
        entered: impl FnOnce(Session) + 'static,
    ) {
        self.enter_by(api(""), self.link.using, body, entered);
    }

    /// The same, at another path, and as whoever is signed in.
    fn enter_by<B: Serialize + 'static>(
        self,
        api: Api,
        path: &'static str,
        body: impl FnOnce(String) -> B,
        entered: impl FnOnce(Session) + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.refused.set(None);
        let body = body(self.secret.get_value());
        spawn_local(async move {
            let answer = api.send::<_, Session>(Method::POST, path, &body).await;
            if self.known.is_disposed() {
                return;
            }
            self.busy.set(false);
            match answer {
                Ok(session) => entered(session),
                Err(Failure::Refused(error)) => self.refuse(&error),
                Err(Failure::Network) => self.refused.set(Some(say(Word::LinkUnreachable))),
            }
        });
    }

    fn refuse(self, error: &ErrorBody) {
        match error.code {
            ErrorCode::InvitationUsed | ErrorCode::InvitationEnded => {
                self.known.set(Known::Ended(self.ended(error.code)));
            }
            ErrorCode::RateLimited => {
                self.refused.set(Some(text::too_many_tries(error.retry_after_ms)));
            }
            code => self.refused.set(Some(say(text::error_code(code)))),
        }
    }

    /// Leaves the page for the inbox, or its sign-in.
    pub fn leave(self) {
        leave();
        self.gate.retry();
    }

    fn ended(self, code: ErrorCode) -> Word {
        match code {
            ErrorCode::InvitationUsed => self.link.used,
            ErrorCode::InvitationEnded => self.link.ended,
            code => text::error_code(code),
        }
    }
}

/// True if the page is at this address.
fn is_at(address: &str) -> bool {
    window().location().pathname().is_ok_and(|path| path.trim_end_matches('/') == address)
}

/// Puts the inbox's address into the place of the link's, which says nothing any more.
pub fn leave() {
    let inbox = Route::parse("/dashboard", "").href();
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&inbox));
    }
}
