//! What every handler has at hand.

use std::ops::Deref;
use std::sync::Arc;

use porchlight_protocol::{Millis, SiteKey};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::ServerConfig;
use crate::error::Result;
use crate::hub::{Hub, Published};
use crate::limits::Limits;
use crate::origin::Origin;
use crate::store::Store;
use crate::store::sites::{self, Site};
use crate::timer::Timer;
use crate::watch::{Seen, Told};

/// What every handler has at hand. Cloning it is cheap.
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
    /// The timer that closes conversations.
    pub timer: Arc<Timer>,
    /// Which policies are in force, as far as clients were told.
    pub told: Arc<Told>,
    /// Which sessions were used lately.
    pub seen: Seen,
    /// The rate limits.
    pub limits: Limits,
    /// Cancelled when the server goes down.
    pub stopping: CancellationToken,
    /// The open sockets.
    pub sockets: TaskTracker,
    config: ServerConfig,
    own_origin: Origin,
}

impl Deref for App {
    type Target = AppInner;

    fn deref(&self) -> &AppInner {
        &self.inner
    }
}

impl App {
    /// Opens the store and gets everything ready.
    pub fn open(config: ServerConfig, own_origin: Origin) -> anyhow::Result<Self> {
        let hub = Arc::new(Hub::default());
        let (timer, told) = (Arc::<Timer>::default(), Arc::<Told>::default());
        let publish = {
            let (hub, timer, told) = (Arc::clone(&hub), Arc::clone(&timer), Arc::clone(&told));
            move |published: Published| {
                if let Published::Policy { site, revision, .. } = &published {
                    told.note(*site, *revision);
                    timer.plan_again();
                }
                hub.publish(published);
            }
        };
        let time = Arc::clone(&config.time);
        let store = Store::open(&config.data, &config.store, time, publish)?;
        let limits = Limits::new(&config.rates);
        let seen = Seen::default();
        let stopping = CancellationToken::new();
        let sockets = TaskTracker::new();
        let inner = AppInner {
            store,
            hub,
            timer,
            told,
            seen,
            limits,
            stopping,
            sockets,
            config,
            own_origin,
        };
        Ok(App { inner: Arc::new(inner) })
    }

    /// What the server was told when it started.
    pub fn config(&self) -> &ServerConfig {
        &self.config
    }

    /// Where browsers reach this server.
    pub fn own_origin(&self) -> &Origin {
        &self.own_origin
    }

    /// The wall clock: milliseconds since 1970 in UTC.
    pub fn now(&self) -> Millis {
        self.store.clock().now().wall
    }

    /// The site with this key.
    pub async fn site(&self, key: &SiteKey) -> Result<Site> {
        let key = key.clone();
        self.store.read(move |sql| sites::by_key(sql, &key)).await
    }
}
