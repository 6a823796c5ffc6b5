//! Bots: programs that answer through the API, each with a token of its own.

use porchlight_protocol::{ErrorCode, Member, MemberId};

use crate::error::Result;
use crate::place;
use crate::random::{self, Hash};
use crate::sql::{Row, Sql, params};
use crate::store::{SiteId, damaged};

use super::flows::{self, Version};

fn member(id: &str, name: String) -> Result<Member> {
    Ok(Member { id: id.parse().map_err(|_| damaged("a bot's id"))?, name })
}

/// The site of a token.
pub(crate) fn site(sql: Sql<'_>, token: &Hash) -> Result<Option<SiteId>> {
    sql.first("SELECT site FROM bots WHERE token = $1", params![token], |row| row.get(0))
}

/// Finds the bot of site `$1` with token `$2`, as [`read`] reads it.
pub(crate) const BY_TOKEN: &str = "SELECT id, name FROM bots WHERE site = $1 AND token = $2";

/// The bot of a row that holds the columns of [`BY_TOKEN`] from `at` on.
pub(crate) fn read(row: &Row, at: usize) -> Result<Member> {
    member(&row.get::<String>(at)?, row.get(at + 1)?)
}

/// The bot of a token, at a site that was read, or is held, already.
pub(crate) fn authorise_at(sql: Sql<'_>, site: SiteId, token: &Hash) -> Result<Member> {
    sql.first(BY_TOKEN, params![site, token], |row| read(row, 0))?
        .ok_or_else(|| ErrorCode::BotTokenInvalid.into())
}

/// A bot's name, if the site has a bot with this id.
pub(crate) fn name(sql: Sql<'_>, site: SiteId, id: &MemberId) -> Result<Option<String>> {
    sql.first(
        "SELECT name FROM bots WHERE site = $1 AND id = $2",
        params![site, id.as_str()],
        |row| row.get(0),
    )
}

/// The bot that answers a site's visitors.
pub(crate) struct Answering {
    pub(crate) bot: Member,
    /// Its flow, if it has a published one.
    pub(crate) flow: Option<Version>,
}

/// The bot that answers a visitor of a site. A `wanted` one has to have a published flow. Otherwise it is the first one with
/// a published flow that greets everywhere and everybody, else the first one with a published flow, else the first one, if
/// the site has any.
pub(crate) fn of_site(
    sql: Sql<'_>,
    site: SiteId,
    wanted: Option<&MemberId>,
) -> Result<Option<Answering>> {
    let query = "SELECT id, name, flow, greeting FROM bots WHERE site = $1 ORDER BY created_at, id";
    let all = sql.all(query, params![site], |row| {
        let (id, flow, rule) = (row.get(0)?, row.get(2)?, row.get(3)?);
        Ok(Candidate { id, flow, rule, row: row.clone() })
    })?;
    let found = match wanted {
        Some(wanted) => all.iter().find(|it| it.id == wanted.as_str() && it.flow.is_some()),
        None => {
            let everywhere = all.iter().find(|it| it.flow.is_some() && it.rule.is_none());
            everywhere.or_else(|| all.iter().find(|it| it.flow.is_some())).or(all.first())
        }
    };
    let Some(found) = found else { return Ok(None) };
    let bot = read(&found.row, 0)?;
    let flow = match found.flow {
        Some(_) => flows::published(sql, site, &bot.id)?,
        None => None,
    };
    Ok(Some(Answering { bot, flow }))
}

/// A bot that may answer.
struct Candidate {
    id: String,
    flow: Option<u64>,
    /// Its greeting rule, if it does not greet everywhere and everybody.
    rule: Option<String>,
    row: Row,
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

/// How many bots a site has.
pub(crate) fn count(sql: Sql<'_>, site: SiteId) -> Result<u64> {
    let count =
        sql.first("SELECT count(*) FROM bots WHERE site = $1", params![site], |row| row.get(0))?;
    Ok(count.unwrap_or_default())
}

/// Adds a bot.
pub(crate) fn add(sql: Sql<'_>, site: SiteId, new: &NewBot) -> Result<Member> {
    let id = MemberId::from_bytes(random::bytes()?);
    sql.execute(
        "INSERT INTO bots (id, site, name, token, created_at) VALUES ($1, $2, $3, $4, $5)",
        params![id.as_str(), site, new.name, random::hash(&new.token), place::now(sql)?],
    )?;
    Ok(Member { id, name: new.name.clone() })
}

/// A bot as an admin sees it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The bot's id and name.
    pub member: Member,
    /// The bot's site.
    pub site: SiteId,
    /// The version of its published flow, if it has one.
    pub flow: Option<u64>,
}

/// The bots of a site, or of all but trials, the oldest first. Skips rows that can't be read.
pub(crate) fn all(sql: Sql<'_>, site: Option<SiteId>) -> Result<Vec<Listed>> {
    let query = "SELECT id, name, site, flow FROM bots \
         WHERE CASE WHEN CAST($1 AS BIGINT) IS NULL THEN site > 0 ELSE site = $1 END ORDER BY site, created_at, id";
    let all = sql.all(query, params![site], |row| {
        let id: String = row.get(0)?;
        match member(&id, row.get(1)?) {
            Ok(member) => Ok(Some(Listed { member, site: row.get(2)?, flow: row.get(3)? })),
            Err(_) => {
                sql.note_damage(format_args!("bot {id}"));
                Ok(None)
            }
        }
    })?;
    Ok(all.into_iter().flatten().collect())
}

/// Removes a bot with its token and its flow. Its conversations stay, and agents can claim them.
pub(crate) fn remove(sql: Sql<'_>, bot: &Listed) -> Result<()> {
    sql.execute(
        "DELETE FROM bots WHERE site = $1 AND id = $2",
        params![bot.site, bot.member.id.as_str()],
    )?;
    Ok(())
}
