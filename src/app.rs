//! What the visitor can do, and what the page around us can ask for.

pub mod closing;
mod drafts;
mod home;
mod key;
mod reading;
mod threads;

use std::cell::{Cell, OnceCell, RefCell, RefMut};
use std::rc::{Rc, Weak};

use leptos::prelude::{document, window};
use porchlight_browser::storage::{Outbox, Shelf};
use porchlight_browser::{Api, Driver, Identity, Timeout, page};
use porchlight_client::hold::Hold;
use porchlight_client::{Command, Input, Machine, Me};
use porchlight_protocol::wire::SiteConfig;
use porchlight_protocol::{Millis, VisitorKey};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::VisibilityState;

use self::closing::Wishes;
use crate::host::{Host, HostMessage};
use crate::keep::Keeper;
use crate::kept::{Kept, OFF, ON, SOUND};
use crate::screen::Screen;
use crate::shell::WidgetShell;
use crate::toast::Standing;
use crate::{events, keep, locale, text, view};

/// Milliseconds after which what a screen reader was told goes: it is not to be read again.
const HEARD_AFTER_MS: u64 = 10_000;

/// The widget. Only [`crate::shell`] and the functions here change its screen.
pub struct App {
    /// What the views show. [`App::paint`] changes it.
    pub screen: RefCell<Screen>,
    /// Shows the screen anew; `true` while that is about to happen.
    show: (Closure<dyn FnMut()>, Cell<bool>),
    /// What must outlast a change of the screen.
    pub keeper: Keeper,
    /// The panel is open.
    pub open: Cell<bool>,
    /// The end of the log is in view.
    pub at_end: Cell<bool>,
    /// How far the log is scrolled.
    top: Cell<i32>,
    /// The height of what is seen of it.
    height: Cell<i32>,
    /// The language of dates.
    pub locale: RefCell<String>,
    /// The page around us.
    pub host: Rc<Host>,
    config: SiteConfig,
    driver: OnceCell<Driver>,
    /// Counts the threads that were shown.
    shown: Cell<u32>,
    /// What was written and not sent.
    kept: Rc<Kept>,
    /// When the visitor typed last.
    typed_at: Cell<Millis>,
    /// The key that this tab has proposed.
    proposed: RefCell<Option<VisitorKey>>,
    /// Another tab has begun a history.
    join: RefCell<Option<Timeout>>,
    /// What is on the screen will have to be told anew.
    later: RefCell<Option<Timeout>>,
    /// Whether Home's lines keep their places.
    hold: Cell<Hold>,
    /// They take their places again.
    held: RefCell<Option<Timeout>>,
    /// What the page makes of sound by default, where it can make any.
    sound: Cell<Option<bool>>,
    /// Times on the screen are told anew.
    minute: RefCell<Option<Timeout>>,
    /// What a screen reader was told last, and when it goes.
    heard: RefCell<(String, Option<Timeout>)>,
    /// Acts without an answer.
    pub wishes: Wishes,
    /// The toast's time.
    pub standing: Standing,
}

impl App {
    /// Starts to listen to the page around us; the conversation starts when it has said who is there.
    pub fn start(config: SiteConfig) -> Rc<Self> {
        let screen = Screen::new(config.name.clone());
        let mut show = view::mount(&screen);
        let host = Host::new(&config);
        let app = Rc::new_cyclic(|app: &Weak<App>| App {
            screen: RefCell::new(screen),
            show: (
                Closure::new({
                    let app = app.clone();
                    move || {
                        if let Some(app) = app.upgrade() {
                            app.show.1.set(false);
                            show(&app.screen);
                        }
                    }
                }),
                Cell::new(false),
            ),
            keeper: Keeper::default(),
            open: Cell::new(false),
            at_end: Cell::new(true),
            top: Cell::new(0),
            height: Cell::new(0),
            locale: RefCell::default(),
            kept: Kept::new(host.clone()),
            typed_at: Cell::new(0),
            proposed: RefCell::default(),
            host,
            config,
            driver: OnceCell::new(),
            shown: Cell::new(0),
            join: RefCell::default(),
            later: RefCell::default(),
            minute: RefCell::default(),
            hold: Cell::default(),
            held: RefCell::default(),
            sound: Cell::default(),
            heard: RefCell::default(),
            wishes: Wishes::default(),
            standing: Standing::default(),
        });
        events::listen(&app);
        let hearer = app.clone();
        app.host.clone().listen(&app.config, move |message| hearer.hear(message));
        app
    }

    /// Changes the screen; whoever is at it keeps the focus and their place. It is shown anew when
    /// everything that happens now has happened.
    pub fn paint(self: &Rc<Self>) -> RefMut<'_, Screen> {
        keep::hold(self);
        if !self.show.1.replace(true) {
            window().queue_microtask(self.show.0.as_ref().unchecked_ref());
        }
        self.screen.borrow_mut()
    }

    fn hear(self: &Rc<Self>, message: HostMessage) {
        match message {
            HostMessage::Init { key, kept, locale, color, sound, open, layout } => {
                self.locale.replace(locale::checked(&locale));
                // A preview is looked at from outside, and takes no focus away.
                self.open.set(open && !self.is_preview());
                if let Some(color) = color {
                    set_accent(&color);
                }
                self.paint().layout = layout;
                if !self.is_preview() {
                    self.kept.take(kept);
                    self.sound.set(sound);
                    self.show_sound();
                    self.boot(key);
                }
            }
            HostMessage::Open { open, focus } => {
                self.open.set(open);
                if open {
                    if focus && self.place().is_some() {
                        self.keeper.want_focus();
                    }
                    self.come_back();
                }
            }
            HostMessage::Layout(layout) => self.paint().layout = layout,
            HostMessage::Key(key) => self.take_key(key),
            HostMessage::Kept(changes) => self.follow(changes),
            HostMessage::Sample(sample) => self.show_sample(&sample),
        }
    }

    fn boot(self: &Rc<Self>, key: Option<VisitorKey>) {
        let known = key.is_some();
        let site = self.config.site.clone();
        for (name, text) in self.host.take_older(known) {
            if self.kept.get(&name).is_empty() {
                self.kept.put(&name, Some(&text));
            }
        }
        let outbox = Outbox::on(self.kept.clone());
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
        self.look_again();
        let app = self.clone();
        page::listen("visibilitychange", move |_| app.come_back());
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

    /// Tries now what waits: to connect, and to send.
    pub fn reconnect(&self) {
        self.command(Command::TryNow);
    }

    /// Shows whether a new answer makes a sound, where the page around can make one.
    fn show_sound(self: &Rc<Self>) {
        if let Some(default) = self.sound.get() {
            let kept = self.kept.get(SOUND);
            let on = if kept.is_empty() { default } else { kept != OFF };
            self.paint().sound = Some(on);
        }
    }

    /// Turns the sound on or off.
    pub fn turn_sound(self: &Rc<Self>) {
        let on = self.screen.borrow().sound == Some(true);
        self.kept.put(SOUND, Some(if on { OFF } else { ON }));
        self.show_sound();
    }

    /// What a screen reader is told goes after a while.
    pub fn hush(self: &Rc<Self>) {
        let said = self.screen.borrow().said.clone();
        let mut heard = self.heard.borrow_mut();
        if heard.0 != said {
            let app = self.clone();
            let timer = Timeout::after(HEARD_AFTER_MS, move || app.paint().said.clear());
            *heard = (said, Some(timer));
        }
    }
}

fn set_accent(color: &str) {
    if let Some(root) = document().document_element() {
        let root: web_sys::HtmlElement = root.unchecked_into();
        let _ = root.style().set_property("--pl-accent", color);
    }
}
