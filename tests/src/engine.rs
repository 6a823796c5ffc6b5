//! The engines that stories run in. All of them speak WebDriver; what goes beyond it differs.
//!
//! | | profiles | console, offline | touch, forced colours, wheel |
//! |---|---|---|---|
//! | Chromium | one process for all persons | by the DevTools protocol | by the DevTools protocol |
//! | Firefox | a process for each person | by WebDriver BiDi | – |
//! | WebKit | a process for each person | – | – |
//!
//! Chromium runs every story. Which of them the others run, and which of those an engine has to leave out, is listed
//! in `xtask/src/test/engines.rs`.

use std::fmt;
use std::path::Path;

use serde_json::{Value, json};

use crate::program::path;

/// The environment variable that names the engine; `chromium` if there is none.
const VARIABLE: &str = "PORCHLIGHT_ENGINE";

/// An engine, with the browser that brings it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Blink, in Chromium.
    Chromium,
    /// Gecko, in Firefox ESR.
    Firefox,
    /// WebKit, in the MiniBrowser of WebKitGTK.
    WebKit,
}

/// Chromium's flags. Among them: reduced motion, so that stories don't wait for animations; a process per site,
/// as visitors have; no spare processes, which cost a story a twentieth of its time; and access to the roles and names
/// that screen readers get.
const CHROMIUM_FLAGS: &[&str] = &[
    "--headless=new",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-features=SpareRendererForSitePerProcess",
    "--disable-gpu",
    "--enable-blink-features=ComputedAccessibilityInfo",
    "--force-prefers-reduced-motion",
    "--lang=en-GB",
    "--no-first-run",
    "--site-per-process",
];

impl Engine {
    /// The engine in which stories run.
    ///
    /// # Panics
    /// If `PORCHLIGHT_ENGINE` names none.
    pub fn chosen() -> Engine {
        let name = std::env::var(VARIABLE).unwrap_or_default();
        match name.as_str() {
            "" | "chromium" => Engine::Chromium,
            "firefox" => Engine::Firefox,
            "webkit" => Engine::WebKit,
            other => panic!("{VARIABLE} is chromium, firefox or webkit, not {other:?}"),
        }
    }

    /// The capabilities that a new session asks for.
    pub(crate) fn capabilities(self, dark: bool) -> Value {
        match self {
            Engine::Chromium => chromium(dark),
            Engine::Firefox => firefox(dark),
            Engine::WebKit => webkit(),
        }
    }

    /// The environment of the browser's driver, which hands it on to the browser: what it keeps goes to `profile`.
    pub(crate) fn environment(self, profile: &Path) -> Vec<(&'static str, String)> {
        match self {
            // ChromeDriver makes the profile: it waits for ever for a headless shell whose profile is named to it.
            Engine::Chromium => vec![("TMPDIR", profile.display().to_string())],
            Engine::Firefox => vec![("HOME", profile.display().to_string())],
            Engine::WebKit => {
                let folder = profile.display().to_string();
                let homes = ["HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"];
                let homes = homes.map(|home| (home, folder.clone()));
                // No screen reader listens, and nobody answers on a bus.
                let quiet = [("NO_AT_BRIDGE", "1"), ("GSETTINGS_BACKEND", "memory")];
                homes.into_iter().chain(quiet.map(|(name, on)| (name, on.to_owned()))).collect()
            }
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Engine::Chromium => "Chromium",
            Engine::Firefox => "Firefox",
            Engine::WebKit => "WebKit",
        })
    }
}

fn chromium(dark: bool) -> Value {
    let mut flags: Vec<_> = CHROMIUM_FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
    if dark {
        // 0 is dark, 1 is light. The headless shell does not know `--force-dark-mode`.
        flags.push("--blink-settings=preferredColorScheme=0".to_owned());
    }
    if is_root() {
        flags.push("--no-sandbox".to_owned());
    }
    let mut options = json!({ "args": flags });
    // Without this variable, ChromeDriver looks in the usual places.
    if let Ok(program) = std::env::var("PORCHLIGHT_CHROMIUM") {
        options["binary"] = program.into();
    }
    json!({ "browserName": "chrome", "goog:chromeOptions": options })
}

fn firefox(dark: bool) -> Value {
    let prefs = json!({
        "intl.accept_languages": "en-GB, en",
        // 0 is dark, 1 is light.
        "layout.css.prefers-color-scheme.content-override": u8::from(!dark),
        "ui.prefersReducedMotion": 1,
    });
    let options = json!({
        "args": ["-headless"],
        "binary": path("PORCHLIGHT_FIREFOX", "/usr/bin/firefox-esr"),
        "prefs": prefs,
    });
    json!({ "browserName": "firefox", "moz:firefoxOptions": options, "webSocketUrl": true })
}

fn webkit() -> Value {
    let machine = std::env::consts::ARCH;
    let debians = format!("/usr/lib/{machine}-linux-gnu/webkit2gtk-4.1/MiniBrowser");
    let options = json!({
        "args": ["--automation"],
        "binary": path("PORCHLIGHT_MINIBROWSER", &debians),
    });
    json!({ "browserName": "MiniBrowser", "webkitgtk:browserOptions": options })
}

/// Chromium's sandbox does not work for root.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|about| {
        use std::os::unix::fs::MetadataExt;
        about.uid() == 0
    })
}
