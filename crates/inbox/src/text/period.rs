//! How long ago, and how long yet.

use porchlight_protocol::Millis;

const MINUTE_MS: Millis = 60_000;
const HOUR_MS: Millis = 60 * MINUTE_MS;
const DAY_MS: Millis = 24 * HOUR_MS;

/// When it closes by itself, where it is so long until then: `Closes by itself in 2 h`.
pub fn closes_in(left_ms: Millis) -> String {
    let (count, unit) = match left_ms {
        ..MINUTE_MS => return "Closes by itself within a minute".to_owned(),
        // A minute counts until it is over, as in the warning that the visitor reads.
        _ if minutes(left_ms) < 60 => (minutes(left_ms), "min"),
        // To the nearest: what is 1 h 59 away is 2 h away.
        _ if rounded(left_ms, HOUR_MS) < 48 => (rounded(left_ms, HOUR_MS), "h"),
        _ => (rounded(left_ms, DAY_MS), "days"),
    };
    ["Closes by itself in ", &count.to_string(), " ", unit].concat()
}

/// Begun minutes. Two clocks that differ by a second don't make one more.
fn minutes(ms: Millis) -> Millis {
    ms.saturating_add(MINUTE_MS - 1_000) / MINUTE_MS
}

fn rounded(ms: Millis, unit_ms: Millis) -> Millis {
    (ms.saturating_add(unit_ms / 2)) / unit_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_in_a_measure_that_people_use() {
        for (left_ms, words) in [
            (-5, "within a minute"),
            (59_999, "within a minute"),
            (MINUTE_MS, "in 1 min"),
            (5 * MINUTE_MS - 1_000, "in 5 min"),
            (5 * MINUTE_MS + 900, "in 5 min"),
            (HOUR_MS - 1_000, "in 1 h"),
            (59 * MINUTE_MS, "in 59 min"),
            (HOUR_MS, "in 1 h"),
            (2 * HOUR_MS - 1, "in 2 h"),
            (24 * HOUR_MS, "in 24 h"),
            (3 * DAY_MS, "in 3 days"),
            (365 * DAY_MS, "in 365 days"),
        ] {
            assert_eq!(closes_in(left_ms), ["Closes by itself ", words].concat());
        }
        assert!(closes_in(Millis::MAX).ends_with(" days"));
    }
}
