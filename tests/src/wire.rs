//! The wire between browsers and server: everything goes through it, so a story can cut it, lose
//! what the server says, and count what was asked.
//!
//! The server's public address is the wire's. So a server that is killed and started again, on
//! whatever port, is still where the browsers look for it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::released::Release;
use crate::runtime::{spawn, wait_for};

/// The way to a browser: for what the server answers, and for what is answered in its place.
type Answers = tokio::sync::Mutex<tokio::net::tcp::OwnedWriteHalf>;

/// What becomes of what is put on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It arrives.
    Whole,
    /// What the server is told arrives, what it answers is lost.
    Deaf,
    /// Nothing arrives, and nobody can connect.
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
    /// How often it was cut: no connection outlives a cut, however short.
    cuts: u64,
}

#[derive(Debug, Default)]
struct Log {
    server: Mutex<Option<SocketAddr>>,
    /// Whose chat browsers get, if it is not the server's.
    release: Mutex<Option<Release>>,
    /// How addresses begin that nobody answers.
    hung_up: Mutex<Option<&'static str>>,
    requests: Mutex<Vec<String>>,
}

impl Wire {
    /// A wire that is whole, to a server that is yet to be named.
    pub fn lay() -> Wire {
        let listener = wait_for("a port", TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("a port");
        let (state, _) = watch::channel(Now { state: State::Whole, cuts: 0 });
        let log = Arc::new(Log::default());
        spawn(listen(listener, state.clone(), log.clone()));
        Wire { address, state, log }
    }

    /// Where browsers reach the server.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.address.port())
    }

    /// Leads the wire to a server.
    pub fn lead_to(&self, server: SocketAddr) {
        *locked(&self.log.server) = Some(server);
    }

    /// From here on browsers get the chat of this release. All else is the server's.
    pub fn serves(&self, release: Release) {
        *locked(&self.log.release) = Some(release);
    }

    /// Hangs up on whoever asks for an address that begins like this. All else goes on.
    pub fn hang_up_on(&self, addresses: Option<&'static str>) {
        *locked(&self.log.hung_up) = addresses;
    }

    /// Breaks or mends the wire. What is on it when it breaks is lost.
    pub fn set(&self, state: State) {
        self.state.send_modify(|now| {
            now.state = state;
            now.cuts += u64::from(state == State::Cut);
        });
    }

    /// What was asked so far: methods and addresses.
    pub fn requests(&self) -> Vec<String> {
        locked(&self.log.requests).clone()
    }

    /// Forgets what was asked so far.
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
    // A browser waits for one answer before it asks for the next, so the two never mix.
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
    /// Browsers begin a write with a request, so its first line tells what is asked.
    fn note(&self, words: &[u8]) -> Option<String> {
        let line = words.split(|byte| *byte == b'\r').next().unwrap_or_default();
        let request = std::str::from_utf8(line).ok()?.strip_suffix(" HTTP/1.1")?.to_owned();
        locked(&self.requests).push(request.clone());
        Some(request)
    }
}
