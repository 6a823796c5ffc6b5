//! `porchlight move`.

use std::time::{Duration, Instant};

use clap::Args;
use porchlight_store::Place;
use porchlight_store::mover::{self, Progress, Stage};

use super::copies::told;
use super::unrepeated::Unrepeated;

/// Time between two lines about the progress. A short move prints none.
const TELL_EVERY: Duration = Duration::from_secs(5);

#[derive(Args)]
pub(super) struct MoveArgs {
    /// Where the store is: a data folder, or postgres://USER:PASSWORD@HOST/NAME. It is not changed.
    #[arg(long, env = "PORCHLIGHT_MOVE_FROM", hide_env_values = true, value_name = "PLACE")]
    #[arg(value_parser = Unrepeated::<Place>::new())]
    from: Place,
    /// Where it goes: another folder, or another database. It must be empty, or the target of this move when it was
    /// interrupted.
    #[arg(long, env = "PORCHLIGHT_MOVE_TO", hide_env_values = true, value_name = "PLACE")]
    #[arg(value_parser = Unrepeated::<Place>::new())]
    to: Place,
}

pub(super) fn run(args: &MoveArgs) -> anyhow::Result<()> {
    let MoveArgs { from, to } = args;
    let mut last = Instant::now();
    let moved = mover::run(from, to, &mut |progress| {
        if progress.stage == Stage::Resumed || last.elapsed() >= TELL_EVERY {
            last = Instant::now();
            println!("{}", in_words(progress));
        }
    })?;
    println!("Moved {from} to {to}. Both sides were compared, and hold the same rows:");
    for (table, rows) in &moved.tables {
        println!("  {table:<20}{rows:>12}");
    }
    let contents = told(&moved.checked.contents);
    if moved.checked.faults.is_empty() {
        println!("No damage found ({contents}).");
    } else {
        println!("What was damaged before is damaged still ({contents}):");
        for fault in &moved.checked.faults {
            println!("  {fault}");
        }
    }
    let flag = match to {
        Place::Folder(_) => "--data",
        Place::Database(_) => "--database",
    };
    println!(
        "Start the server with {flag} now. Open chats and inboxes reload by themselves. {from} is as it was: \
         serve it no more, and delete it when you are sure."
    );
    Ok(())
}

fn in_words(Progress { stage, done, of }: Progress) -> String {
    match stage {
        Stage::Resumed => {
            format!("The move was interrupted, and goes on: {done} of {of} rows are moved.")
        }
        Stage::Copying => format!("Moved {done} of {of} rows."),
        Stage::Comparing => format!("Compared {done} of {of} rows, of both sides."),
        Stage::Checking => format!("Checked {done} of {of} conversations."),
    }
}
