//! The program: a command for each drill.
#![expect(clippy::print_stdout, reason = "a command-line tool prints to standard output")]

use anyhow::{Result, bail};
use clap::{Parser, Subcommand};
use porchlight_drill::nodes::Target;
use porchlight_drill::{chaos, load, smoke};

/// Drives real servers over real HTTP and sockets.
#[derive(Parser)]
#[command(name = "drill", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Clients act at random while nodes, the database and connections fail; in the end a checker judges.
    Chaos(chaos::Options),
    /// A visitor and an agent exchange messages; the server is killed and started again in between.
    Smoke(Target),
    /// Measures what servers cost and how much they carry, and prints a table.
    Load(load::Options),
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Chaos(options) => tokio::select! {
            ran = chaos::run(&options, |line| println!("{line}")) => ran?,
            // Returning stops the servers.
            () = interrupted() => bail!("interrupted"),
        },
        Command::Smoke(target) => {
            let events = smoke::run(&target).await?;
            println!("{events} events, and the store is sound");
        }
        Command::Load(options) => println!("{}", load::run(&options).await?),
    }
    Ok(())
}

/// Waits for SIGINT or SIGTERM.
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
