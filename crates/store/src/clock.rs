//! The two clocks: wall time for display, and steady time for periods. Order comes from the store's revision.
//!
//! A wall clock is set now and then: by the network, by a person, by a flat battery. A timer that counted periods by
//! it alone would close conversations too early, or never. So periods are counted by steady time, which follows the
//! wall clock as long as that is not set back, and which never runs backwards:
//!
//! - When the wall clock is set back, steady time goes on as before and is ahead from then on. When the wall clock is
//!   set forward again, that lead is used up first.
//! - When the wall clock jumps forward without a lead, steady time follows: after a machine's sleep it looks like
//!   that, and what came due in the sleep is due.
//! - The store persists the newest steady time with each commit, and a server continues from there after a start.
//!   Where it can't know how long it was down, it assumes less: closing late is better than closing early.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, UNIX_EPOCH};

use porchlight_protocol::Millis;

/// Milliseconds that the wall clock may differ from the time that really went by without having been
/// set: the network's corrections are smaller, and periods are minutes.
const TOLERANCE_MS: Millis = 1_000;

/// A reading of both of a machine's clocks at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Milliseconds since 1970 in UTC, as far as the machine knows.
    pub wall: Millis,
    /// Milliseconds since some moment. Nobody can set it, and it may stand still while the machine
    /// sleeps.
    pub monotonic: Millis,
}

/// The source of time: the system's clocks, or a test's.
pub trait TimeSource: fmt::Debug + Send + Sync + 'static {
    /// Reads both clocks.
    fn read(&self) -> Reading;
}

/// The system's clocks.
#[derive(Debug)]
pub struct SystemTime {
    origin: Instant,
}

impl Default for SystemTime {
    fn default() -> Self {
        SystemTime { origin: Instant::now() }
    }
}

impl SystemTime {
    fn monotonic(&self) -> Millis {
        Millis::try_from(self.origin.elapsed().as_millis()).unwrap_or(Millis::MAX)
    }
}

impl TimeSource for SystemTime {
    fn read(&self) -> Reading {
        // Both at once: a thread that was suspended between the two would take that for a clock that was set.
        let mut tries = 0;
        loop {
            let before = self.monotonic();
            let reading = Reading { wall: now(), monotonic: self.monotonic() };
            tries += 1;
            if reading.monotonic - before < TOLERANCE_MS / 10 || tries == 10 {
                return reading;
            }
        }
    }
}

/// The system's wall clock, for commands: milliseconds since 1970 in UTC.
pub fn now() -> Millis {
    let since = UNIX_EPOCH.elapsed().unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

/// A moment in both times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Wall time: for display.
    pub wall: Millis,
    /// Steady time: for periods.
    pub steady: Millis,
}

/// The clock of a running server.
#[derive(Debug)]
pub struct Clock {
    source: Arc<dyn TimeSource>,
    steady: Mutex<Steady>,
}

impl Clock {
    /// A clock that continues from `last`, the newest persisted steady time.
    pub fn resumed(source: Arc<dyn TimeSource>, last: Millis) -> Self {
        let steady = Mutex::new(Steady::resumed(source.read(), last));
        Clock { source, steady }
    }

    /// The current time.
    pub fn now(&self) -> Moment {
        // A poisoned lock is used anyway: each reading leaves the clock consistent.
        let mut steady = self.steady.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = self.source.read();
        Moment { wall: reading.wall, steady: steady.at(reading) }
    }
}

/// Steady time as a function of the machine's clocks.
#[derive(Debug, Clone)]
struct Steady {
    /// Milliseconds by which steady time is ahead of the wall clock. Never negative.
    ahead: Millis,
    seen: Reading,
    last: Millis,
}

impl Steady {
    fn resumed(now: Reading, last: Millis) -> Self {
        Steady { ahead: last.saturating_sub(now.wall).max(0), seen: now, last }
    }

    fn at(&mut self, now: Reading) -> Millis {
        let by_wall = now.wall.saturating_sub(self.seen.wall);
        let jumped = by_wall.saturating_sub(now.monotonic.saturating_sub(self.seen.monotonic));
        if jumped.saturating_abs() > TOLERANCE_MS {
            self.ahead = self.ahead.saturating_sub(jumped).max(0);
        }
        self.seen = now;
        self.last = self.last.max(now.wall.saturating_add(self.ahead));
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Millis = 1_800_000_000_000;
    const MINUTE: Millis = 60_000;
    const DAY: Millis = 24 * 60 * MINUTE;

    fn reading(wall: Millis, monotonic: Millis) -> Reading {
        Reading { wall, monotonic }
    }

    #[test]
    fn a_clock_that_nobody_sets_is_steady() {
        let mut steady = Steady::resumed(reading(NOON, 0), 0);
        for at in [0, 1, 999, MINUTE, DAY, 400 * DAY] {
            assert_eq!(steady.at(reading(NOON + at, at)), NOON + at);
        }
    }

    #[test]
    fn small_corrections_are_followed_and_nothing_runs_backwards() {
        let mut steady = Steady::resumed(reading(NOON, 0), 0);
        assert_eq!(steady.at(reading(NOON + 10_000, 10_000)), NOON + 10_000);
        assert_eq!(steady.at(reading(NOON + 9_500, 10_100)), NOON + 10_000, "it waits");
        assert_eq!(steady.at(reading(NOON + 10_900, 11_500)), NOON + 10_900, "and goes on");
    }

    #[test]
    fn a_clock_set_back_and_right_again_changes_nothing() {
        let mut steady = Steady::resumed(reading(NOON, 0), 0);
        assert_eq!(steady.at(reading(NOON - DAY + MINUTE, MINUTE)), NOON + MINUTE);
        assert_eq!(steady.at(reading(NOON - DAY + 2 * MINUTE, 2 * MINUTE)), NOON + 2 * MINUTE);
        assert_eq!(steady.at(reading(NOON + 3 * MINUTE, 3 * MINUTE)), NOON + 3 * MINUTE);
        assert_eq!(steady.at(reading(NOON + 4 * MINUTE, 4 * MINUTE)), NOON + 4 * MINUTE);
    }

    #[test]
    fn a_sleep_or_a_clock_that_was_slow_takes_it_along() {
        let mut steady = Steady::resumed(reading(NOON, 0), 0);
        assert_eq!(steady.at(reading(NOON + DAY, MINUTE)), NOON + DAY);
        // Of a larger jump forward the lead takes its part.
        let mut steady = Steady::resumed(reading(NOON, 0), 0);
        assert_eq!(steady.at(reading(NOON - DAY, 0)), NOON);
        assert_eq!(steady.at(reading(NOON + 2 * DAY, 0)), NOON + 2 * DAY);
    }

    #[test]
    fn a_clock_set_back_while_the_server_was_down_starts_where_it_ended() {
        let mut steady = Steady::resumed(reading(NOON - DAY, 0), NOON);
        assert_eq!(steady.at(reading(NOON - DAY + MINUTE, MINUTE)), NOON + MINUTE);
        assert_eq!(
            steady.at(reading(NOON + 2 * MINUTE, 2 * MINUTE)),
            NOON + 2 * MINUTE,
            "right again"
        );
    }

    #[test]
    fn time_that_the_server_was_down_counts() {
        let mut steady = Steady::resumed(reading(NOON + DAY, 0), NOON);
        assert_eq!(steady.at(reading(NOON + DAY, 0)), NOON + DAY);
    }
}
