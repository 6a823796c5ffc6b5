//! Which nodes have a site's agents connected: leases, in a database that nodes share.

use porchlight_protocol::Millis;

use crate::error::Result;
use crate::sql::{Sql, params};
use crate::store::SiteId;

/// How long a lease holds without being renewed, in milliseconds. As long as a team counts as online after its last
/// agent has left: whether the agent or the node is gone, visitors learn it after the same time.
const LEASE_MS: Millis = 30_000;

/// Renews a node's leases for these sites, ends its others, and forgets those that are over.
pub(crate) fn announce(sql: Sql<'_>, node: &str, sites: &[SiteId], now: Millis) -> Result<()> {
    let sites: Vec<String> = sites.iter().map(ToString::to_string).collect();
    let sites = sites.join(",");
    sql.execute(
        "INSERT INTO presence (site, node, until) \
         SELECT id, $1, $2 FROM sites WHERE id = ANY (CAST(string_to_array($3, ',') AS BIGINT[])) \
         ON CONFLICT (site, node) DO UPDATE SET until = excluded.until",
        params![node, now + LEASE_MS, sites],
    )?;
    sql.execute(
        "DELETE FROM presence WHERE until <= $1 OR (node = $2 \
         AND site <> ALL (CAST(string_to_array($3, ',') AS BIGINT[])))",
        params![now, node, sites],
    )?;
    Ok(())
}

/// The sites whose agents are connected to other nodes than this one.
pub(crate) fn elsewhere(sql: Sql<'_>, node: &str, now: Millis) -> Result<Vec<SiteId>> {
    let query = "SELECT DISTINCT site FROM presence WHERE node <> $1 AND until > $2";
    sql.all(query, params![node, now], |row| row.get(0))
}
