//! Ring 1: the laws of the log, the rules and closing, and the wire as golden files.
//!
//! One binary, native, without clock or I/O but for the golden files. `stories` and `closing` read
//! as sentences; `laws` holds what must be true after any history; `every` tries all of them up to
//! a length; `golden` and `wire` pin what travels.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod closing;
mod every;
mod golden;
mod history;
mod laws;
mod stories;
mod texts;
mod wire;
mod world;
