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
pub fn until<T>(what: &str, mut look: impl FnMut() -> Result<T, String>) -> T {
    let begun = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(instead) if begun.elapsed() > PATIENCE => {
                panic!("waited for {what} for {} s, but {instead}", PATIENCE.as_secs())
            }
            Err(_) => std::thread::sleep(GLANCE),
        }
    }
}
