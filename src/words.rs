//! The words that are chosen at run time: [`Word`], [`Pattern`] and [`Count`] are positions in the table that the
//! server has written into the document.

pub use porchlight_browser::words::language;
use porchlight_browser::{dates, words};

include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// A text.
pub fn say(word: Word) -> String {
    words::say(word as u32)
}

/// A text with values in its places.
pub fn fill(pattern: Pattern, values: &[&str]) -> String {
    words::fill(pattern as u32, values)
}

/// The plural form for a number, with the number in its place.
pub fn count(counted: Count, number: u32) -> String {
    let form = words::form(counted as u32, number);
    words::filled(&form, &[&dates::number(number, &language())])
}
