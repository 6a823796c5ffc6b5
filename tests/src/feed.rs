//! A WebSocket server that sends frames to one page.

use futures_util::SinkExt;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use crate::runtime::{spawn, wait_for};

/// A WebSocket server that sends frames to the page that connects to it.
#[derive(Debug)]
pub struct Feed {
    address: String,
    frames: UnboundedSender<String>,
}

impl Feed {
    /// Starts one. Frames that are sent before the page has connected wait for it.
    pub fn start() -> Feed {
        let listener = wait_for("a port", TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = format!("ws://{}", listener.local_addr().expect("a port"));
        let (frames, mut queue) = unbounded_channel::<String>();
        spawn(async move {
            let Ok((stream, _)) = listener.accept().await else { return };
            let Ok(mut socket) = accept_async(stream).await else { return };
            while let Some(frame) = queue.recv().await {
                if socket.send(Message::text(frame)).await.is_err() {
                    return;
                }
            }
        });
        Feed { address, frames }
    }

    /// The address for the page.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Sends a frame.
    pub fn send(&self, frame: String) {
        let _ = self.frames.send(frame);
    }
}
