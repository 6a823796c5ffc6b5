//! The database's clock, which all of its nodes share. A node's own wall clock may be off by an hour.

use std::sync::{Arc, Mutex, PoisonError};

use porchlight_protocol::Millis;

use crate::clock::{Reading, TimeSource};

/// The database's wall clock, as it was read last and has gone on since by the machine's monotonic clock.
#[derive(Debug)]
pub(crate) struct DatabaseTime {
    machine: Arc<dyn TimeSource>,
    read: Mutex<Reading>,
}

impl DatabaseTime {
    /// The database's clock showed `wall` just now.
    pub(crate) fn new(machine: Arc<dyn TimeSource>, wall: Millis) -> Self {
        let monotonic = machine.read().monotonic;
        DatabaseTime { machine, read: Mutex::new(Reading { wall, monotonic }) }
    }

    /// Notes what the database's clock showed between the moments `before` and now, by the monotonic clock.
    pub(crate) fn note(&self, wall: Millis, before: Millis) {
        let monotonic = before.midpoint(self.monotonic());
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = Reading { wall, monotonic };
    }

    /// The machine's monotonic clock.
    pub(crate) fn monotonic(&self) -> Millis {
        self.machine.read().monotonic
    }
}

impl TimeSource for DatabaseTime {
    fn read(&self) -> Reading {
        let read = *self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let monotonic = self.monotonic();
        let since = monotonic.saturating_sub(read.monotonic).max(0);
        Reading { wall: read.wall.saturating_add(since), monotonic }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Machine(Mutex<Reading>);

    impl TimeSource for Machine {
        fn read(&self) -> Reading {
            *self.0.lock().unwrap()
        }
    }

    #[test]
    fn the_machines_own_wall_clock_does_not_matter() {
        let set = |wall, monotonic| Reading { wall, monotonic };
        let machine = Arc::new(Machine(Mutex::new(set(9_999_999, 10))));
        let time = DatabaseTime::new(Arc::<Machine>::clone(&machine), 5_000);
        *machine.0.lock().unwrap() = set(1, 110);
        assert_eq!(time.read(), set(5_100, 110));
        // It took 20 ms to ask, so the clock showed this in the middle.
        *machine.0.lock().unwrap() = set(7, 130);
        time.note(8_000, 110);
        assert_eq!(time.read(), set(8_010, 130));
    }
}
