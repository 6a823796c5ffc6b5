//! Invitations: links that make whoever opens them an agent of a site, once.

use porchlight_protocol::limits::{INVITATION_MS, INVITATIONS_MAX};
use porchlight_protocol::rights::Role;
use porchlight_protocol::team::{Invitation, InvitationSeen, NewInvitation};
use porchlight_protocol::{ErrorCode, MemberId, Millis};

use crate::commit::Commit;
use crate::error::Result;
use crate::random::{self, Hash};
use crate::sql::{Row, Sql, params};
use crate::store::{SiteId, damaged};

use super::agents::Agent;
use super::sites;

/// How long an invitation that can't be accepted any more is remembered, in milliseconds: 30 days, in which the answer says
/// why.
const REMEMBERED_MS: Millis = 30 * 24 * 60 * 60 * 1000;

const COLUMNS: &str = "id, role, note, agent_name, expires_at";

fn role(text: &str) -> Result<Role> {
    let found = Role::ALL.into_iter().find(|role| role.as_str() == text);
    found.ok_or_else(|| damaged("an invitation's role"))
}

fn invitation(row: &Row) -> Result<Invitation> {
    let (id, role_text): (String, String) = (row.get(0)?, row.get(1)?);
    Ok(Invitation {
        id: id.parse().map_err(|_| damaged("an invitation's id"))?,
        role: role(&role_text)?,
        note: row.get(2)?,
        by: row.get(3)?,
        expires_at: row.get(4)?,
    })
}

/// The open invitations of a site, the newest first. Skips rows that can't be read.
pub(crate) fn open(sql: Sql<'_>, site: SiteId, now: Millis) -> Result<Vec<Invitation>> {
    let query = format!(
        "SELECT {COLUMNS} FROM invitations WHERE site = $1 AND expires_at > $2 AND used_at IS NULL \
         ORDER BY created_at DESC, id"
    );
    let all = sql.all(&query, params![site, now], |row| {
        let read = invitation(row);
        Ok(read.inspect_err(|_| sql.note_damage(format_args!("an invitation of site {site}"))).ok())
    })?;
    Ok(all.into_iter().flatten().collect())
}

/// Makes an invitation at the agent's site, which is held, whose secret has this hash.
pub(crate) fn add(
    commit: &mut Commit<'_>,
    by: &Agent,
    token: &Hash,
    new: &NewInvitation,
) -> Result<Invitation> {
    let (site, now) = (by.site.id, commit.now);
    commit.sql.execute(
        "DELETE FROM invitations WHERE site = $1 AND expires_at < $2",
        params![site, now - REMEMBERED_MS],
    )?;
    if open(commit.sql, site, now)?.len() >= INVITATIONS_MAX {
        return Err(ErrorCode::TooManyInvitations.into());
    }
    let id = MemberId::from_bytes(random::bytes()?);
    let role = Role::from(new.role);
    let expires_at = now + INVITATION_MS;
    commit.sql.execute(
        "INSERT INTO invitations \
         (id, site, token, role, note, agent, agent_name, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            id.as_str(),
            site,
            token,
            role.as_str(),
            new.note,
            by.member.id.as_str(),
            by.member.name,
            now,
            expires_at
        ],
    )?;
    Ok(Invitation { id, role, note: new.note.clone(), by: by.member.name.clone(), expires_at })
}

/// An invitation of a site that has not been accepted.
pub(crate) fn one(sql: Sql<'_>, site: SiteId, id: &MemberId) -> Result<Option<Invitation>> {
    let query = format!(
        "SELECT {COLUMNS} FROM invitations WHERE site = $1 AND id = $2 AND used_at IS NULL"
    );
    sql.first(&query, params![site, id.as_str()], invitation)
}

/// Takes an invitation back.
pub(crate) fn take_back(sql: Sql<'_>, site: SiteId, id: &MemberId) -> Result<()> {
    sql.execute(
        "DELETE FROM invitations WHERE site = $1 AND id = $2 AND used_at IS NULL",
        params![site, id.as_str()],
    )?;
    Ok(())
}

/// Takes back what an agent has invited to roles that they may not manage in the role that they have now, or with `None`
/// all: whoever leaves the team must not come back by a link of their own.
pub(crate) fn take_back_of(
    sql: Sql<'_>,
    site: SiteId,
    agent: &MemberId,
    now: Option<Role>,
) -> Result<()> {
    let lost = Role::ALL.into_iter().filter(|other| !now.is_some_and(|now| now.may_manage(*other)));
    for role in lost {
        sql.execute(
            "DELETE FROM invitations WHERE site = $1 AND agent = $2 AND role = $3 AND used_at IS NULL",
            params![site, agent.as_str(), role.as_str()],
        )?;
    }
    Ok(())
}

/// The site of a secret, whether its invitation can be accepted or not.
pub(crate) fn site(sql: Sql<'_>, token: &Hash) -> Result<Option<SiteId>> {
    sql.first("SELECT site FROM invitations WHERE token = $1", params![token], |row| row.get(0))
}

/// What the invited person may see of the invitation with this secret. Refuses one that can't be accepted.
pub(crate) fn seen(sql: Sql<'_>, token: &Hash, now: Millis) -> Result<InvitationSeen> {
    let query = format!("SELECT {COLUMNS}, used_at, site FROM invitations WHERE token = $1");
    let found = sql.first(&query, params![token], |row| {
        let used_at: Option<Millis> = row.get(5)?;
        Ok((invitation(row)?, used_at.is_some(), row.get(6)?))
    })?;
    let (invitation, used, site): (Invitation, bool, SiteId) =
        found.ok_or(ErrorCode::InvitationEnded)?;
    if used {
        return Err(ErrorCode::InvitationUsed.into());
    }
    if invitation.expires_at <= now {
        return Err(ErrorCode::InvitationEnded.into());
    }
    let site_name = sites::by_id(sql, site)?.name;
    let Invitation { role, by, expires_at, .. } = invitation;
    Ok(InvitationSeen { site_name, role, by, expires_at })
}

/// Notes that the invitation with this secret has been accepted, at its site, which is held.
pub(crate) fn use_up(commit: &mut Commit<'_>, token: &Hash) -> Result<()> {
    commit.sql.execute(
        "UPDATE invitations SET used_at = $1 WHERE token = $2",
        params![commit.now, token],
    )?;
    Ok(())
}
