//! Signing out, which removes the agent's unsent texts from the browser.

use leptos::prelude::*;

use crate::app::App;
use crate::words::{Word, say};

impl App {
    /// Signs out. If there are unsent texts, the agent has to confirm first.
    pub fn sign_out(self) {
        let mut unsent = 0;
        self.look(|_, machine| unsent = machine.unsent());
        unsent += self.gate.drafts.get_value().borrow_mut().unsent(&self.me().id);
        if unsent > 0 {
            self.signing_out.set(Some(unsent));
        } else {
            self.sign_out_now();
        }
    }

    /// Cancels the sign-out.
    pub fn stay_signed_in(self) {
        self.signing_out.set(None);
    }

    /// Signs out after the confirmation.
    pub fn sign_out_now(self) {
        self.signing_out.set(None);
        let csrf = self.session.with_value(|session| session.csrf.clone());
        self.gate.sign_out(self.me().id, csrf, move || {
            if !self.is_over() {
                self.tell(say(Word::SigninOutFailed));
            }
        });
    }
}
