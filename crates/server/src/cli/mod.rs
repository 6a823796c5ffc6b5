//! The commands.
#![expect(clippy::print_stdout, reason = "a command's answer goes to standard output")]

mod agent;
mod ask;
mod audit;
mod bot;
mod copies;
mod explain;
mod greeting;
mod identity;
mod moves;
mod serve;
mod session;
mod site;
mod unrepeated;
mod visitor;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use porchlight_protocol::{Millis, SiteKey};
use porchlight_store::{AdminStore, Database, Place, Site, clock};
use tracing_subscriber::EnvFilter;

use crate::demo::{self, DemoArgs};
pub(crate) use serve::stop_signal;
#[cfg(test)]
pub(crate) use site::snippet;
pub(crate) use unrepeated::Unrepeated;

#[derive(Parser)]
#[command(
    name = "porchlight",
    version,
    about = "Live chat for a website: one script tag, one binary, one data file."
)]
struct Cli {
    #[command(flatten)]
    log: LogArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct LogArgs {
    /// What to log, such as `info` or `porchlight_server=debug`.
    #[arg(long, env = "PORCHLIGHT_LOG", default_value = "info", global = true)]
    log: String,
    /// How to log it.
    #[arg(long, env = "PORCHLIGHT_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    log_format: LogFormat,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line, for programs.
    Json,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the chat, the inbox and the API.
    Serve(serve::ServeArgs),
    /// Sites: the pages that have the chat on them.
    #[command(subcommand)]
    Site(site::SiteCommand),
    /// Agents: the people who answer.
    #[command(subcommand)]
    Agent(agent::AgentCommand),
    /// Sessions: the browsers in which agents are signed in.
    #[command(subcommand)]
    Session(session::SessionCommand),
    /// Bots: programs that answer.
    #[command(subcommand)]
    Bot(bot::BotCommand),
    /// Visitors: the people who ask.
    #[command(subcommand)]
    Visitor(visitor::VisitorCommand),
    /// Identity: how a site's back end proves who its visitors are.
    #[command(subcommand)]
    Identity(identity::IdentityCommand),
    /// Print who has done what on a team: sign-ins, settings, exported, erased and blocked visitors.
    Audit(audit::AuditArgs),
    /// Copy the store into one file, also while the server runs.
    Backup(copies::BackupArgs),
    /// Restore a backup. The server must be stopped; the former store is kept aside.
    Restore(copies::RestoreArgs),
    /// Check the whole store for damage, also while the server runs.
    Check(copies::CheckArgs),
    /// Migrate the store to this version, as the server does when it starts.
    Migrate(copies::MigrateArgs),
    /// Move the store from a data folder to a PostgreSQL database, or back. The server must be stopped.
    Move(moves::MoveArgs),
    /// Run a demo: a shop with the chat, the inbox, and sample conversations.
    Demo(DemoArgs),
}

#[derive(Args)]
struct DataArg {
    #[command(flatten)]
    place: PlaceArg,
}

#[derive(Args)]
#[group(required = true, multiple = true)]
struct PlaceArg {
    /// The folder of the data file.
    #[arg(long, env = "PORCHLIGHT_DATA")]
    data: Option<PathBuf>,
    /// The PostgreSQL database, in place of a folder: postgres://USER:PASSWORD@HOST/NAME.
    #[arg(long, env = "PORCHLIGHT_DATABASE", hide_env_values = true, value_name = "URL")]
    #[arg(value_parser = Unrepeated::<Database>::new())]
    database: Option<Database>,
}

impl PlaceArg {
    /// Where the store is. A database goes before a folder, so that a folder in the environment is no obstacle.
    fn place(&self) -> Place {
        match (&self.database, &self.data) {
            (Some(database), _) => Place::Database(Box::new(database.clone())),
            (None, folder) => Place::Folder(folder.clone().unwrap_or_default()),
        }
    }
}

impl DataArg {
    fn place(&self) -> Place {
        self.place.place()
    }

    fn store(&self) -> AdminStore {
        AdminStore::at(self.place())
    }
}

#[derive(Args)]
struct SiteArg {
    /// The site's key; needed only if there are several.
    #[arg(long)]
    site: Option<SiteKey>,
}

impl SiteArg {
    /// The site that was named; `None` for all of them.
    fn of(&self, store: &AdminStore) -> anyhow::Result<Option<Site>> {
        self.site.as_ref().map(|key| store.site(Some(key))).transpose()
    }
}

#[derive(Args)]
struct YesArg {
    /// Don't ask for confirmation.
    #[arg(long)]
    yes: bool,
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log(&cli.log);
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("porchlight: {}", explain::explain(&error));
            ExitCode::FAILURE
        }
    }
}

fn start_log(args: &LogArgs) {
    // The client of NATS tells each try to connect as an error. `hints` tells once that they don't come.
    let quiet = "async_nats=off";
    let filter = EnvFilter::try_new(format!("{quiet},{}", args.log));
    let filter = filter.unwrap_or_else(|_| EnvFilter::new(format!("{quiet},info")));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match args.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).with_span_list(false).init(),
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(args) => block_on(serve::run(args)),
        Command::Demo(args) => block_on(demo::run(args)),
        Command::Site(command) => site::run(command),
        Command::Agent(command) => agent::run(command),
        Command::Session(command) => session::run(command),
        Command::Bot(command) => bot::run(command),
        Command::Visitor(command) => visitor::run(command),
        Command::Identity(command) => identity::run(command),
        Command::Audit(args) => audit::run(&args),
        Command::Backup(args) => copies::back_up(&args),
        Command::Restore(args) => copies::restore(&args),
        Command::Check(args) => copies::check(&args),
        Command::Migrate(args) => copies::migrate(&args),
        Command::Move(args) => moves::run(&args),
    }
}

fn block_on(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

/// The time since `at`, for a list.
fn ago(at: Millis) -> String {
    const MINUTE: Millis = 60_000;
    match (clock::now() - at).max(0) / MINUTE {
        0..60 => "within the hour".to_owned(),
        minutes @ 60..1440 => format!("{} h ago", minutes / 60),
        minutes => format!("{} d ago", minutes / 1440),
    }
}
