//! What changed in a site since a revision. Every change takes one, and no two writes hold a site at once: so a site's
//! newest revision in a snapshot covers all that is older, without holes.

use porchlight_protocol::conversation::Side;
use porchlight_protocol::{ConversationId, Revision, VisitorId};

use crate::error::{Error, Result};
use crate::news::{Change, Changed, News, Since};
use crate::ops;
use crate::place;
use crate::sql::{Sql, params};
use crate::store::{self, SiteId};

use super::{conversations, events, records, sites};

/// Changes of one kind that are read at once.
const CHANGES_MAX: usize = 500;

/// What changed in a site after a revision, or the first part of it: [`News::up_to`] says how far it goes. `None` if the
/// site was removed.
pub(crate) fn since(sql: Sql<'_>, site: SiteId, after: Revision) -> Result<Option<Since>> {
    let of_site = match sites::by_id(sql, site) {
        Ok(site) => site,
        Err(Error::Refused(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let newest = store::revision(sql, site)?;
    let mut up_to = newest;
    let mut changes = Vec::new();
    let parts = [
        appended(sql, site, after)?,
        marked(sql, site, after)?,
        records::changed(sql, site, after, CHANGES_MAX)?,
        records::joined(sql, site, after, CHANGES_MAX)?,
    ];
    for part in parts {
        if part.len() >= CHANGES_MAX
            && let Some((last, _)) = part.last()
        {
            up_to = up_to.min(*last);
        }
        changes.extend(part.into_iter().flat_map(|(revision, changed)| {
            changed.into_iter().map(move |what| Change { revision, what })
        }));
    }
    if of_site.policy_revision > after {
        let revision = of_site.policy_revision;
        let what = Changed::Policy(of_site.policy_at(place::now(sql)?));
        changes.push(Change { revision, what });
    }
    changes.retain(|change| change.revision <= up_to);
    changes.sort_by_key(|change| change.revision);
    Ok(Some(Since { news: News { site, after, up_to, changes }, is_all: up_to == newest }))
}

/// Rows in the order of their revisions. What can't be read of them is left out: clients fetch it, and are told then.
pub(super) type Part = Vec<(Revision, Vec<Changed>)>;

fn appended(sql: Sql<'_>, site: SiteId, after: Revision) -> Result<Part> {
    sql.all(
        "SELECT e.seq, e.revision, e.at, e.author, e.client_id, e.body, e.hash, e.conversation, c.visitor \
         FROM events AS e /* INDEXED BY events_by_revision */ \
         JOIN conversations AS c ON c.site = e.site AND c.id = e.conversation \
         WHERE e.site = $1 AND e.revision > $2 ORDER BY e.revision LIMIT $3",
        params![site, after, CHANGES_MAX],
        |row| {
            let (conversation, visitor): (String, String) = (row.get(7)?, row.get(8)?);
            let ids = (conversation.parse::<ConversationId>(), visitor.parse::<VisitorId>());
            let changed = match ids {
                (Ok(conversation), Ok(visitor)) => match events::checked(&conversation, row) {
                    Ok(event) => vec![Changed::Event { visitor, conversation, event }],
                    Err(_) => Vec::new(),
                },
                _ => Vec::new(),
            };
            Ok((row.get(1)?, changed))
        },
    )
}

fn marked(sql: Sql<'_>, site: SiteId, after: Revision) -> Result<Part> {
    sql.all(
        &format!(
            "SELECT {}, marks_revision FROM conversations /* INDEXED BY conversations_marked */ \
             WHERE site = $1 AND marks_revision > $2 ORDER BY marks_revision LIMIT $3",
            conversations::COLUMNS
        ),
        params![site, after, CHANGES_MAX],
        |row| {
            let read = conversations::readable(conversations::read(sql, site, row))?;
            let marks = read.into_iter().flat_map(|conversation| {
                // Which side has read is not kept. To learn the other's mark again changes nothing.
                [Side::Visitor, Side::Team].map(|side| ops::read_mark(&conversation, side))
            });
            Ok((row.get(3)?, marks.collect()))
        },
    )
}
