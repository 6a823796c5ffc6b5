//! The schema of a database and its migrations.

use anyhow::{Context, ensure};
use porchlight_protocol::Epoch;

use crate::error::{Error, Result};
use crate::random;
use crate::sql::{Engine, Session, Sql, params};

use super::engine::DatabaseSession;

/// The migrations, in order; `meta.form` is the number that a database has taken. A released step is never edited.
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
];

/// The version of the schema (the *form*) that this program reads and writes.
pub(crate) const FORM: usize = STEPS.len();

/// The lock that a migration holds, so that of several servers that start at once one migrates and the others wait.
/// The number is the beginning of "porchlight migration".
const LOCK: i64 = 0x706f_7263_686c_6967;

/// The reason for which a server ends that finds its database in another form.
pub(crate) const MIGRATED: &str =
    "another version of this program has migrated the database: start that version here, too";

/// The form that a database in use has now.
pub(crate) fn stored(sql: Sql<'_>) -> Result<usize> {
    let form: u64 = sql.value("SELECT form FROM meta", params![])?;
    Ok(usize::try_from(form).unwrap_or(usize::MAX))
}

/// The form of a database, 0 for an empty one. Fails if it is newer than [`FORM`], or another program's.
pub(crate) fn form(sql: Sql<'_>) -> anyhow::Result<usize> {
    let there: Option<String> =
        sql.value("SELECT to_regclass('meta')::text", params![]).map_err(Error::told)?;
    if there.is_none() {
        let tables: u64 = sql
            .value("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()", params![])
            .map_err(Error::told)?;
        ensure!(tables == 0, "the database holds another program's tables. Create an empty one");
        return Ok(0);
    }
    let form: u64 = sql
        .value("SELECT form FROM meta", params![])
        .map_err(Error::told)
        .context("the database holds another program's tables. Create an empty one")?;
    let form = usize::try_from(form)?;
    ensure!(
        form <= FORM,
        "the database was written by a newer version of this program (schema version {form}, this one knows \
         {FORM}). Use that version"
    );
    Ok(form)
}

/// Migrates a database to [`FORM`]. Returns the form that it had.
pub(crate) fn migrate(session: &DatabaseSession) -> anyhow::Result<usize> {
    let sql = Sql::new(session.engine());
    sql.batch("BEGIN").map_err(Error::told)?;
    let migrated = migrate_in(session, sql);
    let end = if migrated.is_ok() { "COMMIT" } else { "ROLLBACK" };
    session.batch(end).map_err(Error::told)?;
    migrated
}

fn migrate_in(session: &DatabaseSession, sql: Sql<'_>) -> anyhow::Result<usize> {
    session.batch(&format!("SELECT pg_advisory_xact_lock({LOCK})")).map_err(Error::told)?;
    let taken = form(sql)?;
    for step in STEPS.iter().skip(taken) {
        let done = session.batch(step).map_err(Error::told);
        done.context("the data can't be migrated to this version's schema")?;
    }
    finish(sql, taken).map_err(Error::told)?;
    Ok(taken)
}

fn finish(sql: Sql<'_>, taken: usize) -> Result<()> {
    if taken == 0 {
        let epoch = Epoch::from_bytes(random::bytes()?);
        let insert = "INSERT INTO meta (id, form, epoch) VALUES (1, $1, $2)";
        sql.execute(insert, params![FORM, epoch.as_str()])?;
    } else if taken < FORM {
        sql.execute("UPDATE meta SET form = $1", params![FORM])?;
    }
    Ok(())
}
