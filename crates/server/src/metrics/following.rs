//! How the server follows what others commit.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use porchlight_store::hint::Hint;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

const CHANGED: Kind = Kind { kind: "changed" };
const TYPING: Kind = Kind { kind: "typing" };
const OWN: Kind = Kind { kind: "own" };
const GARBAGE: Kind = Kind { kind: "garbage" };

/// The counters of hints, and of what was found without one.
#[derive(Clone)]
pub struct Following {
    hints: Family<Kind, Counter>,
    found_late: Counter,
    lag: Gauge<f64, AtomicU64>,
}

impl Following {
    pub(super) fn registered(registry: &mut Registry) -> Self {
        let hints = Family::<Kind, Counter>::default();
        for kind in [CHANGED, TYPING, OWN, GARBAGE] {
            hints.get_or_create_owned(&kind);
        }
        let (found_late, lag) = (Counter::default(), Gauge::default());
        registry.register("hints", "Hints at changes that arrived, by kind", hints.clone());
        registry.register(
            "changes_without_hint",
            "Sites that were found changed by the poll, not by a hint",
            found_late.clone(),
        );
        registry.register_with_unit(
            "tail_lag",
            "How old the newest event was when it was read for clients here, after another node had committed it",
            Unit::Seconds,
            lag.clone(),
        );
        Following { hints, found_late, lag }
    }

    /// Counts a hint.
    pub fn hinted(&self, hint: &Hint) {
        let kind = match hint {
            Hint::Changed(_) => CHANGED,
            Hint::Typing(_) => TYPING,
            Hint::Own => OWN,
            Hint::Garbage => GARBAGE,
        };
        self.hints.get_or_create(&kind).inc();
    }

    /// Counts a site that had changed without a hint.
    pub fn found_late(&self) {
        self.found_late.inc();
    }

    /// Notes how old the newest event was that was read.
    pub fn lagged(&self, lag: Duration) {
        self.lag.set(lag.as_secs_f64());
    }
}
