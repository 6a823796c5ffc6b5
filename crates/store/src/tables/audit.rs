//! The audit log: who on a team did what. An entry is written in the transaction of the deed itself.

use porchlight_protocol::audit::{AuditPage, Deed, Entry, Topic};
use porchlight_protocol::{Member, Millis};

use crate::commit::Commit;
use crate::error::Result;
use crate::place;
use crate::sql::{Row, Sql, params};
use crate::store::{SiteId, damaged};

use super::agents::Agent;
use super::sites;

/// How long entries are kept, in milliseconds: 400 days, a year with some to spare.
pub const KEPT_MS: Millis = 400 * 24 * 60 * 60 * 1000;

/// Rows that are deleted in one job.
const FORGOTTEN_MAX: usize = 500;

/// A deed, to whom or what, and what else there is to say of it. Never a text of a visitor, an address or a secret.
pub(crate) type What<'a> = (Deed, &'a str, &'a str);

/// Notes a deed of an agent, whose site is held.
pub(crate) fn note(commit: &Commit<'_>, by: &Agent, what: What<'_>) -> Result<()> {
    insert(commit.sql, by.site.id, commit.now, Some(&by.member), what)
}

/// Notes a deed that no agent has done: of a command, or of the server itself. Holds the site.
pub(crate) fn note_command(sql: Sql<'_>, site: SiteId, what: What<'_>) -> Result<()> {
    sites::lock(sql, site)?;
    insert(sql, site, place::now(sql)?, None, what)
}

fn insert(
    sql: Sql<'_>,
    site: SiteId,
    at: Millis,
    by: Option<&Member>,
    (deed, about, detail): What<'_>,
) -> Result<()> {
    // The site is held: nobody else takes the number.
    sql.pipeline(
        "INSERT INTO audit (site, id, at, topic, deed, agent, agent_name, about, detail) VALUES ($1, \
         (SELECT coalesce((SELECT id FROM audit WHERE site = $1 ORDER BY id DESC LIMIT 1), 0) + 1), \
         $2, $3, $4, $5, $6, $7, $8)",
        params![
            site,
            at,
            deed.topic().as_str(),
            deed.as_str(),
            by.map(|by| by.id.as_str()),
            by.map_or("", |by| &by.name),
            about,
            detail
        ],
    )
}

const COLUMNS: &str = "id, at, deed, agent, agent_name, about, detail";

fn entry(row: &Row) -> Result<Entry> {
    let (deed, agent): (String, Option<String>) = (row.get(2)?, row.get(3)?);
    let by = match agent {
        Some(id) => {
            let id = id.parse().map_err(|_| damaged("the agent of an audit entry"))?;
            Some(Member { id, name: row.get(4)? })
        }
        None => None,
    };
    let deed = Deed::ALL.iter().find(|known| known.as_str() == deed);
    Ok(Entry {
        id: row.get(0)?,
        at: row.get(1)?,
        by,
        deed: *deed.ok_or_else(|| damaged("the deed of an audit entry"))?,
        about: row.get(5)?,
        detail: row.get(6)?,
    })
}

/// The entries of a site before the one with this number, the newest first, `limit` at most; of one topic, or of all.
/// Skips rows that can't be read.
pub(crate) fn page(
    sql: Sql<'_>,
    site: SiteId,
    topic: Option<Topic>,
    before: Option<u64>,
    limit: usize,
) -> Result<AuditPage> {
    let before = before.unwrap_or(u64::MAX);
    // One more, to know whether there is a next page.
    let wanted = limit.saturating_add(1);
    let read = |row: &Row| {
        let id: u64 = row.get(0)?;
        let read = entry(row).inspect_err(|_| {
            sql.note_damage(format_args!("audit entry {id} of site {site}"));
        });
        Ok((id, read.ok()))
    };
    let mut rows = match topic {
        None => {
            let query = format!(
                "SELECT {COLUMNS} FROM audit WHERE site = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
            );
            sql.all(&query, params![site, before, wanted], read)?
        }
        Some(topic) => {
            let query = format!(
                "SELECT {COLUMNS} FROM audit WHERE site = $1 AND topic = $2 AND id < $3 \
                 ORDER BY id DESC LIMIT $4"
            );
            sql.all(&query, params![site, topic.as_str(), before, wanted], read)?
        }
    };
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|(id, _)| *id);
    Ok(AuditPage { entries: rows.into_iter().filter_map(|(_, entry)| entry).collect(), next })
}

/// Deletes entries older than [`KEPT_MS`], of all sites, [`FORGOTTEN_MAX`] at most. True if none is left.
pub(crate) fn forget_old(commit: &mut Commit<'_>) -> Result<bool> {
    let forgotten = commit.sql.execute(
        "DELETE FROM audit WHERE (site, id) IN \
         (SELECT site, id FROM audit WHERE at < $1 ORDER BY at LIMIT $2)",
        params![commit.now - KEPT_MS, FORGOTTEN_MAX],
    )?;
    Ok(forgotten < FORGOTTEN_MAX)
}
