//! A node with the proxies around it, and the troubles that it can have.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

use crate::client::Address;
use crate::nodes::Node;
use crate::proxy::Proxy;

/// How long a node may take to be ready when everything works, on a machine with much to do.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// A node, the proxy before it, and the proxy between it and its database.
pub struct Machine {
    /// The server. Locked while a trouble holds it.
    pub node: Mutex<Node>,
    /// Between clients and the node.
    pub front: Proxy,
    /// Between the node and its database, if it has one.
    pub wire: Option<Proxy>,
    /// The file from which the node takes by how much its wall clock is off, if it can be set.
    pub clock: Option<PathBuf>,
}

impl Machine {
    /// Where clients reach it.
    pub fn address(&self) -> Address {
        Address::new(self.front.address())
    }

    /// Kills the process, and starts it again after a while.
    pub async fn is_killed(&self, down: Duration) -> Result<()> {
        let Ok(mut node) = self.node.try_lock() else { return Ok(()) };
        node.kill()?;
        sleep(down).await;
        start(&mut node).await
    }

    /// Stops the process in an orderly way, and starts it again after a while.
    pub async fn is_restarted(&self, down: Duration) -> Result<()> {
        let Ok(mut node) = self.node.try_lock() else { return Ok(()) };
        // It may be in the middle of its start, or hang on a database that is gone.
        if timeout(Duration::from_secs(3), node.stop()).await.is_err() {
            node.kill()?;
        }
        sleep(down).await;
        start(&mut node).await
    }

    /// Halts the process for a while: its connections stay open, and nothing answers.
    pub async fn is_frozen(&self, still: Duration) -> Result<()> {
        let Ok(mut node) = self.node.try_lock() else { return Ok(()) };
        if node.is_running() {
            node.freeze()?;
            sleep(still).await;
            node.thaw()?;
        }
        Ok(())
    }

    /// Sets the node's wall clock: off by so many seconds.
    pub fn set_clock(&self, off_s: i64) -> Result<()> {
        let Some(file) = &self.clock else { return Ok(()) };
        // Written aside and moved, so that the node never reads half of it.
        let aside = file.with_extension("new");
        std::fs::write(&aside, format!("{off_s:+}\n"))?;
        std::fs::rename(&aside, file).context("can't set a clock")
    }

    /// Ends all troubles, and waits until the node is ready.
    pub async fn heals(&self) -> Result<()> {
        self.front.heal();
        if let Some(wire) = &self.wire {
            wire.heal();
        }
        let mut node = self.node.lock().await;
        let begun = Instant::now();
        loop {
            let why = match timeout(READY_WITHIN, started(&mut node)).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(why)) => why.to_string(),
                Err(_) => "it runs, and is not ready".to_owned(),
            };
            if begun.elapsed() > READY_WITHIN {
                bail!(
                    "{} does not come back: {why}; its log: {}",
                    node.name(),
                    node.log().display()
                );
            }
            sleep(Duration::from_millis(200)).await;
        }
    }
}

/// Starts a node, and starts it again if it ends: its database may be gone at the moment. A node that is not ready in
/// time is left to itself.
async fn start(node: &mut Node) -> Result<()> {
    let patience = timeout(Duration::from_secs(4), async {
        while started(node).await.is_err() {
            sleep(Duration::from_millis(150)).await;
        }
    });
    let _ = patience.await;
    Ok(())
}

async fn started(node: &mut Node) -> Result<()> {
    if !node.is_running() {
        node.start()?;
    }
    node.ready().await
}
