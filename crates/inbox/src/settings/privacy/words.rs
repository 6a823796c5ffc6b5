//! The texts of blocks, and of how long conversations are kept.

use porchlight_protocol::privacy::{Block, Retention};

use crate::words::{Pattern, Word, fill, length, say};

/// Who has blocked a visitor, when, and why.
pub fn blocked(block: &Block, when: &str) -> String {
    match block.note.as_str() {
        "" => fill(Pattern::PrivacyBlockedBy, &[&block.by, when]),
        note => fill(Pattern::PrivacyBlockedWhy, &[&block.by, when, note]),
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
