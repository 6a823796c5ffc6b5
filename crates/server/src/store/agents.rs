//! Agents and their sessions.

use anyhow::Context;
use porchlight_protocol::wire::Role;
use porchlight_protocol::{ErrorCode, Member, MemberId, Millis};
use rusqlite::{Connection, OptionalExtension, params};

use crate::clock;
use crate::error::Result;
use crate::random::{self, Hash};

use super::sites::{self, Site};
use super::{Commit, SiteId, damaged};

/// How long a session lasts, in milliseconds: 30 days.
pub const SESSION_MS: Millis = 30 * 24 * 60 * 60 * 1000;

/// A signed-in agent.
#[derive(Debug, Clone)]
pub struct Agent {
    /// Who it is.
    pub member: Member,
    /// What they may do.
    pub role: Role,
    /// Their site.
    pub site: Site,
    /// When the session ends.
    pub expires_at: Millis,
}

/// What signing in needs to know.
pub struct Login {
    /// The agent.
    pub id: MemberId,
    /// Their site.
    pub site: SiteId,
    /// The hash of their password.
    pub password: String,
}

fn role(text: &str) -> Result<Role> {
    match text {
        "admin" => Ok(Role::Admin),
        "agent" => Ok(Role::Agent),
        _ => Err(damaged("an agent's role")),
    }
}

/// The agent behind a session's token.
pub fn authorise(sql: &Connection, token: &Hash, now: Millis) -> Result<Agent> {
    type Found = (String, String, String, SiteId, Millis);
    let found: Option<Found> = sql
        .prepare_cached(
            "SELECT a.id, a.name, a.role, a.site, s.expires_at FROM sessions s \
             JOIN agents a ON a.id = s.agent AND a.site = s.site \
             WHERE s.token = ?1 AND s.expires_at > ?2",
        )?
        .query_row(params![token, now], |row| {
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
pub fn by_email(sql: &Connection, email: &str) -> Result<Option<Login>> {
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

/// Begins a session, and forgets those that are over.
pub fn sign_in(commit: &mut Commit<'_>, login: &Login, token: &Hash) -> Result<Agent> {
    commit
        .sql
        .prepare_cached("DELETE FROM sessions WHERE site = ?1 AND expires_at <= ?2")?
        .execute(params![login.site, commit.now])?;
    commit
        .sql
        .prepare_cached(
            "INSERT INTO sessions (token, site, agent, created_at, expires_at) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
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
pub fn sign_out(commit: &mut Commit<'_>, token: &Hash) -> Result<()> {
    commit.sql.prepare_cached("DELETE FROM sessions WHERE token = ?1")?.execute([token])?;
    Ok(())
}

/// Creates an agent. The password comes hashed.
pub fn add(
    sql: &Connection,
    site: SiteId,
    email: &str,
    name: &str,
    role: Role,
    password: &str,
) -> anyhow::Result<MemberId> {
    let taken: bool =
        sql.query_row("SELECT EXISTS (SELECT 1 FROM agents WHERE email = ?1)", [email], |row| {
            row.get(0)
        })?;
    anyhow::ensure!(!taken, "there is an agent with the e-mail address {email} already");
    let id = MemberId::from_bytes(random::bytes()?);
    let role = match role {
        Role::Admin => "admin",
        Role::Agent => "agent",
    };
    sql.execute(
        "INSERT INTO agents (id, site, email, name, role, password, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![id.as_str(), site, email, name, role, password, clock::now()],
    )
    .context("can't add the agent")?;
    Ok(id)
}
