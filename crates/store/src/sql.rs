//! One text of SQL for every engine.
//!
//! A query is written once, for SQLite and PostgreSQL alike, with the parameters `$1`, `$2` …. They must first appear
//! in this order: SQLite takes `$1` for a name and numbers names as they appear, so in any other order it would bind
//! the wrong values without an error. The engine checks it when it prepares a statement.
//!
//! What the engines have in common, and what to use:
//!
//! | instead of | write |
//! |---|---|
//! | `INSERT OR IGNORE` | `INSERT … ON CONFLICT DO NOTHING` |
//! | `last_insert_rowid()` | `INSERT … RETURNING id` |
//! | `max(a, b)`, `greatest(a, b)` | `CASE WHEN a < b THEN b ELSE a END` |
//! | `IS NOT $1` between values | `IS DISTINCT FROM $1` |
//! | functions on JSON, hex, dates | Rust |
//! | `$1 IS NULL` | `CAST($1 AS BIGINT) IS NULL`: PostgreSQL must know the type where a parameter appears first |
//! | booleans | integers, 0 and 1 |
//! | `FOR UPDATE` | `/* FOR UPDATE */`: SQLite, with its single writer, needs no lock |
//! | `INDEXED BY name` | `/* INDEXED BY name */`: SQLite reads it as a part of the query (see [`with_hints`]), others skip it |

use std::borrow::Cow;
use std::fmt;

use anyhow::anyhow;
use porchlight_protocol::Millis;
use serde::{Deserialize, Serialize};

use crate::catalogue::Table;
use crate::error::{Error, Result};
use crate::random::Hash;

/// A transaction or a snapshot of an engine. It knows statements and rows, and no table.
pub(crate) trait Engine {
    /// Runs a statement and returns its rows.
    fn query(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>>;

    /// Runs a statement and returns the number of rows that it changed.
    fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<usize>;

    /// Runs a statement whose result does not matter, as soon as the engine likes, but before any later statement of the
    /// transaction: where each statement is a round trip, it is sent with the next one that is waited for (pipelining). If
    /// it fails, that one fails, and all others until the transaction is rolled back as a whole.
    fn pipeline(&self, sql: &str, params: &[Param<'_>]) -> Result<()>;

    /// Runs statements without parameters and rows, such as `COMMIT`.
    fn batch(&self, sql: &str) -> Result<()>;

    /// Notes that a row is damaged, such as `event 3 of conversation …`.
    fn note_damage(&self, row: fmt::Arguments<'_>);

    /// Damaged rows that were met since the start.
    fn damaged_rows(&self) -> usize;

    /// Reads all of what the engine has on disk, and notes what is damaged.
    fn look_over(&self) -> Result<()>;

    /// The size of the data in bytes.
    fn bytes(&self) -> Result<u64>;

    /// True if there is a table of this name.
    fn has_table(&self, name: &str) -> Result<bool>;

    /// All tables there are, by name.
    fn tables(&self) -> Result<Vec<Table>>;

    /// Settles the engine after many rows were inserted with their numbers: columns that number rows by themselves go on
    /// above the highest one, and the planner knows what there is.
    fn settle(&self) -> Result<()>;

    /// The wall clock that all who use the engine share, in milliseconds since 1970; `None` if that is the machine's.
    fn wall(&self) -> Result<Option<Millis>>;

    /// What the engine itself knows of its life: another text in a restored copy, or after a replica has taken over.
    /// `None` if it knows nothing of it.
    fn life(&self) -> Result<Option<String>>;
}

/// A connection to an engine, which runs one transaction after another.
pub(crate) trait Session: Send {
    /// Where its statements go.
    fn engine(&self) -> &dyn Engine;

    /// Begins a transaction that may write.
    fn begin_write(&self) -> &'static str;

    /// Begins a snapshot.
    fn begin_read(&self) -> &'static str;

    /// Begins a snapshot of these tables beside which nobody can write to them until it ends.
    fn begin_still(&self, tables: &[&str]) -> Result<()>;

    /// Ends the transaction without effect, if there is one.
    fn roll_back(&self) -> Result<()>;

    /// False if the connection is lost.
    fn is_open(&self) -> bool;
}

/// Where a query goes: an engine's transaction or snapshot.
#[derive(Clone, Copy)]
pub(crate) struct Sql<'a> {
    engine: &'a dyn Engine,
}

impl<'a> Sql<'a> {
    pub(crate) fn new(engine: &'a dyn Engine) -> Self {
        Sql { engine }
    }

    /// All rows, each read by `read`.
    pub(crate) fn all<T>(
        self,
        sql: &str,
        params: &[Param<'_>],
        read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.engine.query(sql, params)?.iter().map(read).collect()
    }

    /// The first row, if there is one.
    pub(crate) fn first<T>(
        self,
        sql: &str,
        params: &[Param<'_>],
        read: impl FnOnce(&Row) -> Result<T>,
    ) -> Result<Option<T>> {
        self.engine.query(sql, params)?.first().map(read).transpose()
    }

    /// The first column of the only row.
    pub(crate) fn value<T: FromValue>(self, sql: &str, params: &[Param<'_>]) -> Result<T> {
        let found = self.first(sql, params, |row| row.get(0))?;
        found.ok_or_else(|| Error::Fault(anyhow!("no row where there is always one: {sql}")))
    }

    /// Runs a statement and returns the number of rows that it changed.
    pub(crate) fn execute(self, sql: &str, params: &[Param<'_>]) -> Result<usize> {
        self.engine.execute(sql, params)
    }

    /// Runs a statement whose result does not matter: see [`Engine::pipeline`].
    pub(crate) fn pipeline(self, sql: &str, params: &[Param<'_>]) -> Result<()> {
        self.engine.pipeline(sql, params)
    }

    /// Runs statements without parameters and rows.
    pub(crate) fn batch(self, sql: &str) -> Result<()> {
        self.engine.batch(sql)
    }

    /// Notes that a row is damaged. Queries skip or rebuild it, so that it does not take its neighbours along.
    pub(crate) fn note_damage(self, row: fmt::Arguments<'_>) {
        self.engine.note_damage(row);
    }

    /// Damaged rows that were met since the start.
    pub(crate) fn damaged_rows(self) -> usize {
        self.engine.damaged_rows()
    }

    /// Reads all of what the engine has on disk, and notes what is damaged.
    pub(crate) fn look_over(self) -> Result<()> {
        self.engine.look_over()
    }

    /// The size of the data in bytes.
    pub(crate) fn bytes(self) -> Result<u64> {
        self.engine.bytes()
    }

    /// True if there is a table of this name.
    pub(crate) fn has_table(self, name: &str) -> Result<bool> {
        self.engine.has_table(name)
    }

    /// All tables there are, by name.
    pub(crate) fn tables(self) -> Result<Vec<Table>> {
        self.engine.tables()
    }

    /// Settles the engine after many rows were inserted with their numbers.
    pub(crate) fn settle(self) -> Result<()> {
        self.engine.settle()
    }

    /// The wall clock that all who use the engine share; `None` if that is the machine's.
    pub(crate) fn wall(self) -> Result<Option<Millis>> {
        self.engine.wall()
    }

    /// What the engine itself knows of its life.
    pub(crate) fn life(self) -> Result<Option<String>> {
        self.engine.life()
    }
}

/// The text of a query for SQLite: `/* INDEXED BY name */` becomes `INDEXED BY name`, without which its planner might
/// choose another index, or none. PostgreSQL's planner has statistics, and chooses by them.
pub(crate) fn with_hints(sql: &str) -> Cow<'_, str> {
    const OPEN: &str = "/* INDEXED BY ";
    if !sql.contains(OPEN) {
        return Cow::Borrowed(sql);
    }
    Cow::Owned(sql.replace(OPEN, "INDEXED BY ").replace(" */", ""))
}

/// The value of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Param<'a> {
    /// `NULL`.
    Null,
    /// A `BIGINT`.
    Int(i64),
    /// A `TEXT`.
    Text(&'a str),
    /// A `BLOB` or `BYTEA`.
    Bytes(&'a [u8]),
}

/// The parameters of a statement.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$($crate::sql::ToParam::to_param(&$value)),*]
    };
}
pub(crate) use params;

/// What can be a parameter.
pub(crate) trait ToParam {
    /// The parameter.
    fn to_param(&self) -> Param<'_>;
}

impl ToParam for i64 {
    fn to_param(&self) -> Param<'_> {
        Param::Int(*self)
    }
}

/// Engines' integers are signed. A larger number is capped, and stays beyond all real ones.
impl ToParam for u64 {
    fn to_param(&self) -> Param<'_> {
        Param::Int(i64::try_from(*self).unwrap_or(i64::MAX))
    }
}

impl ToParam for usize {
    fn to_param(&self) -> Param<'_> {
        Param::Int(i64::try_from(*self).unwrap_or(i64::MAX))
    }
}

impl ToParam for bool {
    fn to_param(&self) -> Param<'_> {
        Param::Int(i64::from(*self))
    }
}

impl ToParam for str {
    fn to_param(&self) -> Param<'_> {
        Param::Text(self)
    }
}

impl ToParam for String {
    fn to_param(&self) -> Param<'_> {
        Param::Text(self)
    }
}

impl ToParam for [u8] {
    fn to_param(&self) -> Param<'_> {
        Param::Bytes(self)
    }
}

impl ToParam for Hash {
    fn to_param(&self) -> Param<'_> {
        Param::Bytes(self)
    }
}

impl<T: ToParam + ?Sized> ToParam for &T {
    fn to_param(&self) -> Param<'_> {
        (**self).to_param()
    }
}

impl<T: ToParam> ToParam for Option<T> {
    fn to_param(&self) -> Param<'_> {
        self.as_ref().map_or(Param::Null, T::to_param)
    }
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Value {
    /// `NULL`.
    Null,
    /// A number or a boolean.
    Int(i64),
    /// A text.
    Text(String),
    /// Bytes, also those of a damaged text.
    Bytes(Vec<u8>),
}

impl Value {
    /// A number, or `NULL`.
    pub(crate) fn of(int: Option<i64>) -> Self {
        int.map_or(Value::Null, Value::Int)
    }
}

impl From<Param<'_>> for Value {
    fn from(param: Param<'_>) -> Self {
        match param {
            Param::Null => Value::Null,
            Param::Int(int) => Value::Int(int),
            Param::Text(text) => Value::Text(text.to_owned()),
            Param::Bytes(bytes) => Value::Bytes(bytes.to_vec()),
        }
    }
}

impl ToParam for Value {
    fn to_param(&self) -> Param<'_> {
        match self {
            Value::Null => Param::Null,
            Value::Int(int) => Param::Int(*int),
            Value::Text(text) => Param::Text(text),
            Value::Bytes(bytes) => Param::Bytes(bytes),
        }
    }
}

/// A row of a result.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    values: Vec<Value>,
}

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Row { values }
    }

    /// The values of all columns.
    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }

    /// The value of a column. Fails if it has another type: then the row is damaged.
    pub(crate) fn get<T: FromValue>(&self, column: usize) -> Result<T> {
        let value = self.values.get(column).unwrap_or(&Value::Null);
        T::from_value(value).ok_or_else(|| {
            Error::Fault(anyhow!("column {column} is no {}", std::any::type_name::<T>()))
        })
    }

    /// The text of a column, without a copy; `None` if it is none.
    pub(crate) fn text(&self, column: usize) -> Option<&str> {
        match self.values.get(column) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }
}

/// A type that a column can have.
pub(crate) trait FromValue: Sized {
    /// The value, if it is of this type.
    fn from_value(value: &Value) -> Option<Self>;
}

impl FromValue for Value {
    fn from_value(value: &Value) -> Option<Self> {
        Some(value.clone())
    }
}

impl FromValue for i64 {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Int(int) => Some(*int),
            _ => None,
        }
    }
}

/// The store writes no negative numbers where it reads unsigned ones.
impl FromValue for u64 {
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value).map(|int| u64::try_from(int).unwrap_or_default())
    }
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value).map(|int| int != 0)
    }
}

impl FromValue for String {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
    }
}

impl FromValue for Hash {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => bytes.as_slice().try_into().ok(),
            _ => None,
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => Some(bytes.clone()),
            _ => None,
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_is_a_part_of_the_query_for_sqlite_and_a_comment_for_others() {
        let query = "SELECT id FROM t /* INDEXED BY t_by_age */ WHERE age > $1";
        assert_eq!(with_hints(query), "SELECT id FROM t INDEXED BY t_by_age WHERE age > $1");
        assert_eq!(with_hints("SELECT 1"), "SELECT 1");
    }

    #[test]
    fn a_value_of_another_type_is_an_error_and_a_missing_one_is_null() {
        let row = Row::new(vec![Value::Int(1), Value::Text("one".to_owned()), Value::Null]);
        assert_eq!(row.get::<u64>(0).unwrap(), 1);
        assert!(row.get::<bool>(0).unwrap());
        assert_eq!(row.get::<Option<String>>(1).unwrap().as_deref(), Some("one"));
        assert_eq!(row.get::<Option<i64>>(2).unwrap(), None);
        assert!(row.get::<i64>(1).is_err());
        assert!(row.get::<Hash>(1).is_err());
        assert_eq!(row.get::<Option<i64>>(9).unwrap(), None);
    }

    #[test]
    fn a_number_beyond_the_engines_is_capped() {
        assert_eq!(u64::MAX.to_param(), Param::Int(i64::MAX));
        assert_eq!(None::<u64>.to_param(), Param::Null);
    }
}
