//! Auto-close: which open conversations are due, and when the next one is.
//!
//! No deadline is stored. It is the sum of the last activity, which is indexed, and the site's current period, so a
//! change of the period costs nothing, however many conversations are open.

use std::collections::BTreeMap;

use porchlight_protocol::closing::millis;
use porchlight_protocol::settings::ClosingEffect;
use porchlight_protocol::{ClosingSettings, Millis, Policy, Revision};

use crate::commit::Commit;
use crate::error::Result;
use crate::ops;
use crate::sql::{Sql, params};
use crate::store::{SiteId, damaged};

use super::runs;
use super::sites::{self, Site};

/// The open conversations that share a period.
#[derive(Debug, Clone, Copy)]
struct Timed {
    /// The conversations: [`LIVE`] or [`BOTS`].
    those: &'static str,
    /// The period, in milliseconds without activity.
    after_ms: Millis,
}

/// Open live chats. The queries name their index, so that none can become a scan.
const LIVE: &str = "FROM conversations /* INDEXED BY conversations_idle_live */ \
     WHERE site = $1 AND closed = 0 AND bot IS NULL";

/// Open conversations with bots.
const BOTS: &str = "FROM conversations /* INDEXED BY conversations_idle_bots */ \
     WHERE site = $1 AND closed = 0 AND bot IS NOT NULL";

/// Closed conversations that their visitors have not removed from Home themselves.
const CLOSED_ON_HOME: &str = "FROM conversations /* INDEXED BY conversations_closed_on_home */ \
     WHERE site = $1 AND closed = 1 AND put_away = 0";

/// The conversations that have a period under a policy.
fn timed(policy: &Policy) -> impl Iterator<Item = Timed> {
    let kinds = [(LIVE, policy.live_closes_after_s), (BOTS, policy.bot_closes_after_s)];
    kinds
        .into_iter()
        .filter_map(|(those, after_s)| Some(Timed { those, after_ms: millis(after_s?) }))
}

/// What is due at a moment.
#[derive(Debug, Default)]
pub struct Due {
    /// The sites with conversations that are due.
    pub sites: Vec<SiteId>,
    /// The conversations whose flows have waited long enough, some of each site.
    pub flows: BTreeMap<SiteId, Vec<String>>,
    /// When the first conversation or flow comes due, in steady time; not later than the moment if one is due.
    /// [`Millis::MAX`] if no open conversation has a period; `None` if no site has one.
    pub first: Option<Millis>,
}

/// What is due at `now`, in steady time.
pub(crate) fn due(sql: Sql<'_>, now: Millis) -> Result<Due> {
    let mut found = Due::default();
    for (site, oldest) in sites::timed_with(sql, [LIVE, BOTS])? {
        let due = |timed: Timed| {
            let oldest = if timed.those == LIVE { oldest[0] } else { oldest[1] };
            oldest.map_or(Millis::MAX, |oldest| oldest.saturating_add(timed.after_ms))
        };
        let first = timed(&site.policy()).map(due).min();
        if first.is_some_and(|first| first <= now) {
            found.sites.push(site.id);
        }
        found.first = earlier(found.first, first);
    }
    for (site, conversation, at) in runs::waking(sql)? {
        if at <= now {
            found.flows.entry(site).or_default().push(conversation);
        }
        found.first = earlier(found.first, Some(at));
    }
    if found.first.is_none()
        && sites::timed(sql)?.iter().any(|site| timed(&site.policy()).next().is_some())
    {
        found.first = Some(Millis::MAX);
    }
    Ok(found)
}

fn earlier(one: Option<Millis>, other: Option<Millis>) -> Option<Millis> {
    one.into_iter().chain(other).min()
}

/// The result of closing what is due.
#[derive(Debug, Default)]
pub struct Closed {
    /// Conversations that were closed.
    pub closed: usize,
    /// Conversations that can't be closed, because their rows are damaged.
    pub stuck: usize,
    /// How long the most overdue of the closed ones was due, in milliseconds of steady time.
    pub late_ms: Millis,
}

/// Closes what is due on a site, the longest overdue of each kind first, `limit` at most. Skips conversations that
/// can't be closed, so that they hold up no others.
pub(crate) fn close_due(commit: &mut Commit<'_>, site: &Site, limit: usize) -> Result<Closed> {
    let mut done = Closed::default();
    // By the site as it is held: the period or the plan may have changed since `due`.
    for timed in timed(&site.policy()) {
        close_timed(commit, site, timed, limit, &mut done)?;
    }
    Ok(done)
}

fn close_timed(
    commit: &mut Commit<'_>,
    site: &Site,
    timed: Timed,
    limit: usize,
    done: &mut Closed,
) -> Result<()> {
    // Closed ones drop out of the query. Stuck ones stay at its front, so it starts behind them.
    let mut stuck = 0;
    while done.closed < limit {
        let wanted = limit - done.closed;
        let due = due_ids(commit.sql, site, timed, commit.steady, stuck, wanted)?;
        if due.is_empty() {
            break;
        }
        for (id, active_at) in due {
            match close_one(commit, site, &id) {
                Ok(true) => {
                    let due_at = active_at.saturating_add(timed.after_ms);
                    let late = commit.steady.saturating_sub(due_at);
                    (done.closed, done.late_ms) = (done.closed + 1, done.late_ms.max(late));
                }
                Ok(false) => {}
                Err(error) if error.is_of_the_store() => return Err(error),
                Err(error) => {
                    stuck += 1;
                    tracing::debug!(?error, id, "a conversation that is due can't be closed");
                }
            }
        }
    }
    done.stuck += stuck;
    Ok(())
}

/// Closes a conversation in a savepoint of its own.
fn close_one(commit: &mut Commit<'_>, site: &Site, id: &str) -> Result<bool> {
    let id = id.parse().map_err(|_| damaged("a conversation's id"))?;
    commit.whole(|commit| ops::time_out(commit, site, &id))
}

/// The conversations that are due, with the time of their last activity.
fn due_ids(
    sql: Sql<'_>,
    site: &Site,
    Timed { those, after_ms }: Timed,
    now: Millis,
    passed_over: usize,
    limit: usize,
) -> Result<Vec<(String, Millis)>> {
    let query = format!(
        "SELECT id, active_at {those} AND active_at <= $2 ORDER BY active_at, id LIMIT $3 OFFSET $4"
    );
    let until = now.saturating_sub(after_ms);
    sql.all(&query, params![site.id, until, limit, passed_over], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// The numbers of conversations that settings would affect if they were saved now. `now` is in steady time.
pub(crate) fn effect(
    sql: Sql<'_>,
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

fn count(sql: Sql<'_>, site: SiteId, those: &str) -> Result<u64> {
    sql.value(&format!("SELECT count(*) {those}"), params![site])
}

/// The number of conversations without activity since `until`.
fn count_idle(sql: Sql<'_>, site: SiteId, those: &str, until: Millis) -> Result<u64> {
    sql.value(&format!("SELECT count(*) {those} AND active_at <= $2"), params![site, until])
}
