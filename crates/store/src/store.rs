//! The open store of a running server.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use anyhow::anyhow;
use porchlight_protocol::{Epoch, ErrorCode, Millis, Revision};
use rusqlite::Connection;

use crate::clock::{Clock, TimeSource};
use crate::commit::Commit;
use crate::error::{Error, Result};
use crate::news::Published;
use crate::place::Place;
use crate::postgres::{self, database::Database};
use crate::readers::Readers;
use crate::sql::{Session, Sql, params};
use crate::sqlite::engine::{FileSession, open_reader};
use crate::sqlite::file::{self, Held};
use crate::sqlite::keeper::{self, FileKeeper};
use crate::sqlite::mark::Marker;
use crate::sqlite::schema::FORM;
use crate::stats::{Counts, Stats};
use crate::tables::sites;
use crate::writer::{QUEUED_MAX, Writer, end};

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
    writer: Writer,
    readers: Readers,
    epoch: EpochState,
    clock: Arc<Clock>,
    stats: Arc<Stats>,
    /// The data file, if that is where the store is.
    file: Option<HeldFile>,
}

/// What a server holds of its data file.
struct HeldFile {
    /// The number that the server took at its start.
    server: i64,
    marker: Arc<Mutex<Marker>>,
    lock: Mutex<Option<File>>,
}

/// The epoch that clients get, and whether it must be renewed.
struct EpochState {
    current: RwLock<Epoch>,
    /// A client knows a revision of this epoch that the store has not reached.
    contradicted: AtomicBool,
    /// The epoch was renewed since the start.
    renewed: AtomicBool,
}

impl EpochState {
    fn new(epoch: Epoch) -> Self {
        let (contradicted, renewed) = (AtomicBool::new(false), AtomicBool::new(false));
        EpochState { current: RwLock::new(epoch), contradicted, renewed }
    }
}

impl Store {
    /// Opens the store in a place, made if need be. The writer calls `publish` in the order of the commits.
    pub fn at(
        place: &Place,
        config: &StoreConfig,
        time: Arc<dyn TimeSource>,
        publish: impl Fn(Published) + Send + 'static,
    ) -> anyhow::Result<Self> {
        match place {
            Place::Folder(folder) => Store::open(folder, config, time, publish),
            Place::Database(database) => Store::connect(database, time, publish),
        }
    }

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
        let last = sites::steady(Sql::new(&sql)).map_err(Error::told)?;
        let server = file::take(&sql)?;
        let clock = Arc::new(Clock::resumed(time, last));
        let path = folder.join(FILE);
        let stats = Arc::<Stats>::default();
        let open = Arc::new(move || Ok(Box::new(open_reader(&path)?) as Box<dyn Session>));
        let readers = Readers::new(open, Arc::clone(&stats));
        let marker = Arc::new(Mutex::new(marker));
        let keeper = FileKeeper::new(server, Arc::clone(&marker));
        let writer = Writer::start(
            Box::new(FileSession(sql)),
            // The connection to a file is never lost.
            Box::new(|| Err(ErrorCode::Unavailable.into())),
            Box::new(keeper),
            Arc::clone(&clock),
            Arc::clone(&stats),
            Box::new(publish),
        )?;
        let file = Some(HeldFile { server, marker, lock: Mutex::new(Some(lock)) });
        let epoch = EpochState::new(epoch);
        Ok(Store { inner: Arc::new(Inner { writer, readers, epoch, clock, stats, file }) })
    }

    /// Opens the store in a database, set up if need be. The writer calls `publish` in the order of the commits.
    fn connect(
        database: &Database,
        time: Arc<dyn TimeSource>,
        publish: impl Fn(Published) + Send + 'static,
    ) -> anyhow::Result<Self> {
        // On a thread of its own: connecting blocks, which a thread of the runtime must not.
        let opened = {
            let database = database.clone();
            std::thread::spawn(move || {
                let (from, _) = database.migrate()?;
                let session = database.hold()?;
                let sql = Sql::new(session.engine());
                let epoch = postgres::schema::epoch(sql).map_err(Error::told)?;
                let last = sites::steady(sql).map_err(Error::told)?;
                anyhow::Ok((from, session, epoch, last))
            })
        };
        let opened = opened.join().map_err(|_| anyhow!("connecting to {database} failed"))?;
        let (from, session, epoch, last) = opened?;
        let to = postgres::schema::FORM;
        match from {
            0 => tracing::info!(%database, "set up a new store"),
            from if from == to => {}
            from => tracing::info!(from, to, "brought the store to its newest form"),
        }
        let clock = Arc::new(Clock::resumed(time, last));
        let of_readers = database.clone();
        let stats = Arc::<Stats>::default();
        let open = Arc::new(move || Ok(Box::new(of_readers.serving()?) as Box<dyn Session>));
        let readers = Readers::new(open, Arc::clone(&stats));
        let of_writer = database.clone();
        let writer = Writer::start(
            Box::new(session),
            Box::new(move || Ok(Box::new(of_writer.hold()?))),
            Box::new(postgres::DatabaseKeeper),
            Arc::clone(&clock),
            Arc::clone(&stats),
            Box::new(publish),
        )?;
        let epoch = EpochState::new(epoch);
        Ok(Store { inner: Arc::new(Inner { writer, readers, epoch, clock, stats, file: None }) })
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
        if let Some(file) = &self.inner.file {
            file.marker.lock().unwrap_or_else(PoisonError::into_inner).renewed(&epoch);
        }
        *state.current.write().unwrap_or_else(PoisonError::into_inner) = epoch;
        Ok(true)
    }

    /// Ends the process if another server has taken the file over, whose commits would not reach the clients here.
    pub async fn end_if_taken(&self) -> Result<()> {
        let Some(file) = &self.inner.file else { return Ok(()) };
        let server = file.server;
        if self.read(move |sql| keeper::is_taken(sql, server)).await? {
            end(keeper::TAKEN);
        }
        Ok(())
    }

    /// What the store has counted of its own work since it was opened.
    pub fn counts(&self) -> Counts {
        self.inner.stats.counts(QUEUED_MAX)
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
        if let Some(file) = &self.inner.file {
            file.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
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
