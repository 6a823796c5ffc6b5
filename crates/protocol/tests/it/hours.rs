//! Opening hours: what is taken for a time, a date and hours, and which time away it is.

use porchlight_protocol::hours::{Away, Date, Day, Hours, HoursError, Span, Time};

fn span(day: Day, opens: &str, closes: &str) -> Span {
    Span { day, opens: opens.parse().unwrap(), closes: closes.parse().unwrap() }
}

fn hours(week: Vec<Span>) -> Hours {
    Hours { on: true, zone: "UTC".to_owned(), week, closed_on: Vec::new() }
}

#[test]
fn a_time_is_written_as_it_is_read() {
    for text in ["00:00", "09:05", "23:59", "24:00"] {
        assert_eq!(text.parse::<Time>().unwrap().to_string(), text);
    }
    for text in ["", "9:00", "09:60", "24:01", "25:00", "09-00", "+9:00", "09:00:00", "٠٩:٠٠"] {
        assert!(text.parse::<Time>().is_err(), "{text}");
    }
}

#[test]
fn a_date_is_one_of_the_calendar() {
    for text in ["2000-02-29", "2026-12-31", "2028-02-29", "2999-01-01"] {
        assert_eq!(text.parse::<Date>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "1999-12-31",
        "2026-02-29",
        "2100-02-29",
        "2026-04-31",
        "2026-13-01",
        "2026-00-10",
        "2026-1-1",
    ] {
        assert!(text.parse::<Date>().is_err(), "{text}");
    }
}

#[test]
fn hours_come_in_order_and_each_holiday_once() {
    let (friday, monday) = (span(Day::Fri, "09:00", "12:00"), span(Day::Mon, "09:00", "24:00"));
    let date = |text: &str| text.parse::<Date>().unwrap();
    let closed_on = ["2026-12-26", "2026-12-25", "2026-12-26"].map(date).to_vec();
    let checked = Hours { closed_on, ..hours(vec![friday, monday]) }.checked().unwrap();
    assert_eq!(checked.week, [monday, friday]);
    assert_eq!(checked.closed_on, [date("2026-12-25"), date("2026-12-26")]);
    assert_eq!(checked.clone().checked(), Ok(checked));
}

#[test]
fn spans_follow_each_other() {
    let morning = span(Day::Mon, "08:00", "12:00");
    let afternoon = span(Day::Mon, "12:00", "18:00");
    assert!(hours(vec![afternoon, morning, span(Day::Tue, "00:00", "24:00")]).checked().is_ok());
    for wrong in [
        span(Day::Mon, "11:59", "13:00"),
        span(Day::Mon, "08:00", "12:00"),
        span(Day::Tue, "10:00", "10:00"),
        span(Day::Tue, "10:00", "09:00"),
    ] {
        assert_eq!(hours(vec![morning, wrong]).checked(), Err(HoursError::Span(wrong)));
    }
    let five: Vec<Span> =
        (0..5).map(|h| span(Day::Sun, &format!("0{h}:00"), &format!("0{h}:30"))).collect();
    assert!(hours(five[..4].to_vec()).checked().is_ok());
    assert_eq!(hours(five.clone()).checked(), Err(HoursError::Span(five[4])));
}

#[test]
fn it_is_away_from_the_first_instant_to_the_one_before_the_last() {
    let all = [Away { from: 10, until: Some(20) }, Away { from: 30, until: None }];
    let at = |now| Away::at(&all, now).map(|away| away.from);
    assert_eq!(
        [9, 10, 19, 20, 29, 30, i64::MAX].map(at),
        [None, Some(10), Some(10), None, None, Some(30), Some(30)]
    );
    assert_eq!(Away::at(&[], 10), None);
}
