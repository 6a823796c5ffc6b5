//! The readers: a pool of read-only connections. Each read sees a snapshot of its own.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use anyhow::Context;
use porchlight_protocol::ErrorCode;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};
use crate::sql::Sql;

use super::schema;

/// Reads at the same time. They are short; more would only share the same cores.
const READERS_MAX: usize = 8;

/// Reads that may be queued. Beyond that, callers get `unavailable`.
const QUEUED_MAX: usize = 1_024;

pub(crate) struct Readers {
    path: Arc<PathBuf>,
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
    queue: Semaphore,
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Self {
        Readers {
            path: Arc::new(path),
            idle: Arc::default(),
            permits: Arc::new(Semaphore::new(READERS_MAX)),
            queue: Semaphore::new(READERS_MAX + QUEUED_MAX),
        }
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(Sql<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let _place = self.queue.try_acquire().map_err(|_| Error::overloaded())?;
        let permit =
            self.permits.clone().acquire_owned().await.map_err(|_| ErrorCode::Unavailable)?;
        let (idle, path) = (self.idle.clone(), self.path.clone());
        tokio::task::spawn_blocking(move || {
            let kept = idle.lock().ok().and_then(|mut idle| idle.pop());
            let sql = match kept {
                Some(sql) => sql,
                None => open(&path)?,
            };
            let result = snapshot(&sql, work);
            if sql.is_autocommit()
                && let Ok(mut idle) = idle.lock()
            {
                idle.push(sql);
            }
            drop(permit);
            result
        })
        .await
        .context("a read did not finish")?
    }
}

fn open(path: &PathBuf) -> Result<Connection> {
    let sql = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    schema::prepare(&sql)?;
    sql.pragma_update(None, "query_only", true)?;
    Ok(sql)
}

fn snapshot<T>(sql: &Connection, work: impl FnOnce(Sql<'_>) -> Result<T>) -> Result<T> {
    let tx = sql.unchecked_transaction()?;
    let result = work(Sql::new(&*tx));
    tx.rollback()?;
    result
}
