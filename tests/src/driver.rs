//! ChromeDriver and the Chromium that it starts. Both end with the story, even if the test process is killed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use serde_json::json;
use tempfile::TempDir;
use thirtyfour::{ChromiumLikeCapabilities, DesiredCapabilities, WebDriver};

use crate::cdp::Cdp;
use crate::runtime::try_wait_for;
use crate::wait::PATIENCE;

/// A running Chromium, without profiles yet.
#[derive(Debug)]
pub struct Driver {
    /// The WebDriver session. Dropped before the ChromeDriver process that it talks to.
    pub web: Option<WebDriver>,
    /// The connection by the Chrome DevTools Protocol.
    pub cdp: Cdp,
    _program: Program,
    _profile: TempDir,
}

/// Tries of Chromium's start. This is the only retry in the tests: on a busy machine Chromium sometimes hangs
/// while it starts, before the story has begun.
const STARTS_MAX: u32 = 3;

/// A shell script that runs ChromeDriver, and ends it with its process group when standard input is closed,
/// which also happens when the test process is killed. Sends SIGTERM, and SIGKILL 5 s later.
const LEASH: &str = r#"trap : TERM
"$@" & driver=$!
read -r _
kill -TERM 0
{ sleep 5; kill -KILL 0; } </dev/null >/dev/null 2>&1 &
wait $driver"#;

/// Chromium's flags. Among them: reduced motion, so that stories don't wait for animations; a process per site,
/// as visitors have; and access to the roles and names that screen readers get.
const FLAGS: &[&str] = &[
    "--headless=new",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--enable-blink-features=ComputedAccessibilityInfo",
    "--force-prefers-reduced-motion",
    "--lang=en-GB",
    "--no-first-run",
    "--site-per-process",
];

impl Driver {
    /// Starts ChromeDriver and Chromium; with `dark`, Chromium prefers a dark colour scheme.
    ///
    /// # Panics
    /// If all of `STARTS_MAX` starts failed, with the reasons.
    pub fn start(folder: &Path, dark: bool) -> Driver {
        let mut reasons = Vec::new();
        for attempt in 1..=STARTS_MAX {
            match Driver::try_start(folder, dark) {
                Ok(driver) => return driver,
                Err(reason) => {
                    println!("Chromium's start {attempt} of {STARTS_MAX} failed: {reason}");
                    reasons.push(reason);
                }
            }
        }
        panic!("Chromium does not start: {}", reasons.join("; "));
    }

    fn try_start(folder: &Path, dark: bool) -> Result<Driver, String> {
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let (program, port) = Program::start(folder)?;
        let mut wanted = DesiredCapabilities::chrome();
        let mut options = vec![format!("--user-data-dir={}", profile.path().display())];
        options.extend(FLAGS.iter().map(|flag| (*flag).to_owned()));
        if dark {
            options.push("--force-dark-mode".to_owned());
        }
        if is_root() {
            options.push("--no-sandbox".to_owned());
        }
        for option in options {
            wanted.add_arg(&option).expect("an option");
        }
        // Without this variable, ChromeDriver looks in the usual places.
        if let Ok(chromium) = std::env::var("PORCHLIGHT_CHROMIUM") {
            wanted.set_binary(&chromium).expect("a program");
        }
        let address = format!("http://localhost:{port}");
        let web = try_wait_for("Chromium to start", WebDriver::new(address, wanted))?;
        let web = web.map_err(|error| error.to_string())?;
        let capabilities = json!(web.capabilities());
        let debugger = capabilities["goog:chromeOptions"]["debuggerAddress"].as_str();
        match debugger.ok_or("Chromium names no address".to_owned()).and_then(Cdp::connect) {
            Ok(cdp) => Ok(Driver { web: Some(web), cdp, _program: program, _profile: profile }),
            Err(error) => {
                // If it does not quit, `LEASH` ends it.
                let _ = try_wait_for("Chromium to quit", web.quit());
                Err(error)
            }
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(web) = self.web.take() {
            // If it does not quit, `LEASH` ends it.
            let _ = try_wait_for("Chromium to quit", web.quit());
        }
    }
}

/// The ChromeDriver process, run by [`LEASH`].
#[derive(Debug)]
struct Program {
    child: Child,
}

impl Program {
    /// Starts ChromeDriver, and returns it with the port that it listens on.
    fn start(folder: &Path) -> Result<(Program, u16), String> {
        use std::os::unix::process::CommandExt;
        let name = std::env::var("PORCHLIGHT_CHROMEDRIVER");
        let name = name.unwrap_or_else(|_| "chromedriver".to_owned());
        let mut child = Command::new("sh")
            .args(["-c", LEASH, "leash"])
            .args([&name, "--port=0"])
            .arg(format!("--log-path={}", folder.join("chromedriver.log").display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|error| format!("cannot start a shell: {error}"))?;
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let program = Program { child };
        let (found, port) = mpsc::channel();
        // In a thread, because reading a line has no timeout but receiving from the channel has one.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let port = line
                    .split_once("started successfully on port ")
                    .and_then(|(_, rest)| rest.trim_end_matches('.').parse::<u16>().ok());
                if port.is_some_and(|port| found.send(port).is_err()) {
                    return;
                }
            }
        });
        match port.recv_timeout(PATIENCE) {
            Ok(port) => Ok((program, port)),
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(format!("{name} ended at once")),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                Err(format!("waited for {name} to listen for {} s", PATIENCE.as_secs()))
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // `LEASH` kills the processes after 5 s, so this ends.
        let _ = self.child.wait();
    }
}

/// Chromium's sandbox does not work for root.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|about| {
        use std::os::unix::fs::MetadataExt;
        about.uid() == 0
    })
}
