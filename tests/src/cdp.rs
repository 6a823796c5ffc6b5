//! The Chrome DevTools Protocol, on one socket, for what WebDriver can't do across frames of other origins:
//! read every console, take a profile offline, and give each person a profile of their own.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::runtime::{spawn, try_wait_for};

/// A socket to a running Chromium.
#[derive(Debug, Clone)]
pub struct Cdp {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    next: AtomicU64,
    outgoing: mpsc::UnboundedSender<String>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// Pending calls, by their number.
    waiting: HashMap<u64, Waiting>,
    /// The sessions with pages, frames and workers.
    sessions: HashMap<String, Target>,
    /// The profiles that are offline.
    offline: HashSet<String>,
    complaints: Vec<Complaint>,
    /// True if the socket has ended, so that no call is answered any more.
    ended: bool,
}

/// A pending call.
#[derive(Debug)]
struct Waiting {
    session: Option<String>,
    /// Receives the answer; dropped if the target is gone.
    done: oneshot::Sender<Value>,
}

/// The target of a session.
#[derive(Debug, Clone)]
struct Target {
    id: String,
    kind: String,
    profile: String,
}

impl Target {
    /// True for a page or frame, which has a console and network settings.
    fn is_document(&self) -> bool {
        matches!(self.kind.as_str(), "page" | "iframe")
    }
}

/// An error or warning on a page's console.
#[derive(Debug, Clone)]
struct Complaint {
    /// The profile of the page.
    profile: String,
    /// The message.
    text: String,
}

/// Why a call has no result.
#[derive(Debug)]
pub enum Failed {
    /// The page, the frame or the browser went away before it answered. Frames come and go, so
    /// callers that address all of them have to expect this.
    Gone,
    /// Chromium refused, or did not answer in time.
    Refused(String),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failed::Gone => f.write_str("it went away before it answered"),
            Failed::Refused(why) => f.write_str(why),
        }
    }
}

/// Chromium's error for a session that has ended.
const NO_SUCH_SESSION: i64 = -32001;

type Socket = WebSocketStream<TcpStream>;

impl Cdp {
    /// Connects to the Chromium that debugs at this address, and to everything in it from now on.
    pub fn connect(address: &str) -> Result<Cdp, String> {
        let connecting = async {
            let version = format!("http://{address}/json/version");
            let version = reqwest::get(version).await.map_err(|error| error.to_string())?;
            let version: Value = version.json().await.map_err(|error| error.to_string())?;
            let url = version["webSocketDebuggerUrl"].as_str().ok_or("it names no socket")?;
            let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
            client_async(url, stream).await.map_err(|error| error.to_string())
        };
        let (socket, _) = try_wait_for("Chromium's own protocol", connecting)??;
        let (sink, stream) = socket.split();
        let (outgoing, queue) = mpsc::unbounded_channel();
        let shared =
            Arc::new(Shared { next: AtomicU64::new(1), outgoing, known: Mutex::default() });
        spawn(write(sink, queue));
        spawn(read(stream, shared.clone()));
        let cdp = Cdp { shared };
        cdp.try_call(None, "Target.setAutoAttach", auto_attach())
            .map_err(|failed| format!("Target.setAutoAttach: {failed}"))?;
        Ok(cdp)
    }

    /// Calls a method of Chromium, or of a page that has to be there, and returns the result.
    #[track_caller]
    pub fn call(&self, session: Option<&str>, method: &str, params: Value) -> Value {
        self.try_call(session, method, params).unwrap_or_else(|failed| panic!("{method}: {failed}"))
    }

    /// Calls a method of Chromium, or of a page or frame that may be gone.
    pub fn try_call(
        &self,
        session: Option<&str>,
        method: &str,
        params: Value,
    ) -> Result<Value, Failed> {
        let (done, answer) = oneshot::channel();
        self.shared.send(session, method, &params, Some(done));
        let answer = try_wait_for(&format!("the answer to {method}"), answer);
        let answer = answer.map_err(Failed::Refused)?.map_err(|_| Failed::Gone)?;
        match &answer["error"] {
            Value::Null => Ok(answer["result"].clone()),
            error if error["code"] == NO_SUCH_SESSION => Err(Failed::Gone),
            error => Err(Failed::Refused(error.to_string())),
        }
    }

    /// The session with a page.
    pub fn session_with(&self, id: &str) -> Option<String> {
        let known = self.shared.known();
        let mut sessions = known.sessions.iter();
        sessions.find(|(_, target)| target.id == id).map(|(session, _)| session.clone())
    }

    /// Takes a profile's pages and frames offline, including future ones, or online
    /// again.
    #[track_caller]
    pub fn set_offline(&self, profile: &str, offline: bool) {
        let sessions = {
            let mut known = self.shared.known();
            if offline {
                known.offline.insert(profile.to_owned());
            } else {
                known.offline.remove(profile);
            }
            known.documents_of(profile)
        };
        self.each(sessions, &network(offline));
    }

    /// Calls a method of all of a profile's pages and frames.
    #[track_caller]
    pub fn call_all(&self, profile: &str, method: &'static str, params: &Value) {
        let sessions = self.shared.known().documents_of(profile);
        self.each(sessions, &[(method, params.clone())]);
    }

    #[track_caller]
    fn each(&self, sessions: Vec<String>, calls: &[(&'static str, Value)]) {
        for session in sessions {
            for (method, params) in calls {
                match self.try_call(Some(&session), method, params.clone()) {
                    // A frame that is gone needs no call.
                    Ok(_) | Err(Failed::Gone) => {}
                    Err(Failed::Refused(why)) => panic!("{method}: {why}"),
                }
            }
        }
    }

    /// Waits until the console messages of a profile's pages have arrived.
    pub fn hears_everything(&self, profile: &str) -> Result<(), String> {
        let sessions = self.shared.known().documents_of(profile);
        for session in sessions {
            // The answer comes after all earlier console messages. A page that is gone has sent all of its
            // messages.
            let asked = json!({ "expression": "0" });
            match self.try_call(Some(&session), "Runtime.evaluate", asked) {
                Ok(_) | Err(Failed::Gone) => {}
                Err(Failed::Refused(why)) => return Err(why),
            }
        }
        Ok(())
    }

    /// The errors and warnings on the consoles of a profile's pages so far.
    pub fn complaints(&self, profile: &str) -> Vec<String> {
        let known = self.shared.known();
        let own = known.complaints.iter().filter(|complaint| complaint.profile == profile);
        own.map(|complaint| complaint.text.clone()).collect()
    }
}

impl Known {
    /// The sessions with a profile's pages and frames.
    fn documents_of(&self, profile: &str) -> Vec<String> {
        let own = self
            .sessions
            .iter()
            .filter(|(_, target)| target.profile == profile && target.is_document());
        own.map(|(session, _)| session.clone()).collect()
    }
}

fn auto_attach() -> Value {
    json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true })
}

/// The calls that take a page or frame offline, or online again.
fn network(offline: bool) -> [(&'static str, Value); 2] {
    let conditions = json!({
        "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1,
    });
    [("Network.enable", json!({})), ("Network.emulateNetworkConditions", conditions)]
}

impl Shared {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn send(
        &self,
        session: Option<&str>,
        method: &str,
        params: &Value,
        done: Option<oneshot::Sender<Value>>,
    ) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        // Registered before it is sent, because the answer may arrive at once.
        if let Some(done) = done {
            let mut known = self.known();
            if known.ended {
                return;
            }
            known.waiting.insert(id, Waiting { session: session.map(str::to_owned), done });
        }
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        // Fails if the writer has ended. Then the reader ends too, and fails the pending calls.
        let _ = self.outgoing.send(message.to_string());
    }

    fn hear(&self, message: &Value) {
        if let Some(id) = message["id"].as_u64() {
            if let Some(waiting) = self.known().waiting.remove(&id) {
                // Fails if the caller has timed out.
                let _ = waiting.done.send(message.clone());
            }
            return;
        }
        let params = &message["params"];
        match message["method"].as_str() {
            Some("Target.attachedToTarget") => self.attached(params),
            Some("Target.detachedFromTarget") => self.detached(params),
            Some(method) => {
                if let Some(text) = complaint(method, params) {
                    let session = message["sessionId"].as_str().unwrap_or_default();
                    let mut known = self.known();
                    let profile = known.sessions.get(session).map(|target| target.profile.clone());
                    let profile = profile.unwrap_or_default();
                    known.complaints.push(Complaint { profile, text });
                }
            }
            None => {}
        }
    }

    /// A page, frame or worker is new: subscribes to its console before its first line runs, and takes it
    /// offline if its profile is offline.
    fn attached(&self, params: &Value) {
        let session = params["sessionId"].as_str().unwrap_or_default();
        let word = |name: &str| params["targetInfo"][name].as_str().unwrap_or_default().to_owned();
        let target =
            Target { id: word("targetId"), kind: word("type"), profile: word("browserContextId") };
        let heard = target.is_document() || target.kind == "worker";
        let offline = {
            let mut known = self.known();
            let offline = target.is_document() && known.offline.contains(&target.profile);
            known.sessions.insert(session.to_owned(), target);
            offline
        };
        if heard {
            self.send(Some(session), "Runtime.enable", &json!({}), None);
            self.send(Some(session), "Log.enable", &json!({}), None);
            self.send(Some(session), "Target.setAutoAttach", &auto_attach(), None);
        }
        if offline {
            for (method, params) in network(true) {
                self.send(Some(session), method, &params, None);
            }
        }
        self.send(Some(session), "Runtime.runIfWaitingForDebugger", &json!({}), None);
    }

    /// A page, frame or worker is gone: fails its pending calls.
    fn detached(&self, params: &Value) {
        let session = params["sessionId"].as_str().unwrap_or_default();
        let mut known = self.known();
        known.sessions.remove(session);
        known.waiting.retain(|_, waiting| waiting.session.as_deref() != Some(session));
    }
}

/// The error or warning in a message on a page's console.
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
    // Fails the pending calls.
    let mut known = shared.known();
    known.ended = true;
    known.waiting.clear();
}
