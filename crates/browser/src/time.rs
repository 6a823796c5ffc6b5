//! The clock: now, and the day of an instant. [`crate::dates`] writes them.

use std::cell::Cell;

use js_sys::Date;
use porchlight_client::Machine;
use porchlight_protocol::Millis;

thread_local! {
    /// Milliseconds by which the server's clock is ahead of this machine's, as far as it is known.
    static AHEAD_MS: Cell<Millis> = const { Cell::new(0) };
}

/// Now, by this machine's clock.
pub fn local() -> Millis {
    // 2^53 milliseconds are enough for 285,000 years.
    Date::now() as Millis
}

/// Now, by the server's clock, which dates the events. This machine's may be hours wrong.
pub fn now() -> Millis {
    local().saturating_add(AHEAD_MS.get())
}

/// Sets [`now`] by what the machine knows of the server's clock.
pub fn follow(machine: &Machine) {
    let local = local();
    AHEAD_MS.set(machine.server_now(local).saturating_sub(local));
}

pub(crate) fn date(at: Millis) -> Date {
    Date::new(&(at as f64).into())
}

/// The next time that it is this full hour, 0 to 23, in this machine's time zone.
pub fn next_hour(hour: u32, now: Millis) -> Millis {
    let next = date(now);
    let then = |next: &Date| {
        next.set_hours(hour);
        next.set_minutes(0);
        next.set_seconds(0);
        next.set_milliseconds(0);
        next.get_time() as Millis
    };
    match then(&next) {
        at if at > now => at,
        _ => {
            // By the calendar, because a day may have 23 or 25 hours.
            next.set_date(next.get_date() + 1);
            then(&next)
        }
    }
}

/// The day in this machine's time zone; equal for two instants of the same day and no others.
pub fn day(at: Millis) -> i64 {
    let offset_ms = date(at).get_timezone_offset() as i64 * 60_000;
    (at - offset_ms).div_euclid(86_400_000)
}
