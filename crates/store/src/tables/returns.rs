//! Links that lead a visitor back to a conversation: by one, a browser that knows nothing of the visitor becomes one of
//! their devices.
//!
//! Whoever has the link opens the conversations. So it holds for some weeks, and in one browser: of two people who have it,
//! the second learns nothing.

use porchlight_protocol::limits::RETURN_LINK_MS;
use porchlight_protocol::person::Returned;
use porchlight_protocol::{ConversationId, ErrorCode, Millis, VisitorId};

use crate::commit::Commit;
use crate::error::Result;
use crate::random::{self, Hash};
use crate::sql::{Sql, params};
use crate::store::{SiteId, damaged};

use super::sites::Site;
use super::{records, visitors};

/// Makes a link's secret for a visitor of a held site, who may have joined a person since. The store keeps its hash.
pub(crate) fn issue(
    sql: Sql<'_>,
    site: SiteId,
    visitor: &VisitorId,
    conversation: &ConversationId,
    now: Millis,
) -> Result<String> {
    sql.execute("DELETE FROM returns WHERE site = $1 AND expires_at <= $2", params![site, now])?;
    let token = random::token()?;
    sql.execute(
        "INSERT INTO returns (site, token, visitor, conversation, expires_at) \
         VALUES ($1, $2, $3, $4, $5)",
        params![
            site,
            &random::hash(&token),
            visitor.as_str(),
            conversation.as_str(),
            now + RETURN_LINK_MS
        ],
    )?;
    Ok(token)
}

/// A link that holds.
struct Link {
    /// The visitor, or the person whose device they turned out to be.
    visitor: VisitorId,
    conversation: ConversationId,
    device: Option<VisitorId>,
}

fn find(sql: Sql<'_>, site: SiteId, token: &Hash, now: Millis) -> Result<Link> {
    let query = "SELECT visitor, conversation, device FROM returns \
         WHERE site = $1 AND token = $2 AND expires_at > $3";
    let found = sql.first(query, params![site, token, now], |row| {
        let (visitor, conversation): (String, String) = (row.get(0)?, row.get(1)?);
        let device: Option<String> = row.get(2)?;
        let what = || damaged("a link back");
        Ok(Link {
            visitor: visitor.parse().map_err(|_| what())?,
            conversation: conversation.parse().map_err(|_| what())?,
            device: device.map(|id| id.parse().map_err(|_| what())).transpose()?,
        })
    })?;
    let link = found.ok_or(ErrorCode::LinkExpired)?;
    let visitor = visitors::resolved(sql, site, &link.visitor)?.ok_or(ErrorCode::LinkExpired)?;
    Ok(Link { visitor, ..link })
}

/// Lets the browser with this key come back by a link, at a held site. A key that was never used becomes one of the visitor's.
/// A key of the visitor changes nothing, so the same browser may come by the same link again. That of somebody else is
/// refused: what they have said stays theirs.
pub(crate) fn redeem(
    commit: &mut Commit<'_>,
    site: &Site,
    key: &Hash,
    token: &Hash,
) -> Result<Returned> {
    let link = find(commit.sql, site.id, token, commit.now)?;
    let Link { visitor, conversation, device } = link;
    match visitors::of_key(commit.sql, site.id, key)? {
        Some(known) if known.id == visitor => return Ok(Returned { conversation, anew: false }),
        Some(_) => return Err(ErrorCode::OtherPerson.into()),
        None if device.is_some() => return Err(ErrorCode::LinkUsed.into()),
        None => {}
    }
    let device = VisitorId::from_bytes(random::bytes()?);
    let revision = records::absorb(commit, site.id, &visitor, None)?.revision;
    visitors::insert_joined(commit, site.id, key, &device, &visitor, revision)?;
    commit.sql.execute(
        "UPDATE returns SET device = $1 WHERE site = $2 AND token = $3",
        params![device.as_str(), site.id, token],
    )?;
    Ok(Returned { conversation, anew: true })
}

/// Has no link lead to a person any more, or to a device of theirs.
pub(crate) fn forget(sql: Sql<'_>, site: SiteId, person: &VisitorId) -> Result<()> {
    sql.execute(
        "DELETE FROM returns WHERE site = $1 AND (visitor = $2 OR visitor IN \
             (SELECT id FROM visitors WHERE site = $1 AND joined = $2))",
        params![site, person.as_str()],
    )?;
    Ok(())
}
