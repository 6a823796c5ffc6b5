//! What every handler has at hand.

use std::ops::Deref;
use std::sync::Arc;

use porchlight_protocol::SiteKey;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::ServerConfig;
use crate::error::Result;
use crate::hub::Hub;
use crate::limits::Limits;
use crate::origin::Origin;
use crate::store::Store;
use crate::store::sites::{self, Site};

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
        let publish = Arc::clone(&hub);
        let store = Store::open(&config.data, &config.store, move |published| {
            publish.publish(published);
        })?;
        let limits = Limits::new(&config.rates);
        let stopping = CancellationToken::new();
        let sockets = TaskTracker::new();
        let inner = AppInner { store, hub, limits, stopping, sockets, config, own_origin };
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

    /// The site with this key.
    pub async fn site(&self, key: &SiteKey) -> Result<Site> {
        let key = key.clone();
        self.store.read(move |sql| sites::by_key(sql, &key)).await
    }
}
