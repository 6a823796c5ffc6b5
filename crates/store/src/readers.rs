//! The readers: a pool of sessions that only read. Each read sees a snapshot of its own.

use std::sync::{Arc, Mutex};

use anyhow::Context;
use porchlight_protocol::ErrorCode;
use tokio::sync::Semaphore;
use tracing::Span;

use crate::error::{Error, Result};
use crate::sql::{Session, Sql};
use crate::stats::Stats;

/// Reads at the same time. They are short; more would only share the same cores.
const READERS_MAX: usize = 8;

/// Reads that may be queued. Beyond that, callers get `unavailable`.
const QUEUED_MAX: usize = 1_024;

/// Opens a session.
pub(crate) type Open = dyn Fn() -> Result<Box<dyn Session>> + Send + Sync;

pub(crate) struct Readers {
    open: Arc<Open>,
    idle: Arc<Mutex<Vec<Box<dyn Session>>>>,
    permits: Arc<Semaphore>,
    queue: Semaphore,
    stats: Arc<Stats>,
}

impl Readers {
    pub(crate) fn new(open: Arc<Open>, stats: Arc<Stats>) -> Self {
        Readers {
            open,
            idle: Arc::default(),
            permits: Arc::new(Semaphore::new(READERS_MAX)),
            queue: Semaphore::new(READERS_MAX + QUEUED_MAX),
            stats,
        }
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(Sql<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let _place = self.queue.try_acquire().map_err(|_| {
            self.stats.read_refused();
            Error::overloaded()
        })?;
        self.stats.read();
        let permit =
            self.permits.clone().acquire_owned().await.map_err(|_| ErrorCode::Unavailable)?;
        let (idle, open) = (Arc::clone(&self.idle), Arc::clone(&self.open));
        let span = Span::current();
        tokio::task::spawn_blocking(move || {
            let _in_span = span.enter();
            let session = begun(&idle, &*open)?;
            let result = work(Sql::new(session.engine()));
            if session.roll_back().is_ok()
                && session.is_open()
                && let Ok(mut idle) = idle.lock()
            {
                idle.push(session);
            }
            drop(permit);
            result
        })
        .await
        .context("a read did not finish")?
    }
}

/// Sessions of a database block while they close, which a thread of the runtime must not.
impl Drop for Readers {
    fn drop(&mut self) {
        let idle = Arc::clone(&self.idle);
        std::thread::spawn(move || idle.lock().map(|mut idle| idle.clear()).is_ok());
    }
}

/// A session that has begun a snapshot. One that was lost while it was idle is dropped for another.
fn begun(idle: &Mutex<Vec<Box<dyn Session>>>, open: &Open) -> Result<Box<dyn Session>> {
    let begin = |session: &dyn Session| session.engine().batch(session.begin_read());
    while let Some(kept) = idle.lock().ok().and_then(|mut idle| idle.pop()) {
        if kept.is_open() && begin(&*kept).is_ok() {
            return Ok(kept);
        }
    }
    let session = open()?;
    begin(&*session)?;
    Ok(session)
}
