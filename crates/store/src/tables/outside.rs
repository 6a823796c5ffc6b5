//! Events that commands append beside a running server: the command queues them, the server publishes them.

use porchlight_protocol::{ConversationId, Seq};

use crate::clock;
use crate::commit::Commit;
use crate::error::Result;
use crate::news::Published;
use crate::place::Place;
use crate::sql::{Sql, params};
use crate::sqlite::keeper;
use crate::store::SiteId;

use super::{conversations, events, sites};

/// Events that are published in one job.
const PUBLISHED_MAX: usize = 200;

/// Runs `work` in a transaction of the command's own, and queues what it publishes for a running server.
pub(crate) fn change<T>(
    place: &Place,
    work: impl FnOnce(&mut Commit<'_>) -> Result<T>,
) -> anyhow::Result<T> {
    place.write(|sql| {
        let mut commit = Commit::new(sql, clock::now(), sites::steady(sql)?);
        let done = work(&mut commit)?;
        let moved = commit.save_revisions()?;
        if moved && matches!(place, Place::Folder(_)) {
            keeper::count_commit(sql)?;
        }
        for published in commit.published() {
            queue(sql, published)?;
        }
        Ok(done)
    })
}

/// Queues an event for a running server. It finds changed policies by their revision.
fn queue(sql: Sql<'_>, published: Published) -> Result<()> {
    if let Published::Event { site, conversation, event, .. } = published {
        sql.execute(
            "INSERT INTO outside (site, conversation, seq) VALUES ($1, $2, $3)",
            params![site, conversation.as_str(), event.seq],
        )?;
    }
    Ok(())
}

/// True if events are queued.
pub(crate) fn any(sql: Sql<'_>) -> Result<bool> {
    sql.value("SELECT EXISTS (SELECT 1 FROM outside)", params![])
}

/// Publishes queued events of all sites, [`PUBLISHED_MAX`] at most. True if the queue is empty now.
pub(crate) fn publish(commit: &mut Commit<'_>) -> Result<bool> {
    let rows: Vec<(SiteId, String, Seq)> = commit.sql.all(
        "SELECT site, conversation, seq FROM outside ORDER BY site, conversation, seq LIMIT $1",
        params![PUBLISHED_MAX],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let all = rows.len() < PUBLISHED_MAX;
    for (site, id, seq) in rows {
        commit.sql.execute(
            "DELETE FROM outside WHERE site = $1 AND conversation = $2 AND seq = $3",
            params![site, id, seq],
        )?;
        let Ok(id) = id.parse::<ConversationId>() else {
            commit.sql.note_damage(format_args!("what a command did in site {site}"));
            continue;
        };
        let conversation = match conversations::load(commit.sql, site, &id) {
            Ok(Some(conversation)) => conversation,
            Err(error) if error.is_of_the_store() => return Err(error),
            // The conversation was removed meanwhile, or is damaged.
            Ok(None) | Err(_) => continue,
        };
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
