//! A story: its server, shop and browsers, and the files that it leaves if it fails.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::browser::{Browser, Browsers, Light, Look};
use porchlight_words::CHAT;

use crate::find::Role;
use crate::host::Host;
use crate::inbox::Inbox;
use crate::proxy::{Behind, Proxy};
use crate::screen::Screen;
use crate::server::{self, Demo, Server};
use crate::shop::Shop;

/// Stories that run at once in one process: each starts a browser and a server.
const SEATS: u32 = 2;

static FREE: Mutex<u32> = Mutex::new(SEATS);
static FREED: Condvar = Condvar::new();

/// A permit of the semaphore that limits them.
#[derive(Debug)]
struct Seat;

impl Seat {
    fn take() -> Seat {
        let free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        let none = |free: &mut u32| *free == 0;
        let mut free = FREED.wait_while(free, none).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Seat
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        *FREE.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        FREED.notify_one();
    }
}

/// A running story, and everything that it needs.
pub struct Story {
    /// The server, which can be cut off and killed.
    pub server: Server,
    host: Host,
    browsers: Browsers,
    people: RefCell<Vec<Arc<Browser>>>,
    /// Kept until no browser shows them any more.
    demos: RefCell<Vec<Arc<Demo>>>,
    behind: RefCell<Vec<Arc<Behind>>>,
    forgiven: RefCell<Vec<&'static str>>,
    folder: PathBuf,
    look: Look,
    _seat: Seat,
}

impl Story {
    /// Begins a story in light colours, with desktop windows.
    pub fn begin() -> Story {
        Story::begin_with(Light::Day, Look::DESK)
    }

    /// Begins a story with this colour scheme and this size of windows.
    pub fn begin_with(light: Light, look: Look) -> Story {
        let seat = Seat::take();
        let folder = folder();
        let host = Host::open();
        let server = Server::start(&folder, host.origin());
        host.embed(&server.origin(), &server.site);
        Story {
            server,
            host,
            browsers: Browsers::start(&folder, light),
            people: RefCell::default(),
            demos: RefCell::default(),
            behind: RefCell::default(),
            forgiven: RefCell::default(),
            folder,
            look,
            _seat: seat,
        }
    }

    /// A person with a new browser profile.
    pub fn somebody(&self, name: &str) -> Arc<Browser> {
        let browser = self.browsers.of_somebody(name);
        self.people.borrow_mut().push(browser.clone());
        browser
    }

    /// A visitor comes to the shop for the first time.
    #[track_caller]
    pub fn shop(&self) -> Shop {
        Shop::visit(&self.somebody("visitor"), self.host.origin(), self.look)
    }

    /// A visitor comes to the shop's pages in a language.
    #[track_caller]
    pub fn shop_in(&self, language: &str) -> Shop {
        let address = format!("{}/?lang={language}", self.host.origin());
        let visitor = self.somebody(&format!("visitor-{language}"));
        Shop::visit_in(CHAT.choose(Some(language), None), &visitor, &address, self.look)
    }

    /// The shop's origin.
    pub fn shop_address(&self) -> &str {
        self.host.origin()
    }

    /// A visitor opens the chat as a page of its own.
    #[track_caller]
    pub fn chat_alone(&self) -> Shop {
        let address = format!("{}/c/{}", self.server.origin(), self.server.site);
        Shop::visit_alone(&self.somebody("visitor"), &address, self.look)
    }

    /// Ada, who is an admin, is signed in.
    #[track_caller]
    pub fn inbox(&self) -> Inbox {
        self.inbox_of("Ada", server::ADA)
    }

    /// Ben, who is an agent, is signed in.
    #[track_caller]
    pub fn bens_inbox(&self) -> Inbox {
        self.inbox_of("Ben", server::BEN)
    }

    /// Ada is signed in, in a window of another size.
    #[track_caller]
    pub fn inbox_on(&self, look: Look) -> Inbox {
        self.signed_in("Ada", server::ADA, look)
    }

    /// An agent is signed in.
    #[track_caller]
    pub fn inbox_of(&self, name: &str, email: &str) -> Inbox {
        self.signed_in(name, email, self.look)
    }

    /// An agent's inbox. Where the browser can be given a cookie, they have signed in before, which is faster than
    /// the form. Stories of the form fill it in, see [`Story::inbox_door`].
    #[track_caller]
    fn signed_in(&self, name: &str, email: &str, look: Look) -> Inbox {
        let (browser, origin) = (self.somebody(name), self.server.origin());
        if browser.takes_cookies() {
            let (cookie, value) = self.server.session_of(email);
            browser.takes_cookie(&origin, &cookie, &value);
            let inbox = Inbox::visit(&browser, &origin, look);
            inbox.page.sees(Role::Heading, "Conversations");
            return inbox;
        }
        let inbox = Inbox::visit(&browser, &origin, look);
        inbox.sign_in(email, server::PASSWORD);
        inbox
    }

    /// A person opens the inbox without being signed in.
    #[track_caller]
    pub fn inbox_door(&self, name: &str) -> Inbox {
        Inbox::visit(&self.somebody(name), &self.server.origin(), self.look)
    }

    /// The demo (`porchlight demo`), beside this story's own server.
    pub fn demo(&self) -> Arc<Demo> {
        let demo = Arc::new(Demo::start(&self.folder));
        self.demos.borrow_mut().push(demo.clone());
        demo
    }

    /// A server that was set up by the README's commands, behind a proxy, beside this story's own.
    pub fn behind(&self, proxy: Proxy) -> Arc<Behind> {
        let behind = Arc::new(Behind::start(proxy, &self.folder, self.host.origin()));
        self.behind.borrow_mut().push(behind.clone());
        behind
    }

    /// Puts another script tag on the shop's pages, and lets a new visitor come to it.
    #[track_caller]
    pub fn shop_with(&self, tag: &str) -> Shop {
        self.host.embed_tag(tag);
        self.shop()
    }

    /// Allows console messages with these words: browsers log every failed request, also those that the story
    /// makes fail.
    pub fn forgives(&self, words: &'static str) {
        self.forgiven.borrow_mut().push(words);
    }

    /// Allows console messages about lost connections, in the words of each engine.
    pub fn forgives_lost_connections(&self) {
        self.forgives("net::ERR_");
        self.forgives("WebSocket");
        self.forgives("can’t establish a connection to the server");
        self.forgives("was interrupted while the page was loading");
    }

    /// Saves a screenshot under `target/screens`, for people to look at.
    #[track_caller]
    pub fn keeps_picture(&self, screen: &Screen, name: &str) {
        let folder = server::target().join("screens");
        std::fs::create_dir_all(&folder).expect("a folder under target");
        screen.picture(&folder.join(format!("{name}.png"))).expect("a picture");
    }

    /// The console messages that are not allowed.
    fn complaints(&self) -> Vec<String> {
        let forgiven = self.forgiven.borrow();
        let people = self.people.borrow();
        let all = people.iter().flat_map(|browser| {
            let complaints = browser.complaints().into_iter();
            complaints.map(|text| format!("{}: {text}", browser.name)).collect::<Vec<_>>()
        });
        all.filter(|text| !forgiven.iter().any(|words| text.contains(words))).collect()
    }

    fn keep_evidence(&self, complaints: &[String]) {
        for browser in self.people.borrow().iter() {
            for (number, page) in browser.windows().iter().enumerate() {
                let file =
                    |what: &str| self.folder.join(format!("{}-{number}{what}", browser.name));
                let _ = page.picture(&file(".png"));
                for (screen, what) in [(page.clone(), ".html"), (page.chat(), "-chat.html")] {
                    if let Ok(source) = screen.source() {
                        let _ = std::fs::write(file(what), source);
                    }
                }
            }
        }
        let _ = std::fs::write(self.folder.join("console.log"), complaints.join("\n"));
        println!("what is left of this story: {}", self.folder.display());
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        let failed = std::thread::panicking();
        let mut complaints = Vec::new();
        if !failed {
            let people = self.people.borrow();
            let heard = people.iter().map(|browser| browser.hears_everything());
            complaints.extend(heard.filter_map(Result::err));
        }
        complaints.extend(self.complaints());
        if failed || !complaints.is_empty() {
            self.keep_evidence(&complaints);
        } else {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
        if !failed {
            assert!(complaints.is_empty(), "the console was not empty:\n{}", complaints.join("\n"));
        }
    }
}

/// A new folder with the name of the test.
fn folder() -> PathBuf {
    let thread = std::thread::current();
    let name = std::env::var("NEXTEST_TEST_NAME").ok();
    let name = name.or_else(|| thread.name().map(str::to_owned)).unwrap_or_default();
    let folder = server::target().join("stories").join(name.replace("::", "/"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder under target");
    folder
}
