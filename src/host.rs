//! The page around the frame. The loader hands over one `MessageChannel`; every message on it is
//! `{v: 1, type, …}`, and what is not known is passed over. `docs/embedding.md` lists them.
//!
//! Opened by itself the widget is a page: then there is nobody to talk to, and it keeps the visitor's
//! key on its own origin.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Object, Reflect};
use leptos::prelude::{document, window};
use porchlight_browser::{page, storage};
use porchlight_protocol::VisitorKey;
use porchlight_protocol::wire::SiteConfig;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, MessagePort, StorageEvent};

/// The version of the channel.
const VERSION: u32 = 1;

/// What the page around us says.
pub enum HostMessage {
    /// Comes first, once.
    Init {
        /// The visitor's key, if there is one.
        key: Option<VisitorKey>,
        /// The language of the page, for dates.
        locale: String,
        /// The accent that the script tag wants.
        color: Option<String>,
        /// The panel is open.
        open: bool,
        /// How much of the screen is ours.
        layout: Layout,
    },
    /// The panel was opened or closed.
    Open(bool),
    /// Another tab has got a key, or dropped it.
    Key(Option<VisitorKey>),
    /// The panel has changed its form.
    Layout(Layout),
    /// What a preview shows, as JSON.
    Sample(String),
}

/// How much of the screen is ours.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A panel beside the launcher.
    Panel,
    /// The whole screen of a small device.
    Sheet,
    /// A page by itself.
    Page,
}

impl Layout {
    /// The value of `data-frame`, which the style sheets know.
    pub fn name(self) -> &'static str {
        match self {
            Layout::Panel => "panel",
            Layout::Sheet => "sheet",
            Layout::Page => "page",
        }
    }
}

type Hear = Rc<dyn Fn(HostMessage)>;

/// Says things to the page around us.
pub struct Host {
    port: RefCell<Option<MessagePort>>,
    slot: String,
    /// The page that holds the frame, if there is one.
    parent: Option<JsValue>,
    /// What was told last.
    unread: Cell<Option<usize>>,
    active: Cell<Option<bool>>,
}

impl Host {
    /// The page around the widget of this site.
    pub fn new(config: &SiteConfig) -> Rc<Self> {
        let parent = window().parent().ok().flatten().filter(|parent| *parent != window());
        Rc::new(Host {
            port: RefCell::default(),
            slot: ["porchlight:", config.site.as_str()].concat(),
            parent: parent.map(JsValue::from),
            unread: Cell::new(None),
            active: Cell::new(None),
        })
    }

    /// Listens to the page around us, or starts at once if there is none.
    pub fn listen(self: Rc<Self>, config: &SiteConfig, hear: impl Fn(HostMessage) + 'static) {
        let hear: Hear = Rc::new(hear);
        if self.parent.is_some() {
            self.await_channel(config.allow_origins.clone(), hear);
        } else {
            self.be_a_page(hear);
        }
    }

    fn await_channel(self: Rc<Self>, origins: Vec<String>, hear: Hear) {
        page::listen("message", move |event| {
            let event: &MessageEvent = event.unchecked_ref();
            let from_parent = event.source().map(JsValue::from) == self.parent;
            let data = event.data();
            let offer = get(&data, "porchlight").as_f64() == Some(f64::from(VERSION))
                && text(&data, "type").as_deref() == Some("connect");
            let taken = self.port.borrow().is_some();
            if !from_parent || !offer || !origins.contains(&event.origin()) || taken {
                return;
            }
            let port = event.ports().get(0);
            if port.is_truthy() {
                self.take(port.unchecked_into(), hear.clone());
            }
        });
    }

    fn take(self: &Rc<Self>, port: MessagePort, hear: Hear) {
        let host = self.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let data = event.data();
            match text(&data, "type").as_deref() {
                Some("ping") => host.say("pong", &[]),
                Some("init") => hear(HostMessage::Init {
                    key: key(&data),
                    locale: text(&data, "locale").unwrap_or_default(),
                    color: text(&data, "color"),
                    open: flag(&data, "open"),
                    layout: layout(&data),
                }),
                Some("opened") => hear(HostMessage::Open(true)),
                Some("closed") => hear(HostMessage::Open(false)),
                Some("key") => hear(HostMessage::Key(key(&data))),
                Some("layout") => hear(HostMessage::Layout(layout(&data))),
                Some("sample") => {
                    hear(HostMessage::Sample(text(&data, "sample").unwrap_or_default()));
                }
                _ => {}
            }
        });
        port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        on_message.forget();
        self.port.replace(Some(port));
        self.say("ready", &[]);
    }

    fn be_a_page(self: Rc<Self>, hear: Hear) {
        let (slot, heard) = (self.slot.clone(), hear.clone());
        page::listen("storage", move |event| {
            let event: &StorageEvent = event.unchecked_ref();
            if event.key().as_ref() == Some(&slot) {
                heard(HostMessage::Key(stored_key(&slot)));
            }
        });
        let locale = window().navigator().language().unwrap_or_default();
        hear(HostMessage::Init {
            key: stored_key(&self.slot),
            locale,
            color: None,
            open: true,
            layout: Layout::Page,
        });
    }

    fn say(&self, kind: &str, fields: &[(&str, JsValue)]) {
        let message = Object::new();
        set(&message, "v", &VERSION.into());
        set(&message, "type", &kind.into());
        for (name, value) in fields {
            set(&message, name, value);
        }
        if let Some(port) = &*self.port.borrow() {
            let _ = port.post_message(&message);
        }
    }

    /// Asks to be closed: the visitor pressed Escape or the close button.
    pub fn close(&self) {
        self.say("close", &[]);
    }

    /// Tells the number for the launcher's badge.
    pub fn unread(&self, count: usize) {
        if self.unread.replace(Some(count)) == Some(count) {
            return;
        }
        self.say("unread", &[("count", JsValue::from_f64(count as f64))]);
        if self.parent.is_none() {
            let title = match count {
                0 => crate::text::MESSAGES.to_owned(),
                _ => ["(", &count.to_string(), ") ", crate::text::MESSAGES].concat(),
            };
            document().set_title(&title);
        }
    }

    /// Tells whether a conversation goes on, for which the next page should wake us.
    pub fn active(&self, open: bool) {
        if self.active.replace(Some(open)) != Some(open) {
            self.say("active", &[("open", open.into())]);
        }
    }

    /// Hands the visitor's key over to be kept.
    pub fn keep_key(&self, key: &VisitorKey) {
        if self.parent.is_some() {
            self.say("key", &[("visitorKey", key.as_str().into())]);
            return;
        }
        let record = Object::new();
        set(&record, "key", &key.as_str().into());
        if let Ok(text) = js_sys::JSON::stringify(&record) {
            storage::set(&self.slot, &String::from(text));
        }
    }

    /// The visitor's key is worth nothing.
    pub fn forget_key(&self) {
        self.say("forget", &[]);
        if self.parent.is_none() {
            storage::remove(&self.slot);
        }
    }

    /// Tells the page of something that its own script may want to know.
    pub fn event(&self, name: &str) {
        self.say("event", &[("name", name.into()), ("detail", Object::new().into())]);
    }
}

fn set(object: &Object, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}

/// A property, or `undefined`.
pub fn get(data: &JsValue, name: &str) -> JsValue {
    Reflect::get(data, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn text(data: &JsValue, name: &str) -> Option<String> {
    get(data, name).as_string()
}

fn flag(data: &JsValue, name: &str) -> bool {
    get(data, name).is_truthy()
}

fn key(data: &JsValue) -> Option<VisitorKey> {
    text(data, "visitorKey")?.parse().ok()
}

fn layout(data: &JsValue) -> Layout {
    if flag(data, "fullscreen") { Layout::Sheet } else { Layout::Panel }
}

fn stored_key(slot: &str) -> Option<VisitorKey> {
    let record = js_sys::JSON::parse(&storage::get(slot)?).ok()?;
    text(&record, "key")?.parse().ok()
}
