//! Settings → Privacy: how long closed conversations are kept, and who is blocked.

pub mod view;
pub mod words;

use leptos::prelude::*;
use porchlight_browser::Method;
use porchlight_protocol::privacy::{Blocked, BlockedPage, Retention, RetentionEffect};
use wasm_bindgen_futures::spawn_local;

use crate::app::App;
use crate::settings::setting::{Saving, Setting};

/// The periods that are offered, in days.
const OFFERED: [u32; 8] = [30, 90, 180, 365, 730, 1_096, 1_826, 3_653];

/// The paths in the API.
const RETENTION: &str = "/settings/retention";
const EFFECT: &str = "/settings/retention/effect";
const BLOCKED: &str = "/visitors/blocked";

/// The state of the page. Only the functions here write to its signals.
#[derive(Clone, Copy)]
pub struct Privacy {
    /// How long closed conversations are kept.
    pub retention: Setting<Retention>,
    /// A choice that would remove so many conversations, until it is confirmed.
    pub asked: RwSignal<Option<(Retention, u64)>>,
    /// The blocked visitors, once they have been loaded.
    pub blocked: RwSignal<Option<Vec<Blocked>>>,
    /// Where the next page of them begins.
    pub next: RwSignal<Option<String>>,
    /// The state of the last load of them.
    pub state: RwSignal<Saving>,
    /// The inbox.
    pub app: App,
}

impl Privacy {
    /// The page, which requests all of it.
    pub fn open(app: App) -> Self {
        let page = Privacy {
            retention: Setting::open(app, RETENTION),
            asked: RwSignal::new(None),
            blocked: RwSignal::new(None),
            next: RwSignal::new(None),
            state: RwSignal::new(Saving::Idle),
            app,
        };
        page.load_blocked(None);
        // Somebody was unblocked here, or that was undone.
        Effect::new(move |before: Option<()>| {
            // By somebody else, or while there was no connection.
            app.visitors.standing.track();
            app.visitors.standings.track();
            app.welcomes.track();
            if before.is_some() {
                page.load_blocked(None);
            }
        });
        page
    }

    /// True once everything is there.
    pub fn is_there(self) -> bool {
        self.retention.is_there() && self.blocked.with(Option::is_some)
    }

    /// True if something could not be loaded.
    pub fn has_failed(self) -> bool {
        self.retention.has_failed() || self.state.with(|state| matches!(state, Saving::Failed(_)))
    }

    /// Requests all of it.
    pub fn load(self) {
        self.retention.load();
        self.load_blocked(None);
    }

    /// Requests more of the blocked visitors.
    pub fn more(self) {
        if let Some(next) = self.next.get_untracked() {
            self.load_blocked(Some(next));
        }
    }

    fn load_blocked(self, after: Option<String>) {
        let Some(api) = self.app.api() else { return };
        self.state.set(Saving::Busy);
        spawn_local(async move {
            let path = match &after {
                Some(after) => [BLOCKED, "?after=", after].concat(),
                None => BLOCKED.to_owned(),
            };
            let answer = api.get::<BlockedPage>(&path).await;
            if self.blocked.is_disposed() {
                return;
            }
            match answer {
                Ok(page) => {
                    self.blocked.update(|blocked| {
                        let blocked = blocked.get_or_insert_default();
                        if after.is_none() {
                            blocked.clear();
                        }
                        blocked.extend(page.visitors);
                    });
                    self.next.set(page.next.map(String::from));
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

    /// Chooses how long closed conversations are kept: asks first if that removes some now, and else saves it.
    pub fn choose(self, chosen: Retention) {
        let Some(api) = self.app.api().filter(|_| self.retention.may_change) else { return };
        self.retention.state.set(Saving::Busy);
        spawn_local(async move {
            let effect = api.send::<_, RetentionEffect>(Method::POST, EFFECT, &chosen).await;
            if self.blocked.is_disposed() {
                return;
            }
            match effect {
                Ok(RetentionEffect { removes: 0 }) => self.retention.save(chosen),
                Ok(RetentionEffect { removes }) => {
                    self.retention.rest();
                    self.asked.set(Some((chosen, removes)));
                }
                Err(failure) => {
                    let why = self.app.why(failure);
                    self.retention.state.set(why.map_or(Saving::Idle, Saving::Failed));
                    self.show_again();
                }
            }
        });
    }

    /// Saves what was asked about.
    pub fn confirm(self) {
        if let Some((chosen, _)) = self.asked.get_untracked() {
            self.asked.set(None);
            self.retention.save(chosen);
        }
    }

    /// Keeps what is saved.
    pub fn cancel(self) {
        self.asked.set(None);
        self.show_again();
    }

    /// Writes the saved value anew, so that the choice goes back to it.
    fn show_again(self) {
        self.retention.saved.update(|_| {});
    }
}

/// The choices, with the one that is saved.
pub fn choices(saved: Retention) -> Vec<Retention> {
    let mut days: Vec<u32> = OFFERED.to_vec();
    if let Some(saved) = saved.days
        && !days.contains(&saved)
    {
        days.push(saved);
        days.sort_unstable();
    }
    let some = days.into_iter().map(|days| Retention { days: Some(days) });
    std::iter::once(Retention { days: None }).chain(some).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_can_be_chosen_and_all_can_be_saved() {
        let all = choices(Retention { days: Some(400) });
        assert!(all.contains(&Retention { days: Some(400) }));
        assert!(all.is_sorted_by_key(|it| it.days));
        assert!(all.iter().all(|it| it.checked().is_ok()));
        assert_eq!(choices(Retention { days: Some(30) }).len(), OFFERED.len() + 1);
    }
}
