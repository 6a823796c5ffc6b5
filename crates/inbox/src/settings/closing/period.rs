//! The choice of a period: off, a preset, or a number and a unit.

use porchlight_protocol::limits::{
    AUTO_CLOSE_AFTER_S_MAX, AUTO_CLOSE_AFTER_S_MIN, WARN_BEFORE_S_MAX, WARN_BEFORE_S_MIN,
};

use crate::words::{Word, length};

const MINUTE_S: u64 = 60;
const HOUR_S: u64 = 60 * MINUTE_S;
const DAY_S: u64 = 24 * HOUR_S;
const WEEK_S: u64 = 7 * DAY_S;

/// The periods that can be chosen for a field.
#[derive(Debug, PartialEq, Eq)]
pub struct Range {
    /// The presets, in seconds.
    pub presets: &'static [u64],
    /// The shortest period, in seconds.
    pub min_s: u64,
    /// The longest period, in seconds.
    pub max_s: u64,
    /// The message for a period that is too long.
    too_long: Word,
}

/// The range of the auto-close period.
pub static CLOSING: Range = Range {
    presets: &[15 * MINUTE_S, HOUR_S, 4 * HOUR_S, DAY_S, 3 * DAY_S, WEEK_S, 30 * DAY_S],
    min_s: AUTO_CLOSE_AFTER_S_MIN,
    max_s: AUTO_CLOSE_AFTER_S_MAX,
    too_long: Word::PeriodAtMostYear,
};

/// The range of the warning.
pub static WARNING: Range = Range {
    presets: &[MINUTE_S, 2 * MINUTE_S, 5 * MINUTE_S, 10 * MINUTE_S, 30 * MINUTE_S, HOUR_S],
    min_s: WARN_BEFORE_S_MIN,
    max_s: WARN_BEFORE_S_MAX,
    too_long: Word::PeriodAtMostDay,
};

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds. Not offered, but shown for a period that was set by the API.
    Seconds,
    /// 60 s.
    Minutes,
    /// 60 min.
    Hours,
    /// 24 h.
    Days,
    /// 7 days.
    Weeks,
}

impl Unit {
    /// The offered units.
    pub const OFFERED: [Unit; 4] = [Unit::Minutes, Unit::Hours, Unit::Days, Unit::Weeks];

    const ALL: [Unit; 5] = [Unit::Seconds, Unit::Minutes, Unit::Hours, Unit::Days, Unit::Weeks];

    /// The length of the unit in seconds.
    pub fn seconds(self) -> u64 {
        match self {
            Unit::Seconds => 1,
            Unit::Minutes => MINUTE_S,
            Unit::Hours => HOUR_S,
            Unit::Days => DAY_S,
            Unit::Weeks => WEEK_S,
        }
    }

    /// The name of the unit for people.
    pub fn word(self) -> Word {
        match self {
            Unit::Seconds => Word::PeriodSeconds,
            Unit::Minutes => Word::PeriodMinutes,
            Unit::Hours => Word::PeriodHours,
            Unit::Days => Word::PeriodDays,
            Unit::Weeks => Word::PeriodWeeks,
        }
    }

    /// The name of the unit for `Intl`, and the value of its option in the list.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Seconds => "second",
            Unit::Minutes => "minute",
            Unit::Hours => "hour",
            Unit::Days => "day",
            Unit::Weeks => "week",
        }
    }

    /// The unit with this name.
    pub fn named(name: &str) -> Option<Unit> {
        Unit::ALL.into_iter().find(|unit| unit.name() == name)
    }

    /// The largest unit of which these seconds are a multiple.
    fn of(seconds: u64) -> Unit {
        let mut whole =
            Unit::ALL.into_iter().rev().filter(|unit| seconds.is_multiple_of(unit.seconds()));
        whole.next().unwrap_or(Unit::Seconds)
    }
}

/// A period in words: `1 hour`, `3 days`, `90 seconds`.
pub fn words(seconds: u64) -> String {
    // More than a week is in days: "28 days" and "30 days" are easier to compare than "4 weeks" and "30 days".
    let unit = match Unit::of(seconds) {
        Unit::Weeks if seconds > WEEK_S => Unit::Days,
        unit => unit,
    };
    length(seconds / unit.seconds(), unit.name(), false)
}

/// The choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Off.
    Off,
    /// A preset, in seconds.
    Preset(u64),
    /// A number and a unit.
    Custom,
}

impl Choice {
    /// The value of the choice's option in the list.
    pub fn value(self) -> String {
        match self {
            Choice::Off => "off".to_owned(),
            Choice::Preset(seconds) => seconds.to_string(),
            Choice::Custom => "custom".to_owned(),
        }
    }

    /// The choice of an option's value.
    pub fn named(value: &str) -> Choice {
        match value {
            "custom" => Choice::Custom,
            _ => value.parse().map_or(Choice::Off, Choice::Preset),
        }
    }
}

/// Why number and unit are not a valid period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodError {
    /// There is no number yet.
    Missing,
    /// It is not a whole number.
    NotANumber,
    /// It is shorter than the range allows.
    TooShort,
    /// It is longer than the range allows.
    TooLong,
}

impl PeriodError {
    /// The message for it, for a field with this range.
    pub fn words(self, range: &Range) -> Word {
        match self {
            PeriodError::Missing => Word::PeriodEnterNumber,
            PeriodError::NotANumber => Word::PeriodEnterWhole,
            PeriodError::TooShort => Word::PeriodAtLeastMinute,
            PeriodError::TooLong => range.too_long,
        }
    }
}

/// A period in the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// The choice.
    pub choice: Choice,
    /// The typed number. Kept while another choice is active.
    pub number: String,
    /// The unit.
    pub unit: Unit,
}

impl Period {
    /// The period of so many seconds; `None` for off.
    pub fn of(seconds: Option<u64>, range: &Range) -> Period {
        let mut period = Period { choice: Choice::Off, number: String::new(), unit: Unit::Minutes };
        match seconds {
            None => {}
            Some(seconds) if range.presets.contains(&seconds) => {
                period.choice = Choice::Preset(seconds);
            }
            Some(seconds) => {
                period.choice = Choice::Custom;
                period.write(seconds);
            }
        }
        period
    }

    /// Sets the choice. *Another period* starts with the previous one as number and unit.
    pub fn choose(&mut self, choice: Choice) {
        if let (Choice::Custom, Choice::Preset(seconds)) = (choice, self.choice) {
            self.write(seconds);
        }
        self.choice = choice;
    }

    fn write(&mut self, seconds: u64) {
        self.unit = Unit::of(seconds);
        self.number = (seconds / self.unit.seconds()).to_string();
    }

    /// True if the period is on, valid or not.
    pub fn is_on(&self) -> bool {
        self.choice != Choice::Off
    }

    /// The period in seconds; `None` if it is off.
    pub fn seconds(&self, range: &Range) -> Result<Option<u64>, PeriodError> {
        let seconds = match self.choice {
            Choice::Off => return Ok(None),
            Choice::Preset(seconds) => seconds,
            Choice::Custom => self.typed()?,
        };
        if seconds < range.min_s {
            Err(PeriodError::TooShort)
        } else if seconds > range.max_s {
            Err(PeriodError::TooLong)
        } else {
            Ok(Some(seconds))
        }
    }

    fn typed(&self) -> Result<u64, PeriodError> {
        let number = self.number.trim();
        if number.is_empty() {
            return Err(PeriodError::Missing);
        }
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        match number.parse::<u64>() {
            Ok(number) => Ok(number.saturating_mul(self.unit.seconds())),
            // The number overflows.
            Err(_) if digits => Err(PeriodError::TooLong),
            Err(_) if number.strip_prefix('-').is_some_and(|it| it.parse::<u64>().is_ok()) => {
                Err(PeriodError::TooShort)
            }
            Err(_) => Err(PeriodError::NotANumber),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn custom(number: &str, unit: Unit) -> Period {
        Period { choice: Choice::Custom, number: number.to_owned(), unit }
    }

    #[test]
    fn what_is_saved_is_shown_as_it_was_chosen() {
        for range in [&CLOSING, &WARNING] {
            assert_eq!(Period::of(None, range).choice, Choice::Off);
            for seconds in range.presets {
                assert_eq!(Period::of(Some(*seconds), range).choice, Choice::Preset(*seconds));
            }
            for seconds in [60, 90, 61, 2 * HOUR_S, 86_400] {
                let period = Period::of(Some(seconds), range);
                assert_eq!(period.seconds(range), Ok(Some(seconds)), "{period:?}");
            }
        }
        assert_eq!(Period::of(Some(2 * WEEK_S), &CLOSING), custom("2", Unit::Weeks));
        assert_eq!(Period::of(Some(90), &CLOSING), custom("90", Unit::Seconds));
    }

    #[test]
    fn another_number_starts_with_what_was_chosen() {
        let mut period = Period::of(Some(4 * HOUR_S), &CLOSING);
        period.choose(Choice::Custom);
        assert_eq!(period, custom("4", Unit::Hours));
        period.choose(Choice::Off);
        assert_eq!(period.seconds(&CLOSING), Ok(None));
        period.choose(Choice::Custom);
        assert_eq!(period, custom("4", Unit::Hours), "what was typed is kept");
    }

    #[test]
    fn a_minute_and_a_year_are_the_ends() {
        let check = |number: &str, unit, expected| {
            assert_eq!(custom(number, unit).seconds(&CLOSING), expected, "{number} {unit:?}");
        };
        check("1", Unit::Minutes, Ok(Some(60)));
        check(" 365 ", Unit::Days, Ok(Some(AUTO_CLOSE_AFTER_S_MAX)));
        check("0", Unit::Weeks, Err(PeriodError::TooShort));
        check("-3", Unit::Days, Err(PeriodError::TooShort));
        check("59", Unit::Seconds, Err(PeriodError::TooShort));
        check("366", Unit::Days, Err(PeriodError::TooLong));
        check("53", Unit::Weeks, Err(PeriodError::TooLong));
        check("99999999999999999999", Unit::Minutes, Err(PeriodError::TooLong));
        check(&u64::MAX.to_string(), Unit::Weeks, Err(PeriodError::TooLong));
        check("", Unit::Minutes, Err(PeriodError::Missing));
        check("1.5", Unit::Hours, Err(PeriodError::NotANumber));
        check("soon", Unit::Hours, Err(PeriodError::NotANumber));
        assert_eq!(custom("25", Unit::Hours).seconds(&WARNING), Err(PeriodError::TooLong));
    }

    #[test]
    fn a_period_in_words() {
        for (seconds, said) in [
            (60, "1 minute"),
            (15 * MINUTE_S, "15 minutes"),
            (HOUR_S, "1 hour"),
            (90 * MINUTE_S, "90 minutes"),
            (DAY_S, "1 day"),
            (WEEK_S, "1 week"),
            (14 * DAY_S, "14 days"),
            (30 * DAY_S, "30 days"),
            (90, "90 seconds"),
        ] {
            assert_eq!(words(seconds), said);
        }
    }

    #[test]
    fn an_option_and_its_choice_name_each_other() {
        for choice in [Choice::Off, Choice::Custom, Choice::Preset(900)] {
            assert_eq!(Choice::named(&choice.value()), choice);
        }
        for unit in Unit::ALL {
            assert_eq!(Unit::named(unit.name()), Some(unit));
        }
    }
}
