//! Sites: the origins that may embed the chat, the plan and the closing settings.

use std::fmt;

use anyhow::Context;
use porchlight_protocol::settings::Since;
use porchlight_protocol::{ClosingSettings, ErrorCode, Plan, Policy, Revision, SiteKey};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::clock;
use crate::error::Result;
use crate::news::Published;
use crate::origin::Origin;
use crate::random;

use crate::sqlite::damage;
use crate::sqlite::writer::Commit;
use crate::store::{SiteId, int, number, take_revision};

/// A site, with its closing settings.
#[derive(Debug, Clone)]
pub struct Site {
    /// The site's row.
    pub id: SiteId,
    /// The site key, which is public.
    pub key: SiteKey,
    /// The site's name.
    pub name: String,
    /// The site's plan.
    pub plan: Plan,
    /// The closing settings as they were saved. In force is [`Site::policy`].
    pub closing: ClosingSettings,
    /// The revision at which the settings or the plan changed last.
    pub closing_revision: Revision,
    since: Since,
}

impl Site {
    /// The closing policy in force.
    pub fn policy(&self) -> Policy {
        self.closing.policy(self.plan, self.since)
    }

    /// The site after a commit that sets these.
    fn changed(&self, plan: Plan, closing: ClosingSettings, revision: Revision) -> Site {
        let keeps = closing.policy(plan, self.since).keep_unread;
        let since = self.since.after(&self.policy(), keeps, revision);
        Site { plan, closing, closing_revision: revision, since, ..self.clone() }
    }
}

const COLUMNS: &str = "id, key, name, plan, auto_close_after_s, bots_apart, \
     bot_auto_close_after_s, warn_before_s, hide_closed, disable_field, notice, notices, \
     closing_revision, hide_closed_since, keep_unread, hide_unread_since";

fn site(row: &Row<'_>) -> rusqlite::Result<Site> {
    let key = row.get::<_, String>(1)?.parse().map_err(|error| unreadable(1, error))?;
    let plan: String = row.get(3)?;
    let plan = Plan::ALL.into_iter().find(|known| known.as_str() == plan);
    let plan = plan.ok_or_else(|| unreadable(3, fmt::Error))?;
    let seconds = |column| row.get::<_, Option<i64>>(column).map(|s| s.map(number));
    let notices = row.get_ref(11)?.as_str()?;
    Ok(Site {
        id: row.get(0)?,
        key,
        name: row.get(2)?,
        plan,
        closing: ClosingSettings {
            auto_close_after_s: seconds(4)?,
            bots_apart: row.get(5)?,
            bot_auto_close_after_s: seconds(6)?,
            warn_before_s: seconds(7)?,
            hide_closed: row.get(8)?,
            keep_unread: row.get(14)?,
            disable_field: row.get(9)?,
            notice: row.get(10)?,
            notices: serde_json::from_str(notices).map_err(|error| unreadable(11, error))?,
        },
        closing_revision: number(row.get(12)?),
        since: Since { hides_closed: number(row.get(13)?), hides_unread: number(row.get(15)?) },
    })
}

fn unreadable(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}

/// The site with this key.
pub(crate) fn by_key(sql: &Connection, key: &SiteKey) -> Result<Site> {
    sql.prepare_cached(&format!("SELECT {COLUMNS} FROM sites WHERE key = ?1"))?
        .query_row([key.as_str()], site)
        .optional()?
        .ok_or_else(|| ErrorCode::SiteUnknown.into())
}

/// The site of this row.
pub(crate) fn by_id(sql: &Connection, id: SiteId) -> Result<Site> {
    sql.prepare_cached(&format!("SELECT {COLUMNS} FROM sites WHERE id = ?1"))?
        .query_row([id], site)
        .optional()?
        .ok_or_else(|| ErrorCode::SiteUnknown.into())
}

/// All sites, oldest first. Skips rows that can't be read.
pub(crate) fn all(sql: &Connection) -> Result<Vec<Site>> {
    readable(sql, &format!("SELECT {COLUMNS} FROM sites ORDER BY id"))
}

fn readable(sql: &Connection, query: &str) -> Result<Vec<Site>> {
    let mut statement = sql.prepare_cached(query)?;
    let mut rows = statement.query([])?;
    let mut sites = Vec::new();
    while let Some(row) = rows.next()? {
        match site(row) {
            Ok(site) => sites.push(site),
            Err(error) if error.sqlite_error().is_some() => return Err(error.into()),
            Err(_) => damage::note(sql, format_args!("site {}", row.get::<_, SiteId>(0)?)),
        }
    }
    Ok(sites)
}

/// The origins of the pages that may embed the chat.
pub(crate) fn origins(sql: &Connection, site: SiteId) -> Result<Vec<String>> {
    let mut statement =
        sql.prepare_cached("SELECT origin FROM allow_origins WHERE site = ?1 ORDER BY origin")?;
    let rows = statement.query_map([site], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A site to add.
#[derive(Debug, Clone)]
pub struct NewSite {
    /// The site key.
    pub key: SiteKey,
    /// The site's name.
    pub name: String,
    /// The site's plan.
    pub plan: Plan,
    /// The origins of the pages that may embed the chat.
    pub origins: Vec<Origin>,
}

impl NewSite {
    /// A site with a new key.
    pub fn named(name: &str, plan: Plan, origins: &[Origin]) -> anyhow::Result<Self> {
        let key = format!("pl_{}", porchlight_protocol::id::hex(&random::bytes::<10>()?));
        Ok(NewSite { key: key.parse()?, name: name.to_owned(), plan, origins: origins.to_vec() })
    }
}

/// Adds a site with default settings.
pub(crate) fn add(sql: &Connection, new: &NewSite) -> anyhow::Result<SiteId> {
    sql.execute(
        "INSERT INTO sites (key, name, created_at, plan) VALUES (?1, ?2, ?3, ?4)",
        params![new.key.as_str(), new.name, clock::now(), new.plan.as_str()],
    )
    .context("can't add the site")?;
    let site = sql.last_insert_rowid();
    insert_origins(sql, site, &new.origins)?;
    Ok(site)
}

/// Inserts the origins that are not there yet. Returns how many these are.
fn insert_origins(sql: &Connection, site: SiteId, origins: &[Origin]) -> rusqlite::Result<usize> {
    let mut statement =
        sql.prepare_cached("INSERT OR IGNORE INTO allow_origins (site, origin) VALUES (?1, ?2)")?;
    origins.iter().map(|origin| statement.execute(params![site, origin.as_str()])).sum()
}

/// The site with this name, in any case.
pub(crate) fn by_name(sql: &Connection, name: &str) -> Result<Option<Site>> {
    let name = name.to_lowercase();
    Ok(all(sql)?.into_iter().find(|site| site.name.to_lowercase() == name))
}

/// Renames a site. Pages show the new name after a reload.
pub(crate) fn rename(sql: &Connection, site: &Site, name: &str) -> Result<()> {
    sql.execute("UPDATE sites SET name = ?2 WHERE id = ?1", params![site.id, name])?;
    Ok(())
}

/// Adds origins that may embed the chat. Returns how many are new.
pub(crate) fn add_origins(sql: &Connection, site: &Site, origins: &[Origin]) -> Result<usize> {
    Ok(insert_origins(sql, site.id, origins)?)
}

/// Removes origins that may embed the chat. Pages follow with their next load. Returns how many were removed.
pub(crate) fn remove_origins(sql: &Connection, site: &Site, origins: &[Origin]) -> Result<usize> {
    let mut removed = 0;
    for origin in origins {
        removed += sql
            .prepare_cached("DELETE FROM allow_origins WHERE site = ?1 AND origin = ?2")?
            .execute(params![site.id, origin.as_str()])?;
    }
    Ok(removed)
}

/// The numbers of what is removed with a site.
#[derive(Debug, Clone, Copy)]
pub struct Belongings {
    /// Conversations.
    pub conversations: u64,
    /// Visitors.
    pub visitors: u64,
    /// Agents.
    pub agents: u64,
    /// Bots.
    pub bots: u64,
}

/// The numbers of what is removed with a site.
pub(crate) fn belongings(sql: &Connection, site: &Site) -> Result<Belongings> {
    let count = |table| -> Result<u64> {
        let query = format!("SELECT count(*) FROM {table} WHERE site = ?1");
        Ok(number(sql.prepare_cached(&query)?.query_row([site.id], |row| row.get(0))?))
    };
    Ok(Belongings {
        conversations: count("conversations")?,
        visitors: count("visitors")?,
        agents: count("agents")?,
        bots: count("bots")?,
    })
}

/// Removes a site for good: first the team, then conversations in batches, so that other sites' messages don't wait
/// long, and at last the site itself. True if nothing is left of it.
pub(crate) fn remove_some(sql: &Connection, site: &Site) -> Result<bool> {
    /// Conversations that are removed in one transaction.
    const CONVERSATIONS_MAX: usize = 500;
    for table in ["sessions", "agents", "bots", "allow_origins", "outside"] {
        sql.execute(&format!("DELETE FROM {table} WHERE site = ?1"), [site.id])?;
    }
    let ids: Vec<String> = sql
        .prepare_cached("SELECT id FROM conversations WHERE site = ?1 LIMIT ?2")?
        .query_map(params![site.id, int(CONVERSATIONS_MAX as u64)], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for id in &ids {
        for table in ["acts", "starts", "events"] {
            let query = format!("DELETE FROM {table} WHERE site = ?1 AND conversation = ?2");
            sql.prepare_cached(&query)?.execute(params![site.id, id])?;
        }
        sql.prepare_cached("DELETE FROM conversations WHERE site = ?1 AND id = ?2")?
            .execute(params![site.id, id])?;
    }
    if ids.len() == CONVERSATIONS_MAX {
        return Ok(false);
    }
    sql.execute("DELETE FROM visitors WHERE site = ?1", [site.id])?;
    sql.execute("DELETE FROM sites WHERE id = ?1", [site.id])?;
    Ok(true)
}

/// Those of the sites that were removed.
pub(crate) fn gone(sql: &Connection, sites: Vec<SiteId>) -> Result<Vec<SiteId>> {
    let mut statement = sql.prepare_cached("SELECT EXISTS (SELECT 1 FROM sites WHERE id = ?1)")?;
    let mut gone = Vec::new();
    for site in sites {
        let there: bool = statement.query_row([site], |row| row.get(0))?;
        if !there {
            gone.push(site);
        }
    }
    Ok(gone)
}

/// The public URL of the server, as it was given last.
pub(crate) fn public_url(sql: &Connection) -> Result<Option<Origin>> {
    let url: Option<String> =
        sql.prepare_cached("SELECT public_url FROM meta")?.query_row([], |row| row.get(0))?;
    Ok(url.and_then(|url| url.parse().ok()))
}

/// Saves the public URL of the server, for the script tags that commands print.
pub(crate) fn set_public_url(sql: &Connection, url: &Origin) -> Result<()> {
    sql.execute("UPDATE meta SET public_url = ?1 WHERE public_url IS NOT ?1", [url.as_str()])?;
    Ok(())
}

/// Replaces the origins that may embed the chat.
pub(crate) fn set_origins(
    sql: &Connection,
    site: SiteId,
    origins: &[Origin],
) -> anyhow::Result<()> {
    sql.execute("DELETE FROM allow_origins WHERE site = ?1", [site])?;
    insert_origins(sql, site, origins)?;
    Ok(())
}

/// Saves the closing settings and publishes the policy. Changes nothing if the settings are the same; refuses if they
/// have changed since the revision that the admin saw.
pub(crate) fn set_closing(
    commit: &mut Commit<'_>,
    site: &Site,
    closing: ClosingSettings,
    seen: Option<Revision>,
) -> Result<Site> {
    if !site.plan.includes_closing() {
        return Err(ErrorCode::PlanRequired.into());
    }
    let closing = closing.checked()?;
    if closing == site.closing {
        return Ok(site.clone());
    }
    if seen.is_some_and(|seen| seen != site.closing_revision) {
        return Err(ErrorCode::SettingsChanged.into());
    }
    let revision = commit.next_revision();
    let changed = site.changed(site.plan, closing, revision);
    save(commit.sql, &changed)?;
    let policy = changed.policy();
    commit.publish(Published::Policy { site: site.id, revision, policy });
    Ok(changed)
}

/// Changes a site's plan, in a command's transaction. A running server notices it and publishes the policy.
pub(crate) fn set_plan(sql: &Connection, site: &Site, plan: Plan) -> Result<()> {
    if plan == site.plan {
        return Ok(());
    }
    let revision = take_revision(sql)?;
    save(sql, &site.changed(plan, site.closing.clone(), revision))
}

fn save(sql: &Connection, site: &Site) -> Result<()> {
    let closing = &site.closing;
    sql.prepare_cached(
        "UPDATE sites SET plan = ?2, auto_close_after_s = ?3, bots_apart = ?4, \
         bot_auto_close_after_s = ?5, warn_before_s = ?6, hide_closed = ?7, disable_field = ?8, \
         notice = ?9, notices = ?10, closing_revision = ?11, hide_closed_since = ?12, \
         keep_unread = ?13, hide_unread_since = ?14 WHERE id = ?1",
    )?
    .execute(params![
        site.id,
        site.plan.as_str(),
        closing.auto_close_after_s.map(int),
        closing.bots_apart,
        closing.bot_auto_close_after_s.map(int),
        closing.warn_before_s.map(int),
        closing.hide_closed,
        closing.disable_field,
        closing.notice,
        serde_json::to_string(&closing.notices)?,
        int(site.closing_revision),
        int(site.since.hides_closed),
        closing.keep_unread,
        int(site.since.hides_unread),
    ])?;
    Ok(())
}

/// The revision of each site's policy, of all sites.
pub(crate) fn closing_revisions(sql: &Connection) -> Result<Vec<(SiteId, Revision)>> {
    let mut statement =
        sql.prepare_cached("SELECT id, closing_revision FROM sites WHERE closing_revision > 0")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, number(row.get(1)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The sites with a period, of all sites: for the timer.
pub(crate) fn timed(sql: &Connection) -> Result<Vec<Site>> {
    readable(
        sql,
        &format!(
            "SELECT {COLUMNS} FROM sites \
             WHERE auto_close_after_s IS NOT NULL OR bot_auto_close_after_s IS NOT NULL"
        ),
    )
}
