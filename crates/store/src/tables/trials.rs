//! Trials: hidden sites, each with one bot, in which an admin tries a flow as it stands in the editor.
//!
//! The row of a trial's site is negative and random. So one look at an id tells a trial from a site that people have added,
//! and no id is ever used again: neither by a later trial nor by a site, whatever clients of this one still ask for.

use std::slice;

use porchlight_protocol::bots::Trial;
use porchlight_protocol::{ErrorCode, MemberId, Millis, SiteKey};

use crate::commit::Commit;
use crate::error::Result;
use crate::origin::Origin;
use crate::place;
use crate::random;
use crate::sql::{Sql, params};
use crate::store::SiteId;

use super::agents::Agent;
use super::bots::{self, NewBot};
use super::flows::{self, CheckedFlow};
use super::sites::{self, NewSite};

/// How long a trial lasts, in milliseconds of steady time: an hour, after which nobody sits before it.
pub const TRIAL_MS: Millis = 60 * 60 * 1_000;

/// Of [`sites`], those that are no trials.
pub(crate) const NO_TRIALS: &str = "id > 0";

/// True if a site is a trial.
pub fn is_trial(site: SiteId) -> bool {
    site < 0
}

/// The row of a new trial's site.
fn new_id() -> Result<SiteId> {
    let random = SiteId::from_be_bytes(random::bytes()?);
    // All bits but the sign's are random.
    Ok(random | SiteId::MIN)
}

/// Begins a trial of a flow in place of the one that this agent has of this bot. `own` is the origin of the inbox, which
/// alone may frame it. The agent's site is held.
///
/// What visitors of the trial meet is what those of the agent's site do: its settings, its texts, its opening hours.
pub(crate) fn begin(
    commit: &mut Commit<'_>,
    agent: &Agent,
    bot: &MemberId,
    flow: &CheckedFlow,
    own: &Origin,
) -> Result<Trial> {
    let (sql, of) = (commit.sql, &agent.site);
    let name = bots::name(sql, of.id, bot)?.ok_or(ErrorCode::NotFound)?;
    end(commit, agent, bot, None)?;
    let new = NewSite::named(&of.name, of.plan, slice::from_ref(own))?;
    let id = new_id()?;
    sql.execute(
        "INSERT INTO sites (id, key, name, created_at, plan) VALUES ($1, $2, $3, $4, $5)",
        params![id, new.key.as_str(), &new.name, place::now(sql)?, new.plan.as_str()],
    )?;
    sites::set_origins(sql, id, &new.origins)?;
    sites::take_settings(commit, of, id)?;
    sql.execute(
        "INSERT INTO texts (site, language, texts, revision) \
         SELECT CAST($1 AS BIGINT), language, texts, 0 FROM texts WHERE site = $2",
        params![id, of.id],
    )?;
    // Without a rule: it greets everywhere and everybody.
    let bot_of_trial = bots::add(sql, id, &NewBot::named(&name)?)?;
    flows::publish(commit, id, &bot_of_trial.id, flow, None)?;
    sql.execute(
        "INSERT INTO trials (site, trial_of, agent, bot, ends_at) VALUES ($1, $2, $3, $4, $5)",
        params![id, of.id, agent.member.id.as_str(), bot.as_str(), commit.steady + TRIAL_MS],
    )?;
    Ok(Trial { chat: new.key, ends_in_ms: TRIAL_MS })
}

/// Ends the trial that an agent has of a bot, where `chat` is given only if it has this key: it is to be removed from now
/// on. False if there is none.
pub(crate) fn end(
    commit: &Commit<'_>,
    agent: &Agent,
    bot: &MemberId,
    chat: Option<&SiteKey>,
) -> Result<bool> {
    let (of, agent) = (agent.site.id, agent.member.id.as_str());
    let ended = commit.sql.execute(
        "UPDATE trials SET ends_at = $1 \
         WHERE trial_of = $2 AND agent = $3 AND bot = $4 AND ends_at > $1 \
         AND (CAST($5 AS TEXT) IS NULL OR site = (SELECT id FROM sites WHERE key = $5))",
        params![commit.steady, of, agent, bot.as_str(), chat.map(SiteKey::as_str)],
    )?;
    Ok(ended > 0)
}

/// The trials that have ended by `steady`, of all sites.
pub(crate) fn ended(sql: Sql<'_>, steady: Millis) -> Result<Vec<SiteId>> {
    let query = "SELECT site FROM trials WHERE ends_at <= $1 AND site < 0";
    sql.all(query, params![steady], |row| row.get(0))
}

/// A trial of this site, if there is one.
pub(crate) fn one_of(sql: Sql<'_>, site: SiteId) -> Result<Option<SiteId>> {
    let query = "SELECT site FROM trials WHERE trial_of = $1 AND site < 0 LIMIT 1";
    sql.first(query, params![site], |row| row.get(0))
}

/// The site that a trial is of; `None` for a site that is none.
pub(crate) fn tried(sql: Sql<'_>, site: SiteId) -> Result<Option<SiteId>> {
    if !is_trial(site) {
        return Ok(None);
    }
    sql.first("SELECT trial_of FROM trials WHERE site = $1", params![site], |row| row.get(0))
}

/// Removes the row of a trial, as the last of what belongs to it.
pub(crate) fn forget(sql: Sql<'_>, site: SiteId) -> Result<()> {
    sql.execute("DELETE FROM trials WHERE site = $1", params![site])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_of_trials_are_negative_and_differ() {
        let ids: std::collections::HashSet<_> = (0..100).map(|_| new_id().unwrap()).collect();
        assert_eq!(ids.len(), 100);
        assert!(ids.iter().all(|id| is_trial(*id)));
        assert!(!is_trial(1));
    }
}
