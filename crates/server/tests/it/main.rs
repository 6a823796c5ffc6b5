//! The server as its callers meet it: real HTTP and real sockets against a server on a free port,
//! with its data in a folder of its own.
#![allow(missing_docs, reason = "tests are read, not looked up")]
#![allow(
    clippy::cloned_ref_to_slice_refs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

mod account;
mod answers;
mod audit;
mod bad_input;
mod blocks;
mod bots;
mod by_nats;
mod check;
mod closing;
mod commands;
mod connections;
mod conversations;
mod copies;
mod crash;
mod damage;
mod described;
mod docs;
mod erasing;
mod exports;
mod flows;
mod fuzz;
mod greetings;
mod guide;
mod harness;
mod health;
mod hours;
mod identity;
mod invitations;
mod lists;
mod live_chat;
mod lives;
mod load;
mod long_poll;
mod mail;
mod metrics;
mod migration;
mod moves;
mod networks;
mod nodes;
mod notes;
mod pages;
mod people;
mod pictures;
mod plans;
mod postgres;
mod presence;
mod program;
mod questions;
mod races;
mod rates;
mod records;
mod request_ids;
mod retention;
mod returns;
mod rights;
mod second_factor;
mod sessions;
mod setup;
mod several_sites;
mod sign_in;
mod sockets;
mod team;
mod texts;
mod timer;
mod trials;
mod visit;
