//! Which open conversations close by themselves, and when.
//!
//! A deadline is never stored: it is the time of the last activity, which is indexed, and the period that
//! the site has now. So a change of the period costs nothing, however many conversations are open.

use porchlight_protocol::closing::millis;
use porchlight_protocol::settings::ClosingEffect;
use porchlight_protocol::{ClosingSettings, ConversationId, Millis, Policy, Revision};
use rusqlite::{Connection, params};

use crate::error::Result;

use super::sites::Site;
use super::{Commit, SiteId, damaged, int, log, number, sites};

/// Open conversations that close after the same period.
#[derive(Debug, Clone, Copy)]
struct Timed {
    /// Which ones: [`LIVE`] or [`BOTS`].
    those: &'static str,
    /// After how many milliseconds without activity.
    after_ms: Millis,
}

/// Open live chats. Here as below the index is named, so that no query can ever become a scan.
const LIVE: &str = "FROM conversations INDEXED BY conversations_idle_live \
     WHERE site = ?1 AND closed = 0 AND bot IS NULL";

/// Open conversations with bots.
const BOTS: &str = "FROM conversations INDEXED BY conversations_idle_bots \
     WHERE site = ?1 AND closed = 0 AND bot IS NOT NULL";

/// Closed ones that their visitors have not put away themselves.
const CLOSED_ON_HOME: &str = "FROM conversations INDEXED BY conversations_closed_on_home \
     WHERE site = ?1 AND closed = 1 AND put_away = 0";

/// What closes by itself under a policy.
fn timed(policy: &Policy) -> impl Iterator<Item = Timed> {
    let kinds = [(LIVE, policy.live_closes_after_s), (BOTS, policy.bot_closes_after_s)];
    kinds
        .into_iter()
        .filter_map(|(those, after_s)| Some(Timed { those, after_ms: millis(after_s?) }))
}

/// When the next conversation comes due, in steady time, over all sites. [`Millis::MAX`] if none is
/// open that could; `None` if none will be, because no site has a period.
pub fn next(sql: &Connection) -> Result<Option<Millis>> {
    let mut next = None;
    for site in sites::timed(sql)? {
        for Timed { those, after_ms } in timed(&site.policy()) {
            let oldest: Option<Millis> = sql
                .prepare_cached(&format!("SELECT min(active_at) {those}"))?
                .query_row([site.id], |row| row.get(0))?;
            let due = oldest.map_or(Millis::MAX, |oldest| oldest.saturating_add(after_ms));
            next = Some(next.map_or(due, |next: Millis| next.min(due)));
        }
    }
    Ok(next)
}

/// Closes what is due, the longest overdue of each kind first, `limit` at most. Tells how many it
/// closed.
pub fn close_due(commit: &mut Commit<'_>, limit: usize) -> Result<usize> {
    let mut closed = 0;
    for site in sites::timed(commit.sql)? {
        for timed in timed(&site.policy()) {
            for id in due(commit.sql, &site, timed, commit.steady, limit - closed)? {
                match log::time_out(commit, &site, &id) {
                    Ok(true) => closed += 1,
                    Ok(false) => {}
                    // What the store itself can't do concerns all of them, what one row holds does not.
                    Err(error) if error.sqlite().is_some() => return Err(error),
                    Err(error) => {
                        let code = error.into_body().code.as_str();
                        tracing::error!(code, "a conversation that is due can't be closed");
                    }
                }
            }
        }
    }
    Ok(closed)
}

fn due(
    sql: &Connection,
    site: &Site,
    Timed { those, after_ms }: Timed,
    now: Millis,
    limit: usize,
) -> Result<Vec<ConversationId>> {
    let mut statement = sql.prepare_cached(&format!(
        "SELECT id {those} AND active_at <= ?2 ORDER BY active_at LIMIT ?3"
    ))?;
    let until = now.saturating_sub(after_ms);
    let rows = statement
        .query_map(params![site.id, until, int(limit as u64)], |row| row.get::<_, String>(0))?;
    rows.map(|id| id?.parse().map_err(|_| damaged("a conversation's id"))).collect()
}

/// What settings would do to a site's conversations if they were saved now. `now` is in steady time.
pub fn effect(
    sql: &Connection,
    site: &Site,
    settings: &ClosingSettings,
    now: Millis,
) -> Result<ClosingEffect> {
    let count = |those| count(sql, site.id, those);
    let mut effect = ClosingEffect {
        open: count(LIVE)? + count(BOTS)?,
        closed: count(CLOSED_ON_HOME)?,
        ..ClosingEffect::default()
    };
    let policy = settings.policy(site.plan, Revision::default());
    for Timed { those, after_ms } in timed(&policy) {
        effect.timed += count(those)?;
        effect.due += count_idle(sql, site.id, those, now.saturating_sub(after_ms))?;
    }
    Ok(effect)
}

fn count(sql: &Connection, site: SiteId, those: &str) -> Result<u64> {
    let count: i64 = sql
        .prepare_cached(&format!("SELECT count(*) {those}"))?
        .query_row([site], |row| row.get(0))?;
    Ok(number(count))
}

/// Those in which nothing has happened since `until`.
fn count_idle(sql: &Connection, site: SiteId, those: &str, until: Millis) -> Result<u64> {
    let count: i64 = sql
        .prepare_cached(&format!("SELECT count(*) {those} AND active_at <= ?2"))?
        .query_row(params![site, until], |row| row.get(0))?;
    Ok(number(count))
}
