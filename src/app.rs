//! What the visitor can do, and what the page around us can ask for.

use std::cell::{Cell, OnceCell, RefCell};
use std::ops::DerefMut;
use std::rc::Rc;

use leptos::prelude::*;
use porchlight_browser::{Api, Driver, Identity, Timeout, client_id, page, storage};
use porchlight_client::{Command, Input, Machine, Me, Place, Writing};
use porchlight_protocol::wire::SiteConfig;
use porchlight_protocol::{ClientId, VisitorKey};
use wasm_bindgen::JsCast;
use web_sys::VisibilityState;

use crate::host::{Host, HostMessage};
use crate::keep::Keeper;
use crate::screen::{Screen, Thread, id_of};
use crate::shell::WidgetShell;
use crate::toast::Pending;
use crate::{acts, host, keep, text};

/// Milliseconds after which a tab uses a key that another one has just made. The server knows a key
/// from its first message on; asked before, it would say that the key opens nothing.
const JOIN_AFTER_MS: u64 = 3_000;

/// The widget. Only [`crate::shell`] and the functions here change its screen.
pub struct App {
    /// What the views show.
    pub screen: ArcRwSignal<Screen>,
    /// What must outlast a change of the screen.
    pub keeper: Keeper,
    /// The panel is open.
    pub open: Cell<bool>,
    /// The end of the log is in view.
    pub at_end: Cell<bool>,
    /// How far the log is scrolled.
    top: Cell<i32>,
    /// The language of dates.
    pub locale: RefCell<String>,
    /// The page around us.
    pub host: Rc<Host>,
    config: SiteConfig,
    driver: OnceCell<Driver>,
    /// Counts the threads that were shown.
    shown: Cell<u32>,
    /// What is being written, by thread. A browser may refuse a frame its storage.
    drafts: RefCell<Vec<(String, String)>>,
    /// Another tab has begun a history.
    join: RefCell<Option<Timeout>>,
    /// What is on the screen will have to be told anew.
    later: RefCell<Option<Timeout>>,
    /// Closings that can be taken back, and acts without an answer.
    pub pending: Pending,
}

impl App {
    /// Starts to listen to the page around us; the conversation starts when it has said who is there.
    pub fn start(config: SiteConfig) -> Rc<Self> {
        let screen = Screen::new(config.name.clone());
        let app = Rc::new(App {
            screen: ArcRwSignal::new(screen),
            keeper: Keeper::default(),
            open: Cell::new(false),
            at_end: Cell::new(true),
            top: Cell::new(0),
            locale: RefCell::default(),
            host: Host::new(&config),
            config,
            driver: OnceCell::new(),
            shown: Cell::new(0),
            drafts: RefCell::default(),
            join: RefCell::default(),
            later: RefCell::default(),
            pending: Pending::default(),
        });
        acts::listen(&app);
        let hearer = app.clone();
        app.host.clone().listen(&app.config, move |message| hearer.hear(message));
        app
    }

    /// Changes the screen; whoever is at it keeps the focus and their place.
    pub fn paint(self: &Rc<Self>) -> impl DerefMut<Target = Screen> {
        keep::hold(self);
        self.screen.write()
    }

    fn hear(self: &Rc<Self>, message: HostMessage) {
        match message {
            HostMessage::Init { key, locale, color, open, layout } => {
                self.locale.replace(checked_locale(&locale));
                // A preview is looked at from outside, and takes no focus away.
                self.open.set(open && !self.is_preview());
                if let Some(color) = color {
                    set_accent(&color);
                }
                self.paint().layout = layout;
                if !self.is_preview() {
                    self.boot(key);
                }
            }
            HostMessage::Open(open) => {
                self.open.set(open);
                if open {
                    if self.place().is_some() {
                        self.keeper.want_focus();
                    }
                    self.look_again();
                }
            }
            HostMessage::Layout(layout) => self.paint().layout = layout,
            HostMessage::Key(key) => self.take_key(key),
            HostMessage::Sample(sample) => self.show_sample(&sample),
        }
    }

    fn boot(self: &Rc<Self>, key: Option<VisitorKey>) {
        let known = key.is_some();
        let site = self.config.site.clone();
        let outbox = storage::Outbox::new(site.as_str());
        let api = Rc::new(Api::new(Identity::Visitor { site, key: key.into() }));
        let shell = Box::new(WidgetShell { app: self.clone() });
        let driver = Driver::new(Machine::new(Me::Visitor), api, outbox, shell);
        if self.driver.set(driver.clone()).is_err() {
            return;
        }
        {
            let mut screen = self.paint();
            screen.link.known = known;
            if known {
                screen.said = text::LOADING_LIST.to_owned();
            }
        }
        driver.boot(known);
        let app = self.clone();
        page::listen("visibilitychange", move |_| app.look_again());
    }

    /// Somebody may be looking now: times are told anew, and what is in view is read.
    fn look_again(self: &Rc<Self>) {
        if let Some(driver) = self.driver.get() {
            driver.read(|machine| WidgetShell { app: self.clone() }.show_times(machine));
        }
        self.read();
    }

    /// Looks again after so many milliseconds; what was to come before is forgotten.
    pub fn look_later(self: &Rc<Self>, ms: u64) {
        let app = self.clone();
        self.later.replace(Some(Timeout::after(ms, move || app.look_again())));
    }

    /// It is not a chat but a preview of one.
    pub fn is_preview(&self) -> bool {
        self.config.preview
    }

    /// The machine and the browser around it, once they are there.
    pub fn driver(&self) -> Option<&Driver> {
        self.driver.get()
    }

    /// Somebody may be looking.
    pub fn is_seen(&self) -> bool {
        self.open.get() && document().visibility_state() == VisibilityState::Visible
    }

    /// Another tab has got or dropped the key. What is on the screen belongs to the old one.
    fn take_key(self: &Rc<Self>, key: Option<VisitorKey>) {
        let Some(driver) = self.driver.get() else { return };
        let Identity::Visitor { key: current, .. } = driver.api().identity() else { return };
        if *current.borrow() == key {
            return;
        }
        let first = current.borrow().is_none();
        if first && self.screen.read_untracked().thread.is_none() {
            current.replace(key);
            let app = self.clone();
            let join = move || {
                app.paint().link.known = true;
                if let Some(driver) = app.driver.get() {
                    driver.join();
                }
            };
            self.join.replace(Some(Timeout::after(JOIN_AFTER_MS, join)));
        } else {
            self.reload();
        }
    }

    /// Loads the widget again, as a new page.
    pub fn reload(&self) {
        let _ = window().location().reload();
    }

    fn dispatch(&self, input: Input) {
        if let Some(driver) = self.driver.get() {
            driver.dispatch(input);
        }
    }

    /// Does what the visitor wants.
    pub fn command(&self, command: Command) {
        self.dispatch(Input::Command(command));
    }

    /// The thread that is shown.
    pub fn place(&self) -> Option<Place> {
        self.screen.read_untracked().thread.as_ref().map(|thread| thread.place.clone())
    }

    /// Shows Home; the focus goes to the line of the thread that was left.
    pub fn go_home(self: &Rc<Self>) {
        let left = self.paint().thread.take();
        if let Some(left) = left {
            self.keeper.leave(id_of(&left.place));
        }
    }

    /// Shows the thread of a line of Home.
    pub fn open_line(self: &Rc<Self>, id: &str) {
        if let Some(place) = self.place_of_line(id) {
            self.show(place);
        }
    }

    /// Closes the conversation of a line of Home.
    pub fn put_away_line(self: &Rc<Self>, id: &str) {
        if let Some(place) = self.place_of_line(id) {
            self.put_away(&place);
        }
    }

    fn place_of_line(&self, id: &str) -> Option<Place> {
        let screen = self.screen.read_untracked();
        let mut lines = screen.home.iter();
        lines.find(|line| id_of(&line.place) == id).map(|line| line.place.clone())
    }

    fn show(self: &Rc<Self>, place: Place) {
        self.keeper.want_focus();
        self.keeper.want_draft();
        self.begin_thread(place.clone());
        self.command(Command::Open(place));
        if let Some(driver) = self.driver.get() {
            driver.read(|machine| WidgetShell { app: self.clone() }.show_thread(machine));
        }
        self.read();
    }

    /// Shows a thread of which nothing is known yet.
    pub fn begin_thread(self: &Rc<Self>, place: Place) {
        let number = self.shown.get().wrapping_add(1);
        self.shown.set(number);
        self.at_end.set(true);
        self.paint().thread = Some(Thread::new(place, number));
    }

    /// Shows the thread of a conversation that is not there yet.
    pub fn show_new(self: &Rc<Self>) {
        let place = Place::New(client_id());
        self.gather_drafts(&place);
        self.show(place);
    }

    /// What was written in a conversation that has left Home would never be seen again: it goes where
    /// it can be sent.
    fn gather_drafts(&self, to: &Place) {
        // Before, nobody knows what is on Home.
        if !self.screen.read_untracked().link.welcomed {
            return;
        }
        let slots = self.draft_slots();
        for slot in storage::keys(&slots) {
            let left = slot.strip_prefix(&slots).filter(|id| self.place_of_line(id).is_none());
            if let Some(id) = left.and_then(|id| id.parse().ok()) {
                self.move_draft(&Place::At(id), to);
            }
        }
    }

    /// From a closed conversation to a new one; what could not be said there comes along.
    pub fn start_new(self: &Rc<Self>) {
        let place = Place::New(client_id());
        if let Some(old) = self.place() {
            self.move_draft(&old, &place);
        }
        self.show(place);
    }

    /// Sends what was written in the shown thread.
    pub fn send(self: &Rc<Self>, text: String) {
        let client_id = {
            let mut screen = self.paint();
            let Some(thread) = &mut screen.thread else { return };
            thread.refused = None;
            match &thread.place {
                // The first message has the name of its place.
                Place::New(name) if thread.rows.is_empty() => name.clone(),
                _ => client_id(),
            }
        };
        let Some(place) = self.place() else { return };
        self.keep_draft(&place, "");
        self.at_end.set(true);
        self.command(Command::Send { place, client_id, text, writing: Writing::Message });
    }

    /// What was refused is not spoken of any more.
    fn forgive(self: &Rc<Self>) {
        if let Some(thread) = &mut self.paint().thread {
            thread.refused = None;
        }
    }

    /// Sends a message again that could not be sent.
    pub fn retry(self: &Rc<Self>, client_id: ClientId) {
        self.forgive();
        self.command(Command::Retry(client_id));
    }

    /// Gives up a message that could not be sent.
    pub fn discard(self: &Rc<Self>, client_id: ClientId) {
        self.forgive();
        self.command(Command::Discard(client_id));
    }

    /// Loads what stands before the loaded part, if anything does.
    pub fn load_older(&self) {
        let id = match &self.screen.read_untracked().thread {
            Some(Thread { place: Place::At(id), has_older: true, loading: false, .. }) => {
                id.clone()
            }
            _ => return,
        };
        self.command(Command::LoadOlder(id));
    }

    /// Tries to connect now.
    pub fn reconnect(&self) {
        self.dispatch(Input::Network { online: true });
    }

    /// The log has moved. It leaves its end only by going up: while messages come in, what is said
    /// of the end may be late.
    pub fn scrolled(self: &Rc<Self>, top: i32, at_end: bool) {
        let up = top < self.top.replace(top);
        self.at_end.set(at_end || self.at_end.get() && !up);
        if at_end {
            let below = self.screen.read_untracked().thread.as_ref().is_some_and(|it| it.below);
            if below && let Some(thread) = &mut self.paint().thread {
                thread.below = false;
            }
            self.read();
        }
    }

    /// What is on the screen was seen, if there is somebody to see it.
    pub fn read(&self) {
        let seen = self.is_seen() && self.at_end.get();
        if let (true, Some(Place::At(id))) = (seen, self.place()) {
            self.command(Command::Read(id));
        }
    }

    fn draft_slot(&self, place: &Place) -> String {
        let place = match place {
            Place::New(_) => "new",
            Place::At(id) => id.as_str(),
        };
        [&self.draft_slots(), place].concat()
    }

    fn draft_slots(&self) -> String {
        ["porchlight:", self.config.site.as_str(), ":draft:"].concat()
    }

    /// What was written in a thread and not sent.
    pub fn draft(&self, place: &Place) -> String {
        let slot = self.draft_slot(place);
        let drafts = self.drafts.borrow();
        match drafts.iter().find(|(written, _)| *written == slot) {
            Some((_, text)) => text.clone(),
            None if self.is_preview() => String::new(),
            None => storage::get(&slot).unwrap_or_default(),
        }
    }

    /// Keeps what is written in a thread.
    pub fn keep_draft(&self, place: &Place, text: &str) {
        let slot = self.draft_slot(place);
        let mut drafts = self.drafts.borrow_mut();
        drafts.retain(|(written, _)| *written != slot);
        if text.is_empty() {
            storage::remove(&slot);
        } else {
            storage::set(&slot, text);
            drafts.push((slot, text.to_owned()));
        }
    }

    /// Puts a text before what is written in a thread.
    pub fn add_to_draft(&self, place: &Place, text: &str) {
        let kept = self.draft(place);
        let between = if text.is_empty() || kept.is_empty() { "" } else { "\n" };
        self.keep_draft(place, &[text, between, &kept].concat());
    }

    /// What was written in one thread goes to another.
    pub fn move_draft(&self, from: &Place, to: &Place) {
        let text = self.draft(from);
        self.keep_draft(from, "");
        self.add_to_draft(to, &text);
    }
}

/// The language as the browser writes it, or English: a page may say anything of itself, and what is
/// no language at all makes `Intl` throw.
pub fn checked_locale(locale: &str) -> String {
    let canonical = || {
        let intl = host::get(&window(), "Intl");
        let check: js_sys::Function = host::get(&intl, "getCanonicalLocales").unchecked_into();
        let list = check.call1(&intl, &locale.into()).ok()?;
        js_sys::Array::from(&list).get(0).as_string()
    };
    canonical().unwrap_or_else(|| "en".to_owned())
}

fn set_accent(color: &str) {
    if let Some(root) = document().document_element() {
        let root: web_sys::HtmlElement = root.unchecked_into();
        let _ = root.style().set_property("--pl-accent", color);
    }
}
