//! The days of instants, and timers.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen_test::wasm_bindgen_test;

use super::{run, sleep};
use crate::Timeout;
use crate::time::{day, next_hour};

/// An instant in this machine's time zone.
fn local(year: i32, month: i32, date: i32, hour: i32, minute: i32) -> i64 {
    let parts = [year, month - 1, date, hour, minute].map(|part| part.into());
    run("return new Date(...arguments).getTime()", &parts).as_f64().unwrap() as i64
}

#[wasm_bindgen_test]
fn a_day_ends_at_midnight_where_one_is() {
    // Around both nights on which clocks are changed somewhere, too.
    for (month, date) in [(1, 1), (3, 29), (6, 30), (10, 25), (11, 1), (12, 31)] {
        let (begin, end) = (local(2026, month, date, 0, 0), local(2026, month, date, 23, 59));
        let next = local(2026, month, date + 1, 0, 0);
        assert_eq!(day(begin), day(end), "{month}-{date}");
        assert_eq!(day(end) + 1, day(next), "{month}-{date}");
        assert_eq!(day(begin - 1) + 1, day(begin), "{month}-{date}");
    }
}

#[wasm_bindgen_test]
fn the_next_morning_is_today_until_it_is_there() {
    // Around both nights on which clocks are changed somewhere, too.
    for (month, date) in [(1, 1), (3, 28), (6, 30), (10, 24), (10, 31), (12, 31)] {
        let (early, morning) = (local(2026, month, date, 7, 59), local(2026, month, date, 8, 0));
        assert_eq!(next_hour(8, early), morning, "{month}-{date}");
        let next = local(2026, month, date + 1, 8, 0);
        assert_eq!(next_hour(8, morning), next, "{month}-{date}");
        assert_eq!(next_hour(8, next - 1), next, "{month}-{date}");
    }
}

#[wasm_bindgen_test]
fn days_before_1970_are_days() {
    assert_eq!(day(local(1969, 12, 30, 12, 0)) + 1, day(local(1969, 12, 31, 12, 0)));
}

#[wasm_bindgen_test]
async fn a_timer_runs_once_unless_it_is_dropped() {
    let runs = Rc::new(Cell::new(0));
    let count = |by| {
        let runs = runs.clone();
        move || runs.set(runs.get() + by)
    };
    let kept = Timeout::after(1, count(1));
    drop(Timeout::after(1, count(100)));
    let late = Timeout::after(u64::MAX, count(1_000));
    sleep(50).await;
    assert_eq!(runs.get(), 1, "one was dropped; one is not due in this life");
    drop((kept, late));
    sleep(20).await;
    assert_eq!(runs.get(), 1);
}
