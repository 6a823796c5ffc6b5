//! What WebDriver can't do across a frame of another origin: hear every console, take the network
//! away, and give each person a profile of their own. Chromium's own protocol, on one socket.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::runtime::{spawn, wait_for};
use crate::wait::PATIENCE;

/// A socket to a running Chromium.
#[derive(Debug, Clone)]
pub struct Cdp {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    next: AtomicU64,
    outgoing: mpsc::UnboundedSender<String>,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Value>>>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// Sessions with pages, frames and workers.
    sessions: HashMap<String, Target>,
    complaints: Vec<Complaint>,
}

/// What a session is with.
#[derive(Debug, Clone)]
struct Target {
    id: String,
    kind: String,
    profile: String,
}

/// Something that a page has said on its console, and should not have had to.
#[derive(Debug, Clone)]
pub struct Complaint {
    /// Whose page it was.
    pub profile: String,
    /// What it said.
    pub text: String,
}

type Socket = WebSocketStream<TcpStream>;

impl Cdp {
    /// Connects to the Chromium that debugs at this address, and to everything in it from now on.
    pub fn connect(address: &str) -> Cdp {
        let cdp = wait_for(async {
            let version = format!("http://{address}/json/version");
            let version = reqwest::get(version).await.expect("Chromium answers");
            let version: Value = version.json().await.expect("Chromium's version");
            let url = version["webSocketDebuggerUrl"].as_str().expect("an address").to_owned();
            let stream = TcpStream::connect(address).await.expect("a connection to Chromium");
            let (socket, _) = client_async(url, stream).await.expect("a socket to Chromium");
            let (sink, stream) = socket.split();
            let (outgoing, queue) = mpsc::unbounded_channel();
            let shared = Arc::new(Shared {
                next: AtomicU64::new(1),
                outgoing,
                waiting: Mutex::default(),
                known: Mutex::default(),
            });
            spawn(write(sink, queue));
            spawn(read(stream, shared.clone()));
            Cdp { shared }
        });
        cdp.call(None, "Target.setAutoAttach", auto_attach());
        cdp
    }

    /// Calls a method of Chromium, or of a page in it, and returns the result.
    pub fn call(&self, session: Option<&str>, method: &str, params: Value) -> Value {
        let (done, answer) = oneshot::channel();
        self.shared.send(session, method, &params, Some(done));
        let answer = wait_for(async { tokio::time::timeout(PATIENCE, answer).await });
        let answer = answer.unwrap_or_else(|_| panic!("{method} is not answered"));
        let answer = answer.unwrap_or_default();
        assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
        answer["result"].clone()
    }

    /// The sessions with a profile's pages and frames.
    pub fn sessions(&self, profile: &str) -> Vec<String> {
        let known = locked(&self.shared.known);
        let own = known.sessions.iter().filter(|(_, target)| {
            target.profile == profile && matches!(target.kind.as_str(), "page" | "iframe")
        });
        own.map(|(session, _)| session.clone()).collect()
    }

    /// The session with a page.
    pub fn session_with(&self, id: &str) -> Option<String> {
        let known = locked(&self.shared.known);
        let mut sessions = known.sessions.iter();
        sessions.find(|(_, target)| target.id == id).map(|(session, _)| session.clone())
    }

    /// What a profile's pages have complained of so far.
    pub fn complaints(&self, profile: &str) -> Vec<String> {
        let known = locked(&self.shared.known);
        let own = known.complaints.iter().filter(|complaint| complaint.profile == profile);
        own.map(|complaint| complaint.text.clone()).collect()
    }
}

fn auto_attach() -> Value {
    json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true })
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Shared {
    fn send(
        &self,
        session: Option<&str>,
        method: &str,
        params: &Value,
        done: Option<oneshot::Sender<Value>>,
    ) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        // Before it is sent: the answer may be faster than we are.
        if let Some(done) = done {
            locked(&self.waiting).insert(id, done);
        }
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let _ = self.outgoing.send(message.to_string());
    }

    fn hear(&self, message: &Value) {
        if let Some(id) = message["id"].as_u64() {
            if let Some(done) = locked(&self.waiting).remove(&id) {
                let _ = done.send(message.clone());
            }
            return;
        }
        let params = &message["params"];
        match message["method"].as_str() {
            Some("Target.attachedToTarget") => self.attached(params),
            Some("Target.detachedFromTarget") => {
                let session = params["sessionId"].as_str().unwrap_or_default();
                locked(&self.known).sessions.remove(session);
            }
            Some(method) => {
                if let Some(text) = complaint(method, params) {
                    let session = message["sessionId"].as_str().unwrap_or_default();
                    let mut known = locked(&self.known);
                    let profile = known.sessions.get(session).map(|target| target.profile.clone());
                    let profile = profile.unwrap_or_default();
                    known.complaints.push(Complaint { profile, text });
                }
            }
            None => {}
        }
    }

    /// A page, frame or worker is new: its console is heard before its first line runs.
    fn attached(&self, params: &Value) {
        let session = params["sessionId"].as_str().unwrap_or_default();
        let word = |name: &str| params["targetInfo"][name].as_str().unwrap_or_default().to_owned();
        let (id, kind, profile) = (word("targetId"), word("type"), word("browserContextId"));
        let heard = matches!(kind.as_str(), "page" | "iframe" | "worker");
        locked(&self.known).sessions.insert(session.to_owned(), Target { id, kind, profile });
        if heard {
            self.send(Some(session), "Runtime.enable", &json!({}), None);
            self.send(Some(session), "Log.enable", &json!({}), None);
            self.send(Some(session), "Target.setAutoAttach", &auto_attach(), None);
        }
        self.send(Some(session), "Runtime.runIfWaitingForDebugger", &json!({}), None);
    }
}

/// An error or a warning in what a page says on its console.
fn complaint(method: &str, params: &Value) -> Option<String> {
    match method {
        "Runtime.consoleAPICalled" => {
            let kind = params["type"].as_str()?;
            let words = params["args"].as_array()?.iter();
            let words: Vec<String> = words
                .map(|arg| {
                    let value = &arg["value"];
                    let text = value.as_str().or_else(|| arg["description"].as_str());
                    text.map_or_else(|| value.to_string(), str::to_owned)
                })
                .collect();
            matches!(kind, "error" | "warning" | "assert")
                .then(|| format!("{kind}: {}", words.join(" ")))
        }
        "Runtime.exceptionThrown" => {
            let details = &params["exceptionDetails"];
            let text = details["exception"]["description"].as_str();
            Some(format!("uncaught: {}", text.or_else(|| details["text"].as_str())?))
        }
        "Log.entryAdded" => {
            let entry = &params["entry"];
            let level = entry["level"].as_str()?;
            let (text, url) = (entry["text"].as_str()?, entry["url"].as_str().unwrap_or_default());
            matches!(level, "error" | "warning").then(|| format!("{level}: {text} ({url})"))
        }
        _ => None,
    }
}

async fn write(mut sink: SplitSink<Socket, Message>, mut queue: mpsc::UnboundedReceiver<String>) {
    while let Some(message) = queue.recv().await {
        if sink.send(Message::text(message)).await.is_err() {
            return;
        }
    }
}

async fn read(mut stream: SplitStream<Socket>, shared: Arc<Shared>) {
    while let Some(Ok(message)) = stream.next().await {
        if let Message::Text(text) = message
            && let Ok(message) = serde_json::from_str(&text)
        {
            shared.hear(&message);
        }
    }
    // Whoever waits for an answer is told that there will be none.
    locked(&shared.waiting).clear();
}
