//! `porchlight backup`, `restore`, `check` and `migrate`.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use porchlight_store::{Contents, Database, Place, backup, check};

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
    let folder = match args.data.place() {
        Place::Folder(folder) => folder,
        Place::Database(database) => bail!("{}", how_to_back_up(&database, &args.to)),
    };
    let contents = backup::back_up(&folder, &args.to, args.force)?;
    println!("Wrote {} ({}).", args.to.display(), told(&contents));
    Ok(())
}

/// The way to back up a database. PostgreSQL's own programs do it well.
fn how_to_back_up(database: &Database, to: &Path) -> String {
    let (server, name) = database.for_programs("");
    format!(
        "{database} is backed up by PostgreSQL's own program, also while the server runs:\n\
         \n  pg_dump {server} --format=custom --file={} {name}\n\
         \nNothing was written. docs/operating.md says more, under Backups of a database",
        to.display()
    )
}

/// The way to restore a database: into a new one, so that the former one is kept.
fn how_to_restore(database: &Database, from: &Path) -> String {
    let (server, restored) = database.for_programs("_restored");
    let from = from.display();
    format!(
        "{database} is restored by PostgreSQL's own programs, into a new database:\n\
         \n  createdb {server} --encoding=UTF8 --template=template0 {restored}\
         \n  pg_restore {server} --exit-on-error --no-owner --dbname={restored} {from}\
         \n  vacuumdb {server} --analyze {restored}\n\
         \nThen stop the server, and start it with the new database. Nothing was changed. docs/operating.md says \
         more, under Backups of a database"
    )
}

pub(super) fn restore(args: &RestoreArgs) -> anyhow::Result<()> {
    let folder = match args.data.place() {
        Place::Folder(folder) => folder,
        Place::Database(database) => bail!("{}", how_to_restore(&database, &args.from)),
    };
    let restored = backup::restore(&folder, &args.from)?;
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
        println!("The store in {folder} is up to date (schema version {to}).");
    } else {
        println!("Migrated the store in {folder} from schema version {from} to {to}.");
    }
    Ok(())
}
