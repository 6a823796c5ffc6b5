//! The conversation machine, told as stories and held to its laws.

// The lint knows only functions marked as tests, not what helps them.
#![allow(clippy::indexing_slicing, clippy::expect_used, clippy::unwrap_used)]
// The server here answers a test now and then, not thousands a second.
#![allow(clippy::result_large_err)]

mod closing;
mod failing;
mod hours;
mod laws;
mod lists;
mod live_chat;
mod names;
mod newer;
mod questions;
mod races;
mod receipts;
mod restored;
mod server;
mod stories;
mod typing;
mod world;
