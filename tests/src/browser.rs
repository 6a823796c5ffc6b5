//! A person's browser: a profile in the story's Chromium, or a process with a profile of its own.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::WebDriver;
use thirtyfour::error::WebDriverResult;

use crate::cdp::Cdp;
use crate::driver::{Beyond, Driver};
use crate::engine::Engine;
use crate::runtime::try_wait_for;
use crate::screen::{Place, Screen};
use crate::wait::until;

/// The preferred colour scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    /// Light.
    Day,
    /// Dark.
    Night,
}

/// The size and colour scheme of a window.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
}

impl Look {
    /// A desktop window.
    pub const DESK: Look = Look { width: 1280, height: 860 };
    /// A phone.
    pub const PHONE: Look = Look { width: 390, height: 780 };
    /// A phone in landscape orientation.
    pub const PHONE_ON_ITS_SIDE: Look = Look { width: 812, height: 375 };
    /// A desktop window at 400 % zoom.
    pub const ENLARGED: Look = Look { width: 320, height: 256 };
}

/// The browsers of a story.
#[derive(Debug)]
pub struct Browsers {
    engine: Engine,
    /// Where their drivers' logs go.
    folder: PathBuf,
    light: Light,
    /// The Chromium of everybody. In another engine, each person has a process.
    shared: Option<Arc<Running>>,
}

impl Browsers {
    /// Starts what persons share.
    pub fn start(folder: &Path, light: Light) -> Browsers {
        let engine = Engine::chosen();
        let shared = (engine == Engine::Chromium).then(|| Running::start(engine, folder, light));
        Browsers { engine, folder: folder.to_owned(), light, shared }
    }

    /// The browser of a person, with a new profile.
    pub fn of_somebody(&self, name: &str) -> Arc<Browser> {
        let running = match &self.shared {
            Some(shared) => shared.clone(),
            None => Running::start(self.engine, &self.folder, self.light),
        };
        let profile = match &running.driver.beyond {
            Beyond::Cdp(cdp) => {
                let made = cdp.call(None, "Target.createBrowserContext", json!({}));
                text(&made["browserContextId"])
            }
            Beyond::Bidi(_) | Beyond::Nothing => String::new(),
        };
        let windows = Mutex::default();
        Arc::new(Browser { name: name.to_owned(), running, profile, windows })
    }
}

/// A browser's process: in Chromium with the profiles of all persons, in another engine with the only one.
#[derive(Debug)]
struct Running {
    driver: Driver,
    light: Light,
    /// The document that the driver was switched to last.
    here: Mutex<Option<Place>>,
    /// The first request that timed out. Later ones fail at once, because each would wait for the full timeout.
    silent: Mutex<Option<String>>,
}

impl Running {
    fn start(engine: Engine, folder: &Path, light: Light) -> Arc<Running> {
        let driver = Driver::start(engine, folder, light == Light::Night);
        Arc::new(Running { driver, light, here: Mutex::default(), silent: Mutex::default() })
    }

    fn web(&self) -> &WebDriver {
        self.driver.web.as_ref().expect("the driver is there until the end")
    }
}

/// How long a window that was asked for another size may keep the old one.
const RESIZING: Duration = Duration::from_millis(500);

/// A size that a window was asked for.
struct Asked {
    size: (i64, i64),
    /// The viewport at that moment.
    inner: (i64, i64),
    at: Instant,
}

impl Asked {
    fn is_answered_by(&self, inner: (i64, i64)) -> bool {
        inner != self.inner || self.at.elapsed() > RESIZING
    }
}

/// A person's browser.
pub struct Browser {
    /// The name of the person.
    pub name: String,
    running: Arc<Running>,
    /// The person's profile in Chromium; empty where the process has only one.
    profile: String,
    windows: Mutex<Vec<String>>,
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Browser {
    /// Opens a window.
    #[track_caller]
    pub fn window(self: &Arc<Self>, look: Look) -> Screen {
        let window = match &self.running.driver.beyond {
            Beyond::Cdp(cdp) => self.window_of_chromium(cdp, look),
            Beyond::Bidi(_) | Beyond::Nothing => self.window_by_webdriver(look),
        };
        self.windows.lock().unwrap().push(window.clone());
        let screen = Screen::of_window(self.clone(), &window);
        let dark = "return matchMedia('(prefers-color-scheme: dark)').matches";
        let is_dark: bool = screen.script(dark, json!([]));
        assert_eq!(
            is_dark,
            self.running.light == Light::Night,
            "the browser prefers other colours"
        );
        screen
    }

    fn window_of_chromium(&self, cdp: &Cdp, look: Look) -> String {
        let made = cdp.call(
            None,
            "Target.createTarget",
            json!({
                "url": "about:blank",
                "browserContextId": self.profile,
                "newWindow": true,
                "width": look.width,
                "height": look.height,
            }),
        );
        let window = text(&made["targetId"]);
        let session = until("the window to open", || {
            let session = cdp.session_with(&window);
            session.ok_or_else(|| "it does not".to_owned())
        });
        // The window's frame takes some of the size, so the viewport is set to the wanted size.
        cdp.call(
            Some(&session),
            "Emulation.setDeviceMetricsOverride",
            json!({
                "width": look.width, "height": look.height, "deviceScaleFactor": 1, "mobile": false,
            }),
        );
        window
    }

    /// A session begins with a window, which becomes the first.
    #[track_caller]
    fn window_by_webdriver(&self, look: Look) -> String {
        let is_first = self.windows.lock().unwrap().is_empty();
        let opened = self.run("a window", async |web| {
            let window = if is_first { web.window().await? } else { web.new_window().await? };
            web.switch_to_window(window.clone()).await?;
            Ok(window)
        });
        self.forget_place();
        let window = opened.unwrap_or_else(|error| panic!("a window: {error}"));
        self.has_size(look);
        window.to_string()
    }

    /// Makes the viewport of the window in front as large as wanted. The window's frame takes some of the size that
    /// is asked for, so what is missing is asked for in addition. A driver may answer before the window has its new
    /// size, so a size counts when it has changed, or has had [`RESIZING`] to do so, and was read twice.
    #[track_caller]
    fn has_size(&self, look: Look) {
        let wanted = (i64::from(look.width), i64::from(look.height));
        let mut asked: Option<Asked> = None;
        let mut before = (0, 0);
        until("the window's size", || {
            let inner = self.run("the window's size", async |web| {
                let inner = web.execute("return [innerWidth, innerHeight]", vec![]).await?;
                inner.convert::<(i64, i64)>()
            })?;
            let is_steady = std::mem::replace(&mut before, inner) == inner;
            if is_steady && inner == wanted {
                return Ok(());
            }
            let (width, height) = match &asked {
                None => wanted,
                Some(asked) if is_steady && asked.is_answered_by(inner) => {
                    (asked.size.0 + wanted.0 - inner.0, asked.size.1 + wanted.1 - inner.1)
                }
                Some(asked) => return Err(format!("it is {inner:?} after {:?}", asked.size)),
            };
            asked = Some(Asked { size: (width, height), inner, at: Instant::now() });
            let side = |side: i64| u32::try_from(side).unwrap_or(1);
            self.run("a window's new size", async |web| {
                web.set_window_rect(0, 0, side(width), side(height)).await
            })?;
            Err(format!("it was {inner:?}"))
        });
    }

    /// The engine of the browser.
    pub(crate) fn engine(&self) -> Engine {
        self.running.driver.engine
    }

    /// Takes this browser offline, or online again.
    #[track_caller]
    pub fn set_offline(&self, offline: bool) {
        match &self.running.driver.beyond {
            Beyond::Bidi(bidi) => bidi.set_offline(offline),
            _ => self.chromium("take a browser offline").set_offline(&self.profile, offline),
        }
    }

    /// Whether it can be given a cookie before it has a page.
    pub(crate) fn takes_cookies(&self) -> bool {
        matches!(self.running.driver.beyond, Beyond::Cdp(_))
    }

    /// Gives it a cookie of an origin.
    #[track_caller]
    pub(crate) fn takes_cookie(&self, origin: &str, name: &str, value: &str) {
        let cookie = json!({ "url": origin, "name": name, "value": value, "httpOnly": true, "sameSite": "Strict" });
        let cookies = json!({ "cookies": [cookie], "browserContextId": self.profile });
        self.chromium("give a browser a cookie").call(None, "Storage.setCookies", cookies);
    }

    /// Waits until the console messages of its pages have arrived.
    pub fn hears_everything(&self) -> Result<(), String> {
        match &self.running.driver.beyond {
            Beyond::Cdp(cdp) => cdp.hears_everything(&self.profile),
            Beyond::Bidi(bidi) => bidi.hears_everything(),
            Beyond::Nothing => Ok(()),
        }
    }

    /// Calls a method of Chromium's own protocol on a window.
    #[track_caller]
    pub(crate) fn of_window(&self, window: &str, method: &str, params: Value) -> Value {
        let cdp = self.chromium(method);
        let session = cdp.session_with(window).expect("the window is open");
        cdp.call(Some(&session), method, params)
    }

    /// Turns the mouse wheel by so many pixels, with the pointer at this place of a window.
    #[track_caller]
    pub(crate) fn turn_wheel(&self, window: &str, (x, y): (f64, f64), by: f64) {
        let turn = json!({ "type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": by });
        self.of_window(window, "Input.dispatchMouseEvent", turn);
    }

    /// Turns forced colours on in all windows of this browser.
    #[track_caller]
    pub fn force_colours(&self) {
        let features = json!([{ "name": "forced-colors", "value": "active" }]);
        let media = json!({ "features": features });
        let cdp = self.chromium("force colours");
        cdp.call_all(&self.profile, "Emulation.setEmulatedMedia", &media);
    }

    /// Gives all windows of this browser a touch screen in place of the mouse. A frame that is added later needs
    /// another call.
    #[track_caller]
    pub fn is_touched(&self) {
        let touch = json!({ "enabled": true });
        let cdp = self.chromium("be a touch screen");
        cdp.call_all(&self.profile, "Emulation.setTouchEmulationEnabled", &touch);
    }

    /// The errors and warnings on the consoles of its pages so far, as far as the engine tells of them.
    pub fn complaints(&self) -> Vec<String> {
        match &self.running.driver.beyond {
            Beyond::Cdp(cdp) => cdp.complaints(&self.profile),
            Beyond::Bidi(bidi) => bidi.complaints(),
            Beyond::Nothing => Vec::new(),
        }
    }

    /// The browser's cookies, by name; by WebDriver those of the open pages.
    #[track_caller]
    pub fn cookies(self: &Arc<Self>) -> Vec<String> {
        if let Beyond::Cdp(cdp) = &self.running.driver.beyond {
            let profile = json!({ "browserContextId": self.profile });
            let got = cdp.call(None, "Storage.getCookies", profile);
            let cookies = got["cookies"].as_array().cloned().unwrap_or_default();
            return cookies.iter().map(|cookie| text(&cookie["name"])).collect();
        }
        self.windows().iter().flat_map(Screen::cookies).collect()
    }

    /// The browser's windows, in the order in which they were opened.
    pub fn windows(self: &Arc<Self>) -> Vec<Screen> {
        let windows = self.windows.lock().unwrap().clone();
        windows.iter().map(|window| Screen::of_window(self.clone(), window)).collect()
    }

    /// The DevTools protocol, for what WebDriver has no way to ask for.
    ///
    /// # Panics
    /// In another engine than Chromium: a story that needs this does not run there.
    #[track_caller]
    fn chromium(&self, what: &str) -> &Cdp {
        match &self.running.driver.beyond {
            Beyond::Cdp(cdp) => cdp,
            Beyond::Bidi(_) | Beyond::Nothing => panic!(
                "no driver of {} can {what}: the story has to be left out there, in \
                 xtask/src/test/engines.rs",
                self.engine()
            ),
        }
    }

    /// Switches the driver to a place, and runs `act` there. `what` names the act in error messages.
    pub(crate) fn at<T>(
        &self,
        place: &Place,
        what: &str,
        act: impl AsyncFnOnce(&WebDriver) -> WebDriverResult<T>,
    ) -> Result<T, String> {
        let mut here = self.running.here.lock().unwrap();
        let known = here.as_ref() == Some(place);
        // Until it is there, and after an error, the driver's place is unknown.
        *here = None;
        let done = self.run(what, async |web| {
            if !known {
                place.enter(web).await?;
            }
            act(web).await
        })?;
        *here = Some(place.clone());
        Ok(done)
    }

    /// Runs `act` with the driver, wherever it is.
    fn run<T>(
        &self,
        what: &str,
        act: impl AsyncFnOnce(&WebDriver) -> WebDriverResult<T>,
    ) -> Result<T, String> {
        if let Some(silent) = &*self.running.silent.lock().unwrap() {
            return Err(format!("the browser is silent: {silent}"));
        }
        let done = try_wait_for(what, act(self.running.web()));
        let done = done.inspect_err(|late| {
            *self.running.silent.lock().unwrap() = Some(late.clone());
        })?;
        done.map_err(|error| {
            let error = error.to_string();
            error.lines().next().unwrap_or_default().to_owned()
        })
    }

    /// Makes the driver switch again before its next act, because the page that it was at has been left.
    pub(crate) fn forget_place(&self) {
        *self.running.here.lock().unwrap() = None;
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
