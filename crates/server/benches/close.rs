//! What the timer costs with 100,000 open conversations: memory, time to start, time per close, and
//! what a visitor notices meanwhile. Prints, and judges nothing: machines differ.
//!
//! `cargo bench -p porchlight-server --bench close`. `CONVERSATIONS=20000` in the environment makes it
//! smaller.
#![allow(missing_docs, clippy::unwrap_used, reason = "a measurement that fails panics")]
#![expect(clippy::print_stdout, reason = "what it measures is for people")]

mod measure;

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use porchlight_protocol::wire::{Role, Start};
use porchlight_protocol::{Act, ClosingSettings, Plan, SiteKey, VisitorKey};
use porchlight_server::app::App;
use porchlight_server::limits::Rates;
use porchlight_server::{Server, ServerConfig};
use porchlight_store::agents::NewAgent;
use porchlight_store::bots::NewBot;
use porchlight_store::clock::{SystemTime, TimeSource};
use porchlight_store::sites::NewSite;
use porchlight_store::{AdminStore, Asker, FILE, Hash, Store, StoreConfig, Surroundings};
use sha2::{Digest, Sha256};

use measure::{
    Time, claim, client_id, cpu_ticks, looked, mib, ms, part, passes, resident_kib, row,
    visitor_key,
};

/// Conversations that come due at the same moment.
const GROUPS: usize = 10;

/// Seconds between one such moment and the next.
const APART_S: u64 = 600;

/// The address of the site's admin.
const ADA: &str = "ada@lantern.example";

/// Conversations of one visitor.
const EACH: usize = 20;

fn main() {
    let count = std::env::var("CONVERSATIONS").ok().and_then(|count| count.parse().ok());
    let count: usize = count.unwrap_or(100_000);
    let mut args = std::env::args().skip(1);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if args.next().as_deref() == Some("fill") {
        runtime.block_on(fill(Path::new(&args.next().unwrap()), count));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // In a process of its own, so that its memory is not counted.
    let begun = Instant::now();
    let program = std::env::current_exe().unwrap();
    let filled = Command::new(program).arg("fill").arg(folder.path()).status().unwrap();
    assert!(filled.success());
    println!("\n{count} open conversations, written in {:.1} s", begun.elapsed().as_secs_f64());
    runtime.block_on(measure(folder.path(), count));
}

/// Opens so many conversations, each with its first message; every tenth is with a bot. A tenth of
/// them at a time, and then some minutes pass.
async fn fill(folder: &Path, count: usize) {
    let origins = ["https://shop.example".parse().unwrap()];
    porchlight_store::create(folder).unwrap();
    let new = NewSite::named("Shop", Plan::Professional, &origins).unwrap();
    let key = new.key.clone();
    let admin = AdminStore::new(folder);
    admin.add_site(&new).unwrap();
    let site = admin.site(None).unwrap();
    admin.add_bot(&site, &NewBot::named("Wick").unwrap()).unwrap();
    // Nobody signs in with a password here.
    let (email, name) = (ADA.to_owned(), "Ada".to_owned());
    let ada = NewAgent { email, name, role: Role::Admin, password: String::new() };
    admin.add_agent(&site, &ada).unwrap();
    // The last of them was opened just now.
    let time = Arc::new(Time::default());
    let groups = i64::try_from(APART_S * GROUPS as u64 * 1_000).unwrap();
    time.passed.store(-groups, Ordering::SeqCst);
    let config = StoreConfig::default();
    let source = Arc::clone(&time) as Arc<dyn TimeSource>;
    let store = Store::open(folder, &config, source, |_| {}).unwrap();
    for group in 0..GROUPS {
        let all: Vec<usize> = (group * count / GROUPS..(group + 1) * count / GROUPS).collect();
        for some in all.chunks(500) {
            let starts = some.iter().map(|at| {
                let text = format!("Hello, this is question number {at}. Do you ship to Norway?");
                let start = Start {
                    client_id: client_id(*at),
                    text,
                    bot: at % 10 == 0,
                    bot_id: None,
                    language: None,
                };
                store.start(
                    claim(&key, &visitor_key(at / EACH)),
                    start,
                    Surroundings::default(),
                    |_| Asker::default(),
                )
            });
            futures_util::future::try_join_all(starts).await.unwrap();
        }
        passes(&time, APART_S);
    }
    store.close().await;
}

async fn measure(folder: &Path, count: usize) {
    let file = std::fs::metadata(folder.join(FILE)).unwrap().len();
    row("data file", mib(file));
    let site = AdminStore::new(folder).site(None).unwrap().key;

    // Up, with a period after which nothing is due yet.
    set_period_beside(folder, 30 * 24 * 60 * 60).await;
    let begun = Instant::now();
    let config = ServerConfig { rates: Rates::wide(), ..ServerConfig::new(folder) };
    let server = Server::bind(config, ([127, 0, 0, 1], 0).into()).await.unwrap();
    row("server is ready after", ms(begun.elapsed()));
    let (app, base) = (server.app.clone(), format!("http://{}", server.address));
    let ada = sign_in(&app.store).await;
    let before = resident_kib();
    let begun = Instant::now();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    looked(&app, 0).await;
    row("timer knows the first deadline after", ms(begun.elapsed()));
    let after = resident_kib();
    row("resident, before the timer", mib(before * 1024));
    row("resident, with the timer", mib(after * 1024));

    // Another period: planned again, with nothing written to any conversation.
    let mut replanned = Vec::new();
    for days in 1..=20 {
        let looks = app.timer.rounds();
        let begun = Instant::now();
        set_period(&app, &ada, days * 24 * 60 * 60).await;
        looked(&app, looks).await;
        replanned.push(begun.elapsed());
    }
    row("settings changed and planned again, p50", ms(part(&mut replanned, 0.5)));
    let mut told = Vec::new();
    for _ in 0..20 {
        let begun = Instant::now();
        let effect = app.store.closing_effect(ada, period(APART_S)).await.unwrap();
        assert_eq!(effect.timed, count as u64);
        told.push(begun.elapsed());
    }
    row("what a change would do, counted, p50", ms(part(&mut told, 0.5)));

    // A tenth comes due at once, while a visitor writes.
    let writer = Writer::comes(&app, &base, &site).await;
    let mut quiet = writer.writes_for(Duration::from_secs(2)).await;
    let due = count / GROUPS;
    let busy = Arc::new(AtomicBool::new(true));
    let writing = tokio::spawn(writer.writes_while(Arc::clone(&busy)));
    let begun = Instant::now();
    let after_s = APART_S * GROUPS as u64 - APART_S / 2;
    set_period(&app, &ada, after_s).await;
    while open(&app, &ada).await > count + 1 - due {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let took = begun.elapsed();
    busy.store(false, Ordering::SeqCst);
    let mut meanwhile = writing.await.unwrap();
    assert_eq!(open(&app, &ada).await, count + 1 - due);
    row(&format!("{due} came due at once, closed in"), ms(took));
    row("per close", ms(took / u32::try_from(due).unwrap().max(1)));
    let messages = meanwhile.len();
    row("a visitor's message, nothing else going on, p50", ms(part(&mut quiet, 0.5)));
    row("  p99", ms(part(&mut quiet, 0.99)));
    row(&format!("a visitor's message meanwhile ({messages}), p50"), ms(part(&mut meanwhile, 0.5)));
    row("  p99", ms(part(&mut meanwhile, 0.99)));
    row("resident, after closing", mib(resident_kib() * 1024));

    // Nothing to do.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (looks, cpu) = (app.timer.rounds(), cpu_ticks());
    let idle = Duration::from_secs(10);
    tokio::time::sleep(idle).await;
    row("timer woke up in 10 idle seconds", format!("{} times", app.timer.rounds() - looks));
    let used = Duration::from_millis((cpu_ticks() - cpu) * 10);
    row("CPU of the whole server in 10 idle seconds", ms(used));

    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
}

fn period(after_s: u64) -> ClosingSettings {
    ClosingSettings { auto_close_after_s: Some(after_s), ..ClosingSettings::default() }
}

/// Begins a session of the site's admin.
async fn sign_in(store: &Store) -> Hash {
    let login = store.login(ADA.to_owned()).await.unwrap().unwrap();
    let session = Sha256::digest("session").into();
    store.sign_in(login, session, String::new(), None).await.unwrap();
    session
}

async fn set_period(app: &App, ada: &Hash, after_s: u64) {
    app.store.set_closing(*ada, period(after_s), None).await.unwrap();
}

/// The same before there is a server. Its session ends with it.
async fn set_period_beside(folder: &Path, after_s: u64) {
    let time = Arc::new(SystemTime::default());
    let store = Store::open(folder, &StoreConfig::default(), time, |_| {}).unwrap();
    let ada = sign_in(&store).await;
    store.set_closing(ada, period(after_s), None).await.unwrap();
    store.sign_out(ada).await.unwrap();
    store.close().await;
}

async fn open(app: &App, ada: &Hash) -> usize {
    let effect = app.store.closing_effect(*ada, ClosingSettings::default()).await;
    usize::try_from(effect.unwrap().open).unwrap()
}

/// A visitor who writes, one message after another.
struct Writer {
    http: reqwest::Client,
    address: String,
    key: VisitorKey,
    next: Mutex<usize>,
}

impl Writer {
    async fn comes(app: &App, base: &str, site: &SiteKey) -> Self {
        let key = visitor_key(usize::MAX);
        let claim = claim(site, &key);
        let text = "Hello".to_owned();
        let start = Start {
            client_id: client_id(usize::MAX),
            text,
            bot: false,
            bot_id: None,
            language: None,
        };
        let id = app
            .store
            .start(claim, start, Surroundings::default(), |_| Asker::default())
            .await
            .unwrap()
            .0
            .conversation
            .id;
        let address = format!("{base}/api/v1/sites/{site}/conversations/{id}/events");
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Writer { http, address, key, next: Mutex::new(0) }
    }

    async fn writes(&self) -> Duration {
        let number = {
            let mut next = self.next.lock().unwrap();
            *next += 1;
            *next
        };
        let act = Act::message(format!("Is anybody there? {number}"));
        let request = self
            .http
            .put(format!("{}/{}", self.address, client_id(number)))
            .header("authorization", format!("Bearer {}", self.key.as_str()))
            .body(serde_json::to_vec(&act).unwrap());
        let begun = Instant::now();
        let answer = request.send().await.unwrap();
        let took = begun.elapsed();
        assert!(answer.status().is_success(), "{}", answer.status());
        took
    }

    async fn writes_for(&self, time: Duration) -> Vec<Duration> {
        let (begun, mut took) = (Instant::now(), Vec::new());
        while begun.elapsed() < time {
            took.push(self.writes().await);
        }
        took
    }

    async fn writes_while(self, busy: Arc<AtomicBool>) -> Vec<Duration> {
        let mut took = vec![self.writes().await];
        while busy.load(Ordering::SeqCst) {
            took.push(self.writes().await);
        }
        took
    }
}
