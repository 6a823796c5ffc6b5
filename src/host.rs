//! The channel to the host page. The loader hands over one `MessageChannel`; every message on it is
//! `{v: 1, type, …}`, and unknown types are ignored. `docs/embedding.md` lists them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Object;
use leptos::prelude::window;
use porchlight_browser::js::{flag, get, object, set, text};
use porchlight_browser::{page, storage};
use porchlight_client::Sender;
use porchlight_protocol::VisitorKey;
use porchlight_protocol::wire::SiteConfig;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, MessagePort};

use crate::kept::Change;

/// The version of the channel.
const VERSION: u32 = 1;

/// A message of the host page.
pub enum HostMessage {
    /// The first message, once.
    Init {
        /// The visitor's key, if there is one.
        key: Option<VisitorKey>,
        /// The kept texts, by name.
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
        /// Panel or sheet.
        layout: Layout,
        /// The place that the frame before this one was at, as [`Host::place`] has sent it.
        place: Option<String>,
    },
    /// The panel was opened or closed.
    Open {
        /// It is open now.
        open: bool,
        /// The visitor is in it: if the page opened it while they type elsewhere, the focus stays there.
        focus: bool,
    },
    /// The stored key: the answer to a proposal, or another tab has stored or removed it.
    Key(Option<VisitorKey>),
    /// Another tab has changed kept texts.
    Kept(Vec<Change>),
    /// The panel has begun or ceased to fill the screen.
    Layout(Layout),
    /// The path of the page around the frame.
    Page(String),
    /// The page begins a conversation.
    Start(String),
    /// What a preview shows, as JSON.
    Sample(String),
}

/// How much of the screen the widget has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A panel beside the launcher.
    Panel,
    /// The whole screen of a small device.
    Sheet,
}

impl Layout {
    /// The value of `data-frame`, which the style sheets know.
    pub fn name(self) -> &'static str {
        match self {
            Layout::Panel => "panel",
            Layout::Sheet => "sheet",
        }
    }
}

type Hear = Rc<dyn Fn(HostMessage)>;

/// The widget's end of the channel.
pub struct Host {
    port: RefCell<Option<MessagePort>>,
    /// The page that holds the frame. The server leads a document without one to a page that frames it.
    parent: JsValue,
    /// Before the names under which earlier versions stored texts.
    older: String,
    /// What was told last.
    unread: Cell<Option<usize>>,
    active: Cell<Option<bool>>,
    place: RefCell<String>,
}

impl Host {
    /// A channel that is not connected yet.
    pub fn new(config: &SiteConfig) -> Rc<Self> {
        let parent = window().parent().ok().flatten();
        Host::within(parent.into(), config)
    }

    /// A channel to this window, which holds the frame.
    pub fn within(parent: JsValue, config: &SiteConfig) -> Rc<Self> {
        Rc::new(Host {
            port: RefCell::default(),
            parent,
            older: ["porchlight:", config.site.as_str(), ":"].concat(),
            unread: Cell::new(None),
            active: Cell::new(None),
            place: RefCell::default(),
        })
    }

    /// Waits for the loader's channel.
    pub fn listen(self: Rc<Self>, config: &SiteConfig, hear: impl Fn(HostMessage) + 'static) {
        let (origins, hear) = (config.allow_origins.clone(), Rc::new(hear) as Hear);
        page::listen("message", move |event| {
            let event: &MessageEvent = event.unchecked_ref();
            let from_parent = event.source().map(JsValue::from).as_ref() == Some(&self.parent);
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
            if let Some(path) = text(&data, "page") {
                hear(HostMessage::Page(path));
            }
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
                    place: text(&data, "place"),
                }),
                Some("opened") => {
                    // An older loader does not say.
                    let focus = get(&data, "focus") != JsValue::FALSE;
                    hear(HostMessage::Open { open: true, focus });
                }
                Some("closed") => hear(HostMessage::Open { open: false, focus: false }),
                Some("key") => hear(HostMessage::Key(key(&data))),
                Some("kept") => hear(HostMessage::Kept(texts(&get(&data, "changes")))),
                Some("start") => hear(HostMessage::Start(text(&data, "bot").unwrap_or_default())),
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

    fn say(&self, kind: &str, fields: &[(&str, JsValue)]) {
        let message = object(fields);
        set(&message, "v", &VERSION.into());
        set(&message, "type", &kind.into());
        if let Some(port) = &*self.port.borrow() {
            let _ = port.post_message(&message);
        }
    }

    /// Asks the loader to close the panel.
    pub fn close(&self) {
        self.say("close", &[]);
    }

    /// Sends the number of unread messages, for the badge.
    pub fn unread(&self, count: usize) {
        if self.unread.replace(Some(count)) == Some(count) {
            return;
        }
        self.say("unread", &[("count", JsValue::from_f64(count as f64))]);
    }

    /// Sends whether something is open or unread, for which the next page loads the frame at once.
    pub fn active(&self, open: bool) {
        if self.active.replace(Some(open)) != Some(open) {
            self.say("active", &[("open", open.into())]);
        }
    }

    /// Sends the place of the shown thread, empty on Home: a frame that takes this one's place, in another language,
    /// goes there.
    pub fn place(&self, place: &str) {
        if self.place.replace(place.to_owned()) != place {
            self.say("place", &[("place", place.into())]);
        }
    }

    /// Proposes a key for the visitor, to be kept unless there is one. The answer is
    /// [`HostMessage::Key`].
    pub fn propose_key(&self, key: &VisitorKey) {
        self.say("key", &[("visitorKey", key.as_str().into())]);
    }

    /// Removes the record: the key is invalid.
    pub fn forget_key(&self) {
        self.say("forget", &[]);
    }

    /// Keeps a text under this name beside the visitor's key; `None` removes it.
    pub fn keep(&self, name: &str, text: Option<&str>) {
        let text = text.map_or(JsValue::NULL, JsValue::from);
        self.say("keep", &[("name", name.into()), ("text", text)]);
    }

    /// Removes and returns what earlier versions stored on the frame's own origin. Without a key it
    /// may be another person's, and nothing is returned.
    pub fn take_older(&self, known: bool) -> Vec<(String, String)> {
        let mut older = Vec::new();
        for slot in storage::keys(&self.older) {
            let name = slot.strip_prefix(&self.older).filter(|_| known);
            older.extend(name.map(str::to_owned).zip(storage::get(&slot)));
            storage::remove(&slot);
        }
        older
    }

    /// Sends an event for the host page's listeners.
    pub fn event(&self, name: &str, detail: Object) {
        self.say("event", &[("name", name.into()), ("detail", detail.into())]);
    }

    /// Sends the event `message`, without the text.
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

/// The properties of an object; `None` for those that are not strings.
fn texts(object: &JsValue) -> Vec<Change> {
    let Some(object) = object.dyn_ref::<Object>() else { return Vec::new() };
    let names = Object::keys(object).into_iter().filter_map(|name| name.as_string());
    names.map(|name| (name.clone(), text(object, &name))).collect()
}
