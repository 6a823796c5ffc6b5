//! The browser that runs the stories.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::cache::Cache;
use super::debian;
use crate::shell;

/// A Chromium and its WebDriver.
pub struct Browser {
    /// The browser itself.
    pub chromium: PathBuf,
    /// Its WebDriver.
    pub chromedriver: PathBuf,
}

/// The names of Chromium and Chrome on `PATH`.
const CHROMIUM: [&str; 4] =
    ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// Finds the browser at `PORCHLIGHT_CHROMIUM` and `PORCHLIGHT_CHROMEDRIVER`, or on `PATH`.
pub fn find() -> Option<Browser> {
    Some(Browser {
        chromium: program("PORCHLIGHT_CHROMIUM", &CHROMIUM)?,
        chromedriver: program("PORCHLIGHT_CHROMEDRIVER", &["chromedriver"])?,
    })
}

/// Installs Debian's packages, whose versions match.
pub fn install(cache: &Cache) -> Result<Browser> {
    let advice = "there is no Chromium (or Chrome) with a ChromeDriver of the same version: \
                  install both, and put them on PATH or name them in PORCHLIGHT_CHROMIUM and \
                  PORCHLIGHT_CHROMEDRIVER";
    debian::install(&["chromium", "chromium-driver"], cache).context(advice)?;
    find().context(advice)
}

fn program(variable: &str, names: &[&str]) -> Option<PathBuf> {
    match std::env::var_os(variable) {
        Some(path) => Some(PathBuf::from(path)).filter(|path| shell::is_program(path)),
        None => names.iter().find_map(|name| shell::which(name)),
    }
}
