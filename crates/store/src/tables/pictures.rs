//! Pictures of agents. A picture is of an agent, not of the account, as the name is: one person may show another face at
//! another site, and nothing of one site is seen at another.

use porchlight_protocol::{MemberId, PictureId};

use crate::error::Result;
use crate::random;
use crate::sql::{Sql, params};
use crate::store::SiteId;

/// Sets the picture of an agent. Returns its id, and whether it is another one than before.
pub(crate) fn set(
    sql: Sql<'_>,
    site: SiteId,
    agent: &MemberId,
    bytes: &[u8],
) -> Result<(PictureId, bool)> {
    let id = random::picture_id(bytes);
    let changed = sql.execute(
        "INSERT INTO pictures (site, agent, id, bytes) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (site, agent) DO UPDATE SET id = excluded.id, bytes = excluded.bytes \
         WHERE pictures.id <> excluded.id",
        params![site, agent.as_str(), id.as_str(), bytes],
    )?;
    Ok((id, changed > 0))
}

/// Removes the picture of an agent. False if there was none.
pub(crate) fn remove(sql: Sql<'_>, site: SiteId, agent: &MemberId) -> Result<bool> {
    let query = "DELETE FROM pictures WHERE site = $1 AND agent = $2";
    Ok(sql.execute(query, params![site, agent.as_str()])? > 0)
}

/// The bytes of a picture that an agent of the site has.
pub(crate) fn bytes(sql: Sql<'_>, site: SiteId, id: &PictureId) -> Result<Option<Vec<u8>>> {
    let query = "SELECT bytes FROM pictures WHERE site = $1 AND id = $2";
    sql.first(query, params![site, id.as_str()], |row| row.get(0))
}

/// Gives an agent of one site the picture that an agent of another has: of one person, who takes it along as their name.
pub(crate) fn take_along(
    sql: Sql<'_>,
    (from, agent): (SiteId, &MemberId),
    (to, other): (SiteId, &MemberId),
) -> Result<()> {
    sql.execute(
        "INSERT INTO pictures (site, agent, id, bytes) \
         SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), id, bytes FROM pictures \
         WHERE site = $3 AND agent = $4",
        params![to, other.as_str(), from, agent.as_str()],
    )?;
    Ok(())
}
