//! The data file: its lock, the version of its schema (its *form*), and its epoch.
//!
//! A server, and a command that creates, migrates or replaces the file, hold the folder's lock. All other commands
//! run beside them, and only on a file of exactly this program's form.

use std::fs::{File, TryLockError};
use std::path::Path;

use anyhow::{Context, bail, ensure};
use porchlight_protocol::Epoch;
use rusqlite::{Connection, OpenFlags};

use crate::epoch;
use crate::error::{Error, Result};
use crate::mover::note;
use crate::random;
use crate::sql::{Sql, params};
use crate::store::FILE;

use super::mark::{Mark, Marker, Past};
use super::schema;

/// The name of the lock in the data folder.
pub const LOCK_FILE: &str = "porchlight.lock";

/// A data file under the folder's lock, in this program's form.
pub(crate) struct Held {
    pub(crate) sql: Connection,
    pub(crate) epoch: Epoch,
    pub(crate) marker: Marker,
    pub(crate) lock: File,
    /// The form before the migration, 0 for a new file.
    pub(crate) form: usize,
}

/// Takes the lock of a folder that exists. Fails if a server holds it.
pub(crate) fn lock(folder: &Path) -> anyhow::Result<File> {
    let lock = File::create(folder.join(LOCK_FILE))
        .with_context(|| format!("can't write to the data folder {}", folder.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => bail!(
            "a server is running on the data folder {}. Stop it, then try again",
            folder.display()
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("can't lock the data folder {}", folder.display()))
        }
    }
}

/// Opens a folder's file under its lock: creates it if it is missing, migrates it if its form is older.
pub(crate) fn hold(folder: &Path) -> anyhow::Result<Held> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("can't make the data folder {}", folder.display()))?;
    let lock = lock(folder)?;
    let path = folder.join(FILE);
    let mut sql =
        Connection::open(&path).with_context(|| format!("can't open {}", path.display()))?;
    schema::prepare(&sql)?;
    note::ensure_none(Sql::new(&sql), folder.display()).with_context(|| cant_use(&path))?;
    let form = schema::migrate(&mut sql).with_context(|| cant_use(&path))?;
    let found = Mark::read(folder);
    let mut epoch = schema::epoch(&sql)?;
    let now = Mark::of(folder, &epoch, commits(Sql::new(&sql)).map_err(Error::told)?)?;
    if has_gone_back(found.as_ref(), &now, form, &path) {
        epoch = epoch::renew(Sql::new(&sql)).map_err(Error::told)?;
    }
    let marker = Marker::new(folder, Mark::of(folder, &epoch, now.commits())?)?;
    Ok(Held { sql, epoch, marker, lock, form })
}

/// True if the file is behind its mark, or a copy. Logs which.
fn has_gone_back(found: Option<&Mark>, now: &Mark, form: usize, path: &Path) -> bool {
    let path = path.display();
    if form == 0 {
        if let Some(found) = found {
            tracing::error!(
                %path,
                commits = found.commits(),
                "the data file was missing or empty, and what it held is gone: this is a new one. If \
                 that was not meant, stop the server and put a backup back: porchlight restore --help"
            );
        }
        return false;
    }
    match Mark::past(found, now) {
        Past::Same => false,
        // Older versions left no mark.
        Past::Unmarked if form < 3 => false,
        Past::Unmarked | Past::Copy => {
            tracing::warn!(
                %path,
                "the data file is not the one that was served here before, but a copy: it begins a new \
                 epoch, and open clients start from a snapshot"
            );
            true
        }
        Past::Behind(commits) => {
            tracing::warn!(
                %path,
                lost = commits.saturating_sub(now.commits()),
                "the data file has gone back in time, and the newest commits are not in it: it begins a \
                 new epoch, and open clients start from a snapshot"
            );
            true
        }
    }
}

/// The number of commits that a store has seen.
pub(crate) fn commits(sql: Sql<'_>) -> Result<u64> {
    sql.value("SELECT commits FROM meta", params![])
}

/// Writes a new server's random number into the file and returns it. A server that finds another number there has
/// lost the file to another server.
pub(crate) fn take(sql: &Connection) -> anyhow::Result<i64> {
    let server = i64::from_le_bytes(random::bytes()?);
    sql.execute("UPDATE meta SET server = ?1", [server])?;
    Ok(server)
}

/// Creates a store in a folder that has none. True if it did.
pub fn create(folder: &Path) -> anyhow::Result<bool> {
    if is_there(folder) {
        return Ok(false);
    }
    Ok(hold(folder)?.form == 0)
}

/// True if a folder has a data file with something in it.
pub(crate) fn is_there(folder: &Path) -> bool {
    folder.join(FILE).metadata().is_ok_and(|file| file.len() > 0)
}

/// Migrates a store under the lock. Returns the forms before and after.
pub fn migrate(folder: &Path) -> anyhow::Result<(usize, usize)> {
    let path = folder.join(FILE);
    let sql = open(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    ensure_store(&sql, &path)?;
    drop(sql);
    Ok((hold(folder)?.form, schema::FORM))
}

/// Opens a folder's file, which holds a whole store. Fails if it has another form than this program's.
pub(crate) fn open_current(folder: &Path) -> anyhow::Result<Connection> {
    let sql = open_of_this_form(folder)?;
    note::ensure_none(Sql::new(&sql), folder.display())?;
    Ok(sql)
}

/// Opens a folder's file under its lock, to fill it: creates it if it is missing.
pub(crate) fn open_to_fill(folder: &Path) -> anyhow::Result<Connection> {
    if is_there(folder) {
        return open_of_this_form(folder);
    }
    let path = folder.join(FILE);
    let mut sql =
        Connection::open(&path).with_context(|| format!("can't open {}", path.display()))?;
    schema::prepare(&sql)?;
    schema::migrate(&mut sql).with_context(|| cant_use(&path))?;
    Ok(sql)
}

/// Opens a folder's file. Fails if it has another form than this program's. What it holds may be a part of a store.
pub(crate) fn open_of_this_form(folder: &Path) -> anyhow::Result<Connection> {
    let path = folder.join(FILE);
    let sql = open(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let form = ensure_store(&sql, &path)?;
    ensure!(
        form == schema::FORM,
        "{} was written by an older version of this program (schema version {form}, this one writes {}). \
         Restart the server with this version, or migrate the data: porchlight migrate --data {}",
        path.display(),
        schema::FORM,
        folder.display()
    );
    schema::prepare_to_write(&sql)?;
    Ok(sql)
}

/// Opens a file that exists.
pub(crate) fn open(path: &Path, flags: OpenFlags) -> anyhow::Result<Connection> {
    if !path.exists() {
        let folder = path.parent().unwrap_or(path);
        bail!(
            "there is no store in {}: is --data right? `porchlight site add` makes a new one, and so does \
             `porchlight serve`",
            folder.display()
        );
    }
    let sql = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .with_context(|| format!("can't open {}", path.display()))?;
    schema::prepare(&sql)?;
    Ok(sql)
}

/// The form of a file. Fails if it is no store, or one of a newer program.
pub(crate) fn ensure_store(sql: &Connection, path: &Path) -> anyhow::Result<usize> {
    let form = schema::form(sql).with_context(|| cant_use(path))?;
    let epochs = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'meta'";
    let named: i64 = sql.query_row(epochs, [], |row| row.get(0)).with_context(|| cant_use(path))?;
    ensure!(form > 0 && named == 1, "{} is no Porchlight store", path.display());
    schema::epoch(sql).with_context(|| format!("{} is no Porchlight store", path.display()))?;
    Ok(form)
}

fn cant_use(path: &Path) -> String {
    format!("can't use {}", path.display())
}
