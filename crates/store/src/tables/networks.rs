//! Networks of blocked visitors, which are blocked, too, for a while. The store holds no address: of a blocked network a hash by
//! the site's key, which is removed minutes after the block has ended. Of other visitors it holds nothing.
//!
//! A block begins without a network if no server at hand knows it. Whichever meets the visitor then says it: see [`awaited`].

use std::net::IpAddr;

use porchlight_protocol::privacy::NetworkBlock;
use porchlight_protocol::{ErrorCode, Millis, SiteKey, VisitorId};
use ring::hmac;

use crate::commit::Commit;
use crate::error::Result;
use crate::random::{self, Hash};
use crate::sql::{Row, Sql, params};
use crate::store::{SiteId, damaged};

use super::sites::{self, Site};
use super::{records, visitors};

/// For how long the hash of a network is kept after its block has ended, in milliseconds: so that the end can be undone.
const KEPT_MS: Millis = 5 * 60 * 1_000;

/// Visitors whose networks are awaited that one look finds: of more, those whose blocks end last.
const AWAITED_MAX: usize = 200;

/// The networks that a site blocks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Networks {
    /// The key of their hashes, once there was one.
    pub(crate) key: Option<Hash>,
    /// No block of one lasts longer, by the wall clock.
    pub(crate) until: Millis,
}

/// The hash of a network, by the key of a site.
fn hash(key: &Hash, network: IpAddr) -> Option<Hash> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let tag = match network {
        IpAddr::V4(v4) => hmac::sign(&key, &v4.octets()),
        IpAddr::V6(v6) => hmac::sign(&key, &v6.octets()),
    };
    tag.as_ref().try_into().ok()
}

/// The block of the network of a row that holds `network` and `network_until` from `at` on, if there is one now.
pub(crate) fn read(row: &Row, at: usize, now: Millis) -> Result<Option<NetworkBlock>> {
    let network: Option<Hash> = row.get(at)?;
    let until: Option<Millis> = row.get(at + 1)?;
    let until = until.filter(|until| *until > now);
    Ok(until.map(|until| NetworkBlock { until, known: network.is_some() }))
}

/// Blocks the network of a blocked visitor of a held site until then; `None` if nobody knows it, and it was not known before.
pub(crate) fn set(
    commit: &mut Commit<'_>,
    site: &Site,
    visitor: &VisitorId,
    network: Option<IpAddr>,
    until: Millis,
) -> Result<()> {
    let key = match site.networks.key {
        Some(key) => key,
        None => random::bytes()?,
    };
    let until_at_most = site.networks.until.max(until);
    sites::set_networks(commit, site, Networks { key: Some(key), until: until_at_most })?;
    let network = network.and_then(|network| hash(&key, network));
    commit.sql.execute(
        "UPDATE visitors SET network = coalesce($1, network), network_until = $2 \
         WHERE site = $3 AND id IN (SELECT coalesce(joined, id) FROM visitors WHERE site = $3 AND id = $4)",
        params![network, until, site.id, visitor.as_str()],
    )?;
    Ok(())
}

/// Ends the block of the network of a visitor.
pub(crate) fn end(commit: &Commit<'_>, site: SiteId, visitor: &VisitorId) -> Result<()> {
    commit.sql.execute(
        "UPDATE visitors SET network_until = $1 WHERE site = $2 AND network_until > $1 \
         AND id IN (SELECT coalesce(joined, id) FROM visitors WHERE site = $2 AND id = $3)",
        params![commit.now, site, visitor.as_str()],
    )?;
    Ok(())
}

/// Refuses who writes to a site from a blocked network, but not those of whom `is_proved` says that the site's back end has
/// proved who they are.
pub(crate) fn refuse(
    sql: Sql<'_>,
    now: Millis,
    site: &Site,
    network: Option<IpAddr>,
    is_proved: impl FnOnce() -> Result<bool>,
) -> Result<()> {
    let Networks { key: Some(key), until } = site.networks else { return Ok(()) };
    if until <= now {
        return Ok(());
    }
    let Some(network) = network.and_then(|network| hash(&key, network)) else { return Ok(()) };
    let query = "SELECT 1 FROM visitors /* INDEXED BY visitors_network */ \
         WHERE site = $1 AND network = $2 AND network_until > $3 AND blocked_at IS NOT NULL LIMIT 1";
    let found: Option<u64> = sql.first(query, params![site.id, network, now], |row| row.get(0))?;
    if found.is_some() && !is_proved()? {
        return Err(ErrorCode::VisitorBlocked.into());
    }
    Ok(())
}

/// A blocked visitor whose network is blocked, too, and whom no server has met since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// The site.
    pub site: SiteId,
    /// Its key.
    pub key: SiteKey,
    /// The visitor.
    pub visitor: VisitorId,
    /// The hashes of the visitor's keys.
    pub keys: Vec<Hash>,
}

/// These, of all sites.
pub(crate) fn awaited(sql: Sql<'_>, now: Millis) -> Result<Vec<Awaited>> {
    let query = "SELECT v.site, s.key, v.id FROM visitors v /* INDEXED BY visitors_network_until */ \
         JOIN sites s ON s.id = v.site WHERE v.network_until > $1 AND v.network IS NULL \
         AND v.blocked_at IS NOT NULL ORDER BY v.network_until DESC LIMIT $2";
    let found: Vec<(SiteId, String, String)> =
        sql.all(query, params![now, AWAITED_MAX], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let awaited = found.into_iter().map(|(site, key, id)| {
        let key = key.parse().map_err(|_| damaged("a site's key"))?;
        let visitor = id.parse().map_err(|_| damaged("a visitor's id"))?;
        let keys = visitors::keys(sql, site, &visitor)?;
        Ok(Awaited { site, key, visitor, keys })
    });
    awaited.collect()
}

/// Takes the network of a visitor of a held site that was awaited, and tells agents.
pub(crate) fn met(
    commit: &mut Commit<'_>,
    site: &Site,
    visitor: &VisitorId,
    network: IpAddr,
) -> Result<()> {
    let Some(key) = site.networks.key else { return Ok(()) };
    let changed = commit.sql.execute(
        "UPDATE visitors SET network = $1 \
         WHERE site = $2 AND id = $3 AND network IS NULL AND network_until > $4",
        params![hash(&key, network), site.id, visitor.as_str(), commit.now],
    )?;
    if changed == 1 {
        records::stands_anew(commit, site.id, visitor)?;
    }
    Ok(())
}

/// Forgets the network of a visitor of a site.
pub(crate) fn forget(sql: Sql<'_>, site: SiteId, visitor: &VisitorId) -> Result<()> {
    sql.execute(
        "UPDATE visitors SET network = NULL, network_until = NULL WHERE site = $1 AND id = $2",
        params![site, visitor.as_str()],
    )?;
    Ok(())
}

/// Forgets the networks of all sites whose blocks have ended.
pub(crate) fn forget_ended(commit: &mut Commit<'_>) -> Result<()> {
    commit.sql.execute(
        "UPDATE visitors SET network = NULL, network_until = NULL WHERE network_until <= $1",
        params![commit.now - KEPT_MS],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_another_hash_at_another_site() {
        let (one, other) = ([1; 32], [2; 32]);
        let networks = ["203.0.113.5", "203.0.113.6", "2001:db8:1:2::", "2001:db8:1:3::"];
        let mut hashes: Vec<_> = networks
            .iter()
            .flat_map(|ip| [hash(&one, ip.parse().unwrap()), hash(&other, ip.parse().unwrap())])
            .collect();
        assert_eq!(hash(&one, "203.0.113.5".parse().unwrap()), hashes[0]);
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), 8);
    }
}
