//! SQLite under the queries of [`crate::sql`].

use std::fmt;
use std::path::Path;

use anyhow::anyhow;
use porchlight_protocol::Millis;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OpenFlags, Rows};

use crate::catalogue::Table;
use crate::error::Result;
use crate::sql::{Engine, Param, Row, Session, Sql, Value, params, with_hints};

use super::{catalogue, check, damage, schema};

/// A connection to a data file.
pub(crate) struct FileSession(pub(crate) Connection);

impl Session for FileSession {
    fn engine(&self) -> &dyn Engine {
        &self.0
    }

    fn begin_write(&self) -> &'static str {
        "BEGIN IMMEDIATE"
    }

    fn begin_read(&self) -> &'static str {
        "BEGIN"
    }

    fn begin_still(&self, _tables: &[&str]) -> Result<()> {
        // SQLite has one writer at a time, whatever the table.
        Ok(self.0.execute_batch("BEGIN IMMEDIATE")?)
    }

    fn roll_back(&self) -> Result<()> {
        if self.0.is_autocommit() {
            return Ok(());
        }
        Ok(self.0.execute_batch("ROLLBACK")?)
    }

    fn is_open(&self) -> bool {
        true
    }
}

impl Engine for Connection {
    fn query(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>> {
        let mut statement = prepared(self, sql)?;
        let columns = statement.column_count();
        let mut rows: Rows<'_> = statement.query(rusqlite::params_from_iter(params))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let values = (0..columns).map(|column| Ok(value(row.get_ref(column)?)));
            found.push(Row::new(values.collect::<rusqlite::Result<_>>()?));
        }
        Ok(found)
    }

    fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<usize> {
        Ok(prepared(self, sql)?.execute(rusqlite::params_from_iter(params))?)
    }

    fn pipeline(&self, sql: &str, params: &[Param<'_>]) -> Result<()> {
        // There is no way to travel.
        Engine::execute(self, sql, params).map(drop)
    }

    fn batch(&self, sql: &str) -> Result<()> {
        // A single one, such as `COMMIT`, comes with every transaction: it is prepared once.
        if !sql.contains(';') {
            self.prepare_cached(sql)?.execute([])?;
            return Ok(());
        }
        Ok(self.execute_batch(sql)?)
    }

    fn note_damage(&self, row: fmt::Arguments<'_>) {
        damage::note(self, row);
    }

    fn damaged_rows(&self) -> usize {
        damage::count(self)
    }

    fn look_over(&self) -> Result<()> {
        check::glance(self)
    }

    fn bytes(&self) -> Result<u64> {
        let sql = Sql::new(self);
        let pages: u64 = sql.value("PRAGMA page_count", params![])?;
        let page: u64 = sql.value("PRAGMA page_size", params![])?;
        Ok(pages * page)
    }

    fn has_table(&self, name: &str) -> Result<bool> {
        let query =
            "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1)";
        Sql::new(self).value(query, params![name])
    }

    fn tables(&self) -> Result<Vec<Table>> {
        catalogue::tables(Sql::new(self))
    }

    fn settle(&self) -> Result<()> {
        // A new row's number is one above the highest, and queries name their index.
        Ok(())
    }

    fn wall(&self) -> Result<Option<Millis>> {
        Ok(None)
    }

    fn life(&self) -> Result<Option<String>> {
        // The mark beside the file knows.
        Ok(None)
    }
}

/// Prepares a statement once per connection.
fn prepared<'c>(connection: &'c Connection, sql: &str) -> Result<CachedStatement<'c>> {
    let statement = connection.prepare_cached(&with_hints(sql))?;
    for index in 1..=statement.parameter_count() {
        let name = statement.parameter_name(index).unwrap_or_default();
        // At each execution, so without an allocation.
        if name.strip_prefix('$').and_then(|number| number.parse().ok()) != Some(index) {
            return Err(anyhow!("{name} is parameter {index} of: {sql}").into());
        }
    }
    Ok(statement)
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(int) => Value::Int(int),
        // The schema has no such columns.
        ValueRef::Real(real) => Value::Text(real.to_string()),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => Value::Bytes(bytes.to_vec()),
        },
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Param::Null => ValueRef::Null,
            Param::Int(int) => ValueRef::Integer(*int),
            Param::Text(text) => ValueRef::Text(text.as_bytes()),
            Param::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// Opens a connection that only reads.
pub(crate) fn open_reader(path: &Path) -> Result<FileSession> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    schema::prepare(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(FileSession(connection))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_writes_beside_a_snapshot_that_is_held_still() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("held.db");
        let [one, other] = [(); 2].map(|()| FileSession(Connection::open(&path).unwrap()));
        one.engine().batch("PRAGMA journal_mode = wal; CREATE TABLE t (n INTEGER)").unwrap();
        other.0.busy_timeout(std::time::Duration::ZERO).unwrap();
        one.begin_still(&["t"]).unwrap();
        assert!(other.engine().batch("INSERT INTO t VALUES (1)").unwrap_err().is_passing());
        one.roll_back().unwrap();
        other.engine().batch("INSERT INTO t VALUES (1)").unwrap();
    }

    #[test]
    fn parameters_out_of_their_order_are_refused() {
        let connection = Connection::open_in_memory().unwrap();
        let sql = Sql::new(&connection);
        assert_eq!(sql.value::<i64>("SELECT $1 - $2", params![5_i64, 3_i64]).unwrap(), 2);
        assert_eq!(sql.value::<i64>("SELECT $1 - $2 - $1", params![5_i64, 3_i64]).unwrap(), -3);
        let swapped = sql.value::<i64>("SELECT $2 - $1", params![5_i64, 3_i64]).unwrap_err();
        assert!(format!("{swapped:?}").contains("$2 is parameter 1"), "{swapped:?}");
    }
}
