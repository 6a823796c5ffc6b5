//! The page of an invitation: what it is for, and the account that accepting it makes.

use leptos::prelude::*;
use porchlight_browser::Method;
use porchlight_client::Failure;
use porchlight_protocol::ErrorCode;
use porchlight_protocol::team::{Accept, InvitationSeen, InvitationToken};
use porchlight_protocol::wire::Session;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use crate::gate::{Gate, api};
use crate::route::Route;
use crate::text;
use crate::words::{Word, say};

/// The address of the page; the secret is in its fragment.
const ADDRESS: &str = "/dashboard/invite";

/// What is known of the invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// It is being asked for.
    Loading,
    /// The server could not be reached.
    Unreachable,
    /// It can be accepted.
    Open(InvitationSeen),
    /// It can't, for this reason.
    Ended(Word),
}

/// The state of the page. Only the functions here write to its signals.
#[derive(Clone, Copy)]
pub struct Join {
    /// What is known of the invitation.
    pub known: RwSignal<Known>,
    /// True while it is being accepted.
    pub busy: RwSignal<bool>,
    /// Why it was not accepted.
    pub refused: RwSignal<Option<String>>,
    gate: Gate,
    token: StoredValue<String>,
}

/// True if the page at this address is that of an invitation.
pub fn is_here() -> bool {
    window().location().pathname().is_ok_and(|path| path.trim_end_matches('/') == ADDRESS)
}

impl Join {
    /// The page, which asks what the invitation in the address is for.
    pub fn open(gate: Gate) -> Self {
        let hash = window().location().hash().unwrap_or_default();
        let join = Join {
            known: RwSignal::new(Known::Loading),
            busy: RwSignal::new(false),
            refused: RwSignal::new(None),
            gate,
            token: StoredValue::new(hash.trim_start_matches('#').to_owned()),
        };
        join.look();
        join
    }

    /// Asks what the invitation is for.
    pub fn look(self) {
        self.known.set(Known::Loading);
        spawn_local(async move {
            let body = InvitationToken { token: self.token.get_value() };
            let answer = api("").send(Method::POST, "/invitation", &body).await;
            if self.known.is_disposed() {
                return;
            }
            self.known.set(match answer {
                Ok(seen) => Known::Open(seen),
                Err(failure) if failure.is_retryable() => Known::Unreachable,
                Err(Failure::Refused(error)) => Known::Ended(ended(error.code)),
                Err(Failure::Network) => Known::Unreachable,
            });
        });
    }

    /// Accepts the invitation, and shows the inbox of whoever has.
    pub fn accept(self, name: String, email: String, password: String) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.refused.set(None);
        spawn_local(async move {
            let body = Accept { token: self.token.get_value(), name, email, password };
            let answer =
                api("").send::<_, Session>(Method::POST, "/invitation/accept", &body).await;
            if self.known.is_disposed() {
                return;
            }
            self.busy.set(false);
            match answer {
                Ok(session) => self.gate.joined(session),
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

    /// Leaves the page for the inbox, or its sign-in.
    pub fn leave(self) {
        leave();
        self.gate.retry();
    }
}

/// Puts the inbox's address into the place of the invitation's, which says nothing any more.
pub fn leave() {
    let inbox = Route::parse("/dashboard", "").href();
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&inbox));
    }
}

/// What to tell of an invitation that can't be accepted.
fn ended(code: ErrorCode) -> Word {
    match code {
        ErrorCode::InvitationUsed => Word::ErrorInvitationUsed,
        ErrorCode::InvitationEnded => Word::ErrorInvitationEnded,
        code => text::error_code(code),
    }
}
