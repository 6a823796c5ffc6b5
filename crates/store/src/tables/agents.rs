//! Agents and their sessions.

use anyhow::anyhow;
use porchlight_protocol::wire::{Presence, Role};
use porchlight_protocol::{ErrorCode, Member, MemberId, Millis};

use crate::commit::Commit;
use crate::error::Result;
use crate::ops;
use crate::place;
use crate::random::{self, Hash};
use crate::sql::{Row, Sql, params};
use crate::store::{SiteId, damaged};

use super::sites::{self, Site};

/// How long a session lasts, in milliseconds: 30 days.
pub const SESSION_MS: Millis = 30 * 24 * 60 * 60 * 1000;

/// How long an unused session lasts, in milliseconds: 7 days. A long weekend is shorter.
pub const IDLE_MS: Millis = 7 * 24 * 60 * 60 * 1000;

/// The precision of a session's last use, in milliseconds: an hour. More precise would mean more writes.
const SEEN_EVERY_MS: Millis = 60 * 60 * 1000;

/// A signed-in agent.
#[derive(Debug, Clone)]
pub struct Agent {
    /// The agent's id and name.
    pub member: Member,
    /// The agent's role.
    pub role: Role,
    /// The agent's site.
    pub site: Site,
    /// When the session ends.
    pub expires_at: Millis,
    /// Whether the agent counts as online while this session is connected.
    pub presence: Presence,
}

/// The data for a sign-in.
pub struct Login {
    /// The agent.
    pub id: MemberId,
    /// The agent's site.
    pub site: SiteId,
    /// The hash of the agent's password.
    pub password: String,
}

fn role(text: &str) -> Result<Role> {
    match text {
        "admin" => Ok(Role::Admin),
        "agent" => Ok(Role::Agent),
        _ => Err(damaged("an agent's role")),
    }
}

/// A role as it is stored.
pub fn role_text(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::Agent => "agent",
    }
}

/// The site of a session, whether it has ended or not.
pub(crate) fn site(sql: Sql<'_>, token: &Hash) -> Result<Option<SiteId>> {
    sql.first("SELECT site FROM sessions WHERE token = $1", params![token], |row| row.get(0))
}

/// The agent of a session's token.
pub(crate) fn authorise(sql: Sql<'_>, token: &Hash, now: Millis) -> Result<Agent> {
    let site = site(sql, token)?.ok_or(ErrorCode::SignInRequired)?;
    authorise_at(sql, sites::by_id(sql, site)?, token, now)
}

/// Finds the agent of site `$1` by session `$2`, which ends after `$3` and was used after `$4`, as [`read`] reads it.
pub(crate) const BY_SESSION: &str = "SELECT a.id, a.name, a.role, s.expires_at, a.away, s.idle FROM sessions s \
     JOIN agents a ON a.id = s.agent AND a.site = s.site \
     WHERE s.site = $1 AND s.token = $2 AND s.expires_at > $3 AND s.seen_at > $4";

/// The agent of a row that holds the columns of [`BY_SESSION`] from `at` on.
pub(crate) fn read(row: &Row, at: usize, site: Site) -> Result<Agent> {
    let id: String = row.get(at)?;
    let id = id.parse().map_err(|_| damaged("an agent's id"))?;
    Ok(Agent {
        member: Member { id, name: row.get(at + 1)? },
        role: role(&row.get::<String>(at + 2)?)?,
        site,
        expires_at: row.get(at + 3)?,
        presence: Presence { away: row.get(at + 4)?, idle: row.get(at + 5)? },
    })
}

/// The agent of a session's token, at a site that was read, or is held, already.
pub(crate) fn authorise_at(sql: Sql<'_>, site: Site, token: &Hash, now: Millis) -> Result<Agent> {
    let since = now - IDLE_MS;
    let asked = params![site.id, token, now, since];
    let found = sql.first(BY_SESSION, asked, |row| read(row, 0, site.clone()))?;
    found.ok_or_else(|| ErrorCode::SignInRequired.into())
}

/// The agent with this e-mail address, in whatever case it is written.
pub(crate) fn by_email(sql: Sql<'_>, email: &str) -> Result<Option<Login>> {
    let found: Option<(String, SiteId, String)> = sql.first(
        "SELECT id, site, password FROM agents WHERE email = $1",
        params![email],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    found
        .map(|(id, site, password)| {
            Ok(Login { id: id.parse().map_err(|_| damaged("an agent's id"))?, site, password })
        })
        .transpose()
}

/// Begins a session, and deletes those that have ended.
pub(crate) fn sign_in(commit: &mut Commit<'_>, login: &Login, token: &Hash) -> Result<Agent> {
    commit.sql.execute(
        "DELETE FROM sessions WHERE site = $1 AND expires_at <= $2",
        params![login.site, commit.now],
    )?;
    commit.sql.execute(
        "INSERT INTO sessions (token, site, agent, created_at, expires_at, seen_at) \
             VALUES ($1, $2, $3, $4, $5, $4)",
        params![token, login.site, login.id.as_str(), commit.now, commit.now + SESSION_MS],
    )?;
    authorise(commit.sql, token, commit.now)
}

/// Ends a session.
pub(crate) fn sign_out(commit: &mut Commit<'_>, token: &Hash) -> Result<()> {
    commit.sql.execute("DELETE FROM sessions WHERE token = $1", params![token])?;
    Ok(())
}

/// What has become of each of the sessions: its presence, or `None` if it has ended, by time or by a command.
pub(crate) fn presence(
    sql: Sql<'_>,
    sessions: Vec<Hash>,
    now: Millis,
) -> Result<Vec<(Hash, Option<Presence>)>> {
    let query = "SELECT a.away, s.idle FROM sessions s \
         JOIN agents a ON a.id = s.agent AND a.site = s.site \
         WHERE s.token = $1 AND s.expires_at > $2 AND s.seen_at > $3";
    let each = sessions.into_iter().map(|token| {
        let found = sql.first(query, params![&token, now, now - IDLE_MS], |row| {
            Ok(Presence { away: row.get(0)?, idle: row.get(1)? })
        })?;
        Ok((token, found))
    });
    each.collect()
}

/// Writes down whether an agent has said to be away.
pub(crate) fn set_away(commit: &mut Commit<'_>, agent: &Agent, away: bool) -> Result<()> {
    commit.sql.execute(
        "UPDATE agents SET away = $1 WHERE site = $2 AND id = $3",
        params![away, agent.site.id, agent.member.id.as_str()],
    )?;
    Ok(())
}

/// Writes down whether a session is idle.
pub(crate) fn set_idle(commit: &mut Commit<'_>, token: &Hash, idle: bool) -> Result<()> {
    commit.sql.execute("UPDATE sessions SET idle = $1 WHERE token = $2", params![idle, token])?;
    Ok(())
}

/// Those of the sessions whose stored last use is out of date.
pub(crate) fn stale(sql: Sql<'_>, sessions: Vec<Hash>, now: Millis) -> Result<Vec<Hash>> {
    let mut stale = Vec::new();
    for token in sessions {
        let query = "SELECT EXISTS (SELECT 1 FROM sessions WHERE token = $1 AND seen_at < $2)";
        if sql.value(query, params![&token, now - SEEN_EVERY_MS])? {
            stale.push(token);
        }
    }
    Ok(stale)
}

/// Stores the last use of these sessions.
pub(crate) fn seen(commit: &mut Commit<'_>, sessions: &[Hash]) -> Result<()> {
    for token in sessions {
        commit.sql.execute(
            "UPDATE sessions SET seen_at = CASE WHEN seen_at < $1 THEN $1 ELSE seen_at END \
             WHERE token = $2",
            params![commit.now, token],
        )?;
    }
    Ok(())
}

/// An agent as an admin sees them.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The agent's id and name.
    pub member: Member,
    /// The agent's site.
    pub site: SiteId,
    /// The e-mail address that the agent signs in with.
    pub email: String,
    /// The agent's role.
    pub role: Role,
    /// When a session of the agent was last used, to the hour; `None` without a session.
    pub seen_at: Option<Millis>,
}

/// The agents of a site, or of all, by their e-mail addresses. Skips rows that can't be read.
pub(crate) fn all(sql: Sql<'_>, site: Option<SiteId>) -> Result<Vec<Listed>> {
    let query = "SELECT id, name, site, email, role, \
         (SELECT max(seen_at) FROM sessions WHERE sessions.agent = agents.id) \
         FROM agents WHERE CAST($1 AS BIGINT) IS NULL OR site = $1 ORDER BY site, email";
    let all = sql.all(query, params![site], |row| {
        let (id, role_text): (String, String) = (row.get(0)?, row.get(4)?);
        let (Ok(member), Ok(role)) = (id.parse(), role(&role_text)) else {
            sql.note_damage(format_args!("agent {id}"));
            return Ok(None);
        };
        Ok(Some(Listed {
            member: Member { id: member, name: row.get(1)? },
            site: row.get(2)?,
            email: row.get(3)?,
            role,
            seen_at: row.get(5)?,
        }))
    })?;
    Ok(all.into_iter().flatten().collect())
}

/// The agent with this e-mail address.
pub(crate) fn named(sql: Sql<'_>, email: &str) -> Result<Option<Listed>> {
    let email = email.trim();
    Ok(all(sql, None)?.into_iter().find(|agent| agent.email.eq_ignore_ascii_case(email)))
}

/// Removes an agent: their sessions end and their conversations are unclaimed. Their messages keep their name.
/// Returns how many conversations were unclaimed.
pub(crate) fn remove(commit: &mut Commit<'_>, agent: &Listed) -> Result<usize> {
    let site = commit.hold(agent.site)?;
    let handed_back = ops::hand_back(commit, &site, &agent.member)?;
    sign_out_everywhere(commit.sql, agent)?;
    commit.sql.execute(
        "DELETE FROM agents WHERE site = $1 AND id = $2",
        params![agent.site, agent.member.id.as_str()],
    )?;
    Ok(handed_back)
}

/// Sets the hash of an agent's new password, and ends their sessions. They keep their conversations.
pub(crate) fn set_password(sql: Sql<'_>, agent: &Listed, password: &str) -> Result<usize> {
    sql.execute(
        "UPDATE agents SET password = $1 WHERE site = $2 AND id = $3",
        params![password, agent.site, agent.member.id.as_str()],
    )?;
    sign_out_everywhere(sql, agent)
}

/// Changes an agent's role, from their next request on.
pub(crate) fn set_role(sql: Sql<'_>, agent: &Listed, role: Role) -> Result<()> {
    sql.execute(
        "UPDATE agents SET role = $1 WHERE site = $2 AND id = $3",
        params![role_text(role), agent.site, agent.member.id.as_str()],
    )?;
    Ok(())
}

/// Renames an agent. Their earlier messages keep the former name.
pub(crate) fn rename(sql: Sql<'_>, agent: &Listed, name: &str) -> Result<()> {
    sql.execute(
        "UPDATE agents SET name = $1 WHERE site = $2 AND id = $3",
        params![name, agent.site, agent.member.id.as_str()],
    )?;
    Ok(())
}

/// Ends all sessions of an agent. Returns how many there were.
pub(crate) fn sign_out_everywhere(sql: Sql<'_>, agent: &Listed) -> Result<usize> {
    sql.execute(
        "DELETE FROM sessions WHERE site = $1 AND agent = $2",
        params![agent.site, agent.member.id.as_str()],
    )
}

/// A session as an admin sees it.
#[derive(Debug, Clone)]
pub struct ListedSession {
    /// The session's name in lists, which is no secret: the beginning of the hash of its token.
    pub id: String,
    /// The agent's address.
    pub email: String,
    /// When the session began.
    pub created_at: Millis,
    /// When the session was last used, to the hour.
    pub seen_at: Millis,
}

/// The sessions that have not ended, of a site or of all, the latest first.
pub(crate) fn sessions(
    sql: Sql<'_>,
    site: Option<SiteId>,
    now: Millis,
) -> Result<Vec<ListedSession>> {
    sql.all(
        "SELECT s.token, a.email, s.created_at, s.seen_at \
         FROM sessions s JOIN agents a ON a.id = s.agent AND a.site = s.site \
         WHERE (CAST($1 AS BIGINT) IS NULL OR s.site = $1) AND s.expires_at > $2 AND s.seen_at > $3 \
         ORDER BY s.seen_at DESC, s.token",
        params![site, now, now - IDLE_MS],
        |row| {
            Ok(ListedSession {
                id: listed_id(&row.get(0)?),
                email: row.get(1)?,
                created_at: row.get(2)?,
                seen_at: row.get(3)?,
            })
        },
    )
}

/// The [`ListedSession::id`] of a token's hash.
fn listed_id(token: &Hash) -> String {
    let mut id = porchlight_protocol::id::hex(token);
    id.truncate(12);
    id
}

/// Ends the session of this [`ListedSession::id`]. False if there is none.
pub(crate) fn end_session(sql: Sql<'_>, id: &str) -> Result<bool> {
    let id = id.trim().to_ascii_lowercase();
    let tokens: Vec<Hash> = sql.all("SELECT token FROM sessions", params![], |row| row.get(0))?;
    let mut ended = 0;
    for token in tokens.iter().filter(|token| listed_id(token) == id) {
        ended += sql.execute("DELETE FROM sessions WHERE token = $1", params![token])?;
    }
    Ok(ended > 0)
}

/// An agent to add.
#[derive(Debug, Clone)]
pub struct NewAgent {
    /// The address that the agent signs in with.
    pub email: String,
    /// The agent's name.
    pub name: String,
    /// The agent's role.
    pub role: Role,
    /// The hash of the agent's password.
    pub password: String,
}

/// Adds an agent. Fails if there is one with the same address.
pub(crate) fn add(sql: Sql<'_>, site: SiteId, new: &NewAgent) -> Result<()> {
    let NewAgent { email, name, role, password } = new;
    let query = "SELECT EXISTS (SELECT 1 FROM agents WHERE email = $1)";
    let taken: bool = sql.value(query, params![email])?;
    if taken {
        return Err(anyhow!("there is an agent with the e-mail address {email} already").into());
    }
    let id = MemberId::from_bytes(random::bytes()?);
    sql.execute(
        "INSERT INTO agents (id, site, email, name, role, password, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![id.as_str(), site, email, name, role_text(*role), password, place::now(sql)?],
    )?;
    Ok(())
}
