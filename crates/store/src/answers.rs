//! How long a team usually takes to answer: what visitors read of it is counted, not promised.

use porchlight_protocol::Millis;

/// Answers are counted of so many conversations, the latest ones.
pub(crate) const LATEST: u64 = 500;

/// And of those alone in which something happened in the last four weeks.
pub(crate) const WITHIN_MS: Millis = 28 * DAY_MS;

/// Of fewer, nothing is said.
const ANSWERS_MIN: usize = 10;

const MINUTE_MS: Millis = 60_000;
const HOUR_MS: Millis = 60 * MINUTE_MS;
const DAY_MS: Millis = 24 * HOUR_MS;

/// Within which time visitors are usually answered: in three of four conversations, or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usually {
    /// A few minutes: ten at most.
    Minutes,
    /// An hour.
    Hour,
    /// A few hours: five at most.
    Hours,
    /// A day.
    Day,
}

/// How long a visitor waited for the first answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waited {
    /// So many milliseconds.
    For(Millis),
    /// They still wait, since this steady time at the latest.
    Since(Millis),
}

impl Usually {
    /// By how long these visitors waited, at this steady time. `None` if they are too few, or it takes longer than a day:
    /// nobody is told that.
    pub(crate) fn of(waited: &[Waited], steady: Millis) -> Option<Self> {
        // Who has waited for less than a day may be answered in time.
        let counted = waited.iter().filter_map(|waited| match waited {
            Waited::For(ms) => Some(*ms),
            Waited::Since(at) => Some(steady - at).filter(|ms| *ms > DAY_MS),
        });
        let mut counted: Vec<Millis> = counted.collect();
        if counted.len() < ANSWERS_MIN {
            return None;
        }
        counted.sort_unstable();
        match *counted.get(counted.len() * 3 / 4)? {
            ms if ms <= 10 * MINUTE_MS => Some(Usually::Minutes),
            ms if ms <= HOUR_MS => Some(Usually::Hour),
            ms if ms <= 5 * HOUR_MS => Some(Usually::Hours),
            ms if ms <= DAY_MS => Some(Usually::Day),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 100 * DAY_MS;

    fn of(minutes: &[Millis], wait: usize) -> Option<Usually> {
        let answered = minutes.iter().map(|minutes| Waited::For(minutes * MINUTE_MS));
        let waiting = std::iter::repeat_n(Waited::Since(NOW - 2 * DAY_MS), wait);
        Usually::of(&answered.chain(waiting).collect::<Vec<_>>(), NOW)
    }

    #[test]
    fn three_of_four_are_answered_within_it() {
        for (minutes, usually) in [
            (1, Some(Usually::Minutes)),
            (10, Some(Usually::Minutes)),
            (11, Some(Usually::Hour)),
            (60, Some(Usually::Hour)),
            (61, Some(Usually::Hours)),
            (300, Some(Usually::Hours)),
            (301, Some(Usually::Day)),
            (1_440, Some(Usually::Day)),
            (1_441, None),
        ] {
            assert_eq!(of(&[minutes; 10], 0), usually, "{minutes}");
        }
        let mixed = [1, 1, 1, 1, 1, 1, 1, 1, 1, 600, 600, 600];
        assert_eq!(of(&mixed, 0), Some(Usually::Day));
        assert_eq!(of(&[&[1][..], &mixed].concat(), 0), Some(Usually::Minutes));
    }

    #[test]
    fn of_few_nothing_is_said_and_who_still_waits_counts() {
        assert_eq!(of(&[1; 9], 0), None);
        assert_eq!(of(&[1; 12], 3), Some(Usually::Minutes));
        assert_eq!(of(&[1; 12], 4), None, "every fourth waits for ever");
        // Who came just now does not.
        let mut waited = vec![Waited::For(MINUTE_MS); 12];
        waited.extend([Waited::Since(NOW - HOUR_MS); 12]);
        assert_eq!(Usually::of(&waited, NOW), Some(Usually::Minutes));
    }
}
