//! Benchmarks. They print times and fail on none, because times depend on the load of the machine.

use std::process::Command;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use porchlight_cluster::{Cluster, Durability};

use crate::build::{self, Mode, native};
use crate::setup::toolchain::Choice;
use crate::setup::{self, browser, postgres};
use crate::shell;
use crate::workspace::Workspace;

/// The options of a benchmark.
#[derive(Args)]
pub struct Options {
    /// The benchmark to run.
    #[arg(value_enum)]
    what: What,
    /// Options for the benchmark itself, after `--`; `bench load -- --help` lists them.
    #[arg(last = true)]
    options: Vec<String>,
}

/// The benchmarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Auto-close with 100,000 open conversations: memory, start, each closing.
    Close,
    /// Flow bots: steps a second, and 10,000 flows that wait.
    Flow,
    /// Idle sockets, durable messages at given rates, start and pages with much data: on SQLite and, if it is
    /// installed, on PostgreSQL.
    Load,
    /// A thread with 10, 1,000 and 10,000 messages in Chromium: main-thread time of a message, a key and a burst, and
    /// memory, beside a hand-written page.
    Thread,
}

/// Builds the benchmark with optimisations, and runs it.
pub fn bench(workspace: &Workspace, options: &Options, choice: Choice) -> Result<()> {
    match options.what {
        What::Close => of_server(workspace, "close", &options.options),
        What::Flow => of_server(workspace, "flow", &options.options),
        What::Load => load(workspace, &options.options),
        What::Thread => thread(workspace, choice),
    }
}

fn of_server(workspace: &Workspace, name: &str, options: &[String]) -> Result<()> {
    let mut cargo = cargo(workspace);
    cargo.args(["bench", "--package", "porchlight-server", "--bench", name, "--"]);
    shell::run(cargo.args(options))
}

fn load(workspace: &Workspace, options: &[String]) -> Result<()> {
    build::prepare_assets(workspace)?;
    let mut cargo = cargo(workspace);
    cargo.args(["build", "--release", "--package", "porchlight-server"]);
    shell::run_logged(cargo.args(["--package", "porchlight-drill"]), &workspace.log("load"))?;
    let programs = workspace.target.join("release");
    let mut drill = Command::new(programs.join("drill"));
    drill.arg("load").arg("--program").arg(programs.join("porchlight")).args(options);
    // It stops when it is dropped, so it has to outlive the drill.
    let cluster = match postgres::find() {
        Some(postgres) => Some(Cluster::start(&postgres, Durability::PowerCut)?),
        None => {
            println!("PostgreSQL is not installed, so only SQLite is measured");
            None
        }
    };
    if let Some(cluster) = &cluster {
        drill.env("PORCHLIGHT_DRILL_POSTGRES", cluster.address());
    }
    shell::run(&mut drill)
}

fn thread(workspace: &Workspace, choice: Choice) -> Result<()> {
    let browser = browser::find().context(
        "there is no Chromium with a ChromeDriver: `cargo xtask setup --tests` installs them",
    )?;
    build::build(workspace, &setup::setup(workspace, choice)?, Mode::Release)?;
    let mut cargo = cargo(workspace);
    cargo
        .args(["bench", "--package", "porchlight-stories", "--bench", "thread"])
        .env("PORCHLIGHT_SERVER", native::server(workspace)?)
        .env("PORCHLIGHT_CHROMIUM", &browser.chromium)
        .env("PORCHLIGHT_CHROMEDRIVER", &browser.chromedriver);
    shell::run(&mut cargo)
}

fn cargo(workspace: &Workspace) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&workspace.root);
    cargo
}
