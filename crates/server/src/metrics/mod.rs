//! Metrics, in the text format of Prometheus, on a listener of their own.
//!
//! | question | module |
//! |---|---|
//! | which requests were answered, and which refused | [`requests`] |
//! | who is connected, and what they are sent | [`clients`] |
//! | how many connections there are | [`connections`] |
//! | how what others commit is noticed | [`following`] |
//! | which sign-ins succeeded | [`sign_ins`] |
//! | what other modules count | [`scrape`], which reads it when the metrics are asked for |
//! | where the metrics are served | [`listener`] |
//!
//! No label holds a site, a visitor, an agent, an address or a conversation: each has a bounded number of values.

pub mod clients;
pub mod connections;
pub mod following;
pub mod listener;
pub mod requests;
pub mod scrape;
pub mod sign_ins;

use prometheus_client::registry::Registry;

use clients::Clients;
use connections::Connections;
use following::Following;
use requests::Requests;
use sign_ins::SignIns;

/// The beginning of each metric's name.
const PREFIX: &str = "porchlight";

/// What a server counts itself.
pub struct Metrics {
    /// The requests.
    pub requests: Requests,
    /// The connections of the server's listener.
    pub connections: Connections,
    /// The connected clients.
    pub clients: Clients,
    /// What others commit.
    pub following: Following,
    /// The sign-ins.
    pub sign_ins: SignIns,
    registry: Registry,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        Metrics {
            requests: Requests::registered(&mut registry),
            connections: Connections::registered(&mut registry),
            clients: Clients::registered(&mut registry),
            following: Following::registered(&mut registry),
            sign_ins: SignIns::registered(&mut registry),
            registry,
        }
    }
}
