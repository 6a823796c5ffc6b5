//! A person's browser: a profile of its own in the story's Chromium.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use thirtyfour::WebDriver;

use crate::driver::Driver;
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

/// The story's Chromium, with the profiles of all persons.
pub struct Chromium {
    driver: Driver,
    /// The document that the driver was switched to last.
    here: Mutex<Option<Place>>,
    /// The first request that timed out. Later ones fail at once, because each would wait for the full timeout.
    silent: Mutex<Option<String>>,
}

impl Chromium {
    /// Starts Chromium. ChromeDriver's log goes to `folder`.
    pub fn start(folder: &Path, light: Light) -> Arc<Chromium> {
        let driver = Driver::start(folder, light == Light::Night);
        Arc::new(Chromium { driver, here: Mutex::default(), silent: Mutex::default() })
    }

    fn web(&self) -> &WebDriver {
        self.driver.web.as_ref().expect("the driver is there until the end")
    }
}

/// A person's browser.
pub struct Browser {
    /// The name of the person.
    pub name: String,
    chromium: Arc<Chromium>,
    profile: String,
    windows: Mutex<Vec<String>>,
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Browser {
    /// A browser with a new profile.
    pub fn new(chromium: &Arc<Chromium>, name: &str) -> Arc<Browser> {
        let made = chromium.driver.cdp.call(None, "Target.createBrowserContext", json!({}));
        Arc::new(Browser {
            name: name.to_owned(),
            chromium: chromium.clone(),
            profile: text(&made["browserContextId"]),
            windows: Mutex::default(),
        })
    }

    /// Opens a window.
    pub fn window(self: &Arc<Self>, look: Look) -> Screen {
        let made = self.cdp().call(
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
        self.windows.lock().unwrap().push(window.clone());
        let session = until("the window to open", || {
            let session = self.cdp().session_with(&window);
            session.ok_or_else(|| "it does not".to_owned())
        });
        // The window's frame takes some of the size, so the viewport is set to the wanted size.
        self.cdp().call(
            Some(&session),
            "Emulation.setDeviceMetricsOverride",
            json!({
                "width": look.width, "height": look.height, "deviceScaleFactor": 1, "mobile": false,
            }),
        );
        Screen::of_window(self.clone(), &window)
    }

    /// Takes this browser offline, or online again.
    pub fn set_offline(&self, offline: bool) {
        self.cdp().set_offline(&self.profile, offline);
    }

    /// Waits until the console messages of its pages have arrived.
    pub fn hears_everything(&self) -> Result<(), String> {
        self.cdp().hears_everything(&self.profile)
    }

    /// Turns the mouse wheel by so many pixels, with the pointer at this place of a window.
    pub(crate) fn turn_wheel(&self, window: &str, (x, y): (f64, f64), by: f64) {
        let session = self.cdp().session_with(window).expect("the window is open");
        let turn = json!({ "type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": by });
        self.cdp().call(Some(&session), "Input.dispatchMouseEvent", turn);
    }

    /// Turns forced colours on in all windows of this browser.
    pub fn force_colours(&self) {
        let features = json!([{ "name": "forced-colors", "value": "active" }]);
        let media = json!({ "features": features });
        self.cdp().call_all(&self.profile, "Emulation.setEmulatedMedia", &media);
    }

    /// Gives all windows of this browser a touch screen in place of the mouse. A frame that is added later needs
    /// another call.
    pub fn is_touched(&self) {
        let touch = json!({ "enabled": true });
        self.cdp().call_all(&self.profile, "Emulation.setTouchEmulationEnabled", &touch);
    }

    /// The errors and warnings on the consoles of its pages so far.
    pub fn complaints(&self) -> Vec<String> {
        self.cdp().complaints(&self.profile)
    }

    /// The browser's cookies, by name.
    pub fn cookies(&self) -> Vec<String> {
        let profile = json!({ "browserContextId": self.profile });
        let got = self.cdp().call(None, "Storage.getCookies", profile);
        let cookies = got["cookies"].as_array().cloned().unwrap_or_default();
        cookies.iter().map(|cookie| text(&cookie["name"])).collect()
    }

    /// The browser's windows, in the order in which they were opened.
    pub fn windows(self: &Arc<Self>) -> Vec<Screen> {
        let windows = self.windows.lock().unwrap().clone();
        windows.iter().map(|window| Screen::of_window(self.clone(), window)).collect()
    }

    fn cdp(&self) -> &crate::cdp::Cdp {
        &self.chromium.driver.cdp
    }

    /// Switches the driver to a place, and runs `act` there. `what` names the act in error messages.
    pub(crate) fn at<T>(
        &self,
        place: &Place,
        what: &str,
        act: impl AsyncFnOnce(&WebDriver) -> thirtyfour::error::WebDriverResult<T>,
    ) -> Result<T, String> {
        if let Some(silent) = &*self.chromium.silent.lock().unwrap() {
            return Err(format!("the browser is silent: {silent}"));
        }
        let mut here = self.chromium.here.lock().unwrap();
        let known = here.as_ref() == Some(place);
        // Until it is there, and after an error, the driver's place is unknown.
        *here = None;
        let web = self.chromium.web();
        let done = try_wait_for(what, async {
            if !known {
                place.enter(web).await?;
            }
            act(web).await
        });
        let done = done.inspect_err(|late| {
            *self.chromium.silent.lock().unwrap() = Some(late.clone());
        })?;
        if done.is_ok() {
            *here = Some(place.clone());
        }
        done.map_err(|error| {
            let error = error.to_string();
            error.lines().next().unwrap_or_default().to_owned()
        })
    }

    /// Makes the driver switch again before its next act, because the page that it was at has been left.
    pub(crate) fn forget_place(&self) {
        *self.chromium.here.lock().unwrap() = None;
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
