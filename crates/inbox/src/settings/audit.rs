//! Settings → Audit log.

pub mod view;
pub mod words;

use leptos::prelude::*;
use porchlight_protocol::audit::{AuditPage, Entry, Topic};
use porchlight_protocol::rights::Right;
use wasm_bindgen_futures::spawn_local;

use crate::app::App;
use crate::settings::setting::Saving;

/// The state of the page. Only the functions here write to its signals.
#[derive(Clone, Copy)]
pub struct AuditLog {
    /// The entries, once some have been loaded, the newest first.
    pub entries: RwSignal<Option<Vec<Entry>>>,
    /// What they are about; all if `None`.
    pub topic: RwSignal<Option<Topic>>,
    /// Where the next page begins.
    pub next: RwSignal<Option<u64>>,
    /// The state of the last load.
    pub state: RwSignal<Saving>,
    /// True if the agent may read the log.
    pub may_see: bool,
    /// The inbox.
    pub app: App,
}

impl AuditLog {
    /// The page, which requests the newest entries.
    pub fn open(app: App) -> Self {
        let log = AuditLog {
            entries: RwSignal::new(None),
            topic: RwSignal::new(None),
            next: RwSignal::new(None),
            state: RwSignal::new(Saving::Idle),
            may_see: app.may(Right::SeeAudit),
            app,
        };
        log.load();
        log
    }

    /// True if the last load has failed.
    pub fn has_failed(self) -> bool {
        self.state.with(|state| matches!(state, Saving::Failed(_)))
    }

    /// Requests the newest entries.
    pub fn load(self) {
        self.request(None);
    }

    /// Requests older ones.
    pub fn more(self) {
        if let Some(next) = self.next.get_untracked() {
            self.request(Some(next));
        }
    }

    /// Shows the entries of one topic, or of all.
    pub fn show(self, topic: Option<Topic>) {
        self.topic.set(topic);
        self.entries.set(None);
        self.next.set(None);
        self.state.set(Saving::Idle);
        self.load();
    }

    fn request(self, before: Option<u64>) {
        let busy = before.is_some() && self.state.get_untracked() == Saving::Busy;
        let Some(api) = self.app.api().filter(|_| self.may_see && !busy) else { return };
        self.state.set(Saving::Busy);
        let topic = self.topic.get_untracked();
        let path = path(topic, before);
        spawn_local(async move {
            let answer = api.get::<AuditPage>(&path).await;
            // Another topic may have been chosen meanwhile.
            if self.entries.is_disposed() || self.topic.get_untracked() != topic {
                return;
            }
            match answer {
                Ok(page) => {
                    self.entries.update(|entries| {
                        let entries = entries.get_or_insert_default();
                        if before.is_none() {
                            entries.clear();
                        }
                        entries.extend(page.entries);
                    });
                    self.next.set(page.next);
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
}

fn path(topic: Option<Topic>, before: Option<u64>) -> String {
    let mut path = "/audit".to_owned();
    let mut join = '?';
    let mut add = |name: &str, value: &str| {
        path.push(join);
        join = '&';
        path.extend([name, "=", value]);
    };
    if let Some(topic) = topic {
        add("topic", topic.as_str());
    }
    if let Some(before) = before {
        add("before", &before.to_string());
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_asked_for_by_topic_and_place() {
        assert_eq!(path(None, None), "/audit");
        assert_eq!(path(Some(Topic::Visitors), None), "/audit?topic=visitors");
        assert_eq!(path(Some(Topic::Team), Some(7)), "/audit?topic=team&before=7");
        assert_eq!(path(None, Some(7)), "/audit?before=7");
    }
}
