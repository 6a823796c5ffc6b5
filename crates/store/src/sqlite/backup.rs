//! Backups of the store: made beside a running server, restored when none runs.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags, ffi};

use crate::check::{self, Contents};
use crate::clock;
use crate::epoch;
use crate::error::Error;
use crate::mover::note;
use crate::sql::Sql;
use crate::store::FILE;

use super::file;
use super::mark::{MARK_FILE, Mark, Marker};

/// The result of a restore.
#[derive(Debug)]
pub struct Restored {
    /// The contents of the restored store.
    pub contents: Contents,
    /// The path of the former store, if there was one.
    pub aside: Option<PathBuf>,
}

/// Copies a snapshot of a folder's store into one file, while a server may run. `over` replaces an existing file.
/// Afterwards there is a complete file, or the former one.
pub fn back_up(folder: &Path, to: &Path, over: bool) -> anyhow::Result<Contents> {
    let live = folder.join(FILE);
    // Whatever its form: backups are made before upgrades.
    let from = file::open(&live, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    file::ensure_store(&from, &live)?;
    note::ensure_none(Sql::new(&from), folder.display())?;
    ensure!(!to.is_dir(), "{} is a folder: name a file in it", to.display());
    ensure!(!is_of_store(folder, to), "{} is the store itself, not a backup of it", to.display());
    ensure!(
        over || !to.exists(),
        "{} is there already: name another file, or replace it with --force",
        to.display()
    );
    let part = with_suffix(to, ".part");
    let made = copy(&from, &part).and_then(|()| {
        let contents = whole(&part)?;
        put(&part, to)?;
        Ok(contents)
    });
    made.inspect_err(|_| remove(&part)).with_context(|| format!("{} was not made", to.display()))
}

/// Restores a backup as the store of a folder. Fails while a server runs. Keeps the former store aside, and begins a
/// new epoch, so that open clients start from a snapshot.
pub fn restore(folder: &Path, from: &Path) -> anyhow::Result<Restored> {
    ensure!(from.exists(), "there is no file {}", from.display());
    ensure!(
        !is_of_store(folder, from),
        "{} is the store of this folder itself: there is nothing to put back",
        from.display()
    );
    fs::create_dir_all(folder)
        .with_context(|| format!("can't make the data folder {}", folder.display()))?;
    let _lock = file::lock(folder)?;
    let live = folder.join(FILE);
    let part = with_suffix(&live, ".part");
    let prepared = prepare(from, &part);
    prepared.inspect_err(|_| remove(&part)).context("nothing was changed").and_then(|contents| {
        let aside = set_aside(&live)?;
        put(&part, &live).with_context(|| match &aside {
            Some(aside) => format!("the store of before is {}", aside.display()),
            None => "there was no store before".to_owned(),
        })?;
        let sql = file::open(&live, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let commits = file::commits(Sql::new(&sql)).map_err(Error::told)?;
        let epoch = super::schema::epoch(&sql)?;
        Marker::new(folder, Mark::of(folder, &epoch, commits)?)?;
        Ok(Restored { contents, aside })
    })
}

/// Copies the backup, checks the copy and gives it a new epoch.
fn prepare(from: &Path, part: &Path) -> anyhow::Result<Contents> {
    let sql = file::open(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    file::ensure_store(&sql, from)?;
    copy(&sql, part)?;
    let contents = whole(part).with_context(|| format!("{} can't be put back", from.display()))?;
    epoch::renew(Sql::new(&Connection::open(part)?)).map_err(Error::told)?;
    Ok(contents)
}

/// Copies one snapshot of `from`, page by page.
fn copy(from: &Connection, part: &Path) -> anyhow::Result<()> {
    remove(part);
    // Only for the user: the file holds conversations.
    let made = File::options().write(true).create_new(true).mode(0o600).open(part);
    made.with_context(|| format!("can't write {}", part.display()))?;
    let mut to = Connection::open(part)?;
    let copied = Backup::new(from, &mut to).and_then(|backup| {
        // In one step: after each write of a server SQLite would begin again.
        let pages = -1;
        backup.step(pages)
    });
    match copied {
        Ok(rusqlite::backup::StepResult::Done) => {}
        Ok(_) => bail!("the store is busy: try again"),
        Err(error) => return Err(explained(error)),
    }
    // Without a write-ahead log, so that the backup is a single file.
    to.pragma_update(None, "journal_mode", "delete").map_err(explained)?;
    to.close().map_err(|(_, error)| explained(error))?;
    File::open(part)?.sync_all().with_context(|| format!("can't write {}", part.display()))
}

fn explained(error: rusqlite::Error) -> anyhow::Error {
    match error.sqlite_error_code() {
        Some(ffi::ErrorCode::DiskFull) => anyhow::anyhow!("the disk is full"),
        _ => anyhow::Error::from(error).context("can't copy the store"),
    }
}

/// The contents of a copy, if SQLite finds no fault in it.
fn whole(path: &Path) -> anyhow::Result<Contents> {
    let sql = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let found: String = sql.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    ensure!(found == "ok", "it is damaged: {found}");
    check::contents(Sql::new(&sql)).map_err(Error::told)
}

/// Moves the former file and those that belong to it aside, so that a restore loses nothing.
fn set_aside(live: &Path) -> anyhow::Result<Option<PathBuf>> {
    if !live.exists() {
        return Ok(None);
    }
    let aside = with_suffix(live, &format!(".before-restore-{}", clock::now()));
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let (from, to) = (with_suffix(live, suffix), with_suffix(&aside, suffix));
        match fs::rename(&from, &to) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                return Err(error).with_context(|| format!("can't move {} away", from.display()));
            }
        }
    }
    Ok(Some(aside))
}

/// Renames a finished file, durably.
fn put(part: &Path, to: &Path) -> anyhow::Result<()> {
    fs::rename(part, to).with_context(|| format!("can't write {}", to.display()))?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(())
}

/// True for the data file, by whatever name, and for the files that belong to it.
fn is_of_store(folder: &Path, path: &Path) -> bool {
    let same = |one: &Path| match (one.metadata(), path.metadata()) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    };
    let named = |path: &Path| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
        Some(folder.join(path.file_name()?))
    };
    let beside = ["-wal", "-shm", "-journal"].map(|suffix| format!("{FILE}{suffix}"));
    let others = [FILE, MARK_FILE, file::LOCK_FILE].map(str::to_owned);
    beside.into_iter().chain(others).map(|name| folder.join(name)).any(|of_store| {
        same(&of_store) || named(&of_store).is_some_and(|name| named(path) == Some(name))
    })
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn remove(path: &Path) {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let _ = fs::remove_file(with_suffix(path, suffix));
    }
}
