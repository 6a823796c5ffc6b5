//! The demo's data. Site, agents and bot are added as the commands add them; conversations go through
//! the API.

use std::path::Path;

use anyhow::{Context, ensure};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use porchlight_protocol::limits::BODY_BYTES_MAX;
use porchlight_protocol::wire::{Role, Session, SignIn, Start, Started};
use porchlight_protocol::{
    Act, ClientId, Conversation, ConversationId, Millis, Plan, SiteKey, VisitorKey,
};
use porchlight_store::agents::NewAgent;
use porchlight_store::bots::NewBot;
use porchlight_store::sites::NewSite;
use porchlight_store::{Error, Origin, random};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use tower::ServiceExt;

use crate::app::App;
use crate::{password, routes};

use super::past::Past;

pub(super) const ADA_EMAIL: &str = "ada@lantern.example";
pub(super) const BEN_EMAIL: &str = "ben@lantern.example";
pub(super) const PASSWORD: &str = "porchlight";
const SITE: &str = "Lantern & Oak";
/// What the bot says and asks.
const FLOW: &str = include_str!("flow.json");

/// The demo's keys, persisted beside the data file for the next start.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Demo {
    pub(super) site_key: SiteKey,
    /// The key of Mia, a returning visitor; the shop's strip switches to it.
    pub(super) mia_key: VisitorKey,
    bot_token: String,
    seeded: bool,
}

/// Adds the demo's data, or what is missing of it.
pub(super) async fn seed(
    app: &App,
    past: &Past,
    folder: &Path,
    shop: &Origin,
) -> anyhow::Result<Demo> {
    let file = folder.join("demo.json");
    let demo = match known(app, &file, shop).await? {
        Some(demo) => demo,
        None => create(app, &file, shop).await?,
    };
    if demo.seeded {
        return Ok(demo);
    }
    // Each act has the same `client_id` at every start: an interrupted run is continued without duplicates.
    converse(app, past, &demo).await.context("the demo's conversations")?;
    let demo = Demo { seeded: true, ..demo };
    save(&file, &demo)?;
    Ok(demo)
}

fn save(file: &Path, demo: &Demo) -> anyhow::Result<()> {
    std::fs::write(file, serde_json::to_vec_pretty(demo)?)
        .with_context(|| format!("can't write {}", file.display()))
}

/// The demo of an earlier start, if its site still exists. Updates the shop's origin.
async fn known(app: &App, file: &Path, shop: &Origin) -> anyhow::Result<Option<Demo>> {
    let Ok(text) = std::fs::read(file) else { return Ok(None) };
    let Ok(demo) = serde_json::from_slice::<Demo>(&text) else { return Ok(None) };
    let found = app.store.set_origins(demo.site_key.clone(), vec![shop.clone()]).await;
    Ok(found.is_ok().then_some(demo))
}

async fn create(app: &App, file: &Path, shop: &Origin) -> anyhow::Result<Demo> {
    let mia_key = VisitorKey::from_bytes(random::bytes()?);
    let hash = tokio::task::spawn_blocking(|| password::hash(PASSWORD)).await??;
    let site = NewSite::named(SITE, Plan::Professional, std::slice::from_ref(shop))?;
    let agent = |email: &str, name: &str, role| NewAgent {
        email: email.to_owned(),
        name: name.to_owned(),
        role,
        password: hash.clone(),
    };
    let agents = vec![agent(ADA_EMAIL, "Ada", Role::Admin), agent(BEN_EMAIL, "Ben", Role::Agent)];
    let bot = NewBot::named("Wick")?;
    let (site_key, bot_token) = (site.key.clone(), bot.token.clone());
    let demo = Demo { site_key, mia_key, bot_token, seeded: false };
    // Before the site: `known` notices a file without a site, but no site without a file.
    save(file, &demo)?;
    let added = app.store.add_site(site, agents, vec![bot]).await;
    added.map_err(Error::told).context("the demo can't be set up: try an empty data folder")?;
    Ok(demo)
}

/// An act of a story.
enum Step {
    Visitor(&'static str),
    VisitorCloses,
    Bot(&'static str),
    Claim(Agent),
    Says(Agent, &'static str),
    Notes(Agent, &'static str),
    Closes(Agent),
    /// The timer closes the conversation after a day without activity.
    TimesOut,
}

#[derive(Clone, Copy)]
enum Agent {
    Ada,
    Ben,
}

struct Story {
    /// When the story begins. It ends before the next one begins.
    minutes_ago: Millis,
    /// The visitor; the same name is the same visitor.
    visitor: &'static str,
    with_bot: bool,
    opening: &'static str,
    steps: &'static [Step],
}

const MINUTE: Millis = 60_000;
const HOURS: Millis = 60;
const DAYS: Millis = 24 * HOURS;

/// The age of the site, in milliseconds: a week.
pub(super) const BEGINS_AGO: Millis = 7 * DAYS * MINUTE;

/// Milliseconds from one step to the next.
const STEP: Millis = 2 * MINUTE;

use Agent::{Ada, Ben};
use Step::{Bot, Claim, Closes, Notes, Says, TimesOut, Visitor, VisitorCloses};

const STORIES: &[Story] = &[
    Story {
        minutes_ago: 6 * DAYS + 3 * HOURS,
        visitor: "mia",
        with_bot: false,
        opening: "Hi! The glass of my Hazel lantern arrived cracked.",
        steps: &[
            Claim(Ada),
            Says(Ada, "Oh no, I'm sorry to hear that. Could you tell me your order number?"),
            Visitor("It's 10417."),
            Says(
                Ada,
                "Thank you. A new glass is on its way and should arrive on Thursday. Please keep the \
                 lantern itself.",
            ),
            Visitor("That was quick, thank you so much!"),
            Closes(Ada),
        ],
    },
    Story {
        minutes_ago: 5 * DAYS + 5 * HOURS,
        visitor: "omar",
        with_bot: false,
        opening: "Which bulb does the Ember Table Lamp take?",
        steps: &[
            Claim(Ben),
            Says(Ben, "E27, warm white, up to 40 W. One comes with the lamp."),
            TimesOut,
        ],
    },
    Story {
        minutes_ago: 3 * DAYS + 7 * HOURS,
        visitor: "tomas",
        with_bot: false,
        opening: "Is the oak of the Harbour bench weatherproof?",
        steps: &[
            Claim(Ben),
            Says(
                Ben,
                "Yes, it's oiled twice. Oil it once a year, and it will stay that way: \
                 https://lantern.example/care",
            ),
            Visitor("Perfect, thanks."),
            Closes(Ben),
        ],
    },
    Story {
        minutes_ago: 2 * DAYS + 2 * HOURS,
        visitor: "ruth",
        with_bot: false,
        opening: "How heavy is the small lantern?",
        steps: &[Visitor("Never mind, I found it on the page."), VisitorCloses],
    },
    Story {
        minutes_ago: DAYS + 4 * HOURS,
        visitor: "mia",
        with_bot: true,
        opening: "When are you open?",
        steps: &[
            Bot(
                "We answer here from Monday to Saturday, 9:00 to 18:00. The shop in Mill Lane opens at 10:00.",
            ),
            Visitor("And on holidays?"),
            Bot(
                "We're closed on public holidays, and back the day after. Can I help with anything else?",
            ),
        ],
    },
    Story {
        minutes_ago: 5 * HOURS,
        visitor: "priya",
        with_bot: false,
        opening: "Hello, can I still change the delivery address of my order? It's 10466.",
        steps: &[
            Claim(Ben),
            Notes(Ben, "10466 is packed, the label is not printed yet."),
            Says(Ben, "It hasn't left the workshop yet, so yes. Where should we send it?"),
            Visitor("12 Orchard Row, please. Same town."),
        ],
    },
    Story {
        minutes_ago: 3 * HOURS,
        visitor: "jonas",
        with_bot: false,
        opening: "Do you ship to Norway?",
        steps: &[Visitor("It would be two Hazel lanterns.")],
    },
    Story {
        minutes_ago: 80,
        visitor: "mia",
        with_bot: false,
        opening: "One more thing: which candles fit the Hazel lantern?",
        steps: &[
            Claim(Ada),
            Says(
                Ada,
                "Pillar candles up to 8 cm wide. The beeswax ones in the shop are made for it.",
            ),
        ],
    },
    Story {
        minutes_ago: 12,
        visitor: "lena",
        with_bot: false,
        opening: "I'd like to order 30 small lanterns for a wedding in June. Do you have a price for that many?",
        steps: &[],
    },
];

async fn converse(app: &App, past: &Past, demo: &Demo) -> anyhow::Result<()> {
    let api = Api { router: routes::router(app.clone()) };
    let ada = api.sign_in(ADA_EMAIL).await?;
    let ben = api.sign_in(BEN_EMAIL).await?;
    for (number, story) in STORIES.iter().enumerate() {
        let mut ago = story.minutes_ago * MINUTE;
        past.is_ago(ago);
        let key = match story.visitor {
            "mia" => demo.mia_key.clone(),
            // Derived, not random, so that an interrupted run finds the same visitors again.
            name => VisitorKey::from_bytes(random::hash(&format!("{name} {}", demo.bot_token))),
        };
        let visitor = Caller::Bearer(format!("/api/v1/sites/{}", demo.site_key), key.into());
        let bot = Caller::Bearer("/api/v1/bot".to_owned(), demo.bot_token.clone());
        let start = Start {
            client_id: client_id(number, 0),
            text: story.opening.to_owned(),
            bot: story.with_bot,
            bot_id: None,
            language: None,
        };
        let started: Started = api.call(&visitor, Method::POST, "/conversations", &start).await?;
        let id = started.conversation.id;
        for (step, at) in story.steps.iter().zip(1..) {
            let agent = |agent: &Agent| match agent {
                Ada => &ada,
                Ben => &ben,
            };
            ago -= if matches!(step, TimesOut) { DAYS * MINUTE } else { STEP };
            past.is_ago(ago);
            let (caller, act) = match step {
                Visitor(text) => (&visitor, Act::message(*text)),
                VisitorCloses => (&visitor, Act::Close { seen: 0 }),
                Bot(text) => (&bot, Act::message(*text)),
                Claim(who) => (agent(who), Act::Claim { from: None }),
                Says(who, text) => (agent(who), Act::message(*text)),
                Notes(who, text) => (agent(who), Act::Note { text: (*text).to_owned() }),
                Closes(who) => {
                    let path = format!("/conversations/{id}");
                    let now: Conversation = api.get(agent(who), &path).await?;
                    (agent(who), Act::Close { seen: now.head })
                }
                TimesOut => {
                    times_out(app, demo, &id).await?;
                    continue;
                }
            };
            let path = format!("/conversations/{id}/events/{}", client_id(number, at));
            let _: Value = api.call(caller, Method::PUT, &path, &act).await?;
        }
    }
    publish(&api, &ada).await?;
    api.sign_out(&ada).await?;
    api.sign_out(&ben).await
}

/// Publishes the bot's flow. After the stories, in which the bot answers by its token.
async fn publish(api: &Api, ada: &Caller) -> anyhow::Result<()> {
    let bots: Value = api.get(ada, "/bots").await?;
    let bot = bots.pointer("/bots/0/bot/id").and_then(Value::as_str).context("there is no bot")?;
    let flow: &RawValue = serde_json::from_str(FLOW)?;
    let _: Value = api.call(ada, Method::PUT, &format!("/bots/{bot}/flow"), &flow).await?;
    Ok(())
}

/// Closes a conversation as the timer does. The site itself has no period.
async fn times_out(app: &App, demo: &Demo, id: &ConversationId) -> anyhow::Result<()> {
    let closed = app.store.time_out(demo.site_key.clone(), id.clone()).await;
    closed.map(drop).map_err(Error::told)
}

fn client_id(story: usize, step: usize) -> ClientId {
    let hash = random::hash(&format!("demo {story} {step}"));
    ClientId::from_bytes(hash.first_chunk().copied().unwrap_or_default())
}

/// Who calls the API.
enum Caller {
    /// A base address, and the token for it.
    Bearer(String, String),
    /// An agent's cookie and CSRF token.
    Agent(String, String),
}

/// The host that these requests name: each must name one.
const HOST: &str = "localhost";

/// The API, called in process.
struct Api {
    router: Router,
}

impl Api {
    async fn sign_in(&self, email: &str) -> anyhow::Result<Caller> {
        let sign_in = SignIn { email: email.to_owned(), password: PASSWORD.to_owned(), code: None };
        let request = Request::post("/api/v1/agent/session").header(header::HOST, HOST);
        let request = request.body(Body::from(serde_json::to_vec(&sign_in)?))?;
        let answer = self.router.clone().oneshot(request).await?;
        let cookie = answer
            .headers()
            .get(header::SET_COOKIE)
            .and_then(|cookie| cookie.to_str().ok()?.split(';').next())
            .context("no session was given")?
            .to_owned();
        let body = axum::body::to_bytes(answer.into_body(), BODY_BYTES_MAX).await?;
        let session: Session = serde_json::from_slice(&body)?;
        Ok(Caller::Agent(cookie, session.csrf))
    }

    async fn sign_out(&self, agent: &Caller) -> anyhow::Result<()> {
        self.send(agent, Method::DELETE, "/session", Body::empty()).await.map(drop)
    }

    async fn get<T: for<'de> Deserialize<'de>>(
        &self,
        caller: &Caller,
        path: &str,
    ) -> anyhow::Result<T> {
        let body = self.send(caller, Method::GET, path, Body::empty()).await?;
        Ok(serde_json::from_slice(&body)?)
    }

    async fn call<T: for<'de> Deserialize<'de>>(
        &self,
        caller: &Caller,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> anyhow::Result<T> {
        let body = Body::from(serde_json::to_vec(body)?);
        let body = self.send(caller, method, path, body).await?;
        Ok(serde_json::from_slice(&body)?)
    }

    async fn send(
        &self,
        caller: &Caller,
        method: Method,
        path: &str,
        body: Body,
    ) -> anyhow::Result<axum::body::Bytes> {
        let request = Request::builder().method(method).header(header::HOST, HOST);
        let request = match caller {
            Caller::Bearer(base, token) => request
                .uri(format!("{base}{path}"))
                .header(header::AUTHORIZATION, format!("Bearer {token}")),
            Caller::Agent(cookie, csrf) => request
                .uri(format!("/api/v1/agent{path}"))
                .header(header::COOKIE, cookie)
                .header("x-csrf-token", csrf),
        };
        let answer = self.router.clone().oneshot(request.body(body)?).await?;
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await?;
        ensure!(
            status.is_success() || status == StatusCode::NO_CONTENT,
            "{path}: {status} {}",
            String::from_utf8_lossy(&body)
        );
        Ok(body)
    }
}
