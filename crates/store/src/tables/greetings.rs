//! Where and for whom bots greet: a rule in the bot's row. Evaluated by the widget, because the server is not told which
//! pages a visitor looks at.

use porchlight_protocol::greeting::Greeting;
use porchlight_protocol::{Member, MemberId};

use crate::error::Result;
use crate::sql::{Row, Sql, params};
use crate::store::SiteId;

use super::bots;

/// The rule in a column. `None` if it is damaged.
pub(crate) fn read(row: &Row, at: usize) -> Result<Option<Greeting>> {
    let json: Option<String> = row.get(at)?;
    Ok(json.map_or(Some(Greeting::default()), |json| serde_json::from_str(&json).ok()))
}

/// The rule of a bot, if the site has a bot with this id. A damaged one counts as none.
pub(crate) fn of(sql: Sql<'_>, site: SiteId, bot: &MemberId) -> Result<Option<Greeting>> {
    let rule = sql.first(
        "SELECT greeting FROM bots WHERE site = $1 AND id = $2",
        params![site, bot.as_str()],
        |row| read(row, 0),
    )?;
    Ok(rule.map(|rule| or_none(sql, bot, rule)))
}

/// The bots of a site that have a published flow, each with its rule: those that greet everywhere and everybody last, for they
/// would keep the others from greeting. Otherwise the oldest first.
pub(crate) fn all(sql: Sql<'_>, site: SiteId) -> Result<Vec<(Member, Greeting)>> {
    let all = sql.all(
        "SELECT id, name, greeting FROM bots WHERE site = $1 AND flow IS NOT NULL \
             ORDER BY created_at, id",
        params![site],
        |row| Ok((bots::read(row, 0)?, read(row, 2)?)),
    )?;
    let all = all.into_iter().map(|(bot, rule)| {
        let rule = or_none(sql, &bot.id, rule);
        (bot, rule)
    });
    let mut all = all.collect::<Vec<_>>();
    all.sort_by_key(|(_, rule)| rule.is_for_all());
    Ok(all)
}

/// Replaces the rule of a bot. False if the site has no bot with this id.
pub(crate) fn set(sql: Sql<'_>, site: SiteId, bot: &MemberId, rule: &Greeting) -> Result<bool> {
    let json = if rule.is_for_all() { None } else { Some(serde_json::to_string(rule)?) };
    let changed = sql.execute(
        "UPDATE bots SET greeting = $1 WHERE site = $2 AND id = $3",
        params![json, site, bot.as_str()],
    )?;
    Ok(changed == 1)
}

fn or_none(sql: Sql<'_>, bot: &MemberId, rule: Option<Greeting>) -> Greeting {
    rule.unwrap_or_else(|| {
        sql.note_damage(format_args!("where bot {bot} greets"));
        Greeting::default()
    })
}
