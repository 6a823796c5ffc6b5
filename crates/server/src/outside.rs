//! What happens to the store beside this server: other nodes write to it, commands change it, somebody sets it back,
//! another server takes its file. The server polls for it every second.

use std::collections::HashMap;
use std::time::Duration;

use porchlight_protocol::{Millis, Revision};
use porchlight_store::requests::Pulse;
use porchlight_store::sites::SiteHead;
use porchlight_store::{Result, SiteId};

use crate::app::App;
use crate::hub::Cut;
use crate::{networks, presence};

/// How often the store is polled.
const EVERY: Duration = Duration::from_secs(1);

/// How far before the last round a round looks for revoked keys, in milliseconds: a command takes the time
/// before it commits.
const OVERLAP_MS: Millis = 10_000;

/// Polls until it is dropped.
pub async fn run(app: App) {
    let mut outside = Outside { since: app.now(), policies: None, app };
    loop {
        tokio::time::sleep(EVERY).await;
        for polled in [
            outside.app.store.end_if_taken().await,
            outside.pulse().await,
            outside.renewed_epoch().await,
            outside.revoked_keys().await,
            presence::look(&outside.app).await,
            networks::tell_awaited(&outside.app).await,
        ] {
            if let Err(error) = polled {
                error.log();
            }
        }
    }
}

struct Outside {
    app: App,
    /// When the last round looked for revoked keys.
    since: Millis,
    /// The revisions of the sites' policies, at the last round.
    policies: Option<HashMap<SiteId, Revision>>,
}

impl Outside {
    /// Takes what a look at the whole store finds.
    async fn pulse(&mut self) -> Result<()> {
        let Pulse { heads, teams_elsewhere, is_new_epoch } = self.app.store.pulse().await?;
        if is_new_epoch {
            self.cut_for_the_new_epoch();
        }
        self.app.tail.heads(&heads);
        self.app.hub.set_teams_elsewhere(teams_elsewhere.into_iter().collect());
        self.note_policies(&heads);
        Ok(())
    }

    /// Wakes the timer if a site's periods may have changed.
    fn note_policies(&mut self, heads: &[SiteHead]) {
        let policies = heads.iter().map(|head| (head.site, head.policy_revision)).collect();
        let before = self.policies.replace(policies);
        if before.is_some() && before != self.policies {
            self.app.timer.plan_again();
        }
    }

    /// Begins a new epoch if a client has shown that the store went back in time.
    async fn renewed_epoch(&self) -> Result<()> {
        if self.app.store.renew_contradicted_epoch().await? {
            tracing::warn!("a client knows of commits that the store does not hold");
            self.cut_for_the_new_epoch();
        }
        Ok(())
    }

    fn cut_for_the_new_epoch(&self) {
        tracing::warn!(
            "the store has gone back in time. A new epoch begins, and open clients start from a snapshot"
        );
        self.app.hub.cut(None, Cut::NewEpoch);
    }

    /// Closes the sockets of visitors whose keys were revoked since the last round.
    async fn revoked_keys(&mut self) -> Result<()> {
        let now = self.app.now();
        let revoked = self.app.store.revoked_visitors(self.since.min(now) - OVERLAP_MS).await?;
        self.since = now;
        for (site, visitor) in revoked {
            self.app.hub.revoked(site, visitor);
        }
        Ok(())
    }
}
