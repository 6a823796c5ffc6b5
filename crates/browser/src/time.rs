//! Time: the clock, and how people write it, by the browser's own knowledge of languages.

use std::cell::Cell;

use js_sys::{Date, Object, Reflect};
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

/// Now, by the server's clock: it is the one that wrote down when things happened. This machine's may
/// be hours wrong.
pub fn now() -> Millis {
    local().saturating_add(AHEAD_MS.get())
}

/// From here on [`now`] is what the machine knows of the server's clock.
pub fn follow(machine: &Machine) {
    let local = local();
    AHEAD_MS.set(machine.server_now(local).saturating_sub(local));
}

fn date(at: Millis) -> Date {
    Date::new(&(at as f64).into())
}

/// The instant in the form of HTML's `datetime`.
pub fn datetime(at: Millis) -> String {
    date(at).to_iso_string().into()
}

/// The day in this machine's time zone; equal for two instants of the same day and no others.
pub fn day(at: Millis) -> i64 {
    let offset_ms = date(at).get_timezone_offset() as i64 * 60_000;
    (at - offset_ms).div_euclid(86_400_000)
}

fn written(at: Millis, locale: &str, options: &[(&str, &str)]) -> String {
    let parts = Object::new();
    for (name, value) in options {
        let _ = Reflect::set(&parts, &(*name).into(), &(*value).into());
    }
    date(at).to_locale_string(locale, &parts).into()
}

/// The time of the day as the language writes it: `17:58`, `5:58 PM`.
pub fn clock(at: Millis, locale: &str) -> String {
    written(at, locale, &[("timeStyle", "short")])
}

/// The day as a heading: `Today`, `Yesterday`, `Thursday 20 November`.
pub fn day_name(at: Millis, now: Millis, locale: &str) -> String {
    match day(now) - day(at) {
        0 => "Today".to_owned(),
        1 => "Yesterday".to_owned(),
        2..=300 => {
            written(at, locale, &[("weekday", "long"), ("day", "numeric"), ("month", "long")])
        }
        _ => written(at, locale, &[("day", "numeric"), ("month", "long"), ("year", "numeric")]),
    }
}

/// The time as a list shows it: `now`, `5 min`, `3 h`, `Tue`, `3 Nov`.
pub fn short(at: Millis, now: Millis, locale: &str) -> String {
    let minutes = (now - at).max(0) / 60_000;
    match (minutes, day(now) - day(at)) {
        (0, _) => "now".to_owned(),
        (1..=59, _) => [&minutes.to_string(), " min"].concat(),
        (60..=719, _) | (_, 0) => [&(minutes / 60).to_string(), " h"].concat(),
        (_, 1..=6) => written(at, locale, &[("weekday", "short")]),
        (_, 7..=300) => written(at, locale, &[("day", "numeric"), ("month", "short")]),
        _ => written(at, locale, &[("year", "numeric"), ("month", "short")]),
    }
}
