//! The tail of the log: tells the hub what changed in the sites of connected clients, whoever changed it: this server,
//! another node on the same database, a command.
//!
//! For each followed site it keeps the revision up to which clients were told. What this server commits is told as it
//! is, if it follows on that without a gap. Otherwise the rest is read from the store: after a hint of another node, and
//! once a second, where a revision has moved without one. So a hint that is lost, doubled or made up changes nothing
//! but the time that it takes.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use porchlight_protocol::Revision;
use porchlight_store::hint::{Hint, Told, Typing};
use porchlight_store::news::{Changed, News, Since};
use porchlight_store::sites::SiteHead;
use porchlight_store::{Result, SiteId, Store};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::hints::Hints;
use crate::hub::{Cut, Hub};
use crate::metrics::following::Following;

/// The tail of the log, for the sites of connected clients.
pub struct Tail {
    store: Store,
    hub: Arc<Hub>,
    hints: Hints,
    metrics: Following,
    sites: Mutex<HashMap<SiteId, Followed>>,
}

/// A followed site.
struct Followed {
    /// The revision up to which its clients were told.
    up_to: Revision,
    /// A look at the store is under way.
    looking: bool,
    /// There is more than what that look will find.
    again: bool,
}

impl Tail {
    /// A tail that follows no site yet.
    pub fn new(store: Store, hub: Arc<Hub>, hints: Hints, metrics: Following) -> Self {
        Tail { store, hub, hints, metrics, sites: Mutex::default() }
    }

    /// A poisoned lock is used anyway: each site is consistent after each step.
    fn lock(&self) -> MutexGuard<'_, HashMap<SiteId, Followed>> {
        self.sites.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows a site from now on. A client subscribes, then this is called, then the client's state is read: whatever is
    /// committed after that reaches the subscription.
    pub async fn follow(&self, site: SiteId) -> Result<()> {
        if self.lock().contains_key(&site) {
            return Ok(());
        }
        let up_to = self.store.head(site).await?;
        self.lock().entry(site).or_insert(Followed { up_to, looking: false, again: false });
        Ok(())
    }

    /// Takes what this server commits, and the hints of other nodes, until it is dropped.
    pub async fn run(
        self: Arc<Self>,
        mut news: UnboundedReceiver<News>,
        mut hints: UnboundedReceiver<Hint>,
    ) {
        loop {
            tokio::select! {
                Some(news) = news.recv() => self.committed(news),
                Some(hint) = hints.recv() => self.hinted(hint),
                else => std::future::pending().await,
            }
        }
    }

    /// Tells other nodes that this one has committed, and the clients here what; or reads first what is missing before it.
    fn committed(self: &Arc<Self>, news: News) {
        self.hints.tell(Told::Changed(news.site));
        let mut sites = self.lock();
        let Some(followed) = sites.get_mut(&news.site) else { return };
        if news.after > followed.up_to {
            self.look_soon(news.site, followed);
        } else {
            self.tell(followed, news);
        }
    }

    /// Tells the part of the news that is new.
    fn tell(&self, followed: &mut Followed, mut news: News) {
        if news.up_to > followed.up_to {
            news.changes.retain(|change| change.revision > followed.up_to);
            followed.up_to = news.up_to;
            self.hub.publish(news.site, news.changes);
        }
    }

    /// Tells the clients here, and other nodes, that somebody types.
    pub fn typing(&self, typing: Typing) {
        self.hub.typing(&typing);
        self.hints.tell(Told::Typing(typing));
    }

    fn note_lag(&self, news: &News) {
        let last = news.changes.iter().rev().find_map(|change| match &change.what {
            Changed::Event { event, .. } => Some(event.at),
            Changed::Read { .. }
            | Changed::Policy(_)
            | Changed::Visitor(_)
            | Changed::Joined(_) => None,
        });
        if let Some(at) = last {
            let lag = u64::try_from(self.store.now() - at).unwrap_or_default();
            self.metrics.lagged(Duration::from_millis(lag));
        }
    }

    fn hinted(self: &Arc<Self>, hint: Hint) {
        self.metrics.hinted(&hint);
        match hint {
            Hint::Changed(changed) => {
                let mut sites = self.lock();
                for site in changed {
                    if let Some(followed) = sites.get_mut(&site) {
                        self.look_soon(site, followed);
                    }
                }
            }
            Hint::Typing(typing) => self.hub.typing(&typing),
            Hint::Own => {}
            Hint::Garbage => tracing::debug!("a hint can't be read"),
        }
    }

    /// Takes how far all sites are. Looks at those that are further than their clients were told, lets go of those
    /// without clients, and ends the clients of those that were removed.
    pub fn heads(self: &Arc<Self>, heads: &[SiteHead]) {
        let heads: HashMap<SiteId, Revision> =
            heads.iter().map(|head| (head.site, head.revision)).collect();
        let mut sites = self.lock();
        // Under the lock: whoever is followed has subscribed before.
        let connected: HashSet<SiteId> = self.hub.sites().into_iter().collect();
        sites.retain(|site, _| connected.contains(site));
        for site in connected {
            match (heads.get(&site), sites.get_mut(&site)) {
                (None, _) => self.hub.cut(Some(site), Cut::SiteGone),
                (Some(head), Some(followed)) if *head != followed.up_to && !followed.looking => {
                    self.metrics.found_late();
                    self.look_soon(site, followed);
                }
                (Some(_), _) => {}
            }
        }
    }

    fn look_soon(self: &Arc<Self>, site: SiteId, followed: &mut Followed) {
        followed.again = true;
        if !followed.looking {
            followed.looking = true;
            let tail = Arc::clone(self);
            tokio::spawn(async move { tail.look(site).await });
        }
    }

    /// Reads what is missing until nothing is.
    async fn look(&self, site: SiteId) {
        loop {
            let after = {
                let mut sites = self.lock();
                let Some(followed) = sites.get_mut(&site) else { return };
                followed.again = false;
                followed.up_to
            };
            let read = self.store.changes(site, after).await;
            let mut sites = self.lock();
            let Some(followed) = sites.get_mut(&site) else { return };
            match read {
                Ok(Some(Since { news, is_all })) => {
                    if news.up_to < after {
                        // The store has gone back in time. Its new epoch ends the sockets.
                        followed.up_to = news.up_to;
                    }
                    self.note_lag(&news);
                    self.tell(followed, news);
                    if !is_all || followed.again {
                        continue;
                    }
                }
                // Its clients end with the next look at all sites.
                Ok(None) => {}
                // That look tries it again.
                Err(error) => error.log(),
            }
            followed.looking = false;
            return;
        }
    }
}
