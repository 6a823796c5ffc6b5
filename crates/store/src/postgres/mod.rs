//! The store in a PostgreSQL database.

mod catalogue;
pub(crate) mod database;
pub(crate) mod engine;
pub(crate) mod schema;
mod tls;

use crate::writer::Keeper;

/// The keeper of a database: there is nothing to keep beside it.
pub(crate) struct DatabaseKeeper;

impl Keeper for DatabaseKeeper {}
