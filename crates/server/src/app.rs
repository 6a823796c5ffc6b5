//! The state that all handlers share.

use std::ops::Deref;
use std::sync::Arc;

use porchlight_protocol::{Millis, SiteKey};
use porchlight_store::hint::Hint;
use porchlight_store::news::{Changed, News};
use porchlight_store::{Origin, Site, Store, StoreConfig};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::answers::Answers;
use crate::auth::Cookies;
use crate::config::ServerConfig;
use crate::error::Result;
use crate::hints::nats::Link;
use crate::hints::{Hints, Started};
use crate::housekeeping::UsedSessions;
use crate::hub::Hub;
use crate::limits::Limits;
use crate::mail::Mailer;
use crate::metrics::Metrics;
use crate::networks::Networks;
use crate::notices::Notices;
use crate::tail::Tail;
use crate::timer::Timer;

/// The state that all handlers share. Cloning it is cheap.
#[derive(Clone)]
pub struct App {
    inner: Arc<AppInner>,
}

/// The inside of an [`App`].
pub struct AppInner {
    /// The store.
    pub store: Store,
    /// The hub.
    pub hub: Arc<Hub>,
    /// What feeds the hub.
    pub tail: Arc<Tail>,
    /// The timer that closes conversations.
    pub timer: Arc<Timer>,
    /// Held by who takes from the store what has become of the connected sessions.
    pub looks_at_sessions: Mutex<()>,
    /// The sessions that requests have shown lately.
    pub used_sessions: UsedSessions,
    /// The rate limits.
    pub limits: Limits,
    /// From which networks visitors were met lately.
    pub networks: Arc<Networks>,
    /// What the server counts.
    pub metrics: Metrics,
    /// How long the teams usually take to answer.
    pub answers: Answers,
    /// What sends mail; none without a mail server.
    pub mailer: Option<Mailer>,
    /// The warnings that the log gives once.
    pub notices: Notices,
    /// Cancelled when the server goes down.
    pub stopping: CancellationToken,
    /// The open sockets.
    pub sockets: TaskTracker,
    config: ServerConfig,
    own_origin: Origin,
    cookies: Cookies,
}

/// What arrives for the [`Tail`].
pub struct ForTail {
    /// What this server commits, in the order of the commits.
    pub news: UnboundedReceiver<News>,
    /// The hints of other nodes.
    pub hints: UnboundedReceiver<Hint>,
    /// The connection by which they come, if it has to be run.
    pub link: Option<Link>,
}

impl Deref for App {
    type Target = AppInner;

    fn deref(&self) -> &AppInner {
        &self.inner
    }
}

impl App {
    /// Opens the store.
    pub fn open(config: ServerConfig, own_origin: Origin) -> anyhow::Result<(Self, ForTail)> {
        let metrics = Metrics::default();
        let hub = Arc::new(Hub::new(config.presence_grace, metrics.clients.clone()));
        let timer = Arc::<Timer>::default();
        let (feed, news) = unbounded_channel();
        let publish = {
            let timer = Arc::clone(&timer);
            move |news: News| {
                if news.changes.iter().any(|change| matches!(change.what, Changed::Policy(_))) {
                    timer.plan_again();
                }
                // The tail has stopped when the server goes down.
                let _ = feed.send(news);
            }
        };
        let time = Arc::clone(&config.time);
        let mailer = config.mail.clone().map(Mailer::new).transpose()?;
        let options = StoreConfig { mails: mailer.is_some(), ..config.store.clone() };
        let store = Store::at(&config.place, &options, time, publish)?;
        let Started { telling, heard: hints, link } = Hints::start(&config.hints, &store)?;
        let of_tail = metrics.following.clone();
        let tail = Arc::new(Tail::new(store.clone(), Arc::clone(&hub), telling, of_tail));
        let inner = AppInner {
            store,
            hub,
            tail,
            timer,
            looks_at_sessions: Mutex::default(),
            used_sessions: UsedSessions::default(),
            limits: Limits::new(&config.rates),
            networks: Arc::default(),
            metrics,
            answers: Answers::default(),
            mailer,
            notices: Notices::default(),
            stopping: CancellationToken::new(),
            sockets: TaskTracker::new(),
            cookies: Cookies::of(&own_origin),
            config,
            own_origin,
        };
        Ok((App { inner: Arc::new(inner) }, ForTail { news, hints, link }))
    }

    /// The configuration that the server was started with.
    pub fn config(&self) -> &ServerConfig {
        &self.config
    }

    /// Where browsers reach this server.
    pub fn own_origin(&self) -> &Origin {
        &self.own_origin
    }

    /// The cookies of agents' browsers.
    pub fn cookies(&self) -> &Cookies {
        &self.cookies
    }

    /// The wall clock: milliseconds since 1970 in UTC.
    pub fn now(&self) -> Millis {
        self.store.now()
    }

    /// The site with this key.
    pub async fn site(&self, key: &SiteKey) -> Result<Site> {
        Ok(self.store.site(key.clone()).await?)
    }
}
