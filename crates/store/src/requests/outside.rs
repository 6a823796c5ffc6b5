//! What commands have done beside the running server.

use porchlight_protocol::{Millis, Revision, VisitorId};

use crate::error::Result;
use crate::news::Published;
use crate::store::{SiteId, Store};
use crate::tables::{outside, sites, visitors};

impl Store {
    /// The visitors whose keys were revoked at `since` or later, of all sites.
    pub async fn revoked_visitors(&self, since: Millis) -> Result<Vec<(SiteId, VisitorId)>> {
        self.read(move |sql| visitors::revoked_since(sql, since)).await
    }

    /// Those of the sites that were removed.
    pub async fn removed_sites(&self, sites: Vec<SiteId>) -> Result<Vec<SiteId>> {
        self.read(move |sql| sites::gone(sql, sites)).await
    }

    /// Publishes the events that commands have appended.
    pub async fn publish_outside_events(&self) -> Result<()> {
        if self.read(outside::any).await? {
            while !self.write(outside::publish).await? {}
        }
        Ok(())
    }

    /// The revision of each site's policy, of all sites.
    pub async fn policy_revisions(&self) -> Result<Vec<(SiteId, Revision)>> {
        self.read(sites::closing_revisions).await
    }

    /// Publishes the policies of these sites, in their order with the writer's other news: no newer policy can be
    /// overtaken. `is_published` says which revision of a site was published already, perhaps since the caller has
    /// looked. Returns the sites that have no policy any more: they were removed, or their rows are damaged.
    pub async fn publish_policies(
        &self,
        sites: Vec<SiteId>,
        is_published: impl Fn(SiteId, Revision) -> bool + Send + 'static,
    ) -> Result<Vec<SiteId>> {
        self.write(move |commit| {
            let mut without = Vec::new();
            for id in sites {
                let site = match sites::by_id(commit.sql, id) {
                    Ok(site) => site,
                    Err(error) if error.is_of_the_store() => return Err(error),
                    Err(_) => {
                        without.push(id);
                        continue;
                    }
                };
                let revision = site.closing_revision;
                if !is_published(id, revision) {
                    let policy = site.policy();
                    commit.publish(Published::Policy { site: id, revision, policy });
                }
            }
            Ok(without)
        })
        .await
    }
}
