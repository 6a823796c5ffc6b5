//! What opening a store has in common, whatever its engine.

use std::fmt;
use std::sync::Arc;

use porchlight_protocol::Epoch;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::epoch::EpochState;
use crate::random;
use crate::readers::{self, Readers};
use crate::sites_of::SitesOf;
use crate::stats::Stats;
use crate::store::{HeldFile, Inner, Shared, StoreConfig};
use crate::writer::{Pen, Publish, Writers};

/// What an engine has opened.
pub(crate) struct Opened {
    /// The writers.
    pub(crate) pens: Vec<Pen>,
    /// Opens a reader's session.
    pub(crate) reader: Arc<readers::Open>,
    /// The clock, which goes on where the store ended.
    pub(crate) clock: Clock,
    pub(crate) epoch: Epoch,
    pub(crate) shared: Option<Shared>,
    pub(crate) file: Option<HeldFile>,
}

impl Opened {
    /// Starts the writers and the readers.
    pub(crate) fn start(self, config: &StoreConfig, publish: &Publish) -> anyhow::Result<Inner> {
        let (clock, stats) = (Arc::new(self.clock), Arc::<Stats>::default());
        Ok(Inner {
            writers: Writers::start(self.pens, &clock, &stats, publish)?,
            readers: Readers::new(self.reader, Arc::clone(&stats)),
            epoch: EpochState::new(self.epoch),
            clock,
            stats,
            sites_of: SitesOf::default(),
            waits: Notify::new(),
            mails: config.mails,
            node: random::name()?,
            shared: self.shared,
            file: self.file,
        })
    }
}

/// Logs what opening has made of the store in a place, whose schema had the version `from`.
pub(crate) fn tell(place: &dyn fmt::Display, from: usize, to: usize) {
    let place = place.to_string();
    if from == 0 {
        tracing::info!(place, "made a new store");
    } else if from != to {
        tracing::info!(place, from, to, "migrated the store to this version's schema");
    }
}
