//! Flows: what bots say and ask by themselves, in versions. A version never changes, so that a conversation goes on with the
//! one with which it began.

use porchlight_flow::{Flow, Problem};
use porchlight_protocol::bots::{FlowVersion, FlowVersions};
use porchlight_protocol::limits::FLOW_VERSIONS_KEPT;
use porchlight_protocol::{ErrorCode, MemberId};

use crate::commit::Commit;
use crate::error::Result;
use crate::sql::{Row, Sql, params};
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

fn version(row: &Row) -> Result<Version> {
    Ok(Version { version: row.get(0)?, json: row.get(1)? })
}

/// The version with which a bot's new conversations begin, if it has one.
pub(crate) fn published(sql: Sql<'_>, site: SiteId, bot: &MemberId) -> Result<Option<Version>> {
    sql.first(
        "SELECT f.version, f.flow FROM bots b JOIN flows f \
             ON f.site = b.site AND f.bot = b.id AND f.version = b.flow \
             WHERE b.site = $1 AND b.id = $2",
        params![site, bot.as_str()],
        version,
    )
}

/// The newest version, whether it is in use or not.
pub(crate) fn newest(sql: Sql<'_>, site: SiteId, bot: &MemberId) -> Result<Option<Version>> {
    sql.first(
        "SELECT version, flow FROM flows WHERE site = $1 AND bot = $2 \
             ORDER BY version DESC LIMIT 1",
        params![site, bot.as_str()],
        version,
    )
}

/// The versions that are kept.
pub(crate) fn versions(sql: Sql<'_>, site: SiteId, bot: &MemberId) -> Result<FlowVersions> {
    let published = sql.first(
        "SELECT flow FROM bots WHERE site = $1 AND id = $2",
        params![site, bot.as_str()],
        |row| row.get(0),
    )?;
    let versions = sql.all(
        "SELECT version, at FROM flows WHERE site = $1 AND bot = $2 ORDER BY version DESC",
        params![site, bot.as_str()],
        |row| Ok(FlowVersion { version: row.get(0)?, at: row.get(1)? }),
    )?;
    Ok(FlowVersions { published: published.flatten(), versions })
}

/// The version with this number, if it is kept.
pub(crate) fn one(
    sql: Sql<'_>,
    site: SiteId,
    bot: &MemberId,
    number: u64,
) -> Result<Option<Version>> {
    sql.first(
        "SELECT version, flow FROM flows WHERE site = $1 AND bot = $2 AND version = $3",
        params![site, bot.as_str(), number],
        version,
    )
}

/// Refuses if the newest version is another one than whoever changes the flow has seen; 0 is none.
fn must_be_newest(newest: Option<&Version>, seen: Option<u64>) -> Result<()> {
    let newest = newest.map_or(0, |newest| newest.version);
    match seen {
        Some(seen) if seen != newest => Err(ErrorCode::FlowChanged.into()),
        _ => Ok(()),
    }
}

/// Publishes a flow of a bot of a held site: new conversations begin with it. The same flow as the newest one makes no new
/// version, and is not refused either, so that a request can be sent again. Another one is refused if there is a newer
/// version than the one `after` which it was written. Removes the versions that no conversation goes by any more, except
/// for the newest ones.
pub(crate) fn publish(
    commit: &mut Commit<'_>,
    site: SiteId,
    bot: &MemberId,
    new: &CheckedFlow,
    after: Option<u64>,
) -> Result<u64> {
    let sql = commit.sql;
    let newest = newest(sql, site, bot)?;
    let same = newest.as_ref().filter(|newest| newest.flow().as_ref() == Some(&new.flow));
    let version = match (same, &newest) {
        (Some(same), _) => same.version,
        (None, newest) => {
            must_be_newest(newest.as_ref(), after)?;
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
        "DELETE FROM flows WHERE site = $1 AND bot = $2 AND version <= $3 AND NOT EXISTS \
             (SELECT 1 FROM runs WHERE runs.site = flows.site AND runs.bot = flows.bot \
              AND runs.version = flows.version) AND NOT EXISTS \
             (SELECT 1 FROM runs WHERE runs.site = flows.site AND runs.bot = flows.bot \
              AND runs.held = flows.version)",
        params![site, bot.as_str(), version.saturating_sub(FLOW_VERSIONS_KEPT as u64)],
    )?;
    Ok(version)
}

/// Switches a bot's flow off: new conversations begin without it, and those that it has begun go on. False if it was off.
/// Refused if it is on with a newer version than the one that was seen.
pub(crate) fn switch_off(
    sql: Sql<'_>,
    site: SiteId,
    bot: &MemberId,
    after: Option<u64>,
) -> Result<bool> {
    let published = published(sql, site, bot)?;
    if published.is_some() {
        must_be_newest(published.as_ref(), after)?;
    }
    let changed = sql.execute(
        "UPDATE bots SET flow = NULL WHERE site = $1 AND id = $2 AND flow IS NOT NULL",
        params![site, bot.as_str()],
    )?;
    Ok(changed == 1)
}
