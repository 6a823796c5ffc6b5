//! `porchlight backup`, `restore`, `check` and `migrate`.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use porchlight_store::{Contents, backup, check};

use super::{DataArg, PlaceArg};

#[derive(Args)]
pub(super) struct BackupArgs {
    #[command(flatten)]
    data: DataArg,
    /// The file to write.
    #[arg(long)]
    to: PathBuf,
    /// Replace an existing file.
    #[arg(long)]
    force: bool,
}

#[derive(Args)]
pub(super) struct RestoreArgs {
    #[command(flatten)]
    data: DataArg,
    /// The backup to restore.
    #[arg(long)]
    from: PathBuf,
}

#[derive(Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    place: PlaceArg,
    /// A file to check instead, such as a backup.
    #[arg(long, group = "PlaceArg")]
    file: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct MigrateArgs {
    #[command(flatten)]
    data: DataArg,
}

pub(super) fn told(of: &Contents) -> String {
    let Contents { sites, conversations, events } = of;
    format!("sites: {sites}, conversations: {conversations}, events: {events}")
}

pub(super) fn back_up(args: &BackupArgs) -> anyhow::Result<()> {
    let folder = args.data.folder("back it up with `pg_dump --format=custom`")?;
    let contents = backup::back_up(&folder, &args.to, args.force)?;
    println!("Wrote {} ({}).", args.to.display(), told(&contents));
    Ok(())
}

pub(super) fn restore(args: &RestoreArgs) -> anyhow::Result<()> {
    let folder = &args.data.folder("restore it with `pg_restore`")?;
    let restored = backup::restore(folder, &args.from)?;
    let (from, contents) = (args.from.display(), told(&restored.contents));
    println!("Restored {from} to {} ({contents}).", folder.display());
    if let Some(aside) = restored.aside {
        println!("The former store is kept as {}.", aside.display());
    }
    println!("Start the server now. Open chats and inboxes reload by themselves.");
    Ok(())
}

pub(super) fn check(args: &CheckArgs) -> anyhow::Result<()> {
    let (report, place) = match &args.file {
        Some(file) => (check::file(file)?, file.display().to_string()),
        None => {
            let place = args.place.place();
            (place.check()?, place.to_string())
        }
    };
    for fault in &report.faults {
        println!("{fault}");
    }
    match report.faults.len() {
        0 => println!("No damage found ({}).", told(&report.contents)),
        faults => bail!(
            "{place} is damaged: {faults} faults. The server serves what can be read. To restore a backup: \
             porchlight restore --help"
        ),
    }
    Ok(())
}

pub(super) fn migrate(args: &MigrateArgs) -> anyhow::Result<()> {
    let folder = args.data.place();
    let (from, to) = folder.migrate()?;
    if from == to {
        println!("The store in {folder} is up to date (form {to}).");
    } else {
        println!("Migrated the store in {folder} from form {from} to form {to}.");
    }
    Ok(())
}
