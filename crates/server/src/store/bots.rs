//! Bots: members of the team that speak through the API with a token of their own.

use anyhow::Context;
use porchlight_protocol::{ErrorCode, Member, MemberId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::clock;
use crate::error::Result;
use crate::random::{self, Hash};

use super::sites::{self, Site};
use super::{SiteId, damaged};

fn member(id: &str, name: String) -> Result<Member> {
    Ok(Member { id: id.parse().map_err(|_| damaged("a bot's id"))?, name })
}

/// The bot behind a token.
pub fn authorise(sql: &Connection, token: &Hash) -> Result<(Site, Member)> {
    let found: Option<(String, String, SiteId)> = sql
        .prepare_cached("SELECT id, name, site FROM bots WHERE token = ?1")?
        .query_row([token], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (id, name, site) = found.ok_or(ErrorCode::BotTokenInvalid)?;
    Ok((sites::by_id(sql, site)?, member(&id, name)?))
}

/// The bot that answers a site's visitors: its first one, if it has any.
pub fn of_site(sql: &Connection, site: SiteId) -> Result<Option<Member>> {
    let found: Option<(String, String)> = sql
        .prepare_cached(
            "SELECT id, name FROM bots WHERE site = ?1 ORDER BY created_at, id LIMIT 1",
        )?
        .query_row([site], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found.map(|(id, name)| member(&id, name)).transpose()
}

/// Creates a bot and returns its token: the only time that it is seen.
pub fn add(sql: &Connection, site: SiteId, name: &str) -> anyhow::Result<String> {
    let id = MemberId::from_bytes(random::bytes()?);
    let token = format!("plb_{}", random::token()?);
    sql.execute(
        "INSERT INTO bots (id, site, name, token, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![id.as_str(), site, name, random::hash(&token), clock::now()],
    )
    .context("can't add the bot")?;
    Ok(token)
}
