//! Sites: who may embed the chat, and the closing settings.

use anyhow::Context;
use porchlight_protocol::closing::DEFAULT_NOTICE;
use porchlight_protocol::id::IdError;
use porchlight_protocol::{ClosingSettings, ErrorCode, Policy, Revision, SiteKey};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::clock;
use crate::error::Result;
use crate::hub::Published;
use crate::origin::Origin;
use crate::random;

use super::{Commit, SiteId, int, number};

/// A site, with its closing settings.
#[derive(Debug, Clone)]
pub struct Site {
    /// Its row.
    pub id: SiteId,
    /// Its public key.
    pub key: SiteKey,
    /// What it is called.
    pub name: String,
    /// What it has set for closing.
    pub closing: ClosingSettings,
    /// The commit that changed the settings last.
    pub closing_revision: Revision,
    hide_closed_since: Revision,
}

impl Site {
    /// The closing policy in force.
    pub fn policy(&self) -> Policy {
        self.closing.policy(self.hide_closed_since)
    }
}

const COLUMNS: &str = "id, key, name, hide_closed, disable_field, notice, notice_text, \
     closing_revision, hide_closed_since";

fn site(row: &Row<'_>) -> rusqlite::Result<Site> {
    let key = row.get::<_, String>(1)?.parse().map_err(|error: IdError| {
        rusqlite::Error::FromSqlConversionFailure(1, Type::Text, Box::new(error))
    })?;
    Ok(Site {
        id: row.get(0)?,
        key,
        name: row.get(2)?,
        closing: ClosingSettings {
            hide_closed: row.get(3)?,
            disable_field: row.get(4)?,
            notice: row.get(5)?,
            notice_text: row.get(6)?,
        },
        closing_revision: number(row.get(7)?),
        hide_closed_since: number(row.get(8)?),
    })
}

/// The site with this key.
pub fn by_key(sql: &Connection, key: &SiteKey) -> Result<Site> {
    sql.prepare_cached(&format!("SELECT {COLUMNS} FROM sites WHERE key = ?1"))?
        .query_row([key.as_str()], site)
        .optional()?
        .ok_or_else(|| ErrorCode::SiteUnknown.into())
}

/// The site of this row.
pub fn by_id(sql: &Connection, id: SiteId) -> Result<Site> {
    sql.prepare_cached(&format!("SELECT {COLUMNS} FROM sites WHERE id = ?1"))?
        .query_row([id], site)
        .optional()?
        .ok_or_else(|| ErrorCode::SiteUnknown.into())
}

/// Every site, oldest first.
pub fn all(sql: &Connection) -> Result<Vec<Site>> {
    let mut statement = sql.prepare(&format!("SELECT {COLUMNS} FROM sites ORDER BY id"))?;
    let rows = statement.query_map([], site)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The origins of the pages that may embed the chat.
pub fn origins(sql: &Connection, site: SiteId) -> Result<Vec<String>> {
    let mut statement =
        sql.prepare_cached("SELECT origin FROM allow_origins WHERE site = ?1 ORDER BY origin")?;
    let rows = statement.query_map([site], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Creates a site with default settings.
pub fn add(sql: &Connection, name: &str, origins: &[Origin]) -> anyhow::Result<SiteKey> {
    let key = format!("pl_{}", porchlight_protocol::id::hex(&random::bytes::<10>()?));
    let key: SiteKey = key.parse()?;
    sql.execute(
        "INSERT INTO sites (key, name, created_at, notice_text) VALUES (?1, ?2, ?3, ?4)",
        params![key.as_str(), name, clock::now(), DEFAULT_NOTICE],
    )
    .context("can't add the site")?;
    let site = sql.last_insert_rowid();
    for origin in origins {
        sql.execute(
            "INSERT OR IGNORE INTO allow_origins (site, origin) VALUES (?1, ?2)",
            params![site, origin.as_str()],
        )?;
    }
    Ok(key)
}

/// Makes these the origins that may embed the chat.
pub fn set_origins(sql: &Connection, site: SiteId, origins: &[Origin]) -> anyhow::Result<()> {
    sql.execute("DELETE FROM allow_origins WHERE site = ?1", [site])?;
    for origin in origins {
        sql.execute(
            "INSERT OR IGNORE INTO allow_origins (site, origin) VALUES (?1, ?2)",
            params![site, origin.as_str()],
        )?;
    }
    Ok(())
}

/// Saves the closing settings and tells every client of the site. Saving what is so already
/// changes nothing; hiding keeps the commit that switched it on for as long as it is on.
pub fn set_closing(
    commit: &mut Commit<'_>,
    site: &Site,
    closing: ClosingSettings,
) -> Result<ClosingSettings> {
    let closing = closing.checked()?;
    if closing == site.closing {
        return Ok(closing);
    }
    let revision = commit.next_revision();
    let since = if closing.hide_closed && !site.closing.hide_closed {
        revision
    } else {
        site.hide_closed_since
    };
    commit
        .sql
        .prepare_cached(
            "UPDATE sites SET hide_closed = ?2, disable_field = ?3, notice = ?4, notice_text = ?5, \
             closing_revision = ?6, hide_closed_since = ?7 WHERE id = ?1",
        )?
        .execute(params![
            site.id,
            closing.hide_closed,
            closing.disable_field,
            closing.notice,
            closing.notice_text,
            int(revision),
            int(since),
        ])?;
    let policy = closing.policy(since);
    commit.publish(Published::Policy { site: site.id, revision, policy });
    Ok(closing)
}
