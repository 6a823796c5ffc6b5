//! Which tables are moved, in which order: all that both engines' catalogues name, except for those in [`LEFT`].

use anyhow::{bail, ensure};

use crate::catalogue::Table;

use super::note;

/// Tables that are not moved, and why.
const LEFT: &[(&str, &str)] = &[
    (META, "it is about the store itself; what of it moves is in CARRIED"),
    (note::TABLE, "it notes the move itself"),
    ("tallies", "triggers count what is moved"),
    ("presence", "who is connected now: nobody is, while a store moves"),
];

/// The table of the store itself, with one row.
const META: &str = "meta";

/// The columns of [`META`] that are moved.
pub(super) const CARRIED: &[&str] = &["public_url"];

/// Those that belong to a store and to no other: the target has its own.
const OWN: &[&str] = &["id", "form", "epoch", "commits", "server", "setup"];

/// The tables to move, each after those that it refers to. Fails if the two sides don't have the same ones, with the same
/// columns.
pub(super) fn plan(source: Vec<Table>, target: &[Table]) -> anyhow::Result<Vec<Table>> {
    for table in source.iter().chain(target).filter(|table| table.name == META) {
        let strange = table.columns.iter().find(|name| {
            let known = CARRIED.iter().chain(OWN);
            known.into_iter().all(|known| known != name)
        });
        if let Some(column) = strange {
            bail!("is {META}.{column} moved? CARRIED or OWN must say so");
        }
    }
    let moved = |table: &&Table| LEFT.iter().all(|(left, _)| *left != table.name);
    for table in target.iter().filter(moved) {
        let there = source.iter().any(|other| other.name == table.name);
        ensure!(there, "only the target has the table {}", table.name);
    }
    let mut rest = Vec::new();
    for table in source.into_iter().filter(|table| moved(&table)) {
        let other = target.iter().find(|other| other.name == table.name);
        let Some(other) = other else { bail!("only the source has the table {}", table.name) };
        ensure!(
            table.columns == other.columns && table.key == other.key,
            "the table {} is not the same on both sides: {table:?}, {other:?}",
            table.name
        );
        ensure!(!table.key.is_empty(), "the table {} has no key", table.name);
        rest.push(table);
    }
    ordered(rest)
}

/// Each table after those that it refers to.
fn ordered(mut rest: Vec<Table>) -> anyhow::Result<Vec<Table>> {
    let mut ordered: Vec<Table> = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let is_ahead = |name: &str| rest.iter().any(|table| table.name == name);
        let next = rest.iter().position(|table| {
            let mut others = table.refers_to.iter().filter(|name| **name != table.name);
            others.all(|name| !is_ahead(name))
        });
        let Some(next) = next else { bail!("tables refer to each other in a circle: {rest:?}") };
        ordered.push(rest.remove(next));
    }
    Ok(ordered)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::sql::Sql;
    use crate::sqlite::schema;

    fn tables(further: &str) -> Vec<Table> {
        let mut file = Connection::open_in_memory().unwrap();
        schema::migrate(&mut file).unwrap();
        file.execute_batch(further).unwrap();
        Sql::new(&file).tables().unwrap()
    }

    #[test]
    fn every_table_of_the_schema_is_moved_unless_there_is_a_reason_with_all_its_columns() {
        let all = tables("");
        let moved = plan(all.clone(), &all).unwrap();
        assert!(moved.len() >= 9, "{moved:?}");
        for table in &all {
            let left = LEFT.iter().any(|(name, _)| *name == table.name);
            assert_eq!(moved.contains(table), !left, "{table:?}");
        }
        assert!(LEFT.iter().all(|(_, reason)| !reason.is_empty()));
    }

    #[test]
    fn a_row_comes_after_those_that_it_refers_to() {
        let all = tables("");
        let moved = plan(all.clone(), &all).unwrap();
        let place = |name: &str| moved.iter().position(|table| table.name == name).unwrap();
        for chain in [
            ["sites", "agents", "sessions"].as_slice(),
            &["sites", "visitors", "conversations", "events"],
            &["conversations", "acts"],
            &["conversations", "starts"],
        ] {
            assert!(chain.is_sorted_by_key(|name| place(name)), "{chain:?}");
        }
        let circle = "CREATE TABLE a (id INTEGER PRIMARY KEY, b REFERENCES b);
             CREATE TABLE b (id INTEGER PRIMARY KEY, a REFERENCES a)";
        let all = tables(circle);
        assert!(plan(all.clone(), &all).unwrap_err().to_string().contains("circle"));
    }

    #[test]
    fn what_only_one_side_has_is_not_forgotten() {
        for further in [
            "CREATE TABLE songs (id INTEGER PRIMARY KEY)",
            "ALTER TABLE agents ADD COLUMN song TEXT",
            "ALTER TABLE meta ADD COLUMN song TEXT",
        ] {
            let (more, fewer) = (tables(further), tables(""));
            plan(more.clone(), &fewer).unwrap_err();
            plan(fewer, &more).unwrap_err();
        }
        let both = tables("CREATE TABLE songs (name TEXT)");
        assert!(plan(both.clone(), &both).unwrap_err().to_string().contains("no key"));
    }
}
