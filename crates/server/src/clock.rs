//! The wall clock, for showing and for periods. Order comes from the store's revision.

use std::time::{SystemTime, UNIX_EPOCH};

use porchlight_protocol::Millis;

/// Milliseconds since 1970 in UTC.
pub fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}
