//! What commands change beside a running server, and how it notices: it looks every second.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use porchlight_protocol::{Millis, Revision};

use crate::app::App;
use crate::clock;
use crate::error::Result;
use crate::hub::{Cut, Published};
use crate::random::Hash;
use crate::store::{SiteId, agents, check, log, outside, sites, visitors};

/// How often the store is asked.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Sessions that are noted in a minute. More requests than that come from nobody's inbox.
const SEEN_MAX: usize = 10_000;

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

/// Which sessions were used since it was last written down.
#[derive(Debug, Default)]
pub struct Seen {
    sessions: Mutex<HashSet<Hash>>,
}

impl Seen {
    /// Notes that a request showed this session, whether it holds or not.
    pub fn note(&self, session: Hash) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        // Anybody may show what is none.
        if sessions.len() < SEEN_MAX {
            sessions.insert(session);
        }
    }

    fn take(&self) -> HashSet<Hash> {
        std::mem::take(&mut *self.sessions.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Does what has to be done now and then, until it is dropped.
pub async fn run(app: App) {
    // A large file takes a while; nobody waits for it.
    let whole = app.clone();
    tokio::spawn(async move { tell(whole.store.read(check::glance).await) });
    let mut since = clock::now();
    let mut rounds: u32 = 0;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        // A command takes the time before it commits: look back a little further than the last look.
        let now = clock::now();
        let from = since.min(now) - 10_000;
        since = now;
        for looked in [
            app.store.end_if_taken().await,
            new_life(&app).await,
            revocations(&app, from).await,
            sessions(&app).await,
            removed_sites(&app).await,
            appended(&app).await,
            policies(&app).await,
        ] {
            tell(looked);
        }
        if rounds.is_multiple_of(60) {
            app.limits.tidy();
            tell(sessions_seen(&app).await);
            tell(forget(&app).await);
        }
        rounds = rounds.wrapping_add(1);
    }
}

fn tell(looked: Result<()>) {
    if let Err(error) = looked {
        // Telling it writes it to the log.
        let _ = error.into_body();
    }
}

/// Begins a new epoch if a client has shown that the store went back in time.
async fn new_life(app: &App) -> Result<()> {
    if app.store.renew_if_in_doubt().await? {
        tracing::warn!(
            "a client knows of commits that the store does not hold: it has gone back in time. A new epoch \
             begins, and open clients start from a snapshot"
        );
        app.hub.cut(None, Cut::NewLife);
    }
    Ok(())
}

/// Closes the sockets of sessions that hold no more: an agent was removed, a password changed, a session
/// ended or ran out.
async fn sessions(app: &App) -> Result<()> {
    let open = app.hub.sessions();
    if open.is_empty() {
        return Ok(());
    }
    let (tokens, now) = (open.iter().map(|(_, token)| *token).collect(), app.now());
    let ended = app.store.read(move |sql| agents::ended(sql, tokens, now)).await?;
    for (site, token) in open.iter().filter(|(_, token)| ended.contains(token)) {
        app.hub.sign_out(*site, token);
    }
    Ok(())
}

/// Closes what is open of sites that were removed.
async fn removed_sites(app: &App) -> Result<()> {
    let there = app.hub.sites();
    if there.is_empty() {
        return Ok(());
    }
    for site in app.store.read(move |sql| sites::gone(sql, there)).await? {
        app.hub.cut(Some(site), Cut::SiteGone);
    }
    Ok(())
}

/// Tells what commands have appended.
async fn appended(app: &App) -> Result<()> {
    if app.store.read(outside::any).await? {
        while !app.store.write(outside::tell).await? {}
    }
    Ok(())
}

/// Writes down which sessions are in use, so that the others end.
pub async fn sessions_seen(app: &App) -> Result<()> {
    let mut used = app.seen.take();
    used.extend(app.hub.sessions().into_iter().map(|(_, token)| token));
    let (used, now) = (used.into_iter().collect(), app.now());
    let stale = app.store.read(move |sql| agents::stale(sql, used, now)).await?;
    if stale.is_empty() {
        return Ok(());
    }
    app.store.write(move |commit| agents::seen(commit, &stale)).await
}

/// Forgets what nobody can ask for again. Others get their turn in between.
async fn forget(app: &App) -> Result<()> {
    while !app.store.write(log::forget_old_acts).await? {
        tokio::task::yield_now().await;
    }
    Ok(())
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
            for (id, revision) in news {
                let site = match sites::by_id(commit.sql, id) {
                    Ok(site) => site,
                    Err(error) if error.is_of_the_store() => return Err(error),
                    // Removed meanwhile, or damaged: there is nothing to tell of it.
                    Err(_) => {
                        told.note(id, revision);
                        continue;
                    }
                };
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
