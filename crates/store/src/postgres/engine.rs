//! PostgreSQL under the queries of [`crate::sql`].

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::anyhow;
use porchlight_protocol::Millis;
use postgres::Statement;
use postgres::types::private::BytesMut;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::catalogue::Table;
use crate::error::{Error, Result};
use crate::sql::{Engine, Param, Row, Session, Sql, Value, params};

use super::catalogue;
use super::connection::{Connection, Failed, Waiting};

/// Statements that a connection keeps prepared. The store has fewer; more would come from a query that is put together
/// from values.
const STATEMENTS_MAX: usize = 512;

/// Damaged rows that are told apart. More of them would say nothing new.
const DAMAGED_MAX: usize = 10_000;

/// The damaged rows that were met since the start, for all connections.
pub(crate) type Damaged = Arc<Mutex<HashSet<String>>>;

/// A connection to a database.
pub(crate) struct DatabaseSession {
    connection: RefCell<Connection>,
    statements: RefCell<HashMap<String, Statement>>,
    /// The statements of the transaction that were not sent yet.
    waiting: RefCell<Vec<Waiting>>,
    /// True after one of those has failed, until the transaction is rolled back. Without it, the rest of a transaction
    /// could be committed: going back to an earlier savepoint heals it for PostgreSQL.
    is_broken: Cell<bool>,
    damaged: Damaged,
}

impl DatabaseSession {
    pub(super) fn new(connection: Connection, damaged: Damaged) -> Self {
        DatabaseSession {
            connection: RefCell::new(connection),
            statements: RefCell::default(),
            waiting: RefCell::default(),
            is_broken: Cell::default(),
            damaged,
        }
    }

    /// Prepares a statement once per connection.
    fn prepared(&self, sql: &str) -> Result<Statement> {
        if let Some(statement) = self.statements.borrow().get(sql) {
            return Ok(statement.clone());
        }
        let text = sql.replace("/* FOR UPDATE */", "FOR UPDATE");
        if self.is_broken.get() {
            return Err(Error::broken());
        }
        // What waits may wait on: a statement means the same before and after it.
        let prepared = self.connection.borrow_mut().prepare(&text);
        let statement = prepared.map_err(|failed| failed.error)?;
        let mut statements = self.statements.borrow_mut();
        if statements.len() >= STATEMENTS_MAX {
            statements.clear();
        }
        statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Sends what waits and then something else, and returns the answer to that.
    fn sent<T>(
        &self,
        send: impl FnOnce(&mut Connection, &[Waiting]) -> Result<T, Failed>,
    ) -> Result<T> {
        if self.is_broken.get() {
            return Err(Error::broken());
        }
        let waiting = self.waiting.take();
        send(&mut self.connection.borrow_mut(), &waiting).map_err(|failed| {
            self.is_broken.set(failed.is_of_others);
            failed.error.into()
        })
    }
}

impl Session for DatabaseSession {
    fn engine(&self) -> &dyn Engine {
        self
    }

    fn begin_write(&self) -> &'static str {
        "BEGIN"
    }

    fn begin_read(&self) -> &'static str {
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    }

    fn begin_still(&self, tables: &[&str]) -> Result<()> {
        let quoted: Vec<String> = tables.iter().map(|table| format!("\"{table}\"")).collect();
        // The snapshot is taken after the lock, by the first query.
        self.batch(&format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL lock_timeout = '10s'; \
             LOCK TABLE {} IN SHARE MODE",
            quoted.join(", ")
        ))
    }

    fn roll_back(&self) -> Result<()> {
        self.waiting.take();
        self.is_broken.set(false);
        // Outside of a transaction it does nothing but warn.
        self.batch("ROLLBACK")
    }

    fn is_open(&self) -> bool {
        self.connection.borrow().is_open()
    }
}

impl Engine for DatabaseSession {
    fn query(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>> {
        let statement = self.prepared(sql)?;
        let found =
            self.sent(|connection, waiting| connection.query(waiting, &statement, params))?;
        found.iter().map(row).collect()
    }

    fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<usize> {
        let statement = self.prepared(sql)?;
        let changed =
            self.sent(|connection, waiting| connection.execute(waiting, &statement, params))?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    fn pipeline(&self, sql: &str, params: &[Param<'_>]) -> Result<()> {
        let waiting = Waiting::new(self.prepared(sql)?, params);
        self.waiting.borrow_mut().push(waiting);
        Ok(())
    }

    fn batch(&self, sql: &str) -> Result<()> {
        self.sent(|connection, waiting| connection.batch(waiting, sql))
    }

    fn note_damage(&self, row: fmt::Arguments<'_>) {
        let row = row.to_string();
        let mut damaged = self.damaged.lock().unwrap_or_else(PoisonError::into_inner);
        if damaged.len() < DAMAGED_MAX && !damaged.contains(&row) {
            tracing::error!(row, "the store is damaged: `porchlight check` says how far");
            damaged.insert(row);
        }
    }

    fn damaged_rows(&self) -> usize {
        self.damaged.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn look_over(&self) -> Result<()> {
        // PostgreSQL checks its pages itself, where its checksums are on.
        Ok(())
    }

    fn bytes(&self) -> Result<u64> {
        Sql::new(self).value("SELECT pg_database_size(current_database())", params![])
    }

    fn has_table(&self, name: &str) -> Result<bool> {
        Sql::new(self).value("SELECT to_regclass($1) IS NOT NULL", params![name])
    }

    fn tables(&self) -> Result<Vec<Table>> {
        catalogue::tables(Sql::new(self))
    }

    fn settle(&self) -> Result<()> {
        let sql = Sql::new(self);
        let quoted = |name: &str| format!("\"{name}\"");
        for (table, column) in catalogue::numbered(sql)? {
            let query = format!(
                "SELECT setval(pg_get_serial_sequence($1, $2), \
                 (SELECT greatest(coalesce(max({}), 0), 0) + 1 FROM {}), false)",
                quoted(&column),
                quoted(&table),
            );
            sql.value::<i64>(&query, params![quoted(&table), column])?;
        }
        let tables: Vec<String> = self.tables()?.iter().map(|table| quoted(&table.name)).collect();
        self.batch(&format!("ANALYZE {}", tables.join(", ")))
    }

    fn wall(&self) -> Result<Option<Millis>> {
        let now = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)";
        Sql::new(self).value(now, params![])
    }

    fn life(&self) -> Result<Option<String>> {
        // A copy that was restored into another cluster or database differs in the first two, a replica that took over
        // in the third, the timeline.
        let life = "SELECT concat_ws('/', system_identifier, \
             (SELECT oid FROM pg_database WHERE datname = current_database()), \
             substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)) \
             FROM pg_control_system()";
        Sql::new(self).value(life, params![])
    }
}

fn row(found: &postgres::Row) -> Result<Row> {
    let columns = found.columns().iter().enumerate();
    let values = columns.map(|(index, column)| {
        let type_ = column.type_();
        Ok(match *type_ {
            Type::BOOL => Value::of(found.try_get::<_, Option<bool>>(index)?.map(i64::from)),
            Type::INT4 => Value::of(found.try_get::<_, Option<i32>>(index)?.map(i64::from)),
            Type::INT8 => Value::of(found.try_get::<_, Option<i64>>(index)?),
            Type::BYTEA => {
                found.try_get::<_, Option<Vec<u8>>>(index)?.map_or(Value::Null, Value::Bytes)
            }
            _ if <String as FromSql<'_>>::accepts(type_) => {
                found.try_get::<_, Option<String>>(index)?.map_or(Value::Null, Value::Text)
            }
            _ => return Err(anyhow!("a column of the type {type_}").into()),
        })
    });
    Ok(Row::new(values.collect::<Result<_>>()?))
}

impl ToSql for Param<'_> {
    fn to_sql(
        &self,
        type_: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Param::Null => Ok(IsNull::Yes),
            Param::Int(int) if *type_ == Type::INT4 => i32::try_from(*int)?.to_sql(type_, out),
            Param::Int(int) => int.to_sql(type_, out),
            Param::Text(text) => text.to_sql(type_, out),
            Param::Bytes(bytes) => bytes.to_sql(type_, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::scratch::Scratch;

    const INSERT: &str = "INSERT INTO t (n) VALUES ($1)";

    fn numbers(sql: Sql<'_>) -> Vec<i64> {
        sql.all("SELECT n FROM t ORDER BY n", params![], |row| row.get(0)).unwrap()
    }

    #[test]
    #[ignore = "needs a PostgreSQL server"]
    fn what_is_pipelined_comes_before_what_is_asked_later() {
        let scratch = Scratch::new("pipelined");
        let session = scratch.database.connect().unwrap();
        let sql = Sql::new(session.engine());
        sql.batch("CREATE TABLE t (n BIGINT PRIMARY KEY)").unwrap();
        let beside = scratch.database.connect().unwrap();
        let seen = || numbers(Sql::new(beside.engine()));
        sql.pipeline(session.begin_write(), params![]).unwrap();
        for n in 0..1_000_i64 {
            sql.pipeline(INSERT, params![n]).unwrap();
        }
        assert_eq!(sql.value::<i64>("SELECT count(*) FROM t", params![]).unwrap(), 1_000);
        sql.pipeline(INSERT, params![1_000_i64]).unwrap();
        assert!(seen().is_empty());
        sql.batch("COMMIT").unwrap();
        assert_eq!(seen().len(), 1_001);
    }

    /// PostgreSQL takes a transaction back to an earlier savepoint after an error, and commits the rest: then a job would be
    /// acknowledged whose statements have failed.
    #[test]
    #[ignore = "needs a PostgreSQL server"]
    fn a_pipelined_statement_that_fails_breaks_its_transaction() {
        let scratch = Scratch::new("broken");
        let session = scratch.database.connect().unwrap();
        let sql = Sql::new(session.engine());
        sql.batch("CREATE TABLE t (n BIGINT PRIMARY KEY)").unwrap();
        let begin = || {
            sql.pipeline(session.begin_write(), params![]).unwrap();
            sql.pipeline(INSERT, params![1_i64]).unwrap();
            sql.pipeline("SAVEPOINT job", params![]).unwrap();
            sql.pipeline(INSERT, params![1_i64]).unwrap();
            sql.pipeline("RELEASE SAVEPOINT job", params![]).unwrap();
        };
        begin();
        assert!(sql.value::<i64>("SELECT 1", params![]).unwrap_err().is_of_a_statement());
        assert!(sql.batch("ROLLBACK TO SAVEPOINT job").unwrap_err().is_of_a_statement());
        assert!(sql.batch("COMMIT").unwrap_err().is_of_a_statement());
        session.roll_back().unwrap();
        begin();
        assert!(sql.batch("COMMIT").unwrap_err().is_of_a_statement());
        session.roll_back().unwrap();
        // One that is never sent, because its value is none of the column's, keeps `COMMIT` from being sent.
        sql.pipeline(session.begin_write(), params![]).unwrap();
        sql.pipeline(INSERT, params![2_i64]).unwrap();
        sql.pipeline("SELECT CAST($1 AS INTEGER)", params![i64::MAX]).unwrap();
        assert!(sql.batch("COMMIT").is_err());
        session.roll_back().unwrap();
        // One that is never sent hides no failure of those before it.
        begin();
        let unsent = sql.value::<i64>("SELECT CAST($1 AS INTEGER)", params![i64::MAX]);
        assert!(unsent.unwrap_err().is_of_a_statement());
        session.roll_back().unwrap();
        assert!(numbers(sql).is_empty());
    }
}
