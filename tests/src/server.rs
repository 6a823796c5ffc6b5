//! The server: the real program, with a data folder of its own.

use std::fs::File;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rusqlite::Connection;
use tempfile::TempDir;

use crate::released::Release;
use crate::wait::until;
use crate::wire::{State, Wire};

/// The admin's address.
pub const ADA: &str = "ada@lantern.example";
/// The agent's address.
pub const BEN: &str = "ben@lantern.example";
/// The password of both.
pub const PASSWORD: &str = "a lamp in the window";

/// Where the program is: `PORCHLIGHT_SERVER`, or what cargo has built.
pub(crate) fn program() -> PathBuf {
    if let Some(named) = std::env::var_os("PORCHLIGHT_SERVER") {
        return named.into();
    }
    let target = target();
    let built = ["demo", "debug"].map(|profile| target.join(profile).join("porchlight"));
    built.into_iter().find(|program| program.is_file()).unwrap_or_else(|| {
        panic!("there is no server to test: cargo build -p porchlight-server --profile demo")
    })
}

/// The workspace's `target`.
pub fn target() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from)
}

/// A running server with a site, two agents and a bot.
#[derive(Debug)]
pub struct Server {
    wire: Wire,
    data: TempDir,
    log: PathBuf,
    child: Option<Running>,
    /// The site's key.
    pub site: String,
    /// The site's bot's token.
    pub bot_token: String,
}

impl Server {
    /// Starts a server that serves pages of `shop`. Its log goes to `folder`.
    pub fn start(folder: &Path, shop: &str) -> Server {
        let wire = Wire::lay();
        let data = tempfile::tempdir().expect("a folder for the data");
        let site =
            run(&data, &["site", "add", "--name", "Lantern & Oak", "--allow-origin", shop], "");
        let site = site.split_whitespace().find(|word| word.starts_with("pl_")).expect("a key");
        let site = site.trim_end_matches('.').to_owned();
        for (email, name, role) in [(ADA, "Ada", "admin"), (BEN, "Ben", "agent")] {
            let add = ["agent", "add", "--email", email, "--name", name, "--role", role];
            run(&data, &add, PASSWORD);
        }
        let bot = run(&data, &["bot", "add", "--name", "Wick"], "");
        let bot_token = bot.split_whitespace().last().expect("a token").to_owned();
        let log = folder.join("server.log");
        let mut server = Server { wire, data, log, child: None, site, bot_token };
        server.start_again();
        server
    }

    /// Where browsers reach it.
    pub fn origin(&self) -> String {
        self.wire.origin()
    }

    /// Browsers get the chat of this release from here on; all else is this server's.
    pub fn serves(&self, release: Release) {
        self.wire.serves(release);
    }

    /// Starts it on the data that is there.
    pub fn start_again(&mut self) {
        let begun = std::fs::read_to_string(&self.log).unwrap_or_default().len();
        let log = File::options().create(true).append(true).open(&self.log).expect("a log");
        let child = Command::new(program())
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--log",
                "debug",
                "--behind-proxy",
                "--data",
            ])
            .arg(self.data.path())
            .args(["--public-url", &self.wire.origin()])
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("the server starts");
        let child = self.child.insert(Running(child));
        let address = until("the server to listen", || {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            let said = log.get(begun..).unwrap_or_default();
            if let Ok(Some(status)) = child.0.try_wait() {
                panic!("the server ended at its start ({status}): {said}");
            }
            listening(said).ok_or_else(|| format!("it said {said:?}"))
        });
        self.wire.lead_to(address);
    }

    /// Kills it with no chance to tidy up.
    pub fn kill(&mut self) {
        drop(self.child.take());
    }

    /// Lets time pass while the server is down: whatever was last done in an open conversation was
    /// done so much earlier. The periods of closing are minutes and more; nobody waits for them.
    pub fn lets_pass(&self, seconds: i64) {
        assert!(self.child.is_none(), "time passes while the server is down");
        let pass = "UPDATE conversations SET active_at = active_at - ?1,
            state = json_set(state, '$.active_at', json_extract(state, '$.active_at') - ?1),
            hash = NULL
            WHERE closed = 0";
        self.file().execute(pass, [seconds * 1_000]).expect("the conversations");
    }

    /// How many events its log has.
    pub fn events(&self) -> u32 {
        let count = "SELECT count(*) FROM events";
        self.file().query_row(count, [], |row| row.get(0)).expect("the log")
    }

    fn file(&self) -> Connection {
        Connection::open(self.data.path().join("porchlight.db")).expect("the server's file")
    }

    /// Puts the site on another plan, as its operator does it: beside the running server.
    pub fn goes_on_plan(&self, plan: &str) {
        run(&self.data, &["site", "plan", &self.site, plan], "");
    }

    /// Takes somebody into the team.
    pub fn takes_in(&self, name: &str, email: &str) {
        let add = ["agent", "add", "--email", email, "--name", name, "--role", "agent"];
        run(&self.data, &add, PASSWORD);
    }

    /// Cuts everybody's connection; the server runs on.
    pub fn unplug(&self) {
        self.wire.set(State::Cut);
    }

    /// What the server is told arrives, what it answers is lost.
    pub fn lose_answers(&self) {
        self.wire.set(State::Deaf);
    }

    /// Everything arrives again. What is not whole is cut first.
    pub fn plug_in(&self) {
        self.wire.set(State::Cut);
        self.wire.set(State::Whole);
    }

    /// Hangs up on whoever asks for an address that begins like this. All else goes on.
    pub fn hang_up_on(&self, addresses: &'static str) {
        self.wire.hang_up_on(Some(addresses));
    }

    /// Answers whatever is asked again.
    pub fn hang_up_on_nobody(&self) {
        self.wire.hang_up_on(None);
    }

    /// What was asked of it so far.
    pub fn requests(&self) -> Vec<String> {
        self.wire.requests()
    }

    /// Forgets what was asked of it.
    pub fn forget_requests(&self) {
        self.wire.forget_requests();
    }
}

/// A program that does not outlive whoever started it.
#[derive(Debug)]
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The address in the server's first lines.
pub(crate) fn listening(log: &str) -> Option<SocketAddr> {
    let (_, rest) = log.split_once("listen=")?;
    rest.split_whitespace().next()?.parse().ok()
}

/// Runs a command of the program on a data folder, and returns what it says.
fn run(data: &TempDir, args: &[&str], input: &str) -> String {
    let mut words: Vec<String> = args.iter().map(|word| (*word).to_owned()).collect();
    words.extend(["--data".to_owned(), data.path().display().to_string()]);
    output_of(&words, input)
}

/// Runs a command of the program that ends by itself, and returns what it says.
pub(crate) fn output_of(words: &[String], input: &str) -> String {
    let child = Command::new(program())
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the server's program starts");
    let mut child = Running(child);
    let mut stdin = child.0.stdin.take().expect("its input");
    // A command that asks for nothing may have ended by now; what it says tells whether it worked.
    let _ = writeln!(stdin, "{input}");
    drop(stdin);
    let status = until(&format!("`porchlight {}` to end", words.join(" ")), || {
        let ended = child.0.try_wait().map_err(|error| error.to_string())?;
        ended.ok_or_else(|| "it runs".to_owned())
    });
    let all = |from: Option<&mut dyn Read>| {
        let mut said = String::new();
        from.expect("its output").read_to_string(&mut said).expect("text");
        said
    };
    let complained = all(child.0.stderr.as_mut().map(|from| from as &mut dyn Read));
    assert!(status.success(), "{words:?}: {complained}");
    all(child.0.stdout.as_mut().map(|from| from as &mut dyn Read))
}

/// `porchlight demo`: the product, and a shop with a history.
#[derive(Debug)]
pub struct Demo {
    _running: Running,
    _data: TempDir,
    /// Where the product is.
    pub server: String,
    /// Where the shop is.
    pub shop: String,
    /// The password of the demo's agents.
    pub password: String,
}

impl Demo {
    /// Starts the demo. Its log goes to `folder`.
    pub fn start(folder: &Path) -> Demo {
        let data = tempfile::tempdir().expect("a folder for the data");
        let log_path = folder.join("demo.log");
        let log = File::create(&log_path).expect("a log");
        let child = Command::new(program())
            .args(["demo", "--listen", "127.0.0.1:0", "--shop-listen", "127.0.0.1:0", "--data"])
            .arg(data.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("the demo starts");
        let running = Running(child);
        let (server, shop, password) = until("the demo to be on", || {
            let said = std::fs::read_to_string(&log_path).unwrap_or_default();
            let after = |word: &str| {
                let (_, rest) = said.split_once(word)?;
                Some(rest.lines().next()?.trim().to_owned())
            };
            let all = || {
                let server = after("The inbox")?;
                let server = server.strip_suffix("/dashboard/chat/inbox")?.to_owned();
                let shop = after("The shop")?.trim_end_matches('/').to_owned();
                let password = after("Sign in")?.split_once(" / ")?.1.to_owned();
                said.contains("Ctrl+C").then_some((server, shop, password))
            };
            all().ok_or_else(|| format!("it said {said:?}"))
        });
        Demo { _running: running, _data: data, server, shop, password }
    }
}
