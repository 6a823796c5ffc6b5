//! The timer: closes conversations in which nothing has happened for as long as their site has set.
//!
//! It sleeps until the next one comes due, asks the store what is due, and closes it in the writer's
//! transaction like any other act. It holds nothing itself: what came due while the server was down
//! is due when it starts, and what a visitor has written to meanwhile is due no more. Nothing that
//! happens in a conversation needs to wake it: the shortest period is longer than its longest sleep.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use porchlight_protocol::limits::AUTO_CLOSE_AFTER_S_MIN;
use tokio::sync::Notify;

use crate::app::App;
use crate::error::Result;
use crate::store::Commit;
use crate::store::deadlines::{self, Closed, Look};

/// Conversations that are closed in one job. A visitor's message waits for one job at most, for some
/// milliseconds.
pub const BATCH_MAX: usize = 64;

/// The timer of a running server.
#[derive(Debug, Default)]
pub struct Timer {
    changed: Notify,
    looks: AtomicU64,
    /// When it should have looked again; absent while it sleeps until it is woken.
    due_back: Mutex<Option<Instant>>,
}

/// What a look may take, with much that is due.
const LOOK_WITHIN: Duration = Duration::from_secs(60);

impl Timer {
    /// Wakes it: the periods may be others now.
    pub fn plan_again(&self) {
        self.changed.notify_one();
    }

    /// True if it has not looked for far longer than it meant to sleep.
    pub fn is_stuck(&self) -> bool {
        let due_back = *self.due_back.lock().unwrap_or_else(PoisonError::into_inner);
        due_back.is_some_and(|at| at.elapsed() > LOOK_WITHIN)
    }

    /// Notes that it will look again after this; never, if it has to be woken.
    fn is_back_in(&self, sleep: Option<Duration>) {
        let at = sleep.map(|sleep| Instant::now() + sleep);
        *self.due_back.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    /// How often it has asked the store so far.
    pub fn looks(&self) -> u64 {
        self.looks.load(Ordering::Relaxed)
    }
}

/// Closes what comes due, until it is dropped.
pub async fn run(app: App) {
    let every = app.config().timer_every.min(Duration::from_secs(AUTO_CLOSE_AFTER_S_MIN));
    while !app.stopping.is_cancelled() {
        app.timer.is_back_in(Some(Duration::ZERO));
        let looked = look(&app).await;
        app.timer.looks.fetch_add(1, Ordering::Relaxed);
        let sleep = match looked {
            Ok(Next::Now) => {
                // Others first.
                tokio::task::yield_now().await;
                continue;
            }
            Ok(Next::In(wait)) => Some(wait.min(every)),
            Ok(Next::Never) => None,
            Err(error) => {
                let code = error.into_body().code.as_str();
                tracing::warn!(code, "the timer could not close what is due; it will try again");
                Some(every)
            }
        };
        app.timer.is_back_in(sleep);
        let asleep = async {
            match sleep {
                Some(wait) => tokio::time::sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = asleep => {}
            () = app.timer.changed.notified() => {}
            () = app.stopping.cancelled() => {}
        }
    }
}

/// When to look again.
enum Next {
    /// At once: there may be more.
    Now,
    /// After this.
    In(Duration),
    /// When the settings have changed.
    Never,
}

async fn look(app: &App) -> Result<Next> {
    let now = app.store.clock().now().steady;
    let Look { due, next } = app.store.read(move |sql| deadlines::look(sql, now)).await?;
    let Some(next) = next else { return Ok(Next::Never) };
    if let Ok(left @ 1..) = u64::try_from(next.saturating_sub(now)) {
        return Ok(Next::In(Duration::from_millis(left)));
    }
    let close = move |commit: &mut Commit<'_>| deadlines::close_due(commit, &due, BATCH_MAX);
    let Closed { closed, stuck } = app.store.write(close).await?;
    if closed > 0 {
        tracing::info!(closed, "conversations closed by themselves");
    } else if stuck > 0 {
        // They must not keep the timer awake.
        return Ok(Next::In(Duration::MAX));
    }
    // Even if nothing was closed: a message may have been faster, or the commit has the time of a job
    // that began before this was due.
    Ok(Next::Now)
}
