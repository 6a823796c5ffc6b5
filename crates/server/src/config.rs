//! The configuration of a server.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use porchlight_protocol::limits::BEACON_EVERY_MS;
use porchlight_store::clock::{SystemTime, TimeSource};
use porchlight_store::{Origin, Place, StoreConfig};

use crate::connections::ConnectionLimits;
use crate::hints::HintsBy;
use crate::limits::Rates;
use crate::mail::config::MailConfig;

/// The configuration of a server. Flags and environment variables fill it; tests change it.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Where the store is.
    pub place: Place,
    /// Where browsers reach the server. Absent: where it listens.
    pub public_url: Option<Origin>,
    /// The server is behind a proxy, so limits count by the last address in `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// The address of the listener for metrics; none for no metrics.
    pub metrics: Option<SocketAddr>,
    /// How the nodes of one database hint at changes.
    pub hints: HintsBy,
    /// The rate limits.
    pub rates: Rates,
    /// Time between two heartbeats on a socket.
    pub beacon_every: Duration,
    /// Time within which a socket must send its hello.
    pub hello_within: Duration,
    /// How long a team counts as online after its last agent has disconnected, so that a reload is no absence.
    pub presence_grace: Duration,
    /// Time over which a server that goes down spreads the ends of its sockets, so that the other nodes don't get them
    /// all at once. Without other nodes there is nothing to spread.
    pub hand_over: Duration,
    /// The limits on connections.
    pub connections: ConnectionLimits,
    /// The timer's longest sleep, however far away the next deadline: clocks are set, and machines sleep.
    pub timer_every: Duration,
    /// The machine's clocks; tests have their own. A database's wall clock goes before this one.
    pub time: Arc<dyn TimeSource>,
    /// How mail is sent; none for no mail.
    pub mail: Option<MailConfig>,
    /// The options for opening the store.
    pub store: StoreConfig,
}

impl ServerConfig {
    /// The defaults, with the store in this folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        ServerConfig::at(Place::Folder(folder.into()))
    }

    /// The defaults, with the store in this place.
    pub fn at(place: Place) -> Self {
        let hand_over = match &place {
            Place::Folder(_) => Duration::ZERO,
            Place::Database(_) => Duration::from_secs(4),
        };
        ServerConfig {
            place,
            public_url: None,
            behind_proxy: false,
            metrics: None,
            hints: HintsBy::default(),
            rates: Rates::default(),
            beacon_every: Duration::from_millis(BEACON_EVERY_MS),
            hello_within: Duration::from_secs(10),
            presence_grace: Duration::from_secs(30),
            hand_over,
            connections: ConnectionLimits::default(),
            timer_every: Duration::from_secs(30),
            mail: None,
            time: Arc::new(SystemTime::default()),
            store: StoreConfig::default(),
        }
    }
}
