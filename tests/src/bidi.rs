//! WebDriver BiDi, on a socket beside WebDriver's session: what Firefox logs on its consoles, and whether it has a
//! network.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

use crate::runtime::{spawn, try_wait_for};

/// A socket to a running browser.
#[derive(Debug)]
pub struct Bidi {
    outgoing: mpsc::UnboundedSender<String>,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    /// The number of the last call.
    last: u64,
    /// The call that waits for its answer: there is one at a time.
    waiting: Option<(u64, oneshot::Sender<Value>)>,
    complaints: Vec<String>,
}

impl Bidi {
    /// Connects to a session's socket, and listens to its consoles from now on.
    pub fn connect(url: &str) -> Result<Bidi, String> {
        let address = url.strip_prefix("ws://").and_then(|rest| rest.split('/').next());
        let address = address.ok_or_else(|| format!("{url:?} is no socket's address"))?;
        let connecting = async {
            let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
            client_async(url, stream).await.map_err(|error| error.to_string())
        };
        let (socket, _) = try_wait_for("WebDriver BiDi", connecting)??;
        let (mut sink, mut stream) = socket.split();
        let (outgoing, mut queue) = mpsc::unbounded_channel::<String>();
        let shared = Arc::new(Mutex::new(Shared::default()));
        spawn(async move {
            while let Some(message) = queue.recv().await {
                if sink.send(Message::text(message)).await.is_err() {
                    return;
                }
            }
        });
        let hearing = shared.clone();
        spawn(async move {
            while let Some(Ok(message)) = stream.next().await {
                if let Message::Text(text) = message
                    && let Ok(message) = serde_json::from_str(&text)
                {
                    locked(&hearing).hear(message);
                }
            }
            // Fails the pending call.
            locked(&hearing).waiting = None;
        });
        let bidi = Bidi { outgoing, shared };
        bidi.call("session.subscribe", json!({ "events": ["log.entryAdded"] }))?;
        Ok(bidi)
    }

    /// Waits until the console messages so far have arrived: the answer to a call comes after them.
    pub fn hears_everything(&self) -> Result<(), String> {
        self.call("session.status", json!({})).map(drop)
    }

    /// Takes the browser offline, or online again.
    #[track_caller]
    pub fn set_offline(&self, offline: bool) {
        let conditions = if offline { json!({ "type": "offline" }) } else { Value::Null };
        let wanted = json!({ "networkConditions": conditions });
        self.call("emulation.setNetworkConditions", wanted).unwrap_or_else(|why| panic!("{why}"));
    }

    /// The errors and warnings so far.
    pub fn complaints(&self) -> Vec<String> {
        locked(&self.shared).complaints.clone()
    }

    fn call(&self, method: &str, params: Value) -> Result<Value, String> {
        let (done, answer) = oneshot::channel();
        let id = {
            let mut shared = locked(&self.shared);
            shared.last += 1;
            shared.waiting = Some((shared.last, done));
            shared.last
        };
        // Fails if the writer has ended. Then the reader ends too, and fails the call.
        let call = json!({ "id": id, "method": method, "params": params });
        let _ = self.outgoing.send(call.to_string());
        let answer = try_wait_for(&format!("the answer to {method}"), answer)?;
        let answer = answer.map_err(|_| format!("{method}: the browser went away"))?;
        match answer["type"].as_str() {
            Some("success") => Ok(answer["result"].clone()),
            _ => Err(format!("{method}: {answer}")),
        }
    }
}

impl Shared {
    fn hear(&mut self, message: Value) {
        if message["method"] == "log.entryAdded" {
            self.complaints.extend(complaint(&message["params"]));
        } else if let Some((id, done)) = self.waiting.take() {
            if message["id"] == id {
                // Fails if the caller has timed out.
                let _ = done.send(message);
            } else {
                self.waiting = Some((id, done));
            }
        }
    }
}

/// The error or warning in an entry of the log.
fn complaint(entry: &Value) -> Option<String> {
    let level = entry["level"].as_str()?;
    let text = entry["text"].as_str().unwrap_or_default();
    let url = entry["stackTrace"]["callFrames"][0]["url"].as_str().unwrap_or_default();
    matches!(level, "error" | "warn").then(|| format!("{level}: {text} ({url})"))
}

fn locked(shared: &Mutex<Shared>) -> std::sync::MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
