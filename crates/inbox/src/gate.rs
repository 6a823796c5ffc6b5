//! Who is signed in. The session is the server's: it is asked for at the start, and again whenever
//! it is lost.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use porchlight_browser::{Api, Identity, Method, time};
use porchlight_client::Failure;
use porchlight_protocol::wire::{Session, SignIn};
use porchlight_protocol::{ErrorBody, ErrorCode, MemberId, Millis};
use wasm_bindgen_futures::spawn_local;

use crate::draft::Drafts;
use crate::text;
use crate::typing::Typing;

/// A session that is lost again so soon is not asked for again: the agent is.
const LOST_AGAIN_MS: Millis = 10_000;

/// Whether somebody is signed in, and the way in and out.
#[derive(Clone, Copy)]
pub struct Gate {
    /// What stands on the screen.
    pub stage: RwSignal<Stage>,
    /// Why the last try was refused.
    pub refusal: RwSignal<Option<String>>,
    /// A try is on its way.
    pub busy: RwSignal<bool>,
    /// They outlive a session: what was typed is there again after signing in anew.
    pub drafts: StoredValue<Rc<RefCell<Drafts>>, LocalStorage>,
    /// Whether somebody writes. It outlives a session, too: keys go on when a field goes with it.
    pub typing: StoredValue<Typing>,
    /// The inbox comes in the place of something else, which had the focus.
    pub comes_in: StoredValue<bool>,
    lost_at: StoredValue<Millis>,
}

/// What stands on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// The server is asked who is signed in.
    Opening,
    /// The server could not be asked.
    Unreachable,
    /// Nobody is signed in.
    SignedOut {
        /// Somebody was, until just now.
        lost: bool,
    },
    /// This agent is.
    SignedIn(Box<Session>),
}

impl Gate {
    /// Asks who is signed in.
    pub fn open() -> Self {
        let gate = Gate {
            stage: RwSignal::new(Stage::Opening),
            refusal: RwSignal::new(None),
            busy: RwSignal::new(false),
            drafts: StoredValue::new_local(Rc::default()),
            typing: StoredValue::default(),
            comes_in: StoredValue::new(false),
            lost_at: StoredValue::new(0),
        };
        gate.resume(false);
        gate
    }

    /// Asks again who is signed in.
    pub fn retry(self) {
        self.stage.set(Stage::Opening);
        self.resume(false);
    }

    /// The server does not know the session any more. Another tab may have signed in anew, so it is
    /// asked before the agent is.
    pub fn lost(self) {
        if !matches!(*self.stage.read_untracked(), Stage::SignedIn(_)) {
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

    /// Signs in.
    pub fn sign_in(self, email: String, password: String) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.refusal.set(None);
        spawn_local(async move {
            let body = SignIn { email, password };
            match api("").send(Method::POST, "/session", &body).await {
                Ok(session) => {
                    self.comes_in.set_value(true);
                    self.stage.set(Stage::SignedIn(Box::new(session)));
                }
                Err(Failure::Network) => self.refusal.set(Some(text::UNREACHABLE.to_owned())),
                Err(Failure::Refused(error)) => self.refusal.set(Some(refusal(&error))),
            }
            self.busy.set(false);
        });
    }

    /// Signs out: nothing that this agent wrote stays in the browser, and the page is loaded anew, so
    /// that nothing of the session stays in it either.
    pub fn sign_out(self, agent: MemberId, csrf: String, failed: impl FnOnce() + 'static) {
        spawn_local(async move {
            match api(&csrf).tell(Method::DELETE, "/session", &()).await {
                Err(failure) if failure.is_retryable() => failed(),
                // Refused: there is no such session, which is what was wanted.
                _ => {
                    // Before the fields go, they could keep a draft once more.
                    self.stage.set(Stage::Opening);
                    self.drafts.get_value().borrow_mut().forget(&agent);
                    let _ = window().location().reload();
                }
            }
        });
    }
}

fn api(csrf: &str) -> Api {
    Api::new(Identity::Agent { csrf: csrf.to_owned() })
}

fn refusal(error: &ErrorBody) -> String {
    match error.code {
        ErrorCode::SignInFailed => text::SIGN_IN_FAILED.to_owned(),
        ErrorCode::RateLimited => text::too_many_tries(error.retry_after_ms),
        _ => error.message.clone(),
    }
}
