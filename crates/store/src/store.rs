//! The open store of a running server.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use porchlight_protocol::{Epoch, ErrorCode, Millis, Revision};
use rusqlite::Connection;

use crate::clock::{Clock, TimeSource};
use crate::commit::Commit;
use crate::error::{Error, Result};
use crate::news::Published;
use crate::sql::{Sql, params};
use crate::sqlite::file::{self, Held};
use crate::sqlite::mark::Marker;
use crate::sqlite::readers;
use crate::sqlite::schema::FORM;
use crate::sqlite::writer;

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
    epoch: EpochState,
    clock: Arc<Clock>,
    server: i64,
    lock: Mutex<Option<File>>,
}

/// The epoch that clients get, and whether it must be renewed.
struct EpochState {
    current: RwLock<Epoch>,
    marker: Arc<Mutex<Marker>>,
    /// A client knows a revision of this epoch that the store has not reached.
    contradicted: AtomicBool,
    /// The epoch was renewed since the start.
    renewed: AtomicBool,
}

impl Store {
    /// Opens the store in a folder, made if need be. One server at a time: a second one is refused.
    /// The writer calls `publish` in the order of the commits.
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
        let epoch = EpochState {
            current: RwLock::new(epoch),
            marker,
            contradicted: AtomicBool::new(false),
            renewed: AtomicBool::new(false),
        };
        let lock = Mutex::new(Some(lock));
        Ok(Store { inner: Arc::new(Inner { writer, readers, epoch, clock, server, lock }) })
    }

    /// The store's current epoch.
    pub fn epoch(&self) -> Epoch {
        self.inner.epoch.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes that a client knows a revision of this epoch that the store has not reached: the file has gone back
    /// in time, or the client lies.
    pub(crate) fn contradict_epoch(&self) {
        self.inner.epoch.contradicted.store(true, Ordering::Relaxed);
    }

    /// Begins a new epoch if a client has contradicted the current one. True if it did: then all clients must
    /// start from a snapshot. At most once after each start, because a file goes back in time only while no
    /// server runs; so a client that lies gains little.
    pub async fn renew_contradicted_epoch(&self) -> Result<bool> {
        let state = &self.inner.epoch;
        let contradicted = state.contradicted.swap(false, Ordering::Relaxed);
        if !contradicted || state.renewed.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let epoch = self.write(|commit| file::renew(commit.sql)).await?;
        state.renewed.store(true, Ordering::Relaxed);
        state.marker.lock().unwrap_or_else(PoisonError::into_inner).renewed(&epoch);
        *state.current.write().unwrap_or_else(PoisonError::into_inner) = epoch;
        Ok(true)
    }

    /// Ends the process if another server has taken the file over, whose commits would not reach the clients here.
    pub async fn end_if_taken(&self) -> Result<()> {
        let server = self.inner.server;
        let taken = self.read(move |sql| {
            let now: i64 = sql.value("SELECT server FROM meta", params![])?;
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

    /// The wall clock: milliseconds since 1970 in UTC.
    pub fn now(&self) -> Millis {
        self.clock().now().wall
    }

    /// Runs `work` in the writer's transaction and returns after the commit. If `work` fails, its changes are
    /// rolled back.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Commit<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.inner.writer.write(work).await
    }

    /// Runs `work` on a snapshot.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(Sql<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.inner.readers.read(work).await
    }

    /// Refuses further writes, waits until the accepted ones are committed and the file is closed, and releases the
    /// folder's lock, even if clones of this store are still held.
    pub async fn close(&self) {
        self.inner.writer.close().await;
        self.inner.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// The newest revision of a site, in a snapshot.
pub(crate) fn revision(sql: Sql<'_>, site: SiteId) -> Result<Revision> {
    let query = "SELECT revision FROM sites WHERE id = $1";
    let newest = sql.first(query, params![site], |row| row.get(0))?;
    newest.ok_or_else(|| ErrorCode::SiteUnknown.into())
}

/// A number as SQLite stores it: its integers are signed. A larger one is capped, and stays beyond all real ones.
pub(crate) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number as it was stored. The store writes no negative ones.
pub(crate) fn number(int: i64) -> u64 {
    u64::try_from(int).unwrap_or_default()
}

/// The fault of a row whose JSON or id can't be parsed: the file is damaged.
pub(crate) fn damaged(what: &'static str) -> Error {
    Error::Fault(anyhow::anyhow!("the store is damaged: {what}"))
}
