//! What flow bots cost: steps of the machine, conversations that begin with a bot, answers, and 10,000 flows that wait.
//! Prints, and judges nothing: machines differ.
//!
//! `cargo bench -p porchlight-server --bench flow`. `CONVERSATIONS=1000` in the environment makes it smaller.
#![allow(missing_docs, clippy::unwrap_used, reason = "a measurement that fails panics")]
#![expect(clippy::print_stdout, reason = "what it measures is for people")]

mod measure;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use porchlight_flow::{Input, Run};
use porchlight_protocol::wire::Start;
use porchlight_protocol::{Act, ConversationId, Plan, SiteKey};
use porchlight_server::app::App;
use porchlight_server::limits::Rates;
use porchlight_server::{Server, ServerConfig};
use porchlight_store::bots::NewBot;
use porchlight_store::clock::TimeSource;
use porchlight_store::sites::NewSite;
use porchlight_store::{
    AdminStore, Asker, CheckedFlow, Credential, Surroundings, VisitorCredential,
};
use serde_json::{Value, json};

use measure::{
    Time, claim, client_id, cpu_ticks, looked, mib, ms, passes, resident_kib, row, visitor_key,
};

/// Conversations whose visitors act at the same time.
const AT_ONCE: usize = 500;

/// Answers that the machine alone is given.
const STEPS: u32 = 200_000;

/// How long flows wait by themselves, in seconds.
const WAIT_S: u64 = 3_600;

/// Asks for a topic, branches on it, sets an attribute, and asks again.
fn flow() -> Value {
    json!({
        "flow": 1,
        "start": "topic",
        "steps": {
            "topic": {
                "ask": "How can I help?",
                "choices": [{"label": "Delivery", "value": "delivery"}, {"label": "Wait", "then": "pause"}],
                "save": "topic",
                "then": "which"
            },
            "which": {"branch": [{"if": "topic", "is": "delivery", "then": "note"}], "else": "person"},
            "note": {"set": {"seen": "yes"}, "then": "said"},
            "said": {"say": "Within two days.", "then": "topic"},
            "pause": {"wait_s": WAIT_S, "then": "topic"},
            "person": {"hand_over": "One moment."}
        }
    })
}

fn main() {
    let count = std::env::var("CONVERSATIONS").ok().and_then(|count| count.parse().ok());
    let count: usize = count.unwrap_or(10_000);
    println!();
    machine();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let site = create(folder.path());
    runtime.block_on(measure(folder.path(), &site, count));
}

/// The machine alone, without a store.
fn machine() {
    let flow = porchlight_flow::read(&flow().to_string()).unwrap();
    let mut run = Run::new("en");
    let mut acts = run.step(&flow, Input::Begin).len();
    let begun = Instant::now();
    for _ in 0..STEPS {
        acts += run.step(&flow, Input::Said { text: "Delivery" }).len();
    }
    let took = begun.elapsed();
    assert!(acts > STEPS as usize && run.is_asking());
    row("the machine: answers a second", format!("{:.0}", f64::from(STEPS) / took.as_secs_f64()));
}

fn create(folder: &Path) -> SiteKey {
    let origins = ["https://shop.example".parse().unwrap()];
    porchlight_store::create(folder).unwrap();
    let new = NewSite::named("Shop", Plan::Professional, &origins).unwrap();
    let admin = AdminStore::new(folder);
    admin.add_site(&new).unwrap();
    let site = admin.site(None).unwrap();
    admin.add_bot(&site, &NewBot::named("Wick").unwrap()).unwrap();
    let (_, bot) = admin.bots(None).unwrap().pop().unwrap();
    admin.publish_flow(&bot, &CheckedFlow::read(&flow().to_string()).unwrap(), None).unwrap();
    new.key
}

/// The visitors of the measurement, each with one conversation.
struct Crowd<'a> {
    app: &'a App,
    site: &'a SiteKey,
    /// The number of the first visitor.
    first: usize,
    conversations: Vec<ConversationId>,
    acts: usize,
}

impl Crowd<'_> {
    fn visitor(&self, at: usize) -> VisitorCredential {
        claim(self.site, &visitor_key(self.first + at))
    }

    /// All begin a conversation, in which somebody speaks first: the bot, or they.
    async fn begin(&mut self, count: usize, bot: bool) -> Duration {
        let begun = Instant::now();
        let all: Vec<usize> = (0..count).collect();
        for some in all.chunks(AT_ONCE) {
            let starts = some.iter().map(|at| {
                let text = if bot { String::new() } else { "Hello".to_owned() };
                let start =
                    Start { client_id: client_id(*at), text, bot, bot_id: None, language: None };
                self.app
                    .store
                    .start(self.visitor(*at), start, Surroundings::default(), |_| Asker::default())
            });
            let started = try_join_all(starts).await.unwrap();
            self.conversations.extend(started.into_iter().map(|it| it.0.conversation.id));
        }
        begun.elapsed()
    }

    /// All say this.
    async fn say(&mut self, text: &str) -> Duration {
        let begun = Instant::now();
        let all: Vec<(usize, &ConversationId)> = self.conversations.iter().enumerate().collect();
        for some in all.chunks(AT_ONCE) {
            let said = some.iter().map(|(at, id)| {
                let who = Credential::Visitor(self.visitor(*at));
                let act = client_id(usize::MAX - self.acts * self.conversations.len() - at);
                let act = (act, Act::message(text.to_owned()));
                self.app.store.act(who, (*id).clone(), act, |_| true)
            });
            try_join_all(said).await.unwrap();
        }
        self.acts += 1;
        begun.elapsed()
    }
}

async fn measure(folder: &Path, site: &SiteKey, count: usize) {
    let time = Arc::new(Time::default());
    let source = Arc::clone(&time) as Arc<dyn TimeSource>;
    let config = ServerConfig { rates: Rates::wide(), time: source, ..ServerConfig::new(folder) };
    let server = Server::bind(config, ([127, 0, 0, 1], 0).into()).await.unwrap();
    let app = server.app.clone();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    looked(&app, 0).await;
    let each = |took: Duration| ms(took / u32::try_from(count).unwrap().max(1));
    let crowd = |first| Crowd { app: &app, site, first, conversations: Vec::new(), acts: 0 };

    let mut alone = crowd(0);
    row("a conversation without a bot begins in", each(alone.begin(count, false).await));
    row("  a message in it", each(alone.say("Delivery").await));
    let mut crowd = crowd(count);
    row("a conversation with a flow begins in", each(crowd.begin(count, true).await));
    row("  an answer, after which the bot speaks twice", each(crowd.say("Delivery").await));

    let resident = resident_kib();
    idle(&app, &format!("{count} flows wait for an answer")).await;
    row("an answer, after which the flow waits by itself", each(crowd.say("Wait").await));
    // Each that begins to wait wakes the timer; it has seen the last of them when it has slept for a moment.
    tokio::time::sleep(Duration::from_secs(1)).await;
    idle(&app, &format!("{count} flows wait for a time")).await;
    row("resident, more than before", mib((resident_kib().saturating_sub(resident)) * 1024));

    passes(&time, WAIT_S + 60);
    app.timer.plan_again();
    let begun = Instant::now();
    while woken(&app, &crowd).await < count {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    row(&format!("{count} came due at once, each woken in"), each(begun.elapsed()));
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
}

/// What ten seconds cost in which nobody does anything.
async fn idle(app: &App, what: &str) {
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (looks, cpu) = (app.timer.rounds(), cpu_ticks());
    tokio::time::sleep(Duration::from_secs(10)).await;
    row(&format!("{what}: timer woke in 10 s"), format!("{} times", app.timer.rounds() - looks));
    let used = Duration::from_millis((cpu_ticks() - cpu) * 10);
    row("  CPU of the whole server in these", ms(used));
}

/// The conversations in which the bot has asked again; all of them, if the last one is among them.
async fn woken(app: &App, crowd: &Crowd<'_>) -> usize {
    let mut woken = 0;
    for (at, id) in crowd.conversations.iter().enumerate().rev() {
        let who = Credential::Visitor(crowd.visitor(at));
        let known = app.store.conversation(who, id.clone()).await.unwrap();
        if known.is_last_of_visitor() {
            break;
        }
        woken += 1;
    }
    woken
}
