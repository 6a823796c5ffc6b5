//! When something that failed may be tried again. Each thing has its own back-off: one conversation
//! that the server can't read delays no other, and nothing that the person writes.

use porchlight_protocol::Millis;

use crate::input::Failure;

const FIRST_MS: u64 = 500;
const MAX_MS: u64 = 30_000;

/// Tries after which the person is told: about four seconds, at most eight.
const TRIES_TOLD: u32 = 4;

/// Milliseconds to wait before try number `tries` + 1: full jitter, so that clients which lost the
/// same server don't come back at the same moment. `dice` is uniform over all of `u32`.
pub(crate) fn backoff_ms(tries: u32, dice: u32) -> u64 {
    jitter_ms(FIRST_MS.saturating_mul(1 << tries.min(10)).min(MAX_MS), dice)
}

/// A moment within so many milliseconds, each as likely as any other.
pub(crate) fn jitter_ms(within_ms: u64, dice: u32) -> u64 {
    (within_ms * u64::from(dice)) >> 32
}

/// When an input came, and what chance said then.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub now: Millis,
    pub dice: u32,
}

/// How often something failed, and until when it waits.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Backoff {
    tries: u32,
    until: Option<Millis>,
}

impl Backoff {
    /// It has failed; not before what the server told it is tried again.
    pub fn failed(&mut self, at: Moment, failure: &Failure) {
        let told_ms = match failure {
            Failure::Refused(error) => error.retry_after_ms.unwrap_or(0),
            Failure::Network => 0,
        };
        let after_ms = backoff_ms(self.tries, at.dice).max(told_ms);
        let after_ms = Millis::try_from(after_ms).unwrap_or(Millis::MAX);
        self.tries = self.tries.saturating_add(1);
        self.until = Some(at.now.saturating_add(after_ms));
    }

    /// It has worked, or the person wants it now: what failed before counts no more.
    pub fn reset(&mut self) {
        *self = Backoff::default();
    }

    /// It need not wait any longer.
    pub fn hurry(&mut self) {
        self.until = None;
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Millis) {
        self.until = self.until.filter(|until| *until > now);
    }

    /// Until when it waits; `None` if it may be tried.
    pub fn until(&self) -> Option<Millis> {
        self.until
    }

    /// It may be tried.
    pub fn is_over(&self) -> bool {
        self.until.is_none()
    }

    /// It has failed so often that the person is told. It is tried all the same.
    pub fn is_told(&self) -> bool {
        self.tries >= TRIES_TOLD
    }
}

/// Something that is fetched, again and again until it is there.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fetch {
    /// The request is out.
    pub out: bool,
    pub backoff: Backoff,
}

impl Fetch {
    /// It may be asked for now.
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
        let mut error = porchlight_protocol::ErrorCode::Unavailable.body();
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
