//! The store in a PostgreSQL database.

mod catalogue;
mod connection;
pub(crate) mod database;
pub(crate) mod engine;
pub(crate) mod hints;
pub(crate) mod schema;
#[cfg(test)]
pub(crate) mod scratch;
pub(crate) mod serving;
pub(crate) mod time;
mod tls;
