//! Call-backs: at which times of its opening hours a site offers to call a visitor back, and what a visitor has chosen.

use serde::Serialize;

use crate::hours::{Day, Time};
use crate::{Millis, from_json};

/// Times that are offered: as many as fit on a phone beside *No, thanks*.
pub const OFFERED_MAX: usize = 4;

/// Days with opening hours of which times are offered.
const OFFERED_DAYS_MAX: usize = 2;

/// Minutes before a call at least: a team has to see the wish.
const NOTICE_MIN: u16 = 30;

/// Minutes of the shortest time that is left of a day that has begun.
const SHORTEST_MIN: u16 = 30;

/// Minutes from which on a time is offered in two halves.
const LONG_MIN: u16 = 5 * 60;

const HOUR_MIN: u16 = 60;

/// When a visitor wishes to be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallBack {
    /// From when on.
    pub from: Millis,
    /// Until when.
    pub until: Millis,
}

impl CallBack {
    /// True if it ends after it begins.
    pub fn is_some_time(self) -> bool {
        0 < self.from && self.from < self.until
    }
}

/// A day on which a site is open, in its time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenDay {
    /// Days from today: 0 is today.
    pub ahead: u16,
    /// The day of the week.
    pub day: Day,
    /// From when until when it is open, in order.
    pub spans: Vec<(Time, Time)>,
}

/// A time that is offered, in the site's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Days from today: 0 is today.
    pub ahead: u16,
    /// The day of the week.
    pub day: Day,
    /// From when on.
    pub from: Time,
    /// Until when.
    pub until: Time,
}

/// The times that a site offers which is open on these days, at this time of today. A long time is offered in two halves; of
/// today what is left after the next half hour or more.
pub fn offers(days: &[OpenDay], now: Time) -> Vec<Offer> {
    let mut offers = Vec::new();
    let mut offered_days = 0;
    for open in days {
        let offer = |(from, until)| Offer { ahead: open.ahead, day: open.day, from, until };
        let left = |&(from, until): &(Time, Time)| match open.ahead {
            0 => left_of(from, until, now),
            _ => Some((from, until)),
        };
        let times = open.spans.iter().filter_map(left).flat_map(halves);
        let before = offers.len();
        offers.extend(times.map(offer));
        offered_days += usize::from(offers.len() > before);
        if offered_days == OFFERED_DAYS_MAX {
            break;
        }
    }
    offers.truncate(OFFERED_MAX);
    offers
}

/// What is left of a time of today, from a full or half hour on.
fn left_of(from: Time, until: Time, now: Time) -> Option<(Time, Time)> {
    let soonest = (now.minutes() + NOTICE_MIN).next_multiple_of(HOUR_MIN / 2);
    let from = from.minutes().max(soonest);
    let lasts = until.minutes().checked_sub(from)?;
    (lasts >= SHORTEST_MIN).then_some((Time::of_minutes(from)?, until))
}

/// A time in two halves if it is long, which meet at a full hour.
fn halves((from, until): (Time, Time)) -> Vec<(Time, Time)> {
    let (begins, lasts) = (from.minutes(), until.minutes().saturating_sub(from.minutes()));
    let middle = (begins + lasts / 2) / HOUR_MIN * HOUR_MIN;
    match Time::of_minutes(middle).filter(|_| lasts >= LONG_MIN) {
        Some(middle) => vec![(from, middle), (middle, until)],
        None => vec![(from, until)],
    }
}

from_json!(struct CallBack { from, until });

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        text.parse().unwrap()
    }

    fn day(ahead: u16, day: Day, spans: &[(&str, &str)]) -> OpenDay {
        let spans = spans.iter().map(|(from, until)| (time(from), time(until))).collect();
        OpenDay { ahead, day, spans }
    }

    fn offered(days: &[OpenDay], now: &str) -> Vec<String> {
        let text = |it: Offer| format!("{} {} {}-{}", it.ahead, it.day.name(), it.from, it.until);
        offers(days, time(now)).into_iter().map(text).collect()
    }

    #[test]
    fn a_long_day_is_offered_in_halves_and_two_days_are_enough() {
        let week: Vec<OpenDay> = (1..)
            .zip([Day::Mon, Day::Tue, Day::Wed])
            .map(|(ahead, it)| day(ahead, it, &[("09:00", "17:30")]))
            .collect();
        assert_eq!(
            offered(&week, "21:00"),
            ["1 mon 09:00-13:00", "1 mon 13:00-17:30", "2 tue 09:00-13:00", "2 tue 13:00-17:30"]
        );
        let short = [day(1, Day::Fri, &[("09:00", "12:00"), ("13:00", "15:00")])];
        assert_eq!(offered(&short, "21:00"), ["1 fri 09:00-12:00", "1 fri 13:00-15:00"]);
    }

    #[test]
    fn of_today_is_offered_what_a_team_can_make() {
        let today =
            |now| offered(&[day(0, Day::Thu, &[("09:00", "12:00"), ("13:00", "17:00")])], now);
        assert_eq!(today("07:10"), ["0 thu 09:00-12:00", "0 thu 13:00-17:00"]);
        assert_eq!(today("10:10"), ["0 thu 11:00-12:00", "0 thu 13:00-17:00"]);
        assert_eq!(today("11:29"), ["0 thu 13:00-17:00"]);
        assert_eq!(today("16:00"), ["0 thu 16:30-17:00"]);
        for late in ["16:01", "17:00", "23:59", "24:00"] {
            assert_eq!(today(late), [""; 0], "{late}");
        }
        // A day of which nothing is left is none of those that are offered.
        let days = [
            day(0, Day::Thu, &[("09:00", "17:00")]),
            day(1, Day::Fri, &[("09:00", "12:00")]),
            day(4, Day::Mon, &[("09:00", "12:00")]),
        ];
        assert_eq!(offered(&days, "18:00"), ["1 fri 09:00-12:00", "4 mon 09:00-12:00"]);
    }

    #[test]
    fn there_are_never_more_than_fit_and_none_where_nobody_opens() {
        let spans: Vec<(Time, Time)> = [("01:00", "02:00"), ("03:00", "04:00"), ("05:00", "06:00")]
            .map(|(from, until)| (time(from), time(until)))
            .to_vec();
        let busy: Vec<OpenDay> =
            (0..3).map(|ahead| OpenDay { ahead, day: Day::Sun, spans: spans.clone() }).collect();
        assert_eq!(offers(&busy, time("00:00")).len(), OFFERED_MAX);
        assert_eq!(offers(&[], time("00:00")), []);
        let always = [day(1, Day::Sun, &[("00:00", "24:00")])];
        assert_eq!(offered(&always, "12:00"), ["1 sun 00:00-12:00", "1 sun 12:00-24:00"]);
    }
}
