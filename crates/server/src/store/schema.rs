//! The tables, and how an older file becomes a newer one.

use anyhow::{Context, ensure};
use porchlight_protocol::Epoch;
use rusqlite::{Connection, TransactionBehavior};

use crate::random;

/// One step after another; `user_version` says how many a file has taken. Steps are never edited.
const STEPS: &[&str] = &[include_str!("step-1.sql"), include_str!("step-2.sql")];

/// What every connection is set to.
pub fn prepare(sql: &Connection) -> rusqlite::Result<()> {
    sql.busy_timeout(std::time::Duration::from_secs(10))?;
    sql.set_prepared_statement_cache_capacity(128);
    sql.pragma_update(None, "foreign_keys", true)?;
    // The page cache in KiB. Readers are many: the system's file cache does most of the work.
    sql.pragma_update(None, "cache_size", -4_000)?;
    Ok(())
}

/// Brings a writable connection's file to the newest form, and tells its epoch.
pub fn migrate(sql: &mut Connection) -> anyhow::Result<Epoch> {
    sql.pragma_update(None, "journal_mode", "wal")?;
    sql.pragma_update(None, "synchronous", "full")?;
    let tx = sql.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let taken: usize =
        tx.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0))? as usize;
    ensure!(taken <= STEPS.len(), "the data was written by a newer version of this program");
    for step in STEPS.iter().skip(taken) {
        tx.execute_batch(step).context("the data can't be brought to this version's form")?;
    }
    tx.pragma_update(None, "user_version", u32::try_from(STEPS.len())?)?;
    if taken == 0 {
        let epoch = Epoch::from_bytes(random::bytes()?);
        tx.execute("INSERT INTO meta (id, epoch, revision) VALUES (1, ?1, 0)", [epoch.as_str()])?;
    }
    let epoch: String = tx.query_row("SELECT epoch FROM meta", [], |row| row.get(0))?;
    tx.commit()?;
    epoch.parse().context("the store has no well-formed epoch")
}
