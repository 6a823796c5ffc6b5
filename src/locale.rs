//! The language of the site's own texts.

use js_sys::{Array, Function};
use leptos::prelude::window;
use porchlight_browser::js;
use porchlight_protocol::language::hyphenated;
use wasm_bindgen::JsCast;

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
