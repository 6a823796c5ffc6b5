//! How long the teams usually take to answer, as documents tell visitors. Counted anew now and then: it takes hundreds of
//! rows, and changes slowly.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use porchlight_store::answers::Usually;
use porchlight_store::{SiteId, Store};

/// How long a count holds.
const HOLDS_FOR: Duration = Duration::from_secs(600);

/// The counts of the sites whose documents were asked for lately.
#[derive(Debug, Default)]
pub struct Answers {
    counted: Mutex<HashMap<SiteId, (Instant, Option<Usually>)>>,
}

impl Answers {
    /// A poisoned lock is used anyway: each count is whole.
    fn counted(&self) -> MutexGuard<'_, HashMap<SiteId, (Instant, Option<Usually>)>> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Within which time this site's team usually answers. `None` also while the store can't tell: nobody misses it.
    pub async fn usually(&self, store: &Store, site: SiteId) -> Option<Usually> {
        let counted = self.counted().get(&site).copied();
        if let Some((_, usually)) = counted.filter(|(at, _)| at.elapsed() < HOLDS_FOR) {
            return usually;
        }
        let usually = store.usually_answers(site).await.inspect_err(|error| error.log()).ok()?;
        let mut counted = self.counted();
        counted.retain(|_, (at, _)| at.elapsed() < HOLDS_FOR);
        counted.insert(site, (Instant::now(), usually));
        usually
    }
}

/// The text that says so.
pub fn key(usually: Usually) -> &'static str {
    match usually {
        Usually::Minutes => "answers.minutes",
        Usually::Hour => "answers.hour",
        Usually::Hours => "answers.hours",
        Usually::Day => "answers.day",
    }
}
