//! The transaction of a write: its time, the revisions that it takes, and what it changes for clients.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::anyhow;
use porchlight_protocol::visit::Collecting;
use porchlight_protocol::{Millis, Revision};

use crate::clock::Moment;
use crate::error::Result;
use crate::news::{Change, Changed, News};
use crate::sql::{Sql, params};
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
    /// True if a flow has begun to wait in it, so that the timer has to know.
    pub(crate) waits: bool,
    held: BTreeMap<SiteId, Held>,
}

/// A site whose row the transaction holds.
#[derive(Debug, Clone)]
struct Held {
    /// The site as it is in the transaction.
    site: Arc<Site>,
    before: Revision,
    newest: Revision,
    changes: Vec<Change>,
}

/// What a savepoint goes back to.
pub(crate) struct Savepoint {
    held: BTreeMap<SiteId, Before>,
}

/// What a savepoint goes back to of a site.
struct Before {
    site: Arc<Site>,
    newest: Revision,
    changes: usize,
}

impl<'c> Commit<'c> {
    pub(crate) fn new(sql: Sql<'c>, at: Moment) -> Self {
        Commit { sql, now: at.wall, steady: at.steady, waits: false, held: BTreeMap::new() }
    }

    /// Holds a site, and returns it as it is now: until the transaction ends, no other one can change it or take
    /// revisions of it, so that the order of revisions is the order of commits. Whatever a write decides by is read
    /// after this, the sender's credential too.
    pub(crate) fn hold(&mut self, site: SiteId) -> Result<Site> {
        if let Some(held) = self.held.get(&site) {
            return Ok(Site::clone(&held.site));
        }
        let (site, newest, steady) = sites::lock(self.sql, site)?;
        // Another node's clock may be ahead of this one's.
        self.steady = self.steady.max(steady);
        let kept = Arc::new(site.clone());
        let held = Held { site: kept, before: newest, newest, changes: Vec::new() };
        self.held.insert(site.id, held);
        Ok(site)
    }

    /// Notes that a held site was changed in the transaction.
    pub(crate) fn replace(&mut self, site: Site) -> Result<()> {
        let id = site.id;
        self.held(id)?.site = Arc::new(site);
        Ok(())
    }

    fn held(&mut self, site: SiteId) -> Result<&mut Held> {
        let held = self.held.get_mut(&site);
        held.ok_or_else(|| anyhow!("site {site} is not held").into())
    }

    /// What is collected of a held site's visitors.
    pub(crate) fn collecting(&mut self, site: SiteId) -> Result<Collecting> {
        Ok(self.held(site)?.site.collecting)
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

    /// Publishes the change of a revision to the site's clients once the transaction is committed.
    pub(crate) fn publish(
        &mut self,
        site: SiteId,
        revision: Revision,
        what: Changed,
    ) -> Result<()> {
        self.held(site)?.changes.push(Change { revision, what });
        Ok(())
    }

    /// Runs `work` in a savepoint: if it fails, the savepoint is rolled back. A statement that was not waited for fails
    /// the transaction instead.
    pub(crate) fn whole<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let savepoint = self.savepoint();
        self.sql.pipeline("SAVEPOINT whole", params![])?;
        let result = work(self);
        if result.is_err() {
            self.roll_back(savepoint);
            self.sql.batch("ROLLBACK TO SAVEPOINT whole")?;
        }
        self.sql.pipeline("RELEASE SAVEPOINT whole", params![])?;
        result
    }

    /// The state before a savepoint.
    pub(crate) fn savepoint(&self) -> Savepoint {
        let held = self.held.iter();
        let held = held.map(|(id, held)| {
            let (site, newest) = (Arc::clone(&held.site), held.newest);
            (*id, Before { site, newest, changes: held.changes.len() })
        });
        Savepoint { held: held.collect() }
    }

    /// Forgets what came after a savepoint. The caller rolls the engine back, which also lets the sites go that were
    /// held since.
    pub(crate) fn roll_back(&mut self, to: Savepoint) {
        self.held.retain(|id, held| {
            let before = to.held.get(id);
            if let Some(Before { site, newest, changes }) = before {
                held.site = Arc::clone(site);
                held.newest = *newest;
                held.changes.truncate(*changes);
            }
            before.is_some()
        });
    }

    /// Saves the newest revision and the steady time of each site, as the last step of the transaction. True if
    /// revisions were taken.
    pub(crate) fn save_revisions(&self) -> Result<bool> {
        let mut moved = false;
        for (site, Held { before, newest, .. }) in &self.held {
            if newest != before {
                moved = true;
                sites::save_revision(self.sql, *site, *newest, self.steady)?;
            }
        }
        Ok(moved)
    }

    /// What clients are to be told.
    pub(crate) fn into_news(self) -> Vec<News> {
        let moved = self.held.into_iter().filter(|(_, held)| held.newest != held.before);
        moved
            .map(|(site, Held { before, newest, changes, .. })| News {
                site,
                after: before,
                up_to: newest,
                changes,
            })
            .collect()
    }
}
