//! Where a store is: in a folder or in a database.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::ensure;
use porchlight_protocol::Millis;
use rusqlite::TransactionBehavior;

use crate::check::{self, Report};
use crate::clock::{self, Moment};
use crate::commit::Commit;
use crate::error::{Error, Result};
use crate::postgres::database::Database;
use crate::sql::{Session, Sql};
use crate::sqlite::{file, keeper};
use crate::store::FILE;
use crate::tables::sites;

/// Where a store is.
#[derive(Debug, Clone)]
pub enum Place {
    /// In one SQLite file in this folder.
    Folder(PathBuf),
    /// In this PostgreSQL database.
    Database(Box<Database>),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Folder(folder) => folder.display().fmt(f),
            Place::Database(database) => database.fmt(f),
        }
    }
}

/// `postgres://…` is a database, everything else the path of a folder. No error repeats the address, which may hold a
/// password.
impl FromStr for Place {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        ensure!(!text.is_empty(), "a place is a folder, or postgres://USER:PASSWORD@HOST/NAME");
        if text.contains("://") {
            return Ok(Place::Database(Box::new(text.parse()?)));
        }
        Ok(Place::Folder(PathBuf::from(text)))
    }
}

impl Place {
    /// Creates the store if there is none. True if it did.
    pub fn create(&self) -> anyhow::Result<bool> {
        match self {
            Place::Folder(folder) => file::create(folder),
            Place::Database(database) => Ok(database.migrate()?.0 == 0),
        }
    }

    /// Migrates the store. Returns the forms before and after.
    pub fn migrate(&self) -> anyhow::Result<(usize, usize)> {
        match self {
            Place::Folder(folder) => file::migrate(folder),
            Place::Database(database) => database.migrate(),
        }
    }

    /// Checks the whole store: hashes, logs without gaps, and that each state is the fold of its log. What is wrong with
    /// a file's structure is found as well.
    pub fn check(&self) -> anyhow::Result<Report> {
        match self {
            Place::Folder(folder) => check::file(&folder.join(FILE)),
            Place::Database(_) => self.read(|sql| check::whole(sql, &mut |_| {})),
        }
    }

    /// Runs a command's `work` on a snapshot. It neither waits for a writer nor blocks one.
    pub(crate) fn read<T>(&self, work: impl FnOnce(Sql<'_>) -> Result<T>) -> anyhow::Result<T> {
        match self {
            Place::Folder(folder) => {
                let connection = file::open_current(folder)?;
                connection.pragma_update(None, "query_only", true)?;
                let snapshot = connection.unchecked_transaction()?;
                work(Sql::new(&*snapshot)).map_err(Error::told)
            }
            Place::Database(database) => {
                let session = database.session()?;
                let sql = Sql::new(session.engine());
                sql.batch(session.begin_read()).and_then(|()| work(sql)).map_err(Error::told)
            }
        }
    }

    /// Runs a command's `work` in a transaction of its own, beside a running server.
    pub(crate) fn write<T>(&self, work: impl FnOnce(Sql<'_>) -> Result<T>) -> anyhow::Result<T> {
        match self {
            Place::Folder(folder) => {
                let mut connection = file::open_current(folder)?;
                let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                let done = work(Sql::new(&*tx)).map_err(Error::told)?;
                tx.commit()?;
                Ok(done)
            }
            Place::Database(database) => {
                let session = database.session()?;
                let sql = Sql::new(session.engine());
                let done = || {
                    sql.batch(session.begin_write())?;
                    let done = work(sql)?;
                    sql.batch("COMMIT")?;
                    Ok(done)
                };
                done().map_err(Error::told)
            }
        }
    }

    /// Runs a command's `work` that appends events or changes settings. Servers notice it by the site's revision.
    pub(crate) fn change<T>(
        &self,
        work: impl FnOnce(&mut Commit<'_>) -> Result<T>,
    ) -> anyhow::Result<T> {
        self.write(|sql| {
            let at = Moment { wall: now(sql)?, steady: sites::steady(sql)? };
            let mut commit = Commit::new(sql, at);
            let done = work(&mut commit)?;
            if commit.save_revisions()? && matches!(self, Place::Folder(_)) {
                keeper::count_commit(sql)?;
            }
            Ok(done)
        })
    }
}

/// The wall clock for commands.
pub(crate) fn now(sql: Sql<'_>) -> Result<Millis> {
    Ok(sql.wall()?.unwrap_or_else(clock::now))
}
