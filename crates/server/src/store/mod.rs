//! The store: one SQLite file with one writer and a few readers.
//!
//! [`Store::write`] runs a closure inside the writer's transaction and answers after its commit;
//! [`Store::read`] runs one on a snapshot. What they do with the tables stands in the modules named
//! after the tables. Every query names its site.

pub mod agents;
pub mod backup;
pub mod bots;
pub mod check;
pub mod conversations;
pub mod damage;
pub mod deadlines;
pub mod events;
mod file;
mod mark;
pub mod news;
pub mod ops;
pub mod outside;
mod readers;
mod schema;
pub mod sites;
pub mod visitors;
mod writer;

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use porchlight_protocol::{Epoch, Millis, Revision};
use rusqlite::Connection;

use crate::clock::{Clock, TimeSource};
use crate::error::{Error, Result};
use file::Held;
pub(crate) use file::fault;
pub use file::{LOCK_FILE, create, migrate, read_file, with_file};
pub use mark::MARK_FILE;
use mark::Marker;
use news::Published;
use schema::FORM;
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
    /// Bytes that the file may have at most; none for no limit. Beyond it, nothing new is taken.
    pub bytes_max: Option<u64>,
}

impl StoreConfig {
    fn pages_max(&self, sql: &Connection) -> rusqlite::Result<Option<u32>> {
        let page: u64 = sql.query_row("PRAGMA page_size", [], |row| row.get(0)).map(number)?;
        let by_bytes = self.bytes_max.map(|bytes| u32::try_from(bytes / page.max(1)));
        let by_bytes = by_bytes.map(|pages| pages.unwrap_or(u32::MAX).max(1));
        Ok(self.pages_max.into_iter().chain(by_bytes).min())
    }
}

/// The open store of a running server. Cloning it is cheap.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    writer: writer::Writer,
    readers: readers::Readers,
    life: Life,
    clock: Arc<Clock>,
    server: i64,
    lock: Mutex<Option<File>>,
}

/// Which life of the store this is, as far as clients are told.
struct Life {
    epoch: RwLock<Epoch>,
    marker: Arc<Mutex<Marker>>,
    doubt: AtomicBool,
    renewed: AtomicBool,
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
        let Held { sql, epoch, marker, lock, form } = file::hold(folder)?;
        match form {
            0 => tracing::info!(folder = %folder.display(), "made a new store"),
            FORM => {}
            form => tracing::info!(from = form, to = FORM, "brought the store to its newest form"),
        }
        if let Some(pages) = config.pages_max(&sql)? {
            sql.pragma_update(None, "max_page_count", pages)?;
        }
        let last: Millis = sql.query_row("SELECT steady FROM meta", [], |row| row.get(0))?;
        let server = file::take(&sql)?;
        let clock = Arc::new(Clock::resumed(time, last));
        let readers = readers::Readers::new(folder.join(FILE));
        let marker = Arc::new(Mutex::new(marker));
        let owner = writer::Owner { server, marker: Arc::clone(&marker) };
        let writer = writer::Writer::start(sql, Arc::clone(&clock), owner, Box::new(publish))?;
        let life = Life {
            epoch: RwLock::new(epoch),
            marker,
            doubt: AtomicBool::new(false),
            renewed: AtomicBool::new(false),
        };
        let lock = Mutex::new(Some(lock));
        Ok(Store { inner: Arc::new(Inner { writer, readers, life, clock, server, lock }) })
    }

    /// Which life of the store this is.
    pub fn epoch(&self) -> Epoch {
        self.inner.life.epoch.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A client knows a commit of this life that is still to come: the file has gone back in time, or the
    /// client lies.
    pub fn doubt(&self) {
        self.inner.life.doubt.store(true, Ordering::Relaxed);
    }

    /// Begins a new epoch if a client gave reason to. True if it did: then every client that is there has
    /// to start anew. Once for each start, for a file goes back only while no server runs; so a client
    /// that lies gains little.
    pub async fn renew_if_in_doubt(&self) -> Result<bool> {
        let life = &self.inner.life;
        if !life.doubt.swap(false, Ordering::Relaxed) || life.renewed.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let epoch = self.write(|commit| Ok(file::renew(commit.sql)?)).await?;
        life.renewed.store(true, Ordering::Relaxed);
        life.marker.lock().unwrap_or_else(PoisonError::into_inner).renewed(&epoch);
        *life.epoch.write().unwrap_or_else(PoisonError::into_inner) = epoch;
        Ok(true)
    }

    /// Ends the process if another server has taken the file over: its commits would reach nobody here.
    pub async fn end_if_taken(&self) -> Result<()> {
        let server = self.inner.server;
        let taken = self.read(move |sql| {
            let now: i64 =
                sql.prepare_cached("SELECT server FROM meta")?.query_row([], |row| row.get(0))?;
            Ok(now != server)
        });
        if taken.await? {
            writer::end(writer::TAKEN);
        }
        Ok(())
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

    /// Takes no more writes, waits until the accepted ones are committed and the file is closed, and lets
    /// another server have the folder, whoever still holds a clone of this store.
    pub async fn close(&self) {
        self.inner.writer.close().await;
        self.inner.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Bytes of the data file.
pub fn size(sql: &Connection) -> Result<u64> {
    let pages: i64 = sql.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    let page: i64 = sql.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    Ok(number(pages) * number(page))
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
