//! Erasing a visitor: their texts go, and what was written to them and about them. The logs keep their events without texts,
//! so that order, closings and numbers stay what they were.
//!
//! It takes several transactions, of which the first revokes the key and leaves a mark. From then on the visitor can't write;
//! what agents and bots write is in a log before its turn comes, and is erased with it, or is refused after it, because the
//! log then ends with `erased`. Whoever finds the mark later goes on where it was left.

use std::collections::BTreeSet;

use porchlight_protocol::{Author, Conversation, EventBody, Millis, Revision, VisitorId};

use crate::commit::Commit;
use crate::error::Result;
use crate::sql::{Sql, params};
use crate::store::{SiteId, damaged};

use super::conversations::{self, readable};
use super::{events, mails, records, visitors};

/// Events whose conversations are erased in one transaction, about. A longer log is one by itself, so that no reader finds
/// half of one.
const EVENTS_MAX: u64 = 1_000;

/// Conversations that are looked at in one transaction.
const CONVERSATIONS_MAX: usize = 200;

/// Begins to erase a visitor at a held site, or the person whose device they turned out to be: revokes their keys, empties
/// the record, and leaves the mark. `None` if the site has no such visitor; otherwise whom it erases, and false if it has begun
/// before.
pub(crate) fn begin(
    commit: &mut Commit<'_>,
    site: SiteId,
    visitor: &VisitorId,
) -> Result<Option<(VisitorId, bool)>> {
    let Some(visitor) = visitors::resolved(commit.sql, site, visitor)? else { return Ok(None) };
    let standing = visitors::standing(commit.sql, site, &visitor, commit.now)?;
    if standing.is_some_and(|standing| standing.erased) {
        return Ok(Some((visitor, false)));
    }
    visitors::revoke(commit.sql, site, &visitor, commit.now)?;
    records::blank(commit, site, &visitor)?;
    // Who blocked them, and why, is about them, too.
    commit.sql.execute(
        "UPDATE visitors SET erased_at = $1, erasing = 1, blocked_note = NULL, \
         network = NULL, network_until = NULL \
         WHERE site = $2 AND id = $3",
        params![commit.now, site, visitor.as_str()],
    )?;
    Ok(Some((visitor, true)))
}

/// Where a pass over a visitor's conversations is: behind the one with this `active` and this id. One that moves because
/// somebody writes in it moves to the end, and is met there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place(Revision, String);

/// Erases some of the conversations of a visitor who is being erased, at a held site, from a place on. Returns where the next
/// part begins; `None` once all is erased, and the mark is gone.
pub(crate) fn some(
    commit: &mut Commit<'_>,
    site: SiteId,
    visitor: &VisitorId,
    from: &Place,
) -> Result<Option<Place>> {
    let Some(visitor) = &visitors::resolved(commit.sql, site, visitor)? else { return Ok(None) };
    let query = format!(
        "SELECT {}, active FROM conversations /* INDEXED BY conversations_of_visitor */ \
         WHERE site = $1 AND visitor = $2 AND active >= $3 AND (active > $3 OR id > $4) \
         ORDER BY active, id LIMIT $5",
        conversations::COLUMNS
    );
    let Place(active, id) = from;
    let who = visitor.as_str();
    let asked = params![site, who, active, id, CONVERSATIONS_MAX];
    let found = commit.sql.all(&query, asked, |row| {
        let read = readable(conversations::read(commit.sql, site, row))?;
        Ok((Place(row.get(3)?, row.get(0)?), read))
    })?;
    let whole = found.len() < CONVERSATIONS_MAX;
    let (mut erased, mut next) = (0, from.clone());
    for (place, conversation) in found {
        if erased >= EVENTS_MAX {
            return Ok(Some(next));
        }
        next = place;
        match conversation {
            Some(conversation) if conversation.is_erased() => {}
            Some(conversation) => {
                erased += conversation.head;
                one(commit, site, conversation)?;
            }
            // Nobody can read it, or what it says. So there is no log that could keep its order.
            None => conversations::remove(commit.sql, site, std::slice::from_ref(&next.1))?,
        }
    }
    if !whole {
        return Ok(Some(next));
    }
    end(commit, site, visitor)?;
    Ok(None)
}

/// The end: what else is kept of the visitor goes, and the mark.
fn end(commit: &mut Commit<'_>, site: SiteId, visitor: &VisitorId) -> Result<()> {
    commit.sql.execute(
        "DELETE FROM starts WHERE site = $1 AND visitor = $2",
        params![site, visitor.as_str()],
    )?;
    commit.sql.execute(
        "UPDATE visitors SET erasing = 0 WHERE site = $1 AND id = $2",
        params![site, visitor.as_str()],
    )?;
    Ok(())
}

fn one(commit: &mut Commit<'_>, site: SiteId, mut conversation: Conversation) -> Result<()> {
    events::erase(commit.sql, site, &conversation)?;
    let id = conversation.id.as_str().to_owned();
    // The digests of acts are those of texts, and a flow's run and a live chat's questions hold what the visitor has answered.
    for table in ["acts", "runs", "askings"] {
        let query = format!("DELETE FROM {table} WHERE site = $1 AND conversation = $2");
        commit.sql.execute(&query, params![site, &id])?;
    }
    mails::forget_about(commit.sql, site, &id)?;
    // Not in the name of who asked for it, which the audit log has: nothing of the person is told any more.
    let bodies = vec![EventBody::Erased];
    events::append(commit, site, &mut conversation, &Author::Timer, bodies, (None, 0))?;
    Ok(())
}

/// The visitors who are being erased, of all sites.
pub(crate) fn begun(sql: Sql<'_>) -> Result<Vec<(SiteId, VisitorId)>> {
    let query = "SELECT site, id FROM visitors /* INDEXED BY visitors_erasing */ \
         WHERE erasing = 1 ORDER BY site, id LIMIT 1000";
    sql.all(query, params![], |row| {
        let id: String = row.get(1)?;
        Ok((row.get(0)?, id.parse().map_err(|_| damaged("a visitor's id"))?))
    })
}

/// Removes closed conversations of a held site that were not active since `until` in steady time, `limit` at most. Returns
/// how many there were.
pub(crate) fn remove_idle(
    commit: &mut Commit<'_>,
    site: SiteId,
    until: Millis,
    limit: usize,
) -> Result<usize> {
    let query = format!("SELECT id, visitor {IDLE} ORDER BY active_at LIMIT $3");
    let found: Vec<(String, String)> =
        commit
            .sql
            .all(&query, params![site, until, limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (ids, visitors): (Vec<String>, BTreeSet<String>) = found.into_iter().unzip();
    conversations::remove(commit.sql, site, &ids)?;
    // The pages that they had looked at are kept no longer than what they wrote.
    for visitor in visitors.iter().filter_map(|id| id.parse().ok()) {
        if !conversations::has_any(commit.sql, site, &visitor)? {
            records::forget_visit(commit, site, &visitor)?;
        }
    }
    Ok(ids.len())
}

/// The number of closed conversations of a site that were not active since `until` in steady time.
pub(crate) fn count_idle(sql: Sql<'_>, site: SiteId, until: Millis) -> Result<u64> {
    sql.value(&format!("SELECT count(*) {IDLE}"), params![site, until])
}

/// The closed conversations of site `$1` without activity since `$2`.
const IDLE: &str = "FROM conversations /* INDEXED BY conversations_closed_idle */ \
     WHERE site = $1 AND closed = 1 AND active_at <= $2";
