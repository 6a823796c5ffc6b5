//! Tests of what only a browser can show. `cargo xtask test loader` runs them in Chromium.

// Clippy's leave for tests does not reach tests of one target.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod host;
mod list;

use js_sys::{Function, Promise};
use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test_configure;
use web_sys::Element;

wasm_bindgen_test_configure!(run_in_browser);

/// Waits until `look` returns true.
async fn until(what: &str, look: impl Fn() -> bool) {
    for _ in 0..200 {
        if look() {
            return;
        }
        sleep(10).await;
    }
    panic!("waited for {what}");
}

/// Waits so many milliseconds.
async fn sleep(ms: i32) {
    let mut wait = |resolve: Function, _| {
        window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms).unwrap();
    };
    JsFuture::from(Promise::new(&mut wait)).await.unwrap();
}

/// Runs a script with one argument, as the body of a function.
fn run(script: &str, argument: &JsValue) -> JsValue {
    Function::new_with_args("it", script).call1(&JsValue::NULL, argument).unwrap()
}

/// An empty element at the end of the body.
fn place() -> Element {
    let place = document().create_element("div").unwrap();
    document().body().unwrap().append_child(&place).unwrap();
    place.unchecked_into()
}
