//! What is known of visitors: for each of whom something is, a [`VisitorRecord`] as JSON.

use porchlight_protocol::person::{Teller, VisitorName, VisitorRecord};
use porchlight_protocol::{Conversation, Millis, Revision, VisitorId};

use crate::commit::Commit;
use crate::error::Result;
use crate::identity::Surroundings;
use crate::news::Changed;
use crate::sql::{Param, Row, Sql, ToParam, params};
use crate::store::{SiteId, damaged};

use super::news::Part;
use super::visitors;

/// Visitors whose names one statement finds.
const NAMES_MAX: usize = 50;

/// How exactly is known when a visitor was seen last, in milliseconds: an hour, so that most visits write nothing.
const SEEN_MS: Millis = 60 * 60 * 1_000;

/// The columns that [`read`] needs: of a row of `records`, or `NULL`.
pub(crate) const COLUMNS: &str = "r.record, r.person, r.seen_at, r.revision";

/// The record of a row with [`COLUMNS`] from `at` on; `None` if there is none. What is known is lost if it can't be read,
/// which is noted, but not who the person is.
pub(crate) fn read(
    sql: Sql<'_>,
    site: SiteId,
    id: &VisitorId,
    row: &Row,
    at: usize,
) -> Result<Option<VisitorRecord>> {
    let revision: Option<Revision> = row.get(at + 3)?;
    let Some(revision) = revision else { return Ok(None) };
    let (person, seen_at): (Option<String>, Millis) = (row.get(at + 1)?, row.get(at + 2)?);
    let kept = row.text(at).and_then(|json| serde_json::from_str::<VisitorRecord>(json).ok());
    let kept = kept.unwrap_or_else(|| {
        sql.note_damage(format_args!("the record of visitor {id} in site {site}"));
        let mut empty = VisitorRecord::new(id.clone(), seen_at);
        if let Some(person) = &person {
            empty.tell_id(person, &Teller::Proof, seen_at);
        }
        empty
    });
    let last_seen = kept.last_seen.max(seen_at);
    Ok(Some(VisitorRecord { id: id.clone(), last_seen, revision, ..kept }))
}

/// What is known of a visitor; `None` if nothing is.
pub(crate) fn of(sql: Sql<'_>, site: SiteId, id: &VisitorId) -> Result<Option<VisitorRecord>> {
    let query = format!("SELECT {COLUMNS} FROM records r WHERE site = $1 AND visitor = $2");
    let found = sql.first(&query, params![site, id.as_str()], |row| read(sql, site, id, row, 0))?;
    Ok(found.flatten())
}

/// The record of a visitor of the site, as agents see it: of one that has joined a person's others, the person's. An empty
/// one if nothing is known; `None` if the site has no such visitor.
pub(crate) fn seen(sql: Sql<'_>, site: SiteId, id: &VisitorId) -> Result<Option<VisitorRecord>> {
    let Some(id) = visitors::resolved(sql, site, id)? else { return Ok(None) };
    let query = format!(
        "SELECT v.created_at, (SELECT count(*) FROM conversations c \
             WHERE c.site = v.site AND c.visitor = v.id), {COLUMNS} FROM visitors v \
         LEFT JOIN records r ON r.site = v.site AND r.visitor = v.id \
         WHERE v.site = $1 AND v.id = $2"
    );
    sql.first(&query, params![site, id.as_str()], |row| {
        let created_at: Millis = row.get(0)?;
        let kept = read(sql, site, &id, row, 2)?;
        let record = kept.unwrap_or_else(|| VisitorRecord::new(id.clone(), created_at));
        let first_seen = record.first_seen.min(created_at);
        Ok(VisitorRecord { first_seen, conversations: row.get(1)?, ..record })
    })
}

/// The visitor whom the site's back end has proved to be the person with this id.
pub(crate) fn person(sql: Sql<'_>, site: SiteId, id: &str) -> Result<Option<VisitorId>> {
    let query = "SELECT visitor FROM records WHERE site = $1 AND person = $2";
    let found: Option<String> = sql.first(query, params![site, id], |row| row.get(0))?;
    found.map(|id| id.parse().map_err(|_| damaged("a record's visitor"))).transpose()
}

/// What lists show of the visitors of these conversations, as far as something is known.
pub(crate) fn names(sql: Sql<'_>, site: SiteId, of: &[Conversation]) -> Result<Vec<VisitorName>> {
    let ids = of.iter().map(|conversation| conversation.visitor.as_str()).collect();
    names_of(sql, site, ids)
}

/// What lists show of these visitors, as far as something is known.
pub(crate) fn names_of(sql: Sql<'_>, site: SiteId, mut ids: Vec<&str>) -> Result<Vec<VisitorName>> {
    ids.sort_unstable();
    ids.dedup();
    // One text for any number of them, so that it is prepared once.
    let places: Vec<String> = (0..NAMES_MAX).map(|place| format!("${}", place + 2)).collect();
    let query = format!(
        "SELECT r.visitor, {COLUMNS} FROM records r WHERE site = $1 AND visitor IN ({})",
        places.join(", ")
    );
    let mut names = Vec::new();
    for some in ids.chunks(NAMES_MAX) {
        let mut all = vec![site.to_param()];
        all.extend(some.iter().copied().map(Param::Text));
        all.resize(NAMES_MAX + 1, Param::Text(""));
        let found = sql.all(&query, &all, |row| named(sql, site, row, 0))?;
        names.extend(found.into_iter().flatten().filter(shows));
    }
    Ok(names)
}

/// True if lists show anything of a visitor.
fn shows(name: &VisitorName) -> bool {
    let VisitorName { name, email, phone, call_back, proved, page, .. } = name;
    *proved
        || [name, email, phone].into_iter().any(Option::is_some)
        || call_back.is_some()
        || page.is_some()
}

/// What lists show of the visitor of a row that holds the id and [`COLUMNS`] from `at` on; `None` if the id is none.
fn named(sql: Sql<'_>, site: SiteId, row: &Row, at: usize) -> Result<Option<VisitorName>> {
    let id: String = row.get(at)?;
    let Ok(id) = id.parse() else {
        sql.note_damage(format_args!("the id of a record's visitor in site {site}"));
        return Ok(None);
    };
    Ok(read(sql, site, &id, row, at + 1)?.map(|record| record.as_name()))
}

/// Notes where the visitor of a record, which was read in this transaction, writes from, and in which language. Agents, who meet the conversation by
/// its events, are told first what lists show of the visitor.
pub(crate) fn here(
    commit: &mut Commit<'_>,
    site: SiteId,
    mut record: VisitorRecord,
    language: Option<&str>,
    surroundings: &Surroundings,
) -> Result<()> {
    record.device = surroundings.device.clone().or(record.device.take());
    let known = language.map(str::to_owned).or(record.language.take());
    record.language = known.or_else(|| surroundings.language.clone());
    sees(&mut record, commit.now);
    commit.collecting(site)?.strip(&mut record);
    let name = record.as_name();
    if shows(&name) {
        record.revision = commit.next_revision(site)?;
        let name = VisitorName { revision: record.revision, ..name };
        commit.publish(site, record.revision, Changed::Visitor(name))?;
    }
    save(commit.sql, site, &record)
}

/// Changes what is known of a visitor of a held site. If it is another record then, it takes a revision, and agents are
/// told. Returns the record.
pub(crate) fn change(
    commit: &mut Commit<'_>,
    site: SiteId,
    id: &VisitorId,
    work: impl FnOnce(&mut VisitorRecord) -> Result<()>,
) -> Result<VisitorRecord> {
    let before = of(commit.sql, site, id)?;
    let now = commit.now;
    change_from(commit, site, before.unwrap_or_else(|| VisitorRecord::new(id.clone(), now)), work)
}

/// The same, of a record that was read in this transaction.
pub(crate) fn change_from(
    commit: &mut Commit<'_>,
    site: SiteId,
    before: VisitorRecord,
    work: impl FnOnce(&mut VisitorRecord) -> Result<()>,
) -> Result<VisitorRecord> {
    let mut record = before.clone();
    work(&mut record)?;
    commit.collecting(site)?.strip(&mut record);
    // To the hour, and to the minute: what nobody sees changes nothing.
    let mut same = VisitorRecord { last_seen: record.last_seen, ..before.clone() };
    if let (Some(visit), Some(now)) = (&mut same.visit, &record.visit) {
        visit.seen_at = now.seen_at;
    }
    let is_news = record != same;
    if is_news {
        record.change_at(commit.next_revision(site)?, &before);
        commit.publish(site, record.revision, Changed::Visitor(record.as_name()))?;
    }
    if record != before {
        save(commit.sql, site, &record)?;
    }
    Ok(record)
}

/// Tells agents, at all nodes, that a visitor of a held site stands otherwise: blocked or not, erased.
pub(crate) fn stands_anew(commit: &mut Commit<'_>, site: SiteId, id: &VisitorId) -> Result<()> {
    let Some(id) = visitors::resolved(commit.sql, site, id)? else { return Ok(()) };
    let standing = commit.coming_revision(site)?;
    change(commit, site, &id, |record| {
        record.standing = standing;
        Ok(())
    })?;
    Ok(())
}

/// Takes what is known of a device's visitor over into the record of the person who it is, and tells agents of the person,
/// who has another device from now on.
pub(crate) fn absorb(
    commit: &mut Commit<'_>,
    site: SiteId,
    person: &VisitorId,
    device: Option<VisitorRecord>,
) -> Result<VisitorRecord> {
    let now = commit.now;
    let known = of(commit.sql, site, person)?;
    let mut record = known.unwrap_or_else(|| VisitorRecord::new(person.clone(), now));
    if let Some(device) = device {
        record.absorb(device);
    }
    commit.collecting(site)?.strip(&mut record);
    record.edited = None;
    record.revision = commit.next_revision(site)?;
    commit.publish(site, record.revision, Changed::Visitor(record.as_name()))?;
    save(commit.sql, site, &record)?;
    Ok(record)
}

fn save(sql: Sql<'_>, site: SiteId, record: &VisitorRecord) -> Result<()> {
    let person = record.external_id.as_ref().filter(|_| record.proved);
    let person = person.map(|told| told.value.as_str());
    sql.pipeline(
        "INSERT INTO records (site, visitor, person, record, seen_at, revision) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (site, visitor) DO UPDATE \
             SET person = $3, record = $4, seen_at = $5, revision = $6",
        params![
            site,
            record.id.as_str(),
            person,
            &serde_json::to_string(record)?,
            record.last_seen,
            record.revision,
        ],
    )
}

/// Notes in a record that its visitor is here now.
pub(crate) fn sees(record: &mut VisitorRecord, now: Millis) {
    if now - record.last_seen >= SEEN_MS {
        record.last_seen = now;
    }
}

/// True if it is an hour ago or more that a visitor of whom something is known was seen.
pub(crate) fn is_stale(sql: Sql<'_>, site: SiteId, id: &VisitorId, now: Millis) -> Result<bool> {
    let query = "SELECT seen_at FROM records WHERE site = $1 AND visitor = $2";
    let seen: Option<Millis> = sql.first(query, params![site, id.as_str()], |row| row.get(0))?;
    Ok(seen.is_some_and(|seen| now - seen >= SEEN_MS))
}

/// Notes that a visitor was seen.
pub(crate) fn touch(sql: Sql<'_>, site: SiteId, id: &VisitorId, now: Millis) -> Result<()> {
    sql.pipeline(
        "UPDATE records SET seen_at = CASE WHEN seen_at < $1 THEN $1 ELSE seen_at END \
             WHERE site = $2 AND visitor = $3",
        params![now, site, id.as_str()],
    )
}

/// Empties what is known of a visitor of a held site, who is being erased. Agents are told, at all nodes: so the row stays.
pub(crate) fn blank(commit: &mut Commit<'_>, site: SiteId, id: &VisitorId) -> Result<()> {
    let (now, standing) = (commit.now, commit.coming_revision(site)?);
    change(commit, site, id, |record| {
        let revision = record.revision;
        *record = VisitorRecord { revision, standing, ..VisitorRecord::new(id.clone(), now) };
        Ok(())
    })?;
    Ok(())
}

/// Takes what is collected no longer out of some records of a held site, `limit` at most: those of the visitors after one.
/// Returns the last of them; `None` if there are no more.
pub(crate) fn sweep(
    commit: &mut Commit<'_>,
    site: SiteId,
    after: &str,
    limit: usize,
) -> Result<Option<String>> {
    let query = format!(
        "SELECT r.visitor, {COLUMNS} FROM records r WHERE site = $1 AND visitor > $2 \
         ORDER BY visitor LIMIT $3"
    );
    let sql = commit.sql;
    let found = sql.all(&query, params![site, after, limit], |row| {
        let id: String = row.get(0)?;
        let record = match id.parse() {
            Ok(parsed) => read(sql, site, &parsed, row, 1)?,
            Err(_) => None,
        };
        Ok((id, record))
    })?;
    let last = found.last().filter(|_| found.len() == limit).map(|(id, _)| id.clone());
    for record in found.into_iter().filter_map(|(_, record)| record) {
        // It is stripped whatever becomes of it.
        change_from(commit, site, record, |_| Ok(()))?;
    }
    Ok(last)
}

/// Forgets the visit of a visitor of a held site, of whom no conversation is kept any more.
pub(crate) fn forget_visit(commit: &mut Commit<'_>, site: SiteId, id: &VisitorId) -> Result<()> {
    match of(commit.sql, site, id)? {
        Some(record) if record.visit.is_some() => {
            change_from(commit, site, record, |record| {
                record.visit = None;
                Ok(())
            })?;
        }
        _ => {}
    }
    Ok(())
}

/// Removes what is known of a visitor.
pub(crate) fn remove(sql: Sql<'_>, site: SiteId, id: &VisitorId) -> Result<()> {
    sql.execute(
        "DELETE FROM records WHERE site = $1 AND visitor = $2",
        params![site, id.as_str()],
    )?;
    Ok(())
}

/// The commit that changed a record of the site last; 0 if there was none.
pub(crate) fn newest(sql: Sql<'_>, site: SiteId) -> Result<Revision> {
    let query = "SELECT max(revision) FROM records /* INDEXED BY records_by_revision */ \
         WHERE site = $1";
    let newest: Option<Revision> = sql.value(query, params![site])?;
    Ok(newest.unwrap_or_default())
}

/// The records that changed after a revision, in the order of their revisions.
pub(crate) fn changed(sql: Sql<'_>, site: SiteId, after: Revision, limit: usize) -> Result<Part> {
    let query = format!(
        "SELECT r.visitor, {COLUMNS} FROM records r /* INDEXED BY records_by_revision */ \
         WHERE site = $1 AND revision > $2 ORDER BY revision LIMIT $3"
    );
    sql.all(&query, params![site, after, limit], |row| {
        let name = named(sql, site, row, 0)?;
        Ok((row.get(4)?, name.into_iter().map(Changed::Visitor).collect()))
    })
}

/// The visitors that have joined a person's others after a revision, in the order of their revisions.
pub(crate) fn joined(sql: Sql<'_>, site: SiteId, after: Revision, limit: usize) -> Result<Part> {
    let query = format!(
        "SELECT v.id, v.joined_revision, v.joined, {COLUMNS} \
         FROM visitors v /* INDEXED BY visitors_joined_since */ \
         LEFT JOIN records r ON r.site = v.site AND r.visitor = v.joined \
         WHERE v.site = $1 AND v.joined_revision > $2 ORDER BY v.joined_revision LIMIT $3"
    );
    sql.all(&query, params![site, after, limit], |row| {
        let (device, person): (String, String) = (row.get(0)?, row.get(2)?);
        let changed = match (device.parse(), person.parse()) {
            (Ok(device), Ok(person)) => {
                let record = read(sql, site, &person, row, 3)?;
                let record = record.unwrap_or_else(|| VisitorRecord::new(person, 0));
                vec![Changed::Joined(joining(device, &record))]
            }
            _ => Vec::new(),
        };
        Ok((row.get(1)?, changed))
    })
}

/// What lists show of a visitor that has joined a person's others.
pub(crate) fn joining(device: VisitorId, person: &VisitorRecord) -> VisitorName {
    VisitorName { joined: Some(person.id.clone()), id: device, ..person.as_name() }
}
