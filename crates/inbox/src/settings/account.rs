//! Settings → Your account: name, address, password, and where the agent is signed in.

pub mod picture;
pub mod second_factor;
pub mod view;

use std::rc::Rc;

use leptos::prelude::*;
use porchlight_browser::{Api, Method};
use porchlight_client::Failure;
use porchlight_protocol::Member;
use porchlight_protocol::settings::Switch;
use porchlight_protocol::team::{self, Account, NewEmail, NewName, NewPassword, SignedIn};
use wasm_bindgen_futures::spawn_local;

use crate::app::App;
use crate::settings::account::picture::Chosen;
use crate::settings::setting::{Saving, Setting};
use crate::words::{Pattern, Word, fill, say};

/// The path in the API.
const PATH: &str = "/account";

/// What became of the last change of a part of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was changed yet.
    None,
    /// The request is in flight.
    Busy,
    /// It was done: what to say.
    Done(String),
    /// It was not done, for this reason.
    Refused(String),
}

/// The state of the page. Only the functions here write to its signals.
#[derive(Clone, Copy)]
pub struct AccountPage {
    /// The account, once it has been loaded.
    pub account: RwSignal<Option<Account>>,
    /// The state of the last load.
    pub state: RwSignal<Saving>,
    /// What became of another picture.
    pub picture: RwSignal<Outcome>,
    /// The picture that was chosen and is not saved yet.
    pub chosen: RwSignal<Option<Chosen>, LocalStorage>,
    /// What became of another name.
    pub name: RwSignal<Outcome>,
    /// What became of another address.
    pub email: RwSignal<Outcome>,
    /// What became of another password.
    pub password: RwSignal<Outcome>,
    /// Whether the agent is called by e-mail.
    pub mail: Setting<Switch>,
    /// The inbox.
    pub app: App,
}

impl AccountPage {
    /// The page, which requests the account.
    pub fn open(app: App) -> Self {
        let page = AccountPage {
            account: RwSignal::new(None),
            state: RwSignal::new(Saving::Idle),
            picture: RwSignal::new(Outcome::None),
            chosen: RwSignal::new_local(None),
            name: RwSignal::new(Outcome::None),
            email: RwSignal::new(Outcome::None),
            password: RwSignal::new(Outcome::None),
            mail: Setting::of_agent(app, "/account/mail"),
            app,
        };
        page.load();
        page
    }

    /// True if the last load has failed.
    pub fn has_failed(self) -> bool {
        self.state.with(|state| matches!(state, Saving::Failed(_)))
    }

    /// Requests the account.
    pub fn load(self) {
        let Some(api) = self.app.api() else { return };
        self.state.set(Saving::Busy);
        spawn_local(async move {
            let answer = api.get::<Account>(PATH).await;
            if self.account.is_disposed() {
                return;
            }
            match answer {
                Ok(account) => {
                    self.account.set(Some(account));
                    self.state.set(Saving::Idle);
                }
                Err(failure) => {
                    if let Some(why) = self.app.why(failure) {
                        self.state.set(Saving::Failed(why));
                    }
                }
            }
        });
    }

    /// Changes the name.
    pub fn rename(self, name: String) {
        let Some(api) = self.begin(self.name) else { return };
        spawn_local(async move {
            let body = NewName { name };
            let answer = api.send::<_, Member>(Method::PUT, "/account/name", &body).await;
            self.end(self.name, answer, move |member| {
                self.app.renamed(&member.name);
                self.change(|account| account.agent = member);
                say(Word::AccountSaved)
            });
        });
    }

    /// Changes the address to sign in with. Calls `done` after it.
    pub fn set_email(self, email: String, password: String, done: impl FnOnce() + 'static) {
        let Some(api) = self.begin(self.email) else { return };
        spawn_local(async move {
            let email = team::email(&email).unwrap_or(email);
            let body = NewEmail { email: email.clone(), password };
            let answer = api.tell(Method::PUT, "/account/email", &body).await;
            self.end(self.email, answer, move |()| {
                self.change(|account| account.email.clone_from(&email));
                done();
                fill(Pattern::AccountEmailSaved, &[&email])
            });
        });
    }

    /// Changes the password, after which the agent's other sessions have ended. Calls `done` after it.
    pub fn set_password(self, current: String, new: String, done: impl FnOnce() + 'static) {
        let Some(api) = self.begin(self.password) else { return };
        spawn_local(async move {
            let body = NewPassword { current, new };
            let answer = api.tell(Method::PUT, "/account/password", &body).await;
            self.end(self.password, answer, move |()| {
                self.change(|account| account.sessions.retain(|session| session.this));
                done();
                say(Word::AccountPasswordSaved)
            });
        });
    }

    /// Ends another session.
    pub fn end_session(self, session: SignedIn) {
        let Some(api) = self.app.api() else { return };
        spawn_local(async move {
            let path = ["/account/sessions/", &session.id].concat();
            let answer = api.tell(Method::DELETE, &path, &()).await;
            if self.account.is_disposed() {
                return;
            }
            // Somebody was faster: it has ended all the same.
            let gone = answer.as_ref().is_err_and(
                |failure| matches!(failure, Failure::Refused(error) if error.code.status() == 404),
            );
            match answer {
                Err(failure) if !gone => self.tell_why(failure),
                _ => {
                    self.change(|account| account.sessions.retain(|it| it.id != session.id));
                    self.app.tell(fill(Pattern::AccountEnded, &[&browser(&session)]));
                }
            }
        });
    }

    /// Ends all other sessions.
    pub fn end_others(self) {
        let Some(api) = self.app.api() else { return };
        spawn_local(async move {
            let answer = api.tell(Method::DELETE, "/account/sessions", &()).await;
            if self.account.is_disposed() {
                return;
            }
            match answer {
                Ok(()) => {
                    self.change(|account| account.sessions.retain(|session| session.this));
                    self.app.tell(say(Word::AccountEndedOthers));
                }
                Err(failure) => self.tell_why(failure),
            }
        });
    }

    fn tell_why(self, failure: Failure) {
        if let Some(why) = self.app.why(failure) {
            self.app.tell(why);
        }
    }

    fn change(self, change: impl FnOnce(&mut Account)) {
        self.account.update(|account| {
            if let Some(account) = account {
                change(account);
            }
        });
    }

    /// The API, unless a change of this part is in flight.
    fn begin(self, part: RwSignal<Outcome>) -> Option<Rc<Api>> {
        if part.with_untracked(|outcome| *outcome == Outcome::Busy) {
            return None;
        }
        let api = self.app.api()?;
        part.set(Outcome::Busy);
        Some(api)
    }

    fn end<T>(
        self,
        part: RwSignal<Outcome>,
        answer: Result<T, Failure>,
        done: impl FnOnce(T) -> String,
    ) {
        if self.account.is_disposed() {
            return;
        }
        match answer {
            Ok(value) => {
                let said = done(value);
                part.set(Outcome::Done(said));
            }
            Err(failure) => {
                let why = self.app.why(failure);
                part.set(why.map_or(Outcome::None, Outcome::Refused));
            }
        }
    }
}

/// What a session's browser is called.
pub fn browser(session: &SignedIn) -> String {
    if session.device.is_empty() {
        say(Word::AccountUnknownBrowser)
    } else {
        session.device.clone()
    }
}
