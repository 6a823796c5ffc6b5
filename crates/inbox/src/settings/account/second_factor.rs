//! Two-step sign-in on the page *Your account*: setting it up, other recovery codes, and switching it off.

use leptos::prelude::*;
use porchlight_browser::{Method, time};
use porchlight_protocol::second_factor::{
    AppCode, Confirmation, NewSecondFactor, RecoveryCodes, SecondFactor,
};
use wasm_bindgen_futures::spawn_local;

use crate::settings::account::{AccountPage, Outcome};
use crate::words::{Word, say};

/// The path in the API.
const PATH: &str = "/account/second-factor";

/// The path of the recovery codes.
const CODES: &str = "/account/second-factor/recovery-codes";

/// What the agent is asked for, or shown.
#[derive(Clone, PartialEq, Eq)]
pub enum Step {
    /// Whether it is on.
    Rest,
    /// Their password, which this needs.
    Password(Wish),
    /// The secret for their app, and a code of it.
    App(NewSecondFactor),
    /// Recovery codes, which are shown once.
    Codes(Vec<String>),
}

/// What the agent's password is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// To set it up.
    SetUp,
    /// To get other recovery codes.
    Codes,
    /// To switch it off.
    Off,
}

/// The state of the card. Only the functions here write to its signals.
#[derive(Clone, Copy)]
pub struct TwoStep {
    /// What is asked for, or shown.
    pub step: RwSignal<Step>,
    /// What became of the last request.
    pub outcome: RwSignal<Outcome>,
    /// The page.
    pub page: AccountPage,
}

impl TwoStep {
    /// The card of a page.
    pub fn of(page: AccountPage) -> Self {
        TwoStep { step: RwSignal::new(Step::Rest), outcome: RwSignal::new(Outcome::None), page }
    }

    /// The second factor, if it is on.
    pub fn factor(self) -> Option<SecondFactor> {
        self.page.account.with(|account| account.as_ref().and_then(|it| it.second_factor))
    }

    /// Asks for the password.
    pub fn wishes(self, wish: Wish) {
        self.goes_to(Step::Password(wish));
    }

    /// Leaves everything as it is.
    pub fn rests(self) {
        self.goes_to(Step::Rest);
    }

    /// Does what the password was asked for.
    pub fn confirms(self, wish: Wish, password: String) {
        let Some(api) = self.page.begin(self.outcome) else { return };
        let body = Confirmation { password };
        spawn_local(async move {
            match wish {
                Wish::SetUp => {
                    let answer = api.send(Method::POST, PATH, &body).await;
                    self.page.end(self.outcome, answer, |secret| self.shows(Step::App(secret)));
                }
                Wish::Codes => {
                    let answer = api.send(Method::POST, CODES, &body).await;
                    self.page.end(self.outcome, answer, |codes| self.has_codes(codes));
                }
                Wish::Off => {
                    let answer = api.tell(Method::DELETE, PATH, &body).await;
                    self.page.end(self.outcome, answer, |()| {
                        self.page.change(|account| account.second_factor = None);
                        self.step.set(Step::Rest);
                        say(Word::TwoStepSwitchedOff)
                    });
                }
            }
        });
    }

    /// Shows that the app has learnt the secret.
    pub fn enters(self, code: String) {
        let Some(api) = self.page.begin(self.outcome) else { return };
        spawn_local(async move {
            let answer = api.send(Method::PUT, PATH, &AppCode { code }).await;
            self.page.end(self.outcome, answer, |codes| self.has_codes(codes));
        });
    }

    fn has_codes(self, RecoveryCodes { codes }: RecoveryCodes) -> String {
        self.page.change(|account| {
            let since = account.second_factor.map_or_else(time::now, |factor| factor.since);
            let recovery_codes = codes.len() as u64;
            account.second_factor = Some(SecondFactor { since, recovery_codes });
        });
        self.shows(Step::Codes(codes))
    }

    /// Shows a step, of which there is nothing more to say.
    fn shows(self, step: Step) -> String {
        self.step.set(step);
        String::new()
    }

    fn goes_to(self, step: Step) {
        self.outcome.set(Outcome::None);
        self.step.set(step);
    }
}
