//! Opening hours: when a site's team answers, and what a visitor is told outside of them.
//!
//! The server knows the time zones, and makes of a site's hours the times at which it is away ([`Away`]); clients only
//! look whether it is such a time.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::Millis;
use crate::error::{ErrorBody, ErrorCode};
use crate::from_json;
use crate::json::{FromJson, Json, Malformed};
use crate::limits::{HOLIDAYS_MAX, SPANS_OF_A_DAY_MAX, ZONE_CHARS_MAX};

/// A time at which the site is away, as its clients receive it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Away {
    /// When it begins, or has begun; 0 if that was weeks ago.
    pub from: Millis,
    /// When it ends. Absent: not within the weeks that the server looks ahead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
}

impl Away {
    /// The one of these that this instant is in.
    pub fn at(all: &[Away], now: Millis) -> Option<&Away> {
        all.iter().find(|away| away.from <= now && away.until.is_none_or(|until| now < until))
    }
}

/// True if nobody is there now: it is outside of the opening hours, or no agent is online.
pub fn is_nobody_there(away: &[Away], now: Millis, is_online: bool) -> bool {
    !is_online || Away::at(away, now).is_some()
}

/// The opening hours of a site. Settings → Opening hours.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hours {
    /// True if they are in force. If not, they are kept.
    pub on: bool,
    /// The time zone by its IANA name, such as `Europe/Berlin`.
    pub zone: String,
    /// When the site is open in each week, in order. Where a day has none, it is closed.
    pub week: Vec<Span>,
    /// The days on which it is closed all the same, in order.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>, example = json!(["2026-12-25"])))]
    pub closed_on: Vec<Date>,
}

/// A time on one day of each week at which a site is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Span {
    /// The day.
    pub day: Day,
    /// When it opens.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "09:00"))]
    pub opens: Time,
    /// When it closes, later on the same day; at `24:00`, the day after may go on at `00:00`.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "17:30"))]
    pub closes: Time,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Day {
    /// All of them, Monday first.
    pub const ALL: [Day; 7] =
        [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri, Day::Sat, Day::Sun];

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Day::Mon => "mon",
            Day::Tue => "tue",
            Day::Wed => "wed",
            Day::Thu => "thu",
            Day::Fri => "fri",
            Day::Sat => "sat",
            Day::Sun => "sun",
        }
    }
}

/// A time of the day, `00:00` to `24:00`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    minutes: u16,
}

impl Time {
    /// The time at which a day is so many minutes old; `None` if it does not last so long.
    pub fn of_minutes(minutes: u16) -> Option<Time> {
        (minutes <= 24 * 60).then_some(Time { minutes })
    }

    /// Minutes since the day began, at most 1,440.
    pub fn minutes(self) -> u16 {
        self.minutes
    }
}

impl FromStr for Time {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        const WRONG: Malformed = Malformed("a time such as 09:00");
        let [h1, h2, b':', m1, m2] = *text.as_bytes() else { return Err(WRONG) };
        let (hours, minutes) = (two(h1, h2).ok_or(WRONG)?, two(m1, m2).ok_or(WRONG)?);
        let minutes = match (hours, minutes) {
            (0..24, 0..60) | (24, 0) => hours * 60 + minutes,
            _ => return Err(WRONG),
        };
        Ok(Time { minutes })
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

/// A day of the Gregorian calendar, from 2000 to 2999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// The year.
    pub year: u16,
    /// The month, from 1.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
}

impl FromStr for Date {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        const WRONG: Malformed = Malformed("a date such as 2026-12-25");
        let [b'2', y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text.as_bytes() else {
            return Err(WRONG);
        };
        let year = two(b'2', y2).ok_or(WRONG)? * 100 + two(y3, y4).ok_or(WRONG)?;
        let (month, day) = (two(m1, m2).ok_or(WRONG)?, two(d1, d2).ok_or(WRONG)?);
        let is_leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            2 if is_leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return Err(WRONG),
        };
        match (u8::try_from(month), u8::try_from(day)) {
            (Ok(month), Ok(day)) if (1..=days).contains(&day) => Ok(Date { year, month, day }),
            _ => Err(WRONG),
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The number that two digits write.
fn two(tens: u8, ones: u8) -> Option<u16> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u16::from(byte - b'0'));
    Some(digit(tens)? * 10 + digit(ones)?)
}

macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl FromJson for $name {
            fn from_json(json: Json) -> Result<Self, Malformed> {
                String::from_json(json)?.parse()
            }
        }
    )*};
}
as_text!(Time, Date);

/// Why opening hours are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoursError {
    /// The time zone is none. Whether its name is known is for who has the zones to say.
    Zone,
    /// A span closes before it opens, or overlaps the one before, or its day has too many.
    Span(Span),
    /// There are more than `HOLIDAYS_MAX` days in `closed_on`.
    TooManyDays,
}

impl HoursError {
    /// The error body on the wire, with the part at fault as `field`.
    pub fn body(&self) -> ErrorBody {
        let field = match self {
            HoursError::Zone => "zone".to_owned(),
            HoursError::Span(span) => ["week.", span.day.name()].concat(),
            HoursError::TooManyDays => "closed_on".to_owned(),
        };
        ErrorBody { field: Some(field), ..ErrorCode::HoursInvalid.body() }
    }
}

impl Hours {
    /// Brings them in order, or says why they are refused.
    ///
    /// # Errors
    /// [`HoursError`].
    pub fn checked(mut self) -> Result<Self, HoursError> {
        self.week.sort();
        self.closed_on.sort();
        self.closed_on.dedup();
        if self.zone.is_empty() || self.zone.len() > ZONE_CHARS_MAX {
            return Err(HoursError::Zone);
        }
        if self.closed_on.len() > HOLIDAYS_MAX {
            return Err(HoursError::TooManyDays);
        }
        let mut before: Vec<Span> = Vec::new();
        for span in &self.week {
            before.retain(|before| before.day == span.day);
            let overlaps = before.last().is_some_and(|before| before.closes > span.opens);
            if span.opens >= span.closes || overlaps || before.len() >= SPANS_OF_A_DAY_MAX {
                return Err(HoursError::Span(*span));
            }
            before.push(*span);
        }
        Ok(self)
    }
}

/// The page *Opening hours*. The answer to `GET …/settings/hours`, and to a change of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HoursPage {
    /// The hours.
    pub hours: Hours,
    /// When the site is away by them in the next weeks, whether they are in force or not.
    pub away: Vec<Away>,
    /// The server's time.
    pub now: Millis,
}

from_json!(struct Away { from, until: optional });
from_json!(strict enum Day {
    "mon" => Mon, "tue" => Tue, "wed" => Wed, "thu" => Thu, "fri" => Fri, "sat" => Sat, "sun" => Sun,
});
from_json!(strict struct Span { day, opens, closes });
from_json!(strict struct Hours { on, zone, week, closed_on: optional });
from_json!(struct HoursPage { hours, away: each, now });
