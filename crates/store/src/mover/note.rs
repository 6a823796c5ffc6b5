//! The note of an unfinished move, in the target: how far the move has come. While it is there, the target is no store:
//! whatever opens it refuses.

use std::fmt::Display;

use anyhow::bail;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::sql::{Sql, Value, params};

/// The table with the note. It is made when a move begins and dropped when it ends, so no migration knows it.
pub(super) const TABLE: &str = "unfinished_move";

/// The note of an unfinished move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    /// Where the source is, for people.
    pub(super) from: String,
    /// What tells the source from others, and from itself before and after a server ran on it.
    pub(super) source: String,
    /// The tables that are moved whole.
    pub(super) done: Vec<String>,
    /// The table that is being moved, and the key of its last row that was.
    pub(super) under_way: Option<(String, Vec<Value>)>,
    /// Rows that were moved.
    pub(super) rows: u64,
}

impl Note {
    /// The note of a move that begins.
    pub(super) fn new(from: &impl Display, source: String) -> Self {
        Note { from: from.to_string(), source, done: Vec::new(), under_way: None, rows: 0 }
    }

    /// True if a table is moved whole.
    pub(super) fn is_done(&self, table: &str) -> bool {
        self.done.iter().any(|done| done == table)
    }

    /// The key of the last row of a table that was moved.
    pub(super) fn after(&self, table: &str) -> Option<&[Value]> {
        let (under_way, after) = self.under_way.as_ref()?;
        (under_way == table).then_some(after.as_slice())
    }

    /// Reads the note of an unfinished move, if there is one.
    pub(super) fn read(sql: Sql<'_>) -> Result<Option<Self>> {
        if !sql.has_table(TABLE)? {
            return Ok(None);
        }
        let text: String = sql.value(&format!("SELECT note FROM {TABLE}"), params![])?;
        Ok(Some(serde_json::from_str(&text)?))
    }

    /// Makes the note where there is none.
    pub(super) fn create(&self, sql: Sql<'_>) -> Result<()> {
        sql.batch(&format!(
            "CREATE TABLE {TABLE} (id INTEGER PRIMARY KEY CHECK (id = 1), note TEXT NOT NULL)"
        ))?;
        let text = serde_json::to_string(self)?;
        sql.execute(&format!("INSERT INTO {TABLE} (id, note) VALUES (1, $1)"), params![text])?;
        Ok(())
    }

    /// Saves how far the move has come.
    pub(super) fn save(&self, sql: Sql<'_>) -> Result<()> {
        let text = serde_json::to_string(self)?;
        sql.execute(&format!("UPDATE {TABLE} SET note = $1"), params![text])?;
        Ok(())
    }

    /// Removes the note: the move is finished.
    pub(super) fn remove(sql: Sql<'_>) -> Result<()> {
        sql.batch(&format!("DROP TABLE {TABLE}"))
    }
}

/// Fails if a store is the target of an unfinished move.
pub(crate) fn ensure_none(sql: Sql<'_>, place: impl Display) -> anyhow::Result<()> {
    if let Some(note) = Note::read(sql).map_err(Error::told)? {
        bail!(
            "{place} holds only a part of the data: the move from {} is not finished. Run the same \
             `porchlight move` again, and it goes on; or start over, with an empty target",
            note.from
        );
    }
    Ok(())
}
