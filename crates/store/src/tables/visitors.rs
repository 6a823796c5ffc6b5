//! Visitors, by the hash of the key that their browser has generated.

use porchlight_protocol::{ErrorCode, Millis, VisitorId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Result;
use crate::random::{self, Hash};

use crate::credential::VisitorCredential;
use crate::sqlite::damage;
use crate::sqlite::writer::Commit;
use crate::store::{SiteId, damaged};

use super::sites::{self, Site};

fn find(sql: &Connection, site: SiteId, key: &Hash) -> Result<Option<VisitorId>> {
    let found: Option<(String, Option<Millis>)> = sql
        .prepare_cached("SELECT id, revoked_at FROM visitors WHERE site = ?1 AND key = ?2")?
        .query_row(params![site, key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match found {
        None => Ok(None),
        Some((_, Some(_))) => Err(ErrorCode::VisitorKeyRevoked.into()),
        Some((id, None)) => Ok(Some(id.parse().map_err(|_| damaged("a visitor's id"))?)),
    }
}

/// The visitor with this credential, if there is one.
pub(crate) fn authorise(
    sql: &Connection,
    credential: &VisitorCredential,
) -> Result<(Site, VisitorId)> {
    let site = sites::by_key(sql, &credential.site)?;
    let visitor = find(sql, site.id, &credential.key)?.ok_or(ErrorCode::VisitorKeyInvalid)?;
    Ok((site, visitor))
}

/// The visitor with this credential. A key that was never used creates a new visitor.
pub(crate) fn authorise_or_create(
    commit: &mut Commit<'_>,
    credential: &VisitorCredential,
) -> Result<(Site, VisitorId)> {
    let site = sites::by_key(commit.sql, &credential.site)?;
    if let Some(visitor) = find(commit.sql, site.id, &credential.key)? {
        return Ok((site, visitor));
    }
    let visitor = VisitorId::from_bytes(random::bytes()?);
    commit
        .sql
        .prepare_cached("INSERT INTO visitors (site, key, id, created_at) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![site.id, credential.key, visitor.as_str(), commit.now])?;
    Ok((site, visitor))
}

/// Revokes a visitor's key. False if the site has no such visitor.
pub(crate) fn revoke(
    sql: &Connection,
    site: SiteId,
    visitor: &VisitorId,
    now: Millis,
) -> Result<bool> {
    let changed = sql.execute(
        "UPDATE visitors SET revoked_at = coalesce(revoked_at, ?3) WHERE site = ?1 AND id = ?2",
        params![site, visitor.as_str(), now],
    )?;
    Ok(changed == 1)
}

/// The visitors whose keys were revoked at `since` or later, of all sites.
pub(crate) fn revoked_since(sql: &Connection, since: Millis) -> Result<Vec<(SiteId, VisitorId)>> {
    let mut statement =
        sql.prepare_cached("SELECT site, id FROM visitors WHERE revoked_at >= ?1 LIMIT 1000")?;
    let rows = statement
        .query_map([since], |row| Ok((row.get::<_, SiteId>(0)?, row.get::<_, String>(1)?)))?;
    let mut revoked = Vec::new();
    for row in rows {
        let (site, id) = row?;
        match id.parse() {
            Ok(visitor) => revoked.push((site, visitor)),
            // No client can be connected with an invalid id.
            Err(_) => damage::note(sql, format_args!("a revoked visitor's id in site {site}")),
        }
    }
    Ok(revoked)
}
