//! What the writer does for a data file beside its statements: whether it still belongs to this server, the mark beside
//! it, and what a fault of the disk means.
//!
//! After a fault of the disk nobody knows what the file holds, so the process ends rather than try again: the next
//! start recovers from the write-ahead log.

use std::sync::{Arc, Mutex, PoisonError};

use porchlight_protocol::Millis;
use rusqlite::ffi;

use crate::error::{Error, Result};
use crate::sql::{Sql, params};
use crate::writer::{Keeper, end};

use super::mark::Marker;

/// The reason for which a server ends that finds another server's number in the file.
pub(crate) const TAKEN: &str = "another server has taken over the data file";

/// The keeper of a data file.
pub(crate) struct FileKeeper {
    /// The number that the server took at its start.
    server: i64,
    marker: Arc<Mutex<Marker>>,
    /// The number of the commit under way.
    commits: u64,
}

impl FileKeeper {
    pub(crate) fn new(server: i64, marker: Arc<Mutex<Marker>>) -> Self {
        FileKeeper { server, marker, commits: 0 }
    }
}

/// True if the file belongs to another server.
pub(crate) fn is_taken(sql: Sql<'_>, server: i64) -> Result<bool> {
    let owner: i64 = sql.value("SELECT server FROM meta", params![])?;
    Ok(owner != server)
}

/// Counts a commit that takes revisions. Returns its number.
pub(crate) fn count_commit(sql: Sql<'_>) -> Result<u64> {
    sql.value("UPDATE meta SET commits = commits + 1 RETURNING commits", params![])
}

impl Keeper for FileKeeper {
    fn begun(&mut self, sql: Sql<'_>) -> Result<()> {
        if is_taken(sql, self.server)? {
            end(TAKEN);
        }
        Ok(())
    }

    fn committing(&mut self, sql: Sql<'_>, _steady: Millis) -> Result<()> {
        self.commits = count_commit(sql)?;
        Ok(())
    }

    fn committed(&mut self) {
        self.marker.lock().unwrap_or_else(PoisonError::into_inner).reached(self.commits);
    }

    fn failed(&mut self, error: &Error) {
        use ffi::ErrorCode as Fault;
        if let Some(fault) = error.sqlite()
            && matches!(
                fault.code,
                Fault::SystemIoFailure
                    | Fault::DatabaseCorrupt
                    | Fault::NotADatabase
                    | Fault::CannotOpen
                    | Fault::OutOfMemory
                    | Fault::ReadOnly
            )
        {
            end(&format!("the disk or the data file fails: {fault}"));
        }
    }

    fn closing(&mut self, sql: Sql<'_>) {
        // Everything is committed already; this only spares the next start some work.
        if let Err(error) = sql.first("PRAGMA wal_checkpoint(TRUNCATE)", params![], |_| Ok(())) {
            tracing::warn!(?error, "the last checkpoint failed");
        }
    }
}
