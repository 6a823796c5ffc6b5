//! The tables of a database.

use crate::catalogue::Table;
use crate::error::Result;
use crate::sql::{Sql, params};

/// All tables, by name.
pub(super) fn tables(sql: Sql<'_>) -> Result<Vec<Table>> {
    // A partition is a part of its table.
    let query = "SELECT c.oid::bigint, c.relname FROM pg_class c \
         JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT c.relispartition \
         ORDER BY c.relname";
    let found: Vec<(i64, String)> =
        sql.all(query, params![], |row| Ok((row.get(0)?, row.get(1)?)))?;
    found.into_iter().map(|(id, name)| table(sql, id, name)).collect()
}

fn table(sql: Sql<'_>, id: i64, name: String) -> Result<Table> {
    let names =
        |query: &str| -> Result<Vec<String>> { sql.all(query, params![id], |row| row.get(0)) };
    let columns = names(
        "SELECT attname FROM pg_attribute \
         WHERE attrelid = CAST($1 AS BIGINT)::oid AND attnum > 0 AND NOT attisdropped \
         ORDER BY attname COLLATE \"C\"",
    )?;
    let key = names(
        "SELECT a.attname FROM pg_index i \
         CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (number, place) \
         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number \
         WHERE i.indrelid = CAST($1 AS BIGINT)::oid AND i.indisprimary ORDER BY k.place",
    )?;
    let refers_to = names(
        "SELECT DISTINCT c.relname FROM pg_constraint f JOIN pg_class c ON c.oid = f.confrelid \
         WHERE f.contype = 'f' AND f.conrelid = CAST($1 AS BIGINT)::oid ORDER BY c.relname",
    )?;
    Ok(Table { name, columns, key, refers_to })
}

/// The columns that number their rows by themselves, with their tables.
pub(super) fn numbered(sql: Sql<'_>) -> Result<Vec<(String, String)>> {
    let query = "SELECT c.relname, a.attname FROM pg_attribute a \
         JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT c.relispartition \
         AND a.attidentity IN ('a', 'd') ORDER BY c.relname, a.attname";
    sql.all(query, params![], |row| Ok((row.get(0)?, row.get(1)?)))
}
