//! The transaction of a write: its time, the revisions that it takes, and what it publishes.

use std::collections::BTreeMap;

use anyhow::anyhow;
use porchlight_protocol::{Millis, Revision};

use crate::error::Result;
use crate::news::Published;
use crate::sql::Sql;
use crate::store::SiteId;
use crate::tables::sites::{self, Site};

/// The transaction of a write.
pub struct Commit<'c> {
    /// Where queries go, inside the transaction.
    pub(crate) sql: Sql<'c>,
    /// The time of the commit by the wall clock: for display.
    pub(crate) now: Millis,
    /// The time of the commit in steady time: for periods.
    pub(crate) steady: Millis,
    held: BTreeMap<SiteId, Held>,
    published: Vec<Published>,
}

/// The newest revision of a site whose row the transaction holds.
#[derive(Debug, Clone, Copy)]
struct Held {
    before: Revision,
    newest: Revision,
}

/// What a savepoint goes back to.
pub(crate) struct Savepoint {
    held: BTreeMap<SiteId, Held>,
    published: usize,
}

impl<'c> Commit<'c> {
    pub(crate) fn new(sql: Sql<'c>, now: Millis, steady: Millis) -> Self {
        Commit { sql, now, steady, held: BTreeMap::new(), published: Vec::new() }
    }

    /// Holds a site, and returns it as it is now: until the transaction ends, no other one can change it or take
    /// revisions of it, so that the order of revisions is the order of commits. Whatever a write decides by is read
    /// after this.
    pub(crate) fn hold(&mut self, site: SiteId) -> Result<Site> {
        let (site, newest) = sites::lock(self.sql, site)?;
        self.held.entry(site.id).or_insert(Held { before: newest, newest });
        Ok(site)
    }

    fn held(&mut self, site: SiteId) -> Result<&mut Held> {
        let held = self.held.get_mut(&site);
        held.ok_or_else(|| anyhow!("site {site} is not held").into())
    }

    /// The revision that [`Commit::next_revision`] would take.
    pub(crate) fn coming_revision(&mut self, site: SiteId) -> Result<Revision> {
        Ok(self.held(site)?.newest + 1)
    }

    /// Takes the next revision of a site.
    pub(crate) fn next_revision(&mut self, site: SiteId) -> Result<Revision> {
        let held = self.held(site)?;
        held.newest += 1;
        Ok(held.newest)
    }

    /// Publishes to the clients once the transaction is committed.
    pub(crate) fn publish(&mut self, published: Published) {
        self.published.push(published);
    }

    /// Runs `work` in a savepoint: if it fails, the savepoint is rolled back.
    pub(crate) fn whole<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let savepoint = self.savepoint();
        self.sql.batch("SAVEPOINT whole")?;
        let result = work(self);
        if result.is_err() {
            self.roll_back(savepoint);
            self.sql.batch("ROLLBACK TO SAVEPOINT whole")?;
        }
        self.sql.batch("RELEASE SAVEPOINT whole")?;
        result
    }

    /// The state before a savepoint.
    pub(crate) fn savepoint(&self) -> Savepoint {
        Savepoint { held: self.held.clone(), published: self.published.len() }
    }

    /// Forgets what came after a savepoint. The caller rolls the engine back.
    pub(crate) fn roll_back(&mut self, to: Savepoint) {
        self.held = to.held;
        self.published.truncate(to.published);
    }

    /// Saves the newest revision and the steady time of each site, as the last step of the transaction. True if
    /// revisions were taken.
    pub(crate) fn save_revisions(&self) -> Result<bool> {
        let mut moved = false;
        for (site, Held { before, newest }) in &self.held {
            if newest != before {
                moved = true;
                sites::save_revision(self.sql, *site, *newest, self.steady)?;
            }
        }
        Ok(moved)
    }

    /// What is to be published.
    pub(crate) fn published(self) -> Vec<Published> {
        self.published
    }
}
