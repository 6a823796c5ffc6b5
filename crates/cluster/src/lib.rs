//! A PostgreSQL server of our own, in a temporary folder: for tests, which may kill it, and benchmarks. And a NATS
//! server beside it.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

pub mod nats;

/// PostgreSQL refuses to run as root. Debian's package has this user for it.
const USER: &str = "postgres";

/// Settings for every cluster: many servers and tests connect to one.
const SETTINGS: &str = "\
listen_addresses = '127.0.0.1'
max_connections = 400
";

/// Lines of the logs in the error of a command that failed.
const LOG_TAIL_LINES: usize = 40;

/// What the data survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// A killed server, because the system still has what it wrote; not a power cut. Fast: for tests.
    Killed,
    /// A power cut too: each commit waits for the disk, as in production. For benchmarks.
    PowerCut,
}

impl Durability {
    fn settings(self) -> &'static str {
        match self {
            Durability::Killed => "fsync = off\nfull_page_writes = off\n",
            Durability::PowerCut => "fsync = on\nfull_page_writes = on\n",
        }
    }
}

/// A PostgreSQL server. Dropping it stops the server and removes its data.
pub struct Cluster {
    folder: tempfile::TempDir,
    programs: PathBuf,
    as_other_user: bool,
    port: u16,
}

impl Cluster {
    /// Makes a cluster and starts its server. `programs` is the folder of `initdb` and `pg_ctl`.
    pub fn start(programs: &Path, durability: Durability) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("porchlight-postgres-").tempdir()?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let as_other_user = is_root()?;
        let cluster = Cluster { folder, programs: programs.to_owned(), as_other_user, port };
        if as_other_user {
            let mut chown = Command::new("chown");
            cluster.run(chown.arg(USER).arg(cluster.folder.path()))?;
        }
        let mut initdb = cluster.program("initdb");
        cluster
            .run(initdb.args(["--auth=trust", "--username=postgres", "--no-sync"]))
            .context("can't make a PostgreSQL cluster")?;
        cluster.configure(durability)?;
        cluster.restart()?;
        Ok(cluster)
    }

    /// The address of the server, without a database.
    pub fn address(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }

    /// The TCP port of the server on 127.0.0.1; it stays the same after [`Cluster::restart`].
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends the server's processes at once, without a checkpoint: connections break, and the next start
    /// recovers from the write-ahead log.
    pub fn kill(&self) -> Result<()> {
        let mut pg_ctl = self.program("pg_ctl");
        self.run(pg_ctl.args(["stop", "--mode=immediate"])).context("can't kill PostgreSQL")
    }

    /// Starts the server again after [`Cluster::kill`], and waits until it takes connections.
    pub fn restart(&self) -> Result<()> {
        let log = self.log();
        let mut pg_ctl = self.program("pg_ctl");
        let started = self.run(pg_ctl.args(["start", "--wait", "--log"]).arg(&log));
        started.with_context(|| format!("can't start PostgreSQL, which says:\n{}", tail_of(&log)))
    }

    /// Runs SQL on a database, by `psql`: several statements are one transaction.
    pub fn sql(&self, database: &str, sql: &str) -> Result<()> {
        let address = format!("{}/{database}", self.address());
        let mut psql = Command::new(self.programs.join("psql"));
        // What the machine's user has configured for `psql` is not of this test.
        psql.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--command", sql, &address]);
        psql.env("PGOPTIONS", "-c statement_timeout=60s -c client_min_messages=warning");
        psql.env("PGCONNECT_TIMEOUT", "10").current_dir(self.folder.path()).stdin(Stdio::null());
        let output = psql.output().context("cannot start `psql`")?;
        if !output.status.success() {
            bail!("`{sql}` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(())
    }

    /// The last lines of the server's log.
    pub fn tail_of_log(&self) -> String {
        tail_of(&self.log())
    }

    fn configure(&self, durability: Durability) -> Result<()> {
        let (port, sockets) = (self.port, self.folder.path().display());
        let own = format!("port = {port}\nunix_socket_directories = '{sockets}'\n");
        let file = self.data().join("postgresql.conf");
        let whole = fs::read_to_string(&file)? + SETTINGS + durability.settings() + &own;
        fs::write(&file, whole).with_context(|| format!("cannot write {}", file.display()))
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// One of PostgreSQL's programs, on this cluster's data.
    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if self.as_other_user {
            let mut command = Command::new("runuser");
            command.args(["-u", USER, "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.arg("-D").arg(self.data());
        command
    }

    /// Runs a command. Its output is in the error, if it fails.
    fn run(&self, command: &mut Command) -> Result<()> {
        // A file rather than a pipe: a server that the command leaves behind would keep a pipe open.
        let said = self.folder.path().join("said");
        let file = File::create(&said).context("can't write into a temporary folder")?;
        let errors = file.try_clone().context("can't share a file")?;
        // The other user may not read the folder that this program runs in.
        command.current_dir(self.folder.path()).stdin(Stdio::null()).stdout(file).stderr(errors);
        let program = command.get_program().to_string_lossy().into_owned();
        let status = command.status().with_context(|| format!("cannot start `{program}`"))?;
        if !status.success() {
            bail!("`{command:?}` failed: {status}\n{}", tail_of(&said));
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // It fails if the server has been killed already.
        let _ = self.kill();
    }
}

/// The last lines of a file; nothing if it can't be read.
fn tail_of(file: &Path) -> String {
    let text = fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines.split_at(lines.len().saturating_sub(LOG_TAIL_LINES)).1.join("\n")
}

fn is_root() -> Result<bool> {
    let id = Command::new("id").arg("-u").output().context("cannot start `id`")?;
    Ok(id.stdout.trim_ascii() == b"0")
}
