//! The open store of a running server.

use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use porchlight_protocol::{Epoch, ErrorCode, Millis, Revision, SiteKey};
use tokio::sync::Notify;

use crate::clock::{Clock, TimeSource};
use crate::commit::Commit;
use crate::credential::Credential;
use crate::epoch::{self, EpochState};
use crate::error::{Error, Result};
use crate::lanes::Lane;
use crate::news::News;
use crate::place::Place;
use crate::postgres::database::Database;
use crate::postgres::schema;
use crate::postgres::time::DatabaseTime;
use crate::readers::Readers;
use crate::sites_of::SitesOf;
use crate::sql::{Sql, params};
use crate::sqlite::keeper;
use crate::sqlite::mark::Marker;
use crate::stats::{Counts, Stats};
use crate::tables::sites::Site;
use crate::writer::{Publish, QUEUED_MAX, Writers, end};

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
    /// The server can send e-mail: without, none is planned.
    pub mails: bool,
    /// Time comes from the machine's clocks, even where a database has one of its own. For tests that set the clock.
    pub machine_time: bool,
}

/// The open store of a running server. Cloning it is cheap.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) writers: Writers,
    pub(crate) readers: Readers,
    pub(crate) epoch: EpochState,
    pub(crate) clock: Arc<Clock>,
    pub(crate) stats: Arc<Stats>,
    pub(crate) sites_of: SitesOf,
    /// Notified when a flow has begun to wait.
    pub(crate) waits: Notify,
    /// E-mail is planned.
    pub(crate) mails: bool,
    /// The name of this node among those that share a database: another one at each start.
    pub(crate) node: String,
    /// The database, if that is where the store is.
    pub(crate) shared: Option<Shared>,
    /// The data file, if that is where the store is.
    pub(crate) file: Option<HeldFile>,
}

/// What a server holds of its data file.
pub(crate) struct HeldFile {
    /// The number that the server took at its start.
    pub(crate) server: i64,
    pub(crate) marker: Arc<Mutex<Marker>>,
    pub(crate) lock: Mutex<Option<File>>,
}

/// What a node knows of the database that it shares with others.
pub(crate) struct Shared {
    pub(crate) database: Database,
    /// Where the time comes from, unless from the machine.
    pub(crate) time: Option<Arc<DatabaseTime>>,
}

impl Store {
    /// Opens the store in a place, made if need be. The writers call `publish` after each commit that changed something
    /// for clients, in the order of the commits.
    pub fn at(
        place: &Place,
        config: &StoreConfig,
        time: Arc<dyn TimeSource>,
        publish: impl Fn(News) + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let publish: Publish = Arc::new(publish);
        let inner = match place {
            Place::Folder(folder) => crate::sqlite::serving::open(folder, config, time, &publish)?,
            Place::Database(database) => {
                crate::postgres::serving::open(database, config, time, &publish)?
            }
        };
        Ok(Store { inner: Arc::new(inner) })
    }

    /// Opens the store in a folder, made if need be. One server at a time: a second one is refused.
    pub fn open(
        folder: &Path,
        config: &StoreConfig,
        time: Arc<dyn TimeSource>,
        publish: impl Fn(News) + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        Store::at(&Place::Folder(folder.to_owned()), config, time, publish)
    }

    /// The store's current epoch.
    pub fn epoch(&self) -> Epoch {
        self.inner.epoch.current()
    }

    /// Notes that a client knows a revision of this epoch that the store has not reached.
    pub(crate) fn contradict_epoch(&self) {
        self.inner.epoch.contradict();
    }

    /// Takes the epoch that the store has now. True if it is another one than before.
    pub(crate) fn take_epoch(&self, epoch: Epoch) -> bool {
        self.inner.epoch.take(epoch)
    }

    /// Begins a new epoch if a client has contradicted the current one. True if it did: then all clients must
    /// start from a snapshot.
    pub async fn renew_contradicted_epoch(&self) -> Result<bool> {
        if !self.inner.epoch.is_to_be_renewed() {
            return Ok(false);
        }
        let epoch = self.write(|commit| epoch::renew(commit.sql)).await?;
        self.inner.epoch.is_renewed();
        if let Some(file) = &self.inner.file {
            file.marker.lock().unwrap_or_else(PoisonError::into_inner).renewed(&epoch);
        }
        Ok(self.take_epoch(epoch))
    }

    /// Ends the process if the store is not for this server any more: another one has taken its file over, whose commits
    /// would not reach the clients here, or a newer one has migrated its database.
    pub async fn end_if_taken(&self) -> Result<()> {
        if let Some(file) = &self.inner.file {
            let server = file.server;
            if self.read(move |sql| keeper::is_taken(sql, server)).await? {
                end(keeper::TAKEN);
            }
        }
        if self.is_shared() && self.read(schema::stored).await? != schema::FORM {
            end(schema::MIGRATED);
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

    /// The name of this server among the nodes that share a database: another one at each start.
    pub fn node(&self) -> &str {
        &self.inner.node
    }

    /// Waits until a flow begins to wait here, or did so since the last call.
    pub async fn flow_waits(&self) {
        self.inner.waits.notified().await;
    }

    /// Wakes who waits for [`Store::flow_waits`].
    pub(crate) fn note_wait(&self, waits: bool) {
        if waits {
            self.inner.waits.notify_one();
        }
    }

    /// True if other nodes may use the store as well.
    pub fn is_shared(&self) -> bool {
        self.inner.shared.is_some()
    }

    /// The database that other nodes use as well; `None` for a file, which has one server.
    pub(crate) fn database(&self) -> Option<&Database> {
        self.inner.shared.as_ref().map(|shared| &shared.database)
    }

    /// The database's clock, if time comes from it.
    pub(crate) fn time(&self) -> Option<&DatabaseTime> {
        self.inner.shared.as_ref()?.time.as_deref()
    }

    /// True if e-mail is planned.
    pub(crate) fn plans_mails(&self) -> bool {
        self.inner.mails
    }

    /// Runs `work` in a transaction that holds no site, and returns after the commit. If `work` fails, its changes are
    /// rolled back.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Commit<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.inner.writers.write(Lane::Common, work).await
    }

    /// Runs `work` in a transaction that holds this site, and returns after the commit. If `work` fails, its changes are
    /// rolled back.
    pub(crate) async fn write_at<T: Send + 'static>(
        &self,
        site: SiteId,
        mut work: impl FnMut(&mut Commit<'_>, Site) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let lane = if self.is_shared() { Lane::Site(site) } else { Lane::Common };
        let held = move |commit: &mut Commit<'_>| {
            let site = commit.hold(site)?;
            work(commit, site)
        };
        self.inner.writers.write(lane, held).await
    }

    /// The same, with the site of a credential. Whether the credential holds, `work` finds out.
    pub(crate) async fn write_for<T: Send + 'static>(
        &self,
        credential: &Credential,
        work: impl FnMut(&mut Commit<'_>, Site) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let refusal = credential.refusal();
        let site = match self.inner.sites_of.known(credential) {
            Some(site) => site,
            None => {
                let asked = credential.clone();
                let site = self.read(move |sql| asked.site(sql)).await?.ok_or(refusal)?;
                self.inner.sites_of.learn(credential, site);
                site
            }
        };
        let done = self.write_at(site, work).await;
        if done.as_ref().is_err_and(|error| error.is(ErrorCode::SiteUnknown)) {
            // The site was removed.
            self.inner.sites_of.forget(credential);
            return Err(refusal.into());
        }
        done
    }

    /// The site with this key.
    pub(crate) async fn site_id(&self, key: SiteKey) -> Result<SiteId> {
        Ok(self.site(key).await?.id)
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
        self.inner.writers.close().await;
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

/// The fault of a row whose JSON or id can't be parsed: the file is damaged.
pub(crate) fn damaged(what: &'static str) -> Error {
    Error::Fault(anyhow::anyhow!("the store is damaged: {what}"))
}
