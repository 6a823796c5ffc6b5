//! Flow bots: what a bot says and asks, written as a [`Flow`] without code, and the machine that runs it.
//!
//! A [`Flow`] is read from JSON ([`read`]) and checked before it is published ([`check`]): every step that it names
//! exists, every path ends or waits for the visitor. [`Run::step`] takes what the visitor did and returns what the bot
//! does. It has no clock, no I/O and no randomness, so a run is its state and can be stored between two steps, and a
//! conversation goes on with the version of the flow with which it began.
//!
//! `docs/bots.md` explains flows to those who write them.

pub mod answer;
pub mod asking;
mod check;
mod condition;
mod flow;
mod graph;
pub mod limits;
mod lines;
mod machine;
pub mod mail;
mod problem;
mod raw;
mod source;
mod template;
mod text;

pub use check::check;
pub use flow::{Ask, Case, Choice, Condition, Flow, Number, Step, StepName, Test};
pub use machine::{Do, Ended, Input, Run};
pub use problem::{Problem, TESTS, VERBS, What};
pub use source::{read, step_lines};
pub use template::Template;
pub use text::Text;

/// The JSON Schema of flows, for editors: they complete names and show what is wrong while somebody writes. What it
/// can't say, such as that a step exists, [`check`] does.
pub const SCHEMA: &str = include_str!("../flow.schema.json");
