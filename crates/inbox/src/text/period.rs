//! The texts of ages, waits and time left.

use porchlight_browser::dates::Age;
use porchlight_protocol::Millis;
use porchlight_protocol::closing::{TimeLeft, time_left};

/// The time left until auto-close: `Closes in 2 h`.
pub fn closes_in(left_ms: Millis) -> String {
    let (count, unit) = match time_left(u64::try_from(left_ms).unwrap_or(0)) {
        TimeLeft::Moments => return "Closes within a minute".to_owned(),
        TimeLeft::Minutes(minutes) => (minutes, "min"),
        TimeLeft::Hours(hours) => (hours, "h"),
        TimeLeft::Days(days) => (days, "days"),
    };
    ["Closes in ", &count.to_string(), " ", unit].concat()
}

/// An age in the middle of a line. `None` for an age that is written as in the list.
pub fn ago(age: Age) -> Option<&'static str> {
    match age {
        Age::Now => Some("just now"),
        Age::Days(days) => day(days),
        Age::Minutes(_) | Age::Hours(_) => None,
    }
}

/// A day in the middle of a line, by the days since then. `None` for a day that is written as a date.
pub fn day(days_ago: i64) -> Option<&'static str> {
    match days_ago {
        0 => Some("today"),
        1 => Some("yesterday"),
        _ => None,
    }
}

const MINUTE_MS: Millis = 60_000;
const HOUR_MS: Millis = 60 * MINUTE_MS;
const DAY_MS: Millis = 24 * HOUR_MS;

/// Milliseconds after which a wait is highlighted: about as long as visitors watch a chat that does not answer.
const LONG_MS: Millis = 5 * MINUTE_MS;

/// The wait of a visitor: `Waiting 12 min`, and true if it has to be highlighted.
pub fn waiting(ms: Millis) -> (String, bool) {
    let (count, unit) = match ms {
        ..MINUTE_MS => return ("Waiting".to_owned(), false),
        MINUTE_MS..HOUR_MS => (ms / MINUTE_MS, " min"),
        HOUR_MS..DAY_MS => (ms / HOUR_MS, " h"),
        _ => (ms / DAY_MS, if ms < 2 * DAY_MS { " day" } else { " days" }),
    };
    (["Waiting ", &count.to_string(), unit].concat(), ms >= LONG_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_a_word_where_there_is_one() {
        assert_eq!(ago(Age::Now), Some("just now"));
        assert_eq!(ago(Age::Hours(11)), None, "also if midnight was in between");
        assert_eq!(ago(Age::Days(1)), Some("yesterday"));
        assert_eq!(ago(Age::Days(2)), None);
    }

    #[test]
    fn who_waits_long_is_pointed_out() {
        for (ms, words, long) in [
            (-5, "Waiting", false),
            (MINUTE_MS - 1, "Waiting", false),
            (MINUTE_MS, "Waiting 1 min", false),
            (LONG_MS - 1, "Waiting 4 min", false),
            (LONG_MS, "Waiting 5 min", true),
            (HOUR_MS, "Waiting 1 h", true),
            (DAY_MS - 1, "Waiting 23 h", true),
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
            (HOUR_MS - 1_000, "in 1 h"),
            (59 * MINUTE_MS, "in 59 min"),
            (HOUR_MS, "in 1 h"),
            (2 * HOUR_MS - 1, "in 2 h"),
            (2 * HOUR_MS - MINUTE_MS, "in 1 h"),
            (24 * HOUR_MS, "in 24 h"),
            (3 * DAY_MS, "in 3 days"),
            (365 * DAY_MS, "in 365 days"),
        ] {
            assert_eq!(closes_in(left_ms), ["Closes ", words].concat());
        }
        assert!(closes_in(Millis::MAX).ends_with(" days"));
    }
}
