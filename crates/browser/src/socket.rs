//! The socket. Its first frame says who is there: no secret stands in an address.

use porchlight_protocol::json::FromJson;
use porchlight_protocol::wire::{ClientFrame, ServerFrame};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, MessageEvent, WebSocket};

use crate::json::{print, tree};

/// A socket that says hello by itself and is closed when it is dropped.
pub(crate) struct Socket {
    socket: WebSocket,
    _open: Closure<dyn FnMut()>,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _end: Closure<dyn FnMut(Event)>,
}

impl Socket {
    /// Opens one. `on_end` may be called more than once; `None` if the browser refuses at once.
    pub fn open(
        hello: &ClientFrame,
        mut on_frame: impl FnMut(ServerFrame) + 'static,
        mut on_end: impl FnMut() + 'static,
    ) -> Option<Self> {
        let socket = WebSocket::new(&address()?).ok()?;
        let hello = print(hello)?;
        let opened = socket.clone();
        let open = Closure::<dyn FnMut()>::new(move || {
            let _ = opened.send_with_str(&hello);
        });
        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let tree = event.data().as_string().and_then(|text| tree(&text));
            let frame = tree.and_then(|json| ServerFrame::from_json(json).ok());
            let frame = frame.unwrap_or(ServerFrame::Other);
            if frame == ServerFrame::Other {
                web_sys::console::warn_1(&"[Porchlight] A frame was not understood.".into());
            }
            on_frame(frame);
        });
        let end = Closure::<dyn FnMut(Event)>::new(move |_| on_end());
        socket.set_onopen(Some(open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(end.as_ref().unchecked_ref()));
        Some(Socket { socket, _open: open, _message: message, _end: end })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close();
    }
}

fn address() -> Option<String> {
    let location = web_sys::window()?.location();
    let scheme = if location.protocol().ok()? == "https:" { "wss://" } else { "ws://" };
    Some([scheme, &location.host().ok()?, "/api/v1/socket"].concat())
}
