//! Ring 1: the laws of the log, the rules and closing, and the wire as golden files.
//!
//! One binary, native, without clock or I/O but for the golden files. `stories`, `closing`, `timers`,
//! `notices` and `settings` read as sentences; `laws` holds what must be true after any history; `every`
//! tries all of them up to a length, and `races` all in which people act on what they last heard;
//! `golden` and `wire` pin what travels, `before` what is stored already, `newer` what a server may say
//! that is newer than its reader. `hours`, `live_chat`, `questions` and `greeting` are of opening hours, of the switch, of
//! what bots ask, and of where and whom they greet.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod before;
mod closing;
mod erasing;
mod every;
mod golden;
mod greeting;
mod history;
mod hours;
mod laws;
mod left;
mod live_chat;
mod newer;
mod notices;
mod questions;
mod races;
mod released;
mod rights;
mod settings;
mod stories;
mod texts;
mod timers;
mod wire;
mod world;
