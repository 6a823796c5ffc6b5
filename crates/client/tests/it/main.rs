//! The conversation machine, told as stories and held to its laws.

// The lint knows only functions marked as tests, not what helps them.
#![allow(clippy::indexing_slicing, clippy::expect_used, clippy::unwrap_used)]

mod laws;
mod server;
mod stories;
mod world;
