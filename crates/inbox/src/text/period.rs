//! The texts of ages, waits and time left.

use porchlight_protocol::Millis;
use porchlight_protocol::closing::{TimeLeft, time_left};

use crate::words::{Pattern, Word, fill, from_now, length, say};

/// The time left until auto-close: `Closes in 2 hr`.
pub fn closes_in(left_ms: Millis) -> String {
    let (count, unit) = match time_left(u64::try_from(left_ms).unwrap_or(0)) {
        TimeLeft::Moments => return say(Word::TalkClosesSoon),
        TimeLeft::Minutes(minutes) => (minutes, "minute"),
        TimeLeft::Hours(hours) => (hours, "hour"),
        TimeLeft::Days(days) => (days, "day"),
    };
    fill(Pattern::TalkCloses, &[&from_now(count.cast_signed(), unit, true)])
}

const MINUTE_MS: Millis = 60_000;
const HOUR_MS: Millis = 60 * MINUTE_MS;
const DAY_MS: Millis = 24 * HOUR_MS;

/// Milliseconds after which a wait is highlighted: about as long as visitors watch a chat that does not answer.
const LONG_MS: Millis = 5 * MINUTE_MS;

/// The wait of a visitor: `Waiting 12 min`, and true if it has to be highlighted.
pub fn waiting(ms: Millis) -> (String, bool) {
    let time = match ms {
        ..MINUTE_MS => return (say(Word::ItemWaiting), false),
        MINUTE_MS..HOUR_MS => length(ms / MINUTE_MS, "minute", true),
        HOUR_MS..DAY_MS => length(ms / HOUR_MS, "hour", true),
        _ => length(ms / DAY_MS, "day", true),
    };
    (fill(Pattern::ItemWaitingFor, &[&time]), ms >= LONG_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_long_is_pointed_out() {
        for (ms, words, long) in [
            (-5, "Waiting", false),
            (MINUTE_MS - 1, "Waiting", false),
            (MINUTE_MS, "Waiting 1 min", false),
            (LONG_MS - 1, "Waiting 4 min", false),
            (LONG_MS, "Waiting 5 min", true),
            (HOUR_MS, "Waiting 1 hr", true),
            (DAY_MS - 1, "Waiting 23 hr", true),
            (DAY_MS, "Waiting 1 day", true),
            (3 * DAY_MS, "Waiting 3 days", true),
        ] {
            assert_eq!(waiting(ms), (words.to_owned(), long));
        }
    }

    #[test]
    fn what_is_left_is_told_in_a_measure_that_people_use() {
        for (left_ms, words) in [
            (-5, "within a minute"),
            (30_000, "within a minute"),
            (59_999, "in 1 min"),
            (MINUTE_MS, "in 1 min"),
            (5 * MINUTE_MS - 1_000, "in 5 min"),
            (5 * MINUTE_MS + 900, "in 5 min"),
            (HOUR_MS - 1_000, "in 1 hr"),
            (59 * MINUTE_MS, "in 59 min"),
            (HOUR_MS, "in 1 hr"),
            (2 * HOUR_MS - 1, "in 2 hr"),
            (2 * HOUR_MS - MINUTE_MS, "in 1 hr"),
            (24 * HOUR_MS, "in 24 hr"),
            (3 * DAY_MS, "in 3 days"),
            (365 * DAY_MS, "in 365 days"),
        ] {
            assert_eq!(closes_in(left_ms), ["Closes ", words].concat());
        }
        assert!(closes_in(Millis::MAX).ends_with(" days"));
    }
}
