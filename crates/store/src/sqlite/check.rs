//! The check of a data file: SQLite's structure, then its rows.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::check::{self, Contents, Report};
use crate::error::{Error, Result};
use crate::mover::note;
use crate::sql::Sql;

use super::{damage, file, schema};

/// Checks a file, beside a running server or not.
pub fn check(path: &Path) -> anyhow::Result<Report> {
    let sql = file::open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    sql.pragma_update(None, "query_only", true)?;
    let form = file::ensure_store(&sql, path)?;
    note::ensure_none(Sql::new(&sql), path.display())?;
    anyhow::ensure!(
        form == schema::FORM,
        "{} has the schema version {form}, and this program checks version {}: use the version that wrote \
         it, or porchlight migrate first",
        path.display(),
        schema::FORM
    );
    // In one snapshot.
    let sql = sql.unchecked_transaction()?;
    let mut faults = Vec::new();
    structure(&sql, &mut faults)?;
    let looked = check::rows(Sql::new(&*sql), &mut faults, &mut |_| {}).map_err(Error::told);
    let looked = looked.and_then(|()| strays(&sql, &mut faults));
    let contents = looked.and_then(|()| check::contents(Sql::new(&*sql)).map_err(Error::told));
    let contents = match contents {
        Ok(contents) => contents,
        // SQLite itself gives up; the faults up to here are reported.
        Err(error) if !faults.is_empty() => {
            faults.push(format!("{error:#}"));
            Contents::default()
        }
        Err(error) => return Err(error),
    };
    Ok(Report { contents, faults })
}

/// Checks only the structure of the file, by SQLite's quick check, and logs the faults.
pub(crate) fn glance(sql: &Connection) -> Result<()> {
    let mut statement = sql.prepare("PRAGMA quick_check(5)")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let found: String = row.get(0)?;
        if found != "ok" {
            damage::note(sql, format_args!("the file itself: {found}"));
        }
    }
    Ok(())
}

fn structure(sql: &Connection, faults: &mut Vec<String>) -> anyhow::Result<()> {
    let mut statement = sql.prepare("PRAGMA integrity_check(20)")?;
    let mut rows = statement.query([])?;
    loop {
        match rows.next() {
            Ok(Some(row)) => {
                let found: String = row.get(0)?;
                if found != "ok" {
                    faults.push(format!("the file: {found}"));
                }
            }
            Ok(None) => break,
            Err(error) => {
                faults.push(format!("the file: {error}"));
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Rows that refer to nothing, beside events, which are looked for by their logs.
fn strays(sql: &Connection, faults: &mut Vec<String>) -> anyhow::Result<()> {
    let mut statement = sql.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    let mut broken = std::collections::BTreeMap::<String, usize>::new();
    while let Some(row) = rows.next()? {
        *broken.entry(row.get(0)?).or_default() += 1;
    }
    for (table, count) in broken.into_iter().filter(|(table, _)| table != "events") {
        faults.push(format!("{table}: {count} rows belong to nothing"));
    }
    Ok(())
}
