//! Connections: open ones, and those that were refused.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// The counters of a listener's connections. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Connections {
    open: Gauge,
    refused: Counter,
}

impl Connections {
    pub(super) fn registered(registry: &mut Registry) -> Self {
        let connections = Connections::default();
        registry.register("connections", "Open connections", connections.open.clone());
        registry.register(
            "connections_refused",
            "Connections that were refused, because all places were taken",
            connections.refused.clone(),
        );
        connections
    }

    /// Counts a connection that was accepted.
    pub fn opened(&self) {
        self.open.inc();
    }

    /// Counts a connection that has ended.
    pub fn closed(&self) {
        self.open.dec();
    }

    /// Counts a connection that was refused.
    pub fn refused(&self) {
        self.refused.inc();
    }
}
