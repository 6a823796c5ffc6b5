//! A TCP proxy between browsers and server, with which a story can cut connections, drop the server's answers,
//! delay requests, and count them.
//!
//! The server's public address is the wire's, so a server that is restarted on another port keeps its address.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::released::Release;
use crate::runtime::{spawn, wait_for};

/// The writing half of a browser's connection, for the server's answers and for a release's.
type Answers = tokio::sync::Mutex<tokio::net::tcp::OwnedWriteHalf>;

/// The state of a wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Data arrives in both directions.
    Whole,
    /// Requests arrive, answers are lost.
    Deaf,
    /// Connections are closed, and new ones are refused.
    Cut,
}

/// A wire to a server.
#[derive(Debug)]
pub struct Wire {
    address: SocketAddr,
    state: watch::Sender<Now>,
    log: Arc<Log>,
}

#[derive(Debug, Clone, Copy)]
struct Now {
    state: State,
    /// The number of cuts: no connection outlives one, however short it was.
    cuts: u64,
}

#[derive(Debug, Default)]
struct Log {
    server: Mutex<Option<SocketAddr>>,
    /// The release whose widget browsers get, if not the server's.
    release: Mutex<Option<Release>>,
    /// The prefix of the paths whose requests are hung up on.
    hung_up: Mutex<Option<&'static str>>,
    /// The prefix of the paths whose requests are held back.
    held_back: watch::Sender<Option<&'static str>>,
    requests: Mutex<Vec<String>>,
}

impl Wire {
    /// A new wire, which has no server yet.
    pub fn lay() -> Wire {
        let listener = wait_for("a port", TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("a port");
        let (state, _) = watch::channel(Now { state: State::Whole, cuts: 0 });
        let log = Arc::new(Log::default());
        spawn(listen(listener, state.clone(), log.clone()));
        Wire { address, state, log }
    }

    /// The origin at which browsers reach the server.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.address.port())
    }

    /// Connects the wire to a server.
    pub fn lead_to(&self, server: SocketAddr) {
        *locked(&self.log.server) = Some(server);
    }

    /// From now on browsers get the widget of this release; the server answers all other requests.
    pub fn serves(&self, release: Release) {
        *locked(&self.log.release) = Some(release);
    }

    /// Hangs up on requests whose path begins with this, and on no others.
    pub fn hang_up_on(&self, addresses: Option<&'static str>) {
        *locked(&self.log.hung_up) = addresses;
    }

    /// Holds requests back whose path begins with this, and no others. Those that it held before go on.
    pub fn hold_back(&self, addresses: Option<&'static str>) {
        self.log.held_back.send_replace(addresses);
    }

    /// Sets the state of the wire. Data in flight when it is cut is lost.
    pub fn set(&self, state: State) {
        self.state.send_modify(|now| {
            now.state = state;
            now.cuts += u64::from(state == State::Cut);
        });
    }

    /// The requests so far, with method and path.
    pub fn requests(&self) -> Vec<String> {
        locked(&self.log.requests).clone()
    }

    /// Clears the list of requests.
    pub fn forget_requests(&self) {
        locked(&self.log.requests).clear();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

async fn listen(listener: TcpListener, state: watch::Sender<Now>, log: Arc<Log>) {
    while let Ok((browser, _)) = listener.accept().await {
        tokio::spawn(connect(browser, state.subscribe(), log.clone()));
    }
}

async fn connect(browser: TcpStream, state: watch::Receiver<Now>, log: Arc<Log>) {
    let server = *locked(&log.server);
    let begun = *state.borrow();
    let (Some(server), true) = (server, begun.state != State::Cut) else { return };
    let address = server;
    let Ok(server) = TcpStream::connect(address).await else { return };
    let (_, _) = (browser.set_nodelay(true), server.set_nodelay(true));
    let (from_browser, to_browser) = browser.into_split();
    let (from_server, to_server) = server.into_split();
    // A browser waits for an answer before its next request, so the two kinds of answers never mix.
    let to_browser = Arc::new(tokio::sync::Mutex::new(to_browser));
    let mut until_cut = state.clone();
    tokio::select! {
        () = ask(from_browser, to_server, &to_browser, &log, address) => {}
        () = carry(from_server, &to_browser, |_| state.borrow().state == State::Whole) => {}
        _ = until_cut.wait_for(|now| now.cuts != begun.cuts) => {}
    }
}

async fn ask(
    mut browser: impl AsyncRead + Unpin,
    mut server: impl AsyncWrite + Unpin,
    to_browser: &Answers,
    log: &Log,
    address: SocketAddr,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = browser.read(&mut buffer).await {
        let words = &buffer[..length];
        let path =
            log.note(words).and_then(|request| Some(request.strip_prefix("GET ")?.to_owned()));
        let hung_up = *locked(&log.hung_up);
        if hung_up.zip(path.as_deref()).is_some_and(|(these, path)| path.starts_with(these)) {
            return;
        }
        if let Some(path) = &path {
            let mut held_back = log.held_back.subscribe();
            let may_go = |these: &Option<&str>| !these.is_some_and(|these| path.starts_with(these));
            // Fails only without the log, which the wire keeps.
            let _ = held_back.wait_for(may_go).await;
        }
        let release = *locked(&log.release);
        let answer = match (release, path) {
            (Some(release), Some(path)) => release.answer(&path, address).await,
            _ => None,
        };
        let gone = match answer {
            Some(answer) => to_browser.lock().await.write_all(&answer).await,
            None => server.write_all(words).await,
        };
        if gone.is_err() {
            return;
        }
    }
}

async fn carry(mut from: impl AsyncRead + Unpin, to: &Answers, may_pass: impl Fn(&[u8]) -> bool) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let words = &buffer[..length];
        if may_pass(words) && to.lock().await.write_all(words).await.is_err() {
            return;
        }
    }
}

impl Log {
    /// Notes the request in the first line: browsers begin each write with a request.
    fn note(&self, words: &[u8]) -> Option<String> {
        let line = words.split(|byte| *byte == b'\r').next().unwrap_or_default();
        let request = std::str::from_utf8(line).ok()?.strip_suffix(" HTTP/1.1")?.to_owned();
        locked(&self.requests).push(request.clone());
        Some(request)
    }
}
