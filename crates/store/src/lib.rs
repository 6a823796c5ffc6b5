//! Porchlight's store: what may be asked of it, and how it keeps it.
//!
//! Outside this crate there are only operations: of a running server on a [`Store`], of a command on an
//! [`AdminStore`]. Each is one transaction; no connection and no SQL leaves the crate.
//!
//! | question | module |
//! |---|---|
//! | what a server may ask | [`requests`], by topic |
//! | what a command may ask, beside a running server | [`admin`] |
//! | who asks, and what they may see | [`credential`], [`ops`] |
//! | how an act becomes events | [`ops`] |
//! | what a page tells of its visitor, how it is proved, and how devices become one person's | `identity`, `proof` |
//! | the transaction of a write, with its revisions | `commit` |
//! | who commits it, in which order | `writer`, `lanes` |
//! | what changed, for whoever follows | [`news`] |
//! | how long a team takes to answer | [`answers`] |
//! | which rows there are, and the queries for them | `tables`, named after the tables |
//! | how PostgreSQL keeps them | `postgres` |
//! | what it counts of its own work | [`stats`] |
//! | what is exported of a visitor | [`export`] |
//! | how a store moves from a file to a database, and back | [`mover`] |
//! | how SQLite keeps them: migrations, the mark, backups, the check | `sqlite` |
//!
//! Every query names its site.

pub mod admin;
pub mod answers;
mod asker;
mod catalogue;
pub mod check;
pub mod clock;
mod commit;
#[cfg(test)]
mod counted;
pub mod credential;
mod epoch;
pub mod error;
#[cfg(test)]
mod explained;
pub mod export;
pub mod hint;
pub mod hours;
mod identity;
mod lanes;
pub mod mover;
pub mod news;
mod opening;
pub mod ops;
pub mod origin;
mod place;
mod postgres;
mod proof;
pub mod random;
mod readers;
pub mod requests;
mod sites_of;
#[cfg(test)]
mod spy;
mod sql;
mod sqlite;
pub mod stats;
mod store;
mod tables;
mod writer;

pub use crate::postgres::database::Database;
pub use crate::postgres::hints::DatabaseHints;
pub use admin::AdminStore;
pub use asker::Asker;
pub use check::Contents;
pub use credential::{Credential, Grant, VisitorCredential};
pub use error::{Error, Result};
pub use identity::Surroundings;
pub use ops::Actor;
pub use origin::Origin;
pub use place::Place;
pub use random::Hash;
pub use sqlite::backup;
pub use sqlite::file::{LOCK_FILE, create, migrate};
pub use sqlite::mark::MARK_FILE;
pub use store::{FILE, SiteId, Store, StoreConfig};
pub use tables::agents::{self, Agent};
pub use tables::bots;
pub use tables::flows::{CheckedFlow, Version};
pub use tables::mails;
pub use tables::second_factors;
pub use tables::sign_ins::FailureRate;
pub use tables::sites::{self, Site};
pub use tables::texts::OwnWords;
pub use tables::trials;
