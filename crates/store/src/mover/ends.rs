//! The two ends of a move, and what keeps everybody else away from them.

use std::fs::File;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::catalogue::Table;
use crate::error::{Error, Result};
use crate::place::Place;
use crate::sql::{Session, Sql, params};
use crate::sqlite::engine::FileSession;
use crate::sqlite::file;
use crate::sqlite::mark::{Mark, Marker};
use crate::store::FILE;

/// Time for which a server's lock on a database is waited for: a database notices only after a while that the connection
/// of a move that was killed is gone.
const LOCK_WITHIN: Duration = Duration::from_secs(2);

/// A store in a place, open for a move.
pub(super) struct End {
    place: Place,
    session: Box<dyn Session>,
    /// The lock of its folder, if it is in one.
    lock: Option<File>,
}

impl End {
    /// Opens the source, which must be a store in this program's form.
    pub(super) fn source(place: &Place) -> anyhow::Result<Self> {
        let session: Box<dyn Session> = match place {
            Place::Folder(folder) => {
                let there = folder.join(FILE).exists();
                ensure!(there, "there is no store in {}: is --from right?", folder.display());
                Box::new(FileSession(file::open_current(folder)?))
            }
            Place::Database(database) => {
                let session = database.session()?;
                database.prepare_to_move(&session)?;
                Box::new(session)
            }
        };
        Ok(End { place: place.clone(), session, lock: None })
    }

    /// Opens the target, and keeps servers away from it. Sets it up if it is empty.
    pub(super) fn target(place: &Place) -> anyhow::Result<Self> {
        let (session, lock): (Box<dyn Session>, _) = match place {
            Place::Folder(folder) => {
                std::fs::create_dir_all(folder)
                    .with_context(|| format!("can't make the data folder {}", folder.display()))?;
                let lock = file::lock(folder)?;
                (Box::new(FileSession(file::open_to_fill(folder)?)), Some(lock))
            }
            Place::Database(database) => {
                let session = database.connect()?;
                database.prepare_to_move(&session)?;
                keep_servers_away(place, Sql::new(session.engine()))?;
                database.migrate_by(&session)?;
                (Box::new(session), None)
            }
        };
        Ok(End { place: place.clone(), session, lock })
    }

    /// Where queries go.
    pub(super) fn sql(&self) -> Sql<'_> {
        Sql::new(self.session.engine())
    }

    /// Keeps servers away from the source, and begins a snapshot beside which nobody can write, until this end is dropped.
    pub(super) fn hold_still(&mut self, tables: &[Table]) -> anyhow::Result<()> {
        self.lock = keep_servers_away(&self.place, Sql::new(self.session.engine()))?;
        let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        let begun = self.session.begin_still(&names).map_err(Error::told);
        begun.with_context(|| format!("{} can't be held still", self.place))
    }

    /// Runs `work` in a transaction.
    pub(super) fn write<T>(&self, work: impl FnOnce(Sql<'_>) -> Result<T>) -> Result<T> {
        self.within(self.session.begin_write(), work)
    }

    /// Runs `work` on a snapshot.
    pub(super) fn read<T>(&self, work: impl FnOnce(Sql<'_>) -> Result<T>) -> Result<T> {
        self.within(self.session.begin_read(), work)
    }

    fn within<T>(&self, begin: &str, work: impl FnOnce(Sql<'_>) -> Result<T>) -> Result<T> {
        let sql = self.sql();
        let done = sql.batch(begin).and_then(|()| {
            let done = work(sql)?;
            sql.batch("COMMIT")?;
            Ok(done)
        });
        // The first error says more than one about a lost connection.
        done.inspect_err(|_| drop(self.session.roll_back()))
    }

    /// Marks a data file as the one that the next server finds.
    pub(super) fn mark(&self) -> anyhow::Result<()> {
        let Place::Folder(folder) = &self.place else { return Ok(()) };
        let epoch = epoch(self.sql())?.parse()?;
        let commits = file::commits(self.sql()).map_err(Error::told)?;
        Marker::new(folder, Mark::of(folder, &epoch, commits)?)?;
        Ok(())
    }
}

/// Keeps servers away from a place, if none is there. Returns the lock of a folder; that of a database is the session's.
fn keep_servers_away(place: &Place, sql: Sql<'_>) -> anyhow::Result<Option<File>> {
    match place {
        Place::Folder(folder) => Ok(Some(file::lock(folder)?)),
        Place::Database(database) => {
            let begun = Instant::now();
            loop {
                let locked = database.lock(sql);
                if locked.is_ok() || begun.elapsed() > LOCK_WITHIN {
                    return locked.map(|()| None);
                }
                std::thread::sleep(Duration::from_millis(200));
            }
        }
    }
}

/// The epoch of a store.
pub(super) fn epoch(sql: Sql<'_>) -> anyhow::Result<String> {
    sql.value("SELECT epoch FROM meta", params![]).map_err(Error::told)
}

/// The epoch of the store in the place of a target, if there is one, finished or not. Fails if there is something else.
pub(super) fn epoch_of_target(place: &Place) -> anyhow::Result<Option<String>> {
    match place {
        Place::Folder(folder) => {
            if !file::is_there(folder) {
                return Ok(None);
            }
            epoch(Sql::new(&file::open_of_this_form(folder)?)).map(Some)
        }
        Place::Database(database) => match database.of_this_form()? {
            Some(session) => epoch(Sql::new(session.engine())).map(Some),
            None => Ok(None),
        },
    }
}
