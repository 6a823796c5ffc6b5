//! ChromeDriver and the Chromium that it starts. Both end with the story, however it ends.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::json;
use tempfile::TempDir;
use thirtyfour::{ChromiumLikeCapabilities, DesiredCapabilities, WebDriver};

use crate::cdp::Cdp;
use crate::runtime::wait_for;

/// A Chromium with nobody in it yet.
#[derive(Debug)]
pub struct Driver {
    /// Drives the window that it was switched to last.
    pub web: Option<WebDriver>,
    /// Chromium's own protocol.
    pub cdp: Cdp,
    driver: Child,
    _profile: TempDir,
}

/// Ends the driver when the pipe from us is closed: also when we were killed.
const LEASH: &str = r#""$@" & driver=$!; read -r _; kill $driver; wait $driver"#;

/// What Chromium is told. Animations would only be waited for; each origin has a process of its own,
/// as it has for visitors; pages may be asked for the roles and names that screen readers get.
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
    /// Starts it; `dark` if it belongs to people who like the dark.
    pub fn start(folder: &Path, dark: bool) -> Driver {
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let program = std::env::var("PORCHLIGHT_CHROMEDRIVER");
        let program = program.unwrap_or_else(|_| "chromedriver".to_owned());
        let mut driver = Command::new("sh")
            .args(["-c", LEASH, "leash"])
            .args([&program, "--port=0"])
            .arg(format!("--log-path={}", folder.join("chromedriver.log").display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let lines = BufReader::new(driver.stdout.take().expect("its output")).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let (_, rest) = line.split_once("started successfully on port ")?;
            rest.trim_end_matches('.').parse::<u16>().ok()
        });
        let port = port.unwrap_or_else(|| panic!("{program} does not start"));

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
        // Without a word, the driver looks where Chromium usually is.
        if let Ok(chromium) = std::env::var("PORCHLIGHT_CHROMIUM") {
            wanted.set_binary(&chromium).expect("a program");
        }
        let address = format!("http://localhost:{port}");
        let web = wait_for(WebDriver::new(address, wanted)).expect("Chromium starts");
        let capabilities = json!(web.capabilities());
        let debugger = capabilities["goog:chromeOptions"]["debuggerAddress"].as_str();
        let cdp = Cdp::connect(debugger.expect("Chromium's address"));
        Driver { web: Some(web), cdp, driver, _profile: profile }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(web) = self.web.take() {
            let _ = wait_for(web.quit());
        }
        drop(self.driver.stdin.take());
        let _ = self.driver.wait();
    }
}

/// Chromium's sandbox does not work for root.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|about| {
        use std::os::unix::fs::MetadataExt;
        about.uid() == 0
    })
}
