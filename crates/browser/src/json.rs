//! JSON by the browser's own parser, so that the module needs none: that saves the widget 5 kB (brotli).

use js_sys::{Array, JSON, Object};
use porchlight_protocol::json::{FromJson, Json};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

/// Lists and objects in each other that are parsed. What is deeper is nothing of ours, and might overflow the module's
/// stack.
const DEPTH_MAX: u32 = 32;

/// The largest whole number below which JavaScript has all of them.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// What a text is in the form of this type, if it is JSON of that form.
pub fn read<T: FromJson>(text: &str) -> Option<T> {
    T::from_json(tree(text)?).ok()
}

/// Parses a text.
pub(crate) fn tree(text: &str) -> Option<Json> {
    Some(grown(&JSON::parse(text).ok()?, DEPTH_MAX))
}

/// Writes a body.
pub(crate) fn print(body: &impl Serialize) -> Option<String> {
    serde_json::to_string(body).ok()
}

fn grown(value: &JsValue, depth: u32) -> Json {
    if let Some(text) = value.as_string() {
        Json::Text(text)
    } else if let Some(number) = value.as_f64() {
        number_of(number)
    } else if let Some(flag) = value.as_bool() {
        Json::Bool(flag)
    } else if value.is_null() {
        Json::Null
    } else if depth == 0 {
        Json::Other
    } else if let Some(list) = value.dyn_ref::<Array>() {
        Json::List(list.iter().map(|item| grown(&item, depth - 1)).collect())
    } else {
        let field = |entry: JsValue| {
            let entry: Array = entry.unchecked_into();
            (entry.get(0).as_string().unwrap_or_default(), grown(&entry.get(1), depth - 1))
        };
        Json::Map(Object::entries(value.unchecked_ref()).iter().map(field).collect())
    }
}

fn number_of(number: f64) -> Json {
    let is_whole = number.fract() == 0.0 && number.abs() < WHOLE_MAX;
    if is_whole { Json::Number(number as i64) } else { Json::Other }
}
