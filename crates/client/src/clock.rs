//! An estimate of the server's clock, by which the warnings before auto-close count.

use porchlight_protocol::Millis;

/// Milliseconds between two inputs that show that this machine has slept or its clock was set: a live socket
/// delivers heartbeats far more often. Frames that the socket delivers afterwards may be old.
const LEAP_MS: Millis = 60_000;

/// Milliseconds that a clock goes back by ordinary correction (NTP).
const DRIFT_MS: Millis = 1_000;

/// How far the server's clock is ahead of this machine's. An estimate that is too low shows a warning late,
/// never early.
#[derive(Debug, Clone)]
pub(crate) struct ServerClock {
    ahead_ms: Millis,
    /// This machine's clock at the last input.
    seen: Option<Millis>,
}

impl ServerClock {
    pub fn new() -> Self {
        ServerClock { ahead_ms: 0, seen: None }
    }

    /// Follows this machine's clock. If it was set back, the server's lead grows by as much.
    /// True if it has leapt: then only a new welcome gives the server's time.
    pub fn tick(&mut self, now: Millis) -> bool {
        let passed = now.saturating_sub(self.seen.replace(now).unwrap_or(now));
        self.ahead_ms = self.ahead_ms.saturating_sub(passed.min(0));
        !(-DRIFT_MS..=LEAP_MS).contains(&passed)
    }

    /// Sets the server's time from a welcome.
    pub fn set(&mut self, now: Millis, server: Millis) {
        self.ahead_ms = server.saturating_sub(now);
    }

    /// Corrects the estimate by the time `at` of an event that has just arrived: the server's clock shows at
    /// least that. If the estimate is far later, the server's clock was set back.
    pub fn hear(&mut self, now: Millis, at: Millis) {
        let ahead_ms = at.saturating_sub(now);
        let set_back = ahead_ms < self.ahead_ms.saturating_sub(LEAP_MS);
        self.ahead_ms = if set_back { ahead_ms } else { self.ahead_ms.max(ahead_ms) };
    }

    /// The server's time when this machine's clock shows `now`.
    pub fn server(&self, now: Millis) -> Millis {
        now.saturating_add(self.ahead_ms)
    }

    /// The time on this machine's clock when the server's shows `server`.
    pub fn here(&self, server: Millis) -> Millis {
        server.saturating_sub(self.ahead_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_what_the_server_says() {
        let mut clock = ServerClock::new();
        clock.set(1_000, 5_000);
        assert_eq!(clock.server(1_500), 5_500);
        assert_eq!(clock.here(5_500), 1_500);
        clock.hear(2_000, 6_100);
        assert_eq!(clock.server(2_000), 6_100, "that was written already");
        clock.hear(3_000, 6_500);
        assert_eq!(clock.server(3_000), 7_100, "that was only long on its way");
    }

    #[test]
    fn a_server_whose_clock_is_set_back_warns_of_nothing_that_is_not_due() {
        let mut clock = ServerClock::new();
        clock.set(1_000_000, 90_000_000);
        clock.hear(1_010_000, 3_600_000);
        assert_eq!(clock.server(1_010_000), 3_600_000);
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_set_the_servers_back() {
        let mut clock = ServerClock::new();
        clock.set(1_000_000, 5_000_000);
        assert!(!clock.tick(1_000_000));
        assert!(!clock.tick(999_000));
        assert_eq!(clock.server(999_000), 5_000_000);
        assert!(clock.tick(100));
        assert_eq!(clock.server(100), 5_000_000);
    }

    #[test]
    fn a_leap_is_noticed() {
        let mut clock = ServerClock::new();
        assert!(!clock.tick(1_000_000), "the first look tells nothing");
        assert!(!clock.tick(1_060_000));
        assert!(clock.tick(1_120_001));
    }
}
