//! What the views hold: signals to read, and functions for what the visitor does.

use std::rc::Rc;

use leptos::prelude::*;
use porchlight_browser::storage::{self, Outbox};
use porchlight_browser::{Api, Driver, Identity, client_id, time};
use porchlight_client::home::HomeRow;
use porchlight_client::{Command, Input, Link, Machine, Me, Place, Row, RowKey};
use porchlight_protocol::wire::SiteConfig;
use porchlight_protocol::{ClientId, ErrorCode, VisitorKey};
use web_sys::VisibilityState;

use crate::host::{Host, HostMessage, Layout};
use crate::shell::WidgetShell;

/// The widget's state, as the views know it. Only [`crate::shell`] and the functions here write to
/// the signals.
#[derive(Clone, Copy)]
pub struct App {
    /// The site's public settings.
    pub config: StoredValue<SiteConfig>,
    /// The thread that is shown; `None` for Home.
    pub place: RwSignal<Option<Place>>,
    /// Home's lines.
    pub home: RwSignal<Vec<HomeRow>>,
    /// What is known of the shown thread beside its rows.
    pub thread: RwSignal<Thread>,
    /// The shown thread's rows.
    pub rows: RwSignal<Vec<RowEntry>>,
    /// The connection.
    pub link: RwSignal<LinkView>,
    /// What a screen reader is told. One live region for the whole widget.
    pub said: RwSignal<String>,
    /// How much of the screen is ours.
    pub layout: RwSignal<Layout>,
    /// The language of dates.
    pub locale: RwSignal<String>,
    /// Grows when a draft was changed by something else than the field.
    pub restored: RwSignal<u32>,
    /// The panel is open.
    pub open: RwSignal<bool>,
    /// The end of the log is in view.
    pub at_end: RwSignal<bool>,
    driver: StoredValue<Option<Driver>, LocalStorage>,
    host: StoredValue<Option<Rc<Host>>, LocalStorage>,
    /// Counts the threads that were shown, so that rows of two threads never share a key.
    pub(crate) shown: StoredValue<u32>,
}

/// What is known of the shown thread beside its rows.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Thread {
    /// Who it is with.
    pub name: String,
    /// A bot's conversation.
    pub bot: bool,
    /// Somebody is there.
    pub online: bool,
    /// The site wants it marked *Closed*.
    pub marked_closed: bool,
    /// The live chat field is there.
    pub field: bool,
    /// The notice, as a line of the log.
    pub notice_line: Option<String>,
    /// The notice, where the field was.
    pub notice_instead: Option<String>,
    /// Its latest part is on the way.
    pub loading: bool,
    /// Older messages exist.
    pub has_older: bool,
    /// Why the last thing the visitor did was refused.
    pub refused: Option<ErrorCode>,
}

/// A row and its identity. The row is a signal of its own: an unchanged key is never built anew.
#[derive(Clone)]
pub struct RowEntry {
    /// The thread that it belongs to, by the order of showing, and its key there.
    pub key: (u32, RowKey),
    /// What it shows.
    pub state: ArcRwSignal<RowView>,
}

/// What a row shows: the machine's row, and its place among its neighbours.
#[derive(Clone, PartialEq, Eq)]
pub struct RowView {
    /// The machine's row.
    pub row: Row,
    /// The first of a group by the same author.
    pub starts_group: bool,
    /// The first of a day: the day's name.
    pub day: Option<String>,
    /// The newest of the visitor's messages that was sent.
    pub last_sent: bool,
    /// It came while the thread was shown.
    pub is_new: bool,
}

/// The connection, as the visitor is told of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LinkView {
    /// The machine's word.
    pub link: Link,
    /// The list is the server's, not just empty.
    pub welcomed: bool,
    /// The visitor has a history to wait for.
    pub known: bool,
    /// The browser says that there is no network.
    pub offline: bool,
    /// What ended the connection for good.
    pub fault: Option<ErrorCode>,
}

impl App {
    /// Starts to listen to the page around us; the conversation starts when it has said who is there.
    pub fn start(config: SiteConfig) -> Self {
        let app = App {
            config: StoredValue::new(config.clone()),
            place: RwSignal::new(None),
            home: RwSignal::new(Vec::new()),
            thread: RwSignal::new(Thread::default()),
            rows: RwSignal::new(Vec::new()),
            link: RwSignal::new(LinkView {
                link: Link::Connecting,
                welcomed: false,
                known: true,
                offline: false,
                fault: None,
            }),
            said: RwSignal::new(String::new()),
            layout: RwSignal::new(Layout::Panel),
            locale: RwSignal::new(String::new()),
            restored: RwSignal::new(0),
            open: RwSignal::new(false),
            at_end: RwSignal::new(true),
            driver: StoredValue::new_local(None),
            host: StoredValue::new_local(None),
            shown: StoredValue::new(0),
        };
        // A page by itself starts at once, before `connect` has returned the host it would speak to.
        let early = Rc::new(std::cell::RefCell::new(Vec::new()));
        let heard = early.clone();
        let host = Host::connect(&config, move |message| {
            if app.host.with_value(Option::is_some) {
                app.hear(message);
            } else {
                heard.borrow_mut().push(message);
            }
        });
        app.host.set_value(Some(host));
        for message in early.take() {
            app.hear(message);
        }
        app
    }

    fn hear(self, message: HostMessage) {
        match message {
            HostMessage::Init { key, locale, color, open, layout } => {
                self.layout.set(layout);
                self.locale.set(checked_locale(&locale));
                self.open.set(open);
                if let Some(color) = color {
                    set_accent(&color);
                }
                self.boot(key);
            }
            HostMessage::Open(open) => {
                self.open.set(open);
                if open {
                    self.read();
                }
            }
            HostMessage::Layout(layout) => self.layout.set(layout),
            HostMessage::Key(key) => self.take_key(key),
        }
    }

    fn boot(self, key: Option<VisitorKey>) {
        if self.driver.with_value(Option::is_some) {
            return;
        }
        let known = key.is_some();
        let site = self.config.with_value(|config| config.site.clone());
        let outbox = Outbox::new(site.as_str());
        let api = Rc::new(Api::new(Identity::Visitor { site, key: key.into() }));
        let shell = Box::new(WidgetShell { app: self });
        let driver = Driver::new(Machine::new(Me::Visitor), api, outbox, shell);
        self.driver.set_value(Some(driver.clone()));
        self.link.update(|link| link.known = known);
        driver.boot(known);
        let visible = self;
        porchlight_browser::page::listen("visibilitychange", move |_| visible.read());
    }

    /// Another tab has got or dropped the key. What is on the screen belongs to the old one.
    fn take_key(self, key: Option<VisitorKey>) {
        let Some(driver) = self.driver.get_value() else { return };
        let Identity::Visitor { key: current, .. } = driver.api().identity() else { return };
        if *current.borrow() == key {
            return;
        }
        let first = current.borrow().is_none();
        if first && self.place.with_untracked(Option::is_none) {
            current.replace(key);
            driver.dispatch(Input::Boot { known: true, stored: Vec::new() });
        } else {
            self.reload();
        }
    }

    /// Loads the widget again, as a new page.
    pub fn reload(self) {
        let _ = window().location().reload();
    }

    /// Says something to the page around us.
    pub fn with_host(self, say: impl FnOnce(&Host)) {
        self.host.with_value(|host| host.as_ref().map(|host| say(host)));
    }

    pub(crate) fn dispatch(self, input: Input) {
        if let Some(driver) = self.driver.get_value() {
            driver.dispatch(input);
        }
    }

    fn command(self, command: Command) {
        self.dispatch(Input::Command(command));
    }

    /// Shows Home.
    pub fn go_home(self) {
        self.place.set(None);
        self.rows.set(Vec::new());
    }

    /// Shows a thread.
    pub fn show(self, place: Place) {
        self.shown.update_value(|shown| *shown += 1);
        self.at_end.set(true);
        self.rows.set(Vec::new());
        self.thread.set(Thread::default());
        self.place.set(Some(place.clone()));
        self.command(Command::Open(place.clone()));
        if let Some(driver) = self.driver.get_value() {
            driver.read(|machine| WidgetShell { app: self }.show_thread(machine, &place));
        }
        self.read();
    }

    /// Shows the thread of a conversation that is not there yet.
    pub fn show_new(self) {
        self.show(Place::New(client_id()));
    }

    /// From a closed conversation to a new one; what could not be said there comes along.
    pub fn start_new(self) {
        let place = Place::New(client_id());
        if let Some(old) = self.place.get_untracked() {
            let draft = self.draft(&old);
            self.keep_draft(&old, "");
            self.keep_draft(&place, &draft);
        }
        self.show(place);
    }

    /// Sends what was written in the shown thread.
    pub fn send(self, text: String) {
        let Some(place) = self.place.get_untracked() else { return };
        let said_before = !self.rows.with_untracked(Vec::is_empty);
        let client_id = match &place {
            // The first message has the name of its place.
            Place::New(name) if !said_before => name.clone(),
            _ => client_id(),
        };
        self.keep_draft(&place, "");
        self.thread.update(|thread| thread.refused = None);
        self.at_end.set(true);
        self.command(Command::Send { place, client_id, text, then_close: false });
    }

    /// Sends a message again that could not be sent.
    pub fn retry(self, client_id: ClientId) {
        self.command(Command::Retry(client_id));
    }

    /// Gives up a message that could not be sent.
    pub fn discard(self, client_id: ClientId) {
        self.command(Command::Discard(client_id));
    }

    /// Loads what stands before the loaded part.
    pub fn load_older(self) {
        if let Some(Place::At(id)) = self.place.get_untracked() {
            self.command(Command::LoadOlder(id));
        }
    }

    /// Tries to connect now.
    pub fn reconnect(self) {
        self.dispatch(Input::Network { online: true });
    }

    /// What is on the screen was seen, if there is somebody to see it.
    pub fn read(self) {
        let seen = self.open.get_untracked()
            && self.at_end.get_untracked()
            && document().visibility_state() == VisibilityState::Visible;
        if let (true, Some(Place::At(id))) = (seen, self.place.get_untracked()) {
            self.command(Command::Read(id));
        }
    }

    /// Tells a screen reader.
    pub fn say(self, what: impl Into<String>) {
        self.said.set(what.into());
    }

    fn draft_slot(self, place: &Place) -> String {
        let site = self.config.with_value(|config| config.site.clone());
        let place = match place {
            Place::New(_) => "new",
            Place::At(id) => id.as_str(),
        };
        ["porchlight:", site.as_str(), ":draft:", place].concat()
    }

    /// What was written in a thread and not sent.
    pub fn draft(self, place: &Place) -> String {
        storage::get(&self.draft_slot(place)).unwrap_or_default()
    }

    /// Keeps what is written in a thread.
    pub fn keep_draft(self, place: &Place, text: &str) {
        let slot = self.draft_slot(place);
        if text.is_empty() {
            storage::remove(&slot);
        } else {
            storage::set(&slot, text);
        }
    }

    /// The time of day, as the visitor's language writes it.
    pub fn clock(self, at: i64) -> String {
        self.locale.with_untracked(|locale| time::clock(at, locale))
    }
}

/// The language if the browser knows it, else English: a page may say anything of itself.
fn checked_locale(locale: &str) -> String {
    let known = js_sys::Intl::get_canonical_locales(&locale.into());
    if locale.is_empty() || known.length() == 0 { "en".to_owned() } else { locale.to_owned() }
}

fn set_accent(color: &str) {
    use wasm_bindgen::JsCast;
    let root = document().document_element();
    if let Some(root) = root.and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = root.style().set_property("--pl-accent", color);
    }
}
