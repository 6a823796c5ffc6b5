//! Agents and their sessions.

use porchlight_protocol::audit::Deed;
use porchlight_protocol::rights::{Role, may_lose};
use porchlight_protocol::wire::Presence;
use porchlight_protocol::{ErrorCode, Member, MemberId, Millis, PictureId};

use crate::commit::Commit;
use crate::error::Result;
use crate::ops;
use crate::place;
use crate::random::{self, Hash};
use crate::sql::{Row, Sql, params};
use crate::store::{SiteId, damaged};

use super::accounts;
use super::audit;
use super::invitations;
use super::mails;
use super::second_factors;
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
#[derive(Clone)]
pub struct Login {
    /// The agent.
    pub id: MemberId,
    /// The account that the agent is signed in by.
    pub account: MemberId,
    /// The agent's site.
    pub site: SiteId,
    /// The hash of the account's password.
    pub password: String,
    /// False if the agent has been deactivated.
    pub active: bool,
}

/// The role of the columns `role` and `owner`.
fn role(text: &str, is_owner: bool) -> Result<Role> {
    match text {
        "admin" if is_owner => Ok(Role::Owner),
        "admin" => Ok(Role::Admin),
        "agent" => Ok(Role::Agent),
        _ => Err(damaged("an agent's role")),
    }
}

/// A role as the columns `role` and `owner`.
fn columns_of(role: Role) -> (&'static str, bool) {
    match role {
        Role::Owner => (Role::Admin.as_str(), true),
        Role::Admin | Role::Agent => (role.as_str(), false),
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
pub(crate) const BY_SESSION: &str = "SELECT a.id, a.name, a.role, s.expires_at, a.away, s.idle, a.owner \
     FROM sessions s JOIN agents a ON a.id = s.agent AND a.site = s.site \
     WHERE s.site = $1 AND s.token = $2 AND s.expires_at > $3 AND s.seen_at > $4 \
     AND a.deactivated_at IS NULL";

/// The agent of a row that holds the columns of [`BY_SESSION`] from `at` on.
pub(crate) fn read(row: &Row, at: usize, site: Site) -> Result<Agent> {
    let id: String = row.get(at)?;
    let id = id.parse().map_err(|_| damaged("an agent's id"))?;
    Ok(Agent {
        member: Member { id, name: row.get(at + 1)? },
        role: role(&row.get::<String>(at + 2)?, row.get(at + 6)?)?,
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

/// The columns that [`login`] reads, of `agents a` and `accounts c`.
const LOGIN: &str = "a.id, a.site, c.password, a.deactivated_at, c.id";

/// Whom the person with this e-mail address, in whatever case it is written, is at the site that a sign-in leads to: the one
/// where they were last, of those where they have not been deactivated.
pub(crate) fn by_email(sql: Sql<'_>, email: &str) -> Result<Option<Login>> {
    let query = format!(
        "SELECT {LOGIN} FROM accounts c JOIN agents a ON a.account = c.id WHERE c.email = $1 \
         ORDER BY CASE WHEN a.deactivated_at IS NULL THEN 0 ELSE 1 END, a.entered_at DESC, a.created_at, a.id \
         LIMIT 1"
    );
    sql.first(&query, params![email], login)
}

/// The sign-in data of an agent of a site.
pub(crate) fn login_of(sql: Sql<'_>, site: SiteId, agent: &MemberId) -> Result<Option<Login>> {
    let query = format!(
        "SELECT {LOGIN} FROM agents a JOIN accounts c ON c.id = a.account WHERE a.site = $1 AND a.id = $2"
    );
    sql.first(&query, params![site, agent.as_str()], login)
}

/// Whom the person of an account is at a site.
pub(crate) fn login_at(sql: Sql<'_>, site: SiteId, account: &MemberId) -> Result<Option<Login>> {
    let query = format!(
        "SELECT {LOGIN} FROM agents a JOIN accounts c ON c.id = a.account \
         WHERE a.site = $1 AND a.account = $2"
    );
    sql.first(&query, params![site, account.as_str()], login)
}

fn login(row: &Row) -> Result<Login> {
    let (id, account): (String, String) = (row.get(0)?, row.get(4)?);
    let deactivated_at: Option<Millis> = row.get(3)?;
    Ok(Login {
        id: id.parse().map_err(|_| damaged("an agent's id"))?,
        account: account.parse().map_err(|_| damaged("an account's id"))?,
        site: row.get(1)?,
        password: row.get(2)?,
        active: deactivated_at.is_none(),
    })
}

/// Begins a session at a held site, and deletes those that have ended. Refuses if the agent has been removed or
/// deactivated, or has got another password, since `login` was read, and if they have a second factor and this is no code
/// of it.
pub(crate) fn sign_in(
    commit: &mut Commit<'_>,
    site: Site,
    login: &Login,
    token: &Hash,
    device: &str,
    code: Option<&str>,
) -> Result<Agent> {
    let now = login_of(commit.sql, site.id, &login.id)?;
    let now = now.filter(|now| now.password == login.password).ok_or(ErrorCode::SignInFailed)?;
    if !now.active {
        return Err(ErrorCode::AccountDeactivated.into());
    }
    second_factors::check(commit, &login.account, code)?;
    let session = Begun { since: commit.now, until: commit.now + SESSION_MS, device };
    begin(commit, site, &login.id, token, &session)
}

/// A session that begins.
struct Begun<'a> {
    /// When its browser signed in.
    since: Millis,
    /// When it ends.
    until: Millis,
    device: &'a str,
}

/// Begins a session of an agent at a held site, and deletes those that have ended.
fn begin(
    commit: &mut Commit<'_>,
    site: Site,
    agent: &MemberId,
    token: &Hash,
    session: &Begun<'_>,
) -> Result<Agent> {
    let (now, Begun { since, until, device }) = (commit.now, session);
    commit.sql.execute(
        "DELETE FROM sessions WHERE site = $1 AND expires_at <= $2",
        params![site.id, now],
    )?;
    commit.sql.execute(
        "INSERT INTO sessions (token, site, agent, created_at, expires_at, seen_at, device) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![token, site.id, agent.as_str(), since, until, now, device],
    )?;
    commit.sql.execute(
        "UPDATE agents SET entered_at = $1 WHERE site = $2 AND id = $3",
        params![now, site.id, agent.as_str()],
    )?;
    let agent = authorise_at(commit.sql, site, token, now)?;
    audit::note(commit, &agent, (Deed::SignedIn, device, ""))?;
    Ok(agent)
}

/// Exchanges a session for one of the same person at another site, which is held. The second step of its sign-in counts for
/// both, and the new one lasts no longer than the old one would have.
pub(crate) fn exchange(
    commit: &mut Commit<'_>,
    site: Site,
    login: &Login,
    old: &Hash,
    token: &Hash,
) -> Result<Agent> {
    if !login.active {
        return Err(ErrorCode::AccountDeactivated.into());
    }
    let query = "SELECT created_at, expires_at, device FROM sessions WHERE token = $1";
    let found: Option<(Millis, Millis, String)> =
        commit.sql.first(query, params![old], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let (since, until, device) = found.ok_or(ErrorCode::SignInRequired)?;
    sign_out(commit, old)?;
    begin(commit, site, &login.id, token, &Begun { since, until, device: &device })
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
         WHERE s.token = $1 AND s.expires_at > $2 AND s.seen_at > $3 AND a.deactivated_at IS NULL";
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
    /// The account that the agent signs in by.
    pub account: MemberId,
    /// The agent's site.
    pub site: SiteId,
    /// The e-mail address that the agent signs in with.
    pub email: String,
    /// The agent's role.
    pub role: Role,
    /// When a session of the agent was last used, to the hour; `None` without a session.
    pub seen_at: Option<Millis>,
    /// False if the agent has been deactivated.
    pub active: bool,
    /// True if the agent has said to be away.
    pub away: bool,
    /// The agent's picture.
    pub picture: Option<PictureId>,
}

impl Listed {
    /// True for an owner who is not deactivated.
    pub fn is_active_owner(&self) -> bool {
        self.active && self.role == Role::Owner
    }
}

/// The agents of a site, or of all, by their e-mail addresses. Skips rows that can't be read.
pub(crate) fn all(sql: Sql<'_>, site: Option<SiteId>) -> Result<Vec<Listed>> {
    let query = format!(
        "SELECT {LISTED} WHERE CAST($1 AS BIGINT) IS NULL OR a.site = $1 ORDER BY a.site, c.email"
    );
    let all = sql.all(&query, params![site], |row| listed(sql, row))?;
    Ok(all.into_iter().flatten().collect())
}

/// The people of a site: those who are active first, in the order in which they joined. Skips rows that can't be read.
pub(crate) fn people(sql: Sql<'_>, site: SiteId) -> Result<Vec<Listed>> {
    let query = format!(
        "SELECT {LISTED} WHERE a.site = $1 \
         ORDER BY CASE WHEN a.deactivated_at IS NULL THEN 0 ELSE 1 END, a.created_at, a.id"
    );
    let all = sql.all(&query, params![site], |row| listed(sql, row))?;
    Ok(all.into_iter().flatten().collect())
}

/// An agent of a site.
pub(crate) fn person(sql: Sql<'_>, site: SiteId, id: &MemberId) -> Result<Option<Listed>> {
    let query = format!("SELECT {LISTED} WHERE a.site = $1 AND a.id = $2");
    let found = sql.first(&query, params![site, id.as_str()], |row| listed(sql, row))?;
    Ok(found.flatten())
}

/// The columns that [`listed`] reads, and where they are.
const LISTED: &str = "a.id, a.name, a.site, c.email, a.role, \
     (SELECT max(s.seen_at) FROM sessions s WHERE s.site = a.site AND s.agent = a.id), \
     a.owner, a.deactivated_at, a.away, a.account, \
     (SELECT p.id FROM pictures p WHERE p.site = a.site AND p.agent = a.id) \
     FROM agents a JOIN accounts c ON c.id = a.account";

fn listed(sql: Sql<'_>, row: &Row) -> Result<Option<Listed>> {
    let (id, role_text, account): (String, String, String) =
        (row.get(0)?, row.get(4)?, row.get(9)?);
    let (Ok(member), Ok(role), Ok(account)) =
        (id.parse(), role(&role_text, row.get(6)?), account.parse())
    else {
        sql.note_damage(format_args!("agent {id}"));
        return Ok(None);
    };
    let deactivated_at: Option<Millis> = row.get(7)?;
    let picture: Option<String> = row.get(10)?;
    Ok(Some(Listed {
        member: Member { id: member, name: row.get(1)? },
        account,
        site: row.get(2)?,
        email: row.get(3)?,
        role,
        seen_at: row.get(5)?,
        active: deactivated_at.is_none(),
        away: row.get(8)?,
        // One that can't be named can't be shown.
        picture: picture.and_then(|id| id.parse().ok()),
    }))
}

/// Refuses to take an agent of a held site away from its owners, if no other active owner is left.
fn must_keep_an_owner(commit: &Commit<'_>, site: &Site, agent: &Listed) -> Result<()> {
    let owners =
        people(commit.sql, site.id)?.iter().filter(|other| other.is_active_owner()).count();
    // As it is now: it may have been read before the site was held.
    let now = person(commit.sql, site.id, &agent.member.id)?;
    let is_one = now.is_some_and(|now| now.is_active_owner());
    if may_lose(owners as u64, is_one) { Ok(()) } else { Err(ErrorCode::LastOwner.into()) }
}

/// Whom the person with this e-mail address is, at each of their sites.
pub(crate) fn named(sql: Sql<'_>, email: &str) -> Result<Vec<Listed>> {
    let email = email.trim();
    let all = all(sql, None)?.into_iter();
    Ok(all.filter(|agent| agent.email.eq_ignore_ascii_case(email)).collect())
}

/// Removes an agent: their sessions end and their conversations are unclaimed. Their messages keep their name.
/// Returns how many conversations were unclaimed. Refuses to remove the last owner.
pub(crate) fn remove(commit: &mut Commit<'_>, agent: &Listed) -> Result<usize> {
    let site = commit.hold(agent.site)?;
    must_keep_an_owner(commit, &site, agent)?;
    let handed_back = ops::hand_back(commit, &site, &agent.member)?;
    sign_out_of_site(commit.sql, agent)?;
    invitations::take_back_of(commit.sql, site.id, &agent.member.id, None)?;
    mails::forget_about(commit.sql, site.id, agent.member.id.as_str())?;
    accounts::lock(commit.sql, &agent.account)?;
    commit.sql.execute(
        "DELETE FROM agents WHERE site = $1 AND id = $2",
        params![agent.site, agent.member.id.as_str()],
    )?;
    accounts::forget_unused(commit.sql)?;
    Ok(handed_back)
}

/// Sets the hash of an agent's new password, and ends their sessions. They keep their conversations.
pub(crate) fn set_password(sql: Sql<'_>, agent: &Listed, password: &str) -> Result<usize> {
    accounts::set_password(sql, &agent.account, password)?;
    sign_out_everywhere(sql, agent)
}

/// Changes an agent's role, from their next request on. Refuses to take it from the last owner.
pub(crate) fn set_role(commit: &mut Commit<'_>, agent: &Listed, role: Role) -> Result<()> {
    let site = commit.hold(agent.site)?;
    if role != Role::Owner {
        must_keep_an_owner(commit, &site, agent)?;
    }
    let (text, owner) = columns_of(role);
    commit.sql.execute(
        "UPDATE agents SET role = $1, owner = $2 WHERE site = $3 AND id = $4",
        params![text, owner, agent.site, agent.member.id.as_str()],
    )?;
    invitations::take_back_of(commit.sql, site.id, &agent.member.id, Some(role))
}

/// Deactivates an agent: they can't sign in, their sessions end and their conversations are unclaimed, as when they are
/// [removed](remove), but they can be reactivated. Returns how many conversations were unclaimed. Refuses to deactivate
/// the last owner.
pub(crate) fn deactivate(commit: &mut Commit<'_>, agent: &Listed) -> Result<usize> {
    let site = commit.hold(agent.site)?;
    must_keep_an_owner(commit, &site, agent)?;
    let handed_back = ops::hand_back(commit, &site, &agent.member)?;
    sign_out_of_site(commit.sql, agent)?;
    invitations::take_back_of(commit.sql, site.id, &agent.member.id, None)?;
    commit.sql.execute(
        "UPDATE agents SET deactivated_at = $1 WHERE site = $2 AND id = $3 AND deactivated_at IS NULL",
        params![commit.now, agent.site, agent.member.id.as_str()],
    )?;
    Ok(handed_back)
}

/// Lets a deactivated agent sign in again. What they owned stays nobody's.
pub(crate) fn reactivate(commit: &mut Commit<'_>, agent: &Listed) -> Result<()> {
    commit.hold(agent.site)?;
    commit.sql.execute(
        "UPDATE agents SET deactivated_at = NULL WHERE site = $1 AND id = $2",
        params![agent.site, agent.member.id.as_str()],
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

/// Sets the hash of an agent's new password, and ends their sessions but this one.
pub(crate) fn set_own_password(
    sql: Sql<'_>,
    agent: &Listed,
    password: &str,
    session: &Hash,
) -> Result<()> {
    accounts::set_password(sql, &agent.account, password)?;
    sign_out_elsewhere(sql, agent, session)
}

/// Ends all sessions of an agent's account but this one, at all sites.
pub(crate) fn sign_out_elsewhere(sql: Sql<'_>, agent: &Listed, session: &Hash) -> Result<()> {
    sql.execute(
        "DELETE FROM sessions WHERE agent IN (SELECT id FROM agents WHERE account = $1) AND token <> $2",
        params![agent.account.as_str(), session],
    )?;
    Ok(())
}

/// Ends all sessions of an agent's account, at all sites. Returns how many there were.
pub(crate) fn sign_out_everywhere(sql: Sql<'_>, agent: &Listed) -> Result<usize> {
    sql.execute(
        "DELETE FROM sessions WHERE agent IN (SELECT id FROM agents WHERE account = $1)",
        params![agent.account.as_str()],
    )
}

/// Ends all sessions of an agent at their site.
fn sign_out_of_site(sql: Sql<'_>, agent: &Listed) -> Result<usize> {
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
    /// The browser and its system, such as `Firefox, Windows`; empty if they are unknown.
    pub device: String,
}

/// The sessions of an agent's account that have not ended, at all sites, with the hashes of their tokens, the one used last
/// first.
pub(crate) fn sessions_of(
    sql: Sql<'_>,
    agent: &Listed,
    now: Millis,
) -> Result<Vec<(Hash, ListedSession)>> {
    sql.all(
        "SELECT token, created_at, seen_at, device FROM sessions \
         WHERE agent IN (SELECT id FROM agents WHERE account = $1) AND expires_at > $2 AND seen_at > $3 \
         ORDER BY seen_at DESC, created_at DESC, token",
        params![agent.account.as_str(), now, now - IDLE_MS],
        |row| {
            let token: Hash = row.get(0)?;
            let listed = ListedSession {
                id: listed_id(&token),
                email: agent.email.clone(),
                created_at: row.get(1)?,
                seen_at: row.get(2)?,
                device: row.get(3)?,
            };
            Ok((token, listed))
        },
    )
}

/// The sessions that have not ended, of a site or of all, the latest first.
pub(crate) fn sessions(
    sql: Sql<'_>,
    site: Option<SiteId>,
    now: Millis,
) -> Result<Vec<ListedSession>> {
    sql.all(
        "SELECT s.token, c.email, s.created_at, s.seen_at, s.device \
         FROM sessions s JOIN agents a ON a.id = s.agent AND a.site = s.site \
         JOIN accounts c ON c.id = a.account \
         WHERE (CAST($1 AS BIGINT) IS NULL OR s.site = $1) AND s.expires_at > $2 AND s.seen_at > $3 \
         ORDER BY s.seen_at DESC, s.token",
        params![site, now, now - IDLE_MS],
        |row| {
            Ok(ListedSession {
                id: listed_id(&row.get(0)?),
                email: row.get(1)?,
                created_at: row.get(2)?,
                seen_at: row.get(3)?,
                device: row.get(4)?,
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

/// Ends the session of this [`ListedSession::id`]. Returns whose it was; nobody's if there is none.
pub(crate) fn end_session(sql: Sql<'_>, id: &str) -> Result<Vec<Listed>> {
    let id = id.trim().to_ascii_lowercase();
    let all: Vec<(Hash, SiteId, String)> =
        sql.all("SELECT token, site, agent FROM sessions", params![], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let mut ended = Vec::new();
    for (token, site, agent) in all.iter().filter(|(token, ..)| listed_id(token) == id) {
        sql.execute("DELETE FROM sessions WHERE token = $1", params![token])?;
        let agent = agent.parse().map_err(|_| damaged("an agent's id"))?;
        ended.extend(person(sql, *site, &agent)?);
    }
    Ok(ended)
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

/// Adds a person who has no account, as an agent of a site. Fails if there is an account with the same address. Returns the
/// agent's id and the role that they got, as [`add_to`] does.
pub(crate) fn add(sql: Sql<'_>, site: SiteId, new: &NewAgent) -> Result<(MemberId, Role)> {
    let NewAgent { email, name, role, password } = new;
    let account = accounts::add(sql, email, password)?;
    add_to(sql, site, &account, name, *role)
}

/// Adds a person, who has an account, as an agent of a site. Fails if they are one already. The first admin of a site becomes
/// its owner: only owners make others. Returns the agent's id and the role that they got.
pub(crate) fn add_to(
    sql: Sql<'_>,
    site: SiteId,
    account: &MemberId,
    name: &str,
    role: Role,
) -> Result<(MemberId, Role)> {
    accounts::lock(sql, account)?;
    let owned: bool = sql.value(
        "SELECT EXISTS (SELECT 1 FROM agents WHERE site = $1 AND owner = 1)",
        params![site],
    )?;
    let role = if role == Role::Admin && !owned { Role::Owner } else { role };
    let (text, owner) = columns_of(role);
    let id = MemberId::from_bytes(random::bytes()?);
    let added = sql.execute(
        "INSERT INTO agents (id, site, account, name, role, owner, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (site, account) DO NOTHING",
        params![id.as_str(), site, account.as_str(), name, text, owner, place::now(sql)?],
    )?;
    if added == 0 {
        return Err(ErrorCode::AlreadyOnTeam.into());
    }
    Ok((id, role))
}
