//! Welcomes: the state of a client's conversations, the same for a first load, a reconnect and a poll.

use porchlight_protocol::limits::PAGE_CONVERSATIONS_MAX;
use porchlight_protocol::wire::{Boot, Hello, Welcome};
use porchlight_protocol::{Epoch, Filter, Revision};

use crate::credential::{Credential, Grant};
use crate::error::Result;
use crate::ops::Actor;
use crate::random;
use crate::sql::Sql;
use crate::store::{self, SiteId, Store};
use crate::tables::conversations::{self, Listed};
use crate::tables::{records, tallies, visitors};

impl Store {
    /// The welcome for a hello, and whom it is for. `online` says whether a site's team counts as online.
    pub async fn welcome(
        &self,
        credential: Credential,
        hello: Hello,
        online: impl FnOnce(SiteId) -> bool + Send + 'static,
    ) -> Result<(Welcome, Grant)> {
        let (store, now) = (self.clone(), self.now());
        self.read(move |sql| {
            let grant = credential.authorise(sql, now)?;
            let welcome = welcome(&store, sql, &grant, &hello, online(grant.site.id))?;
            Ok((welcome, grant))
        })
        .await
    }

    /// The same, or `None` if the welcome would tell the client nothing new.
    pub async fn news(
        &self,
        credential: Credential,
        hello: Hello,
        online: impl FnOnce(SiteId) -> bool + Send + 'static,
    ) -> Result<Option<Welcome>> {
        let (store, now) = (self.clone(), self.now());
        self.read(move |sql| {
            let grant = credential.authorise(sql, now)?;
            if has_all(&store, sql, &grant, &hello)? {
                return Ok(None);
            }
            welcome(&store, sql, &grant, &hello, online(grant.site.id)).map(Some)
        })
        .await
    }
}

/// A visitor gets the conversations of their Home, the team the site's latest open ones and their counts.
fn welcome(
    store: &Store,
    sql: Sql<'_>,
    Grant { site, actor, .. }: &Grant,
    hello: &Hello,
    online: bool,
) -> Result<Welcome> {
    let revision = store::revision(sql, site.id)?;
    let booted = boot(store, hello, revision);
    let (conversations, counts, visitors) = match actor {
        Actor::Visitor(visitor) => {
            let policy = site.policy();
            let home = conversations::home(sql, site.id, visitor, &policy, booted.revision)?;
            (home, None, Vec::new())
        }
        Actor::Agent(member) | Actor::Bot(member) => {
            let open = Listed::Folder(Filter::Open, member.id.clone());
            let found = conversations::list(sql, site.id, &open, None, PAGE_CONVERSATIONS_MAX)?;
            let counts = tallies::counts(sql, site.id, &member.id, revision)?;
            let names = match actor {
                Actor::Agent(_) => records::names(sql, site.id, &found.conversations)?,
                Actor::Visitor(_) | Actor::Bot(_) => Vec::new(),
            };
            (found.conversations, Some(counts), names)
        }
    };
    let now = store.now();
    Ok(Welcome {
        booted,
        revision,
        now,
        policy: site.policy_at(now),
        online,
        conversations,
        counts,
        visitors,
    })
}

/// True if a welcome would tell the client nothing new, so that its long poll may wait: it booted in this
/// epoch, and no commit that it could notice is newer than the one it knows. False for a client of another
/// epoch and for one that knows a commit still to come: no commit would ever end their wait.
fn has_all(
    store: &Store,
    sql: Sql<'_>,
    Grant { site, actor, .. }: &Grant,
    hello: &Hello,
) -> Result<bool> {
    let Some(known) = hello.known else { return Ok(false) };
    let (epoch, revision) = (store.epoch(), store::revision(sql, site.id)?);
    let of_this_epoch = |booted: &Boot| booted.epoch == epoch && booted.revision <= revision;
    if known > revision || !hello.booted.as_ref().is_none_or(of_this_epoch) {
        return Ok(false);
    }
    let newest = match actor {
        Actor::Visitor(visitor) => {
            let newest = conversations::newest_of_visitor(sql, site.id, visitor)?;
            // Conversations that a device has brought along are no newer for that.
            newest.max(visitors::joined_last(sql, site.id, visitor)?)
        }
        Actor::Agent(_) => {
            let newest = conversations::newest_of_site(sql, site.id)?;
            newest.max(records::newest(sql, site.id)?)
        }
        Actor::Bot(_) => conversations::newest_of_site(sql, site.id)?,
    };
    Ok(newest.max(site.policy_revision) <= known)
}

/// The boot that the hello tells, if it is of the store's epoch; otherwise a boot at `revision`, the
/// newest commit.
fn boot(store: &Store, hello: &Hello, revision: Revision) -> Boot {
    let epoch = store.epoch();
    match &hello.booted {
        Some(told) if told.epoch == epoch => {
            if told.revision.max(hello.known.unwrap_or(0)) <= revision {
                return told.clone();
            }
            // The client knows a commit that is still to come, so the store has gone back in time and this
            // epoch ends. An epoch of nobody's makes the client drop what it knows, and its next hello gets
            // the epoch of then.
            store.contradict_epoch();
            Boot { epoch: no_epoch(&epoch), revision }
        }
        _ => Boot { epoch, revision },
    }
}

/// An epoch that no store has, and not this one.
fn no_epoch(epoch: &Epoch) -> Epoch {
    let hash = random::hash(epoch.as_str());
    Epoch::from_bytes(hash.first_chunk().copied().unwrap_or_default())
}
