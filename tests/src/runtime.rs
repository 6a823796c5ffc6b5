//! Stories are told step by step, so the harness hides that its libraries are not.

use std::sync::LazyLock;

use tokio::runtime::{Builder, Runtime};

use crate::wait::PATIENCE;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
});

/// Waits for what a future says, but not for ever.
///
/// # Errors
/// If it took longer than [`PATIENCE`]; the text names what was waited for.
pub fn try_wait_for<T>(what: &str, future: impl Future<Output = T>) -> Result<T, String> {
    RUNTIME
        .block_on(async { tokio::time::timeout(PATIENCE, future).await })
        .map_err(|_| format!("waited for {what} for {} s", PATIENCE.as_secs()))
}

/// Waits for what a future says.
///
/// # Panics
/// If it took longer than [`PATIENCE`].
#[track_caller]
pub fn wait_for<T>(what: &str, future: impl Future<Output = T>) -> T {
    try_wait_for(what, future).unwrap_or_else(|late| panic!("{late}"))
}

/// Lets a future run beside the story.
pub fn spawn(future: impl Future<Output = ()> + Send + 'static) {
    RUNTIME.spawn(future);
}
