//! A time source that begins in the past: what the demo starts with happened over the last days.

use std::sync::atomic::{AtomicI64, Ordering};

use porchlight_protocol::Millis;

use crate::clock::{Reading, SystemTime, TimeSource};

/// The system's clocks, with the wall clock put back until the present is reached.
#[derive(Debug, Default)]
pub(super) struct Past {
    system: SystemTime,
    ago: AtomicI64,
}

impl Past {
    /// It is so many milliseconds ago.
    pub(super) fn is_ago(&self, ms: Millis) {
        self.ago.store(ms, Ordering::Relaxed);
    }

    /// It is now, from here on.
    pub(super) fn is_over(&self) {
        self.is_ago(0);
    }
}

impl TimeSource for Past {
    fn read(&self) -> Reading {
        let reading = self.system.read();
        Reading { wall: reading.wall - self.ago.load(Ordering::Relaxed), ..reading }
    }
}
