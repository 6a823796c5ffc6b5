//! The words that an app chooses at run time, in the language of its document. The server writes them into it, as
//! an array; a word is a position in it, for which each app has enums.

use js_sys::Intl::PluralRules;
use js_sys::{Array, JSON, Object};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, window};

use crate::js;

/// The id of the script element with the array.
const ELEMENT: &str = "porchlight-words";

thread_local! {
    static TABLE: Array = table().unwrap_or_default();
    static RULES: PluralRules = PluralRules::new(&Array::of1(&language().into()), &Object::new());
}

fn document() -> Option<Document> {
    window()?.document()
}

fn table() -> Option<Array> {
    let text = document()?.get_element_by_id(ELEMENT)?.text_content()?;
    JSON::parse(&text).ok()?.dyn_into().ok()
}

/// The language of the words: of the document.
pub fn language() -> String {
    let root = document().and_then(|document| document.document_element());
    root.and_then(|root| root.get_attribute("lang")).unwrap_or_default()
}

fn entry(at: u32) -> JsValue {
    TABLE.with(|table| table.get(at))
}

/// A text.
pub fn say(at: u32) -> String {
    entry(at).as_string().unwrap_or_default()
}

/// A text with values in its places.
pub fn fill(at: u32, values: &[&str]) -> String {
    filled(&say(at), values)
}

/// The plural form for a number, which is the first of the values for its places.
pub fn form(at: u32, number: u32) -> String {
    let forms = entry(at);
    let category = RULES.with(|rules| rules.select(number.into()));
    let form = js::text(&forms, &String::from(category)).or_else(|| js::text(&forms, "other"));
    form.unwrap_or_default()
}

/// A text with values in its places: `{{0}}` is the first. What looks like a place in a value is none.
pub fn filled(text: &str, values: &[&str]) -> String {
    let (mut filled, mut rest) = (String::new(), text);
    while let Some((before, from)) = split_at_two(rest, '{') {
        let (place, after) = split_at_two(from, '}').unwrap_or_default();
        let at = place.bytes().next().unwrap_or_default().wrapping_sub(b'0');
        filled.push_str(before);
        filled.push_str(values.get(usize::from(at)).unwrap_or(&""));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// What stands before and after the first two of these braces. By `char`, because the search for a `&str` weighs more.
fn split_at_two(text: &str, brace: char) -> Option<(&str, &str)> {
    let mut is_second = false;
    let end = text.find(|c| std::mem::replace(&mut is_second, c == brace) && c == brace)?;
    Some((text.get(..end - 1)?, text.get(end + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_their_places() {
        assert_eq!(filled("Close", &[]), "Close");
        assert_eq!(filled("with {{0}}", &["Ann"]), "with Ann");
        assert_eq!(filled("{{1}} of {{0}}: {{1}}", &["Ann", "3"]), "3 of Ann: 3");
        assert_eq!(filled("a { b } {{0}} {", &["Ann"]), "a { b } Ann {");
        assert_eq!(filled("ä{{0}}ü", &["ö"]), "äöü");
    }

    #[test]
    fn a_value_is_never_a_pattern() {
        assert_eq!(filled("{{0}}, {{1}}", &["{{1}}", "b"]), "{{1}}, b");
        assert_eq!(filled("{{0}} {{7}}", &["a"]), "a ");
    }
}
