//! The sign-in state. The server has the session: the inbox requests it at the start, and again whenever
//! it is lost.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use porchlight_browser::{Api, Identity, Method, time};
use porchlight_client::Failure;
use porchlight_protocol::wire::{Session, SignIn};
use porchlight_protocol::{ErrorBody, ErrorCode, MemberId, Millis};
use wasm_bindgen_futures::spawn_local;

use crate::entry;
use crate::entry::{join, setup};
use crate::talk::draft::Drafts;
use crate::talk::typing::Typing;
use crate::text;
use crate::words::{Word, say};

/// If a session is lost again within this time, the inbox asks the agent to sign in instead of retrying.
const LOST_AGAIN_MS: Millis = 10_000;

/// The sign-in state, with sign-in and sign-out.
#[derive(Clone, Copy)]
pub struct Gate {
    /// The shown screen.
    pub stage: RwSignal<Stage>,
    /// Why the last sign-in was refused.
    pub refusal: RwSignal<Option<String>>,
    /// True while a sign-in is in flight.
    pub busy: RwSignal<bool>,
    /// True once the password was right, and the code of the second step is needed.
    pub asks_code: RwSignal<bool>,
    /// Drafts outlive a session: unsent text is restored after the next sign-in.
    pub drafts: StoredValue<Rc<RefCell<Drafts>>, LocalStorage>,
    /// Whether the agent is typing. Outlives a session, too, because keys may still arrive when the field has
    /// been removed with it.
    pub typing: StoredValue<Typing>,
    /// True if the inbox replaces a screen that had the focus, and has to take it.
    pub comes_in: StoredValue<bool>,
    lost_at: StoredValue<Millis>,
    leaving: StoredValue<bool>,
}

/// The shown screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// The session is being requested.
    Opening,
    /// The server could not be reached.
    Unreachable,
    /// The sign-in form.
    SignedOut {
        /// True if the session has just ended.
        lost: bool,
    },
    /// The page of an invitation.
    Invited,
    /// The page of the first-run set-up.
    SettingUp,
    /// An agent is signed in.
    SignedIn(Box<Session>),
}

impl Gate {
    /// Requests the session.
    pub fn open() -> Self {
        let gate = Gate {
            stage: RwSignal::new(match () {
                () if join::is_here() => Stage::Invited,
                () if setup::is_here() => Stage::SettingUp,
                () => Stage::Opening,
            }),
            refusal: RwSignal::new(None),
            busy: RwSignal::new(false),
            asks_code: RwSignal::new(false),
            drafts: StoredValue::new_local(Rc::default()),
            typing: StoredValue::default(),
            comes_in: StoredValue::new(false),
            lost_at: StoredValue::new(0),
            leaving: StoredValue::new(false),
        };
        if gate.stage.with_untracked(|stage| *stage == Stage::Opening) {
            gate.resume(false);
        }
        gate
    }

    /// Somebody has joined the team by an invitation, or has set the server up, and is signed in.
    pub fn joined(self, session: Session) {
        entry::leave();
        self.comes_in.set_value(true);
        self.stage.set(Stage::SignedIn(Box::new(session)));
    }

    /// While the agent goes to another site, the end of this one's session is no loss.
    pub fn leaves(self, leaving: bool) {
        self.leaving.set_value(leaving);
    }

    /// Asks somebody to sign in who wants to accept the invitation at this address with the account that they have.
    pub fn sign_in_first(self) {
        self.stage.set(Stage::SignedOut { lost: false });
    }

    /// Requests the session again.
    pub fn retry(self) {
        self.stage.set(Stage::Opening);
        self.resume(false);
    }

    /// The session has ended. Another tab may have signed in again, so the session is requested before the
    /// agent is asked to sign in.
    pub fn lost(self) {
        if self.leaving.get_value() || !matches!(*self.stage.read_untracked(), Stage::SignedIn(_)) {
            return;
        }
        self.typing.update_value(|typing| {
            typing.taken();
        });
        self.comes_in.set_value(true);
        let now = time::now();
        if now - self.lost_at.get_value() < LOST_AGAIN_MS {
            self.stage.set(Stage::SignedOut { lost: true });
        } else {
            self.lost_at.set_value(now);
            self.stage.set(Stage::Opening);
            self.resume(true);
        }
    }

    /// The failure of a request, unless it is that the session has ended: that is answered here.
    pub fn unless_lost(self, failure: Failure) -> Option<Failure> {
        if matches!(failure.code(), Some(ErrorCode::SignInRequired | ErrorCode::CsrfTokenInvalid)) {
            self.lost();
            return None;
        }
        Some(failure)
    }

    fn resume(self, lost: bool) {
        spawn_local(async move {
            self.stage.set(match api("").get::<Option<Session>>("/session").await {
                Ok(Some(session)) => Stage::SignedIn(Box::new(session)),
                Ok(None) => Stage::SignedOut { lost },
                Err(failure) if failure.is_retryable() => Stage::Unreachable,
                Err(_) => Stage::SignedOut { lost },
            });
        });
    }

    /// Goes back to the first step of the sign-in.
    pub fn forget_code(self) {
        self.refusal.set(None);
        self.asks_code.set(false);
    }

    /// Signs in, with a code if that is asked for.
    pub fn sign_in(self, email: String, password: String, code: String) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.refusal.set(None);
        spawn_local(async move {
            let code = self.asks_code.get_untracked().then_some(code);
            let body = SignIn { email, password, code };
            match api("").send(Method::POST, "/session", &body).await {
                Ok(session) => {
                    self.asks_code.set(false);
                    self.comes_in.set_value(true);
                    // Whoever has come by an invitation goes on with it.
                    self.stage.set(if join::is_here() {
                        Stage::Invited
                    } else {
                        Stage::SignedIn(Box::new(session))
                    });
                }
                Err(Failure::Network) => self.refusal.set(Some(say(Word::LinkUnreachable))),
                Err(Failure::Refused(error)) if error.code == ErrorCode::SecondFactorRequired => {
                    self.asks_code.set(true);
                }
                Err(Failure::Refused(error)) => self.refusal.set(Some(refusal(&error))),
            }
            self.busy.set(false);
        });
    }

    /// Signs out: removes the agent's unsent text from the browser and reloads the page, so
    /// that nothing of the session stays in it either.
    pub fn sign_out(self, agent: MemberId, csrf: String, failed: impl FnOnce() + 'static) {
        spawn_local(async move {
            match api(&csrf).tell(Method::DELETE, "/session", &()).await {
                Err(failure) if failure.is_retryable() => failed(),
                // Refused: the session does not exist, so the agent is signed out.
                _ => {
                    // First removes the text fields, which could save a draft again otherwise.
                    self.stage.set(Stage::Opening);
                    self.drafts.get_value().borrow_mut().forget(&agent);
                    let _ = window().location().reload();
                }
            }
        });
    }
}

/// The API for a session with this CSRF token, or with none.
pub fn api(csrf: &str) -> Api {
    Api::new(Identity::Agent { csrf: csrf.to_owned() })
}

fn refusal(error: &ErrorBody) -> String {
    match error.code {
        ErrorCode::RateLimited => text::too_many_tries(error.retry_after_ms),
        code => say(text::error_code(code)),
    }
}
