//! An engine that tells what it is asked, for tests.

use std::fmt;

use porchlight_protocol::Millis;

use crate::catalogue::Table;
use crate::error::Result;
use crate::sql::{Engine, Param, Row};

/// How a statement is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Run {
    /// Its result is waited for.
    Alone,
    /// It may be sent with a later one.
    Pipelined,
    /// It is one of those without parameters, such as `COMMIT`, and is waited for.
    Batch,
}

/// An engine, and what hears of each statement before it is run.
pub(crate) struct Spy<'a> {
    pub(crate) engine: &'a dyn Engine,
    pub(crate) hear: &'a dyn Fn(Run, &str, &[Param<'_>]),
}

impl Engine for Spy<'_> {
    fn query(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>> {
        (self.hear)(Run::Alone, sql, params);
        self.engine.query(sql, params)
    }

    fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<usize> {
        (self.hear)(Run::Alone, sql, params);
        self.engine.execute(sql, params)
    }

    fn pipeline(&self, sql: &str, params: &[Param<'_>]) -> Result<()> {
        (self.hear)(Run::Pipelined, sql, params);
        self.engine.pipeline(sql, params)
    }

    fn batch(&self, sql: &str) -> Result<()> {
        (self.hear)(Run::Batch, sql, &[]);
        self.engine.batch(sql)
    }

    fn note_damage(&self, row: fmt::Arguments<'_>) {
        self.engine.note_damage(row);
    }

    fn damaged_rows(&self) -> usize {
        self.engine.damaged_rows()
    }

    fn look_over(&self) -> Result<()> {
        self.engine.look_over()
    }

    fn bytes(&self) -> Result<u64> {
        self.engine.bytes()
    }

    fn has_table(&self, name: &str) -> Result<bool> {
        self.engine.has_table(name)
    }

    fn tables(&self) -> Result<Vec<Table>> {
        self.engine.tables()
    }

    fn settle(&self) -> Result<()> {
        self.engine.settle()
    }

    fn wall(&self) -> Result<Option<Millis>> {
        self.engine.wall()
    }

    fn life(&self) -> Result<Option<String>> {
        self.engine.life()
    }
}
