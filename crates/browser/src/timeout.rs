//! A timer that is cancelled when it is dropped.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// Runs its function once, unless it is dropped before.
pub struct Timeout {
    handle: Option<i32>,
    _run: Closure<dyn FnMut()>,
}

impl Timeout {
    /// Runs `run` after so many milliseconds.
    pub fn after(ms: u64, run: impl FnMut() + 'static) -> Self {
        let run = Closure::<dyn FnMut()>::new(run);
        let ms = i32::try_from(ms).unwrap_or(i32::MAX);
        let handle = web_sys::window().and_then(|window| {
            window
                .set_timeout_with_callback_and_timeout_and_arguments_0(
                    run.as_ref().unchecked_ref(),
                    ms,
                )
                .ok()
        });
        Timeout { handle, _run: run }
    }
}

impl Drop for Timeout {
    fn drop(&mut self) {
        if let (Some(handle), Some(window)) = (self.handle, web_sys::window()) {
            window.clear_timeout_with_handle(handle);
        }
    }
}
