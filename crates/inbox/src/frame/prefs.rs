//! The agent's preferences, stored in this browser.

use leptos::prelude::document;
use porchlight_browser::storage;
use porchlight_protocol::language::LANGUAGE_COOKIE;
use porchlight_protocol::{MemberId, Millis, Sort};
use wasm_bindgen::JsCast;
use web_sys::HtmlDocument;

use crate::frame::notifications::quiet::Quiet;
use crate::list::density::Density;

/// How long a language stays chosen, in seconds: a year.
const LANGUAGE_S: &str = "31536000";

/// Stores the language of the inbox, in a cookie: the server writes the documents in it. It is this browser's, and not
/// the agent's, because the sign-in is in it, too.
pub fn set_language(tag: &str) {
    let document = document().unchecked_into::<HtmlDocument>();
    let cookie =
        [LANGUAGE_COOKIE, "=", tag, "; path=/dashboard; samesite=lax; max-age=", LANGUAGE_S];
    let _ = document.set_cookie(&cookie.concat());
}

/// True if shortcuts without Ctrl or ⌘ are on. The default is on; agents who use speech input, or press keys by
/// accident, can switch them off (WCAG 2.1.4).
pub fn single_keys(agent: &MemberId) -> bool {
    storage::get(&slot(agent, KEYS)).as_deref() != Some("off")
}

/// Stores whether they are on.
pub fn set_single_keys(agent: &MemberId, on: bool) {
    keep(agent, KEYS, (!on).then_some("off"));
}

/// The order of *Unassigned*.
pub fn sort(agent: &MemberId) -> Sort {
    storage::get(&slot(agent, SORT)).and_then(|name| name.parse().ok()).unwrap_or_default()
}

/// Stores the order of *Unassigned*.
pub fn set_sort(agent: &MemberId, sort: Sort) {
    keep(agent, SORT, (sort != Sort::default()).then_some(sort.as_str()));
}

/// The room of the list's rows.
pub fn density(agent: &MemberId) -> Density {
    storage::get(&density_slot(agent)).map(|name| Density::parse(&name)).unwrap_or_default()
}

/// Stores the room of the list's rows.
pub fn set_density(agent: &MemberId, density: Density) {
    keep(agent, DENSITY, (density != Density::default()).then_some(density.as_str()));
}

/// The storage key of that.
pub fn density_slot(agent: &MemberId) -> String {
    slot(agent, DENSITY)
}

/// Whether the agent wants the sidebar with what is known of the visitor; `None` if they have never said so.
pub fn sidebar(agent: &MemberId) -> Option<bool> {
    storage::get(&slot(agent, SIDEBAR)).map(|said| said == "on")
}

/// Stores whether they want it.
pub fn set_sidebar(agent: &MemberId, shown: bool) {
    keep(agent, SIDEBAR, Some(if shown { "on" } else { "off" }));
}

/// The switches of the panel *Notifications*.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotificationPrefs {
    /// Notify of new conversations.
    pub new: bool,
    /// Notify of messages in the agent's own conversations.
    pub mine: bool,
    /// Play the sound.
    pub sound: bool,
    /// Show desktop notifications: off until the agent allows them.
    pub desktop: bool,
    /// Show in the tab's title and icon that something is unread.
    pub tab: bool,
}

impl Default for NotificationPrefs {
    fn default() -> Self {
        NotificationPrefs { new: true, mine: true, sound: true, desktop: false, tab: true }
    }
}

/// What is stored of the switches. That of the tab is there if it is off, because earlier versions have stored nothing of it.
const NAMES: [&str; 5] = ["new", "mine", "sound", "desktop", "plain-tab"];

impl NotificationPrefs {
    fn flags(self) -> [bool; 5] {
        [self.new, self.mine, self.sound, self.desktop, !self.tab]
    }

    /// Of the [`NAMES`], those that hold.
    fn text(self) -> String {
        let on = NAMES.iter().zip(self.flags()).filter(|(_, on)| *on);
        on.map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
    }

    fn parse(text: &str) -> NotificationPrefs {
        let [new, mine, sound, desktop, plain_tab] =
            NAMES.map(|name| text.split(' ').any(|word| word == name));
        NotificationPrefs { new, mine, sound, desktop, tab: !plain_tab }
    }
}

/// The stored switches, or the default.
pub fn notifications(agent: &MemberId) -> NotificationPrefs {
    storage::get(&notifications_slot(agent))
        .map_or(NotificationPrefs::default(), |text| NotificationPrefs::parse(&text))
}

/// Stores the switches.
pub fn set_notifications(agent: &MemberId, prefs: NotificationPrefs) {
    let text = prefs.text();
    keep(agent, NOTIFICATIONS, (prefs != NotificationPrefs::default()).then_some(text.as_str()));
}

/// The storage key of the switches.
pub fn notifications_slot(agent: &MemberId) -> String {
    slot(agent, NOTIFICATIONS)
}

/// *Do not disturb*, begun last.
pub fn quiet(agent: &MemberId) -> Option<Quiet> {
    storage::get(&quiet_slot(agent)).and_then(|text| Quiet::parse(&text))
}

/// Stores *Do not disturb*.
pub fn set_quiet(agent: &MemberId, quiet: Option<Quiet>) {
    keep(agent, QUIET, quiet.map(Quiet::text).as_deref());
}

/// The storage key of that.
pub fn quiet_slot(agent: &MemberId) -> String {
    slot(agent, QUIET)
}

/// True if another tab has said last that the agent is away.
pub fn away(agent: &MemberId) -> bool {
    storage::get(&away_slot(agent)).is_some()
}

/// Stores whether the agent is away, for the other tabs.
pub fn set_away(agent: &MemberId, away: bool) {
    keep(agent, AWAY, away.then_some("on"));
}

/// The storage key of that.
pub fn away_slot(agent: &MemberId) -> String {
    slot(agent, AWAY)
}

/// When some tab was touched, to half a minute.
pub fn touched_at(agent: &MemberId) -> Option<Millis> {
    storage::get(&slot(agent, TOUCHED_AT))?.parse().ok()
}

/// Stores that a tab is touched.
pub fn set_touched_at(agent: &MemberId, at: Millis) {
    keep(agent, TOUCHED_AT, Some(&at.to_string()));
}

/// The stored name is that of earlier versions, so that no agent loses their switches.
const NOTIFICATIONS: &str = "bells";
const AWAY: &str = "away";
const DENSITY: &str = "density";
const KEYS: &str = "keys";
const QUIET: &str = "quiet";
const SIDEBAR: &str = "sidebar";
const SORT: &str = "sort";
const TOUCHED_AT: &str = "touched-at";

/// Stores a value, or removes the default.
fn keep(agent: &MemberId, what: &str, value: Option<&str>) {
    match value {
        Some(value) => storage::set(&slot(agent, what), value),
        None => storage::remove(&slot(agent, what)),
    }
}

fn slot(agent: &MemberId, what: &str) -> String {
    ["porchlight:", agent.as_str(), ":", what].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_switch_is_stored_by_itself() {
        for bits in 0..32 {
            let on = |bit: u8| bits & bit > 0;
            let (new, mine, sound, desktop, tab) = (on(1), on(2), on(4), on(8), on(16));
            let prefs = NotificationPrefs { new, mine, sound, desktop, tab };
            assert_eq!(NotificationPrefs::parse(&prefs.text()), prefs);
        }
        assert_eq!(NotificationPrefs::parse("of a newer inbox").flags(), [false; 5]);
        assert!(NotificationPrefs::parse("new sound").tab, "as an earlier inbox stored them");
    }
}
