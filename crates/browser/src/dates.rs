//! Instants and numbers as people write them, by the browser's own knowledge of languages.

use js_sys::Intl::{NumberFormat, RelativeTimeFormat};
use js_sys::{Array, Number, Object};
use porchlight_protocol::Millis;
use porchlight_protocol::language::nearness;
use wasm_bindgen::JsValue;

use crate::js;
use crate::time::{date, day};

/// The locale of dates and numbers for somebody who wants `wanted` and reads words in `language`: dates of a region,
/// as `en-GB`, are welcome, but not dates in another language than the words around them.
pub fn locale<'a>(wanted: &'a str, language: &'a str) -> &'a str {
    if nearness(wanted, language) > 0 { wanted } else { language }
}

/// The instant in the form of HTML's `datetime`.
pub fn datetime(at: Millis) -> String {
    date(at).to_iso_string().into()
}

fn options(options: &[(&str, &str)]) -> Object {
    let object = Object::new();
    for (name, value) in options {
        js::set(&object, name, &(*value).into());
    }
    object
}

fn written(at: Millis, locale: &str, parts: &[(&str, &str)]) -> String {
    date(at).to_locale_string(locale, &options(parts)).into()
}

/// The distance from now in this unit, as the language says it: `yesterday`, `5m ago`, `in 2 hours`. `style` is
/// `long`, `short` or `narrow`.
pub fn relative(distance: i64, unit: &str, style: &str, locale: &str) -> String {
    let options = options(&[("numeric", "auto"), ("style", style)]);
    let format = RelativeTimeFormat::new(&Array::of1(&locale.into()), &options);
    format.format(distance as f64, unit).into()
}

/// A number in the language's digits and groups: `1,200`.
pub fn number(number: u32, locale: &str) -> String {
    Number::from(number).to_locale_string(locale).into()
}

/// A length of time in this unit: `15 minutes` if `style` is `long`, `15 min` if it is `short`.
pub fn length(number: u32, unit: &str, style: &str, locale: &str) -> String {
    let options = options(&[("style", "unit"), ("unit", unit), ("unitDisplay", style)]);
    let format = NumberFormat::new(&Array::of1(&locale.into()), &options).format();
    let written = format.call1(&JsValue::UNDEFINED, &number.into());
    written.ok().and_then(|it| it.as_string()).unwrap_or_default()
}

/// The time of the day as the language writes it: `17:58`, `5:58 PM`.
pub fn clock(at: Millis, locale: &str) -> String {
    written(at, locale, &[("timeStyle", "short")])
}

/// An instant to come: `17:58` on the same day, `Monday 09:00` within the week, else with day and month.
pub fn to_come(at: Millis, now: Millis, locale: &str) -> String {
    let (weekday, hour, minute) = (("weekday", "long"), ("hour", "numeric"), ("minute", "2-digit"));
    match day(at) - day(now) {
        ..=0 => clock(at, locale),
        1..=6 => written(at, locale, &[weekday, hour, minute]),
        _ => {
            let (day, month) = (("day", "numeric"), ("month", "long"));
            written(at, locale, &[weekday, day, month, hour, minute])
        }
    }
}

/// The day: `today`, `yesterday`, `Thursday 20 November`. As a heading, its first letter is for the style sheet
/// to raise.
pub fn day_name(at: Millis, now: Millis, locale: &str) -> String {
    match day(now) - day(at) {
        days @ 0..=1 => relative(-days, "day", "long", locale),
        2..=300 => {
            written(at, locale, &[("weekday", "long"), ("day", "numeric"), ("month", "long")])
        }
        _ => written(at, locale, &[("day", "numeric"), ("month", "long"), ("year", "numeric")]),
    }
}

/// The age of an instant, in the unit in which it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Less than a minute.
    Now,
    /// Minutes, 1 to 59.
    Minutes(i64),
    /// Hours, of the same day or less than 12.
    Hours(i64),
    /// Calendar days, at least 1.
    Days(i64),
}

/// The age of an instant. What seems to be yet to come is [`Age::Now`].
pub fn age(at: Millis, now: Millis) -> Age {
    let minutes = (now - at).max(0) / 60_000;
    match (minutes, day(now) - day(at)) {
        (0, _) => Age::Now,
        (1..=59, _) => Age::Minutes(minutes),
        (60..=719, _) | (_, 0) => Age::Hours(minutes / 60),
        (_, days) => Age::Days(days),
    }
}

/// The time as a list shows it: `now`, `5m ago`, `3h ago`, `Tue`, `3 Nov`.
pub fn short(at: Millis, now: Millis, locale: &str) -> String {
    match age(at, now) {
        Age::Now => relative(0, "second", "narrow", locale),
        Age::Minutes(minutes) => relative(-minutes, "minute", "narrow", locale),
        Age::Hours(hours) => relative(-hours, "hour", "narrow", locale),
        Age::Days(1..=6) => written(at, locale, &[("weekday", "short")]),
        Age::Days(7..=300) => written(at, locale, &[("day", "numeric"), ("month", "short")]),
        Age::Days(_) => written(at, locale, &[("year", "numeric"), ("month", "short")]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_in_the_language_of_the_words() {
        assert_eq!(locale("en-GB", "en"), "en-GB");
        assert_eq!(locale("de-AT", "de"), "de-AT");
        assert_eq!(locale("eu", "en"), "en");
        assert_eq!(locale("", "de"), "de");
    }
}
