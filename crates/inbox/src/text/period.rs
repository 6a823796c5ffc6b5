//! How long ago, and how long yet.

use porchlight_protocol::Millis;
use porchlight_protocol::closing::{TimeLeft, time_left};

/// When it closes by itself, where it is so long until then: `Closes by itself in 2 h`.
pub fn closes_in(left_ms: Millis) -> String {
    let (count, unit) = match time_left(u64::try_from(left_ms).unwrap_or(0)) {
        TimeLeft::Moments => return "Closes by itself within a minute".to_owned(),
        TimeLeft::Minutes(minutes) => (minutes, "min"),
        TimeLeft::Hours(hours) => (hours, "h"),
        TimeLeft::Days(days) => (days, "days"),
    };
    ["Closes by itself in ", &count.to_string(), " ", unit].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_MS: Millis = 60_000;
    const HOUR_MS: Millis = 60 * MINUTE_MS;
    const DAY_MS: Millis = 24 * HOUR_MS;

    #[test]
    fn what_is_left_is_told_in_a_measure_that_people_use() {
        for (left_ms, words) in [
            (-5, "within a minute"),
            (30_000, "within a minute"),
            (59_999, "in 1 min"),
            (MINUTE_MS, "in 1 min"),
            (5 * MINUTE_MS - 1_000, "in 5 min"),
            (5 * MINUTE_MS + 900, "in 5 min"),
            (HOUR_MS - 1_000, "in 1 h"),
            (59 * MINUTE_MS, "in 59 min"),
            (HOUR_MS, "in 1 h"),
            (2 * HOUR_MS - 1, "in 2 h"),
            (2 * HOUR_MS - MINUTE_MS, "in 1 h"),
            (24 * HOUR_MS, "in 24 h"),
            (3 * DAY_MS, "in 3 days"),
            (365 * DAY_MS, "in 365 days"),
        ] {
            assert_eq!(closes_in(left_ms), ["Closes by itself ", words].concat());
        }
        assert!(closes_in(Millis::MAX).ends_with(" days"));
    }
}
