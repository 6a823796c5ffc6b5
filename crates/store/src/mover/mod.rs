//! Moving a store from one place to another, such as from a data file to a database: every row is copied as it is, in
//! batches, and then both sides are compared.
//!
//! | question | module |
//! |---|---|
//! | which tables are moved, and in which order | `plan` |
//! | how far a move has come, and that its target is no store yet | `note` |
//! | how rows are read and inserted | `rows` |
//! | how both sides are compared | `digest` |
//! | who is kept away from both sides meanwhile | `ends` |
//!
//! A batch and the note of how far the move has come are one transaction, so an interrupted move goes on where its last
//! commit ended. The source is not changed.

mod digest;
mod ends;
pub(crate) mod note;
mod plan;
mod rows;

use anyhow::{Context, bail, ensure};

use crate::catalogue::Table;
use crate::check;
use crate::epoch;
use crate::error::{Error, Result};
use crate::place::Place;
use crate::sql::{Sql, Value, params};

use digest::Digest;
use ends::End;
use note::Note;
use rows::Rows;

/// How far a move has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is done at present.
    pub stage: Stage,
    /// Rows, or conversations, that this stage has done.
    pub done: u64,
    /// How many there are.
    pub of: u64,
}

/// A stage of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A move that was interrupted goes on: so many rows are moved already.
    Resumed,
    /// Rows are copied.
    Copying,
    /// The rows of both sides are compared.
    Comparing,
    /// The conversations of the target are checked.
    Checking,
}

/// What a failure in the middle comes to.
const UNFINISHED: &str = "the move is not finished. Run the same command again, and it goes on";

/// The result of a move.
#[derive(Debug)]
pub struct Moved {
    /// The tables that were moved, with the numbers of their rows.
    pub tables: Vec<(String, u64)>,
    /// What the check of the target has found: its contents, and the faults, which were in the source.
    pub checked: check::Report,
}

/// Moves the store in `from` to `to`, which must be empty, or the target of this move when it was interrupted. No server
/// may run on either. The target begins a new epoch, so that clients start from a snapshot. `tell` hears of the progress
/// after each batch.
pub fn run(from: &Place, to: &Place, tell: &mut dyn FnMut(Progress)) -> anyhow::Result<Moved> {
    let mut source = End::source(from)?;
    let there = ends::epoch_of_target(to)?;
    ensure!(
        there.as_ref() != Some(&ends::epoch(source.sql())?),
        "{from} and {to} are the same store, or one is a copy of the other: there is nothing to move"
    );
    let tables = source.sql().tables().map_err(Error::told)?;
    source.hold_still(&tables)?;
    let target = End::target(to)?;
    let plan = plan::plan(tables, &target.sql().tables().map_err(Error::told)?)?;
    let plan: Vec<(Table, Rows)> = plan
        .into_iter()
        .map(|table| {
            let rows = Rows::of(&table);
            (table, rows)
        })
        .collect();
    let mut note = note_of(&source, from, &target, to, &plan)?;
    let moved = copy(&source, &target, &plan, &mut note, tell)
        .and_then(|of| compare(&source, &target, &plan, of, tell))
        .map_err(Error::told)
        .context(UNFINISHED)?;
    let differing: Vec<String> = moved
        .iter()
        .filter(|(_, one, other)| one != other)
        .map(|(table, one, other)| format!("{table} (rows: {} and {})", one.rows, other.rows))
        .collect();
    ensure!(
        differing.is_empty(),
        "{from} and {to} differ in {}: the source was changed since the move began. Start over, with an \
         empty target",
        differing.join(", ")
    );
    let checked = checked(&target, tell).map_err(Error::told).context(UNFINISHED)?;
    finish(&source, &target).context(UNFINISHED)?;
    let tables = moved.into_iter().map(|(table, digest, _)| (table, digest.rows)).collect();
    Ok(Moved { tables, checked })
}

/// The note of this move: that of the target, if this is the source of its unfinished move, or a new one.
fn note_of(
    source: &End,
    from: &Place,
    target: &End,
    to: &Place,
    plan: &[(Table, Rows)],
) -> anyhow::Result<Note> {
    let identity = identity(source.sql(), plan)?;
    match Note::read(target.sql()).map_err(Error::told)? {
        Some(note) if note.source == identity => Ok(note),
        Some(note) => bail!(
            "{to} holds a part of what was in {}: that was another store than {from}, or this one before it \
             was changed. Start over, with an empty target",
            note.from
        ),
        None => {
            for (table, _) in plan {
                let query = format!("SELECT EXISTS (SELECT 1 FROM \"{}\")", table.name);
                let holds: bool = target.sql().value(&query, params![]).map_err(Error::told)?;
                ensure!(
                    !holds,
                    "{to} holds data already, and a move overwrites none: name an empty target"
                );
            }
            let note = Note::new(from, identity);
            target.write(|sql| note.create(sql)).map_err(Error::told)?;
            Ok(note)
        }
    }
}

/// What tells a source from others, and from itself before and after a server ran on it: each commit changes its site's
/// row.
fn identity(sql: Sql<'_>, plan: &[(Table, Rows)]) -> anyhow::Result<String> {
    let sites = plan.iter().find(|(table, _)| table.name == "sites");
    let (_, sites) = sites.context("there is no table of sites")?;
    let sites = Digest::of(sql, sites, |_| {}).map_err(Error::told)?;
    Ok(format!("{}/{}", ends::epoch(sql)?, sites.text()))
}

/// Copies the rows that are not copied yet. Returns the number of all.
fn copy(
    source: &End,
    target: &End,
    plan: &[(Table, Rows)],
    note: &mut Note,
    tell: &mut dyn FnMut(Progress),
) -> Result<u64> {
    let mut of = 0;
    for (table, _) in plan {
        let query = format!("SELECT count(*) FROM \"{}\"", table.name);
        of += source.sql().value::<u64>(&query, params![])?;
    }
    if note.rows > 0 {
        tell(Progress { stage: Stage::Resumed, done: note.rows, of });
    }
    for (table, rows) in plan {
        if note.is_done(&table.name) {
            continue;
        }
        copy_table(source, target, table, rows, note, &mut |done| {
            tell(Progress { stage: Stage::Copying, done, of });
        })?;
    }
    Ok(of)
}

fn copy_table(
    source: &End,
    target: &End,
    table: &Table,
    rows: &Rows,
    note: &mut Note,
    copied: &mut dyn FnMut(u64),
) -> Result<()> {
    let mut after: Option<Vec<Value>> = note.after(&table.name).map(<[Value]>::to_vec);
    loop {
        let page = rows.page(source.sql(), after.as_deref())?;
        let Some(last) = page.last() else { break };
        let key = rows.key(last);
        note.under_way = Some((table.name.clone(), key.clone()));
        note.rows += page.len() as u64;
        let written = target.write(|sql| {
            rows.insert(sql, &page)?;
            note.save(sql)
        });
        written.map_err(|error| in_table(error, &table.name))?;
        after = Some(key);
        copied(note.rows);
    }
    note.done.push(table.name.clone());
    note.under_way = None;
    target.write(|sql| note.save(sql))
}

fn in_table(error: Error, table: &str) -> Error {
    match error {
        Error::Fault(fault) => fault.context(format!("in the table {table}")).into(),
        refused @ Error::Refused(_) => refused,
    }
}

/// The digests of each table on both sides.
fn compare(
    source: &End,
    target: &End,
    plan: &[(Table, Rows)],
    of: u64,
    tell: &mut dyn FnMut(Progress),
) -> Result<Vec<(String, Digest, Digest)>> {
    let of = of.saturating_mul(2);
    let mut done = 0;
    let mut seen = |rows: u64| {
        done += rows;
        tell(Progress { stage: Stage::Comparing, done, of });
    };
    let mut compared = Vec::with_capacity(plan.len());
    for (table, rows) in plan {
        let one = Digest::of(source.sql(), rows, &mut seen)?;
        let other = target.read(|sql| Digest::of(sql, rows, &mut seen))?;
        compared.push((table.name.clone(), one, other));
    }
    Ok(compared)
}

fn checked(target: &End, tell: &mut dyn FnMut(Progress)) -> Result<check::Report> {
    target.read(|sql| {
        let of = check::contents(sql)?.conversations;
        check::whole(sql, &mut |done| tell(Progress { stage: Stage::Checking, done, of }))
    })
}

/// Makes a store of the target: it gets what of the source is about the store as a whole, and a new epoch; then the note
/// goes.
fn finish(source: &End, target: &End) -> anyhow::Result<()> {
    let made = target.write(|sql| {
        for column in plan::CARRIED {
            let query = format!("SELECT {column} FROM meta");
            let value: Value = source.sql().value(&query, params![])?;
            sql.execute(&format!("UPDATE meta SET {column} = $1"), params![value])?;
        }
        epoch::renew(sql)?;
        sql.settle()?;
        Note::remove(sql)
    });
    made.map_err(Error::told)?;
    target.mark()
}
