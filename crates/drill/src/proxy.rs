//! A TCP proxy that breaks connections on purpose, between clients and servers, and between servers and a database.
//!
//! What it does to a connection is chance by a seed, and is steered while it runs: [`Proxy::set`] from one moment to
//! the next, [`Proxy::reset_all`] and [`Proxy::lose_answer`] once. The seed repeats the proxy's choices; when bytes
//! arrive, it can't repeat.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::dice::Dice;

/// Bytes that are read and passed on at once.
const CHUNK: usize = 16 * 1024;

/// What the proxy does to connections, until it is told otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// Each chunk waits for a random time up to this.
    pub delay_max: Duration,
    /// One chunk in so many resets its connection (RST); 0: none does.
    pub resets_one_in: usize,
    /// Connections are half-open: they stay, and swallow whatever is sent. Those that have swallowed something are
    /// reset once this ends.
    pub half_open: bool,
    /// New connections are reset at once.
    pub refuses: bool,
}

/// What the proxy has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Connections that were taken.
    pub connections: u64,
    /// Connections that were reset.
    pub resets: u64,
    /// Chunks that were swallowed.
    pub swallowed: u64,
    /// Answers that were lost after their request had been passed on.
    pub lost_answers: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Steering {
    faults: Faults,
    /// Grows with each [`Proxy::reset_all`].
    resets: u64,
    /// The proxy ends.
    over: bool,
}

#[derive(Debug)]
struct Shared {
    steering: watch::Sender<Steering>,
    target: Mutex<SocketAddr>,
    /// The bytes by which the requests are known whose answers are to be lost.
    traps: Mutex<VecDeque<Vec<u8>>>,
    connections: AtomicU64,
    resets: AtomicU64,
    swallowed: AtomicU64,
    lost_answers: AtomicU64,
}

/// A proxy before one address. Dropping it resets its connections.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Proxy {
    /// A proxy on a free port of this machine, which passes everything on to `target` until it is told otherwise.
    pub async fn start(target: SocketAddr, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            steering: watch::Sender::new(Steering::default()),
            target: Mutex::new(target),
            traps: Mutex::default(),
            connections: AtomicU64::new(0),
            resets: AtomicU64::new(0),
            swallowed: AtomicU64::new(0),
            lost_answers: AtomicU64::new(0),
        });
        tokio::spawn(accept(listener, Arc::clone(&shared), Dice::new(seed)));
        Ok(Proxy { address, shared })
    }

    /// The address to connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends new connections to another address.
    pub fn retarget(&self, target: SocketAddr) {
        *lock(&self.shared.target) = target;
    }

    /// The faults from now on, for open and new connections.
    pub fn set(&self, faults: Faults) {
        self.shared.steering.send_modify(|steering| steering.faults = faults);
    }

    /// The faults now.
    pub fn faults(&self) -> Faults {
        self.shared.steering.borrow().faults
    }

    /// Resets all open connections.
    pub fn reset_all(&self) {
        self.shared.steering.send_modify(|steering| steering.resets += 1);
    }

    /// Loses one answer: the next request that contains these bytes is passed on, what comes back is dropped, and the
    /// connection is reset. An empty request stands for any.
    pub fn lose_answer(&self, to: &[u8]) {
        lock(&self.shared.traps).push_back(to.to_vec());
    }

    /// Ends all faults, and forgets answers that are still to be lost.
    pub fn heal(&self) {
        lock(&self.shared.traps).clear();
        self.set(Faults::default());
    }

    /// What it has done so far.
    pub fn done(&self) -> Done {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Done {
            connections: count(&self.shared.connections),
            resets: count(&self.shared.resets),
            swallowed: count(&self.shared.swallowed),
            lost_answers: count(&self.shared.lost_answers),
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.steering.send_modify(|steering| {
            steering.over = true;
            steering.resets += 1;
        });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, mut dice: Dice) {
    let mut steering = shared.steering.subscribe();
    let mut open = JoinSet::new();
    while !steering.borrow_and_update().over {
        tokio::select! {
            _ = steering.changed() => {}
            accepted = listener.accept() => match accepted {
                Ok((client, _)) => {
                    shared.connections.fetch_add(1, Ordering::Relaxed);
                    open.spawn(connection(client, Arc::clone(&shared), dice.fork()));
                }
                // Too many open files, for example: an endless loop would not make them fewer.
                Err(_) => sleep(Duration::from_millis(10)).await,
            },
            Some(_) = open.join_next() => {}
        }
    }
    drop(listener);
    open.join_all().await;
}

/// The connection ends by a reset.
struct Reset;

async fn connection(mut client: TcpStream, shared: Arc<Shared>, mut dice: Dice) {
    let steering = shared.steering.subscribe();
    if steering.borrow().faults.refuses {
        return shared.reset(&[&client]);
    }
    let target = *lock(&shared.target);
    let Ok(mut server) = TcpStream::connect(target).await else { return shared.reset(&[&client]) };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let state = State::default();
    let end = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let (shared, state) = (&*shared, &state);
        let request = Pump { to_server: true, shared, state, steering: steering.clone() };
        let answer = Pump { to_server: false, shared, state, steering };
        let requests = request.run(from_client, to_server, dice.fork());
        let answers = answer.run(from_server, to_client, dice.fork());
        tokio::try_join!(requests, answers)
    };
    if let Err(Reset) = end {
        shared.reset(&[&client, &server]);
    }
}

/// What the two directions of a connection share.
#[derive(Default)]
struct State {
    /// Bytes are missing: the connection can't go on once bytes pass again.
    spoiled: AtomicBool,
    /// The answer that comes next is lost.
    loses: AtomicBool,
}

/// One direction of a connection.
struct Pump<'a> {
    to_server: bool,
    shared: &'a Shared,
    state: &'a State,
    steering: watch::Receiver<Steering>,
}

impl Pump<'_> {
    async fn run(
        mut self,
        mut from: ReadHalf<'_>,
        mut to: WriteHalf<'_>,
        mut dice: Dice,
    ) -> Result<(), Reset> {
        let resets = self.steering.borrow_and_update().resets;
        let mut buffer = vec![0; CHUNK];
        loop {
            let read = tokio::select! {
                biased;
                changed = self.steering.changed() => {
                    self.check(changed, resets)?;
                    continue;
                }
                read = from.read(&mut buffer) => read.map_err(|_| Reset)?,
            };
            let faults = self.steering.borrow().faults;
            if faults.half_open {
                self.state.spoiled.store(true, Ordering::Relaxed);
                self.shared.swallowed.fetch_add(1, Ordering::Relaxed);
                if read == 0 {
                    // Nothing more to swallow: the other side learns of the end when the fault does.
                    loop {
                        let changed = self.steering.changed().await;
                        self.check(changed, resets)?;
                    }
                }
                continue;
            }
            let delay = sleep(dice.time(faults.delay_max));
            tokio::pin!(delay);
            loop {
                tokio::select! {
                    biased;
                    changed = self.steering.changed() => self.check(changed, resets)?,
                    () = &mut delay => break,
                }
            }
            if read == 0 {
                return to.shutdown().await.map_err(|_| Reset);
            }
            if dice.one_in(faults.resets_one_in) {
                return Err(Reset);
            }
            let chunk = buffer.get(..read).ok_or(Reset)?;
            if self.to_server {
                if self.shared.springs_trap(chunk) {
                    self.state.loses.store(true, Ordering::Relaxed);
                }
            } else if self.state.loses.load(Ordering::Relaxed) {
                self.shared.lost_answers.fetch_add(1, Ordering::Relaxed);
                return Err(Reset);
            }
            to.write_all(chunk).await.map_err(|_| Reset)?;
        }
    }

    /// A reset, if all connections are to be reset, or if this one could go on only with bytes missing.
    fn check(
        &self,
        changed: Result<(), watch::error::RecvError>,
        before: u64,
    ) -> Result<(), Reset> {
        let steering = *self.steering.borrow();
        let mends = !steering.faults.half_open && self.state.spoiled.load(Ordering::Relaxed);
        if changed.is_err() || steering.resets != before || mends { Err(Reset) } else { Ok(()) }
    }
}

impl Shared {
    /// Makes streams end by RST when they are dropped.
    fn reset(&self, streams: &[&TcpStream]) {
        self.resets.fetch_add(1, Ordering::Relaxed);
        for stream in streams {
            // It fails only if the other side has reset the connection already.
            let _ = stream.set_zero_linger();
        }
    }

    fn springs_trap(&self, chunk: &[u8]) -> bool {
        let mut traps = lock(&self.traps);
        let found = traps.iter().position(|trap| contains(chunk, trap));
        found.is_some_and(|at| traps.remove(at).is_some())
    }
}

fn contains(chunk: &[u8], bytes: &[u8]) -> bool {
    bytes.is_empty() || chunk.windows(bytes.len()).any(|window| window == bytes)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::time::Instant;

    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_secs(5);
    const WHILE: Duration = Duration::from_millis(50);

    /// A server that answers each chunk with the same bytes, and counts them.
    async fn echo() -> (SocketAddr, Arc<AtomicUsize>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&heard);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let counted = Arc::clone(&counted);
                tokio::spawn(async move {
                    let mut buffer = [0; 64];
                    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                        counted.fetch_add(read, Ordering::SeqCst);
                        if stream.write_all(&buffer[..read]).await.is_err() {
                            break;
                        }
                    }
                });
            }
        });
        (address, heard)
    }

    async fn proxied() -> (Proxy, Arc<AtomicUsize>) {
        let (target, heard) = echo().await;
        (Proxy::start(target, 1).await.unwrap(), heard)
    }

    async fn connect(proxy: &Proxy) -> TcpStream {
        TcpStream::connect(proxy.address()).await.unwrap()
    }

    async fn asks(stream: &mut TcpStream, what: &[u8]) -> io::Result<()> {
        stream.write_all(what).await?;
        let mut answer = vec![0; what.len()];
        timeout(SOON, stream.read_exact(&mut answer)).await.expect("an answer or an end")?;
        assert_eq!(answer, what);
        Ok(())
    }

    fn is_reset(result: &io::Result<()>) -> bool {
        result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset)
    }

    #[tokio::test]
    async fn bytes_pass_and_an_end_is_an_end() {
        let (proxy, _) = proxied().await;
        let mut stream = connect(&proxy).await;
        asks(&mut stream, b"hello").await.unwrap();
        stream.shutdown().await.unwrap();
        let mut rest = Vec::new();
        timeout(SOON, stream.read_to_end(&mut rest)).await.unwrap().unwrap();
        assert!(rest.is_empty());
        assert_eq!(proxy.done(), Done { connections: 1, ..Done::default() });
    }

    #[tokio::test]
    async fn open_connections_are_reset_and_new_ones_pass() {
        let (proxy, _) = proxied().await;
        let mut stream = connect(&proxy).await;
        asks(&mut stream, b"hello").await.unwrap();
        proxy.reset_all();
        let end = timeout(SOON, stream.read_u8()).await.unwrap().map(drop);
        assert!(is_reset(&end), "{end:?}");
        asks(&mut connect(&proxy).await, b"hello").await.unwrap();
        proxy.set(Faults { refuses: true, ..Faults::default() });
        assert!(asks(&mut connect(&proxy).await, b"hello").await.is_err());
        proxy.heal();
        asks(&mut connect(&proxy).await, b"hello").await.unwrap();
    }

    #[tokio::test]
    async fn some_chunks_reset_their_connection() {
        let (proxy, _) = proxied().await;
        proxy.set(Faults { resets_one_in: 4, ..Faults::default() });
        let mut ended = 0;
        for _ in 0..20 {
            let mut stream = connect(&proxy).await;
            ended += usize::from(asks(&mut stream, b"hello").await.is_err());
        }
        assert!((1..20).contains(&ended), "{ended}");
        assert_eq!(proxy.done().resets, ended as u64);
    }

    #[tokio::test]
    async fn chunks_are_late_and_in_order() {
        let (proxy, _) = proxied().await;
        proxy.set(Faults { delay_max: Duration::from_millis(40), ..Faults::default() });
        let mut stream = connect(&proxy).await;
        let begun = Instant::now();
        for at in 0..10_u8 {
            asks(&mut stream, &[at, at + 1]).await.unwrap();
        }
        assert!(begun.elapsed() > Duration::from_millis(100), "{:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn a_half_open_connection_is_silent_and_is_reset_in_the_end() {
        let (proxy, heard) = proxied().await;
        let mut lost = connect(&proxy).await;
        let mut idle = connect(&proxy).await;
        asks(&mut lost, b"hello").await.unwrap();
        asks(&mut idle, b"hello").await.unwrap();
        proxy.set(Faults { half_open: true, ..Faults::default() });
        lost.write_all(b"more").await.unwrap();
        assert!(timeout(WHILE, lost.read_u8()).await.is_err(), "it is silent");
        assert_eq!(heard.load(Ordering::SeqCst), 10);
        proxy.heal();
        let end = timeout(SOON, lost.read_u8()).await.unwrap().map(drop);
        assert!(is_reset(&end), "{end:?}");
        asks(&mut idle, b"nothing is missing here").await.unwrap();
    }

    #[tokio::test]
    async fn an_answer_is_lost_after_its_request_was_heard() {
        let (proxy, heard) = proxied().await;
        proxy.lose_answer(b"COMMIT");
        let mut stream = connect(&proxy).await;
        asks(&mut stream, b"BEGIN").await.unwrap();
        let end = asks(&mut stream, b"QCOMMIT").await;
        assert!(is_reset(&end), "{end:?}");
        assert_eq!(heard.load(Ordering::SeqCst), 12);
        assert_eq!(proxy.done().lost_answers, 1);
        asks(&mut connect(&proxy).await, b"QCOMMIT").await.unwrap();
    }

    #[tokio::test]
    async fn a_proxy_moves_to_another_target_and_ends_its_connections_with_itself() {
        let (proxy, first) = proxied().await;
        let mut stream = connect(&proxy).await;
        asks(&mut stream, b"hello").await.unwrap();
        let (other, second) = echo().await;
        proxy.retarget(other);
        asks(&mut connect(&proxy).await, b"hello").await.unwrap();
        assert_eq!((first.load(Ordering::SeqCst), second.load(Ordering::SeqCst)), (5, 5));
        drop(proxy);
        let end = timeout(SOON, stream.read_u8()).await.unwrap().map(drop);
        assert!(is_reset(&end), "{end:?}");
    }
}
