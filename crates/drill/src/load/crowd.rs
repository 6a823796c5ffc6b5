//! Visitors, each with a conversation and if need be a socket, and agents with a socket.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Result, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use porchlight_protocol::ConversationId;
use tokio::task::JoinSet;

use super::{Bench, Fleet};
use crate::client::{Client, Socket, client_id, hello, visitor_key};

/// Requests, or sockets, that are opened at the same time.
const AT_ONCE: usize = 64;

/// A visitor with a conversation.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub client: Client,
    pub conversation: ConversationId,
}

/// An address that no other visitor has, so that limits by network are those of real life.
pub fn ip(number: usize) -> IpAddr {
    let [_, a, b, c] = u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes();
    Ipv4Addr::new(10, a, b, c).into()
}

/// A visitor who has not written yet.
pub fn stranger(bench: &Bench<'_>, fleet: &Fleet, number: usize) -> Result<Client> {
    let client = Client::visitor(fleet.address(number)?, bench.site(number)?, &visitor_key()?)?;
    Ok(client.from_ip(ip(number)))
}

/// So many visitors, each of whom has started a conversation.
pub async fn visitors(bench: &Bench<'_>, fleet: &Fleet, count: usize) -> Result<Vec<Visitor>> {
    let starting = stream::iter(0..count).map(|number| async move {
        let client = stranger(bench, fleet, number)?;
        let started = client.start(&client_id()?, "Hello, is anybody there?").await?;
        anyhow::Ok(Visitor { client, conversation: started.conversation.id })
    });
    starting.buffered(AT_ONCE).try_collect().await
}

/// Asks for a welcome for each of these visitors, over HTTP.
pub async fn syncs(visitors: &[Visitor]) -> Result<()> {
    let asking = visitors.iter().map(|visitor| async move {
        visitor.client.sync(&hello(), 0).await?;
        anyhow::Ok(())
    });
    stream::iter(asking).buffer_unordered(AT_ONCE).try_collect().await
}

/// Opens a socket for each of these visitors.
pub async fn sockets(visitors: &[Visitor]) -> Result<Vec<Socket>> {
    let opening = visitors.iter().map(|visitor| async move {
        let (socket, _) = visitor.client.socket(None).await?;
        anyhow::Ok(socket)
    });
    // The iterator is lazy: a socket opens when one of the places is free.
    stream::iter(opening).buffer_unordered(AT_ONCE).try_collect().await
}

/// Sockets that are read, and pinged back, while nobody looks at what they say.
pub struct Listeners {
    frames: Arc<AtomicU64>,
    ended: Arc<AtomicU64>,
    _tasks: JoinSet<()>,
}

impl Listeners {
    /// Reads these sockets until the listeners are dropped.
    pub fn to(sockets: Vec<Socket>) -> Self {
        let (frames, ended) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
        let mut tasks = JoinSet::new();
        for mut socket in sockets {
            let (frames, ended) = (Arc::clone(&frames), Arc::clone(&ended));
            tasks.spawn(async move {
                while socket.next_text().await.is_ok() {
                    frames.fetch_add(1, Ordering::Relaxed);
                }
                ended.fetch_add(1, Ordering::Relaxed);
            });
        }
        Listeners { frames, ended, _tasks: tasks }
    }

    /// Frames so far.
    pub fn frames(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    /// An error if a socket has ended: what was measured then is not what was meant.
    pub fn all_there(&self) -> Result<()> {
        let ended = self.ended.load(Ordering::Relaxed);
        ensure!(ended == 0, "{ended} sockets have ended");
        Ok(())
    }
}
