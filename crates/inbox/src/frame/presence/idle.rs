//! When an inbox is idle: nobody has touched it, in any of the browser's tabs, for a while. Pure: times and what the
//! other tabs have noted come in as values, by this machine's clock.

use porchlight_protocol::Millis;

/// How long an inbox is untouched until it is idle, in milliseconds: ten minutes. Longer than it takes to read a long
/// transcript or to look something up in the shop; shorter than a lunch break.
const IDLE_AFTER_MS: Millis = 10 * 60 * 1000;

/// How often a tab notes for the others that it is touched, in milliseconds.
const NOTE_EVERY_MS: Millis = 30_000;

/// What one tab knows.
#[derive(Debug, Clone, Copy)]
pub struct Idle {
    touched_at: Millis,
    noted_at: Option<Millis>,
    /// What the server was told last.
    told: bool,
}

/// What follows from a touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touched {
    /// Note the time for the other tabs.
    pub note: bool,
    /// Tell the server that the session is idle no more.
    pub tell: bool,
}

impl Idle {
    /// A tab that has just been opened, which is a touch. `told` is what the server knows of the session.
    pub const fn new(now: Millis, told: bool) -> Idle {
        Idle { touched_at: now, noted_at: None, told }
    }

    /// The tab is touched: a key, a click, a finger.
    pub fn touch(&mut self, now: Millis) -> Touched {
        self.touched_at = now;
        let note = self.noted_at.is_none_or(|at| !(0..NOTE_EVERY_MS).contains(&(now - at)));
        if note {
            self.noted_at = Some(now);
        }
        Touched { note, tell: std::mem::take(&mut self.told) }
    }

    /// Time passes. `elsewhere` is when another tab was touched. Returns what to tell the server, if that has changed.
    pub fn tick(&mut self, now: Millis, elsewhere: Option<Millis>) -> Option<bool> {
        // A time that is still to come was noted before the clock was set back.
        let elsewhere = elsewhere.filter(|at| *at <= now);
        let touched_at = self.touched_at.max(elsewhere.unwrap_or(self.touched_at));
        let idle = now - touched_at >= IDLE_AFTER_MS;
        (idle != self.told).then(|| {
            self.told = idle;
            idle
        })
    }

    /// The server could not be told: it is told with the next touch or tick.
    pub fn untold(&mut self, idle: bool) {
        if self.told == idle {
            self.told = !idle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Millis = 60_000;

    #[test]
    fn who_touches_nothing_for_ten_minutes_is_idle_and_told_so_once() {
        let mut idle = Idle::new(0, false);
        assert_eq!(idle.tick(10 * MINUTE - 1, None), None);
        assert_eq!(idle.tick(10 * MINUTE, None), Some(true));
        assert_eq!(idle.tick(20 * MINUTE, None), None);
        assert_eq!(idle.touch(21 * MINUTE), Touched { note: true, tell: true });
        assert_eq!(idle.touch(21 * MINUTE + 1), Touched { note: false, tell: false });
        assert_eq!(idle.tick(31 * MINUTE, None), None);
        assert_eq!(idle.tick(31 * MINUTE + 1, None), Some(true));
    }

    #[test]
    fn a_tab_that_is_touched_keeps_the_others_from_being_idle() {
        let mut idle = Idle::new(0, false);
        assert_eq!(idle.tick(12 * MINUTE, Some(5 * MINUTE)), None);
        assert_eq!(idle.tick(15 * MINUTE, Some(5 * MINUTE)), Some(true));
        assert_eq!(idle.tick(16 * MINUTE, Some(15 * MINUTE + 1)), Some(false));
    }

    #[test]
    fn a_tab_that_opens_in_an_idle_session_is_the_end_of_that() {
        assert_eq!(Idle::new(MINUTE, true).tick(MINUTE, None), Some(false));
        assert!(Idle::new(MINUTE, true).touch(MINUTE).tell);
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_idle_or_awake_for_ever() {
        let mut idle = Idle::new(100 * MINUTE, false);
        assert_eq!(idle.tick(MINUTE, None), None);
        idle.touch(MINUTE);
        assert_eq!(idle.tick(11 * MINUTE, Some(100 * MINUTE)), Some(true));
        assert!(idle.touch(11 * MINUTE).note);
    }

    #[test]
    fn what_could_not_be_told_is_told_again() {
        let mut idle = Idle::new(0, false);
        assert_eq!(idle.tick(10 * MINUTE, None), Some(true));
        idle.untold(true);
        assert_eq!(idle.tick(10 * MINUTE + 1, None), Some(true));
        assert!(idle.touch(11 * MINUTE).tell);
        // Too late: somebody touched it meanwhile.
        idle.untold(true);
        assert_eq!(idle.tick(12 * MINUTE, None), None);
        idle.untold(false);
        assert!(idle.touch(13 * MINUTE).tell);
    }
}
