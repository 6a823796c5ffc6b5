//! Accounts: by what people sign in. A person has one on a server, whose agents they are at their sites; so these rows are the
//! server's, and their queries name no site.

use porchlight_protocol::rights::Role;
use porchlight_protocol::team::SiteOfMine;
use porchlight_protocol::{ErrorCode, MemberId};

use crate::error::Result;
use crate::place;
use crate::random;
use crate::sql::{Sql, params};
use crate::store::damaged;

/// The account with this e-mail address, in whatever case it is written.
pub(crate) fn by_email(sql: Sql<'_>, email: &str) -> Result<Option<MemberId>> {
    let query = "SELECT id FROM accounts WHERE email = $1";
    sql.first(query, params![email], |row| {
        row.get::<String>(0)?.parse().map_err(|_| damaged("an account's id"))
    })
}

/// The account of an agent.
pub(crate) fn of(sql: Sql<'_>, site: crate::SiteId, agent: &MemberId) -> Result<MemberId> {
    let query = "SELECT account FROM agents WHERE site = $1 AND id = $2";
    let found = sql.first(query, params![site, agent.as_str()], |row| {
        row.get::<String>(0)?.parse().map_err(|_| damaged("an account's id"))
    })?;
    found.ok_or_else(|| ErrorCode::SignInRequired.into())
}

/// Makes an account. Refuses an address that somebody has.
pub(crate) fn add(sql: Sql<'_>, email: &str, password: &str) -> Result<MemberId> {
    let id = MemberId::from_bytes(random::bytes()?);
    // Not asked before: somebody may add the same address at the same time.
    let added = sql.execute(
        "INSERT INTO accounts (id, email, password, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (email) DO NOTHING",
        params![id.as_str(), email, password, place::now(sql)?],
    )?;
    if added == 0 { Err(ErrorCode::EmailTaken.into()) } else { Ok(id) }
}

/// Holds an account, whose agents become more or fewer: at another site somebody may remove the last one meanwhile. Refuses
/// one that is gone.
pub(crate) fn lock(sql: Sql<'_>, account: &MemberId) -> Result<()> {
    let query = "SELECT id FROM accounts WHERE id = $1 /* FOR UPDATE */";
    let held: Option<String> = sql.first(query, params![account.as_str()], |row| row.get(0))?;
    if held.is_some() { Ok(()) } else { Err(ErrorCode::SignInRequired.into()) }
}

/// Removes the accounts that are nobody's at any site any more, with their second factors.
pub(crate) fn forget_unused(sql: Sql<'_>) -> Result<()> {
    let query = "DELETE FROM accounts \
         WHERE NOT EXISTS (SELECT 1 FROM agents WHERE agents.account = accounts.id)";
    sql.execute(query, params![]).map(drop)
}

/// Sets the hash of an account's new password.
pub(crate) fn set_password(sql: Sql<'_>, account: &MemberId, password: &str) -> Result<()> {
    let query = "UPDATE accounts SET password = $1 WHERE id = $2";
    sql.execute(query, params![password, account.as_str()]).map(drop)
}

/// Changes the address of an account. Refuses one that somebody has.
pub(crate) fn set_email(sql: Sql<'_>, account: &MemberId, email: &str) -> Result<()> {
    if by_email(sql, email)?.is_some_and(|other| other != *account) {
        return Err(ErrorCode::EmailTaken.into());
    }
    let query = "UPDATE accounts SET email = $1 WHERE id = $2";
    sql.execute(query, params![email, account.as_str()]).map(drop)
}

/// The sites at which the person of an account is active, by their names, each with the number of its open conversations
/// that nobody owns.
pub(crate) fn sites(sql: Sql<'_>, account: &MemberId) -> Result<Vec<SiteOfMine>> {
    let query = "SELECT s.key, s.name, a.role, a.owner, coalesce(t.waiting, 0) \
         FROM agents a JOIN sites s ON s.id = a.site LEFT JOIN tallies t ON t.site = s.id \
         WHERE a.account = $1 AND a.deactivated_at IS NULL ORDER BY s.name, s.id";
    sql.all(query, params![account.as_str()], |row| {
        let (key, role): (String, String) = (row.get(0)?, row.get(2)?);
        let role = match role.as_str() {
            "admin" if row.get(3)? => Role::Owner,
            "admin" => Role::Admin,
            _ => Role::Agent,
        };
        Ok(SiteOfMine {
            site: key.parse().map_err(|_| damaged("a site's key"))?,
            name: row.get(1)?,
            role,
            waiting: row.get(4)?,
        })
    })
}
