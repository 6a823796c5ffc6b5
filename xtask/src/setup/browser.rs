//! The browsers that run the stories: Chromium runs all, two more engines run the core.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::cache::Cache;
use super::debian;
use super::tool::Tool;
use crate::shell;
use crate::workspace::Workspace;

/// A Chromium and its WebDriver.
pub struct Browser {
    /// The browser itself: its headless shell if there is one. That starts without the windows and menus that nobody
    /// sees: a story takes 7 s of a processor, where it takes 16 s in the whole browser.
    pub chromium: PathBuf,
    /// Its WebDriver.
    pub chromedriver: PathBuf,
}

/// The headless shell: on `PATH`, and in Debian's package. What that puts on `PATH` is a script, which does not end
/// with its browser.
const HEADLESS_SHELL: [&str; 2] =
    ["chrome-headless-shell", "/usr/lib/chromium/chromium-headless-shell"];

/// The names of Chromium and Chrome on `PATH`.
const CHROMIUM: [&str; 4] =
    ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// Debian's packages, whose versions match.
const PACKAGES: [&str; 2] = ["chromium-headless-shell", "chromium-driver"];

/// Debian's packages of browsers that are not there: hundreds of megabytes, best fetched while something else is built.
pub fn missing_packages() -> Vec<&'static str> {
    let mut missing = Vec::new();
    if find().is_none() {
        missing.extend(PACKAGES);
    }
    if Firefox::browser().is_none() {
        missing.extend(Firefox::PACKAGES);
    }
    if WebKit::find().is_none() {
        missing.extend(WebKit::PACKAGES);
    }
    missing
}

/// Finds the browser at `PORCHLIGHT_CHROMIUM` and `PORCHLIGHT_CHROMEDRIVER`, or the headless shell and its WebDriver.
pub fn find() -> Option<Browser> {
    with_driver(program("PORCHLIGHT_CHROMIUM", &HEADLESS_SHELL)?)
}

/// Installs [`PACKAGES`]. Elsewhere than on Debian the whole browser has to be there.
pub fn install(cache: &Cache) -> Result<Browser> {
    let installed = debian::install(&PACKAGES, cache);
    let whole = || with_driver(program("PORCHLIGHT_CHROMIUM", &CHROMIUM)?);
    match find().or_else(whole) {
        Some(found) => Ok(found),
        None => installed.and_then(|()| bail!("the packages hold no browser")).context(
            "there is no Chromium (or Chrome) with a ChromeDriver of the same version: install \
             both, and put them on PATH or name them in PORCHLIGHT_CHROMIUM and \
             PORCHLIGHT_CHROMEDRIVER",
        ),
    }
}

fn with_driver(chromium: PathBuf) -> Option<Browser> {
    Some(Browser { chromium, chromedriver: program("PORCHLIGHT_CHROMEDRIVER", &["chromedriver"])? })
}

/// Firefox and its WebDriver.
pub struct Firefox {
    /// The browser itself.
    pub firefox: PathBuf,
    /// Its WebDriver.
    pub geckodriver: PathBuf,
}

impl Firefox {
    const PACKAGES: [&str; 1] = ["firefox-esr"];

    /// Finds both in their variables, on `PATH`, or the driver in the cache.
    pub fn find(cache: &Cache) -> Option<Self> {
        let geckodriver = program("PORCHLIGHT_GECKODRIVER", &["geckodriver"]);
        Some(Self {
            firefox: Self::browser()?,
            geckodriver: geckodriver.or_else(|| Tool::geckodriver().find(cache))?,
        })
    }

    /// Installs Debian's package, and builds the driver.
    pub fn install(workspace: &Workspace, cache: &Cache) -> Result<Self> {
        if Self::browser().is_none() {
            debian::install(&Self::PACKAGES, cache)?;
        }
        if let Some(found) = Self::find(cache) {
            return Ok(found);
        }
        Tool::geckodriver().install(workspace, cache)?;
        Self::find(cache).context("there is no Firefox: name it in PORCHLIGHT_FIREFOX")
    }

    fn browser() -> Option<PathBuf> {
        program("PORCHLIGHT_FIREFOX", &["firefox-esr", "firefox"])
    }
}

/// The browser of WebKitGTK, its WebDriver, and the display that it needs.
pub struct WebKit {
    /// The browser itself.
    pub minibrowser: PathBuf,
    /// Its WebDriver.
    pub driver: PathBuf,
    /// A display in memory.
    pub xvfb: PathBuf,
}

impl WebKit {
    const PACKAGES: [&str; 3] = ["webkit2gtk-driver", "libwebkit2gtk-4.1-0", "xvfb"];

    /// Finds all of it in their variables, on `PATH`, or where Debian puts it.
    pub fn find() -> Option<Self> {
        Some(Self {
            minibrowser: program("PORCHLIGHT_MINIBROWSER", &["MiniBrowser"]).or_else(debians)?,
            driver: program("PORCHLIGHT_WEBKITDRIVER", &["WebKitWebDriver"])?,
            xvfb: program("PORCHLIGHT_XVFB", &["Xvfb"])?,
        })
    }

    /// Installs Debian's packages.
    pub fn install(cache: &Cache) -> Result<Self> {
        debian::install(&Self::PACKAGES, cache)?;
        Self::find().context("there is no MiniBrowser: name it in PORCHLIGHT_MINIBROWSER")
    }
}

/// Debian has the browser in a folder of the library.
fn debians() -> Option<PathBuf> {
    let folder = format!("/usr/lib/{}-linux-gnu/webkit2gtk-4.1", std::env::consts::ARCH);
    Some(PathBuf::from(folder).join("MiniBrowser")).filter(|path| shell::is_program(path))
}

fn program(variable: &str, names: &[&str]) -> Option<PathBuf> {
    match std::env::var_os(variable) {
        Some(path) => Some(PathBuf::from(path)).filter(|path| shell::is_program(path)),
        None => names.iter().find_map(|name| shell::which(name)),
    }
}
