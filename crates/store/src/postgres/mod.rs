//! The store in a PostgreSQL database.

mod catalogue;
pub(crate) mod database;
pub(crate) mod engine;
pub(crate) mod hints;
pub(crate) mod schema;
pub(crate) mod serving;
pub(crate) mod time;
mod tls;
