//! The rows of a table: read by pages in the order of the key, inserted some at a time.

use crate::catalogue::Table;
use crate::error::Result;
use crate::sql::{Param, Row, Sql, ToParam, Value, params};

/// Rows that are read at once, and inserted in one transaction.
const PAGE: usize = 500;

/// Rows that one statement inserts. More would not be faster; each column of each is a parameter, and engines limit these.
const AT_ONCE: usize = 50;

/// The statements for the rows of a table.
pub(super) struct Rows {
    columns: Vec<String>,
    key: Vec<usize>,
    first: String,
    next: String,
    one: String,
    some: String,
}

impl Rows {
    pub(super) fn of(table: &Table) -> Self {
        let quoted = |names: &[String]| {
            let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
            names.join(", ")
        };
        let (columns, key) = (quoted(&table.columns), quoted(&table.key));
        let from = format!("SELECT {columns} FROM \"{}\"", table.name);
        let keys = table.key.len();
        let after = format!("WHERE ({key}) > ({})", numbers(1, keys));
        let into = format!("INSERT INTO \"{}\" ({columns}) VALUES", table.name);
        let width = table.columns.len();
        let rows = |count: usize| -> String {
            let rows = (0..count).map(|row| format!("({})", numbers(row * width + 1, width)));
            rows.collect::<Vec<_>>().join(", ")
        };
        let key_places = table.key.iter().filter_map(|name| {
            let place = table.columns.iter().position(|column| column == name);
            debug_assert!(place.is_some(), "{name} is a column");
            place
        });
        Rows {
            key: key_places.collect(),
            first: format!("{from} ORDER BY {key} LIMIT $1"),
            next: format!("{from} {after} ORDER BY {key} LIMIT ${}", keys + 1),
            one: format!("{into} {}", rows(1)),
            some: format!("{into} {}", rows(AT_ONCE)),
            columns: table.columns.clone(),
        }
    }

    /// The names of the columns, in the order of a row's values.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The rows after the one with this key, from the first if there is none; none at the end. The order is the engine's,
    /// which for texts may differ from another one's.
    pub(super) fn page(&self, sql: Sql<'_>, after: Option<&[Value]>) -> Result<Vec<Row>> {
        let Some(after) = after else {
            return sql.all(&self.first, params![PAGE], |row| Ok(row.clone()));
        };
        let mut params: Vec<Param<'_>> = after.iter().map(ToParam::to_param).collect();
        params.push(PAGE.to_param());
        sql.all(&self.next, &params, |row| Ok(row.clone()))
    }

    /// The key of a row.
    pub(super) fn key(&self, row: &Row) -> Vec<Value> {
        self.key.iter().filter_map(|place| row.values().get(*place)).cloned().collect()
    }

    /// Inserts rows.
    pub(super) fn insert(&self, sql: Sql<'_>, rows: &[Row]) -> Result<()> {
        let (chunks, rest) = rows.as_chunks::<AT_ONCE>();
        for chunk in chunks {
            sql.execute(&self.some, &values(chunk))?;
        }
        for row in rest {
            sql.execute(&self.one, &values(std::slice::from_ref(row)))?;
        }
        Ok(())
    }
}

fn values(rows: &[Row]) -> Vec<Param<'_>> {
    rows.iter().flat_map(Row::values).map(ToParam::to_param).collect()
}

/// `$from, …`, so many.
fn numbers(from: usize, count: usize) -> String {
    let numbers: Vec<String> = (from..from + count).map(|number| format!("${number}")).collect();
    numbers.join(", ")
}
