//! The store in one SQLite file, with one writer and a few readers.

pub mod backup;
pub mod check;
pub(crate) mod damage;
mod engine;
pub(crate) mod file;
pub(crate) mod mark;
pub(crate) mod readers;
pub(crate) mod schema;
pub(crate) mod writer;
