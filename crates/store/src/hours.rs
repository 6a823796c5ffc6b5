//! The opening hours of a site on the clock: the instants at which it is away. The time zones come with the program
//! ([`jiff`]), so that no machine lacks them.

use std::sync::LazyLock;

use jiff::civil::{self, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};
use porchlight_protocol::Millis;
use porchlight_protocol::call_back::{CallBack, Offer, OpenDay, offers};
use porchlight_protocol::hours::{Away, Date, Day, Hours, HoursError, Span, Time};

/// Days for which clients are told when the site is away. A page that stays open for longer is told anew with its next
/// connection.
const AHEAD_DAYS: i64 = 15;

/// Days by which the time that a site is away in may have begun; if it has before, its beginning is 0.
const BEHIND_DAYS: i64 = 15;

/// Days of which times are offered for a call, with today: of a later one, the name of its weekday would not say which it is. A
/// site that is closed for longer offers none.
const CALL_DAYS: u16 = 7;

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

/// The times at which a site with these hours offers to call somebody back, and when they are. None if the time zone is not
/// known, or nobody opens within a week.
pub(crate) fn call_times(hours: &Hours, now: Millis) -> Vec<(Offer, CallBack)> {
    let (Some(zone), Ok(instant)) = (zone(&hours.zone), Timestamp::from_millisecond(now)) else {
        return Vec::new();
    };
    let here = zone.to_datetime(instant);
    let day_of = |ahead: u16| here.date().checked_add(i64::from(ahead).days()).ok();
    let open_day = |ahead: u16| {
        let date = day_of(ahead)?;
        let spans = spans_on(hours, date);
        let day = spans.first()?.day;
        Some(OpenDay { ahead, day, spans: spans.iter().map(|it| (it.opens, it.closes)).collect() })
    };
    let days: Vec<OpenDay> = (0..CALL_DAYS).filter_map(open_day).collect();
    let minutes = i32::from(here.hour()) * 60 + i32::from(here.minute());
    let time = u16::try_from(minutes).ok().and_then(Time::of_minutes).unwrap_or_default();
    let timed = |offer: Offer| {
        let date = day_of(offer.ahead)?;
        let (from, until) = (at(date, offer.from, &zone)?, at(date, offer.until, &zone)?);
        let times = CallBack { from, until };
        // Where the clock is put forward, nothing may be left of it.
        times.is_some_time().then_some((offer, times))
    };
    offers(&days, time).into_iter().filter_map(timed).collect()
}

/// When a site is open on a day: the beginnings and ends, in order.
fn open_on(hours: &Hours, day: civil::Date, zone: &TimeZone) -> Vec<(Millis, Millis)> {
    spans_on(hours, day)
        .into_iter()
        .filter_map(|span| Some((at(day, span.opens, zone)?, at(day, span.closes, zone)?)))
        .collect()
}

/// When a site is open on a day, in its time zone.
fn spans_on(hours: &Hours, day: civil::Date) -> Vec<Span> {
    if hours.closed_on.iter().any(|closed| is(day, *closed)) {
        return Vec::new();
    }
    hours.week.iter().filter(|span| weekday(span.day) == day.weekday()).copied().collect()
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
        let span = |&(day, opens, closes): &(Day, &str, &str)| Span {
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

    /// The times that are offered at an instant, as text, in UTC.
    fn offered(hours: &Hours, now: &str) -> Vec<String> {
        let text = |at: Millis| Timestamp::from_millisecond(at).unwrap().to_string();
        let line = |(offer, at): (Offer, CallBack)| {
            format!("+{} {}: {} to {}", offer.ahead, offer.from, text(at.from), text(at.until))
        };
        call_times(hours, ms(now)).into_iter().map(line).collect()
    }

    #[test]
    fn calls_are_offered_in_the_time_zone_of_the_hours() {
        // A Thursday evening in Berlin; Friday is a short day.
        let evening = offered(&berlin(&[]), "2026-11-26T19:00:00Z");
        assert_eq!(evening[0], "+1 09:00: 2026-11-27T08:00:00Z to 2026-11-27T11:00:00Z");
        assert_eq!(evening[2], "+4 09:00: 2026-11-30T08:00:00Z to 2026-11-30T12:00:00Z");
        // It is Friday there already.
        let tokyo = hours("Asia/Tokyo", &[(Day::Fri, "10:00", "12:00")], &[]);
        let early = offered(&tokyo, "2026-11-26T22:00:00Z");
        assert_eq!(early[0], "+0 10:00: 2026-11-27T01:00:00Z to 2026-11-27T03:00:00Z");
        // Next week's Friday is not offered, too: it has the same name.
        assert_eq!(early.len(), 1, "{early:?}");
        let holiday = offered(&berlin(&["2026-11-27"]), "2026-11-26T19:00:00Z");
        assert!(holiday[0].starts_with("+4 "), "{holiday:?}");
    }

    #[test]
    fn calls_follow_the_clock_and_none_is_offered_where_nobody_opens() {
        let sundays = hours(
            "Europe/Berlin",
            &[(Day::Sun, "02:00", "03:00"), (Day::Sun, "09:00", "11:00")],
            &[],
        );
        let forward = offered(&sundays, "2026-03-28T12:00:00Z");
        // The hour from 2 to 3 does not exist.
        assert_eq!(forward[0], "+1 09:00: 2026-03-29T07:00:00Z to 2026-03-29T09:00:00Z");
        let back = offered(&sundays, "2026-10-24T12:00:00Z");
        assert_eq!(back[0], "+1 02:00: 2026-10-25T00:00:00Z to 2026-10-25T02:00:00Z");
        assert_eq!(offered(&hours("UTC", &[], &[]), "2026-11-26T19:00:00Z"), [""; 0]);
        let unknown = Hours { zone: "Mars/Olympus".to_owned(), ..sundays };
        assert_eq!(offered(&unknown, "2026-11-26T19:00:00Z"), [""; 0]);
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
