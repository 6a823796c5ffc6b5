//! The widget's state, and what the visitor and the host page can do to it.

pub mod closing;
mod drafts;
mod greeting;
mod home;
mod key;
mod reading;
mod threads;

use std::cell::{Cell, OnceCell, RefCell, RefMut};
use std::rc::{Rc, Weak};

use js_sys::Function;
use leptos::prelude::{document, window};
use porchlight_browser::js::get;
use porchlight_browser::scroll::Scroll;
use porchlight_browser::storage::{Outbox, Shelf};
use porchlight_browser::{Api, Driver, Identity, Timeout, dates, page};
use porchlight_client::hold::Hold;
use porchlight_client::{Command, Input, Machine, Me};
use porchlight_protocol::wire::SiteConfig;
use porchlight_protocol::{Millis, VisitorKey};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use self::closing::Wishes;
use crate::host::{Host, HostMessage};
use crate::keep::Keeper;
use crate::kept::{Kept, OFF, ON, SOUND};
use crate::screen::Screen;
use crate::shell::WidgetShell;
use crate::toast::Standing;
use crate::words::{Word, say};
use crate::{events, keep, locale, view, words};

/// Milliseconds after which the live region is cleared, so that a screen reader that reads the page
/// finds no old announcement.
const HEARD_AFTER_MS: u64 = 10_000;

/// The widget. Only [`crate::shell`] and the functions here change its [`Screen`].
pub struct App {
    /// The view model. [`App::paint`] changes it.
    pub screen: RefCell<Screen>,
    /// Renders the screen.
    render: Closure<dyn FnMut()>,
    /// A render is queued as a microtask.
    is_render_queued: Cell<bool>,
    /// Restores focus and scroll position after a render.
    pub keeper: Keeper,
    /// The panel is open.
    pub open: Cell<bool>,
    /// The end of the log is in view.
    pub at_end: Cell<bool>,
    /// How the log stood when it was scrolled last.
    scroll: Cell<Scroll>,
    /// The language that the visitor wants, for the site's own texts.
    pub locale: RefCell<String>,
    /// The language of dates: the same, where there are words in it.
    pub dates: RefCell<String>,
    /// The path of the host page; empty where there is none.
    page: RefCell<String>,
    /// The channel to the host page.
    pub host: Rc<Host>,
    config: SiteConfig,
    driver: OnceCell<Driver>,
    /// Numbers the threads that are opened, see [`crate::screen::Thread::number`].
    shown: Cell<u32>,
    /// Drafts and outbox, as the host page stores them.
    kept: Rc<Kept>,
    /// The place to go to once Home is there, see [`HostMessage::Init`].
    wanted: RefCell<Option<String>>,
    /// When the visitor typed last.
    typed_at: Cell<Millis>,
    /// The key that this tab has proposed.
    proposed: RefCell<Option<VisitorKey>>,
    /// Calls [`Driver::join`] once the server knows the key that another tab has proposed.
    join: RefCell<Option<Timeout>>,
    /// Renders times again when the warning before closing needs it.
    later: RefCell<Option<Timeout>>,
    /// Whether Home's lines keep their places under the pointer.
    hold: Cell<Hold>,
    /// Lets Home's lines take their places again.
    held: RefCell<Option<Timeout>>,
    /// The default of the sound switch; `None` where the host page plays no sound.
    sound: Cell<Option<bool>>,
    /// Renders times again each minute.
    minute: RefCell<Option<Timeout>>,
    /// The last text of the live region, and the timer that clears it.
    heard: RefCell<(String, Option<Timeout>)>,
    /// Acts that the server has not answered.
    pub wishes: Wishes,
    /// How long the toast stays.
    pub standing: Standing,
}

impl App {
    /// Renders an empty Home and waits for the host page's `init`, which carries the visitor's key.
    pub fn start(config: SiteConfig) -> Rc<Self> {
        let screen = Screen::new(config.name.clone());
        let mut show = view::mount(&screen);
        let host = Host::new(&config);
        let app = Rc::new_cyclic(|app: &Weak<App>| App {
            screen: RefCell::new(screen),
            render: Closure::new({
                let app = app.clone();
                move || {
                    if let Some(app) = app.upgrade() {
                        app.is_render_queued.set(false);
                        show(&app.screen);
                        app.tell_place();
                        keep::put_back(&app);
                    }
                }
            }),
            is_render_queued: Cell::new(false),
            keeper: Keeper::default(),
            open: Cell::new(false),
            at_end: Cell::new(true),
            scroll: Cell::default(),
            locale: RefCell::default(),
            dates: RefCell::default(),
            page: RefCell::default(),
            kept: Kept::new(host.clone()),
            wanted: RefCell::default(),
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

    /// Gives the screen to be changed, and queues a render as a microtask. Focus and scroll position are
    /// kept.
    pub fn paint(self: &Rc<Self>) -> RefMut<'_, Screen> {
        keep::hold(self);
        if !self.is_render_queued.replace(true) {
            window().queue_microtask(self.render.as_ref().unchecked_ref());
        }
        self.screen.borrow_mut()
    }

    fn hear(self: &Rc<Self>, message: HostMessage) {
        match message {
            HostMessage::Init { key, kept, locale, color, sound, open, layout, place } => {
                self.speak(&locale);
                // A preview is looked at from outside, and takes no focus away.
                self.open.set(open && !self.is_preview());
                if let Some(color) = color {
                    set_accent(&color);
                }
                self.paint().layout = layout;
                if !self.is_preview() {
                    self.kept.take(kept);
                    self.sound.set(sound);
                    self.wanted.replace(place);
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
            HostMessage::Page(path) => {
                self.page.replace(path);
                self.offer_bot();
            }
            HostMessage::Start(bot) => self.begin_for_page(&bot),
            HostMessage::Layout(layout) => self.paint().layout = layout,
            HostMessage::Key(key) => self.take_key(key),
            HostMessage::Kept(changes) => self.follow(changes),
            HostMessage::Sample(sample) => self.show_sample(&sample),
        }
    }

    /// Sets the visitor's language.
    pub fn speak(&self, locale: &str) {
        let locale = locale::checked(locale);
        self.dates.replace(dates::locale(&locale, &words::language()).to_owned());
        self.locale.replace(locale);
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
        let mut machine = Machine::new(Me::Visitor);
        machine.set_live_chat_off(self.config.live_chat_off);
        machine.set_away(self.config.away.clone());
        let driver = Driver::new(machine, api, outbox, shell);
        if self.driver.set(driver.clone()).is_err() {
            return;
        }
        {
            let mut screen = self.paint();
            screen.link.known = known;
            if known {
                screen.said = say(Word::HomeLoading);
            }
        }
        driver.boot(known);
        self.look_again();
        if !known {
            self.return_to_place();
        }
        let app = self.clone();
        page::listen("visibilitychange", move |_| app.come_back());
    }

    /// True in the preview on the settings page.
    pub fn is_preview(&self) -> bool {
        self.config.preview
    }

    /// The driver, once `init` has come.
    pub fn driver(&self) -> Option<&Driver> {
        self.driver.get()
    }

    /// The panel is open and the page visible.
    pub fn is_seen(&self) -> bool {
        self.open.get() && page::is_visible()
    }

    /// Reloads the widget's document.
    pub fn reload(&self) {
        let _ = window().location().reload();
    }

    /// Opens the dialog with search and transcripts, which the document imports (`loader/history`).
    pub fn open_history(&self) {
        let identity = self.driver().map(|driver| driver.api().identity());
        if let Some(Identity::Visitor { key, .. }) = identity
            && let Some(key) = &*key.borrow()
        {
            let open: Function = get(&window(), "porchlightHistory").unchecked_into();
            let _ = open.call1(&open, &key.as_str().into());
        }
    }

    fn dispatch(&self, input: Input) {
        if let Some(driver) = self.driver.get() {
            driver.dispatch(input);
        }
    }

    /// Hands a command to the machine.
    pub fn command(&self, command: Command) {
        self.dispatch(Input::Command(command));
    }

    /// Connects and sends now what waits for its back-off.
    pub fn reconnect(&self) {
        self.command(Command::TryNow);
    }

    /// Sets [`Screen::sound`] from what is kept, or else from the host page's default.
    fn show_sound(self: &Rc<Self>) {
        if let Some(default) = self.sound.get() {
            let kept = self.kept.get(SOUND);
            let on = if kept.is_empty() { default } else { kept != OFF };
            self.paint().sound = Some(on);
        }
    }

    /// Switches the sound for new messages on or off.
    pub fn turn_sound(self: &Rc<Self>) {
        let on = self.screen.borrow().sound == Some(true);
        self.kept.put(SOUND, Some(if on { OFF } else { ON }));
        self.show_sound();
    }

    /// Clears the live region after [`HEARD_AFTER_MS`].
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
