//! What a server is told when it starts.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use porchlight_protocol::limits::BEACON_EVERY_MS;

use crate::clock::{SystemTime, TimeSource};
use crate::connections::Patience;
use crate::limits::Rates;
use crate::origin::Origin;
use crate::store::StoreConfig;

/// What a server is told when it starts. Flags and environment fill it; tests bend it.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// The folder of the data file.
    pub data: PathBuf,
    /// Where browsers reach the server. Absent: where it listens.
    pub public_url: Option<Origin>,
    /// A proxy stands in front: count by the last address in `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// How much one caller may ask for.
    pub rates: Rates,
    /// Time between two beacons on a socket.
    pub beacon_every: Duration,
    /// Time that a socket has for its first frame.
    pub hello_within: Duration,
    /// How long a team counts as there after its last agent has gone: a reload is no absence.
    pub presence_grace: Duration,
    /// What a peer may hold without being known.
    pub patience: Patience,
    /// Time after which the timer looks at the latest, whenever something comes due: clocks are set,
    /// and machines sleep.
    pub timer_every: Duration,
    /// Where time comes from.
    pub time: Arc<dyn TimeSource>,
    /// How the store is opened.
    pub store: StoreConfig,
}

impl ServerConfig {
    /// The defaults, with data in this folder.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        ServerConfig {
            data: data.into(),
            public_url: None,
            behind_proxy: false,
            rates: Rates::default(),
            beacon_every: Duration::from_millis(BEACON_EVERY_MS),
            hello_within: Duration::from_secs(10),
            presence_grace: Duration::from_secs(30),
            patience: Patience::default(),
            timer_every: Duration::from_secs(30),
            time: Arc::new(SystemTime::default()),
            store: StoreConfig::default(),
        }
    }
}
