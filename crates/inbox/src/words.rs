//! The words that agents read: [`Word`], [`Pattern`] and [`Count`] are positions in the table that the server has
//! written into the document, in the agent's language. Numbers and times are written in that language, too.

#[cfg(not(test))]
mod source;
// Tests run without a browser, on the words themselves.
#[cfg(test)]
#[path = "words/in_tests.rs"]
mod source;

use porchlight_browser::words::filled;
pub use source::{is_rtl, locale};

include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// A text.
pub fn say(word: Word) -> String {
    source::say(word as u32)
}

/// A text with values in its places.
pub fn fill(pattern: Pattern, values: &[&str]) -> String {
    source::fill(pattern as u32, values)
}

/// The plural form for a number, with the number in its place.
pub fn count(counted: Count, number: impl TryInto<u32>) -> String {
    count_with(counted, number, &[])
}

/// The plural form for a number, with the number and more values in its places.
pub fn count_with(counted: Count, number: impl TryInto<u32>, more: &[&str]) -> String {
    let number = small(number);
    let form = source::form(counted as u32, number);
    let number = source::number(number, &locale());
    filled(&form, &[&[number.as_str()], more].concat())
}

/// A number in the language's digits and groups.
pub fn number(number: impl TryInto<u32>) -> String {
    source::number(small(number), &locale())
}

/// What is counted here is never as much.
fn small(number: impl TryInto<u32>) -> u32 {
    number.try_into().unwrap_or(u32::MAX)
}

/// A length of time in a unit of `Intl`, such as `minute`: `15 minutes`, or if it is `short`, `15 min`.
pub fn length(number: impl TryInto<u32>, unit: &str, short: bool) -> String {
    let style = if short { "short" } else { "long" };
    source::length(small(number), unit, style, &locale())
}

/// So long from now, in a unit of `Intl`: `in 15 minutes`, or if it is `short`, `in 15 min`.
pub fn from_now(number: i64, unit: &str, short: bool) -> String {
    let style = if short { "short" } else { "long" };
    source::relative(number, unit, style, &locale())
}
