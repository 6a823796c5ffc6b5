//! What closes by itself, and what flows do by themselves.

use porchlight_protocol::{ConversationId, ErrorCode, SiteKey};

use crate::error::Result;
use crate::ops;
use crate::store::{SiteId, Store};
use crate::tables::deadlines::{self, Closed, Due};
use crate::tables::runs;

impl Store {
    /// What is due now.
    pub async fn due(&self) -> Result<Due> {
        let now = self.clock().now().steady;
        self.read(move |sql| deadlines::due(sql, now)).await
    }

    /// Closes what is due on a site, the longest overdue of each kind first, `limit` at most.
    pub async fn close_due(&self, site: SiteId, limit: usize) -> Result<Closed> {
        let closed =
            self.write_at(site, move |commit, site| deadlines::close_due(commit, &site, limit));
        match closed.await {
            // It was removed meanwhile.
            Err(error) if error.is(ErrorCode::SiteUnknown) => Ok(Closed::default()),
            closed => closed,
        }
    }

    /// Lets those of these flows of a site go on that have waited long enough. Returns how many did.
    pub async fn wake_flows(&self, site: SiteId, ids: Vec<String>) -> Result<usize> {
        let woken = self.write_at(site, move |commit, site| runs::wake(commit, &site, &ids)).await;
        match woken {
            // It was removed meanwhile.
            Err(error) if error.is(ErrorCode::SiteUnknown) => Ok(0),
            woken => woken,
        }
    }

    /// Closes a conversation with the timer as author, due or not. False if it is closed already.
    pub async fn time_out(&self, site: SiteKey, id: ConversationId) -> Result<bool> {
        let site = self.site_id(site).await?;
        self.write_at(site, move |commit, site| ops::time_out(commit, &site, &id)).await
    }
}
