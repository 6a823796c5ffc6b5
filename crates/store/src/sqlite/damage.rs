//! Damaged rows: rows that can't be read as they were written. Queries skip or rebuild such a row, so that it does
//! not take its neighbours along, and note it here. The log names each once; `/healthz` counts them.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::sync::{LazyLock, Mutex, PoisonError};

use rusqlite::Connection;

/// Rows that are kept apart for each file. More of them would say nothing new.
const ROWS_MAX: usize = 10_000;

/// The damaged rows of each file, by its path, which is all that a connection knows of its store.
static FOUND: LazyLock<Mutex<HashMap<String, HashSet<String>>>> = LazyLock::new(Mutex::default);

/// Notes that a row is damaged, such as `event 3 of conversation …`.
pub(crate) fn note(sql: &Connection, row: impl Display) {
    let Some(path) = sql.path().filter(|path| !path.is_empty()) else { return };
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    let rows = found.entry(path.to_owned()).or_default();
    let row = row.to_string();
    if rows.len() < ROWS_MAX && !rows.contains(&row) {
        tracing::error!(row, "the store is damaged: `porchlight check` says how far");
        rows.insert(row);
    }
}

/// The number of damaged rows that were met in this file since the program started.
pub(crate) fn count(sql: &Connection) -> usize {
    let found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    sql.path().and_then(|path| found.get(path)).map_or(0, HashSet::len)
}
