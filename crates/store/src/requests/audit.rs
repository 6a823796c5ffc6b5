//! The audit log of a site, as its admins read it.

use porchlight_protocol::audit::{AuditPage, Topic};
use porchlight_protocol::rights::Right;

use crate::error::Result;
use crate::random::Hash;
use crate::store::Store;
use crate::tables::{agents, audit};

use super::settings::must_have;

impl Store {
    /// A page of the audit log of an agent's site: the entries before this one, the newest first, `limit` at most; of one
    /// topic, or of all.
    pub async fn audit(
        &self,
        session: Hash,
        topic: Option<Topic>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<AuditPage> {
        let now = self.now();
        self.read(move |sql| {
            let agent = agents::authorise(sql, &session, now)?;
            must_have(&agent, Right::SeeAudit)?;
            audit::page(sql, agent.site.id, topic, before, limit)
        })
        .await
    }

    /// Deletes some of the entries that are too old, of all sites. True if none is left.
    pub async fn forget_old_audit(&self) -> Result<bool> {
        self.write(audit::forget_old).await
    }
}
