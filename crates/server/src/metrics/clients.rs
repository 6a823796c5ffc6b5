//! Sockets and long polls, the frames for sockets, and the sockets that the server cut.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::hub::Cut;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Client {
    transport: &'static str,
    party: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

/// The counters of connected clients. Clones share them.
#[derive(Clone, Default)]
pub struct Clients {
    open: Family<Client, Gauge>,
    queued: Counter,
    sent: Counter,
    cut: Family<Reason, Counter>,
}

const SOCKET: &str = "socket";
const POLL: &str = "poll";

impl Clients {
    pub(super) fn registered(registry: &mut Registry) -> Self {
        let clients = Clients::default();
        for (transport, party) in [
            (SOCKET, "visitor"),
            (SOCKET, "agent"),
            (SOCKET, "trial"),
            (POLL, "visitor"),
            (POLL, "agent"),
            (POLL, "bot"),
            (POLL, "trial"),
        ] {
            clients.open.get_or_create_owned(&Client { transport, party });
        }
        for cut in Cut::ALL {
            clients.cut.get_or_create_owned(&Reason { reason: cut.as_str() });
        }
        registry.register(
            "clients",
            "Open sockets and long polls by who opened them",
            clients.open.clone(),
        );
        registry.register(
            "frames_queued",
            "Frames that the hub queued for sockets",
            clients.queued.clone(),
        );
        registry.register(
            "frames_sent",
            "Queued frames that sockets have taken",
            clients.sent.clone(),
        );
        registry.register(
            "sockets_cut",
            "Sockets that the server ended, by reason",
            clients.cut.clone(),
        );
        clients
    }

    /// Counts a socket of this party until the returned value is dropped.
    pub fn socket(&self, party: &'static str) -> Open {
        self.opened(SOCKET, party)
    }

    /// Counts a long poll of this party until the returned value is dropped.
    pub fn poll(&self, party: &'static str) -> Open {
        self.opened(POLL, party)
    }

    fn opened(&self, transport: &'static str, party: &'static str) -> Open {
        let gauge = self.open.get_or_create_owned(&Client { transport, party });
        gauge.inc();
        Open(gauge)
    }

    /// Counts a frame that is queued for a socket.
    pub fn frame_queued(&self) {
        self.queued.inc();
    }

    /// Counts a queued frame that a socket has taken.
    pub fn frame_sent(&self) {
        self.sent.inc();
    }

    /// Counts a socket that the server ends.
    pub fn cut(&self, why: Cut) {
        self.cut.get_or_create(&Reason { reason: why.as_str() }).inc();
    }
}

/// A socket or long poll that is open.
pub struct Open(Gauge);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}
