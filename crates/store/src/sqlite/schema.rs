//! The schema and its migrations.

use anyhow::{Context, ensure};
use porchlight_protocol::{Conversation, ConversationId, Epoch};
use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, TransactionBehavior};

use crate::error::{Error, Result};
use crate::random;
use crate::sql::{Sql, params};
use crate::store::SiteId;
use crate::tables::conversations::Save;
use crate::tables::{conversations, events};

/// The migrations, in order; `user_version` is the number that a file has taken. A released step is never edited.
const STEPS: &[&str] = &[
    include_str!("step-1.sql"),
    include_str!("step-2.sql"),
    include_str!("step-3.sql"),
    include_str!("step-4.sql"),
    include_str!("step-5.sql"),
    include_str!("step-6.sql"),
    include_str!("step-7.sql"),
    include_str!("step-8.sql"),
    include_str!("step-9.sql"),
    include_str!("step-10.sql"),
    include_str!("step-11.sql"),
    include_str!("step-12.sql"),
    include_str!("step-13.sql"),
    include_str!("step-14.sql"),
    include_str!("step-15.sql"),
    include_str!("step-16.sql"),
    include_str!("step-17.sql"),
    include_str!("step-18.sql"),
    include_str!("step-19.sql"),
    include_str!("step-20.sql"),
    include_str!("step-21.sql"),
    include_str!("step-22.sql"),
    include_str!("step-23.sql"),
    include_str!("step-24.sql"),
    include_str!("step-25.sql"),
    include_str!("step-26.sql"),
    include_str!("step-27.sql"),
    include_str!("step-28.sql"),
    include_str!("step-29.sql"),
];

/// The version of the schema (the *form*) that this program reads and writes.
pub const FORM: usize = STEPS.len();

/// Sets up a connection.
pub(crate) fn prepare(sql: &Connection) -> rusqlite::Result<()> {
    sql.busy_timeout(std::time::Duration::from_secs(10))?;
    sql.set_prepared_statement_cache_capacity(128);
    // Plans don't depend on the values of parameters. Otherwise most statements of a message, which look into ranges, would
    // be planned anew at each execution, for an eighth of what a busy writer does.
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    sql.pragma_update(None, "foreign_keys", true)?;
    // The page cache in KiB. Small, because there are many readers and the system's file cache does most of the work.
    sql.pragma_update(None, "cache_size", -4_000)?;
    Ok(())
}

/// Sets up a connection that also writes.
pub(crate) fn prepare_to_write(sql: &Connection) -> rusqlite::Result<()> {
    sql.pragma_update(None, "journal_mode", "wal")?;
    // Each job's savepoint copies the pages that it changes. In a temporary file, as by default, these copies would be
    // most of what a busy server writes.
    sql.pragma_update(None, "temp_store", "memory")?;
    // A commit of many jobs changes more pages than the small cache holds: they would be written and read again in its
    // midst.
    sql.pragma_update(None, "cache_size", -32_000)?;
    // Pages in the write-ahead log before they are copied into the file: 32 MiB. At the default, a busy server would copy
    // the same pages, and wait for the disk once more, after nearly every commit.
    sql.pragma_update(None, "wal_autocheckpoint", 8_000)?;
    sql.pragma_update(None, "synchronous", "full")
}

/// The form of a file, 0 for an empty one. Fails if it is newer than [`FORM`].
pub(crate) fn form(sql: &Connection) -> anyhow::Result<usize> {
    let form = sql.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0))? as usize;
    ensure!(
        form <= FORM,
        "it was written by a newer version of this program (schema version {form}, this one knows {FORM}). \
         Use that version, or put a backup of before back: porchlight restore --help"
    );
    Ok(form)
}

/// The epoch of a file.
pub(crate) fn epoch(sql: &Connection) -> anyhow::Result<Epoch> {
    let epoch: String = sql.query_row("SELECT epoch FROM meta", [], |row| row.get(0))?;
    epoch.parse().context("the store has no well-formed epoch")
}

/// Migrates a writable connection's file to [`FORM`]. Returns the form that it had.
pub(crate) fn migrate(sql: &mut Connection) -> anyhow::Result<usize> {
    // Before anything is written, so that a newer file is left as it is.
    form(sql)?;
    prepare_to_write(sql)?;
    let tx = sql.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let taken = form(&tx)?;
    if taken == 0 {
        let tables: i64 =
            tx.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        ensure!(tables == 0, "it is another program's data");
    }
    for step in STEPS.iter().skip(taken) {
        tx.execute_batch(step).context("the data can't be migrated to this version's schema")?;
    }
    if (1..3).contains(&taken) {
        hash_states(&tx)?;
    }
    if (1..5).contains(&taken) {
        fold_waiting(Sql::new(&*tx)).map_err(Error::told)?;
    }
    tx.pragma_update(None, "user_version", u32::try_from(FORM)?)?;
    if taken == 0 {
        let epoch = Epoch::from_bytes(random::bytes()?);
        tx.execute("INSERT INTO meta (id, epoch, commits) VALUES (1, ?1, 0)", [epoch.as_str()])?;
    }
    tx.commit()?;
    Ok(taken)
}

/// The part of step 5 that SQL can't express: since when visitors wait is only in their logs.
fn fold_waiting(sql: Sql<'_>) -> Result<()> {
    let ids: Vec<(SiteId, String)> =
        sql.all("SELECT site, id FROM conversations WHERE closed = 0", params![], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    for (site, id) in ids {
        // A damaged row stays as it is and keeps no other from its migration.
        let Ok(id) = id.parse::<ConversationId>() else { continue };
        let query = format!(
            "SELECT {} FROM conversations WHERE site = $1 AND id = $2",
            conversations::COLUMNS
        );
        let state = sql.first(&query, params![site, id.as_str()], |row| {
            Ok(conversations::as_written(&id, row))
        })?;
        let Some(mut state) = state.flatten() else { continue };
        let Ok(log) = events::range(sql, site, &id, 1, state.head) else { continue };
        let mut fold =
            Conversation::new(id, state.kind.clone(), state.visitor.clone(), state.started_at);
        for event in &log {
            fold.apply(event);
        }
        state.unanswered = fold.unanswered;
        conversations::save(sql, site, &state, Save::Fold)?;
    }
    Ok(())
}

/// The part of step 3 that SQL can't express: the hashes of the states.
fn hash_states(sql: &Connection) -> anyhow::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    sql.create_scalar_function("state_hash", 2, flags, |of| {
        let (id, state) = (of.get_raw(0).as_str()?, of.get_raw(1).as_str()?);
        // An invalid id is noted as damage when the row is read.
        Ok(id.parse().ok().map(|id| conversations::state_hash(&id, state)))
    })?;
    sql.execute("UPDATE conversations SET hash = state_hash(id, state)", [])?;
    Ok(())
}
