//! A PostgreSQL server of our own for the tests, in a temporary folder.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::setup::is_root;
use crate::shell;

/// PostgreSQL refuses to run as root. Debian's package has this user for it.
const USER: &str = "postgres";

/// Settings for tests: nothing has to survive a power cut.
const SETTINGS: &str = "\
listen_addresses = '127.0.0.1'
max_connections = 400
fsync = off
full_page_writes = off
";

/// A running server. Dropping it stops the server and removes its data.
pub struct Cluster {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
}

impl Cluster {
    /// Makes a cluster and starts it. `programs` is the folder of `initdb`. What it says goes into `log`.
    pub fn start(programs: &Path, log: &Path) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("porchlight-postgres-").tempdir()?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        if is_root() {
            shell::run(Command::new("chown").arg(USER).arg(folder.path()))?;
        }
        let cluster = Cluster { folder, programs: programs.to_owned(), port };
        let made =
            cluster.run("initdb", &["--auth=trust", "--username=postgres", "--no-sync"], log);
        made.context("can't make a PostgreSQL cluster")?;
        let sockets = cluster.folder.path().display();
        let settings = format!("{SETTINGS}port = {port}\nunix_socket_directories = '{sockets}'\n");
        let config = cluster.data().join("postgresql.conf");
        let whole = std::fs::read_to_string(&config)? + &settings;
        std::fs::write(&config, whole)
            .with_context(|| format!("cannot write {}", config.display()))?;
        let server_log = cluster.folder.path().join("log");
        let server_log = server_log.display().to_string();
        let started = cluster.run("pg_ctl", &["start", "--wait", "--log", &server_log], log);
        started.context("can't start PostgreSQL")?;
        Ok(cluster)
    }

    /// The address of the server, without a database.
    pub fn address(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn run(&self, program: &str, args: &[&str], log: &Path) -> Result<()> {
        let path = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", USER, "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        // It may not read the folder that this program runs in.
        command.current_dir(self.folder.path());
        shell::run_logged(command.arg("-D").arg(self.data()).args(args), log)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let log = self.folder.path().join("stop");
        let _ = self.run("pg_ctl", &["stop", "--mode=immediate"], &log);
    }
}
