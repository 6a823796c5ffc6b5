//! Settings → E-mail: when the site sends some, a test, and what became of the latest.

pub mod view;

use leptos::prelude::*;
use porchlight_browser::Method;
use porchlight_protocol::mail::{CALL_MINUTES_MAX, MailPage, MailQueue, MailSettings, MailTested};
use porchlight_protocol::replace::Replace;
use porchlight_protocol::rights::Right;
use wasm_bindgen_futures::spawn_local;

use crate::app::App;
use crate::settings::account::Outcome;
use crate::settings::setting::Setting;
use crate::words::{Pattern, fill};

/// The minutes after which the team can be told, as they are offered; 0: it is not.
const OFFERED: [u32; 8] = [0, 2, 5, 10, 20, 30, 60, 240];

/// The paths in the API.
const PATH: &str = "/settings/mail";
const QUEUE: &str = "/settings/mail/queue";
const TEST: &str = "/settings/mail/test";

/// The state of the page. Only the functions here write to its signals.
#[derive(Clone, Copy)]
pub struct MailForm {
    /// When the site sends mail, and whether the server can.
    pub setting: Setting<MailPage>,
    /// The latest mails; `None` before they are there, and for who may not see them.
    pub queue: RwSignal<Option<MailQueue>>,
    /// What became of the last test.
    pub test: RwSignal<Outcome>,
    /// What became of the last look at the queue, or of a mail that was to be tried again.
    pub looked: RwSignal<Outcome>,
    /// The inbox.
    pub app: App,
}

impl MailForm {
    /// The page, which requests all of it.
    pub fn open(app: App) -> Self {
        let page = MailForm {
            setting: Setting::open(app, PATH),
            queue: RwSignal::new(None),
            test: RwSignal::new(Outcome::None),
            looked: RwSignal::new(Outcome::None),
            app,
        };
        page.look();
        page
    }

    /// True if the agent may change the settings, and see to whom mails go.
    pub fn may(self) -> bool {
        self.app.may(Right::ChangeSettings)
    }

    /// Requests all of it.
    pub fn load(self) {
        self.setting.load();
        self.look();
    }

    /// Requests the latest mails.
    pub fn look(self) {
        let Some(api) = self.app.api().filter(|_| self.may()) else { return };
        self.looked.set(Outcome::Busy);
        spawn_local(async move {
            let answer = api.get::<MailQueue>(QUEUE).await;
            if self.queue.is_disposed() {
                return;
            }
            match answer {
                Ok(queue) => {
                    self.queue.set(Some(queue));
                    self.looked.set(Outcome::None);
                }
                Err(failure) => {
                    let why = self.app.why(failure);
                    self.looked.set(why.map_or(Outcome::None, Outcome::Refused));
                }
            }
        });
    }

    /// Saves other settings than those that are saved, in whose place they come.
    pub fn change(self, change: impl FnOnce(MailSettings) -> MailSettings) {
        let Some(page) = self.setting.saved.get_untracked() else { return };
        let seen = page.settings;
        self.setting.save(Replace { value: change(seen.clone()), seen: Some(seen) });
    }

    /// Sends a test to the agent.
    pub fn send_test(self) {
        let is_busy = self.test.with_untracked(|outcome| *outcome == Outcome::Busy);
        let Some(api) = self.app.api().filter(|_| self.may() && !is_busy) else { return };
        self.test.set(Outcome::Busy);
        spawn_local(async move {
            let answer = api.send::<_, MailTested>(Method::POST, TEST, &()).await;
            if self.queue.is_disposed() {
                return;
            }
            self.test.set(match answer {
                Ok(MailTested { to, problem: None }) => {
                    Outcome::Done(fill(Pattern::MailTestSent, &[&to]))
                }
                Ok(MailTested { to, problem: Some(problem) }) => {
                    Outcome::Refused(fill(Pattern::MailTestFailed, &[&to, &problem]))
                }
                Err(failure) => self.app.why(failure).map_or(Outcome::None, Outcome::Refused),
            });
            self.look();
        });
    }

    /// Has a mail tried now that was not sent.
    pub fn retry(self, id: String) {
        let Some(api) = self.app.api() else { return };
        self.looked.set(Outcome::Busy);
        spawn_local(async move {
            let path = [QUEUE, "/", &id, "/retry"].concat();
            let answer = api.tell(Method::POST, &path, &()).await;
            if self.queue.is_disposed() {
                return;
            }
            match answer {
                Ok(()) => self.look(),
                Err(failure) => {
                    let why = self.app.why(failure);
                    self.looked.set(why.map_or(Outcome::None, Outcome::Refused));
                }
            }
        });
    }
}

/// The minutes that can be chosen, with those that are saved.
pub fn choices(saved: u32) -> Vec<u32> {
    let mut minutes: Vec<u32> = OFFERED.to_vec();
    if !minutes.contains(&saved) {
        minutes.push(saved);
        minutes.sort_unstable();
    }
    minutes.retain(|minutes| *minutes <= CALL_MINUTES_MAX);
    minutes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_can_be_chosen_and_all_can_be_saved() {
        assert_eq!(choices(10).len(), OFFERED.len());
        assert!(choices(45).contains(&45) && choices(45).is_sorted());
        for call_minutes in choices(45) {
            assert!(MailSettings { call_minutes, ..MailSettings::default() }.checked().is_ok());
        }
    }
}
