//! What happens to the store beside a running server: commands change it, somebody sets its file back,
//! another server takes it. The server polls for it every second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use porchlight_protocol::{Millis, Revision};
use porchlight_store::{Result, SiteId, Store, clock};

use crate::hub::{Cut, Hub};

/// How often the store is polled.
const EVERY: Duration = Duration::from_secs(1);

/// How far before the last round a round looks for revoked keys, in milliseconds: a command takes the time
/// before it commits.
const OVERLAP_MS: Millis = 10_000;

/// The revision of the policy that was published last for each site.
#[derive(Debug, Default)]
pub struct PublishedPolicies {
    revisions: Mutex<HashMap<SiteId, Revision>>,
}

impl PublishedPolicies {
    /// Notes that the site's policy of this revision is published.
    pub fn note(&self, site: SiteId, revision: Revision) {
        self.revisions.lock().unwrap_or_else(PoisonError::into_inner).insert(site, revision);
    }

    fn has(&self, site: SiteId, revision: Revision) -> bool {
        let revisions = self.revisions.lock().unwrap_or_else(PoisonError::into_inner);
        revisions.get(&site).is_some_and(|published| *published >= revision)
    }
}

/// The parts of a server that follow what happens outside.
pub struct Outside {
    /// The store that is polled.
    pub store: Store,
    /// The hub whose clients follow.
    pub hub: Arc<Hub>,
    /// The policies that are published already.
    pub policies: Arc<PublishedPolicies>,
}

impl Outside {
    /// Polls until it is dropped.
    pub async fn run(self) {
        let mut since = clock::now();
        loop {
            tokio::time::sleep(EVERY).await;
            let now = clock::now();
            let from = since.min(now) - OVERLAP_MS;
            since = now;
            for polled in [
                self.store.end_if_taken().await,
                self.renewed_epoch().await,
                self.revoked_keys(from).await,
                self.ended_sessions().await,
                self.removed_sites().await,
                self.store.publish_outside_events().await,
                self.changed_policies().await,
            ] {
                if let Err(error) = polled {
                    error.log();
                }
            }
        }
    }

    /// Begins a new epoch if a client has shown that the store went back in time.
    async fn renewed_epoch(&self) -> Result<()> {
        if self.store.renew_contradicted_epoch().await? {
            tracing::warn!(
                "a client knows of commits that the store does not hold: it has gone back in time. A new \
                 epoch begins, and open clients start from a snapshot"
            );
            self.hub.cut(None, Cut::NewEpoch);
        }
        Ok(())
    }

    /// Closes the sockets of visitors whose keys were revoked at `from` or later.
    async fn revoked_keys(&self, from: Millis) -> Result<()> {
        let revoked = self.store.revoked_visitors(from).await?;
        for (site, visitor) in revoked {
            self.hub.revoked(site, visitor);
        }
        Ok(())
    }

    /// Closes the sockets of sessions that have ended: by `session end`, with a new password, with the agent's
    /// removal, or by time.
    async fn ended_sessions(&self) -> Result<()> {
        let open = self.hub.sessions();
        if open.is_empty() {
            return Ok(());
        }
        let tokens = open.iter().map(|(_, token)| *token).collect();
        let ended = self.store.ended_sessions(tokens).await?;
        for (site, token) in open.iter().filter(|(_, token)| ended.contains(token)) {
            self.hub.sign_out(*site, token);
        }
        Ok(())
    }

    /// Closes the sockets of sites that were removed.
    async fn removed_sites(&self) -> Result<()> {
        let open = self.hub.sites();
        if open.is_empty() {
            return Ok(());
        }
        for site in self.store.removed_sites(open).await? {
            self.hub.cut(Some(site), Cut::SiteGone);
        }
        Ok(())
    }

    /// Publishes the policies of sites whose plan or settings a command has changed. In the first round after a
    /// start these are all sites with a policy of their own: clients see by its revision that it is no news.
    async fn changed_policies(&self) -> Result<()> {
        let mut changed = self.store.policy_revisions().await?;
        changed.retain(|(site, revision)| !self.policies.has(*site, *revision));
        if changed.is_empty() {
            return Ok(());
        }
        let sites = changed.iter().map(|(site, _)| *site).collect();
        let policies = Arc::clone(&self.policies);
        let is_published = move |site, revision| policies.has(site, revision);
        for site in self.store.publish_policies(sites, is_published).await? {
            if let Some((_, revision)) = changed.iter().find(|(other, _)| *other == site) {
                self.policies.note(site, *revision);
            }
        }
        Ok(())
    }
}
