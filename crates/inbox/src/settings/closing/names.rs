//! The names of languages, from the browser (`Intl.DisplayNames`).

use js_sys::{Array, Function, Intl, JsString, Object};
use porchlight_browser::js;
use porchlight_browser::words::language;

/// The languages that are offered. Any other tag can be typed.
const COMMON: [&str; 48] = [
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "en-GB", "en-US", "es", "es-MX", "et",
    "fa", "fi", "fr", "fr-CA", "he", "hi", "hr", "hu", "id", "is", "it", "ja", "ko", "lt", "lv",
    "ms", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk",
    "ur", "vi", "zh", "zh-TW",
];

/// The name of a language, such as *Brazilian Portuguese*; its tag if the browser has no name for it.
pub fn name(tag: &str) -> String {
    name_in(&language(), tag).unwrap_or_else(|| tag.to_owned())
}

/// The name of a language in the language itself, such as *Deutsch*.
pub fn own_name(tag: &str) -> String {
    name_in(tag, tag).unwrap_or_else(|| tag.to_owned())
}

/// The name of a language in another language, if the browser has one.
fn name_in(told_in: &str, tag: &str) -> Option<String> {
    let options = js::object(&[("type", "language".into()), ("fallback", "none".into())]);
    let names = Intl::DisplayNames::new(&Array::of1(&told_in.into()), &options);
    // By reflection, because it throws if the text is not a tag.
    let of = Function::from(js::get(&names, "of"));
    of.call1(&names, &tag.into()).ok()?.as_string()
}

/// The offered languages, sorted by name: tag, name, and the name in the language itself.
pub fn common() -> Vec<(&'static str, String, String)> {
    let all = COMMON.iter().map(|tag| (*tag, name(tag), name_in(tag, tag).unwrap_or_default()));
    let mut common: Vec<_> = all.collect();
    let order = Array::of1(&language().into());
    common.sort_by(|(_, one, _), (_, other, _)| {
        let order = JsString::from(one.as_str()).locale_compare(other, &order, &Object::new());
        order.cmp(&0)
    });
    common
}

/// The tag for what the agent typed: a tag, or the name of a language in that of the page, in the language
/// itself, or in the browser's.
pub fn tag(written: &str) -> String {
    let written = written.trim();
    let here = web_sys::window().and_then(|window| window.navigator().language());
    let page = language();
    let here = here.unwrap_or_else(|| page.clone());
    let is_named = |tag: &str| {
        // A tag without a name is not a language.
        name_in(&page, tag).is_some_and(|name| {
            let others = [tag, &here].into_iter().filter_map(|told_in| name_in(told_in, tag));
            is_same(&name, written) || others.into_iter().any(|name| is_same(&name, written))
        })
    };
    let common = COMMON.iter().map(|tag| (*tag).to_owned());
    // A short text, or one with a hyphen, is more likely a tag than the name of a rare language.
    let rare = written.chars().count() > 3 && !written.contains('-');
    let rare = rare.then(two_letters).into_iter().flatten();
    let mut all = common.chain(rare);
    all.find(|tag| is_named(tag)).unwrap_or_else(|| written.to_owned())
}

/// All possible tags of two letters.
fn two_letters() -> impl Iterator<Item = String> {
    ('a'..='z').flat_map(|first| ('a'..='z').map(move |second| [first, second].iter().collect()))
}

/// The word without case and accents: people type *francais*, too.
fn is_same(one: &str, other: &str) -> bool {
    let options = js::object(&[("sensitivity", "base".into())]);
    let locales = Array::of1(&language().into());
    JsString::from(one).locale_compare(other, &locales, &options) == 0
}
