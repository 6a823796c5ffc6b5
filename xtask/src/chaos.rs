//! Chaos: clients act at random while nodes, the database and connections fail, and a checker judges. The runs are
//! those of `crates/drill`; this finds what they need.

use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::build;
use crate::build::native::{self, Programs};
use crate::setup::{self, ChaosTools};
use crate::shell;
use crate::workspace::Workspace;

/// The options of chaos.
#[derive(Args, Default)]
pub struct Options {
    /// Run this many seeds, from 0 or from `--seed` on; a dozen by default.
    #[arg(long, value_name = "N")]
    pub seeds: Option<u64>,
    /// Run this seed alone, or the first one of `--seeds`.
    #[arg(long, value_name = "SEED")]
    pub seed: Option<u64>,
    /// The number of nodes; by default two or three, by the seed.
    #[arg(long, value_name = "N")]
    pub nodes: Option<u8>,
    /// Seeds that run at the same time, each with a database server of its own; 2 by default.
    #[arg(long, value_name = "N")]
    pub jobs: Option<u8>,
    /// On a data file rather than on PostgreSQL, with one node.
    #[arg(long)]
    pub sqlite: bool,
}

/// Finds or installs what the runs need, and runs them.
pub fn chaos(workspace: &Workspace, options: &Options) -> Result<()> {
    let tools = setup::setup_for_chaos()?;
    // The server's pages don't matter, but it embeds them.
    build::prepare_assets(workspace)?;
    run(&native::server_and_drill(workspace)?, &tools, options)
}

/// Runs the seeds.
pub fn run(programs: &Programs, tools: &ChaosTools, options: &Options) -> Result<()> {
    shell::run(&mut command(programs, tools, options))
}

fn command(programs: &Programs, tools: &ChaosTools, options: &Options) -> Command {
    let mut drill = Command::new(&programs.drill);
    drill.arg("chaos").arg("--program").arg(&programs.server);
    let numbers = [
        ("--seeds", options.seeds),
        ("--seed", options.seed),
        ("--nodes", options.nodes.map(u64::from)),
        ("--jobs", options.jobs.map(u64::from)),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            drill.arg(name).arg(number.to_string());
        }
    }
    if !options.sqlite {
        drill.arg("--postgres").arg(&tools.postgres);
    }
    drill.arg("--faketime").arg(&tools.faketime).arg("--nats").arg(&tools.nats);
    // It would take them from the environment, too.
    for taken in ["PORCHLIGHT_POSTGRES", "PORCHLIGHT_FAKETIME", "PORCHLIGHT_NATS"] {
        drill.env_remove(taken);
    }
    // An error of a run says all that a trace of ours could.
    drill.env("RUST_BACKTRACE", "0");
    drill
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_repeated_with_what_it_had() {
        let programs = Programs { server: "/server".into(), drill: "/drill".into() };
        let tools =
            ChaosTools { postgres: "/pg".into(), faketime: "/ft".into(), nats: "/nats".into() };
        let line = |options: &Options| shell::line(&command(&programs, &tools, options));
        let options = Options { seed: Some(7), nodes: Some(3), ..Options::default() };
        assert_eq!(
            line(&options),
            "/drill chaos --program /server --seed 7 --nodes 3 --postgres /pg --faketime /ft --nats /nats"
        );
        let options = Options { sqlite: true, ..Options::default() };
        assert_eq!(line(&options), "/drill chaos --program /server --faketime /ft --nats /nats");
    }
}
