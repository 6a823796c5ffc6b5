//! *Do not disturb*: no sound and no desktop notification for a while, in all tabs of this browser.

use leptos::prelude::*;
use porchlight_browser::{dates, time};
use porchlight_protocol::Millis;

use crate::app::App;
use crate::frame::prefs;
use crate::ui::parts::locale;
use crate::words::{Pattern, Word, fill, say};

/// The hour at which a morning begins.
const MORNING: u32 = 8;

const MINUTE_MS: Millis = 60_000;

/// For how long an agent does not want to be disturbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Half an hour.
    HalfHour,
    /// An hour.
    Hour,
    /// Until the next morning.
    Morning,
    /// Until the agent ends it.
    Open,
}

impl Length {
    /// All of them, in the order of the panel.
    pub const ALL: [Length; 4] = [Length::HalfHour, Length::Hour, Length::Morning, Length::Open];

    /// What begins with it at `now`, by this machine's clock.
    pub fn begun(self, now: Millis) -> Quiet {
        match self {
            Length::HalfHour => Quiet::Until(now + 30 * MINUTE_MS),
            Length::Hour => Quiet::Until(now + 60 * MINUTE_MS),
            Length::Morning => Quiet::Until(time::next_hour(MORNING, now)),
            Length::Open => Quiet::Open,
        }
    }

    /// The name of its button.
    pub fn name(self, now: Millis) -> String {
        match self {
            Length::HalfHour => say(Word::NotifyQuietHalfHour),
            Length::Hour => say(Word::NotifyQuietHour),
            Length::Morning | Length::Open => self.begun(now).words(now),
        }
    }
}

/// A time in which the agent is not disturbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quiet {
    /// Until an instant of this machine's clock.
    Until(Millis),
    /// Until the agent ends it.
    Open,
}

impl Quiet {
    /// True if it has not ended.
    pub fn holds(self, now: Millis) -> bool {
        match self {
            Quiet::Until(end) => now < end,
            Quiet::Open => true,
        }
    }

    /// When it ends: `Until 14:00`.
    pub fn words(self, now: Millis) -> String {
        match self {
            Quiet::Until(end) => {
                fill(Pattern::NotifyQuietUntil, &[&dates::to_come(end, now, &locale())])
            }
            Quiet::Open => say(Word::NotifyQuietOpen),
        }
    }

    /// As it is stored.
    pub fn text(self) -> String {
        match self {
            Quiet::Until(end) => end.to_string(),
            Quiet::Open => OPEN.to_owned(),
        }
    }

    /// What was stored; `None` for anything else.
    pub fn parse(text: &str) -> Option<Quiet> {
        match text {
            OPEN => Some(Quiet::Open),
            text => text.parse().ok().map(Quiet::Until),
        }
    }
}

const OPEN: &str = "open";

impl App {
    /// *Do not disturb*, while it holds.
    pub fn quiet(self) -> Option<Quiet> {
        // It ends by itself.
        self.now.track();
        self.notifications.quiet.get().filter(|quiet| quiet.holds(time::local()))
    }

    /// Begins *Do not disturb* in all tabs of this browser, or ends it.
    pub fn set_quiet(self, quiet: Option<Quiet>) {
        prefs::set_quiet(&self.me().id, quiet);
        self.notifications.quiet.set(quiet);
    }

    /// Follows another tab in which it was begun or ended.
    pub(crate) fn quiet_changed(self, slot: &str) {
        let me = self.me().id;
        if slot == prefs::quiet_slot(&me) {
            self.notifications.quiet.set(prefs::quiet(&me));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_by_itself_unless_the_agent_shall_end_it() {
        let hour = Length::Hour.begun(1_000);
        assert_eq!(hour, Quiet::Until(3_601_000));
        assert!(hour.holds(3_600_999) && !hour.holds(3_601_000));
        assert!(Length::Open.begun(1_000).holds(Millis::MAX));
    }

    #[test]
    fn what_is_stored_is_read_and_nothing_else() {
        for quiet in [Quiet::Open, Quiet::Until(0), Quiet::Until(1_763_800_000_000)] {
            assert_eq!(Quiet::parse(&quiet.text()), Some(quiet));
        }
        for other in ["", "on", "12:00", "9223372036854775808"] {
            assert_eq!(Quiet::parse(other), None, "{other:?}");
        }
    }
}
