//! The page around the frame. The loader hands over one `MessageChannel`; every message on it is
//! `{v: 1, type, …}`, and what is not known is passed over. `docs/embedding.md` lists them.
//!
//! Opened by itself the widget is a page: then there is nobody to talk to, and it keeps on its own
//! origin what the loader keeps otherwise ([`Record`]).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Object;
use leptos::prelude::{document, window};
use porchlight_browser::js::{flag, get, object, set, text};
use porchlight_browser::{Timeout, page, storage};
use porchlight_client::Sender;
use porchlight_protocol::VisitorKey;
use porchlight_protocol::wire::SiteConfig;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, MessagePort, StorageEvent};

use crate::kept::Change;
use crate::record::Record;

/// The version of the channel.
const VERSION: u32 = 1;

/// Milliseconds after which a key that was stored is looked at again: a tab that stored its own in the
/// same instant has done so by then.
const KEY_STANDS_AFTER_MS: u64 = 100;

/// What the page around us says.
pub enum HostMessage {
    /// Comes first, once.
    Init {
        /// The visitor's key, if there is one.
        key: Option<VisitorKey>,
        /// What is kept for the visitor, by name.
        kept: Vec<Change>,
        /// The language of the page, for dates.
        locale: String,
        /// The accent that the script tag wants.
        color: Option<String>,
        /// A new answer makes a sound, unless the visitor wants it otherwise. `None` from a page that
        /// makes none.
        sound: Option<bool>,
        /// The panel is open.
        open: bool,
        /// How much of the screen is ours.
        layout: Layout,
    },
    /// The panel was opened or closed.
    Open {
        /// It is open now.
        open: bool,
        /// The visitor is in it: if the page opened it while they type elsewhere, the focus stays there.
        focus: bool,
    },
    /// The key that stands: the answer to a proposal, or another tab has got or dropped it.
    Key(Option<VisitorKey>),
    /// Another tab has changed what is kept.
    Kept(Vec<Change>),
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
    /// For a page by itself.
    record: Record,
    /// The page that holds the frame, if there is one.
    parent: Option<JsValue>,
    /// Where the answer to a proposed key goes, for a page by itself.
    hear: RefCell<Option<Hear>>,
    proposed: RefCell<Option<Timeout>>,
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
            record: Record::new(["porchlight:", config.site.as_str()].concat()),
            parent: parent.map(JsValue::from),
            hear: RefCell::default(),
            proposed: RefCell::default(),
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
                    kept: texts(&get(&data, "kept")),
                    locale: text(&data, "locale").unwrap_or_default(),
                    color: text(&data, "color"),
                    sound: get(&data, "sound").as_bool(),
                    open: flag(&data, "open"),
                    layout: layout(&data),
                }),
                Some("opened") => {
                    // An older loader does not say.
                    let focus = get(&data, "focus") != JsValue::FALSE;
                    hear(HostMessage::Open { open: true, focus });
                }
                Some("closed") => hear(HostMessage::Open { open: false, focus: false }),
                Some("key") => hear(HostMessage::Key(key(&data))),
                Some("kept") => hear(HostMessage::Kept(texts(&get(&data, "changes")))),
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
        self.hear.replace(Some(hear.clone()));
        let (host, heard) = (self.clone(), hear.clone());
        page::listen("storage", move |event| {
            let event: &StorageEvent = event.unchecked_ref();
            // The storage as a whole may have been cleared.
            if event.key().is_none_or(|key| key == host.record.slot()) {
                heard(HostMessage::Key(host.record.key()));
                heard(HostMessage::Kept(host.record.news()));
            }
        });
        let locale = window().navigator().language().unwrap_or_default();
        hear(HostMessage::Init {
            key: self.record.key(),
            kept: self.record.news(),
            locale,
            color: None,
            sound: None,
            open: true,
            layout: Layout::Page,
        });
    }

    fn say(&self, kind: &str, fields: &[(&str, JsValue)]) {
        let message = object(fields);
        set(&message, "v", &VERSION.into());
        set(&message, "type", &kind.into());
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

    /// Proposes a key for the visitor, to be kept unless there is one. The answer is
    /// [`HostMessage::Key`].
    pub fn propose_key(self: &Rc<Self>, key: &VisitorKey) {
        if self.parent.is_some() {
            return self.say("key", &[("visitorKey", key.as_str().into())]);
        }
        self.record.offer_key(key);
        let (host, key) = (self.clone(), key.clone());
        let answer = move || {
            // Where storage is blocked, nobody else can have one.
            let stands = host.record.key().unwrap_or_else(|| key.clone());
            if let Some(hear) = &*host.hear.borrow() {
                hear(HostMessage::Key(Some(stands)));
            }
        };
        self.proposed.replace(Some(Timeout::after(KEY_STANDS_AFTER_MS, answer)));
    }

    /// The visitor's key is worth nothing: it goes, and what is kept with it.
    pub fn forget_key(&self) {
        self.say("forget", &[]);
        if self.parent.is_none() {
            self.record.forget();
        }
    }

    /// Keeps a text under this name beside the visitor's key; `None` removes it.
    pub fn keep(&self, name: &str, text: Option<&str>) {
        if self.parent.is_none() {
            return self.record.keep(name, text);
        }
        let text = text.map_or(JsValue::NULL, JsValue::from);
        self.say("keep", &[("name", name.into()), ("text", text)]);
    }

    /// What earlier versions kept in the storage of the frame's own origin, where the page could not
    /// clear it. It is removed; without a key nobody knows whose it was.
    pub fn take_older(&self, known: bool) -> Vec<(String, String)> {
        let prefix = [self.record.slot(), ":"].concat();
        let mut older = Vec::new();
        for slot in storage::keys(&prefix) {
            let name = slot.strip_prefix(&prefix).filter(|_| known);
            older.extend(name.map(str::to_owned).zip(storage::get(&slot)));
            storage::remove(&slot);
        }
        older
    }

    /// Tells the page of something that its own script may want to know.
    pub fn event(&self, name: &str, detail: Object) {
        self.say("event", &[("name", name.into()), ("detail", detail.into())]);
    }

    /// Tells the page that there is a new message, and whose; not what it says.
    pub fn message(&self, from: Sender) {
        let author = match from {
            Sender::Visitor => "visitor",
            Sender::Agent => "agent",
            Sender::Bot => "bot",
        };
        self.event("message", object(&[("author", author.into())]));
    }
}

fn key(data: &JsValue) -> Option<VisitorKey> {
    text(data, "visitorKey")?.parse().ok()
}

fn layout(data: &JsValue) -> Layout {
    if flag(data, "fullscreen") { Layout::Sheet } else { Layout::Panel }
}

/// The properties of an object; what is no text has been taken away.
pub fn texts(object: &JsValue) -> Vec<Change> {
    let Some(object) = object.dyn_ref::<Object>() else { return Vec::new() };
    let names = Object::keys(object).into_iter().filter_map(|name| name.as_string());
    names.map(|name| (name.clone(), text(object, &name))).collect()
}
