//! Commands. Each works beside a running server; what they print is for people.
#![expect(clippy::print_stdout, reason = "a command's answer goes to standard output")]

use std::io::{BufRead, IsTerminal};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use clap::{Args, Parser, Subcommand, ValueEnum};
use porchlight_protocol::wire::Role;
use porchlight_protocol::{ClosingSettings, Plan, SiteKey, VisitorId};
use rusqlite::Connection;
use tracing_subscriber::EnvFilter;

use crate::config::ServerConfig;
use crate::demo::{self, DemoArgs};
use crate::origin::Origin;
use crate::server::Server;
use crate::store::sites::Site;
use crate::store::{agents, bots, sites, visitors, with_file};
use crate::{clock, password};

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
    /// One JSON object a line, for programs.
    Json,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the chat, the inbox and the API.
    Serve(ServeArgs),
    /// Sites: the pages that have the chat on them.
    #[command(subcommand)]
    Site(SiteCommand),
    /// Agents: the people who answer.
    #[command(subcommand)]
    Agent(AgentCommand),
    /// Bots: programs that answer.
    #[command(subcommand)]
    Bot(BotCommand),
    /// Visitors: the people who ask.
    #[command(subcommand)]
    Visitor(VisitorCommand),
    /// A shop with the chat on it, an inbox beside it and something in both.
    Demo(DemoArgs),
}

#[derive(Args)]
struct DataArg {
    /// The folder of the data file.
    #[arg(long, env = "PORCHLIGHT_DATA")]
    data: PathBuf,
}

#[derive(Args)]
struct ServeArgs {
    /// The address to listen on.
    #[arg(long, env = "PORCHLIGHT_LISTEN", default_value = "127.0.0.1:8787")]
    listen: SocketAddr,
    #[command(flatten)]
    data: DataArg,
    /// Where browsers reach the server, such as https://chat.example. Where it listens, if absent.
    #[arg(long, env = "PORCHLIGHT_PUBLIC_URL")]
    public_url: Option<Origin>,
    /// A proxy stands in front: count by the last address in X-Forwarded-For.
    #[arg(long, env = "PORCHLIGHT_BEHIND_PROXY")]
    behind_proxy: bool,
}

#[derive(Subcommand)]
enum SiteCommand {
    /// Add a site; prints its key and the snippet for its pages.
    Add {
        #[command(flatten)]
        data: DataArg,
        /// What the site is called.
        #[arg(long)]
        name: String,
        /// The origin of pages that may embed the chat, such as https://shop.example.
        #[arg(long = "allow-origin", required = true, num_args = 1..)]
        allow_origins: Vec<Origin>,
        /// What the site may use.
        #[arg(long, value_enum, default_value_t = PlanArg::Professional)]
        plan: PlanArg,
        /// Where browsers reach the server, for the snippet.
        #[arg(long, env = "PORCHLIGHT_PUBLIC_URL", default_value = "http://localhost:8787")]
        public_url: Origin,
    },
    /// List the sites: key, name, plan, and the origins that may embed the chat.
    List {
        #[command(flatten)]
        data: DataArg,
    },
    /// Put a site on another plan. Open chats and inboxes follow within seconds.
    Plan {
        #[command(flatten)]
        data: DataArg,
        /// The site's key.
        site: SiteKey,
        /// The plan from now on.
        #[arg(value_enum)]
        plan: PlanArg,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PlanArg {
    /// The chat and the inbox.
    Starter,
    /// Closing conversations as the site wants it, too.
    Professional,
    /// Everything.
    Enterprise,
}

impl From<PlanArg> for Plan {
    fn from(plan: PlanArg) -> Plan {
        match plan {
            PlanArg::Starter => Plan::Starter,
            PlanArg::Professional => Plan::Professional,
            PlanArg::Enterprise => Plan::Enterprise,
        }
    }
}

#[derive(Subcommand)]
enum AgentCommand {
    /// Add an agent; the password comes from standard input.
    Add {
        #[command(flatten)]
        data: DataArg,
        /// The e-mail address to sign in with.
        #[arg(long)]
        email: String,
        /// What visitors see.
        #[arg(long)]
        name: String,
        /// What the agent may do.
        #[arg(long, value_enum)]
        role: RoleArg,
        /// The site's key; needed only if there are several.
        #[arg(long)]
        site: Option<SiteKey>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleArg {
    /// Conversations and settings.
    Admin,
    /// Conversations.
    Agent,
}

#[derive(Subcommand)]
enum BotCommand {
    /// Add a bot; prints its token, this once.
    Add {
        #[command(flatten)]
        data: DataArg,
        /// What visitors see.
        #[arg(long)]
        name: String,
        /// The site's key; needed only if there are several.
        #[arg(long)]
        site: Option<SiteKey>,
    },
}

#[derive(Subcommand)]
enum VisitorCommand {
    /// Revoke a visitor's key: whoever holds it is shut out. Open chats close within seconds.
    Revoke {
        #[command(flatten)]
        data: DataArg,
        /// The visitor's id: what the inbox shows when the pointer rests on the visitor's name.
        #[arg(long)]
        visitor: VisitorId,
        /// The site's key; needed only if there are several.
        #[arg(long)]
        site: Option<SiteKey>,
    },
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log(&cli.log);
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("porchlight: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start_log(args: &LogArgs) {
    let filter = EnvFilter::try_new(&args.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match args.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(args) => block_on(serve(args)),
        Command::Demo(args) => block_on(demo::run(args)),
        Command::Site(SiteCommand::Add { data, name, allow_origins, plan, public_url }) => {
            let name = checked_name(&name)?;
            let key =
                with_file(&data.data, |sql| sites::add(sql, &name, plan.into(), &allow_origins))?;
            println!("Added the site {name}. Its key is {key}\n");
            println!("Put this on its pages:\n\n{}", snippet(&public_url, &key));
            Ok(())
        }
        Command::Site(SiteCommand::List { data }) => {
            let listed = with_file(&data.data, |sql| {
                let all = sites::all(sql).map_err(told)?;
                all.into_iter()
                    .map(|site| Ok((sites::origins(sql, site.id).map_err(told)?, site)))
                    .collect::<anyhow::Result<Vec<_>>>()
            })?;
            for (origins, site) in listed {
                let plan = site.plan.as_str();
                println!("{}\t{}\t{plan}\t{}", site.key, site.name, origins.join(" "));
            }
            Ok(())
        }
        Command::Site(SiteCommand::Plan { data, site, plan }) => {
            let plan = Plan::from(plan);
            let site = with_file(&data.data, |sql| {
                let site = choose_site(sql, Some(&site))?;
                sites::set_plan(sql, &site, plan).map_err(told)?;
                Ok(site)
            })?;
            let (name, now, before) = (&site.name, plan.as_str(), site.plan.as_str());
            if plan == site.plan {
                println!("{name} is on the plan {now} already.");
            } else {
                println!("{name} is on the plan {now} now; it was on {before}.");
            }
            if !plan.includes_closing() && site.closing != ClosingSettings::default() {
                println!("Its settings for closing conversations are kept, and have no effect.");
            }
            Ok(())
        }
        Command::Agent(AgentCommand::Add { data, email, name, role, site }) => {
            let email = checked_email(&email)?;
            let name = checked_name(&name)?;
            let hash = password::hash(&read_password()?)?;
            let role = match role {
                RoleArg::Admin => Role::Admin,
                RoleArg::Agent => Role::Agent,
            };
            let site = with_file(&data.data, |sql| {
                let site = choose_site(sql, site.as_ref())?;
                agents::add(sql, site.id, &email, &name, role, &hash)?;
                Ok(site)
            })?;
            println!("Added {name} <{email}> to {}.", site.name);
            Ok(())
        }
        Command::Bot(BotCommand::Add { data, name, site }) => {
            let name = checked_name(&name)?;
            let token = with_file(&data.data, |sql| {
                let site = choose_site(sql, site.as_ref())?;
                bots::add(sql, site.id, &name)
            })?;
            println!("Added the bot {name}. Its token, shown this once:\n\n{token}");
            Ok(())
        }
        Command::Visitor(VisitorCommand::Revoke { data, visitor, site }) => {
            with_file(&data.data, |sql| {
                let site = choose_site(sql, site.as_ref())?;
                let revoked =
                    visitors::revoke(sql, site.id, &visitor, clock::now()).map_err(told)?;
                ensure!(revoked, "{} has no visitor {visitor}", site.name);
                Ok(())
            })?;
            println!("Revoked the key of visitor {visitor}.");
            Ok(())
        }
    }
}

fn block_on(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

async fn serve(args: ServeArgs) -> anyhow::Result<()> {
    let config = ServerConfig {
        public_url: args.public_url,
        behind_proxy: args.behind_proxy,
        ..ServerConfig::new(args.data.data)
    };
    let server = Server::bind(config, args.listen).await?;
    let app = &server.app;
    tracing::info!(listen = %server.address, url = %app.own_origin(), "serving");
    let any_site = app.store.read(|sql| Ok(!sites::all(sql)?.is_empty())).await.map_err(told)?;
    if !any_site {
        tracing::warn!("there is no site yet: porchlight site add --help");
    }
    server.run(stop_signal()).await
}

/// Waits for SIGTERM or SIGINT.
pub(crate) async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// A store's error as a command's.
pub(crate) fn told(error: crate::error::Error) -> anyhow::Error {
    match error {
        crate::error::Error::Told(body) => anyhow::anyhow!(body.message),
        crate::error::Error::Fault(fault) => fault,
    }
}

/// What goes on a site's pages.
pub(crate) fn snippet(server: &Origin, key: &SiteKey) -> String {
    format!("<script async src=\"{server}/porchlight.js\" data-site=\"{key}\"></script>")
}

/// The site that is meant: the one with the key, or the only one.
fn choose_site(sql: &Connection, key: Option<&SiteKey>) -> anyhow::Result<Site> {
    if let Some(key) = key {
        return sites::by_key(sql, key).map_err(told).with_context(|| format!("--site {key}"));
    }
    let mut all = sites::all(sql).map_err(told)?;
    match (all.pop(), all.is_empty()) {
        (Some(only), true) => Ok(only),
        (None, _) => bail!("there is no site yet: porchlight site add --help"),
        (Some(_), false) => bail!("there are several sites: say which with --site KEY"),
    }
}

fn checked_name(name: &str) -> anyhow::Result<String> {
    let name = name.trim();
    ensure!(
        (1..=80).contains(&name.chars().count()) && !name.chars().any(char::is_control),
        "a name has 1 to 80 characters"
    );
    Ok(name.to_owned())
}

fn checked_email(email: &str) -> anyhow::Result<String> {
    let email = email.trim().to_lowercase();
    let well_formed = email
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'));
    ensure!(
        well_formed
            && email.len() <= 320
            && !email.chars().any(|c| c.is_whitespace() || c.is_control()),
        "{email:?} is not an e-mail address"
    );
    Ok(email)
}

fn read_password() -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        eprint!("Password (it shows as you type): ");
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("can't read the password")?;
    let password = line.trim_end_matches(['\r', '\n']);
    ensure!(
        password.chars().count() >= password::CHARS_MIN,
        "a password has at least {} characters",
        password::CHARS_MIN
    );
    ensure!(password.len() <= password::BYTES_MAX, "the password is too long");
    Ok(password.to_owned())
}
