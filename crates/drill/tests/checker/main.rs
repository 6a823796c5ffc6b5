//! The checker, checked: histories of a server without faults pass, and each planted fault is found by its name.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]

mod model;
mod planted;

use porchlight_drill::checker::check;

/// How many histories without faults are held against the checker.
const CLEAN: u64 = 300;

#[test]
fn a_server_without_faults_passes() {
    let (mut acts, mut seen) = (0, 0);
    for seed in 0..CLEAN {
        let (history, end) = model::run(seed);
        let violations = check(&history, &end);
        assert!(violations.is_empty(), "{violations:#?}");
        acts += history.acts.len();
        seen += history.seen.len();
    }
    assert!(acts > 10_000 && seen > 30_000, "the histories say little: {acts}, {seen}");
}
