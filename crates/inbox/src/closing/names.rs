//! What languages are called, by the browser's own knowledge of them.

use js_sys::{Array, Function, Intl, JsString};
use porchlight_browser::js;

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
    name_in(TOLD_IN, tag).unwrap_or_else(|| tag.to_owned())
}

/// What a language is called in a language, if the browser knows.
fn name_in(told_in: &str, tag: &str) -> Option<String> {
    let options = js::object(&[("type", "language".into()), ("fallback", "none".into())]);
    let names = Intl::DisplayNames::new(&Array::of1(&told_in.into()), &options);
    // By reflection, for it throws at what is no tag.
    let of = Function::from(js::get(&names, "of"));
    of.call1(&names, &tag.into()).ok()?.as_string()
}

/// The common languages: tag, name, and the name in the language itself; by name.
pub fn common() -> Vec<(&'static str, String, String)> {
    let all = COMMON.iter().map(|tag| (*tag, name(tag), name_in(tag, tag).unwrap_or_default()));
    let mut common: Vec<_> = all.collect();
    common.sort_by(|(_, one, _), (_, other, _)| one.cmp(other));
    common
}

/// The tag of what somebody wrote: a tag already, or a language's name, in English, in the language
/// itself or in the one of the browser.
pub fn tag(written: &str) -> String {
    let written = written.trim();
    let here = web_sys::window().and_then(|window| window.navigator().language());
    let here = here.unwrap_or_else(|| TOLD_IN.to_owned());
    let is_named = |tag: &str| {
        // What has no name in English is no language.
        name_in(TOLD_IN, tag).is_some_and(|name| {
            let others = [tag, &here].into_iter().filter_map(|told_in| name_in(told_in, tag));
            is_same(&name, written) || others.into_iter().any(|name| is_same(&name, written))
        })
    };
    let common = COMMON.iter().map(|tag| (*tag).to_owned());
    // What is short or has a hyphen is a tag more probably than the name of a rare language.
    let rare = written.chars().count() > 3 && !written.contains('-');
    let rare = rare.then(two_letters).into_iter().flatten();
    let mut all = common.chain(rare);
    all.find(|tag| is_named(tag)).unwrap_or_else(|| written.to_owned())
}

/// Whatever could be a tag of two letters.
fn two_letters() -> impl Iterator<Item = String> {
    ('a'..='z').flat_map(|first| ('a'..='z').map(move |second| [first, second].iter().collect()))
}

/// The same word, whatever its case and accents: people write *francais*, too.
fn is_same(one: &str, other: &str) -> bool {
    let options = js::object(&[("sensitivity", "base".into())]);
    let locales = Array::of1(&TOLD_IN.into());
    JsString::from(one).locale_compare(other, &locales, &options) == 0
}
