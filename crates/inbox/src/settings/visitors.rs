//! Settings → Visitors: what is collected of visitors, and how the site's back end proves who they are.

pub mod snippets;
pub mod view;

use leptos::prelude::*;
use porchlight_browser::Method;
use porchlight_client::Failure;
use porchlight_protocol::json::FromJson;
use porchlight_protocol::person::{
    IdentityPage, IdentitySettings, NewSecret, ProofMethod, RetireSecret,
};
use porchlight_protocol::proof::{CheckProof, ProofChecked};
use porchlight_protocol::visit::{Collecting, Group};
use porchlight_protocol::{ErrorCode, MemberId};
use serde::Serialize;
use wasm_bindgen_futures::spawn_local;

use crate::app::App;
use crate::settings::setting::{Saving, Setting};
use crate::text;
use crate::words::say;

/// The paths in the API.
const COLLECTING: &str = "/settings/collecting";
const IDENTITY: &str = "/settings/identity";
const SECRETS: &str = "/settings/identity/secrets";
const CHECK: &str = "/settings/identity/check";

/// The hours in which a secret retires that is replaced.
const RETIRES_HOURS: u32 = 168;

/// The state of the page. Only the functions here write to its signals.
#[derive(Clone, Copy)]
pub struct VisitorsPage {
    /// What is collected.
    pub collecting: Setting<Collecting>,
    /// How identity is proved, with the site's secrets.
    pub identity: Setting<IdentityPage>,
    /// The method that is chosen, which is saved with its key if it needs one.
    pub method: RwSignal<Option<ProofMethod>>,
    /// The secret that was made last: nobody can ask for it again.
    pub made: RwSignal<Option<NewSecret>>,
    /// A secret that would be removed, until that is confirmed.
    pub asked: RwSignal<Option<MemberId>>,
    /// Why the last change of the secrets was refused.
    pub refused: RwSignal<Option<String>>,
    /// What the last proof was worth, or why it could not be checked.
    pub checked: RwSignal<Option<Result<ProofChecked, String>>>,
    /// True while a secret is being changed or a proof checked.
    pub busy: RwSignal<bool>,
    /// The inbox.
    pub app: App,
}

impl VisitorsPage {
    /// The page, which requests all of it.
    pub fn open(app: App) -> Self {
        VisitorsPage {
            collecting: Setting::open(app, COLLECTING),
            identity: Setting::open(app, IDENTITY),
            method: RwSignal::new(None),
            made: RwSignal::new(None),
            asked: RwSignal::new(None),
            refused: RwSignal::new(None),
            checked: RwSignal::new(None),
            busy: RwSignal::new(false),
            app,
        }
    }

    /// True once everything is there.
    pub fn is_there(self) -> bool {
        self.collecting.is_there() && self.identity.is_there()
    }

    /// True if something could not be loaded.
    pub fn has_failed(self) -> bool {
        self.collecting.has_failed() || self.identity.has_failed()
    }

    /// Requests all of it.
    pub fn load(self) {
        self.collecting.load();
        self.identity.load();
    }

    /// True if the agent may change it.
    pub fn may_change(self) -> bool {
        self.identity.may_change
    }

    /// Switches a group of what is collected on or off.
    pub fn collect(self, group: Group, on: bool) {
        if let Some(saved) = self.collecting.saved.get_untracked() {
            self.identity.rest();
            self.collecting.save(saved.with(group, on));
        }
    }

    /// The method that is chosen, or is saved.
    pub fn method(self) -> ProofMethod {
        self.method.get().unwrap_or_else(|| {
            self.identity
                .saved
                .with(|it| it.as_ref().map(|it| it.settings.method))
                .unwrap_or_default()
        })
    }

    /// Chooses a method. It is saved at once, unless it needs a key that has to be pasted first.
    pub fn choose(self, method: ProofMethod) {
        let key = self.saved().and_then(|settings| settings.public_key);
        self.method.set(Some(method));
        if method.has_secrets() || key.is_some() {
            self.save(|settings| IdentitySettings { method, ..settings });
        }
    }

    /// Saves the public key, with the method that needs it.
    pub fn save_key(self, pem: String) {
        self.save(|settings| IdentitySettings {
            method: ProofMethod::JwtEs256,
            public_key: Some(pem),
            ..settings
        });
    }

    /// Requires a proof of whoever begins a conversation, or does not.
    pub fn require(self, required: bool) {
        self.save(|settings| IdentitySettings { required, ..settings });
    }

    fn saved(self) -> Option<IdentitySettings> {
        self.identity.saved.with_untracked(|it| it.as_ref().map(|it| it.settings.clone()))
    }

    fn save(self, change: impl FnOnce(IdentitySettings) -> IdentitySettings) {
        if let Some(settings) = self.saved() {
            self.collecting.rest();
            self.checked.set(None);
            self.identity.save(change(settings));
        }
    }

    /// Makes a secret. Calls `done` once it is there.
    pub fn make(self, done: impl Fn() + 'static) {
        self.ask(Method::POST, SECRETS.to_owned(), (), move |made: NewSecret| {
            self.identity.saved.update(|page| {
                if let Some(page) = page {
                    page.secrets.insert(0, made.seen.clone());
                }
            });
            self.made.set(Some(made));
            done();
        });
    }

    /// Hides the secret that was made: it has been copied.
    pub fn copied(self) {
        self.made.set(None);
    }

    /// Says that a secret retires in a week, or takes that back.
    pub fn retire(self, id: &MemberId, retires: bool) {
        let body = RetireSecret { in_hours: retires.then_some(RETIRES_HOURS) };
        let path = [SECRETS, "/", id.as_str()].concat();
        self.ask(Method::PATCH, path, body, move |page: IdentityPage| {
            self.identity.saved.set(Some(page));
        });
    }

    /// Asks whether a secret is to be removed now, or forgets that.
    pub fn asks(self, id: Option<MemberId>) {
        self.asked.set(id);
    }

    /// Removes the secret that was asked about.
    pub fn remove(self) {
        let Some(id) = self.asked.get_untracked() else { return };
        self.asked.set(None);
        let Some(api) = self.app.api().filter(|_| !self.busy.get_untracked()) else { return };
        self.begins();
        spawn_local(async move {
            let path = [SECRETS, "/", id.as_str()].concat();
            let answer = api.tell(Method::DELETE, &path, &()).await;
            if self.busy.is_disposed() {
                return;
            }
            self.busy.set(false);
            match answer {
                Ok(()) => {
                    let gone = |made: &NewSecret| made.seen.id == id;
                    if self.made.with_untracked(|made| made.as_ref().is_some_and(gone)) {
                        self.made.set(None);
                    }
                    self.identity.load();
                }
                Err(failure) => self.was_refused(failure),
            }
        });
    }

    /// Checks a proof: a hash is 64 digits, and everything with dots a token.
    pub fn check(self, id: &str, proof: &str) {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let (id, proof) = (given(id), given(proof));
        let is_token = proof.as_ref().is_some_and(|proof| proof.contains('.'));
        let (hash, jwt) = if is_token { (None, proof) } else { (proof, None) };
        let Some(api) = self.app.api().filter(|_| !self.busy.get_untracked()) else { return };
        self.begins();
        spawn_local(async move {
            let body = CheckProof { id, hash, jwt };
            let answer = api.send::<_, ProofChecked>(Method::POST, CHECK, &body).await;
            if self.busy.is_disposed() {
                return;
            }
            self.busy.set(false);
            let checked = answer.map_err(|failure| self.app.why(failure));
            self.checked.set(match checked {
                Ok(checked) => Some(Ok(checked)),
                Err(why) => why.map(Err),
            });
        });
    }

    fn begins(self) {
        self.refused.set(None);
        self.checked.set(None);
        self.busy.set(true);
    }

    fn ask<T: FromJson + 'static>(
        self,
        method: Method,
        path: String,
        body: impl Serialize + 'static,
        done: impl FnOnce(T) + 'static,
    ) {
        let Some(api) = self.app.api().filter(|_| !self.busy.get_untracked()) else { return };
        self.begins();
        spawn_local(async move {
            let answer = api.send::<_, T>(method, &path, &body).await;
            if self.busy.is_disposed() {
                return;
            }
            self.busy.set(false);
            match answer {
                Ok(value) => done(value),
                Err(failure) => self.was_refused(failure),
            }
        });
    }

    fn was_refused(self, failure: Failure) {
        // Somebody else has removed it, or it has retired.
        if failure.code() == Some(ErrorCode::NotFound) {
            self.identity.load();
        }
        let Some(failure) = self.app.gate.unless_lost(failure) else { return };
        self.refused.set(Some(say(text::failure(&failure))));
    }

    /// True while a setting is being saved.
    pub fn is_saving(self) -> bool {
        self.identity.state.get() == Saving::Busy
    }
}
