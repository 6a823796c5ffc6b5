//! Bots: programs that answer through the API, each with a token of its own.

use anyhow::Context;
use porchlight_protocol::{ErrorCode, Member, MemberId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::clock;
use crate::error::Result;
use crate::random::{self, Hash};

use crate::sqlite::damage;
use crate::store::{SiteId, damaged};

use super::sites::{self, Site};

fn member(id: &str, name: String) -> Result<Member> {
    Ok(Member { id: id.parse().map_err(|_| damaged("a bot's id"))?, name })
}

/// The bot of a token.
pub(crate) fn authorise(sql: &Connection, token: &Hash) -> Result<(Site, Member)> {
    let found: Option<(String, String, SiteId)> = sql
        .prepare_cached("SELECT id, name, site FROM bots WHERE token = ?1")?
        .query_row([token], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (id, name, site) = found.ok_or(ErrorCode::BotTokenInvalid)?;
    Ok((sites::by_id(sql, site)?, member(&id, name)?))
}

/// A bot's name, if the site has a bot with this id.
pub(crate) fn name(sql: &Connection, site: SiteId, id: &MemberId) -> Result<Option<String>> {
    Ok(sql
        .prepare_cached("SELECT name FROM bots WHERE site = ?1 AND id = ?2")?
        .query_row(params![site, id.as_str()], |row| row.get(0))
        .optional()?)
}

/// The bot that answers a site's visitors: its first one, if it has any.
pub(crate) fn of_site(sql: &Connection, site: SiteId) -> Result<Option<Member>> {
    let found: Option<(String, String)> = sql
        .prepare_cached(
            "SELECT id, name FROM bots WHERE site = ?1 ORDER BY created_at, id LIMIT 1",
        )?
        .query_row([site], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found.map(|(id, name)| member(&id, name)).transpose()
}

/// A bot to add.
#[derive(Debug, Clone)]
pub struct NewBot {
    /// The bot's name.
    pub name: String,
    /// The bot's token, of which only the hash is stored.
    pub token: String,
}

impl NewBot {
    /// A bot with a new token.
    pub fn named(name: &str) -> anyhow::Result<Self> {
        Ok(NewBot { name: name.to_owned(), token: format!("plb_{}", random::token()?) })
    }
}

/// Adds a bot.
pub(crate) fn add(sql: &Connection, site: SiteId, new: &NewBot) -> anyhow::Result<()> {
    let id = MemberId::from_bytes(random::bytes()?);
    sql.execute(
        "INSERT INTO bots (id, site, name, token, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![id.as_str(), site, new.name, random::hash(&new.token), clock::now()],
    )
    .context("can't add the bot")?;
    Ok(())
}

/// A bot as an admin sees it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The bot's id and name.
    pub member: Member,
    /// The bot's site.
    pub site: SiteId,
}

/// The bots of a site, or of all, the oldest first. Skips rows that can't be read.
pub(crate) fn all(sql: &Connection, site: Option<SiteId>) -> Result<Vec<Listed>> {
    let mut statement = sql.prepare_cached(
        "SELECT id, name, site FROM bots WHERE ?1 IS NULL OR site = ?1 ORDER BY site, created_at, id",
    )?;
    let mut rows = statement.query([site])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        match member(&id, row.get(1)?) {
            Ok(member) => all.push(Listed { member, site: row.get(2)? }),
            Err(_) => damage::note(sql, format_args!("bot {id}")),
        }
    }
    Ok(all)
}

/// Removes a bot and its token. Its conversations stay, and agents can claim them.
pub(crate) fn remove(sql: &Connection, bot: &Listed) -> Result<()> {
    sql.execute(
        "DELETE FROM bots WHERE site = ?1 AND id = ?2",
        params![bot.site, bot.member.id.as_str()],
    )?;
    Ok(())
}
