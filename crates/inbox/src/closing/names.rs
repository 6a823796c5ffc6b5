//! What languages are called, by the browser's own knowledge of them.

use js_sys::{Array, Function, Intl, Object, Reflect};
use wasm_bindgen::JsValue;

/// The language that names are told in: the one of the words around them.
const TOLD_IN: &str = "en";

/// The languages that are offered first. Any other tag can be written.
const COMMON: [&str; 48] = [
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "en-GB", "en-US", "es", "es-MX", "et",
    "fa", "fi", "fr", "fr-CA", "he", "hi", "hr", "hu", "id", "is", "it", "ja", "ko", "lt", "lv",
    "ms", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk",
    "ur", "vi", "zh", "zh-TW",
];

/// What a language is called, such as *Brazilian Portuguese*; its tag if the browser doesn't know.
pub fn name(tag: &str) -> String {
    let options = Object::new();
    let _ = Reflect::set(&options, &"type".into(), &"language".into());
    let names = Intl::DisplayNames::new(&Array::of1(&TOLD_IN.into()), &options);
    // By reflection, for it throws at what is no tag.
    let of = Reflect::get(&names, &"of".into()).map(Function::from);
    let name = of.and_then(|of| of.call1(&names, &tag.into()));
    name.ok().as_ref().and_then(JsValue::as_string).unwrap_or_else(|| tag.to_owned())
}

/// The common languages: tag and name, by name.
pub fn common() -> Vec<(&'static str, String)> {
    let mut common: Vec<_> = COMMON.iter().map(|tag| (*tag, name(tag))).collect();
    common.sort_by(|(_, one), (_, other)| one.cmp(other));
    common
}

/// The tag of what somebody wrote: a common language's name, or a tag already.
pub fn tag(written: &str) -> String {
    let written = written.trim();
    let common = common();
    let named = common.iter().find(|(_, name)| name.to_lowercase() == written.to_lowercase());
    named.map_or(written, |(tag, _)| tag).to_owned()
}
