//! A NATS server of our own, without storage: for tests, which may kill it.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The only user.
const USER: &str = "porchlight";

/// Their password, with characters that an address must escape.
const PASSWORD: &str = "p@ss:word/";

/// A NATS server. Dropping it stops the server.
pub struct NatsServer {
    program: PathBuf,
    port: u16,
    running: Option<Child>,
}

impl NatsServer {
    /// Starts a server. `program` is the path of `nats-server`.
    pub fn start(program: &Path) -> Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut server = NatsServer { program: program.to_owned(), port, running: None };
        server.restart()?;
        Ok(server)
    }

    /// The address of the server, with its user and password.
    pub fn address(&self) -> String {
        format!("nats://{USER}:p%40ss%3Aword%2F@127.0.0.1:{}", self.port)
    }

    /// The address of the server without a password. It refuses whoever connects with that.
    pub fn bare_address(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Ends the server's process at once.
    pub fn kill(&mut self) -> Result<()> {
        let Some(mut running) = self.running.take() else { return Ok(()) };
        running.kill().context("can't kill the NATS server")?;
        running.wait().context("can't wait for the NATS server")?;
        Ok(())
    }

    /// Starts the server again after [`NatsServer::kill`], and waits until it takes connections.
    pub fn restart(&mut self) -> Result<()> {
        let mut command = Command::new(&self.program);
        command.args(["--addr", "127.0.0.1", "--port", &self.port.to_string()]);
        command.args(["--user", USER, "--pass", PASSWORD]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let started = command.spawn();
        let started = started.with_context(|| format!("can't start {}", self.program.display()))?;
        let running = self.running.insert(started);
        let begun = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            if let Some(status) = running.try_wait()? {
                bail!("the NATS server has ended: {status}");
            }
            if begun.elapsed() > PATIENCE {
                bail!("the NATS server takes no connections after {} s", PATIENCE.as_secs());
            }
            sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        // It fails if the server has ended already.
        let _ = self.kill();
    }
}
