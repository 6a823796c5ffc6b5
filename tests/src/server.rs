//! The server: the real program, with a data folder of its own.

use std::fs::File;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::mailbox::Mailbox;
use crate::released::Release;
use crate::runtime::wait_for;
use crate::store::{Change, Store};
use crate::wait::until;
use crate::wire::{State, Wire};

/// The admin's address.
pub const ADA: &str = "ada@lantern.example";
/// The agent's address.
pub const BEN: &str = "ben@lantern.example";
/// The password of both.
pub const PASSWORD: &str = "a lamp in the window";

/// The path of the program: `PORCHLIGHT_SERVER`, or cargo's output.
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
    log: PathBuf,
    // Dropped before the store.
    /// The options for e-mail.
    mail: Vec<String>,
    child: Option<Running>,
    store: Store,
    /// The site's key.
    pub site: String,
    /// The site's bot's token.
    pub bot_token: String,
}

impl Server {
    /// Starts a server that serves pages of `shop`. Its log goes to `folder`.
    pub fn start(folder: &Path, shop: &str) -> Server {
        let wire = Wire::lay();
        let store = Store::new();
        let site =
            run(&store, &["site", "add", "--name", "Lantern & Oak", "--allow-origin", shop], "");
        let site = site.split_whitespace().find(|word| word.starts_with("pl_")).expect("a key");
        let site = site.trim_end_matches('.').to_owned();
        for (email, name, role) in [(ADA, "Ada", "admin"), (BEN, "Ben", "agent")] {
            let add = ["agent", "add", "--email", email, "--name", name, "--role", role];
            run(&store, &add, PASSWORD);
        }
        let bot = run(&store, &["bot", "add", "--name", "Wick"], "");
        let bot_token = bot.split_whitespace().last().expect("a token").to_owned();
        let log = folder.join("server.log");
        let mut server =
            Server { wire, log, mail: Vec::new(), child: None, store, site, bot_token };
        server.start_again();
        server
    }

    /// The origin at which browsers reach the server.
    pub fn origin(&self) -> String {
        self.wire.origin()
    }

    /// From now on browsers get the widget of this release; this server answers all other requests.
    pub fn serves(&self, release: Release) {
        self.wire.serves(release);
    }

    /// Starts the server again, on the same data.
    pub fn start_again(&mut self) {
        let begun = std::fs::read_to_string(&self.log).unwrap_or_default().len();
        let log = File::options().create(true).append(true).open(&self.log).expect("a log");
        let mut serve = Command::new(program());
        serve.args(["serve", "--listen", "127.0.0.1:0", "--log", "debug", "--behind-proxy"]);
        serve.args(self.store.options()).args(["--public-url", &self.wire.origin()]);
        serve.args(&self.mail);
        let running = Running::start(&mut serve, log).expect("the server starts");
        let child = self.child.insert(running);
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

    /// Starts the server again, with this mail server.
    pub fn mails_by(&mut self, mailbox: &Mailbox) {
        let sender = "Lantern & Oak <chat@lantern.example>";
        self.mail = vec!["--smtp".to_owned(), mailbox.url(), format!("--mail-from={sender}")];
        self.kill();
        self.start_again();
    }

    /// Kills the server (SIGKILL).
    pub fn kill(&mut self) {
        drop(self.child.take());
    }

    /// Removes the site with everything in it, while the server is down.
    pub fn loses_its_site(&self) {
        run(&self.store, &["site", "remove", &self.site, "--yes"], "");
    }

    /// The address at which the server has offered to be set up, at its last start.
    #[track_caller]
    pub fn setup_address(&self) -> String {
        until("the address to set the server up", || {
            let said = std::fs::read_to_string(&self.log).unwrap_or_default();
            let mut lines = said.lines().rev();
            let address = lines.find(|line| line.contains("/dashboard/setup#"));
            address.map(|line| line.trim().to_owned()).ok_or_else(|| "it offered none".to_owned())
        })
    }

    /// Signs an agent in. Returns the name and the value of the session's cookie.
    pub(crate) fn session_of(&self, email: &str) -> (String, String) {
        let address = format!("{}/api/v1/agent/session", self.origin());
        let body = serde_json::json!({ "email": email, "password": PASSWORD });
        wait_for("a session", async {
            let answer = reqwest::Client::new().post(address).json(&body).send().await;
            let answer = answer.expect("the server answers");
            let cookie = answer.headers().get("set-cookie").and_then(|cookie| cookie.to_str().ok());
            let (cookie, _) = cookie.and_then(|cookie| cookie.split_once(';')).expect("a cookie");
            let (name, value) = cookie.split_once('=').expect("a name and a value");
            (name.to_owned(), value.to_owned())
        })
    }

    /// Simulates passing time while the server is down: moves back since when visitors in *Unassigned* wait.
    pub fn waited(&self, seconds: i64) {
        assert!(self.child.is_none(), "time passes while the server is down");
        const WAITED: Change = Change {
            of_file: "UPDATE conversations SET
                state = json_set(state,
                    '$.unanswered.at', json_extract(state, '$.unanswered.at') - ?1),
                hash = NULL
                WHERE waiting = 1",
            of_database: "UPDATE conversations SET
                state = jsonb_set(state::jsonb, '{unanswered,at}',
                    to_jsonb((state::jsonb #>> '{unanswered,at}')::bigint - $1))::text,
                hash = NULL
                WHERE waiting = 1",
        };
        self.store.change(&WAITED, seconds * 1_000);
    }

    /// Simulates passing time while the server is down: moves the last activity of all open conversations back.
    /// Auto-close periods are too long to wait for.
    pub fn lets_pass(&self, seconds: i64) {
        assert!(self.child.is_none(), "time passes while the server is down");
        const PASSED: Change = Change {
            of_file: "UPDATE conversations SET active_at = active_at - ?1,
                state = json_set(state, '$.active_at', json_extract(state, '$.active_at') - ?1),
                hash = NULL
                WHERE closed = 0",
            of_database: "UPDATE conversations SET active_at = active_at - $1,
                state = jsonb_set(state::jsonb, '{active_at}',
                    to_jsonb((state::jsonb ->> 'active_at')::bigint - $1))::text,
                hash = NULL
                WHERE closed = 0",
        };
        self.store.change(&PASSED, seconds * 1_000);
    }

    /// The number of events in the store.
    pub fn events(&self) -> u32 {
        self.store.events()
    }

    /// Changes the site's plan by the command, while the server runs.
    pub fn goes_on_plan(&self, plan: &str) {
        run(&self.store, &["site", "plan", &self.site, plan], "");
    }

    /// Publishes a flow of the site's bot by the command, while the server runs.
    pub fn publishes(&self, flow: &Value) {
        let file = self.store.beside("flow.json");
        std::fs::write(&file, flow.to_string()).expect("a file");
        let file = file.to_str().expect("a path").to_owned();
        run(&self.store, &["bot", "publish", "Wick", &file], "");
    }

    /// Adds a bot that says its name and waits for an answer. Returns its id.
    pub fn adds_bot(&self, name: &str) -> String {
        run(&self.store, &["bot", "add", "--name", name], "");
        let flow = serde_json::json!({ "flow": 1, "start": "name", "steps": {
            "name": { "ask": format!("I am {name}. What is it about?"), "then": "person" },
            "person": { "hand_over": true }
        }});
        let file = self.store.beside("flow.json");
        std::fs::write(&file, flow.to_string()).expect("a file");
        let file = file.to_str().expect("a path").to_owned();
        run(&self.store, &["bot", "publish", name, &file], "");
        let listed = run(&self.store, &["bot", "list"], "");
        let mut lines = listed.lines().map(|line| line.split('\t'));
        let id = lines.find_map(|mut parts| {
            let id = parts.next();
            id.filter(|_| parts.next() == Some(name))
        });
        id.expect("the bot is listed").to_owned()
    }

    /// Switches a bot's flow off by the command, while the server runs.
    pub fn switches_off(&self, name: &str) {
        run(&self.store, &["bot", "off", name], "");
    }

    /// Says where a bot greets, by the options of the command.
    pub fn bot_greets(&self, name: &str, options: &[&str]) {
        run(&self.store, &[&["bot", "greets", name], options].concat(), "");
    }

    /// Says by the command when live chats ask their visitors, and what.
    pub fn live_chats_ask(&self, when: &str, asks: &[&str]) {
        let begin = ["site", "questions", &self.site, when, "--ask"];
        run(&self.store, &[&begin[..], asks].concat(), "");
    }

    /// Adds an agent.
    pub fn takes_in(&self, name: &str, email: &str) {
        let add = ["agent", "add", "--email", email, "--name", name, "--role", "agent"];
        run(&self.store, &add, PASSWORD);
    }

    /// Adds another site, whose owner is the person with this address, who signs in already.
    pub fn has_another_site(&self, name: &str, email: &str) {
        let add = ["site", "add", "--name", name, "--allow-origin", "https://other.example"];
        run(&self.store, &add, "");
        let listed = run(&self.store, &["site", "list"], "");
        let line = listed.lines().find(|line| line.contains(name)).expect("the site is listed");
        let key = line.split('\t').next().expect("its key");
        let add = ["agent", "add", "--email", email, "--name", "Ada", "--role", "admin"];
        run(&self.store, &[&add[..], &["--site", key]].concat(), "");
    }

    /// A link that leads the visitor of a conversation back to it, by the command.
    pub fn link_to(&self, conversation: &str) -> String {
        let link = run(&self.store, &["visitor", "link", "--conversation", conversation], "");
        link.trim().to_owned()
    }

    /// Cuts all connections; the server keeps running.
    pub fn unplug(&self) {
        self.wire.set(State::Cut);
    }

    /// Lets requests arrive, and drops the answers.
    pub fn lose_answers(&self) {
        self.wire.set(State::Deaf);
    }

    /// Restores connections. Cuts existing ones first, whose streams may have lost data.
    pub fn plug_in(&self) {
        self.wire.set(State::Cut);
        self.wire.set(State::Whole);
    }

    /// Hangs up on requests whose path begins with this, and on no others.
    pub fn hang_up_on(&self, addresses: &'static str) {
        self.wire.hang_up_on(Some(addresses));
    }

    /// Answers all requests again.
    pub fn hang_up_on_nobody(&self) {
        self.wire.hang_up_on(None);
    }

    /// Holds requests back whose path begins with this, and no others.
    pub fn hold_back(&self, addresses: &'static str) {
        self.wire.hold_back(Some(addresses));
    }

    /// Lets all requests go on.
    pub fn hold_back_nothing(&self) {
        self.wire.hold_back(None);
    }

    /// The requests so far, with method and path.
    pub fn requests(&self) -> Vec<String> {
        self.wire.requests()
    }

    /// Clears the list of requests.
    pub fn forget_requests(&self) {
        self.wire.forget_requests();
    }
}

/// A process that is killed on drop.
#[derive(Debug)]
pub(crate) struct Running(pub(crate) Child);

impl Running {
    /// Starts a program without input. Its output goes to `log`.
    pub(crate) fn start(command: &mut Command, log: File) -> std::io::Result<Running> {
        let output = log.try_clone()?;
        command.stdin(Stdio::null()).stdout(output).stderr(log).spawn().map(Running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails if it has ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The address in the server's log.
pub(crate) fn listening(log: &str) -> Option<SocketAddr> {
    let (_, rest) = log.split_once("listen=")?;
    rest.split_whitespace().next()?.parse().ok()
}

/// Runs a command of the program on a store, and returns its standard output.
fn run(store: &Store, args: &[&str], input: &str) -> String {
    let mut words: Vec<String> = args.iter().map(|word| (*word).to_owned()).collect();
    words.extend(store.options());
    output_of(&words, input)
}

/// Runs a command of the program, and returns its standard output.
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
    // Fails if the command reads no input and has ended; its exit status is checked below.
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

/// `porchlight demo`: the product, and a shop with sample conversations.
#[derive(Debug)]
pub struct Demo {
    _running: Running,
    _data: TempDir,
    /// The origin of the product.
    pub server: String,
    /// The origin of the shop.
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
        let mut demo = Command::new(program());
        demo.args(["demo", "--listen", "127.0.0.1:0", "--shop-listen", "127.0.0.1:0", "--data"]);
        let running = Running::start(demo.arg(data.path()), log).expect("the demo starts");
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
