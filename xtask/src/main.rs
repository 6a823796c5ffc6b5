//! `cargo xtask`: the developer's commands, from an empty machine to a running demo.
//!
//! | command | what it does |
//! |---|---|
//! | `setup` | finds or installs Rust for WebAssembly and the tools; with `--tests` also browsers |
//! | `build` | builds widget, inbox and loader into `target/assets`, and checks their sizes |
//! | `test`  | lint, laws, loader, sizes, server, stories, engines: all groups, or those named |
//! | `chaos` | clients at random while nodes, database and connections fail, by seeds; a checker judges |
//! | `bench` | runs a benchmark and prints the result; never fails on it |
//! | `demo`  | runs the product and a shop page with the chat on this machine |
//! | `ci`    | what continuous integration runs: `test` |
//!
//! Each command first installs what it needs, so they can be run in any order.
//! [`setup`] installs tools, [`build`] builds, [`test`] runs checks; [`shell`] runs other programs for
//! all of them, and [`report`] formats what they print.

#![expect(clippy::print_stdout, reason = "a command-line tool prints to standard output")]

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::setup::toolchain::Choice;
use crate::workspace::Workspace;

mod bench;
mod build;
mod chaos;
mod demo;
#[cfg(test)]
mod docs;
mod lock;
mod report;
mod setup;
mod shell;
mod test;
mod workspace;

/// Porchlight's developer commands: set up, build, run the demo, test, measure.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Which Rust builds the WebAssembly.
    ///
    /// `auto` takes the active toolchain if it has the wasm32 target and its source, else Debian's
    /// packages, else it installs what is missing: by rustup, or by apt-get where rustup is not
    /// there or cannot reach its server.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t = Choice::Auto,
        env = "PORCHLIGHT_WASM_TOOLCHAIN"
    )]
    wasm_toolchain: Choice,
}

#[derive(Subcommand)]
enum Command {
    /// Find or install the tools for building; a second run installs nothing.
    ///
    /// Tools are kept in $PORCHLIGHT_TOOLS, by default ~/.cache/porchlight/tools, each in a folder
    /// with its version. Deleting that folder is always safe.
    Setup {
        /// Also the tools for testing: rustfmt, clippy, Chromium, Firefox and WebKitGTK with their drivers, Caddy, nginx,
        /// PostgreSQL, libfaketime, NATS.
        #[arg(long)]
        tests: bool,
    },
    /// Build widget, inbox and loader into target/assets, and check their sizes against the budgets.
    Build {
        /// Build fast rather than small: unoptimised, with the prebuilt std, without budgets.
        #[arg(long)]
        dev: bool,
    },
    /// Run all checks, or only the named groups.
    Test(test::Options),
    /// Let nodes, the database and connections fail while clients act at random, and check what is left.
    Chaos(chaos::Options),
    /// Run a benchmark on this machine and print the result.
    Bench(bench::Options),
    /// Run the product and a shop page with the chat on it; Ctrl+C ends it.
    Demo(demo::Options),
    /// Run what continuous integration runs: `test --keep-going`.
    Ci,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::failure(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    let workspace = Workspace::locate()?;
    let choice = cli.wasm_toolchain;
    match cli.command {
        Command::Setup { tests: false } => setup::setup(&workspace, choice).map(drop),
        Command::Setup { tests: true } => setup::setup_with_tests(&workspace, choice).map(drop),
        Command::Build { dev } => {
            let tools = setup::setup(&workspace, choice)?;
            build::build(&workspace, &tools, build::Mode::from_dev_flag(dev))
        }
        Command::Test(options) => test::test(&workspace, choice, &options),
        Command::Chaos(options) => chaos::chaos(&workspace, &options),
        Command::Bench(options) => bench::bench(&workspace, &options, choice),
        Command::Demo(options) => demo::demo(&workspace, choice, &options),
        Command::Ci => test::test(&workspace, choice, &test::Options::everything()),
    }
}
