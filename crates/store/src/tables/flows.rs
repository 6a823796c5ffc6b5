//! Flows: what bots say and ask by themselves, in versions. A version never changes, so that a conversation goes on with the
//! one with which it began.

use porchlight_flow::{Flow, Problem};
use porchlight_protocol::MemberId;

use crate::commit::Commit;
use crate::error::Result;
use crate::sql::{Sql, params};
use crate::store::SiteId;

/// A flow without problems, as it can be published.
#[derive(Debug, Clone)]
pub struct CheckedFlow {
    json: String,
    flow: Flow,
}

impl CheckedFlow {
    /// The flow of a JSON text, or all that is wrong with it.
    pub fn read(json: &str) -> Result<Self, Vec<Problem>> {
        Ok(CheckedFlow { json: json.to_owned(), flow: porchlight_flow::read(json)? })
    }
}

/// A version of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its number, from 1.
    pub version: u64,
    /// Its JSON, as it was published.
    pub json: String,
}

impl Version {
    /// The flow; `None` if it can't be read, because the row is damaged.
    pub(crate) fn flow(&self) -> Option<Flow> {
        porchlight_flow::read(&self.json).ok()
    }
}

/// The version with which a bot's new conversations begin, if it has one.
pub(crate) fn published(sql: Sql<'_>, site: SiteId, bot: &MemberId) -> Result<Option<Version>> {
    sql.first(
        "SELECT f.version, f.flow FROM bots b JOIN flows f \
             ON f.site = b.site AND f.bot = b.id AND f.version = b.flow \
             WHERE b.site = $1 AND b.id = $2",
        params![site, bot.as_str()],
        |row| Ok(Version { version: row.get(0)?, json: row.get(1)? }),
    )
}

/// The newest version, whether it is in use or not.
pub(crate) fn newest(sql: Sql<'_>, site: SiteId, bot: &MemberId) -> Result<Option<Version>> {
    sql.first(
        "SELECT version, flow FROM flows WHERE site = $1 AND bot = $2 \
             ORDER BY version DESC LIMIT 1",
        params![site, bot.as_str()],
        |row| Ok(Version { version: row.get(0)?, json: row.get(1)? }),
    )
}

/// Publishes a flow of a bot of a held site: new conversations begin with it. The same flow as the newest one makes no new
/// version. Versions that no conversation goes by any more are removed.
pub(crate) fn publish(
    commit: &mut Commit<'_>,
    site: SiteId,
    bot: &MemberId,
    new: &CheckedFlow,
) -> Result<u64> {
    let sql = commit.sql;
    let newest = newest(sql, site, bot)?;
    let same = newest.as_ref().filter(|newest| newest.flow().as_ref() == Some(&new.flow));
    let version = match (same, &newest) {
        (Some(same), _) => same.version,
        (None, newest) => {
            let version = newest.as_ref().map_or(0, |newest| newest.version) + 1;
            sql.execute(
                "INSERT INTO flows (site, bot, version, flow, at) VALUES ($1, $2, $3, $4, $5)",
                params![site, bot.as_str(), version, &new.json, commit.now],
            )?;
            version
        }
    };
    sql.execute(
        "UPDATE bots SET flow = $1 WHERE site = $2 AND id = $3",
        params![version, site, bot.as_str()],
    )?;
    sql.execute(
        "DELETE FROM flows WHERE site = $1 AND bot = $2 AND version <> $3 AND NOT EXISTS \
             (SELECT 1 FROM runs WHERE runs.site = flows.site AND runs.bot = flows.bot \
              AND runs.version = flows.version)",
        params![site, bot.as_str(), version],
    )?;
    Ok(version)
}

/// Switches a bot's flow off: new conversations begin without it, and those that it has begun go on. False if it was off.
pub(crate) fn switch_off(sql: Sql<'_>, site: SiteId, bot: &MemberId) -> Result<bool> {
    let changed = sql.execute(
        "UPDATE bots SET flow = NULL WHERE site = $1 AND id = $2 AND flow IS NOT NULL",
        params![site, bot.as_str()],
    )?;
    Ok(changed == 1)
}
