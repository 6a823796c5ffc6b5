//! The store in one SQLite file, with one writer and a few readers.

pub mod backup;
mod catalogue;
pub mod check;
pub(crate) mod damage;
pub(crate) mod engine;
pub(crate) mod file;
pub(crate) mod keeper;
pub(crate) mod mark;
pub(crate) mod schema;
pub(crate) mod serving;
