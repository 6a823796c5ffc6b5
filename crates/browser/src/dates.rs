//! Instants and numbers as people write them, by the browser's own knowledge of languages.

use js_sys::Intl::{DateTimeFormat, NumberFormat, RelativeTimeFormat};
use js_sys::{Array, Function, Number, Object};
use porchlight_protocol::Millis;
use porchlight_protocol::language::nearness;
use wasm_bindgen::{JsCast, JsValue};

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

/// The name of a day of the week, of which 0 is Monday.
pub fn weekday(day: i64, locale: &str) -> String {
    // 5 January 1970 was one.
    let noon = (4 + day) * 86_400_000 + 43_200_000;
    written(noon, locale, &[("weekday", "long"), ("timeZone", "UTC")])
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

/// This machine's time zone, by its IANA name.
pub fn zone() -> String {
    let format = DateTimeFormat::new(&Array::new(), &Object::new());
    js::text(&format.resolved_options(), "timeZone").unwrap_or_else(|| "UTC".to_owned())
}

/// The time zones that the browser knows, by their IANA names in alphabetical order; none in a browser that does not
/// say.
pub fn zones() -> Vec<String> {
    let intl = js::get(&js_sys::global(), "Intl");
    let ask = js::get(&intl, "supportedValuesOf").dyn_into::<Function>().ok();
    let all = ask.and_then(|ask| ask.call1(&intl, &"timeZone".into()).ok());
    let all = all.map(|all| Array::from(&all).iter().filter_map(|zone| zone.as_string()).collect());
    all.unwrap_or_default()
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
