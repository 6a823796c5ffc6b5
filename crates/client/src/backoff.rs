//! Exponential back-off with full jitter. Each request has a back-off of its own, so that a conversation
//! that the server can't read delays neither the others nor what the person sends.

use porchlight_protocol::Millis;

use crate::input::Failure;

const FIRST_MS: u64 = 500;
const MAX_MS: u64 = 30_000;

/// Failed tries after which the person is told: after about four seconds, at most eight.
const TRIES_TOLD: u32 = 4;

/// Milliseconds to wait before the next try, after `tries` failed ones. Full jitter, so that the clients of
/// a server that restarts don't reconnect at the same moment. `dice` is uniform over all of `u32`.
pub(crate) fn backoff_ms(tries: u32, dice: u32) -> u64 {
    jitter_ms(FIRST_MS.saturating_mul(1 << tries.min(10)).min(MAX_MS), dice)
}

/// A uniformly distributed number of milliseconds below `within_ms`.
pub(crate) fn jitter_ms(within_ms: u64, dice: u32) -> u64 {
    (within_ms * u64::from(dice)) >> 32
}

/// The time of an input, and a random number for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub now: Millis,
    pub dice: u32,
}

/// The back-off of one request: how often it failed, and until when it waits.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Backoff {
    tries: u32,
    until: Option<Millis>,
}

impl Backoff {
    /// Counts a failure and starts the wait: at least for the server's `retry_after_ms`.
    pub fn failed(&mut self, at: Moment, failure: &Failure) {
        let retry_after_ms = match failure {
            Failure::Refused(error) => error.retry_after_ms.unwrap_or(0),
            Failure::Network => 0,
        };
        let after_ms = backoff_ms(self.tries, at.dice).max(retry_after_ms);
        let after_ms = Millis::try_from(after_ms).unwrap_or(Millis::MAX);
        self.tries = self.tries.saturating_add(1);
        self.until = Some(at.now.saturating_add(after_ms));
    }

    /// Forgets all failures: the request succeeded, or the person asked for a retry.
    pub fn reset(&mut self) {
        *self = Backoff::default();
    }

    /// Ends the wait, and keeps the count of failures.
    pub fn hurry(&mut self) {
        self.until = None;
    }

    /// Ends the wait if it is over at `now`.
    pub fn tick(&mut self, now: Millis) {
        self.until = self.until.filter(|until| *until > now);
    }

    /// The end of the wait; `None` if the request may be tried.
    pub fn until(&self) -> Option<Millis> {
        self.until
    }

    /// True if the request may be tried.
    pub fn is_over(&self) -> bool {
        self.until.is_none()
    }

    /// True if the request failed so often that the person is told. The retries go on.
    pub fn is_told(&self) -> bool {
        self.tries >= TRIES_TOLD
    }
}

/// A fetch that is retried until it succeeds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fetch {
    /// True while the request is in flight.
    pub out: bool,
    pub backoff: Backoff,
}

impl Fetch {
    /// True if the request may be sent now.
    pub fn may_go(&self) -> bool {
        !self.out && self.backoff.is_over()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_grows_to_a_limit_and_is_spread() {
        assert_eq!(backoff_ms(0, u32::MAX), 499);
        assert_eq!(backoff_ms(3, u32::MAX), 3_999);
        assert_eq!(backoff_ms(60, u32::MAX), 29_999);
        assert_eq!(backoff_ms(60, 0), 0);
        assert_eq!(backoff_ms(0, u32::MAX / 2), 249);
    }

    #[test]
    fn it_waits_for_as_long_as_the_server_says() {
        let mut backoff = Backoff::default();
        let mut error = porchlight_protocol::ErrorCode::Unavailable.bare();
        error.retry_after_ms = Some(90_000);
        backoff.failed(Moment { now: 1_000, dice: 0 }, &Failure::Refused(error));
        backoff.tick(90_999);
        assert!(!backoff.is_over());
        backoff.tick(91_000);
        assert!(backoff.is_over());
    }

    #[test]
    fn after_some_tries_the_person_is_told() {
        let mut backoff = Backoff::default();
        for _ in 0..TRIES_TOLD {
            assert!(!backoff.is_told());
            backoff.failed(Moment { now: 0, dice: 0 }, &Failure::Network);
        }
        assert!(backoff.is_told());
        backoff.reset();
        assert!(!backoff.is_told() && backoff.is_over());
    }
}
