//! Visitors, by the hash of the key that their browser has generated.

use porchlight_protocol::privacy::Standing;
use porchlight_protocol::{ErrorCode, Millis, Revision, VisitorId};

use crate::commit::Commit;
use crate::error::Result;
use crate::random::Hash;
use crate::sql::{Row, Sql, params};
use crate::store::{SiteId, damaged};

use super::blocks;
use super::conversations::{self, REMOVED_MAX};
use super::networks;
use super::records;
use super::returns;
use super::sites;

/// A visitor whose key holds.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// The visitor.
    pub(crate) id: VisitorId,
    /// True if the site does not take their messages.
    pub(crate) is_blocked: bool,
}

/// Finds the visitor of site `$1` with key `$2`, as [`read`] reads it: of a key that has joined a person's others, the person.
pub(crate) const BY_KEY: &str = "SELECT p.id AS id, k.revoked_at AS revoked_at, \
     p.blocked_at AS blocked_at FROM visitors k \
     JOIN visitors p ON p.site = k.site AND p.id = coalesce(k.joined, k.id) \
     WHERE k.site = $1 AND k.key = $2";

/// The visitor of a row that holds the columns of [`BY_KEY`] from `at` on, if there is one.
pub(crate) fn read(row: &Row, at: usize) -> Result<Option<Known>> {
    let id: Option<String> = row.get(at)?;
    let Some(id) = id else { return Ok(None) };
    if row.get::<Option<Millis>>(at + 1)?.is_some() {
        return Err(ErrorCode::VisitorKeyRevoked.into());
    }
    let id = id.parse().map_err(|_| damaged("a visitor's id"))?;
    let is_blocked = row.get::<Option<Millis>>(at + 2)?.is_some();
    Ok(Some(Known { id, is_blocked }))
}

/// The visitor with this key.
pub(crate) fn by_key(sql: Sql<'_>, site: SiteId, key: &Hash) -> Result<Known> {
    of_key(sql, site, key)?.ok_or_else(|| ErrorCode::VisitorKeyInvalid.into())
}

/// The visitor with this key; `None` if it was never used.
pub(crate) fn of_key(sql: Sql<'_>, site: SiteId, key: &Hash) -> Result<Option<Known>> {
    Ok(sql.first(BY_KEY, params![site, key], |row| read(row, 0))?.flatten())
}

/// Inserts a visitor, whose key was never used.
pub(crate) fn insert(
    commit: &Commit<'_>,
    site: SiteId,
    key: &Hash,
    visitor: &VisitorId,
) -> Result<()> {
    commit.sql.pipeline(
        "INSERT INTO visitors (site, key, id, created_at) VALUES ($1, $2, $3, $4)",
        params![site, key, visitor.as_str(), commit.now],
    )
}

/// Inserts the key of another device of a person: it opens the person's conversations from this revision on.
pub(crate) fn insert_joined(
    commit: &Commit<'_>,
    site: SiteId,
    key: &Hash,
    device: &VisitorId,
    person: &VisitorId,
    revision: Revision,
) -> Result<()> {
    commit.sql.pipeline(
        "INSERT INTO visitors (site, key, id, created_at, joined, joined_revision) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        params![site, key, device.as_str(), commit.now, person.as_str(), revision],
    )
}

/// Has the key of a visitor, who turned out to be a person known from other devices, open the person's conversations from
/// this revision on.
pub(crate) fn join(
    sql: Sql<'_>,
    site: SiteId,
    visitor: &VisitorId,
    person: &VisitorId,
    revision: Revision,
) -> Result<()> {
    sql.pipeline(
        "UPDATE visitors SET joined = $1, joined_revision = $2 WHERE site = $3 AND id = $4",
        params![person.as_str(), revision, site, visitor.as_str()],
    )
}

/// The commit by which a key has joined a visitor last; 0 if there was none.
pub(crate) fn joined_last(sql: Sql<'_>, site: SiteId, visitor: &VisitorId) -> Result<Revision> {
    let query = "SELECT max(joined_revision) FROM visitors /* INDEXED BY visitors_joined */ \
         WHERE site = $1 AND joined = $2";
    let last: Option<Revision> = sql.value(query, params![site, visitor.as_str()])?;
    Ok(last.unwrap_or_default())
}

/// The visitor whom this one is: itself, or the person whom it has joined. `None` if the site has no such visitor.
pub(crate) fn resolved(
    sql: Sql<'_>,
    site: SiteId,
    visitor: &VisitorId,
) -> Result<Option<VisitorId>> {
    let query = "SELECT coalesce(joined, id) FROM visitors WHERE site = $1 AND id = $2";
    let found: Option<String> =
        sql.first(query, params![site, visitor.as_str()], |row| row.get(0))?;
    found.map(|id| id.parse().map_err(|_| damaged("a visitor's id"))).transpose()
}

/// Revokes the keys of a visitor, of a person those of all devices, and the links back. False if the site has no such visitor.
pub(crate) fn revoke(sql: Sql<'_>, site: SiteId, visitor: &VisitorId, now: Millis) -> Result<bool> {
    let Some(person) = resolved(sql, site, visitor)? else { return Ok(false) };
    returns::forget(sql, site, &person)?;
    for of in ["id", "joined"] {
        let revoke = format!(
            "UPDATE visitors SET revoked_at = coalesce(revoked_at, $1) WHERE site = $2 AND {of} = $3"
        );
        sql.execute(&revoke, params![now, site, person.as_str()])?;
    }
    Ok(true)
}

/// What the team may know of the standing of a visitor, or of the person whose device they turned out to be; `None` if the site has no such visitor.
pub(crate) fn standing(
    sql: Sql<'_>,
    site: SiteId,
    visitor: &VisitorId,
    now: Millis,
) -> Result<Option<Standing>> {
    let query = format!(
        "SELECT v.erased_at, v.erasing, (SELECT count(*) FROM conversations c WHERE c.site = v.site AND c.visitor = v.id), {} \
         FROM visitors d JOIN visitors v ON v.site = d.site AND v.id = coalesce(d.joined, d.id) \
         WHERE d.site = $1 AND d.id = $2",
        blocks::COLUMNS
    );
    sql.first(&query, params![site, visitor.as_str()], |row| {
        let erased_at: Option<Millis> = row.get(0)?;
        Ok(Standing {
            block: blocks::read(row, 3, now)?,
            erased: erased_at.is_some(),
            erasing: row.get(1)?,
            // Who has asked the store can know it.
            network_known: false,
            conversations: row.get(2)?,
        })
    })
}

/// The hashes of the keys of a visitor: of a person, those of all devices.
pub(crate) fn keys(sql: Sql<'_>, site: SiteId, visitor: &VisitorId) -> Result<Vec<Hash>> {
    let Some(person) = resolved(sql, site, visitor)? else { return Ok(Vec::new()) };
    let mut keys = Vec::new();
    for query in [
        "SELECT key FROM visitors WHERE site = $1 AND id = $2",
        "SELECT key FROM visitors /* INDEXED BY visitors_joined */ \
         WHERE site = $1 AND joined = $2 ORDER BY joined_revision DESC LIMIT 50",
    ] {
        keys.extend(sql.all(query, params![site, person.as_str()], |row| row.get::<Hash>(0))?);
    }
    Ok(keys)
}

/// When the visitor was first here; `None` if the site has no such visitor.
pub(crate) fn created_at(
    sql: Sql<'_>,
    site: SiteId,
    visitor: &VisitorId,
) -> Result<Option<Millis>> {
    let query = "SELECT created_at FROM visitors WHERE site = $1 AND id = $2";
    sql.first(query, params![site, visitor.as_str()], |row| row.get(0))
}

/// Removes a visitor's record and some of the conversations, with their logs. True if none is left. The visitor's row stays, without
/// anything personal: its key must open nothing any more. (What keeps the logs is [`super::erasing`].)
pub(crate) fn remove_some(sql: Sql<'_>, site: SiteId, visitor: &VisitorId) -> Result<bool> {
    // As all do who write to its conversations.
    sites::lock(sql, site)?;
    let Some(visitor) = &resolved(sql, site, visitor)? else { return Ok(true) };
    records::remove(sql, site, visitor)?;
    networks::forget(sql, site, visitor)?;
    let query = "SELECT id FROM conversations WHERE site = $1 AND visitor = $2 LIMIT $3";
    let ids: Vec<String> =
        sql.all(query, params![site, visitor.as_str(), REMOVED_MAX], |row| row.get(0))?;
    conversations::remove(sql, site, &ids)?;
    sql.execute(
        "DELETE FROM starts WHERE site = $1 AND visitor = $2",
        params![site, visitor.as_str()],
    )?;
    Ok(ids.len() < REMOVED_MAX)
}

/// The visitors whose keys were revoked at `since` or later, of all sites.
pub(crate) fn revoked_since(sql: Sql<'_>, since: Millis) -> Result<Vec<(SiteId, VisitorId)>> {
    let query = "SELECT site, coalesce(joined, id) FROM visitors WHERE revoked_at >= $1 LIMIT 1000";
    let rows: Vec<(SiteId, String)> =
        sql.all(query, params![since], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut revoked = Vec::new();
    for (site, id) in rows {
        match id.parse() {
            Ok(visitor) => revoked.push((site, visitor)),
            // No client can be connected with an invalid id.
            Err(_) => sql.note_damage(format_args!("a revoked visitor's id in site {site}")),
        }
    }
    Ok(revoked)
}
