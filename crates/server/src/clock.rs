//! What time it is: the wall clock for showing, and a steady time for periods. Order comes from the
//! store's revision.
//!
//! A wall clock is set now and then: by the network, by a person, by a flat battery. Who counts a
//! period by it alone closes early or for ever too late. So periods are counted by steady time, which
//! is the wall clock as long as nobody sets it back, and which never runs backwards:
//!
//! - When the wall clock is set back, steady time goes on as if it had not been, so it is ahead from
//!   then on. When the wall clock is set forward again, it uses up that lead first.
//! - A wall clock that goes forward with no lead to use up takes steady time along: a machine that
//!   slept looks like that, and what came due in its sleep is due.
//! - The store keeps the newest steady time with each commit, and a server that starts goes on from
//!   there. Where it can't know how long it was down, it takes less: late is better than early.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, UNIX_EPOCH};

use porchlight_protocol::Millis;

/// Milliseconds that the wall clock may differ from the time that really went by without having been
/// set: the network's corrections are smaller, and periods are minutes.
const TOLERANCE_MS: Millis = 1_000;

/// What a machine's clocks say, both at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Milliseconds since 1970 in UTC, as far as the machine knows.
    pub wall: Millis,
    /// Milliseconds since some moment. Nobody can set it, and it may stand still while the machine
    /// sleeps.
    pub monotonic: Millis,
}

/// Where time comes from: the system, or in tests what moves it.
pub trait TimeSource: fmt::Debug + Send + Sync + 'static {
    /// What the clocks say now.
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
        // A thread that is held up between the two would see a clock that was set.
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

/// A moment, in both times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// By the wall clock: for showing.
    pub wall: Millis,
    /// In steady time: for periods.
    pub steady: Millis,
}

/// The clock of a running server.
#[derive(Debug)]
pub struct Clock {
    source: Arc<dyn TimeSource>,
    steady: Mutex<Steady>,
}

impl Clock {
    /// A clock that goes on from `last`, the newest steady time that was kept.
    pub fn resumed(source: Arc<dyn TimeSource>, last: Millis) -> Self {
        let steady = Mutex::new(Steady::resumed(source.read(), last));
        Clock { source, steady }
    }

    /// This moment.
    pub fn now(&self) -> Moment {
        // Each reading is a single step, so a panic elsewhere left nothing half done.
        let mut steady = self.steady.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = self.source.read();
        Moment { wall: reading.wall, steady: steady.at(reading) }
    }
}

/// Steady time, as a function of what the machine's clocks say.
#[derive(Debug, Clone)]
struct Steady {
    /// By how many milliseconds it is ahead of the wall clock. Never negative.
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
