//! The opening hours of a site on the clock: the instants at which it is away. The time zones come with the program
//! ([`jiff`]), so that no machine lacks them.

use std::sync::LazyLock;

use jiff::civil::{self, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};
use porchlight_protocol::Millis;
use porchlight_protocol::hours::{Away, Date, Day, Hours, HoursError, Time};

/// Days for which clients are told when the site is away. A page that stays open for longer is told anew with its next
/// connection.
const AHEAD_DAYS: i64 = 15;

/// Days by which the time that a site is away in may have begun; if it has before, its beginning is 0.
const BEHIND_DAYS: i64 = 15;

/// Times away that clients are told of: as many days of a site that opens twice on each.
const AWAY_MAX: usize = 32;

/// Checks the hours, and that their time zone is known.
pub(crate) fn known(hours: Hours) -> Result<Hours, HoursError> {
    let hours = hours.checked()?;
    zone(&hours.zone).map(|_| hours).ok_or(HoursError::Zone)
}

/// The time zones. It keeps those that were asked for: each welcome asks for its site's.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

fn zone(name: &str) -> Option<TimeZone> {
    ZONES.get(name).ok()
}

/// When a site with these hours is away, whether they are in force or not: the time that `now` is in, if it is one, and
/// those of the next two weeks, in order. None if the time zone is not known: another version may have known it.
pub fn away(hours: &Hours, now: Millis) -> Vec<Away> {
    let (Some(zone), Ok(instant)) = (zone(&hours.zone), Timestamp::from_millisecond(now)) else {
        return Vec::new();
    };
    let today = zone.to_datetime(instant).date();
    // From some days ago, so that the time that `now` is in has a beginning.
    let days = (-BEHIND_DAYS..=AHEAD_DAYS).filter_map(|day| today.checked_add(day.days()).ok());
    let mut away = Vec::new();
    let mut from = 0;
    for (opens, closes) in days.flat_map(|day| open_on(hours, day, &zone)) {
        if from < opens && now < opens {
            away.push(Away { from, until: Some(opens) });
        }
        from = closes;
    }
    away.push(Away { from, until: None });
    away.truncate(AWAY_MAX);
    away
}

/// When a site is open on a day: the beginnings and ends, in order.
fn open_on(hours: &Hours, day: civil::Date, zone: &TimeZone) -> Vec<(Millis, Millis)> {
    if hours.closed_on.iter().any(|closed| is(day, *closed)) {
        return Vec::new();
    }
    let of_day = hours.week.iter().filter(|span| weekday(span.day) == day.weekday());
    of_day
        .filter_map(|span| Some((at(day, span.opens, zone)?, at(day, span.closes, zone)?)))
        .collect()
}

/// The instant of a time on a day. Where the clock is put forward over it, it is as much later; where it comes twice,
/// because the clock is put back, it is the first of them.
fn at(day: civil::Date, time: Time, zone: &TimeZone) -> Option<Millis> {
    let midnight = day.to_datetime(civil::Time::midnight());
    let time = midnight.checked_add(i64::from(time.minutes()).minutes()).ok()?;
    Some(zone.to_timestamp(time).ok()?.as_millisecond())
}

fn is(day: civil::Date, date: Date) -> bool {
    let Date { year, month, day: of_month } = date;
    (i32::from(day.year()), i32::from(day.month()), i32::from(day.day()))
        == (i32::from(year), i32::from(month), i32::from(of_month))
}

fn weekday(day: Day) -> Weekday {
    match day {
        Day::Mon => Weekday::Monday,
        Day::Tue => Weekday::Tuesday,
        Day::Wed => Weekday::Wednesday,
        Day::Thu => Weekday::Thursday,
        Day::Fri => Weekday::Friday,
        Day::Sat => Weekday::Saturday,
        Day::Sun => Weekday::Sunday,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(zone: &str, week: &[(Day, &str, &str)], closed_on: &[&str]) -> Hours {
        let span = |&(day, opens, closes): &(Day, &str, &str)| porchlight_protocol::hours::Span {
            day,
            opens: opens.parse().unwrap(),
            closes: closes.parse().unwrap(),
        };
        let week = week.iter().map(span).collect();
        let closed_on = closed_on.iter().map(|date| date.parse().unwrap()).collect();
        known(Hours { on: true, zone: zone.to_owned(), week, closed_on }).unwrap()
    }

    fn ms(instant: &str) -> Millis {
        instant.parse::<Timestamp>().unwrap().as_millisecond()
    }

    /// The first times away at an instant, as text.
    fn told(hours: &Hours, now: &str) -> Vec<String> {
        let text = |at: Millis| Timestamp::from_millisecond(at).unwrap().to_string();
        let line = |away: &Away| {
            let until = away.until.map_or("…".to_owned(), text);
            format!("{} to {until}", text(away.from))
        };
        away(hours, ms(now)).iter().take(3).map(line).collect()
    }

    /// Monday to Friday, with a break at noon on Friday.
    fn berlin(closed_on: &[&str]) -> Hours {
        let mut week: Vec<_> =
            [Day::Mon, Day::Tue, Day::Wed, Day::Thu].map(|day| (day, "09:00", "17:30")).into();
        week.extend([(Day::Fri, "13:00", "15:00"), (Day::Fri, "09:00", "12:00")]);
        hours("Europe/Berlin", &week, closed_on)
    }

    #[test]
    fn a_site_is_away_at_night_at_noon_and_at_the_weekend() {
        // A Thursday, while it is open: the night is the first.
        let open = told(&berlin(&[]), "2026-11-26T10:00:00Z");
        assert_eq!(open[0], "2026-11-26T16:30:00Z to 2026-11-27T08:00:00Z");
        assert_eq!(open[1], "2026-11-27T11:00:00Z to 2026-11-27T12:00:00Z");
        assert_eq!(open[2], "2026-11-27T14:00:00Z to 2026-11-30T08:00:00Z");
        // At the weekend it is away already; at the minute of opening no more.
        let closed = told(&berlin(&[]), "2026-11-29T10:00:00Z");
        assert_eq!(closed[0], "2026-11-27T14:00:00Z to 2026-11-30T08:00:00Z");
        let opening = told(&berlin(&[]), "2026-11-30T08:00:00Z");
        assert_eq!(opening[0], "2026-11-30T16:30:00Z to 2026-12-01T08:00:00Z");
    }

    #[test]
    fn a_holiday_is_a_day_without_hours() {
        let away = told(&berlin(&["2026-12-25"]), "2026-12-25T10:00:00Z");
        assert_eq!(away[0], "2026-12-24T16:30:00Z to 2026-12-28T08:00:00Z");
    }

    #[test]
    fn hours_follow_the_clock_when_it_is_put_forward_and_back() {
        let sundays = hours("Europe/Berlin", &[(Day::Sun, "02:30", "12:00")], &[]);
        // 2:30 does not exist on 29 March 2026, and comes twice on 25 October.
        let forward = told(&sundays, "2026-03-28T12:00:00Z");
        assert!(forward[0].ends_with("to 2026-03-29T01:30:00Z"), "{forward:?}");
        let back = told(&sundays, "2026-10-24T12:00:00Z");
        assert!(back[0].ends_with("to 2026-10-25T00:30:00Z"), "{back:?}");
    }

    #[test]
    fn who_is_open_over_midnight_is_not_away_there() {
        let night = [(Day::Fri, "20:00", "24:00"), (Day::Sat, "00:00", "04:00")];
        let away = told(&hours("America/New_York", &night, &[]), "2026-11-28T03:00:00Z");
        assert_eq!(away[0], "2026-11-28T09:00:00Z to 2026-12-05T01:00:00Z");
    }

    #[test]
    fn who_never_opens_is_away_without_an_end() {
        let never = hours("UTC", &[], &[]);
        assert_eq!(away(&never, 1_000), [Away { from: 0, until: None }]);
    }

    #[test]
    fn an_unknown_zone_is_refused() {
        for zone in ["Berlin", "Mars/Olympus", "../etc/passwd", "Europe/Berlin "] {
            let hours = Hours { zone: zone.to_owned(), ..Hours::default() };
            assert_eq!(known(hours), Err(HoursError::Zone), "{zone}");
        }
    }

    #[test]
    fn no_list_is_longer_than_clients_are_told() {
        let full: Vec<_> = Day::ALL
            .into_iter()
            .flat_map(|day| {
                [(day, "01:00", "02:00"), (day, "03:00", "04:00"), (day, "05:00", "06:00")]
            })
            .collect();
        assert_eq!(
            away(&hours("Asia/Tokyo", &full, &[]), ms("2026-11-28T03:00:00Z")).len(),
            AWAY_MAX
        );
    }
}
