//! Agents and their sessions.

use anyhow::Context;
use porchlight_protocol::wire::Role;
use porchlight_protocol::{ErrorCode, Member, MemberId, Millis};
use rusqlite::{Connection, OptionalExtension, params};

use crate::clock;
use crate::error::Result;
use crate::random::{self, Hash};

use crate::ops;
use crate::sqlite::damage;
use crate::sqlite::writer::Commit;
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

/// The agent of a session's token.
pub(crate) fn authorise(sql: &Connection, token: &Hash, now: Millis) -> Result<Agent> {
    type Found = (String, String, String, SiteId, Millis);
    let found: Option<Found> = sql
        .prepare_cached(
            "SELECT a.id, a.name, a.role, a.site, s.expires_at FROM sessions s \
             JOIN agents a ON a.id = s.agent AND a.site = s.site \
             WHERE s.token = ?1 AND s.expires_at > ?2 AND s.seen_at > ?3",
        )?
        .query_row(params![token, now, now - IDLE_MS], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })
        .optional()?;
    let (id, name, role_text, site, expires_at) = found.ok_or(ErrorCode::SignInRequired)?;
    Ok(Agent {
        member: Member { id: id.parse().map_err(|_| damaged("an agent's id"))?, name },
        role: role(&role_text)?,
        site: sites::by_id(sql, site)?,
        expires_at,
    })
}

/// The agent with this e-mail address, in whatever case it is written.
pub(crate) fn by_email(sql: &Connection, email: &str) -> Result<Option<Login>> {
    let found: Option<(String, SiteId, String)> = sql
        .prepare_cached("SELECT id, site, password FROM agents WHERE email = ?1")?
        .query_row([email], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    found
        .map(|(id, site, password)| {
            Ok(Login { id: id.parse().map_err(|_| damaged("an agent's id"))?, site, password })
        })
        .transpose()
}

/// Begins a session, and deletes those that have ended.
pub(crate) fn sign_in(commit: &mut Commit<'_>, login: &Login, token: &Hash) -> Result<Agent> {
    commit
        .sql
        .prepare_cached("DELETE FROM sessions WHERE site = ?1 AND expires_at <= ?2")?
        .execute(params![login.site, commit.now])?;
    commit
        .sql
        .prepare_cached(
            "INSERT INTO sessions (token, site, agent, created_at, expires_at, seen_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?4)",
        )?
        .execute(params![
            token,
            login.site,
            login.id.as_str(),
            commit.now,
            commit.now + SESSION_MS
        ])?;
    authorise(commit.sql, token, commit.now)
}

/// Ends a session.
pub(crate) fn sign_out(commit: &mut Commit<'_>, token: &Hash) -> Result<()> {
    commit.sql.prepare_cached("DELETE FROM sessions WHERE token = ?1")?.execute([token])?;
    Ok(())
}

/// Those of the sessions that have ended, by time or by a command.
pub(crate) fn ended(sql: &Connection, sessions: Vec<Hash>, now: Millis) -> Result<Vec<Hash>> {
    let mut statement = sql.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM sessions s JOIN agents a ON a.id = s.agent AND a.site = s.site \
         WHERE s.token = ?1 AND s.expires_at > ?2 AND s.seen_at > ?3)",
    )?;
    let mut ended = Vec::new();
    for token in sessions {
        let holds: bool =
            statement.query_row(params![token, now, now - IDLE_MS], |row| row.get(0))?;
        if !holds {
            ended.push(token);
        }
    }
    Ok(ended)
}

/// Those of the sessions whose stored last use is out of date.
pub(crate) fn stale(sql: &Connection, sessions: Vec<Hash>, now: Millis) -> Result<Vec<Hash>> {
    let mut statement = sql.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM sessions WHERE token = ?1 AND seen_at < ?2)",
    )?;
    let mut stale = Vec::new();
    for token in sessions {
        if statement.query_row(params![token, now - SEEN_EVERY_MS], |row| row.get(0))? {
            stale.push(token);
        }
    }
    Ok(stale)
}

/// Stores the last use of these sessions.
pub(crate) fn seen(commit: &mut Commit<'_>, sessions: &[Hash]) -> Result<()> {
    let mut statement = commit
        .sql
        .prepare_cached("UPDATE sessions SET seen_at = max(seen_at, ?2) WHERE token = ?1")?;
    for token in sessions {
        statement.execute(params![token, commit.now])?;
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
pub(crate) fn all(sql: &Connection, site: Option<SiteId>) -> Result<Vec<Listed>> {
    let mut statement = sql.prepare_cached(
        "SELECT id, name, site, email, role, \
         (SELECT max(seen_at) FROM sessions WHERE sessions.agent = agents.id) \
         FROM agents WHERE ?1 IS NULL OR site = ?1 ORDER BY site, email",
    )?;
    let mut rows = statement.query([site])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, role_text): (String, String) = (row.get(0)?, row.get(4)?);
        match (id.parse(), role(&role_text)) {
            (Ok(id), Ok(role)) => all.push(Listed {
                member: Member { id, name: row.get(1)? },
                site: row.get(2)?,
                email: row.get(3)?,
                role,
                seen_at: row.get(5)?,
            }),
            _ => damage::note(sql, format_args!("agent {id}")),
        }
    }
    Ok(all)
}

/// The agent with this e-mail address.
pub(crate) fn named(sql: &Connection, email: &str) -> Result<Option<Listed>> {
    let email = email.trim();
    Ok(all(sql, None)?.into_iter().find(|agent| agent.email.eq_ignore_ascii_case(email)))
}

/// Removes an agent: their sessions end and their conversations are unclaimed. Their messages keep their name.
/// Returns how many conversations were unclaimed.
pub(crate) fn remove(commit: &mut Commit<'_>, agent: &Listed) -> Result<usize> {
    let site = sites::by_id(commit.sql, agent.site)?;
    let handed_back = ops::hand_back(commit, &site, &agent.member)?;
    sign_out_everywhere(commit.sql, agent)?;
    commit.sql.execute(
        "DELETE FROM agents WHERE site = ?1 AND id = ?2",
        params![agent.site, agent.member.id.as_str()],
    )?;
    Ok(handed_back)
}

/// Sets the hash of an agent's new password, and ends their sessions. They keep their conversations.
pub(crate) fn set_password(sql: &Connection, agent: &Listed, password: &str) -> Result<usize> {
    sql.execute(
        "UPDATE agents SET password = ?3 WHERE site = ?1 AND id = ?2",
        params![agent.site, agent.member.id.as_str(), password],
    )?;
    sign_out_everywhere(sql, agent)
}

/// Changes an agent's role, from their next request on.
pub(crate) fn set_role(sql: &Connection, agent: &Listed, role: Role) -> Result<()> {
    sql.execute(
        "UPDATE agents SET role = ?3 WHERE site = ?1 AND id = ?2",
        params![agent.site, agent.member.id.as_str(), role_text(role)],
    )?;
    Ok(())
}

/// Renames an agent. Their earlier messages keep the former name.
pub(crate) fn rename(sql: &Connection, agent: &Listed, name: &str) -> Result<()> {
    sql.execute(
        "UPDATE agents SET name = ?3 WHERE site = ?1 AND id = ?2",
        params![agent.site, agent.member.id.as_str(), name],
    )?;
    Ok(())
}

/// Ends all sessions of an agent. Returns how many there were.
pub(crate) fn sign_out_everywhere(sql: &Connection, agent: &Listed) -> Result<usize> {
    Ok(sql.execute(
        "DELETE FROM sessions WHERE site = ?1 AND agent = ?2",
        params![agent.site, agent.member.id.as_str()],
    )?)
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
    sql: &Connection,
    site: Option<SiteId>,
    now: Millis,
) -> Result<Vec<ListedSession>> {
    let mut statement = sql.prepare_cached(
        "SELECT lower(substr(hex(s.token), 1, 12)), a.email, s.created_at, s.seen_at \
         FROM sessions s JOIN agents a ON a.id = s.agent AND a.site = s.site \
         WHERE (?1 IS NULL OR s.site = ?1) AND s.expires_at > ?2 AND s.seen_at > ?3 \
         ORDER BY s.seen_at DESC, s.token",
    )?;
    let rows = statement.query_map(params![site, now, now - IDLE_MS], |row| {
        Ok(ListedSession {
            id: row.get(0)?,
            email: row.get(1)?,
            created_at: row.get(2)?,
            seen_at: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Ends the session of this [`ListedSession::id`]. False if there is none.
pub(crate) fn end_session(sql: &Connection, id: &str) -> Result<bool> {
    let ended = sql.execute(
        "DELETE FROM sessions WHERE lower(substr(hex(token), 1, 12)) = lower(?1)",
        [id.trim()],
    )?;
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
pub(crate) fn add(sql: &Connection, site: SiteId, new: &NewAgent) -> anyhow::Result<()> {
    let NewAgent { email, name, role, password } = new;
    let taken: bool =
        sql.query_row("SELECT EXISTS (SELECT 1 FROM agents WHERE email = ?1)", [email], |row| {
            row.get(0)
        })?;
    anyhow::ensure!(!taken, "there is an agent with the e-mail address {email} already");
    let id = MemberId::from_bytes(random::bytes()?);
    sql.execute(
        "INSERT INTO agents (id, site, email, name, role, password, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![id.as_str(), site, email, name, role_text(*role), password, clock::now()],
    )
    .context("can't add the agent")?;
    Ok(())
}
