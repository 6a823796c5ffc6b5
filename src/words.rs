//! The words that are chosen at run time: [`Word`], [`Pattern`] and [`Count`] are positions in the table that the
//! server has written into the document.

use porchlight_browser::words;
pub use porchlight_browser::words::language;

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
    words::count(counted as u32, number, &language(), &[])
}
