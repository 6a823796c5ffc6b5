//! The languages of dates and of the site's own texts.

use js_sys::{Array, Function};
use leptos::prelude::window;
use porchlight_browser::js;
use porchlight_protocol::language::{hyphenated, nearness};
use wasm_bindgen::JsCast;

/// The language of dates for a visitor who wants `wanted` and reads `words`: dates of a region, as `en-GB`, are
/// welcome, but not dates in another language than the words around them.
pub fn of_dates<'a>(wanted: &'a str, words: &'a str) -> &'a str {
    if nearness(wanted, words) > 0 { wanted } else { words }
}

/// The language as the browser writes it, or English: a page may say anything of itself, and what is
/// no language at all makes `Intl` throw.
pub fn checked(locale: &str) -> String {
    let intl = js::get(&window(), "Intl");
    let check: Function = js::get(&intl, "getCanonicalLocales").unchecked_into();
    let written = hyphenated(locale);
    let mut tag = written.as_str();
    loop {
        if let Ok(list) = check.call1(&intl, &tag.into()) {
            let first = Array::from(&list).get(0).as_string();
            return first.unwrap_or_else(|| "en".to_owned());
        }
        // A part that is none spoils the whole.
        tag = tag.rsplit_once('-').map_or("en", |(shorter, _)| shorter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_in_the_language_of_the_words() {
        assert_eq!(of_dates("en-GB", "en"), "en-GB");
        assert_eq!(of_dates("de-AT", "de"), "de-AT");
        assert_eq!(of_dates("eu", "en"), "en");
        assert_eq!(of_dates("", "de"), "de");
    }
}
