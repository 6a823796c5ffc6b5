//! How a server follows the store: what changed in its sites since it looked last, whoever changed it.

use porchlight_protocol::{Millis, Revision, VisitorId};

use crate::epoch;
use crate::error::Result;
use crate::hint::Heard;
use crate::news::Since;
use crate::postgres::hints::DatabaseHints;
use crate::store::{self, SiteId, Store};
use crate::tables::sites::{self, SiteHead};
use crate::tables::{news, presence, visitors};

/// What a look at the whole store finds.
#[derive(Debug)]
pub struct Pulse {
    /// How far each site is.
    pub heads: Vec<SiteHead>,
    /// The sites whose agents are connected to other nodes.
    pub teams_elsewhere: Vec<SiteId>,
    /// The store has begun another epoch, and clients must start from a snapshot.
    pub is_new_epoch: bool,
}

impl Store {
    /// Looks at the store as a whole: how far each site is, who is online elsewhere, whether it is still the same life,
    /// and what time it is for all of its nodes.
    pub async fn pulse(&self) -> Result<Pulse> {
        let before = self.time().map(|time| time.monotonic());
        let (shared, node, now) = (self.is_shared(), self.node().to_owned(), self.now());
        let read = self.read(move |sql| {
            let teams = if shared { presence::elsewhere(sql, &node, now)? } else { Vec::new() };
            Ok((sites::heads(sql)?, teams, epoch::read(sql)?, sql.wall()?))
        });
        let (heads, teams_elsewhere, epoch, wall) = read.await?;
        if let (Some(time), Some(before), Some(wall)) = (self.time(), before, wall) {
            time.note(wall, before);
        }
        Ok(Pulse { heads, teams_elsewhere, is_new_epoch: self.take_epoch(epoch) })
    }

    /// What names the database that nodes share, whatever address each of them has for it, and survives that a replica
    /// takes over: letters, digits and `-`. `None` for a file, which has no other nodes.
    pub async fn database_name(&self) -> Result<Option<String>> {
        let life = self.read(|sql| sql.life()).await?;
        // The last part is the timeline, which is another one after a replica took over.
        let name = life.map(|life| life.rsplit_once('/').map(|(name, _)| name.replace('/', "-")));
        Ok(name.flatten())
    }

    /// Hints to and from the other nodes of the store's database. `None` for a file, which has no other.
    pub fn database_hints(&self, heard: Heard) -> Option<anyhow::Result<DatabaseHints>> {
        let database = self.database()?;
        Some(DatabaseHints::start(database, self.node(), heard))
    }

    /// Tells the other nodes that these are the sites whose agents are connected here. Has to be told again before the
    /// leases are over, after 30 s. Without other nodes, it does nothing.
    pub async fn announce_teams(&self, sites: Vec<SiteId>) -> Result<()> {
        if !self.is_shared() {
            return Ok(());
        }
        let node = self.node().to_owned();
        self.write(move |commit| presence::announce(commit.sql, &node, &sites, commit.now)).await
    }

    /// The newest revision of a site.
    pub async fn head(&self, site: SiteId) -> Result<Revision> {
        self.read(move |sql| store::revision(sql, site)).await
    }

    /// What changed in a site after a revision, or the first part of it. `None` if the site was removed.
    pub async fn changes(&self, site: SiteId, after: Revision) -> Result<Option<Since>> {
        self.read(move |sql| news::since(sql, site, after)).await
    }

    /// The visitors whose keys were revoked at `since` or later, of all sites.
    pub async fn revoked_visitors(&self, since: Millis) -> Result<Vec<(SiteId, VisitorId)>> {
        self.read(move |sql| visitors::revoked_since(sql, since)).await
    }
}
