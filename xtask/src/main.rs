//! `cargo xtask`: everything that is done to Porchlight, from a bare machine to a running demo.
//!
//! | command | what it does |
//! |---|---|
//! | `setup` | finds or installs Rust for WebAssembly and the tools; with `--tests` a browser too |
//! | `build` | builds widget, inbox and loader into `target/assets`, and weighs them |
//! | `test`  | lint, laws, loader, sizes, server, stories: all of it, or some |
//! | `bench` | prints what things cost; gates nothing |
//! | `demo`  | the product and a shop page with the chat on it, on this machine |
//! | `ci`    | what continuous integration runs: `test` |
//!
//! Each command first makes sure of what it needs, so there is no order to learn.
//! The files are split by purpose: [`setup`] gets things, [`build`] makes things, [`test`] checks
//! things; [`shell`] and [`report`] are how all of them run commands and talk.

#![expect(clippy::print_stdout, reason = "a command-line tool talks on standard output")]

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::setup::toolchain::Choice;
use crate::workspace::Workspace;

mod bench;
mod build;
mod demo;
#[cfg(test)]
mod docs;
mod lock;
mod report;
mod setup;
mod shell;
mod test;
mod workspace;

/// Everything that is done to Porchlight: set up, build, run the demo, test, measure.
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
    /// Find or install what building needs; a second run installs nothing.
    ///
    /// Tools are kept in $PORCHLIGHT_TOOLS, by default ~/.cache/porchlight/tools, each in a folder
    /// with its version. Deleting that folder is always safe.
    Setup {
        /// Also what testing needs: rustfmt, clippy, Chromium with its driver, Caddy, nginx.
        #[arg(long)]
        tests: bool,
    },
    /// Build widget, inbox and loader into target/assets, and weigh them against the budgets.
    Build {
        /// Fast instead of small: unoptimised, std as it comes, no budgets.
        #[arg(long)]
        dev: bool,
    },
    /// Run every check, or only the groups that are named.
    Test(test::Options),
    /// Print what something costs on this machine.
    Bench(bench::Options),
    /// Run the product and a shop page with the chat on it; Ctrl+C ends it.
    Demo(demo::Options),
    /// What continuous integration runs: `test --keep-going`.
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
        Command::Bench(options) => bench::bench(&workspace, &options),
        Command::Demo(options) => demo::demo(&workspace, choice, &options),
        Command::Ci => test::test(&workspace, choice, &test::Options::everything()),
    }
}
