//! A running server, and visitors, agents and sockets for it. The only place that knows addresses.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use porchlight_protocol::settings::{ClosingEffect, ClosingPage};
use porchlight_protocol::wire::{
    Appended, Auth, Boot, ClientFrame, Hello, Listing, Page, ServerFrame, Session, Started, Welcome,
};
use porchlight_protocol::{
    Author, ClientId, ClosingSettings, Conversation, ConversationId, Event, EventBody, Millis,
    Notice, Plan, Policy, SiteKey, VisitorKey, WIRE_VERSION,
};
use porchlight_server::timer::Timer;
use porchlight_server::{Server, ServerConfig, limits::Rates};
use porchlight_server::{app::App, housekeeping};
use porchlight_store::agents::NewAgent;
use porchlight_store::bots::NewBot;
use porchlight_store::clock::{Reading, SystemTime, TimeSource};
use porchlight_store::sites::NewSite;
use porchlight_store::{AdminStore, Place, Store, StoreConfig};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};

pub const PASSWORD: &str = "correct horse";

/// Hashed once for all tests.
static PASSWORD_HASH: LazyLock<String> =
    LazyLock::new(|| porchlight_server::password::hash(PASSWORD).unwrap());

/// How long anything that should happen may take.
pub const SOON: Duration = Duration::from_secs(10);

pub const MINUTE: Millis = 60_000;
pub const DAY: Millis = 24 * 60 * MINUTE;

/// The system's clocks, and what a test makes of them.
#[derive(Debug, Default)]
pub struct TestTime {
    system: SystemTime,
    /// Milliseconds by which the wall clock was set, and that went by.
    moved: Mutex<(Millis, Millis)>,
}

impl TestTime {
    /// Somebody sets the wall clock, by so many milliseconds.
    pub fn is_set_by(&self, ms: Millis) {
        self.moved.lock().unwrap().0 += ms;
    }

    /// So many milliseconds go by.
    pub fn passes(&self, ms: Millis) {
        self.moved.lock().unwrap().1 += ms;
    }
}

impl TimeSource for TestTime {
    fn read(&self) -> Reading {
        let (set, passed) = *self.moved.lock().unwrap();
        let Reading { wall, monotonic } = self.system.read();
        Reading { wall: wall + set + passed, monotonic: monotonic + passed }
    }
}

pub struct TestServer {
    pub base: String,
    pub address: SocketAddr,
    pub site: SiteKey,
    pub folder: tempfile::TempDir,
    pub time: Arc<TestTime>,
    /// Where its metrics are.
    pub metrics: Option<SocketAddr>,
    config: ServerConfig,
    http: reqwest::Client,
    timer: Arc<Timer>,
    store: Option<Store>,
    app: Option<App>,
    running: Option<(tokio::sync::oneshot::Sender<()>, JoinHandle<anyhow::Result<()>>)>,
}

impl TestServer {
    /// A server with a site, its admin Ada, its agent Ben, and limits that nobody meets.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(bend: impl FnOnce(&mut ServerConfig)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = a_place(&folder);
        let site = add_site_to(&place, "Lantern & Oak");
        add_agents(&place, &site, "");
        let time = Arc::new(TestTime::default());
        let mut config = ServerConfig {
            rates: Rates::wide(),
            time: Arc::clone(&time) as Arc<dyn TimeSource>,
            presence_grace: Duration::from_millis(50),
            // Tests make time pass at once; the timer has to notice.
            timer_every: Duration::from_millis(10),
            hand_over: Duration::ZERO,
            store: StoreConfig { machine_time: true, ..StoreConfig::default() },
            ..ServerConfig::at(place)
        };
        bend(&mut config);
        let mut server = TestServer {
            base: String::new(),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            site,
            folder,
            time,
            metrics: None,
            config,
            http: http(),
            timer: Arc::default(),
            store: None,
            app: None,
            running: None,
        };
        server.run().await;
        server
    }

    /// Up, on another port than before.
    pub async fn run(&mut self) {
        self.http = http();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::bind(self.config.clone(), any).await.unwrap();
        self.base = format!("http://localhost:{}", server.address.port());
        self.timer = Arc::clone(&server.app.timer);
        self.store = Some(server.app.store.clone());
        self.app = Some(server.app.clone());
        self.address = server.address;
        self.metrics = server.metrics_address;
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let running = tokio::spawn(async move {
            let stop = async {
                let _ = stopped.await;
            };
            server.run(stop).await
        });
        self.running = Some((stop, running));
    }

    pub async fn stop(&mut self) {
        // Nobody else may have it open when the server goes down.
        self.store = None;
        self.app = None;
        let (stop, running) = self.running.take().unwrap();
        stop.send(()).unwrap();
        running.await.unwrap().unwrap();
    }

    /// Waits until it ends without having been told to. Why, it says.
    pub async fn fails(&mut self) -> String {
        let (_stop, running) = self.running.take().unwrap();
        let ended = tokio::time::timeout(SOON, running).await.expect("it goes on");
        format!("{:#}", ended.unwrap().unwrap_err())
    }

    /// Down and up again, on another port with the same data.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.run().await;
    }

    pub async fn restart_with(&mut self, bend: impl FnOnce(&mut ServerConfig)) {
        bend(&mut self.config);
        self.restart().await;
    }

    /// Another node on the same database.
    pub async fn another_node(&self) -> TestServer {
        self.another_node_with(|_| {}).await
    }

    pub async fn another_node_with(&self, bend: impl FnOnce(&mut ServerConfig)) -> TestServer {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(DATABASE), self.database()).unwrap();
        let mut config = self.config.clone();
        // Browsers reach all of them under one address.
        config.public_url = Some(self.app().own_origin().clone());
        bend(&mut config);
        let mut node = TestServer {
            base: String::new(),
            address: self.address,
            site: self.site.clone(),
            folder,
            time: Arc::clone(&self.time),
            metrics: None,
            config,
            http: http(),
            timer: Arc::default(),
            store: None,
            app: None,
            running: None,
        };
        node.run().await;
        node
    }

    /// A second site with agents of its own, whose e-mails begin with `other-`.
    pub fn another_site(&self) -> SiteKey {
        let site = add_site_to(&self.config.place, "Other");
        add_agents(&self.config.place, &site, "other-");
        site
    }

    pub fn add_bot(&self, site: &SiteKey) -> String {
        let (store, bot, site) = (self.beside(), NewBot::named("Wick").unwrap(), site.clone());
        let token = bot.token.clone();
        blocking(move || store.add_bot(&store.site(Some(&site)).unwrap(), &bot).unwrap());
        token
    }

    pub fn caller(&self) -> Caller {
        Caller { http: self.http.clone(), base: self.base.clone(), headers: Vec::new() }
    }

    /// Somebody who has never been here.
    pub fn visitor(&self) -> Visitor {
        self.visitor_of(&self.site)
    }

    pub fn visitor_of(&self, site: &SiteKey) -> Visitor {
        self.visitor_with(site, VisitorKey::from_bytes(random()))
    }

    pub fn visitor_with(&self, site: &SiteKey, key: VisitorKey) -> Visitor {
        let caller = self
            .caller()
            .under(&format!("/api/v1/sites/{site}"))
            .with("authorization", &format!("Bearer {}", key.as_str()));
        Visitor { caller, key, site: site.clone(), address: self.address }
    }

    /// Ada is an admin, Ben an agent.
    pub async fn agent(&self, name: &str) -> Agent {
        let body = json!({"email": format!("{name}@lantern.example"), "password": PASSWORD});
        let answer = self.caller().post("/api/v1/agent/session", &body).await;
        let cookie = answer.cookie();
        let session: Session = answer.ok();
        let caller = self
            .caller()
            .under("/api/v1/agent")
            .with("cookie", &cookie)
            .with("x-csrf-token", &session.csrf);
        Agent { caller, cookie, session, address: self.address }
    }

    pub fn bot(&self, token: &str) -> Caller {
        self.caller().under("/api/v1/bot").with("authorization", &format!("Bearer {token}"))
    }

    pub async fn set_closing(&self, closing: ClosingSettings) {
        self.agent("ada").await.sets_closing(&closing).await;
    }

    /// The state that its handlers share.
    pub fn app(&self) -> &App {
        self.app.as_ref().unwrap()
    }

    pub fn timer(&self) -> &Arc<Timer> {
        &self.timer
    }

    /// Something else that the writer has to do meanwhile.
    pub async fn writes(&self, work: impl FnMut() + Send + 'static) {
        let store = self.store.as_ref().unwrap();
        store.between_writes(work).await.unwrap();
    }

    /// The writer has to do something else until the returned sender sends, or is dropped.
    pub async fn writer_is_kept_busy(&self) -> std::sync::mpsc::Sender<()> {
        let (free, freed) = std::sync::mpsc::channel();
        let (begin, mut begun) = tokio::sync::mpsc::unbounded_channel();
        let store = self.store.clone().unwrap();
        tokio::spawn(async move {
            let busy = move || {
                begin.send(()).unwrap();
                let _ = freed.recv_timeout(3 * SOON);
            };
            store.between_writes(busy).await
        });
        begun.recv().await.unwrap();
        free
    }

    /// Waits until a socket or a poll is there.
    pub async fn somebody_waits(&self) {
        let hub = &self.app.as_ref().unwrap().hub;
        until("a socket or a poll", async || !hub.sites().is_empty()).await;
    }

    /// The same for sessions.
    pub async fn writes_down_who_is_here(&self) {
        housekeeping::note_use_of_sessions(self.app.as_ref().unwrap()).await.unwrap();
    }

    /// The housekeeping, as it comes round each minute.
    pub async fn forgets_old_acts(&self) {
        let store = self.store.as_ref().unwrap();
        while !store.forget_old_acts().await.unwrap() {}
    }

    /// Lets the timer look at what is due now, and close some of it.
    pub async fn timer_looks(&self) {
        // One look may be under way.
        let looks = self.timer.rounds() + 2;
        until("the timer looks", async || {
            self.timer.plan_again();
            self.timer.rounds() >= looks
        })
        .await;
    }

    /// What is in force for the site's visitors.
    pub async fn visitor_policy(&self) -> Policy {
        let visitor = self.visitor();
        visitor.starts("What is in force?").await;
        visitor.sync(&hello()).await.policy
    }

    /// As the command does it, beside the running server.
    pub fn set_plan(&self, plan: Plan) {
        let (store, site) = (self.beside(), self.site.clone());
        blocking(move || store.set_plan(&site, plan).unwrap());
    }

    /// The address of the store's database.
    pub fn database(&self) -> String {
        std::fs::read_to_string(self.folder.path().join(DATABASE)).unwrap()
    }

    /// The address of a new, empty database.
    pub async fn another_database(&self) -> String {
        let folder = tempfile::tempdir().unwrap();
        a_place(&folder);
        std::fs::read_to_string(folder.path().join(DATABASE)).unwrap()
    }

    /// Where the store is.
    pub fn place(&self) -> Place {
        self.config.place.clone()
    }

    /// Points it, while it is down, at another database.
    pub fn moves_to(&mut self, database: &str) {
        self.config.place = Place::Database(Box::new(database.parse().unwrap()));
    }

    /// The store, as commands see it beside the running server.
    pub fn beside(&self) -> AdminStore {
        AdminStore::at(self.config.place.clone())
    }
}

pub fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(40)).build().unwrap()
}

/// Makes the store in the folder if there is none.
pub fn add_site(folder: &tempfile::TempDir, name: &str) -> SiteKey {
    add_site_to(&Place::Folder(folder.path().to_owned()), name)
}

fn add_site_to(place: &Place, name: &str) -> SiteKey {
    let place = place.clone();
    let origins = ["https://shop.example".parse().unwrap()];
    let site = NewSite::named(name, Plan::Professional, &origins).unwrap();
    let key = site.key.clone();
    blocking(move || {
        place.create().unwrap();
        assert!(AdminStore::at(place).add_site(&site).unwrap().is_none());
    });
    key
}

/// Where a test's store is: in its folder, or in a new database of the PostgreSQL server that
/// `PORCHLIGHT_TEST_POSTGRES` names, such as `postgres://postgres@127.0.0.1:5432`.
fn a_place(folder: &tempfile::TempDir) -> Place {
    let Ok(server) = std::env::var("PORCHLIGHT_TEST_POSTGRES") else {
        return Place::Folder(folder.path().to_owned());
    };
    let name = format!("test_{}", porchlight_protocol::id::hex(&random::<8>()));
    let address = format!("{server}/{name}");
    std::fs::write(folder.path().join(DATABASE), &address).unwrap();
    let database = address.parse().unwrap();
    blocking(move || {
        let maintenance = format!("{server}/postgres");
        let mut client = postgres::Client::connect(&maintenance, postgres::NoTls).unwrap();
        client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).unwrap();
    });
    Place::Database(Box::new(database))
}

/// The file in a test's folder with the address of its database, if it has one.
const DATABASE: &str = "database";

/// Points a command at the store of a test's folder.
pub fn in_place(command: &mut std::process::Command, folder: &Path) {
    match std::fs::read_to_string(folder.join(DATABASE)) {
        Ok(address) => command.env("PORCHLIGHT_DATABASE", address),
        Err(_) => command.env("PORCHLIGHT_DATA", folder),
    };
}

/// Runs `work` on a thread of its own: a client of PostgreSQL blocks, which a thread of the runtime must not.
pub fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::spawn(work).join().unwrap()
}

/// Runs `work` on the data file itself, behind the store's back, in a transaction.
pub fn with_file<T>(
    folder: &Path,
    work: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let mut sql = rusqlite::Connection::open(folder.join(porchlight_store::FILE))?;
    sql.busy_timeout(Duration::from_secs(10))?;
    let tx = sql.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let done = work(&tx)?;
    tx.commit()?;
    Ok(done)
}

/// Runs a statement behind the store's back, whichever engine it has.
pub fn behind(server: &TestServer, statement: &'static str) {
    if std::env::var("PORCHLIGHT_TEST_POSTGRES").is_err() {
        return with_file(server.folder.path(), |sql| sql.execute_batch(statement)).unwrap();
    }
    let address = server.database();
    blocking(move || {
        let mut client = postgres::Client::connect(&address, postgres::NoTls).unwrap();
        client.batch_execute(statement).unwrap();
    });
}

/// Ada and Ben, as agents of this site.
pub fn add_agents_to(place: &Place, site: &SiteKey) {
    add_agents(place, site, "");
}

fn add_agents(place: &Place, site: &SiteKey, prefix: &str) {
    use porchlight_protocol::wire::Role;
    let store = AdminStore::at(place.clone());
    let agents = [("ada", Role::Admin), ("ben", Role::Agent)].map(|(name, role)| {
        let email = format!("{prefix}{name}@lantern.example");
        NewAgent { email, name: name.to_owned(), role, password: PASSWORD_HASH.clone() }
    });
    let site = site.clone();
    blocking(move || {
        let site = store.site(Some(&site)).unwrap();
        for agent in &agents {
            store.add_agent(&site, agent).unwrap();
        }
    });
}

pub fn random<const N: usize>() -> [u8; N] {
    porchlight_store::random::bytes().unwrap()
}

/// A client id that no other test or call has.
pub fn client_id() -> ClientId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut bytes = random::<16>();
    bytes[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    ClientId::from_bytes(bytes)
}

pub fn message(text: &str) -> Value {
    json!({"message": {"text": text}})
}

pub fn hello() -> Hello {
    Hello { wire: WIRE_VERSION, auth: None, booted: None, known: None }
}

pub fn closing(hide_closed: bool, disable_field: bool, notice: bool) -> ClosingSettings {
    ClosingSettings { hide_closed, disable_field, notice, ..ClosingSettings::default() }
}

pub fn notice(language: &str, text: &str) -> Notice {
    Notice { language: language.to_owned(), text: text.to_owned() }
}

/// Closing after so many minutes, and nothing else.
pub fn closing_after(minutes: u64) -> ClosingSettings {
    ClosingSettings { auto_close_after_s: Some(minutes * 60), ..ClosingSettings::default() }
}

/// Waits until something is so.
pub async fn until<F: Future<Output = bool>>(what: &str, so: impl Fn() -> F) {
    let begun = std::time::Instant::now();
    while !so().await {
        assert!(begun.elapsed() < SOON, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub fn texts(events: &[Event]) -> Vec<&str> {
    events
        .iter()
        .filter_map(|event| match &event.body {
            EventBody::Message { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

/// An answer: its status and its body.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    /// Bytes of the body as it came.
    pub length: usize,
    pub text: String,
}

impl Answer {
    #[track_caller]
    pub fn ok<T: DeserializeOwned>(&self) -> T {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        serde_json::from_str(&self.text).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// Status and code of a refusal, such as `409 conversation_closed`.
    #[track_caller]
    pub fn refusal(&self) -> String {
        let body = self.json();
        let code =
            body["code"].as_str().unwrap_or_else(|| panic!("{}: {}", self.status, self.text));
        assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()));
        format!("{} {code}", self.status.as_u16())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn cookie(&self) -> String {
        self.header("set-cookie").split(';').next().unwrap().to_owned()
    }
}

/// Somebody who sends requests, with headers that go with each.
#[derive(Clone)]
pub struct Caller {
    pub http: reqwest::Client,
    pub base: String,
    pub headers: Vec<(String, String)>,
}

impl Caller {
    pub fn under(mut self, path: &str) -> Self {
        self.base.push_str(path);
        self
    }

    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut with = self.without(name);
        with.headers.push((name.to_owned(), value.to_owned()));
        with
    }

    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let mut without = self.clone();
        without.headers.retain(|(other, _)| other != name);
        without
    }

    pub async fn send(&self, method: Method, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        self.try_send(method, path, body).await.unwrap()
    }

    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        body: impl Into<reqwest::Body>,
    ) -> reqwest::Result<Answer> {
        let url = format!("{}{path}", self.base);
        let mut request = self.http.request(method.clone(), &url).body(body);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let answer = request.send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = answer.bytes().await?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let answer = Answer { status, headers, length: bytes.len(), text };
        if !status.is_success()
            && let Some(code) = answer.json()["code"].as_str()
        {
            let path =
                url.split_once("://").unwrap().1.split_once('/').map_or("", |(_, path)| path);
            crate::described::must_describe(&method, &format!("/{path}"), code);
        }
        Ok(answer)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, "").await
    }

    pub async fn post(&self, path: &str, body: &impl Serialize) -> Answer {
        self.send(Method::POST, path, serde_json::to_vec(body).unwrap()).await
    }

    pub async fn put(&self, path: &str, body: &impl Serialize) -> Answer {
        self.send(Method::PUT, path, serde_json::to_vec(body).unwrap()).await
    }

    pub async fn patch(&self, path: &str, body: &impl Serialize) -> Answer {
        self.send(Method::PATCH, path, serde_json::to_vec(body).unwrap()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, "").await
    }

    pub async fn act(&self, id: &ConversationId, act: &Value) -> Answer {
        self.act_as(&client_id(), id, act).await
    }

    pub async fn act_as(&self, name: &ClientId, id: &ConversationId, act: &Value) -> Answer {
        self.put(&format!("/conversations/{id}/events/{name}"), act).await
    }

    pub async fn says(&self, id: &ConversationId, text: &str) -> Appended {
        self.act(id, &message(text)).await.ok()
    }

    pub async fn claims(&self, id: &ConversationId) -> Appended {
        self.act(id, &json!({"claim": {"from": null}})).await.ok()
    }

    pub async fn closes(&self, id: &ConversationId) -> Appended {
        self.act(id, &json!({"close": {"seen": 1_000_000}})).await.ok()
    }

    pub async fn conversation(&self, id: &ConversationId) -> Conversation {
        self.get(&format!("/conversations/{id}")).await.ok()
    }

    pub async fn events(&self, id: &ConversationId) -> Vec<Event> {
        let page: Page = self.get(&format!("/conversations/{id}/events")).await.ok();
        page.events
    }

    pub async fn folder(&self, query: &str) -> Listing {
        self.get(&format!("/conversations{query}")).await.ok()
    }

    pub async fn sync(&self, hello: &Hello) -> Welcome {
        self.post("/sync", hello).await.ok()
    }
}

#[derive(Clone)]
pub struct Visitor {
    caller: Caller,
    pub key: VisitorKey,
    pub site: SiteKey,
    pub address: SocketAddr,
}

impl std::ops::Deref for Visitor {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl Visitor {
    pub async fn starts(&self, text: &str) -> ConversationId {
        let body = json!({"client_id": client_id(), "text": text});
        let started: Started = self.post("/conversations", &body).await.ok();
        started.conversation.id
    }

    pub async fn starts_with_bot(&self, text: &str) -> ConversationId {
        let body = json!({"client_id": client_id(), "text": text, "bot": true});
        let started: Started = self.post("/conversations", &body).await.ok();
        started.conversation.id
    }

    /// The same visitor at another node.
    pub fn at(&self, node: &TestServer) -> Visitor {
        node.visitor_with(&self.site, self.key.clone())
    }

    pub fn auth(&self) -> Auth {
        Auth::Visitor { site: self.site.clone(), key: self.key.clone() }
    }

    /// What Home lists for a client that boots now.
    pub async fn home(&self) -> Vec<ConversationId> {
        self.home_since(None).await
    }

    pub async fn home_since(&self, booted: Option<Boot>) -> Vec<ConversationId> {
        let welcome = self.sync(&Hello { booted, ..hello() }).await;
        welcome.conversations.into_iter().map(|conversation| conversation.id).collect()
    }

    pub async fn socket(&self) -> (Socket, Welcome) {
        let mut socket = Socket::open(self.address, &[]).await;
        let welcome = socket.hello(Hello { auth: Some(self.auth()), ..hello() }).await;
        (socket, welcome)
    }
}

pub struct Agent {
    caller: Caller,
    pub cookie: String,
    pub session: Session,
    pub address: SocketAddr,
}

impl std::ops::Deref for Agent {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl Agent {
    /// The same agent, with the same session, at another node.
    pub fn at(&self, node: &TestServer) -> Agent {
        let caller = Caller { base: format!("{}/api/v1/agent", node.base), ..self.caller.clone() };
        let (cookie, session) = (self.cookie.clone(), self.session.clone());
        Agent { caller, cookie, session, address: node.address }
    }

    pub fn auth(&self) -> Auth {
        Auth::Agent { csrf: self.session.csrf.clone() }
    }

    pub async fn sets_closing(&self, closing: &ClosingSettings) -> ClosingPage {
        self.put("/settings/closing", closing).await.ok()
    }

    pub async fn closing(&self) -> ClosingPage {
        self.get("/settings/closing").await.ok()
    }

    pub async fn effect_of(&self, closing: &ClosingSettings) -> ClosingEffect {
        self.post("/settings/closing/effect", closing).await.ok()
    }

    pub async fn socket(&self) -> (Socket, Welcome) {
        let mut socket = Socket::open(self.address, &[("cookie", &self.cookie)]).await;
        let welcome = socket.hello(Hello { auth: Some(self.auth()), ..hello() }).await;
        (socket, welcome)
    }
}

/// What a socket says: a frame, or that it is over.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "one at a time, in a test")]
pub enum Heard {
    Frame(ServerFrame),
    Closed(Option<u16>),
}

pub struct Socket {
    pub stream: WebSocketStream<TcpStream>,
}

impl Socket {
    pub async fn open(address: SocketAddr, headers: &[(&str, &str)]) -> Self {
        Self::try_open(address, headers).await.unwrap()
    }

    pub async fn try_open(
        address: SocketAddr,
        headers: &[(&str, &str)],
    ) -> Result<Self, tungstenite::Error> {
        let tcp = TcpSocket::new_v4().unwrap();
        // So that a reader can be slow without megabytes in between.
        tcp.set_recv_buffer_size(8 * 1024).unwrap();
        let tcp = tcp.connect(address).await.unwrap();
        let mut request = format!("ws://{address}/api/v1/socket").into_client_request().unwrap();
        for (name, value) in headers {
            let name: tungstenite::http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let (stream, _) = tokio_tungstenite::client_async(request, tcp).await?;
        Ok(Socket { stream })
    }

    pub async fn send(&mut self, text: impl Into<String>) {
        self.stream.send(Message::text(text.into())).await.unwrap();
    }

    pub async fn hello(&mut self, hello: Hello) -> Welcome {
        self.send(serde_json::to_string(&ClientFrame::Hello(hello)).unwrap()).await;
        match self.next().await {
            ServerFrame::Welcome(welcome) => welcome,
            other => panic!("{other:?}"),
        }
    }

    /// What comes next, beacons too.
    pub async fn hear(&mut self) -> Heard {
        loop {
            let heard = tokio::time::timeout(SOON, self.stream.next()).await.expect("silence");
            return match heard {
                Some(Ok(Message::Text(text))) => Heard::Frame(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => {
                    Heard::Closed(frame.map(|frame| frame.code.into()))
                }
                Some(Ok(_)) => continue,
                None | Some(Err(_)) => Heard::Closed(None),
            };
        }
    }

    /// The next frame as it came.
    pub async fn hear_text(&mut self) -> String {
        loop {
            let heard = tokio::time::timeout(SOON, self.stream.next()).await.expect("silence");
            if let Message::Text(text) = heard.unwrap().unwrap() {
                return text.to_string();
            }
        }
    }

    /// The next frame that is not a beacon.
    pub async fn next(&mut self) -> ServerFrame {
        loop {
            match self.hear().await {
                Heard::Frame(ServerFrame::Beacon(_)) => {}
                Heard::Frame(frame) => return frame,
                Heard::Closed(code) => panic!("closed: {code:?}"),
            }
        }
    }

    pub async fn next_event(&mut self) -> (ConversationId, Event) {
        loop {
            match self.next().await {
                ServerFrame::Event { conversation, event } => return (conversation, event),
                ServerFrame::Online(_) | ServerFrame::Read { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }

    pub async fn next_typing(&mut self) -> (ConversationId, Author) {
        loop {
            match self.next().await {
                ServerFrame::Typing { conversation, by } => return (conversation, by),
                ServerFrame::Online(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    pub async fn next_policy(&mut self) -> Policy {
        loop {
            match self.next().await {
                ServerFrame::Policy(policy) => return policy,
                ServerFrame::Online(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The code of the error frame that comes before the end, and the number of the close.
    pub async fn refused(&mut self) -> (String, Option<u16>) {
        let mut code = String::new();
        loop {
            match self.hear().await {
                Heard::Frame(ServerFrame::Error(body)) => code = body.code.as_str().to_owned(),
                Heard::Frame(_) => {}
                Heard::Closed(number) => return (code, number),
            }
        }
    }
}
