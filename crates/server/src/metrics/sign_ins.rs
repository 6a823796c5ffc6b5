//! Sign-ins by their result.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    result: &'static str,
}

const SUCCEEDED: Ended = Ended { result: "succeeded" };
const FAILED: Ended = Ended { result: "failed" };

/// The counters of sign-ins whose password was checked. Those above a rate limit are refusals.
pub struct SignIns {
    ended: Family<Ended, Counter>,
}

impl SignIns {
    pub(super) fn registered(registry: &mut Registry) -> Self {
        let ended = Family::<Ended, Counter>::default();
        ended.get_or_create_owned(&SUCCEEDED);
        ended.get_or_create_owned(&FAILED);
        registry.register(
            "sign_ins",
            "Sign-ins whose password was checked, by result",
            ended.clone(),
        );
        SignIns { ended }
    }

    /// Counts a sign-in by whether the password was right.
    pub fn ended(&self, right: bool) {
        self.ended.get_or_create(if right { &SUCCEEDED } else { &FAILED }).inc();
    }
}
