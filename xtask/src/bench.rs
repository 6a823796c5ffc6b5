//! Benchmarks: what things cost on this machine. They print; what is gated is counted and weighed
//! elsewhere, because times depend on who else is busy.

use std::process::Command;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::shell;
use crate::workspace::Workspace;

/// What can be said about a benchmark.
#[derive(Args)]
pub struct Options {
    /// Which one.
    #[arg(value_enum)]
    what: What,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Automatic closing, with 100,000 open conversations: memory, start, each closing.
    Close,
}

/// Builds the benchmark for speed, and runs it.
pub fn bench(workspace: &Workspace, options: &Options) -> Result<()> {
    let name = match options.what {
        What::Close => "close",
    };
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&workspace.root);
    shell::run(cargo.args(["bench", "--package", "porchlight-server", "--bench", name]))
}
