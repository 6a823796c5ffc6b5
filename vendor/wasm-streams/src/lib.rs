//! Stands in for the crate of this name. Leptos' server functions stream by it, and we have none; but
//! what it exports to JavaScript stays in a module whether or not anybody calls it: 4 KB (brotli) of
//! the widget's. So here is what `server_fn` names, with nothing in it.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use wasm_bindgen::{JsCast, JsValue};

/// A browser's stream.
pub struct ReadableStream(web_sys::ReadableStream);

impl ReadableStream {
    /// Nothing comes of it.
    pub fn from_stream(_: impl Stream<Item = Result<JsValue, JsValue>> + 'static) -> Self {
        ReadableStream(JsValue::NULL.unchecked_into())
    }

    /// The browser's own, as it is.
    pub fn from_raw(raw: web_sys::ReadableStream) -> Self {
        ReadableStream(raw)
    }

    /// The browser's own.
    pub fn into_raw(self) -> web_sys::ReadableStream {
        self.0
    }

    /// A stream that ends at once.
    pub fn into_stream(self) -> Ended {
        Ended
    }
}

/// A stream that has ended.
pub struct Ended;

impl Stream for Ended {
    type Item = Result<JsValue, JsValue>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(None)
    }
}
