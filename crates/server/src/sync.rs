//! Welcomes: how things stand for a client. The same for a first load, a reconnect and a poll.

use porchlight_protocol::limits::PAGE_CONVERSATIONS_MAX;
use porchlight_protocol::wire::{Boot, Hello, Welcome};
use porchlight_protocol::{Conversation, Counts, Epoch, Filter, Member, Revision, VisitorId};
use rusqlite::Connection;

use crate::app::App;
use crate::error::Result;
use crate::random;
use crate::store::conversations::{self, Listed};
use crate::store::sites::Site;
use crate::store::{self};

/// How things stand for a visitor.
pub fn visitor(
    app: &App,
    sql: &Connection,
    site: &Site,
    visitor: &VisitorId,
    booted: Option<&Boot>,
) -> Result<Welcome> {
    let revision = store::revision(sql)?;
    let booted = boot(app, booted, revision);
    let found = conversations::home(sql, site.id, visitor, &site.policy(), booted.revision)?;
    Ok(welcome(app, site, booted, revision, found))
}

/// How things stand for an agent: the open conversations of the site, and how many they are in all.
pub fn agent(
    app: &App,
    sql: &Connection,
    site: &Site,
    agent: &Member,
    booted: Option<&Boot>,
) -> Result<Welcome> {
    let revision = store::revision(sql)?;
    let booted = boot(app, booted, revision);
    let open = Listed::Folder(Filter::Open, agent.id.clone());
    let found = conversations::list(sql, site.id, &open, None, PAGE_CONVERSATIONS_MAX)?;
    let counts = counts(sql, site, agent)?;
    Ok(Welcome {
        counts: Some(counts),
        ..welcome(app, site, booted, revision, found.conversations)
    })
}

/// How many conversations are open, as an agent counts them.
pub fn counts(sql: &Connection, site: &Site, agent: &Member) -> Result<Counts> {
    conversations::counts(sql, site.id, &agent.id, store::revision(sql)?)
}

/// The boot that a hello tells. If the client knows a commit that is still to come, it is as one that
/// booted then: what it has seen is of another life.
pub fn booted(sql: &Connection, hello: &Hello) -> Result<Option<Boot>> {
    let revision = store::revision(sql)?;
    let seen = hello.known.filter(|known| *known > revision);
    Ok(hello.booted.clone().map(|booted| match seen {
        Some(revision) => Boot { revision, ..booted },
        None => booted,
    }))
}

/// True if the client of this hello lacks nothing, so that its poll may wait: it booted in this epoch, and
/// `newest`, the newest commit that it could notice, is not newer than the one it knows. A client of another
/// epoch, or one that knows a commit still to come, lacks the new epoch.
pub fn has_all(app: &App, sql: &Connection, hello: &Hello, newest: Revision) -> Result<bool> {
    let Some(known) = hello.known else { return Ok(false) };
    let (epoch, revision) = (app.store.epoch(), store::revision(sql)?);
    let of_this_epoch = |booted: &Boot| booted.epoch == epoch && booted.revision <= revision;
    Ok(hello.booted.as_ref().is_none_or(of_this_epoch) && newest <= known && known <= revision)
}

/// The boot that a client told, if it is of this life of the store; else this moment.
fn boot(app: &App, told: Option<&Boot>, revision: Revision) -> Boot {
    let epoch = app.store.epoch();
    match told {
        Some(told) if told.epoch == epoch && told.revision <= revision => told.clone(),
        // Nobody can have booted in the future, so it was another life, whatever this one is called. The
        // client has to drop what it knows; with its next hello it is of this life.
        Some(told) if told.epoch == epoch => {
            app.store.doubt();
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

fn welcome(
    app: &App,
    site: &Site,
    booted: Boot,
    revision: Revision,
    conversations: Vec<Conversation>,
) -> Welcome {
    Welcome {
        booted,
        revision,
        now: app.now(),
        policy: site.policy(),
        online: app.hub.online(site.id),
        conversations,
        counts: None,
    }
}

/// The newest commit that a visitor could notice.
pub fn newest_for_visitor(sql: &Connection, site: &Site, visitor: &VisitorId) -> Result<Revision> {
    let newest = conversations::newest_of_visitor(sql, site.id, visitor)?;
    Ok(newest.max(site.closing_revision))
}

/// The newest commit that an agent could notice.
pub fn newest_for_agent(sql: &Connection, site: &Site) -> Result<Revision> {
    Ok(conversations::newest_of_site(sql, site.id)?.max(site.closing_revision))
}
