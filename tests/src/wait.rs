//! Polling for conditions.

use std::time::{Duration, Instant};

/// The timeout of every wait. Long, because only stories that fail wait that long, and the machines that run
/// stories may be busy.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The polling interval.
pub const GLANCE: Duration = Duration::from_millis(25);

/// Calls `look` until it returns `Ok`, and returns the value.
///
/// # Panics
/// With the last error, after [`PATIENCE`].
#[track_caller]
pub fn until<T>(what: &str, look: impl FnMut() -> Result<T, String>) -> T {
    until_within(PATIENCE, what, look)
}

/// The same for what takes its time: with another timeout.
///
/// # Panics
/// With the last error, after that.
#[track_caller]
pub fn until_within<T>(
    patience: Duration,
    what: &str,
    mut look: impl FnMut() -> Result<T, String>,
) -> T {
    let begun = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(instead) if begun.elapsed() > patience => {
                panic!("waited for {what} for {} s, but {instead}", patience.as_secs())
            }
            Err(_) => std::thread::sleep(GLANCE),
        }
    }
}
