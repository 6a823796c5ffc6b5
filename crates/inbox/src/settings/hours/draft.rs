//! Opening hours while they are edited, and what is wrong with them.

use porchlight_protocol::hours::{Date, Day, Hours, HoursError, Span, Time};
use porchlight_protocol::limits::SPANS_OF_A_DAY_MAX;

/// A field for a time can't say that a day ends at 24:00: there, midnight as the end is written as its beginning.
const MIDNIGHT: &str = "00:00";

/// The hours of a team that has set none yet, Monday to Friday.
const USUAL: (&str, &str) = ("09:00", "17:00");

/// Times of one day, as their fields have them: `09:00`, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// When it opens.
    pub opens: String,
    /// When it closes.
    pub closes: String,
}

/// Opening hours while they are edited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// They are in force.
    pub on: bool,
    /// The time zone.
    pub zone: String,
    /// The times of each day that has any, in the order in which they were added.
    pub week: Vec<(Day, Times)>,
    /// The days without hours, `2026-12-25`, or nothing while one is chosen.
    pub closed_on: Vec<String>,
}

/// What is wrong with a draft, at the place where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// There is no time zone.
    NoZone,
    /// A time of these is missing.
    Missing(Day),
    /// A day closes before it opens.
    Order(Day),
    /// Two times of a day overlap.
    Overlap(Day),
}

impl Draft {
    /// What is saved, for the fields.
    pub fn of(hours: &Hours) -> Self {
        let times = |span: &Span| {
            let closes = match span.closes.minutes() {
                1_440 => MIDNIGHT.to_owned(),
                _ => span.closes.to_string(),
            };
            (span.day, Times { opens: span.opens.to_string(), closes })
        };
        Draft {
            on: hours.on,
            zone: hours.zone.clone(),
            week: hours.week.iter().map(times).collect(),
            closed_on: hours.closed_on.iter().map(Date::to_string).collect(),
        }
    }

    /// Switches them on or off. Those that are switched on for the first time begin with what is usual, here.
    pub fn switch(&mut self, on: bool, zone: &str) {
        self.on = on;
        if on && self.zone.is_empty() {
            self.zone = zone.to_owned();
            for day in [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri] {
                self.add(day);
            }
        }
    }

    /// The times of a day, with their places in the week.
    pub fn of_day(&self, day: Day) -> impl Iterator<Item = (usize, &Times)> {
        let week = self.week.iter().enumerate();
        week.filter(move |(_, (of, _))| *of == day).map(|(at, (_, times))| (at, times))
    }

    /// True if a day may have more times.
    pub fn has_room(&self, day: Day) -> bool {
        self.of_day(day).count() < SPANS_OF_A_DAY_MAX
    }

    /// Adds times to a day: the usual ones, and empty ones where there are some.
    pub fn add(&mut self, day: Day) {
        let (opens, closes) = match self.of_day(day).next() {
            None => USUAL,
            Some(_) => ("", ""),
        };
        self.week.push((day, Times { opens: opens.to_owned(), closes: closes.to_owned() }));
    }

    /// What is wrong first, in the order of the fields.
    pub fn problem(&self) -> Option<Problem> {
        self.hours().err()
    }

    /// The hours to save. While they are off, nothing that is not needed is asked for: incomplete parts are left out.
    pub fn hours(&self) -> Result<Hours, Problem> {
        if !self.on {
            let week = self.week.iter().filter_map(|(day, times)| times.span(*day)).collect();
            let off = Hours { on: false, week, ..self.without_week() };
            return Ok(off.clone().checked().unwrap_or(Hours { week: Vec::new(), ..off }));
        }
        if self.zone.is_empty() {
            return Err(Problem::NoZone);
        }
        let mut week = Vec::new();
        for day in Day::ALL {
            for (_, times) in self.of_day(day) {
                week.push(times.span(day).ok_or(Problem::Missing(day))?);
            }
        }
        let hours = Hours { week, ..self.without_week() };
        hours.checked().map_err(|error| match error {
            HoursError::Span(span) if span.opens >= span.closes => Problem::Order(span.day),
            HoursError::Span(span) => Problem::Overlap(span.day),
            HoursError::Zone | HoursError::TooManyDays => Problem::NoZone,
        })
    }

    fn without_week(&self) -> Hours {
        let closed_on = self.closed_on.iter().filter_map(|date| date.parse().ok()).collect();
        Hours { on: self.on, zone: self.zone.clone(), week: Vec::new(), closed_on }
    }
}

impl Times {
    /// `None` if one is missing.
    fn span(&self, day: Day) -> Option<Span> {
        let closes = if self.closes == MIDNIGHT { "24:00" } else { &self.closes };
        Some(Span { day, opens: time(&self.opens)?, closes: time(closes)? })
    }
}

/// A time of a field, which may have seconds.
fn time(text: &str) -> Option<Time> {
    text.get(..5)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on() -> Draft {
        let mut draft = Draft::default();
        draft.switch(true, "Europe/Berlin");
        draft
    }

    fn with(day: Day, opens: &str, closes: &str) -> Draft {
        let mut draft = on();
        draft.week.push((day, Times { opens: opens.to_owned(), closes: closes.to_owned() }));
        draft
    }

    #[test]
    fn the_first_hours_are_the_usual_ones_and_stay_when_they_are_switched() {
        let mut draft = on();
        let hours = draft.hours().unwrap();
        assert_eq!((hours.zone.as_str(), hours.week.len()), ("Europe/Berlin", 5));
        draft.week.remove(0);
        draft.switch(false, "UTC");
        draft.switch(true, "UTC");
        assert_eq!((draft.zone.as_str(), draft.week.len()), ("Europe/Berlin", 4));
    }

    #[test]
    fn what_is_saved_is_shown_as_it_was() {
        let mut draft = with(Day::Sat, "10:00", "00:00");
        draft.closed_on = vec!["2026-12-25".to_owned()];
        let hours = draft.hours().unwrap();
        assert_eq!(hours.week.last().unwrap().closes.to_string(), "24:00");
        assert_eq!(Draft::of(&hours), draft);
    }

    #[test]
    fn what_is_wrong_is_told_where_it_is() {
        for (draft, problem) in [
            (Draft { zone: String::new(), ..on() }, Problem::NoZone),
            (with(Day::Sat, "", "12:00"), Problem::Missing(Day::Sat)),
            (with(Day::Sun, "12:00", "11:00"), Problem::Order(Day::Sun)),
            (with(Day::Mon, "16:00", "18:00"), Problem::Overlap(Day::Mon)),
        ] {
            assert_eq!(draft.problem(), Some(problem));
        }
        assert_eq!(with(Day::Mon, "17:00", "00:00").problem(), None);
    }

    #[test]
    fn what_is_off_can_be_saved_as_it_is() {
        for draft in [with(Day::Sat, "", "12:00"), with(Day::Mon, "16:00", "18:00")] {
            let off = Draft { on: false, ..draft };
            assert!(!off.hours().unwrap().on);
        }
    }

    #[test]
    fn a_day_has_room_for_some_times() {
        let mut draft = on();
        let mut added = 1;
        while draft.has_room(Day::Mon) {
            draft.add(Day::Mon);
            added += 1;
        }
        assert_eq!(added, SPANS_OF_A_DAY_MAX);
    }
}
