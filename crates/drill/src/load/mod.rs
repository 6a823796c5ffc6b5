//! Load: what a server costs and how much it carries, on the machine that the drill itself runs on.
//!
//! Each [`Setup`] is an engine with a number of servers on it. In each, the same measurements are made, and all of them
//! end up in one [`Table`]. The numbers judge nothing, because machines differ.

mod crowd;
mod fill;
mod idle;
mod machine;
mod rates;
mod table;

use std::fmt;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use porchlight_protocol::SiteKey;

use crate::client::Address;
use crate::nodes::{self, Node, Place, Store};
use table::Table;

/// The options of the load.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// The server's program.
    #[arg(long, value_name = "PATH", default_value = "target/release/porchlight")]
    program: PathBuf,
    /// A PostgreSQL server, in which databases are made and removed: postgres://USER@HOST:PORT. Without it, only SQLite
    /// is measured.
    #[arg(long, value_name = "URL", env = "PORCHLIGHT_DRILL_POSTGRES", hide_env_values = true)]
    postgres: Option<String>,
    /// Leave SQLite out.
    #[arg(long)]
    no_sqlite: bool,
    /// The numbers of servers on one PostgreSQL database.
    #[arg(long, value_delimiter = ',', default_value = "1,2,3")]
    nodes: Vec<usize>,
    /// What to measure.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "rates,sockets,data")]
    only: Vec<Part>,
    /// Messages per second.
    #[arg(long, value_delimiter = ',', default_value = "1000,2000,4000")]
    rates: Vec<u32>,
    /// Visitors with a socket who write these messages.
    #[arg(long, default_value_t = 2_000)]
    visitors: usize,
    /// Agents with a socket; each receives every message of their site.
    #[arg(long, default_value_t = 4)]
    agents: usize,
    /// Sites, over which visitors and agents are spread. A site's messages are committed one after another, those of
    /// several sites may be at the same time.
    #[arg(long, default_value_t = 1)]
    sites: usize,
    /// Seconds for which each rate is measured, after the warm-up.
    #[arg(long, default_value_t = 15)]
    seconds: u32,
    /// Seconds of warm-up.
    #[arg(long, default_value_t = 4)]
    warm_up: u32,
    /// Numbers of idle sockets.
    #[arg(long, value_delimiter = ',', default_value = "2000,10000")]
    sockets: Vec<usize>,
    /// Open conversations in the filled store.
    #[arg(long, default_value_t = 30_000)]
    open: usize,
    /// Closed conversations in the filled store.
    #[arg(long, default_value_t = 100_000)]
    closed: usize,
    /// Events in the filled store, at least.
    #[arg(long, default_value_t = 1_000_000)]
    events: usize,
    /// The file for the table, beside the standard output.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

/// A part of the measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Messages at given rates.
    Rates,
    /// Idle sockets.
    Sockets,
    /// Start and pages of a store with much data.
    Data,
}

/// An engine, and the number of servers on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setup {
    Sqlite,
    Postgres(usize),
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Setup::Sqlite => f.write_str("SQLite"),
            Setup::Postgres(1) => f.write_str("PostgreSQL, 1 node"),
            Setup::Postgres(nodes) => write!(f, "PostgreSQL, {nodes} nodes"),
        }
    }
}

/// Makes all measurements, says on standard error how far it is, and returns the table in Markdown.
pub async fn run(options: &Options) -> Result<String> {
    let files = nodes::raise_file_limit()?;
    let mut setups = Vec::new();
    if !options.no_sqlite {
        setups.push(Setup::Sqlite);
    }
    if options.postgres.is_some() {
        setups.extend(options.nodes.iter().map(|nodes| Setup::Postgres(*nodes)));
    }
    let mut table = Table::default();
    for setup in setups {
        for part in &options.only {
            say(&format!("{setup}: {part:?}"));
            let bench = Bench::new(setup, options)?;
            let done = match part {
                Part::Rates => rates::measure(&bench, &mut table).await,
                Part::Sockets => idle::measure(&bench, &mut table, files).await,
                Part::Data => fill::measure(&bench, &mut table).await,
            };
            // One that can't be measured is no reason to lose the others.
            if let Err(error) = done {
                say(&format!("{setup}: {error:#}"));
                table.note(format!("{setup}, {part:?}: left out, because {error:#}"));
            }
        }
    }
    let &Options { visitors, agents, sites, .. } = options;
    let text = format!(
        "{}Messages come from {visitors} visitors, and go to {agents} agents on {sites} site{}.\n\n{table}",
        machine::description(options.postgres.as_deref()).await,
        if sites == 1 { "" } else { "s" },
    );
    if let Some(file) = &options.to {
        std::fs::write(file, &text).with_context(|| format!("can't write {}", file.display()))?;
    }
    Ok(text)
}

/// Says how far the drill is, where nobody takes it for a result.
#[expect(clippy::print_stderr, reason = "progress is for people")]
fn say(what: &str) {
    eprintln!("{what}");
}

/// An empty store of a setup, in a place that is removed with it.
struct Bench<'a> {
    setup: Setup,
    options: &'a Options,
    store: Store,
    sites: Vec<SiteKey>,
    _folder: tempfile::TempDir,
    /// The PostgreSQL server, and the database in it.
    database: Option<(String, String)>,
}

impl<'a> Bench<'a> {
    fn new(setup: Setup, options: &'a Options) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("porchlight-load-").tempdir()?;
        let mut database = None;
        let place = match setup {
            Setup::Sqlite => Place::Folder(folder.path().join("data")),
            Setup::Postgres(_) => {
                let server = options.postgres.clone().context("there is no PostgreSQL")?;
                let name = format!(
                    "load_{}",
                    porchlight_protocol::id::hex(&crate::client::random::<4>()?)
                );
                machine::sql(&server, &format!("CREATE DATABASE {name} TEMPLATE template0"))?;
                let address = format!("{server}/{name}");
                database = Some((server, name));
                Place::Database(address)
            }
        };
        let store = Store::new(&options.program, place, folder.path().join("logs"));
        let names = (1..=options.sites.max(1)).map(|number| format!("Load {number}"));
        let sites = names.map(|name| store.add_site(&name)).collect::<Result<Vec<_>>>()?;
        let bench = Bench { setup, options, store, sites, _folder: folder, database };
        for agent in 0..options.agents {
            let name = format!("Agent {agent}");
            bench.store.add_agent(bench.site(agent)?, &email(agent), &name, "admin")?;
        }
        Ok(bench)
    }

    /// The site of the visitor or agent with this number.
    fn site(&self, number: usize) -> Result<&SiteKey> {
        self.sites.get(number % self.sites.len().max(1)).context("there is no site")
    }

    /// Starts the setup's servers.
    async fn serve(&self) -> Result<Fleet> {
        let count = match self.setup {
            Setup::Sqlite => 1,
            Setup::Postgres(nodes) => nodes,
        };
        let mut fleet = Fleet { nodes: Vec::new(), addresses: Vec::new(), metrics: Vec::new() };
        for number in 1..=count {
            let metrics = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
            let flags = ["--behind-proxy", "--metrics", &metrics.to_string()];
            let name = format!("node-{number}");
            let started = self.store.serve(&name, &flags).await;
            let node =
                started.with_context(|| format!("server {number} of {count} refuses to run"))?;
            fleet.addresses.push(node.address());
            fleet.metrics.push(Address::new(metrics));
            fleet.nodes.push(node);
        }
        Ok(fleet)
    }

    /// The folder of the data file, if there is one.
    fn data(&self) -> Option<&Path> {
        match self.store.place() {
            Place::Folder(folder) => Some(folder),
            Place::Database(_) => None,
        }
    }
}

impl Drop for Bench<'_> {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.database
            && let Err(error) = machine::sql(server, &format!("DROP DATABASE {name} WITH (FORCE)"))
        {
            say(&format!("the database {name} stays: {error:#}"));
        }
    }
}

/// The address of an agent.
fn email(agent: usize) -> String {
    format!("agent-{agent}@load.example")
}

/// The running servers of a setup.
struct Fleet {
    nodes: Vec<Node>,
    addresses: Vec<Address>,
    metrics: Vec<Address>,
}

impl Fleet {
    /// The server of the client with this number: they are spread evenly.
    fn address(&self, client: usize) -> Result<&Address> {
        self.addresses.get(client % self.addresses.len().max(1)).context("there is no server")
    }

    /// The time that all servers have computed so far, in seconds.
    fn cpu(&self) -> Result<f64> {
        self.nodes.iter().map(|node| Ok(node.cpu()?.as_secs_f64())).sum()
    }

    /// The memory that all servers hold, in bytes.
    fn resident(&self) -> Result<u64> {
        self.nodes.iter().map(Node::resident).sum()
    }

    /// The sum of a counter without labels over all servers.
    async fn counter(&self, name: &str) -> Result<f64> {
        let mut sum = 0.0;
        for metrics in &self.metrics {
            let (_, text) = metrics.get("/metrics").await?;
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            sum += line
                .with_context(|| format!("there is no metric {name}"))?
                .trim()
                .parse::<f64>()?;
        }
        Ok(sum)
    }

    async fn stop(mut self) -> Result<()> {
        for node in &mut self.nodes {
            node.stop().await?;
        }
        Ok(())
    }
}
