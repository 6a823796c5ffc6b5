//! Waiting for conditions.

use std::time::{Duration, Instant};

/// How long anything may take. Long, because it is only ever waited for in full by a story that
/// fails, and machines that run stories may have a lot to do.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Between two looks.
const GLANCE: Duration = Duration::from_millis(25);

/// Looks again and again until there is something, and returns it.
///
/// # Panics
/// With the last answer, if it took too long.
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
