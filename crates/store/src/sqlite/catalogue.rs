//! The tables of a data file.

use crate::catalogue::Table;
use crate::error::Result;
use crate::sql::{Sql, params};

/// All tables, by name.
pub(super) fn tables(sql: Sql<'_>) -> Result<Vec<Table>> {
    // SQLite's own names begin with "sqlite_".
    let query = "SELECT name FROM sqlite_schema \
         WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    let names: Vec<String> = sql.all(query, params![], |row| row.get(0))?;
    names.into_iter().map(|name| table(sql, name)).collect()
}

fn table(sql: Sql<'_>, name: String) -> Result<Table> {
    let names =
        |query: &str| -> Result<Vec<String>> { sql.all(query, params![&name], |row| row.get(0)) };
    let columns = names("SELECT name FROM pragma_table_info($1) ORDER BY name")?;
    let key = names("SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk")?;
    let refers_to = names("SELECT DISTINCT \"table\" FROM pragma_foreign_key_list($1) ORDER BY 1")?;
    Ok(Table { name, columns, key, refers_to })
}
