//! The timer: closes conversations that were idle for as long as their site has set, and lets flows go on that have waited.
//!
//! It sleeps until the next one comes due, asks the store which are due, and closes them in the writer's
//! transaction like any other act. It holds no state of its own: what came due while the server was down is due
//! at its start, and a conversation with a newer message is due no more. Activity needs not wake the timer: the
//! shortest period is longer than its longest sleep. A flow that begins to wait wakes it; one that waits for an answer
//! does not concern it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use porchlight_protocol::limits::AUTO_CLOSE_AFTER_S_MIN;
use porchlight_store::requests::{Closed, Due};
use porchlight_store::{Result, SiteId, Store};
use tokio::sync::Notify;

/// Conversations that are closed in one job. A visitor's message waits for one job at most, for some
/// milliseconds.
pub const BATCH_MAX: usize = 64;

/// How long one round may take, with many conversations due, before the timer counts as stuck.
const ROUND_WITHIN: Duration = Duration::from_secs(60);

/// The handle on the timer of a running server.
#[derive(Debug, Default)]
pub struct Timer {
    changed: Notify,
    rounds: AtomicU64,
    closed: AtomicU64,
    /// How late the last closing was, in milliseconds of steady time.
    late_ms: AtomicU64,
    /// When the next round should begin; none while the timer sleeps until it is woken.
    next_round: Mutex<Option<Instant>>,
}

impl Timer {
    /// Wakes the timer, because a site's periods may have changed.
    pub fn plan_again(&self) {
        self.changed.notify_one();
    }

    /// True if the next round is long overdue.
    pub fn is_stuck(&self) -> bool {
        self.is_stuck_at(Instant::now())
    }

    fn is_stuck_at(&self, now: Instant) -> bool {
        let next_round = *self.next_round.lock().unwrap_or_else(PoisonError::into_inner);
        next_round.is_some_and(|at| now.saturating_duration_since(at) > ROUND_WITHIN)
    }

    fn plan_round(&self, sleep: Option<Duration>) {
        let at = sleep.map(|sleep| Instant::now() + sleep);
        *self.next_round.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    /// How many rounds there were.
    pub fn rounds(&self) -> u64 {
        self.rounds.load(Ordering::Relaxed)
    }

    /// How many conversations were closed.
    pub fn closed(&self) -> u64 {
        self.closed.load(Ordering::Relaxed)
    }

    /// How long the most overdue conversation of the last closing was due.
    pub fn lag(&self) -> Duration {
        Duration::from_millis(self.late_ms.load(Ordering::Relaxed))
    }

    /// Closes what comes due until it is dropped. Sleeps for `sleep_max` at most.
    pub async fn run(self: Arc<Self>, store: Store, sleep_max: Duration) {
        let sleep_max = sleep_max.min(Duration::from_secs(AUTO_CLOSE_AFTER_S_MIN));
        loop {
            self.plan_round(Some(Duration::ZERO));
            let next = self.round(&store).await;
            self.rounds.fetch_add(1, Ordering::Relaxed);
            let sleep = match next {
                Ok(Next::Now) => {
                    // Other tasks get their turn between two batches.
                    tokio::task::yield_now().await;
                    continue;
                }
                Ok(Next::In(wait)) => Some(wait.min(sleep_max)),
                // Another node may end, with flows that wait.
                Ok(Next::Never) => store.is_shared().then_some(sleep_max),
                Err(error) => {
                    error.log();
                    tracing::warn!("the timer could not close what is due; it will try again");
                    Some(sleep_max)
                }
            };
            self.plan_round(sleep);
            let asleep = async {
                match sleep {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = asleep => {}
                () = self.changed.notified() => {}
                () = store.flow_waits() => {}
            }
        }
    }

    /// Closes a batch of what is due, and lets flows go on.
    async fn round(&self, store: &Store) -> Result<Next> {
        let now = store.clock().now().steady;
        let Due { sites, flows, first } = store.due().await?;
        let Some(first) = first else { return Ok(Next::Never) };
        if let Ok(left @ 1..) = u64::try_from(first.saturating_sub(now)) {
            return Ok(Next::In(Duration::from_millis(left)));
        }
        let mut woken = 0;
        for (site, conversations) in flows {
            woken += store.wake_flows(site, conversations).await?;
        }
        let Closed { closed, stuck, late_ms } = close(store, sites).await?;
        if closed > 0 {
            self.closed.fetch_add(u64::try_from(closed).unwrap_or(u64::MAX), Ordering::Relaxed);
            self.late_ms.store(u64::try_from(late_ms).unwrap_or_default(), Ordering::Relaxed);
            tracing::info!(closed, "conversations closed by themselves");
        } else if stuck > 0 && woken == 0 {
            // Damaged conversations stay due for ever and must not keep the timer awake.
            return Ok(Next::In(Duration::MAX));
        }
        // Even if nothing was closed: a message may have been faster, or the commit has the time of a job that
        // began before this was due.
        Ok(Next::Now)
    }
}

/// Closes a batch of what is due on each of the sites.
async fn close(store: &Store, sites: Vec<SiteId>) -> Result<Closed> {
    let mut all = Closed::default();
    for site in sites {
        let Closed { closed, stuck, late_ms } = store.close_due(site, BATCH_MAX).await?;
        all.closed += closed;
        all.stuck += stuck;
        all.late_ms = all.late_ms.max(late_ms);
    }
    Ok(all)
}

/// When the next round is.
enum Next {
    /// At once: more may be due.
    Now,
    /// After this.
    In(Duration),
    /// When the settings have changed or a flow waits: no site has a period, and no flow waits.
    Never,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_that_does_not_wake_up_is_stuck_and_one_that_sleeps_is_not() {
        let timer = Timer::default();
        let now = Instant::now();
        let later = |seconds| now + Duration::from_secs(seconds);
        assert!(!timer.is_stuck_at(later(3_600)));
        timer.plan_round(Some(Duration::from_secs(30)));
        assert!(!timer.is_stuck_at(later(31)));
        assert!(timer.is_stuck_at(later(100)));
        timer.plan_round(None);
        assert!(!timer.is_stuck_at(later(3_600)));
    }
}
