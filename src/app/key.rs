//! The visitor's key: proposed with the first message, dropped when it opens nothing, taken over from
//! another tab.

use std::rc::Rc;

use porchlight_browser::{Identity, Timeout};
use porchlight_protocol::VisitorKey;

use super::App;

/// Milliseconds after which a tab uses a key that another tab has just proposed. The server knows a key
/// from its first message on, and refuses it as invalid before.
const JOIN_AFTER_MS: u64 = 3_000;

impl App {
    /// Proposes a key to the host page, which answers with the one that is stored: the first one wins.
    pub fn propose_key(self: &Rc<Self>, key: &VisitorKey) {
        self.proposed.replace(Some(key.clone()));
        self.host.propose_key(key);
        self.paint().link.known = true;
    }

    /// Drops a key that the server refuses as invalid. The text in the field is kept.
    pub fn forget_key(self: &Rc<Self>) {
        self.host.forget_key();
        self.kept.keep_again(self.place().map(|place| self.draft_name(&place)).as_deref());
        self.paint().link.known = false;
    }

    /// Takes the stored key. If it was removed, or is another visitor's, the widget reloads, for what it
    /// shows belongs to the visitor before.
    pub(super) fn take_key(self: &Rc<Self>, key: Option<VisitorKey>) {
        let Some(driver) = self.driver.get() else { return };
        let Identity::Visitor { key: current, .. } = driver.api().identity() else { return };
        if *current.borrow() == key {
            return;
        }
        let none_yet = current.borrow().is_none();
        let Some(key) = key.filter(|_| none_yet) else { return self.reload() };
        driver.use_key(&key);
        if self.proposed.take() != Some(key) {
            let app = self.clone();
            let join = move || {
                app.paint().link.known = true;
                if let Some(driver) = app.driver.get() {
                    driver.join();
                }
            };
            self.join.replace(Some(Timeout::after(JOIN_AFTER_MS, join)));
        }
    }
}
