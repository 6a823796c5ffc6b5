//! Events that commands append beside a running server: the command queues them, the server publishes them.

use std::path::Path;

use porchlight_protocol::ConversationId;
use rusqlite::{Connection, params};

use crate::clock;
use crate::error::{Error, Result};
use crate::news::Published;

use crate::sqlite::writer::Commit;
use crate::sqlite::{damage, file};
use crate::store::{SiteId, int, number, revision};

use super::{conversations, events};

/// Events that are published in one job.
const PUBLISHED_MAX: usize = 200;

/// Runs `work` in a transaction of the command's own, and queues what it publishes for a running server .
pub(crate) fn change<T>(
    folder: &Path,
    work: impl FnOnce(&mut Commit<'_>) -> Result<T>,
) -> anyhow::Result<T> {
    file::with_file(folder, |sql| {
        let before = revision(sql).map_err(Error::told)?;
        let steady = sql.query_row("SELECT steady FROM meta", [], |row| row.get(0))?;
        let mut commit = Commit::new(sql, clock::now(), steady, before);
        let done = work(&mut commit).map_err(Error::told)?;
        let (now, published) = commit.end();
        if now != before {
            sql.execute("UPDATE meta SET revision = ?1", [int(now)])?;
        }
        for published in published {
            // The server finds changed policies by their revision.
            if let Published::Event { site, conversation, event, .. } = published {
                sql.prepare_cached(
                    "INSERT INTO outside (site, conversation, seq) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![site, conversation.as_str(), int(event.seq)])?;
            }
        }
        Ok(done)
    })
}

/// True if events are queued.
pub(crate) fn any(sql: &Connection) -> Result<bool> {
    Ok(sql
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM outside)")?
        .query_row([], |row| row.get(0))?)
}

/// Publishes queued events of all sites, [`PUBLISHED_MAX`] at most. True if the queue is empty now.
pub(crate) fn publish(commit: &mut Commit<'_>) -> Result<bool> {
    let rows: Vec<(SiteId, String, i64)> = commit
        .sql
        .prepare_cached(
            "SELECT site, conversation, seq FROM outside ORDER BY site, conversation, seq LIMIT ?1",
        )?
        .query_map([int(PUBLISHED_MAX as u64)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let all = rows.len() < PUBLISHED_MAX;
    for (site, id, seq) in rows {
        commit
            .sql
            .prepare_cached(
                "DELETE FROM outside WHERE site = ?1 AND conversation = ?2 AND seq = ?3",
            )?
            .execute(params![site, id, seq])?;
        let Ok(id) = id.parse::<ConversationId>() else {
            damage::note(commit.sql, format_args!("what a command did in site {site}"));
            continue;
        };
        let conversation = match conversations::load(commit.sql, site, &id) {
            Ok(Some(conversation)) => conversation,
            Err(error) if error.is_of_the_store() => return Err(error),
            // The conversation was removed meanwhile, or is damaged.
            Ok(None) | Err(_) => continue,
        };
        let seq = number(seq);
        for event in events::range(commit.sql, site, &id, seq, seq)? {
            commit.publish(Published::Event {
                site,
                visitor: conversation.visitor.clone(),
                conversation: id.clone(),
                event,
            });
        }
    }
    Ok(all)
}
