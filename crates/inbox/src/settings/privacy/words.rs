//! The texts of blocks, and of how long conversations are kept.

use porchlight_protocol::Millis;
use porchlight_protocol::privacy::{Block, NetworkBlock, Retention};

use crate::words::{Pattern, Word, fill, from_now, length, say};

/// Who has blocked a visitor, when, and why.
pub fn blocked(block: &Block, when: &str) -> String {
    match block.note.as_str() {
        "" => fill(Pattern::PrivacyBlockedBy, &[&block.by, when]),
        note => fill(Pattern::PrivacyBlockedWhy, &[&block.by, when, note]),
    }
}

/// Until when a visitor's network is blocked, too.
pub fn network(network: &NetworkBlock, now: Millis) -> String {
    let (number, unit) = measured(network.until.saturating_sub(now).max(0) / 1_000);
    let when = from_now(number, unit, false);
    let words = match network.known {
        true => Pattern::PrivacyNetworkEnds,
        false => Pattern::PrivacyNetworkAwaited,
    };
    fill(words, &[&when])
}

/// For how long a network is blocked: `1 day`, `30 days`.
pub fn period(seconds: u32) -> String {
    let (number, unit) = measured(i64::from(seconds));
    length(u32::try_from(number).unwrap_or_default(), unit, false)
}

/// So many seconds, to the day, or if it is less than a day, to the hour or the minute.
fn measured(seconds: i64) -> (i64, &'static str) {
    let of = |unit: i64| (seconds + unit / 2) / unit;
    match (of(86_400), of(3_600)) {
        (days @ 1.., 24..) => (days, "day"),
        (_, hours @ 1..) => (hours, "hour"),
        _ => (of(60).max(1), "minute"),
    }
}

/// For how long closed conversations are kept: `1 year`, `90 days`, `For ever`.
pub fn kept(retention: Retention) -> String {
    match retention.days {
        None => say(Word::PrivacyForEver),
        Some(days) if is_years(days) => {
            length((f64::from(days) / 365.25).round() as u32, "year", false)
        }
        Some(days) => length(days, "day", false),
    }
}

/// True for so many days that are some years, with their leap days.
fn is_years(days: u32) -> bool {
    let years = (f64::from(days) / 365.25).round();
    let exact = years * 365.25;
    years >= 1.0 && (f64::from(days) - exact).abs() < 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_networks_block_is_told_to_the_day() {
        let ends = |seconds: i64| {
            let block = NetworkBlock { until: seconds * 1_000 + 5_000, known: true };
            network(&block, 5_000)
        };
        assert_eq!(ends(7 * 86_400), "Network blocked, too; this ends in 7 days");
        assert!(ends(7 * 86_400 - 60).ends_with("in 7 days"));
        assert!(ends(86_399).ends_with("in 1 day"));
        assert!(ends(23 * 3_600).ends_with("in 23 hours"));
        assert!(ends(100).ends_with("in 2 minutes"));
        assert!(ends(-5).ends_with("in 1 minute"));
        assert_eq!([86_400, 604_800, 2_592_000].map(period), ["1 day", "7 days", "30 days"]);
    }

    #[test]
    fn a_period_is_told_in_a_measure_that_people_use() {
        for (days, words) in [
            (None, "For ever"),
            (Some(30), "30 days"),
            (Some(180), "180 days"),
            (Some(365), "1 year"),
            (Some(400), "400 days"),
            (Some(730), "2 years"),
            (Some(3_653), "10 years"),
        ] {
            assert_eq!(kept(Retention { days }), words);
        }
    }
}
