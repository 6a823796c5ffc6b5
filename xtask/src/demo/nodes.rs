//! The demo on PostgreSQL: two nodes behind a load balancer, either of which can be killed while somebody chats.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use porchlight_cluster::{Cluster, Durability};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::report;
use crate::setup::NodesTools;

/// The name of the database.
const DATABASE: &str = "porchlight";

/// Time within which each part must be up.
const UP_WITHIN: Duration = Duration::from_secs(60);

/// How often the parts are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Runs the demo until it is stopped. `port` is the load balancer's, where browsers find the product; the four after it
/// are those of the shop, of the two nodes and of the process that serves the shop.
pub fn run(server: &Path, tools: &NodesTools, port: u16) -> Result<()> {
    let stop = Arc::<AtomicBool>::default();
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).context("can't handle Ctrl+C")?;
    }
    report::headline("demo");
    let cluster = Cluster::start(&tools.postgres, Durability::PowerCut)?;
    cluster.sql("postgres", &format!("CREATE DATABASE {DATABASE} TEMPLATE template0"))?;
    let demo = Demo { server, database: format!("{}/{DATABASE}", cluster.address()), port };
    let folder = tempfile::Builder::new().prefix("porchlight-demo-").tempdir()?;

    let mut shop = demo.shop(folder.path())?;
    shop.is_up(port + 1, &stop)?;
    let mut nodes = [demo.node(port + 2)?, demo.node(port + 3)?];
    for (node, port) in nodes.iter_mut().zip([port + 2, port + 3]) {
        node.is_up(port, &stop)?;
    }
    let mut balancer = demo.balancer(&tools.caddy, folder.path())?;
    balancer.is_up(port, &stop)?;
    demo.tell(&nodes);
    while !stop.load(Ordering::Relaxed) {
        for part in [&mut shop, &mut balancer] {
            ensure!(!part.has_ended()?, "{} has ended", part.name);
        }
        for node in &mut nodes {
            if !node.is_told && node.has_ended()? {
                node.is_told = true;
                println!("  {} is gone. The chat goes on at the other one.", node.name);
            }
        }
        sleep(LOOK_EVERY);
    }
    Ok(())
}

struct Demo<'a> {
    server: &'a Path,
    database: String,
    port: u16,
}

impl Demo<'_> {
    fn porchlight(&self, command: &str, port: u16) -> Command {
        let mut porchlight = Command::new(self.server);
        porchlight.args([command, "--listen", &format!("127.0.0.1:{port}")]);
        porchlight.args(["--public-url", &format!("http://localhost:{}", self.port)]);
        porchlight.env("PORCHLIGHT_DATABASE", &self.database);
        porchlight
    }

    /// The shop, from a third node that nobody else is sent to: it also adds the sample conversations.
    fn shop(&self, folder: &Path) -> Result<Part> {
        let mut shop = self.porchlight("demo", self.port + 4);
        shop.arg("--data").arg(folder);
        shop.args(["--shop-listen", &format!("127.0.0.1:{}", self.port + 1)]);
        Part::start("the shop", &mut shop)
    }

    fn node(&self, port: u16) -> Result<Part> {
        let mut node = self.porchlight("serve", port);
        node.arg("--behind-proxy").env("PORCHLIGHT_LOG", "warn");
        Part::start(&format!("the node on port {port}"), &mut node)
    }

    fn balancer(&self, caddy: &Path, folder: &Path) -> Result<Part> {
        let config = folder.join("Caddyfile");
        let (port, one, two) = (self.port, self.port + 2, self.port + 3);
        let text = format!(
            "{{
\tadmin off
\tlog {{
\t\tlevel ERROR
\t}}
}}
http://localhost:{port} {{
\treverse_proxy 127.0.0.1:{one} 127.0.0.1:{two} {{
\t\tlb_policy round_robin
\t\tlb_try_duration 5s
\t\thealth_uri /readyz
\t\thealth_interval 1s
\t}}
}}
"
        );
        std::fs::write(&config, text)
            .with_context(|| format!("can't write {}", config.display()))?;
        let mut caddy = Command::new(caddy);
        caddy.args(["run", "--adapter", "caddyfile", "--config"]).arg(&config);
        // Its own data stays out of the user's folders.
        caddy.env("XDG_DATA_HOME", folder).env("XDG_CONFIG_HOME", folder).stderr(Stdio::null());
        Part::start("the load balancer", &mut caddy)
    }

    fn tell(&self, nodes: &[Part]) {
        println!("  Two nodes serve it, and everything is in PostgreSQL. Kill one while you chat:");
        println!();
        for node in nodes {
            println!("  kill -9 {:<8} {}", node.child.id(), node.name);
        }
        println!();
    }
}

/// A running part of the demo. Dropping it ends it.
struct Part {
    name: String,
    child: Child,
    /// Its end is told.
    is_told: bool,
}

impl Part {
    fn start(name: &str, command: &mut Command) -> Result<Self> {
        let child = command.stdin(Stdio::null()).spawn();
        let child = child.with_context(|| format!("can't start {name}"))?;
        Ok(Part { name: name.to_owned(), child, is_told: false })
    }

    fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Waits until it answers on a port.
    fn is_up(&mut self, port: u16, stop: &AtomicBool) -> Result<()> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let begun = Instant::now();
        while answers(address).is_err() {
            ensure!(!self.has_ended()?, "{} has ended: is port {port} free?", self.name);
            ensure!(begun.elapsed() < UP_WITHIN, "{} does not answer on {address}", self.name);
            if stop.load(Ordering::Relaxed) {
                bail!("stopped");
            }
            sleep(LOOK_EVERY);
        }
        Ok(())
    }
}

/// Asks for a page, and waits for the first byte of the answer: a port that is bound may be served later.
fn answers(address: SocketAddr) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LOOK_EVERY))?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    stream.read_exact(&mut [0])
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
