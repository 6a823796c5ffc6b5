//! The accept loop: limits on the number of connections, and time-outs for idle ones and slow requests.
//!
//! hyper speaks HTTP and leaves these limits to the accept loop. A connection is *begun* until the head of a request
//! has arrived, *busy* until that is answered, and *idle* until the next one begins. The accept loop never ends a
//! busy connection: answers, long polls and sockets have limits of their own.

use std::collections::HashMap;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::{Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use porchlight_protocol::ErrorCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use crate::error::Error;
use crate::limits::network;
use crate::metrics::connections::Connections;

/// The limits on connections, whoever opens them.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// Time-out from the first byte of a request, or from the start of the connection, to the end of the head.
    pub head: Duration,
    /// Time-out from the end of the head to the end of the body.
    pub body: Duration,
    /// Time-out without a request, or without progress of the answer.
    pub idle: Duration,
    /// Connections of one network at the same time: a large office, or many homes behind one address.
    pub network_max: usize,
    /// Connections at the same time; `None` for as many as the limit on open files allows.
    pub total_max: Option<usize>,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        ConnectionLimits {
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            idle: Duration::from_secs(75),
            network_max: 1_024,
            total_max: None,
        }
    }
}

/// Bytes of a request's head: far more than browsers send, whatever cookies a host has.
const HEAD_BYTES_MAX: usize = 32 * 1024;

/// Open files that are not connections: the store's, and a reserve.
const FILES_RESERVED: u64 = 100;

/// Raises the soft limit on open files to the hard one. Returns how many connections that allows.
pub fn raise_file_limit() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let before = getrlimit(Resource::Nofile);
    let mut files = before.current;
    if before.current != before.maximum {
        let raised = Rlimit { current: before.maximum, maximum: before.maximum };
        match setrlimit(Resource::Nofile, raised) {
            Ok(()) => files = before.maximum,
            Err(error) => tracing::warn!(%error, "the limit on open files can't be raised"),
        }
    }
    let (Some(files), Some(before)) = (files, before.current) else { return usize::MAX };
    tracing::info!(files, before, "open files, and so connections, are limited");
    usize::try_from(files.saturating_sub(FILES_RESERVED).max(1)).unwrap_or(usize::MAX)
}

const BEGUN: u8 = 0;
const BUSY: u8 = 1;
const IDLE: u8 = 2;

/// The phase of a connection.
struct State {
    phase: AtomicU8,
    /// Milliseconds from `opened` to the start of the phase, or to the last byte in it.
    since: AtomicU64,
    opened: Instant,
    evicted: CancellationToken,
}

impl State {
    fn new() -> Arc<Self> {
        Arc::new(State {
            phase: AtomicU8::new(BEGUN),
            since: AtomicU64::new(0),
            opened: Instant::now(),
            evicted: CancellationToken::new(),
        })
    }

    fn enter(&self, phase: u8) {
        self.phase.store(phase, Ordering::Relaxed);
        self.touch();
    }

    fn touch(&self) {
        // Rounded up, so that no time-out comes a part of a millisecond early.
        let ms = self.opened.elapsed().as_micros().div_ceil(1_000);
        self.since.store(u64::try_from(ms).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn since(&self) -> Instant {
        self.opened + Duration::from_millis(self.since.load(Ordering::Relaxed))
    }

    fn is_busy(&self) -> bool {
        self.phase.load(Ordering::Relaxed) == BUSY
    }

    /// Notes that bytes arrived. On an idle connection they begin the next request.
    fn read(&self) {
        if self.phase.load(Ordering::Relaxed) == IDLE {
            self.enter(BEGUN);
        }
    }

    /// Notes that bytes of an answer were sent.
    fn written(&self) {
        if self.phase.load(Ordering::Relaxed) == IDLE {
            self.touch();
        }
    }

    /// The time at which the connection times out; `None` while it is busy.
    fn ends_at(&self, limits: &ConnectionLimits) -> Option<Instant> {
        match self.phase.load(Ordering::Relaxed) {
            BEGUN => Some(self.since() + limits.head),
            IDLE => Some(self.since() + limits.idle),
            _ => None,
        }
    }
}

/// The open connections, by network.
struct Registry {
    network_max: usize,
    total_max: usize,
    held: Mutex<Held>,
    metrics: Connections,
}

#[derive(Default)]
struct Held {
    networks: HashMap<IpAddr, Vec<Arc<State>>>,
    total: usize,
    refused: u64,
}

impl Registry {
    /// Takes a place for a new connection. If none is free, it ends the connection of that network that was idle for
    /// longest; it refuses if all are busy.
    fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let network = network(peer);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let here = held.networks.get(&network).map_or(0, Vec::len);
        let crowded = if here >= self.network_max {
            Some(network)
        } else if held.total >= self.total_max {
            held.networks.iter().max_by_key(|(_, of)| of.len()).map(|(network, _)| *network)
        } else {
            None
        };
        if let Some(crowded) = crowded
            && !held.evict(crowded)
        {
            held.refused += 1;
            self.metrics.refused();
            // Rarely, so that a flood does not fill the log.
            if held.refused.is_power_of_two() {
                let refused = held.refused;
                tracing::warn!(from = %network, refused, "a connection is refused: there are too many");
            }
            return None;
        }
        let state = State::new();
        held.networks.entry(network).or_default().push(Arc::clone(&state));
        held.total += 1;
        self.metrics.opened();
        Some(Place { registry: Arc::clone(self), network, state })
    }
}

impl Held {
    /// Ends the connection of this network that was idle for longest, and frees its place at once.
    fn evict(&mut self, network: IpAddr) -> bool {
        let Some(of) = self.networks.get_mut(&network) else { return false };
        let oldest = of
            .iter()
            .enumerate()
            .filter(|(_, state)| !state.is_busy())
            .min_by_key(|(_, state)| state.since());
        let Some(at) = oldest.map(|(at, _)| at) else { return false };
        of.swap_remove(at).evicted.cancel();
        self.total -= 1;
        true
    }

    fn leave(&mut self, network: IpAddr, state: &Arc<State>) {
        let Some(of) = self.networks.get_mut(&network) else { return };
        if let Some(at) = of.iter().position(|other| Arc::ptr_eq(other, state)) {
            of.swap_remove(at);
            self.total -= 1;
        }
        if of.is_empty() {
            self.networks.remove(&network);
        }
    }
}

/// A connection's place in the registry. Dropping it frees the place.
struct Place {
    registry: Arc<Registry>,
    network: IpAddr,
    state: Arc<State>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.registry.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.leave(self.network, &self.state);
        self.registry.metrics.closed();
    }
}

/// A TCP stream that notes its progress. It keeps its place until it is dropped, also after the upgrade to a socket.
struct Line {
    tcp: TcpStream,
    place: Place,
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.tcp).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.place.state.read();
        }
        read
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let written = Pin::new(&mut self.tcp).poll_write(cx, bytes);
        if written.is_ready() {
            self.place.state.written();
        }
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let written = Pin::new(&mut self.tcp).poll_write_vectored(cx, bytes);
        if written.is_ready() {
            self.place.state.written();
        }
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

/// Accepts and serves until `stopping` is cancelled; then waits for open requests.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    behind_proxy: bool,
    metrics: Connections,
    stopping: CancellationToken,
) {
    let total_max = limits.total_max.unwrap_or(usize::MAX);
    let registry = Arc::new(Registry {
        // Behind a proxy all connections come from one network.
        network_max: if behind_proxy { usize::MAX } else { limits.network_max },
        total_max,
        held: Mutex::default(),
        metrics,
    });
    let connections = TaskTracker::new();
    let mut trouble = Trouble::default();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopping.cancelled() => break,
        };
        match accepted {
            Ok((tcp, peer)) => {
                let Some(place) = registry.admit(peer.ip()) else { continue };
                let _ = tcp.set_nodelay(true);
                let line = Line { tcp, place };
                connections.spawn(connection(line, peer, router.clone(), limits, stopping.clone()));
            }
            Err(error) => trouble.met(&error).await,
        }
    }
    // Whoever connects now is refused, rather than kept waiting.
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// Errors of `accept`.
#[derive(Default)]
struct Trouble {
    told_at: Option<Instant>,
    untold: u64,
}

impl Trouble {
    /// Logs the error, every ten seconds at most, and waits if the next `accept` would fail the same way.
    async fn met(&mut self, error: &std::io::Error) {
        use std::io::ErrorKind;
        // The peer closed the connection before it was accepted: no fault of the server.
        if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) {
            return;
        }
        self.untold += 1;
        if self.told_at.is_none_or(|at| at.elapsed() > Duration::from_secs(10)) {
            tracing::error!(%error, times = self.untold, "connections can't be accepted");
            (self.told_at, self.untold) = (Some(Instant::now()), 0);
        }
        sleep(Duration::from_millis(100)).await;
    }
}

async fn connection(
    line: Line,
    peer: SocketAddr,
    router: Router,
    limits: ConnectionLimits,
    stopping: CancellationToken,
) {
    let state = Arc::clone(&line.place.state);
    let answering = Arc::clone(&state);
    let service = service_fn(move |mut request: Request<Incoming>| {
        answering.enter(BUSY);
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = router.clone().call(request);
        let state = Arc::clone(&answering);
        async move {
            let answer = answer.await;
            // An upgraded connection stays busy: there is no next request to wait for.
            if !answer.as_ref().is_ok_and(|answer| answer.status().as_u16() == 101) {
                state.enter(IDLE);
            }
            answer
        }
    });
    // hyper's own limit on heads would count the time between two requests too.
    let served = http1::Builder::new()
        .header_read_timeout(None)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(line), service)
        .with_upgrades();
    let mut served = pin!(served);
    let mut timed_out = pin!(sleep(limits.head));
    let mut told = false;
    loop {
        // Progress on the stream moves its time-out, in the same poll.
        let over = poll_fn(|cx| {
            if let Poll::Ready(done) = served.as_mut().poll(cx) {
                return Poll::Ready(done);
            }
            let Some(end) = state.ends_at(&limits) else { return Poll::Pending };
            if timed_out.deadline() != end {
                timed_out.as_mut().reset(end);
            }
            timed_out.as_mut().poll(cx).map(Ok)
        });
        tokio::select! {
            done = over => {
                if let Err(error) = done {
                    tracing::debug!(%error, "a connection ended badly");
                }
                return;
            }
            () = state.evicted.cancelled() => return,
            () = stopping.cancelled(), if !told => {
                told = true;
                served.as_mut().graceful_shutdown();
            }
        }
    }
}

/// RFC 9112, 3.2: a request of HTTP/1.1 names its host, once.
pub async fn one_host_only(request: Request, next: Next) -> Response {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    if hosts == 1 || (hosts == 0 && request.version() != Version::HTTP_11) {
        next.run(request).await
    } else {
        Error::from(ErrorCode::Malformed).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry(network_max: usize, total_max: usize) -> Arc<Registry> {
        let (held, metrics) = (Mutex::default(), Connections::default());
        Arc::new(Registry { network_max, total_max, held, metrics })
    }

    fn ip(last: u8) -> IpAddr {
        IpAddr::from([203, 0, 113, last])
    }

    #[test]
    fn who_does_nothing_makes_room_and_who_is_busy_stays() {
        let registry = registry(2, 100);
        let busy = registry.admit(ip(1)).unwrap();
        busy.state.enter(BUSY);
        let idle = registry.admit(ip(1)).unwrap();
        idle.state.enter(IDLE);
        let third = registry.admit(ip(1)).unwrap();
        assert!(idle.state.evicted.is_cancelled());
        assert!(!busy.state.evicted.is_cancelled());
        third.state.enter(BUSY);
        assert!(registry.admit(ip(1)).is_none());
        let other = registry.admit(ip(2)).unwrap();
        drop((busy, idle, third, other));
        let held = registry.held.lock().unwrap();
        assert_eq!((held.networks.len(), held.total), (0, 0));
    }

    #[test]
    fn when_all_places_are_taken_the_largest_crowd_makes_room() {
        let registry = registry(100, 3);
        let crowd: Vec<_> = (0..2).map(|_| registry.admit(ip(1)).unwrap()).collect();
        let single = registry.admit(ip(2)).unwrap();
        let newcomer = registry.admit(ip(3)).unwrap();
        assert!(!single.state.evicted.is_cancelled());
        assert_eq!(crowd.iter().filter(|it| it.state.evicted.is_cancelled()).count(), 1);
        drop(newcomer);
    }

    #[test]
    fn one_home_has_many_addresses() {
        let registry = registry(1, 100);
        let first = registry.admit("2001:db8:1:2:3::4".parse().unwrap()).unwrap();
        first.state.enter(BUSY);
        assert!(registry.admit("2001:db8:1:2:5::6".parse().unwrap()).is_none());
        assert!(registry.admit("2001:db8:1:3::1".parse().unwrap()).is_some());
    }
}
