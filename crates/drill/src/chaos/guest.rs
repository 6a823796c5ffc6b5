//! An agent who signs in and out, over and over. What a session was ended for, it must not do any more: its requests are
//! refused by every node from then on, and its sockets end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};
use porchlight_protocol::limits::PAGE_CONVERSATIONS_MAX;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::client::{Address, Client, Folder, Socket};
use crate::dice::Dice;
use crate::nodes::PASSWORD;

/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// The longest pause between two visits, and the longest visit.
const PAUSE_MAX: Duration = Duration::from_millis(900);

/// Visits of a run: each costs the hash of a password.
const VISITS_MAX: usize = 6;

/// Tries to sign out. If all are lost, the session may go on.
const TRIES_MAX: usize = 20;

/// What came of the visits.
#[derive(Debug, Default)]
pub struct Visits {
    /// How many sessions have ended.
    pub sign_outs: usize,
    /// Their sockets, which end when everything works.
    pub sockets: Vec<JoinHandle<()>>,
}

/// An agent who signs in and out.
pub struct Guest {
    /// Their address.
    pub email: String,
    /// The proxies before the nodes.
    pub nodes: Vec<Address>,
    /// Whether it is over.
    pub stop: Arc<AtomicBool>,
    /// Their choices.
    pub dice: Dice,
}

impl Guest {
    /// Visits until it is told to stop.
    ///
    /// # Errors
    /// A session does something after it has ended.
    pub async fn visits(mut self) -> Result<Visits> {
        let mut visits = Visits::default();
        for _ in 0..VISITS_MAX {
            sleep(self.dice.time(PAUSE_MAX)).await;
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            self.visit(&mut visits).await?;
        }
        Ok(visits)
    }

    /// Signs in at one node, opens a socket at a second, and signs out at a third.
    async fn visit(&mut self, visits: &mut Visits) -> Result<()> {
        let Some(node) = self.dice.pick(&self.nodes).cloned() else { return Ok(()) };
        let signed_in = timeout(PATIENCE, Client::agent(&node, &self.email, PASSWORD)).await;
        let Ok(Ok(client)) = signed_in else { return Ok(()) };
        let socket = timeout(PATIENCE, self.elsewhere(&client).socket(None)).await;
        let listening = match socket {
            Ok(Ok((socket, _))) => Some(tokio::spawn(ends(socket))),
            Ok(Err(_)) | Err(_) => None,
        };
        sleep(self.dice.time(PAUSE_MAX)).await;
        for _ in 0..TRIES_MAX {
            let out = timeout(PATIENCE, self.elsewhere(&client).sign_out()).await;
            if matches!(out, Ok(Ok(()))) {
                visits.sign_outs += 1;
                visits.sockets.extend(listening);
                return self.is_out(&client).await;
            }
            sleep(self.dice.time(PAUSE_MAX / 4)).await;
        }
        Ok(())
    }

    async fn is_out(&self, client: &Client) -> Result<()> {
        let all = Folder { limit: Some(PAGE_CONVERSATIONS_MAX), ..Folder::default() };
        for node in &self.nodes {
            let client = client.at(node);
            if let Ok(Ok(_)) = timeout(PATIENCE, client.folder(&all)).await {
                bail!("a session that has ended lists conversations");
            }
            if let Ok(Ok(_)) = timeout(PATIENCE, client.socket(None)).await {
                bail!("a session that has ended opens a socket");
            }
        }
        Ok(())
    }

    /// The same client at any node.
    fn elsewhere(&mut self, client: &Client) -> Client {
        self.dice.pick(&self.nodes).map_or_else(|| client.clone(), |node| client.at(node))
    }
}

/// Returns when the socket has ended.
async fn ends(mut socket: Socket) {
    while socket.next().await.is_ok() {}
}
