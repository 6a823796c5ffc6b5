//! The driver of a browser, and the browser that it starts. Both end with the story, even if the test process is
//! killed.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{Capabilities, WebDriver};

use crate::bidi::Bidi;
use crate::cdp::Cdp;
use crate::engine::Engine;
use crate::program::{Program, path};
use crate::runtime::{try_wait_for, try_wait_within};

/// A running browser.
#[derive(Debug)]
pub struct Driver {
    /// The engine of the browser.
    pub engine: Engine,
    /// The WebDriver session. Dropped before the process that it talks to.
    pub web: Option<WebDriver>,
    /// The connection for what WebDriver can't do.
    pub beyond: Beyond,
    _driver: Program,
    /// Dropped after the browser that it shows.
    _display: Option<Program>,
    _profile: TempDir,
}

/// What a browser speaks beside WebDriver.
#[derive(Debug)]
pub enum Beyond {
    /// Chromium's own protocol.
    Cdp(Cdp),
    /// WebDriver BiDi.
    Bidi(Bidi),
    /// Nothing.
    Nothing,
}

/// Tries of a browser's start. This is the only retry in the tests: on a busy machine browsers sometimes hang
/// while they start, before the story has begun.
const STARTS_MAX: u32 = 3;

/// The timeout of one. Firefox needs 5 s of a processor to start, which a busy machine takes long to give.
const START_PATIENCE: Duration = Duration::from_secs(50);

impl Driver {
    /// Starts a browser; with `dark`, it prefers a dark colour scheme. Its driver's log goes to `folder`.
    ///
    /// # Panics
    /// If all of `STARTS_MAX` starts failed, with the reasons.
    pub fn start(engine: Engine, folder: &Path, dark: bool) -> Driver {
        let mut reasons = Vec::new();
        for attempt in 1..=STARTS_MAX {
            match Driver::try_start(engine, folder, dark) {
                Ok(driver) => return driver,
                Err(reason) => {
                    println!("{engine}'s start {attempt} of {STARTS_MAX} failed: {reason}");
                    reasons.push(reason);
                }
            }
        }
        panic!("{engine} does not start: {}", reasons.join("; "));
    }

    fn try_start(engine: Engine, folder: &Path, dark: bool) -> Result<Driver, String> {
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let mut variables = engine.environment(profile.path());
        let display = match engine {
            Engine::Chromium | Engine::Firefox => None,
            Engine::WebKit => {
                write_gtk_settings(profile.path(), dark);
                let (display, number) = start_display()?;
                variables.push(("DISPLAY", format!(":{number}")));
                Some(display)
            }
        };
        let (driver, port) = start_driver(engine, folder, profile.path(), &variables)?;
        let wanted = engine.capabilities(dark);
        let wanted = Capabilities::from(wanted.as_object().cloned().unwrap_or_default());
        let address = format!("http://127.0.0.1:{port}");
        let starting = WebDriver::new(address, wanted);
        let web = try_wait_within(START_PATIENCE, &format!("{engine} to start"), starting)?;
        let web = web.map_err(|error| error.to_string())?;
        match Beyond::of(engine, &json!(web.capabilities())) {
            Ok(beyond) => Ok(Driver {
                engine,
                web: Some(web),
                beyond,
                _driver: driver,
                _display: display,
                _profile: profile,
            }),
            Err(error) => {
                // If it does not quit, it is ended with its driver.
                let _ = try_wait_for(&format!("{engine} to quit"), web.quit());
                Err(error)
            }
        }
    }
}

impl Beyond {
    /// Connects to what a browser says of itself.
    fn of(engine: Engine, capabilities: &Value) -> Result<Beyond, String> {
        match engine {
            Engine::Chromium => {
                let debugger = capabilities["goog:chromeOptions"]["debuggerAddress"].as_str();
                Cdp::connect(debugger.ok_or("Chromium names no address")?).map(Beyond::Cdp)
            }
            Engine::Firefox => {
                let socket = capabilities["webSocketUrl"].as_str();
                Bidi::connect(socket.ok_or("Firefox names no socket")?).map(Beyond::Bidi)
            }
            Engine::WebKit => Ok(Beyond::Nothing),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(web) = self.web.take() {
            // If it does not quit, it is ended with its driver.
            let _ = try_wait_for(&format!("{} to quit", self.engine), web.quit());
        }
    }
}

/// Starts the driver of an engine, and returns it with the port that it listens on.
fn start_driver(
    engine: Engine,
    folder: &Path,
    profile: &Path,
    variables: &[(&str, String)],
) -> Result<(Program, u16), String> {
    let (folder, profile) = (folder.display(), profile.display());
    match engine {
        Engine::Chromium => {
            let log = format!("--log-path={folder}/chromedriver.log");
            let name = path("PORCHLIGHT_CHROMEDRIVER", "chromedriver");
            let driver = Program::start(&name, &["--port=0".to_owned(), log], variables)?;
            let port = driver.says(|line| {
                let (_, rest) = line.split_once("started successfully on port ")?;
                rest.trim_end_matches('.').parse().ok()
            })?;
            Ok((driver, port))
        }
        Engine::Firefox => {
            let name = path("PORCHLIGHT_GECKODRIVER", "geckodriver");
            let arguments = [
                "--port=0".to_owned(),
                // Of the socket for BiDi; the usual one would be the same for all browsers.
                "--websocket-port=0".to_owned(),
                format!("--profile-root={profile}"),
            ];
            let driver = Program::start(&name, &arguments, variables)?;
            let port = driver.says(|line| {
                let (_, rest) = line.split_once("Listening on ")?;
                rest.rsplit(':').next()?.trim().parse().ok()
            })?;
            Ok((driver, port))
        }
        Engine::WebKit => {
            // It does not say which port it got, so it is told one that was free a moment ago.
            let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
            let port = port.map_err(|error| error.to_string())?.port();
            let name = path("PORCHLIGHT_WEBKITDRIVER", "WebKitWebDriver");
            let driver = Program::start(&name, &[format!("--port={port}")], variables)?;
            driver.listens(port)?;
            Ok((driver, port))
        }
    }
}

/// Starts a display in memory for a browser that needs one, and returns it with its number.
fn start_display() -> Result<(Program, u32), String> {
    let arguments = ["-displayfd", "1", "-screen", "0", "1600x1200x24", "-nolisten", "tcp"];
    let arguments = arguments.map(str::to_owned);
    let display = Program::start(&path("PORCHLIGHT_XVFB", "Xvfb"), &arguments, &[])?;
    let number = display.says(|line| line.trim().parse().ok())?;
    Ok((display, number))
}

/// Writes what GTK is told of its user: reduced motion, and the colour scheme.
fn write_gtk_settings(home: &Path, dark: bool) {
    let folder = home.join("gtk-3.0");
    let settings = format!(
        "[Settings]\ngtk-enable-animations=0\ngtk-application-prefer-dark-theme={}\n",
        u8::from(dark)
    );
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(folder.join("settings.ini"), settings))
        .expect("a file in the profile");
}
