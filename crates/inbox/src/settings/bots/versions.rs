//! The versions of the shown bot's flow, of which each can be looked at and put into the editor.

use leptos::prelude::*;
use porchlight_browser::words;
use porchlight_protocol::MemberId;
use porchlight_protocol::bots::FlowVersions;
use wasm_bindgen_futures::spawn_local;

use crate::settings::bots::edited::text_of;
use crate::settings::bots::{BotsPage, Restored, Saving, path, unreadable};

/// The versions of a bot's flow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versions {
    /// The bot; `None` before they have been loaded.
    pub bot: Option<MemberId>,
    /// Those that are kept.
    pub list: FlowVersions,
    /// The one that is looked at.
    pub open: Option<u64>,
    /// The text of the one that is looked at, once it has been loaded.
    pub text: Option<String>,
}

impl Versions {
    /// Takes what the server has told of a bot. What is looked at stays open, unless it is gone.
    fn take(&mut self, bot: MemberId, list: FlowVersions) {
        let same = self.bot.as_ref() == Some(&bot);
        let is_there = |open: &u64| list.versions.iter().any(|of| of.version == *open);
        let open = self.open.filter(|open| same && is_there(open));
        let text = self.text.take().filter(|_| open.is_some());
        *self = Versions { bot: Some(bot), list, open, text };
    }

    /// Opens a version, whose text has to be loaded, or closes the open one.
    fn open(&mut self, version: Option<u64>) {
        self.open = version;
        self.text = None;
    }
}

impl BotsPage {
    /// Requests the versions of the shown bot's flow.
    pub(super) fn load_versions(self) {
        let (Some(bot), Some(api)) = (self.shown.get_untracked(), self.app.api()) else { return };
        spawn_local(async move {
            let answer = api.get::<FlowVersions>(&versions_path(&bot)).await;
            // Another bot may be shown by now.
            if self.is_over() || self.shown.get_untracked().as_ref() != Some(&bot) {
                return;
            }
            match answer {
                Ok(list) => self.versions.update(|versions| versions.take(bot, list)),
                Err(failure) => self.failed(failure),
            }
        });
    }

    /// Opens a version of the shown bot's flow.
    pub fn look_at(self, version: u64) {
        let (Some(bot), Some(api)) = (self.shown.get_untracked(), self.app.api()) else { return };
        self.versions.update(|versions| versions.open(Some(version)));
        spawn_local(async move {
            let path = [&versions_path(&bot), "/", &version.to_string()].concat();
            let answer = api.text(&path).await;
            let is_shown = |versions: &Versions| versions.open == Some(version);
            if self.is_over()
                || self.shown.get_untracked() != Some(bot)
                || !self.versions.with_untracked(is_shown)
            {
                return;
            }
            match answer.and_then(|answer| text_of(&answer).ok_or_else(unreadable)) {
                Ok(text) => self.versions.update(|versions| versions.text = Some(text)),
                Err(failure) => {
                    self.look_away();
                    self.failed(failure);
                }
            }
        });
    }

    /// Closes the version that is open.
    pub fn look_away(self) {
        self.versions.update(|versions| versions.open(None));
    }

    /// Puts the version that is open into the field. It can be taken back, and is not published.
    pub fn restore(self) {
        let found = self.versions.with_untracked(|versions| {
            let (bot, version) = (versions.bot.clone()?, versions.open?);
            Some((bot, version, versions.text.clone()?))
        });
        let Some((bot, version, text)) = found else { return };
        if self.is_busy() || !self.may_change || self.shown.get_untracked().as_ref() != Some(&bot) {
            return;
        }
        let mut before = None;
        self.change(|flow| before = Some(flow.replace(text, &words::language())));
        if let Some(before) = before {
            self.state.set(Saving::Restored(Restored { bot, version, before }));
        }
    }
}

fn versions_path(bot: &MemberId) -> String {
    [&path(bot), "/versions"].concat()
}

#[cfg(test)]
mod tests {
    use porchlight_protocol::bots::FlowVersion;

    use super::*;

    fn list(versions: &[u64]) -> FlowVersions {
        let versions = versions.iter().map(|version| FlowVersion { version: *version, at: 0 });
        FlowVersions { published: None, versions: versions.collect() }
    }

    #[test]
    fn what_is_looked_at_stays_open_until_it_is_gone() {
        let (bot, other) = (MemberId::from_bytes([1; 16]), MemberId::from_bytes([2; 16]));
        let mut versions = Versions::default();
        versions.take(bot.clone(), list(&[2, 1]));
        versions.open(Some(1));
        versions.text = Some("{}".to_owned());
        versions.take(bot.clone(), list(&[3, 2, 1]));
        assert_eq!((versions.open, versions.text.as_deref()), (Some(1), Some("{}")));
        versions.take(bot.clone(), list(&[4, 3, 2]));
        assert_eq!((versions.open, &versions.text), (None, &None));
        versions.open(Some(4));
        versions.take(other.clone(), list(&[4]));
        assert_eq!((versions.open, versions.bot), (None, Some(other)));
    }
}
