//! Benchmarks. They print times and fail on none, because times depend on the load of the machine.

use std::process::Command;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::shell;
use crate::workspace::Workspace;

/// The options of a benchmark.
#[derive(Args)]
pub struct Options {
    /// The benchmark to run.
    #[arg(value_enum)]
    what: What,
}

/// The benchmarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Auto-close with 100,000 open conversations: memory, start, each closing.
    Close,
}

/// Builds the benchmark with optimisations, and runs it.
pub fn bench(workspace: &Workspace, options: &Options) -> Result<()> {
    let name = match options.what {
        What::Close => "close",
    };
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&workspace.root);
    shell::run(cargo.args(["bench", "--package", "porchlight-server", "--bench", name]))
}
