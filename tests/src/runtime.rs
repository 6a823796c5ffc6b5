//! A blocking interface to async libraries: stories are synchronous.

use std::sync::LazyLock;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::wait::PATIENCE;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
});

/// Waits for a future's result, with a timeout.
///
/// # Errors
/// If it took longer than [`PATIENCE`]; the text contains `what`.
pub fn try_wait_for<T>(what: &str, future: impl Future<Output = T>) -> Result<T, String> {
    try_wait_within(PATIENCE, what, future)
}

/// The same with another timeout.
///
/// # Errors
/// If it took longer than `limit`; the text contains `what`.
pub fn try_wait_within<T>(
    limit: Duration,
    what: &str,
    future: impl Future<Output = T>,
) -> Result<T, String> {
    RUNTIME
        .block_on(async { tokio::time::timeout(limit, future).await })
        .map_err(|_| format!("waited for {what} for {} s", limit.as_secs()))
}

/// Waits for a future's result.
///
/// # Panics
/// If it took longer than [`PATIENCE`].
#[track_caller]
pub fn wait_for<T>(what: &str, future: impl Future<Output = T>) -> T {
    try_wait_for(what, future).unwrap_or_else(|late| panic!("{late}"))
}

/// Runs a future in the background.
pub fn spawn(future: impl Future<Output = ()> + Send + 'static) {
    RUNTIME.spawn(future);
}
