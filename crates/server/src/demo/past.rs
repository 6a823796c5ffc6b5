//! `Past`: a time source in the past, so that the demo's conversations happened over the last days.

use std::sync::atomic::{AtomicI64, Ordering};

use porchlight_protocol::Millis;
use porchlight_store::clock::{Reading, SystemTime, TimeSource};

/// The system's clocks, with the wall clock set back by `ago` milliseconds.
#[derive(Debug, Default)]
pub(super) struct Past {
    system: SystemTime,
    ago: AtomicI64,
}

impl Past {
    /// Sets the wall clock back by `ms`.
    pub(super) fn is_ago(&self, ms: Millis) {
        self.ago.store(ms, Ordering::Relaxed);
    }

    /// Returns to the present.
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
