//! What closes by itself.

use porchlight_protocol::{ConversationId, SiteKey};

use crate::error::Result;
use crate::ops;
use crate::store::{SiteId, Store};
use crate::tables::deadlines::{self, Closed, Due};
use crate::tables::sites;

impl Store {
    /// What is due now.
    pub async fn due(&self) -> Result<Due> {
        let now = self.clock().now().steady;
        self.read(move |sql| deadlines::due(sql, now)).await
    }

    /// Closes what is due on these sites, the longest overdue of each kind first, `limit` at most.
    pub async fn close_due(&self, sites: Vec<SiteId>, limit: usize) -> Result<Closed> {
        self.write(move |commit| deadlines::close_due(commit, &sites, limit)).await
    }

    /// Closes a conversation with the timer as author, due or not. False if it is closed already.
    pub async fn time_out(&self, site: SiteKey, id: ConversationId) -> Result<bool> {
        self.write(move |commit| {
            let site = sites::by_key(commit.sql, &site)?;
            let site = commit.hold(site.id)?;
            ops::time_out(commit, &site, &id)
        })
        .await
    }
}
