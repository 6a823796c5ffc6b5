//! The language that the visitor wants, for the site's own texts and for dates.

use js_sys::Function;
use leptos::prelude::window;
use porchlight_browser::js;
use porchlight_protocol::language::hyphenated;
use wasm_bindgen::JsCast;

use crate::words;

/// The language that is wanted, or that of the words if it is no language tag: a page may say anything of itself, and
/// `Intl` throws at what is none.
pub fn checked(wanted: &str) -> String {
    let tag = hyphenated(wanted);
    let check: Function =
        js::get(&js::get(&window(), "Intl"), "getCanonicalLocales").unchecked_into();
    let is_tag = check.call1(&tag.as_str().into(), &tag.as_str().into()).is_ok();
    if is_tag { tag } else { words::language() }
}
