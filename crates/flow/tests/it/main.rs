//! Flows as they are read and checked, and conversations with them.
//!
//! `reading` and `checking` hold what is said of flows that are wrong, `running` tells conversations, `schema` and
//! `docs` keep what is written about flows in step with the code, and `laws` holds what is true of all of them.

// The lint knows only functions marked as tests, not what helps them.
#![allow(clippy::indexing_slicing, clippy::expect_used, clippy::unwrap_used)]

mod checking;
mod docs;
mod laws;
mod reading;
mod running;
mod schema;

use porchlight_flow::{Flow, Problem, read};

/// The flow of a JSON text that has to be right.
fn flow(json: &str) -> Flow {
    read(json).unwrap_or_else(|problems| panic!("{}", told(&problems).join("\n")))
}

/// A flow of these steps, which begins with `a`.
fn of_steps(steps: &str) -> Flow {
    flow(&json_of(steps))
}

/// The JSON of a flow that begins with `a`; the steps begin on line 2.
fn json_of(steps: &str) -> String {
    format!("{{\"flow\": 1, \"start\": \"a\", \"steps\": {{\n{steps}}}}}")
}

/// What is wrong with a JSON text.
fn problems(json: &str) -> Vec<Problem> {
    read(json).expect_err("something is wrong with it")
}

/// The problems as people read them.
fn told(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}
