//! The machine that the drill runs on, and the PostgreSQL server on it.

use std::fs;

use anyhow::{Context, Result, anyhow};

/// Names the machine, the kernel and the versions, in Markdown.
pub async fn description(postgres: Option<&str>) -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = field(&cpuinfo, "model name").unwrap_or("an unknown CPU");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory =
        field(&meminfo, "MemTotal").and_then(|total| total.split(' ').next()?.parse().ok());
    let gigabytes = memory.map_or(0.0, |kib: f64| kib * 1024.0 / 1e9);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mut text = format!(
        "{model}, {cores} cores, {gigabytes:.0} GB RAM, Linux {}, Porchlight {}",
        kernel.trim(),
        env!("CARGO_PKG_VERSION"),
    );
    if let Some(version) = postgres.and_then(|server| first(server, "SHOW server_version").ok()) {
        let fsync = postgres.and_then(|server| first(server, "SHOW fsync").ok());
        text += &format!(", PostgreSQL {version} with fsync {}", fsync.unwrap_or_default());
    }
    text + ". The client that makes the load ran on the same cores, and so did PostgreSQL.\n"
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim())
}

/// The time that all cores together have computed so far, in seconds.
pub fn busy() -> Result<f64> {
    let stat = fs::read_to_string("/proc/stat")?;
    let all = stat.lines().next().context("/proc/stat is empty")?;
    let fields: Vec<f64> =
        all.split_whitespace().skip(1).filter_map(|field| field.parse().ok()).collect();
    // user, nice, system; then idle and waiting for the disk; then interrupts and what the host took.
    let idle: f64 = fields.iter().skip(3).take(2).sum();
    // The last two are guests, whose time is in user and nice already.
    let all: f64 = fields.iter().take(8).sum();
    Ok((all - idle) / 100.0)
}

/// Runs a statement on a PostgreSQL server.
pub fn sql(server: &str, statement: &str) -> Result<()> {
    asked(server, move |client| Ok(client.batch_execute(statement)?))
}

/// The first value that a query returns, as text.
fn first(server: &str, query: &str) -> Result<String> {
    asked(server, move |client| Ok(client.query_one(query, &[])?.try_get(0)?))
}

/// The client of PostgreSQL blocks, which a thread of the runtime must not: it gets one of its own.
fn asked<T: Send>(
    server: &str,
    ask: impl FnOnce(&mut postgres::Client) -> Result<T> + Send,
) -> Result<T> {
    let ask = || {
        let address = format!("{server}/postgres");
        let mut client = postgres::Client::connect(&address, postgres::NoTls)?;
        ask(&mut client)
    };
    std::thread::scope(|scope| {
        scope.spawn(ask).join().map_err(|_| anyhow!("the client of PostgreSQL panicked"))?
    })
}
