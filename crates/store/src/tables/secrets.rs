//! Secrets by which a site's back end proves who a visitor is.
//!
//! They are kept as they are, unlike all others, because a keyed hash can't be checked by a hash of its key. Whoever can read
//! the data can make proofs.

use porchlight_protocol::limits::IDENTITY_SECRETS_MAX;
use porchlight_protocol::person::{NewSecret, SecretSeen};
use porchlight_protocol::{ErrorCode, MemberId, Millis};

use crate::error::Result;
use crate::random;
use crate::sql::{Sql, params};
use crate::store::{SiteId, damaged};

/// What each secret begins with, so that people and scanners for leaked secrets know what they have found.
const PREFIX: &str = "pls_";

/// Characters by which people tell secrets apart.
const SHOWN: usize = 4;

/// The secrets of a site that have not retired at this time, the newest first, each as people see it and as it is.
pub(crate) fn all(sql: Sql<'_>, site: SiteId, now: Millis) -> Result<Vec<(SecretSeen, String)>> {
    let query = "SELECT id, secret, created_at, retires_at FROM secrets \
         WHERE site = $1 AND (retires_at IS NULL OR retires_at > $2) ORDER BY created_at DESC, id";
    sql.all(query, params![site, now], |row| {
        let (id, secret): (String, String) = (row.get(0)?, row.get(1)?);
        let id = id.parse().map_err(|_| damaged("a secret's id"))?;
        let (created_at, retires_at) = (row.get(2)?, row.get(3)?);
        Ok((SecretSeen { id, ends_in: end(&secret), created_at, retires_at }, secret))
    })
}

/// The same, without the secrets themselves.
pub(crate) fn seen(sql: Sql<'_>, site: SiteId, now: Millis) -> Result<Vec<SecretSeen>> {
    Ok(all(sql, site, now)?.into_iter().map(|(seen, _)| seen).collect())
}

/// Removes the secrets of a site that have retired.
pub(crate) fn remove_retired(sql: Sql<'_>, site: SiteId, now: Millis) -> Result<()> {
    sql.execute("DELETE FROM secrets WHERE site = $1 AND retires_at <= $2", params![site, now])?;
    Ok(())
}

/// The sites, of all, that have secrets which have retired.
pub(crate) fn retired(sql: Sql<'_>, now: Millis) -> Result<Vec<SiteId>> {
    let query = "SELECT DISTINCT site FROM secrets WHERE retires_at <= $1 ORDER BY site";
    sql.all(query, params![now], |row| row.get(0))
}

/// Says when a secret retires, if it does. False if the site has no such secret, or if it has retired.
pub(crate) fn retire(
    sql: Sql<'_>,
    site: SiteId,
    id: &MemberId,
    at: Option<Millis>,
    now: Millis,
) -> Result<bool> {
    let query = "UPDATE secrets SET retires_at = $1 WHERE site = $2 AND id = $3 \
         AND (retires_at IS NULL OR retires_at > $4)";
    Ok(sql.execute(query, params![at, site, id.as_str(), now])? > 0)
}

fn end(secret: &str) -> String {
    let hidden = secret.chars().count().saturating_sub(SHOWN);
    secret.chars().skip(hidden).collect()
}

/// Makes a secret. Refused if the site has as many as it may have. The site is held.
pub(crate) fn add(sql: Sql<'_>, site: SiteId, now: Millis) -> Result<NewSecret> {
    remove_retired(sql, site, now)?;
    if all(sql, site, now)?.len() >= IDENTITY_SECRETS_MAX {
        return Err(ErrorCode::TooManySecrets.into());
    }
    let id = MemberId::from_bytes(random::bytes()?);
    let secret = [PREFIX, &random::token()?].concat();
    sql.execute(
        "INSERT INTO secrets (site, id, secret, created_at) VALUES ($1, $2, $3, $4)",
        params![site, id.as_str(), &secret, now],
    )?;
    let seen = SecretSeen { id, ends_in: end(&secret), created_at: now, retires_at: None };
    Ok(NewSecret { seen, secret })
}

/// Removes a secret: proofs by it hold no longer. False if the site has no such secret.
pub(crate) fn remove(sql: Sql<'_>, site: SiteId, id: &MemberId) -> Result<bool> {
    let query = "DELETE FROM secrets WHERE site = $1 AND id = $2";
    Ok(sql.execute(query, params![site, id.as_str()])? > 0)
}
