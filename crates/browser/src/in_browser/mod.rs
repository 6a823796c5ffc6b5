//! Tests of what only a browser can show. `cargo xtask test loader` runs them in Chromium.

// Clippy's leave for tests does not reach tests of one target.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod driver;
mod json;
mod rows;
mod storage;
mod time;

use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test_configure;
use web_sys::HtmlElement;

wasm_bindgen_test_configure!(run_in_browser);

/// Waits so many milliseconds.
async fn sleep(ms: i32) {
    let mut wait = |resolve: Function, _| {
        let window = web_sys::window().unwrap();
        window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms).unwrap();
    };
    JsFuture::from(Promise::new(&mut wait)).await.unwrap();
}

/// Runs a script with these arguments, as the body of a function.
fn run(script: &str, arguments: &[JsValue]) -> JsValue {
    let list: js_sys::Array = arguments.iter().collect();
    let run = Function::new_with_args(
        "list",
        &["return (function () {", script, "\n}).apply(null, list)"].concat(),
    );
    run.call1(&JsValue::NULL, &list).unwrap()
}

/// An element at the end of the body with this content.
fn put(html: &str) -> HtmlElement {
    let script = "const it = document.createElement('div'); it.innerHTML = arguments[0]; document.body.append(it); return it";
    run(script, &[html.into()]).unchecked_into()
}
