//! The channel to a frame with the real widget: the preview's, or a trial's. It is handed over as the loader does on a
//! host page. A frame that does not answer within some seconds is reported.
//!
//! The visitor's key that the frame of a trial proposes is held here, in memory: nothing of the visitor stays in the
//! browser.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use js_sys::Array;
use porchlight_browser::{Timeout, js};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlIFrameElement, MessageChannel, MessageEvent, MessagePort};

/// The version of the channel's messages.
const VERSION: u32 = 1;

/// Timeout in milliseconds for the frame to load and answer. Longer than a cold start takes.
const READY_WITHIN_MS: u64 = 8_000;

/// Timeout in milliseconds for an answer of the loaded frame.
const PONG_WITHIN_MS: u64 = 4_000;

/// Milliseconds between two offers of a channel: a loaded document may not listen yet.
const OFFER_EVERY_MS: u64 = 150;

/// A report of the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The frame listens: it can be sent a sample.
    Ready,
    /// The frame has taken the sample.
    Alive,
    /// The frame does not answer in time, or can't go on.
    Silent,
    /// The visitor has closed the chat.
    Closed,
}

/// A channel to a frame, open until dropped.
pub struct Channel(Rc<Inner>);

struct Inner {
    frame: HtmlIFrameElement,
    origin: String,
    locale: String,
    /// The visitor's key, once the frame has proposed one.
    key: RefCell<Option<String>>,
    hear: Box<dyn Fn(Heard)>,
    lines: RefCell<Vec<Line>>,
    port: RefCell<Option<MessagePort>>,
    offer: RefCell<Option<Timeout>>,
    patience: RefCell<Option<Timeout>>,
}

/// Our port of an offered channel.
struct Line {
    port: MessagePort,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
    }
}

impl Channel {
    /// Waits for this frame, on `origin`. `locale` is the language of its dates.
    pub fn new(
        frame: HtmlIFrameElement,
        origin: String,
        locale: String,
        hear: impl Fn(Heard) + 'static,
    ) -> Channel {
        let inner = Rc::new(Inner {
            frame,
            origin,
            locale,
            key: RefCell::default(),
            hear: Box::new(hear),
            lines: RefCell::default(),
            port: RefCell::default(),
            offer: RefCell::default(),
            patience: RefCell::default(),
        });
        inner.wait(READY_WITHIN_MS);
        Channel(inner)
    }

    /// The frame has loaded a new document: closes the channel to the old one.
    pub fn loaded(&self) {
        self.0.port.replace(None);
        self.0.lines.take();
        self.0.offer();
    }

    /// Sends a sample to the frame, if it listens. The frame has to answer.
    pub fn feed(&self, sample: &str) {
        self.0.say("sample", &[("sample", sample.into())]);
        self.ping();
    }

    /// Asks whether the frame is alive, if it listens. It has to answer.
    pub fn ping(&self) {
        self.0.say("ping", &[]);
        if self.0.port.borrow().is_some() && self.0.patience.borrow().is_none() {
            self.0.wait(PONG_WITHIN_MS);
        }
    }
}

impl Inner {
    /// Offers new channels until the frame accepts one.
    fn offer(self: &Rc<Self>) {
        if self.port.borrow().is_some() {
            return;
        }
        let (Some(window), Ok(channel)) = (self.frame.content_window(), MessageChannel::new())
        else {
            return;
        };
        let (inner, port) = (Rc::downgrade(self), channel.port1());
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(inner) = inner.upgrade() {
                inner.heard(&port, &event.data());
            }
        });
        let port = channel.port1();
        port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        self.lines.borrow_mut().push(Line { port, _on_message: on_message });
        let connect = js::object(&[("porchlight", VERSION.into()), ("type", "connect".into())]);
        let ports = Array::of1(&channel.port2());
        let _ = window.post_message_with_transfer(&connect, &self.origin, &ports);
        let inner = Rc::downgrade(self);
        let again = move || with(&inner, |inner| inner.offer());
        self.offer.replace(Some(Timeout::after(OFFER_EVERY_MS, again)));
    }

    fn heard(&self, port: &MessagePort, data: &JsValue) {
        match js::text(data, "type").as_deref() {
            Some("ready") if self.port.borrow().is_none() => {
                self.port.replace(Some(port.clone()));
                self.patience.replace(None);
                self.say(
                    "init",
                    &[
                        ("visitorKey", self.key()),
                        ("locale", self.locale.as_str().into()),
                        ("open", true.into()),
                        ("fullscreen", false.into()),
                    ],
                );
                (self.hear)(Heard::Ready);
            }
            Some("pong") => {
                self.patience.replace(None);
                (self.hear)(Heard::Alive);
            }
            // The first key stays: a second one would be another visitor's.
            Some("key") => {
                let proposed = js::text(data, "visitorKey");
                let mut key = self.key.borrow_mut();
                *key = key.take().or(proposed);
                drop(key);
                self.say("key", &[("visitorKey", self.key())]);
            }
            Some("forget") => drop(self.key.take()),
            Some("close") => (self.hear)(Heard::Closed),
            Some("failed") => (self.hear)(Heard::Silent),
            // The frame also sends messages that nobody needs here.
            _ => {}
        }
    }

    fn key(&self) -> JsValue {
        self.key.borrow().as_deref().map_or(JsValue::NULL, JsValue::from)
    }

    fn wait(self: &Rc<Self>, ms: u64) {
        let inner = Rc::downgrade(self);
        let silent = move || with(&inner, |inner| (inner.hear)(Heard::Silent));
        self.patience.replace(Some(Timeout::after(ms, silent)));
    }

    fn say(&self, kind: &str, fields: &[(&str, JsValue)]) {
        if let Some(port) = &*self.port.borrow() {
            let message = js::object(fields);
            js::set(&message, "v", &VERSION.into());
            js::set(&message, "type", &kind.into());
            let _ = port.post_message(&message);
        }
    }
}

fn with(inner: &Weak<Inner>, run: impl FnOnce(&Rc<Inner>)) {
    if let Some(inner) = inner.upgrade() {
        run(&inner);
    }
}
