//! Visitors whose messages a site does not take. A block stands in the visitor's row, which is read with each of their
//! requests anyway.

use porchlight_protocol::privacy::{Block, Blocked, BlockedPage};
use porchlight_protocol::{Millis, VisitorId};

use crate::commit::Commit;
use crate::error::Result;
use crate::sql::{Row, Sql, params};
use crate::store::{SiteId, damaged};

use super::agents::Agent;
use super::{networks, records};

/// The columns that [`read`] needs, of a row `v` of `visitors`.
pub(crate) const COLUMNS: &str =
    "v.blocked_at, v.blocked_by, v.blocked_note, v.network, v.network_until";

/// The block of a row that holds [`COLUMNS`] from `at` on, if there is one.
pub(crate) fn read(row: &Row, at: usize, now: Millis) -> Result<Option<Block>> {
    let since: Option<Millis> = row.get(at)?;
    let Some(since) = since else { return Ok(None) };
    let (by, note): (Option<String>, Option<String>) = (row.get(at + 1)?, row.get(at + 2)?);
    let network = networks::read(row, at + 3, now)?;
    Ok(Some(Block {
        at: since,
        by: by.unwrap_or_default(),
        note: note.unwrap_or_default(),
        network,
    }))
}

/// Blocks a visitor at the agent's site, which is held; with another note, if they are blocked already. False if the
/// site has no such visitor.
pub(crate) fn set(
    commit: &mut Commit<'_>,
    by: &Agent,
    visitor: &VisitorId,
    note: &str,
) -> Result<bool> {
    let changed = commit.sql.execute(
        "UPDATE visitors SET blocked_at = $1, blocked_by = $2, blocked_note = $3 \
         WHERE site = $4 AND id IN (SELECT coalesce(joined, id) FROM visitors WHERE site = $4 AND id = $5)",
        params![commit.now, by.member.name, note, by.site.id, visitor.as_str()],
    )?;
    Ok(changed == 1)
}

/// Unblocks a visitor. False if they are not blocked.
pub(crate) fn lift(sql: Sql<'_>, site: SiteId, visitor: &VisitorId) -> Result<bool> {
    let changed = sql.execute(
        "UPDATE visitors SET blocked_at = NULL, blocked_by = NULL, blocked_note = NULL \
         WHERE site = $1 AND blocked_at IS NOT NULL \
         AND id IN (SELECT coalesce(joined, id) FROM visitors WHERE site = $1 AND id = $2)",
        params![site, visitor.as_str()],
    )?;
    Ok(changed == 1)
}

/// The blocked visitors of a site after this one, the one who was blocked last first, `limit` at most.
pub(crate) fn page(
    sql: Sql<'_>,
    site: SiteId,
    after: Option<&VisitorId>,
    limit: usize,
    now: Millis,
) -> Result<BlockedPage> {
    let from: Option<Millis> = match after {
        Some(visitor) => sql
            .first(
                "SELECT blocked_at FROM visitors WHERE site = $1 AND id = $2",
                params![site, visitor.as_str()],
                |row| row.get(0),
            )?
            .flatten(),
        None => None,
    };
    let (at, id) = (from.unwrap_or(Millis::MAX), after.map_or("", VisitorId::as_str));
    let query = format!(
        "SELECT v.id, {COLUMNS} FROM visitors v /* INDEXED BY visitors_blocked */ \
         WHERE v.site = $1 AND v.blocked_at IS NOT NULL \
         AND (v.blocked_at < $2 OR (v.blocked_at = $2 AND v.id > $3)) \
         ORDER BY v.blocked_at DESC, v.id LIMIT $4"
    );
    let wanted = limit.saturating_add(1);
    let mut visitors = sql.all(&query, params![site, at, id, wanted], |row| {
        let visitor: String = row.get(0)?;
        let visitor: VisitorId = visitor.parse().map_err(|_| damaged("a visitor's id"))?;
        let block = read(row, 1, now)?.ok_or_else(|| damaged("a block"))?;
        Ok(Blocked { visitor, block, name: None })
    })?;
    let more = visitors.len() > limit;
    visitors.truncate(limit);
    let next = visitors.last().filter(|_| more).map(|last| last.visitor.clone());
    let ids = visitors.iter().map(|it| it.visitor.as_str()).collect();
    let names = records::names_of(sql, site, ids)?;
    for it in &mut visitors {
        it.name = names.iter().find(|name| name.id == it.visitor).cloned();
    }
    Ok(BlockedPage { visitors, next })
}
