//! The rows of each table and the queries for them.

pub(crate) mod accounts;
pub mod agents;
pub(crate) mod askings;
pub(crate) mod audit;
pub(crate) mod blocks;
pub mod bots;
pub(crate) mod conversations;
pub(crate) mod deadlines;
pub(crate) mod erasing;
pub(crate) mod events;
pub mod flows;
pub(crate) mod greetings;
pub(crate) mod invitations;
pub(crate) mod news;
pub(crate) mod pictures;
pub(crate) mod presence;
pub(crate) mod records;
pub(crate) mod runs;
pub mod second_factors;
pub(crate) mod secrets;
pub mod sign_ins;
pub mod sites;
pub(crate) mod tallies;
pub mod texts;
pub mod trials;
pub(crate) mod visitors;
