//! The words of the document, and what the browser knows of its language.

use leptos::prelude::{document, window};
pub use porchlight_browser::dates::{length, number, relative};
pub use porchlight_browser::words::{fill, form, say};
use porchlight_browser::{dates, words};

/// The locale of times and numbers: the browser's if it is in the language of the words.
pub fn locale() -> String {
    thread_local! {
        static LOCALE: String = {
            let wanted = window().navigator().language().unwrap_or_default();
            dates::locale(&wanted, &words::language()).to_owned()
        };
    }
    LOCALE.with(String::clone)
}

/// True if the page is read from right to left.
pub fn is_rtl() -> bool {
    let root = document().document_element();
    root.and_then(|root| root.get_attribute("dir")).is_some_and(|dir| dir == "rtl")
}
