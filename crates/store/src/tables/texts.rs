//! What sites say in their own words, in place of the product's.

use std::collections::BTreeMap;

use porchlight_protocol::{ErrorCode, Revision};

use crate::commit::Commit;
use crate::error::Result;
use crate::sql::{Sql, params};
use crate::store::SiteId;

/// A site's own texts in one language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnWords {
    /// The texts by key.
    pub texts: BTreeMap<String, String>,
    /// The commit that changed them last; 0 if there was none.
    pub revision: Revision,
}

/// A site's own texts in this language. None of them if the row can't be read, which is noted: the chat goes on in the
/// product's words.
pub(crate) fn of(sql: Sql<'_>, site: SiteId, language: &str) -> Result<OwnWords> {
    let query = "SELECT texts, revision FROM texts WHERE site = $1 AND language = $2";
    let found = sql.first(query, params![site, language], |row| {
        let json: String = row.get(0)?;
        let texts = serde_json::from_str(&json).unwrap_or_else(|_| {
            sql.note_damage(format_args!("the texts of site {site} in {language}"));
            BTreeMap::new()
        });
        Ok(OwnWords { texts, revision: row.get(1)? })
    })?;
    Ok(found.unwrap_or_default())
}

/// The number of a site's own texts in each language that has some.
pub(crate) fn counts(sql: Sql<'_>, site: SiteId) -> Result<BTreeMap<String, u64>> {
    let query = "SELECT language FROM texts WHERE site = $1 ORDER BY language";
    let languages: Vec<String> = sql.all(query, params![site], |row| row.get(0))?;
    let count = |language: String| {
        let own = of(sql, site, &language)?.texts.len() as u64;
        Ok((language, own))
    };
    languages.into_iter().map(count).collect()
}

/// Replaces a site's own texts in a language. Changes nothing if they are the same; refuses if they have changed since
/// the revision that the admin saw.
pub(crate) fn set(
    commit: &mut Commit<'_>,
    site: SiteId,
    language: &str,
    texts: BTreeMap<String, String>,
    seen: Option<Revision>,
) -> Result<OwnWords> {
    let before = of(commit.sql, site, language)?;
    if before.texts == texts {
        return Ok(before);
    }
    if seen.is_some_and(|seen| seen != before.revision) {
        return Err(ErrorCode::SettingsChanged.into());
    }
    let revision = commit.next_revision(site)?;
    commit.sql.execute(
        "INSERT INTO texts (site, language, texts, revision) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (site, language) DO UPDATE SET texts = $3, revision = $4",
        params![site, language, &serde_json::to_string(&texts)?, revision],
    )?;
    Ok(OwnWords { texts, revision })
}
