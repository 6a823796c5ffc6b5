//! Somebody's browser: a profile of their own, in the story's Chromium.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use thirtyfour::WebDriver;

use crate::driver::Driver;
use crate::runtime::try_wait_for;
use crate::screen::{Place, Screen};
use crate::wait::until;

/// How people like their screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    /// Dark on light.
    Day,
    /// Light on dark.
    Night,
}

/// What a window looks like.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
}

impl Look {
    /// A window on a desk.
    pub const DESK: Look = Look { width: 1280, height: 860 };
    /// A phone.
    pub const PHONE: Look = Look { width: 390, height: 780 };
    /// A phone on its side.
    pub const PHONE_ON_ITS_SIDE: Look = Look { width: 812, height: 375 };
    /// A desk's window enlarged to 400 %.
    pub const ENLARGED: Look = Look { width: 320, height: 256 };
}

/// Chromium with everybody in it.
pub struct Chromium {
    driver: Driver,
    /// Where the driver was led last.
    here: Mutex<Option<Place>>,
    /// What it did not answer. It is not asked again: each question would be waited for in full.
    silent: Mutex<Option<String>>,
}

impl Chromium {
    /// Starts it. Its log goes to `folder`.
    pub fn start(folder: &Path, light: Light) -> Arc<Chromium> {
        let driver = Driver::start(folder, light == Light::Night);
        Arc::new(Chromium { driver, here: Mutex::default(), silent: Mutex::default() })
    }

    fn web(&self) -> &WebDriver {
        self.driver.web.as_ref().expect("the driver is there until the end")
    }
}

/// Somebody's browser.
pub struct Browser {
    /// Whose it is.
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
    /// A browser that has never been anywhere.
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
        // The window's frame takes some of its size; what is shown is what was asked for.
        self.cdp().call(
            Some(&session),
            "Emulation.setDeviceMetricsOverride",
            json!({
                "width": look.width, "height": look.height, "deviceScaleFactor": 1, "mobile": false,
            }),
        );
        Screen::of_window(self.clone(), &window)
    }

    /// Takes the network away from everything in this browser, or gives it back.
    pub fn set_offline(&self, offline: bool) {
        self.cdp().set_offline(&self.profile, offline);
    }

    /// Lets what its pages have complained of arrive.
    pub fn hears_everything(&self) -> Result<(), String> {
        self.cdp().hears_everything(&self.profile)
    }

    /// Turns the wheel by so many pixels, with the pointer at this place of a window.
    pub(crate) fn turn_wheel(&self, window: &str, (x, y): (f64, f64), by: f64) {
        let session = self.cdp().session_with(window).expect("the window is open");
        let turn = json!({ "type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": by });
        self.cdp().call(Some(&session), "Input.dispatchMouseEvent", turn);
    }

    /// Paints everything in this browser's windows in the few colours that a person has chosen.
    pub fn force_colours(&self) {
        let features = json!([{ "name": "forced-colors", "value": "active" }]);
        let media = json!({ "features": features });
        self.cdp().call_all(&self.profile, "Emulation.setEmulatedMedia", &media);
    }

    /// What its pages have complained of so far.
    pub fn complaints(&self) -> Vec<String> {
        self.cdp().complaints(&self.profile)
    }

    /// Its cookies, by name.
    pub fn cookies(&self) -> Vec<String> {
        let profile = json!({ "browserContextId": self.profile });
        let got = self.cdp().call(None, "Storage.getCookies", profile);
        let cookies = got["cookies"].as_array().cloned().unwrap_or_default();
        cookies.iter().map(|cookie| text(&cookie["name"])).collect()
    }

    /// Its windows, in the order in which they were opened.
    pub fn windows(self: &Arc<Self>) -> Vec<Screen> {
        let windows = self.windows.lock().unwrap().clone();
        windows.iter().map(|window| Screen::of_window(self.clone(), window)).collect()
    }

    fn cdp(&self) -> &crate::cdp::Cdp {
        &self.chromium.driver.cdp
    }

    /// Leads the driver to a place, and lets it do something there. `what` names it for who waits.
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
        // Until it is there, and after anything that went wrong, nobody knows where it is.
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

    /// The driver must find its way anew: the page it was at is gone.
    pub(crate) fn forget_place(&self) {
        *self.chromium.here.lock().unwrap() = None;
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
