//! The store: one SQLite file with one writer and a few readers.
//!
//! [`Store::write`] runs a closure inside the writer's transaction and answers after its commit;
//! [`Store::read`] runs one on a snapshot. What they do with the tables stands in the modules named
//! after the tables. Every query names its site.

pub mod agents;
pub mod bots;
pub mod conversations;
pub mod deadlines;
pub mod events;
pub mod log;
mod readers;
mod schema;
pub mod sites;
pub mod visitors;
mod writer;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use porchlight_protocol::{Epoch, Millis, Revision};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::clock::{Clock, TimeSource};
use crate::error::{Error, Result};
use crate::hub::Published;
pub use writer::Commit;

/// A site's row. It never leaves the server: outside, a site is its key.
pub type SiteId = i64;

/// The name of the data file in the data folder.
pub const FILE: &str = "porchlight.db";

/// How a store is opened.
#[derive(Debug, Clone, Default)]
pub struct StoreConfig {
    /// Pages that the file may have at most; none for no limit. For tests of a full disk.
    pub pages_max: Option<u32>,
}

/// The open store of a running server. Cloning it is cheap.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    writer: writer::Writer,
    readers: readers::Readers,
    epoch: Epoch,
    clock: Arc<Clock>,
    _lock: File,
}

impl Store {
    /// Opens the store in a folder, made if need be. One server at a time: a second one is refused.
    /// What is published goes to `publish` in the order of the commits.
    pub fn open(
        folder: &Path,
        config: &StoreConfig,
        time: Arc<dyn TimeSource>,
        publish: impl Fn(Published) + Send + 'static,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("can't make the data folder {}", folder.display()))?;
        let lock = File::create(folder.join("porchlight.lock"))
            .with_context(|| format!("can't write to the data folder {}", folder.display()))?;
        lock.try_lock().with_context(|| {
            format!("another server is running on the data folder {}", folder.display())
        })?;
        let (sql, epoch) = open_file(folder)?;
        if let Some(pages) = config.pages_max {
            sql.pragma_update(None, "max_page_count", pages)?;
        }
        let last: Millis = sql.query_row("SELECT steady FROM meta", [], |row| row.get(0))?;
        let clock = Arc::new(Clock::resumed(time, last));
        let readers = readers::Readers::new(folder.join(FILE));
        let writer = writer::Writer::start(sql, Arc::clone(&clock), Box::new(publish))?;
        Ok(Store { inner: Arc::new(Inner { writer, readers, epoch, clock, _lock: lock }) })
    }

    /// Which life of the store this is.
    pub fn epoch(&self) -> &Epoch {
        &self.inner.epoch
    }

    /// The clock that commits are timed by.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Runs `work` inside the writer's transaction. The answer comes after its commit; if `work`
    /// fails, nothing of it stays.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Commit<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.inner.writer.write(work).await
    }

    /// Runs `work` on a snapshot.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.inner.readers.read(work).await
    }

    /// Takes no more writes, waits until the accepted ones are committed and the file is closed.
    pub async fn close(&self) {
        self.inner.writer.close().await;
    }
}

fn open_file(folder: &Path) -> anyhow::Result<(Connection, Epoch)> {
    let path = folder.join(FILE);
    let mut sql =
        Connection::open(&path).with_context(|| format!("can't open {}", path.display()))?;
    schema::prepare(&sql)?;
    let epoch =
        schema::migrate(&mut sql).with_context(|| format!("can't use {}", path.display()))?;
    Ok((sql, epoch))
}

/// Runs `work` in a transaction of its own: how commands change the store, beside a running server.
pub fn with_file<T>(
    folder: &Path,
    work: impl FnOnce(&Transaction<'_>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("can't make the data folder {}", folder.display()))?;
    let (mut sql, _) = open_file(folder)?;
    let tx = sql.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = work(&tx)?;
    tx.commit()?;
    Ok(done)
}

/// The newest commit of a snapshot.
pub fn revision(sql: &Connection) -> Result<Revision> {
    let revision: i64 =
        sql.prepare_cached("SELECT revision FROM meta")?.query_row([], |row| row.get(0))?;
    Ok(number(revision))
}

/// Takes the next commit number in a command's transaction.
fn take_revision(sql: &Connection) -> Result<Revision> {
    let revision: i64 = sql
        .prepare_cached("UPDATE meta SET revision = revision + 1 RETURNING revision")?
        .query_row([], |row| row.get(0))?;
    Ok(number(revision))
}

/// SQLite's integers are signed; what is beyond them is beyond every real number too.
pub(crate) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The way back. Nothing negative is ever stored.
pub(crate) fn number(int: i64) -> u64 {
    u64::try_from(int).unwrap_or_default()
}

/// Reads what was written as JSON or as an id. If it can't be read, the file is damaged.
pub(crate) fn damaged(what: &'static str) -> Error {
    Error::Fault(anyhow::anyhow!("the store is damaged: {what}"))
}
