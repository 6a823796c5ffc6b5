//! What commands change beside a running server, and how it notices: it looks every two seconds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use porchlight_protocol::{Millis, Revision};

use crate::app::App;
use crate::clock;
use crate::error::Result;
use crate::hub::Published;
use crate::store::{SiteId, sites, visitors};

/// How often the store is asked.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The commit of the policy that each site's clients were told last.
#[derive(Debug, Default)]
pub struct Told {
    policies: Mutex<HashMap<SiteId, Revision>>,
}

impl Told {
    /// Notes that the site's clients are told of this commit.
    pub fn note(&self, site: SiteId, revision: Revision) {
        self.policies.lock().unwrap_or_else(PoisonError::into_inner).insert(site, revision);
    }

    fn knows(&self, site: SiteId, revision: Revision) -> bool {
        let policies = self.policies.lock().unwrap_or_else(PoisonError::into_inner);
        policies.get(&site).is_some_and(|known| *known >= revision)
    }
}

/// Does what has to be done now and then, until it is dropped.
pub async fn run(app: App) {
    let mut since = clock::now();
    let mut rounds: u32 = 0;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        // A command takes the time before it commits: look back a little further than the last look.
        let now = clock::now();
        let from = since.min(now) - 10_000;
        since = now;
        for looked in [revocations(&app, from).await, policies(&app).await] {
            if let Err(error) = looked {
                // Telling it writes it to the log.
                let _ = error.into_body();
            }
        }
        rounds = rounds.wrapping_add(1);
        if rounds.is_multiple_of(30) {
            app.limits.tidy();
        }
    }
}

/// Shuts out whose keys were revoked.
async fn revocations(app: &App, from: Millis) -> Result<()> {
    let revoked = app.store.read(move |sql| visitors::revoked_since(sql, from)).await?;
    for (site, visitor) in revoked {
        app.hub.revoked(site, visitor);
    }
    Ok(())
}

/// Tells the clients of sites whose plan has changed. After a start that is every site that has a
/// policy of its own: clients know by the commit that it is no news.
async fn policies(app: &App) -> Result<()> {
    let told = Arc::clone(&app.told);
    let mut news = app.store.read(sites::closing_revisions).await?;
    news.retain(|(site, revision)| !told.knows(*site, *revision));
    if news.is_empty() {
        return Ok(());
    }
    // Through the writer, so that no newer policy can overtake it.
    app.store
        .write(move |commit| {
            for (id, _) in news {
                let site = sites::by_id(commit.sql, id)?;
                let revision = site.closing_revision;
                // A change by the API tells of itself; it may just have done so.
                if !told.knows(id, revision) {
                    let policy = site.policy();
                    commit.publish(Published::Policy { site: id, revision, policy });
                }
            }
            Ok(())
        })
        .await
}
