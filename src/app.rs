//! What the visitor can do, and what the page around us can ask for.

use std::cell::{Cell, OnceCell, RefCell};
use std::ops::DerefMut;
use std::rc::Rc;

use leptos::prelude::*;
use porchlight_browser::storage::{Outbox, Shelf};
use porchlight_browser::{Api, Driver, Identity, Timeout, client_id, page, time};
use porchlight_client::{Command, Input, Machine, Me, Place, Writing};
use porchlight_protocol::language::hyphenated;
use porchlight_protocol::wire::SiteConfig;
use porchlight_protocol::{ClientId, ConversationId, Millis, VisitorKey};
use wasm_bindgen::JsCast;
use web_sys::VisibilityState;

use crate::closing::Wishes;
use crate::host::{Host, HostMessage};
use crate::keep::Keeper;
use crate::kept::{Change, DRAFT, Kept, NEW};
use crate::screen::{Screen, Thread, id_of};
use crate::shell::WidgetShell;
use crate::toast::Standing;
use crate::{events, field, host, keep, text};

/// Milliseconds after which a tab uses a key that another one has just made. The server knows a key
/// from its first message on; asked before, it would say that the key opens nothing.
const JOIN_AFTER_MS: u64 = 3_000;

/// Milliseconds after the last key for which the visitor is typing.
const TYPING_MS: Millis = 3_000;

const MINUTE_MS: Millis = 60_000;

/// Milliseconds after which what a screen reader was told goes: it is not to be read again.
const HEARD_AFTER_MS: u64 = 10_000;

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
        let host = Host::new(&config);
        let app = Rc::new(App {
            screen: ArcRwSignal::new(screen),
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
            heard: RefCell::default(),
            wishes: Wishes::default(),
            standing: Standing::default(),
        });
        events::listen(&app);
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
            HostMessage::Init { key, kept, locale, color, open, layout } => {
                self.locale.replace(checked_locale(&locale));
                // A preview is looked at from outside, and takes no focus away.
                self.open.set(open && !self.is_preview());
                if let Some(color) = color {
                    set_accent(&color);
                }
                self.paint().layout = layout;
                if !self.is_preview() {
                    self.kept.take(kept);
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

    /// Somebody may have come back: what was written meanwhile begins at a mark.
    fn come_back(self: &Rc<Self>) {
        if self.is_seen() && self.at_end.get() {
            self.mark_unread();
        }
        self.look_again();
    }

    /// Marks where the messages of the shown thread begin that were not read, and shows that place.
    fn mark_unread(self: &Rc<Self>) {
        let (Some(driver), Some(place)) = (self.driver.get(), self.place()) else { return };
        let first = driver.read(|machine| machine.first_unread(&place));
        if let (Some(first), Some(thread)) = (first, &mut self.paint().thread) {
            thread.mark = Some(first);
            self.at_end.set(false);
            self.keeper.want_mark(true);
        }
    }

    /// Somebody may be looking now: times are told anew, and what is in view is read. As long as they
    /// look, once a minute.
    fn look_again(self: &Rc<Self>) {
        if let Some(driver) = self.driver.get() {
            driver.read(|machine| WidgetShell { app: self.clone() }.show_times(machine));
        }
        self.read();
        let app = self.clone();
        // With the clock's minutes, and so with the day.
        let left_ms = MINUTE_MS - time::now().rem_euclid(MINUTE_MS);
        let next = move || {
            if app.is_seen() {
                app.look_again();
            }
        };
        self.minute.replace(Some(Timeout::after(left_ms.unsigned_abs(), next)));
    }

    /// Looks again after so many milliseconds; an earlier time for it is forgotten.
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

    /// The visitor needs a key, and this one would do. The first one that was kept wins.
    pub fn propose_key(self: &Rc<Self>, key: &VisitorKey) {
        self.proposed.replace(Some(key.clone()));
        self.host.propose_key(key);
        self.paint().link.known = true;
    }

    /// The visitor's key is worth nothing. What stands in the field is still theirs.
    pub fn forget_key(self: &Rc<Self>) {
        self.host.forget_key();
        self.kept.keep_again(self.place().map(|place| self.draft_name(&place)).as_deref());
        self.paint().link.known = false;
    }

    /// The key that stands. If another tab has dropped it, or has one of somebody else, what is on the
    /// screen belongs to nobody here.
    fn take_key(self: &Rc<Self>, key: Option<VisitorKey>) {
        let Some(driver) = self.driver.get() else { return };
        let Identity::Visitor { key: current, .. } = driver.api().identity() else { return };
        if *current.borrow() == key {
            return;
        }
        let none_yet = current.borrow().is_none();
        let Some(key) = key.filter(|_| none_yet) else { return self.reload() };
        driver.use_key(&key);
        if self.proposed.take() != Some(key) {
            let app = self.clone();
            let join = move || {
                app.paint().link.known = true;
                if let Some(driver) = app.driver.get() {
                    driver.join();
                }
            };
            self.join.replace(Some(Timeout::after(JOIN_AFTER_MS, join)));
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
        self.mark_unread();
        self.command(Command::Open(place));
        if let Some(driver) = self.driver.get() {
            driver.read(|machine| WidgetShell { app: self.clone() }.show_thread(machine));
        }
        self.read();
    }

    /// Shows a thread before its rows have been loaded.
    pub fn begin_thread(self: &Rc<Self>, place: Place) {
        let number = self.shown.get().wrapping_add(1);
        self.shown.set(number);
        self.at_end.set(true);
        self.keeper.want_mark(false);
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
        let link = self.screen.read_untracked().link;
        if link.known && !link.welcomed {
            return;
        }
        let to = self.draft_name(to);
        for name in self.kept.drafts() {
            let id = name.strip_prefix(DRAFT).unwrap_or_default();
            if name != to && self.place_of_line(id).is_none() {
                self.move_text(&name, &to);
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
            thread.mark = None;
            match &thread.place {
                // The first message has the name of its place.
                Place::New(name) if thread.rows.is_empty() => name.clone(),
                _ => client_id(),
            }
        };
        let Some(place) = self.place() else { return };
        self.keep_draft(&place, "");
        self.at_end.set(true);
        self.keeper.want_mark(false);
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

    /// Tries again to load what is shown.
    pub fn load_again(&self) {
        if let Some(place) = self.place() {
            self.command(Command::Open(place));
        }
    }

    /// Tries now what waits: to connect, and to send.
    pub fn reconnect(&self) {
        self.command(Command::TryNow);
    }

    /// The log has moved. It leaves its end only by going up: while messages come in, what is said
    /// of the end may be late, and a log that gets another height moves by itself.
    pub fn scrolled(self: &Rc<Self>, top: i32, height: i32, at_end: bool) {
        let resized = height != self.height.replace(height);
        let up = top < self.top.replace(top) && !resized;
        self.at_end.set(at_end || self.at_end.get() && !up);
        if at_end {
            let below = self.screen.read_untracked().thread.as_ref().is_some_and(|it| it.below);
            if below && let Some(thread) = &mut self.paint().thread {
                thread.below = false;
            }
            self.read();
        }
    }

    /// The conversation whose end somebody is looking at.
    pub fn reading(&self) -> Option<ConversationId> {
        match self.place() {
            Some(Place::At(id)) if self.is_seen() && self.at_end.get() => Some(id),
            _ => None,
        }
    }

    /// What is on the screen was seen, if there is somebody to see it.
    pub fn read(&self) {
        if let Some(id) = self.reading() {
            self.command(Command::Read(id));
        }
    }

    /// What a screen reader is told goes after a while.
    pub fn hush(self: &Rc<Self>) {
        let said = self.screen.read_untracked().said.clone();
        let mut heard = self.heard.borrow_mut();
        if heard.0 != said {
            let app = self.clone();
            let timer = Timeout::after(HEARD_AFTER_MS, move || app.paint().said.clear());
            *heard = (said, Some(timer));
        }
    }

    /// Under which name the draft of a place is kept. There is one for whatever is begun next; what has
    /// begun has its own, so that nothing typed there turns up in another conversation.
    fn draft_name(&self, place: &Place) -> String {
        let id = match place {
            Place::New(client_id) if !self.has_begun(client_id) => NEW,
            place => id_of(place),
        };
        [DRAFT, id].concat()
    }

    /// A first message of a new conversation is on its way.
    fn has_begun(&self, client_id: &ClientId) -> bool {
        let screen = self.screen.read_untracked();
        let is_it = |place: &Place| id_of(place) == client_id.as_str();
        screen.home.iter().any(|line| is_it(&line.place))
            || screen.thread.as_ref().is_some_and(|it| is_it(&it.place) && !it.rows.is_empty())
    }

    /// What was written in a thread and not sent.
    pub fn draft(&self, place: &Place) -> String {
        self.kept.get(&self.draft_name(place))
    }

    /// Keeps what is written in a thread.
    pub fn keep_draft(&self, place: &Place, text: &str) {
        self.kept.put(&self.draft_name(place), Some(text));
    }

    /// The visitor types.
    pub fn typed(&self) {
        self.typed_at.set(time::now());
    }

    /// Another tab has changed what is kept. The field of the same thread here goes along.
    fn follow(self: &Rc<Self>, changes: Vec<Change>) {
        for (name, text) in changes {
            let before = self.kept.hear(&name, text.as_deref());
            let Some(place) = self.place().filter(|place| self.draft_name(place) == name) else {
                continue;
            };
            let typing = (0..TYPING_MS).contains(&(time::now() - self.typed_at.get()));
            let left = field::follow(self, &before, text.as_deref().unwrap_or_default(), typing);
            // What was not sent and stands here is kept again.
            if text.is_none()
                && let Some(left) = left
            {
                self.keep_draft(&place, &left);
            }
        }
    }

    /// A text that could not be sent comes back, before what is written in its thread. What did not
    /// begin is a draft of a new conversation again.
    pub fn restore_draft(&self, place: &Place, text: &str) {
        let name = match place {
            Place::New(client_id) => {
                let new = [DRAFT, NEW].concat();
                self.move_text(&[DRAFT, client_id.as_str()].concat(), &new);
                new
            }
            Place::At(id) => [DRAFT, id.as_str()].concat(),
        };
        self.add_text(&name, text);
    }

    /// A new conversation has got its name: what is written in it goes along.
    pub fn name_draft(&self, client_id: &ClientId, id: &ConversationId) {
        let [new, named] = [client_id.as_str(), id.as_str()].map(|id| [DRAFT, id].concat());
        self.move_text(&new, &named);
    }

    fn add_text(&self, name: &str, text: &str) {
        let kept = self.kept.get(name);
        let between = if text.is_empty() || kept.is_empty() { "" } else { "\n" };
        self.kept.put(name, Some(&[text, between, &kept].concat()));
    }

    fn move_text(&self, from: &str, to: &str) {
        let text = self.kept.get(from);
        self.kept.put(from, None);
        self.add_text(to, &text);
    }

    /// What was written in one thread goes to another.
    fn move_draft(&self, from: &Place, to: &Place) {
        self.move_text(&self.draft_name(from), &self.draft_name(to));
    }
}

/// The language as the browser writes it, or English: a page may say anything of itself, and what is
/// no language at all makes `Intl` throw.
pub fn checked_locale(locale: &str) -> String {
    let intl = host::get(&window(), "Intl");
    let check: js_sys::Function = host::get(&intl, "getCanonicalLocales").unchecked_into();
    let written = hyphenated(locale);
    let mut tag = written.as_str();
    loop {
        if let Ok(list) = check.call1(&intl, &tag.into()) {
            let first = js_sys::Array::from(&list).get(0).as_string();
            return first.unwrap_or_else(|| "en".to_owned());
        }
        // A part that is none spoils the whole.
        tag = tag.rsplit_once('-').map_or("en", |(shorter, _)| shorter);
    }
}

fn set_accent(color: &str) {
    if let Some(root) = document().document_element() {
        let root: web_sys::HtmlElement = root.unchecked_into();
        let _ = root.style().set_property("--pl-accent", color);
    }
}
