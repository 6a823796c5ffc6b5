//! A store and the servers on it, as processes.
//!
//! A [`Store`] runs commands: it makes sites, agents and bots, and starts servers. A [`Node`] is one server; it keeps its
//! address when it is killed and started again. No process outlives its `Node`.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use porchlight_protocol::SiteKey;
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::sleep;

use crate::client::Address;

/// The password of every agent that a drill makes. The commands refuse those that are easy to guess.
pub const PASSWORD: &str = "brass lantern over nine doors";

/// How long a server may take to be ready, and to stop. A large store is checked when it is opened.
const PATIENCE: Duration = Duration::from_secs(120);

/// Lines from the end of the log of a server that fails.
const LAST_WORDS_LINES: usize = 3;

/// Where a store is.
#[derive(Clone, Debug)]
pub enum Place {
    /// A data file in this folder.
    Folder(PathBuf),
    /// The PostgreSQL database at this address.
    Database(String),
}

/// The options by which a drill knows what to drive.
#[derive(Args, Clone, Debug)]
pub struct Target {
    /// The server's program.
    #[arg(long, value_name = "PATH", default_value = "target/release/porchlight")]
    pub program: PathBuf,
    /// An empty PostgreSQL database for the store: postgres://USER@HOST/NAME. Without it, the store is a data file in a
    /// temporary folder.
    #[arg(long, value_name = "URL", env = "PORCHLIGHT_DRILL_DATABASE", hide_env_values = true)]
    pub database: Option<String>,
}

impl Target {
    /// The store to drive. Its data file, if it has one, and its logs are in `folder`.
    pub fn store(&self, folder: &Path) -> Store {
        let place = match &self.database {
            Some(address) => Place::Database(address.clone()),
            None => Place::Folder(folder.join("data")),
        };
        Store::new(&self.program, place, folder.join("logs"))
    }
}

/// A store, and the program that serves it.
#[derive(Clone, Debug)]
pub struct Store {
    program: PathBuf,
    place: Place,
    /// Where the servers' logs are.
    logs: PathBuf,
    /// Further environment of its programs.
    env: Vec<(String, OsString)>,
}

impl Store {
    /// The store in `place`, served by `program`, the path of `porchlight`. The logs of its servers go into `logs`.
    pub fn new(program: impl Into<PathBuf>, place: Place, logs: impl Into<PathBuf>) -> Self {
        Store { program: program.into(), place, logs: logs.into(), env: Vec::new() }
    }

    /// The same store, whose programs run with a further variable in their environment.
    #[must_use]
    pub fn with_env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// Where the store is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The program with the store's address in its environment.
    fn porchlight(&self) -> Command {
        let mut command = Command::new(&self.program);
        // A panic says enough, and its backtrace would push it out of what is shown of the log.
        command.env_remove("RUST_BACKTRACE");
        // An address may have a password, so it doesn't go into the list of processes.
        match &self.place {
            Place::Folder(folder) => command.env("PORCHLIGHT_DATA", folder),
            Place::Database(address) => command.env("PORCHLIGHT_DATABASE", address),
        };
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command such as `["site", "list"]` with `input` at its standard input. Returns its standard output.
    pub fn run(&self, args: &[&str], input: &str) -> Result<String> {
        let mut command = self.porchlight();
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child =
            command.spawn().with_context(|| format!("can't start {}", self.program.display()))?;
        if let Some(mut stdin) = child.stdin.take() {
            // A command that reads nothing may have ended by now.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "`porchlight {}`: {}", args.join(" "), said.trim());
        String::from_utf8(output.stdout).context("the output is not text")
    }

    /// Adds a site, and the store itself if there is none.
    pub fn add_site(&self, name: &str) -> Result<SiteKey> {
        let origin = "https://shop.example";
        self.run(&["site", "add", "--name", name, "--allow-origin", origin], "")?;
        let list = self.run(&["site", "list"], "")?;
        let mut sites = list.lines().filter_map(|line| {
            let mut fields = line.split('\t');
            Some((fields.next()?, fields.next()?))
        });
        let found = sites.find(|(_, other)| *other == name);
        let (key, _) = found.with_context(|| format!("`site list` does not list {name}"))?;
        Ok(key.parse()?)
    }

    /// Adds an agent with this address and [`PASSWORD`].
    pub fn add_agent(&self, site: &SiteKey, email: &str, name: &str, role: &str) -> Result<()> {
        let args = ["agent", "add", "--site", site.as_str(), "--email", email];
        let args = [&args[..], &["--name", name, "--role", role]].concat();
        self.run(&args, PASSWORD)?;
        Ok(())
    }

    /// Adds a bot. Returns its token.
    pub fn add_bot(&self, site: &SiteKey, name: &str) -> Result<String> {
        let said = self.run(&["bot", "add", "--site", site.as_str(), "--name", name], "")?;
        let token = said.lines().map(str::trim).rfind(|line| !line.is_empty());
        Ok(token.context("`bot add` prints no token")?.to_owned())
    }

    /// Checks the whole store. Returns what the check printed; an error if it found damage.
    pub fn check(&self) -> Result<String> {
        self.run(&["check"], "")
    }

    /// Starts a server with further `flags` of `porchlight serve`, and waits until it is ready. `name` is for its log.
    pub async fn serve(&self, name: &str, flags: &[&str]) -> Result<Node> {
        let mut node = self.node(name, flags)?;
        node.start()?;
        node.ready().await?;
        Ok(node)
    }

    /// A server that is not started yet, on a free port.
    pub fn node(&self, name: &str, flags: &[&str]) -> Result<Node> {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        Ok(Node {
            store: self.clone(),
            name: name.to_owned(),
            flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            port: free.port(),
            child: None,
        })
    }
}

/// One server: a process, while it is started.
#[derive(Debug)]
pub struct Node {
    store: Store,
    name: String,
    flags: Vec<String>,
    port: u16,
    child: Option<Child>,
}

impl Node {
    /// Its name, as in its log's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address that it listens on, whenever it runs.
    pub fn socket(&self) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), self.port)
    }

    /// An address for clients, with connections of its own.
    pub fn address(&self) -> Address {
        Address::new(self.socket())
    }

    /// The file with the log of all its runs.
    pub fn log(&self) -> PathBuf {
        self.store.logs.join(format!("{}.log", self.name))
    }

    /// Starts the process, and does not wait until it is ready.
    pub fn start(&mut self) -> Result<()> {
        ensure!(self.child.is_none(), "{} runs already", self.name);
        std::fs::create_dir_all(&self.store.logs)?;
        let log = OpenOptions::new().create(true).append(true).open(self.log())?;
        let listen = self.socket().to_string();
        let mut command = self.store.porchlight();
        command.args(["serve", "--listen", &listen, "--log-format", "json"]).args(&self.flags);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.child = Some(command.spawn().context("can't start the server")?);
        Ok(())
    }

    /// Waits until the server says that it is ready. An error if it ends instead, with the end of its log.
    pub async fn ready(&mut self) -> Result<()> {
        let (begun, address) = (Instant::now(), self.address());
        loop {
            if let Some(status) = self.ended()? {
                bail!("{} has ended, {status}: {}", self.name, self.last_words());
            }
            if address.get("/readyz").await.is_ok_and(|(status, _)| status.is_success()) {
                return Ok(());
            }
            ensure!(
                begun.elapsed() < PATIENCE,
                "{} is not ready: {}",
                self.name,
                self.last_words()
            );
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Whether the process ended by itself, and how. It is no longer started then.
    pub fn ended(&mut self) -> Result<Option<String>> {
        let Some(child) = &mut self.child else { return Ok(Some("it was not started".to_owned())) };
        let status = child.try_wait()?;
        if status.is_some() {
            self.child = None;
        }
        Ok(status.map(|status| status.to_string()))
    }

    /// True while the process runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.ended(), Ok(None))
    }

    /// Kills the process at once, by SIGKILL.
    pub fn kill(&mut self) -> Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// Asks the process to stop, by SIGTERM, and waits until it has.
    pub async fn stop(&mut self) -> Result<()> {
        if self.child.is_none() {
            return Ok(());
        }
        self.signal(Signal::TERM)?;
        let begun = Instant::now();
        while self.is_running() {
            ensure!(begun.elapsed() < PATIENCE, "{} does not stop", self.name);
            sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Stops the process and starts it again at the same address.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop().await?;
        self.start()?;
        self.ready().await
    }

    /// Halts the process, by SIGSTOP: its connections stay open, and nothing answers.
    pub fn freeze(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets a halted process go on, by SIGCONT.
    pub fn thaw(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill_process(
            Pid::from_raw(self.pid()?.cast_signed()).context("no process id")?,
            signal,
        )?)
    }

    fn pid(&self) -> Result<u32> {
        Ok(self.child.as_ref().with_context(|| format!("{} does not run", self.name))?.id())
    }

    /// The time that the process has computed so far.
    pub fn cpu(&self) -> Result<Duration> {
        cpu(Path::new(&format!("/proc/{}", self.pid()?)))
    }

    /// The memory that the process holds, in bytes.
    pub fn resident(&self) -> Result<u64> {
        resident(Path::new(&format!("/proc/{}", self.pid()?)))
    }

    /// The lines of its log that contain `words`.
    pub fn said(&self, words: &str) -> Result<Vec<String>> {
        let log = std::fs::read_to_string(self.log())?;
        Ok(log.lines().filter(|line| line.contains(words)).map(str::to_owned).collect())
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(LAST_WORDS_LINES).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

/// The time that this process has computed so far.
pub fn own_cpu() -> Result<Duration> {
    cpu(Path::new("/proc/self"))
}

/// The time that a process has computed, in user and kernel mode, from its folder in `/proc`.
fn cpu(process: &Path) -> Result<Duration> {
    let stat = std::fs::read_to_string(process.join("stat"))?;
    // The name of the program is in parentheses and may have spaces.
    let (_, fields) = stat.rsplit_once(')').context("/proc/…/stat has an unknown form")?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.map(|ticks| ticks.parse::<u64>().unwrap_or(0)).sum();
    // Linux reports hundredths of a second to every program.
    Ok(Duration::from_millis(ticks * 10))
}

/// The memory that a process holds, in bytes, from its folder in `/proc`.
fn resident(process: &Path) -> Result<u64> {
    let status = std::fs::read_to_string(process.join("status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    Ok(kib.context("/proc/…/status has no VmRSS")? * 1024)
}

/// Raises the soft limit on open files to the hard one, here and in the processes started from now on. Returns it.
pub fn raise_file_limit() -> Result<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    Ok(maximum.unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_memory_and_time() {
        assert!(resident(Path::new("/proc/self")).unwrap() > 100_000);
        assert!(own_cpu().unwrap() < Duration::from_secs(3_600));
    }
}
