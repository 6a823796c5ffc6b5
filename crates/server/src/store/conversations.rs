//! Conversations: the fold of each log, with columns for what queries look for.

use porchlight_protocol::conversation::Kind;
use porchlight_protocol::{Conversation, ConversationId, MemberId, Millis, Revision, VisitorId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Result;

use super::{SiteId, int, number};

/// Which of a site's conversations are wanted.
#[derive(Debug, Clone)]
pub enum Filter {
    /// Open ones.
    Open,
    /// Open ones that nobody owns.
    Unassigned,
    /// Open ones of this agent.
    Mine(MemberId),
    /// Closed ones.
    Closed,
    /// All.
    All,
    /// All of this visitor.
    Visitor(VisitorId),
    /// All with this bot.
    Bot(MemberId),
}

impl Filter {
    fn condition(&self) -> &'static str {
        match self {
            Filter::Open => "closed = 0 AND ?3 IS NULL",
            Filter::Unassigned => "closed = 0 AND assignee IS NULL AND ?3 IS NULL",
            Filter::Mine(_) => "closed = 0 AND assignee = ?3",
            Filter::Closed => "closed = 1 AND ?3 IS NULL",
            Filter::All => "?3 IS NULL",
            Filter::Visitor(_) => "visitor = ?3",
            Filter::Bot(_) => "bot = ?3",
        }
    }

    fn whose(&self) -> Option<&str> {
        match self {
            Filter::Mine(member) | Filter::Bot(member) => Some(member.as_str()),
            Filter::Visitor(visitor) => Some(visitor.as_str()),
            Filter::Open | Filter::Unassigned | Filter::Closed | Filter::All => None,
        }
    }
}

/// A conversation as it is now.
pub fn load(sql: &Connection, site: SiteId, id: &ConversationId) -> Result<Option<Conversation>> {
    let state: Option<String> = sql
        .prepare_cached("SELECT state FROM conversations WHERE site = ?1 AND id = ?2")?
        .query_row(params![site, id.as_str()], |row| row.get(0))
        .optional()?;
    Ok(state.map(|state| serde_json::from_str(&state)).transpose()?)
}

/// Puts a new conversation's row in place. `active_at` is in steady time.
pub fn insert(
    sql: &Connection,
    site: SiteId,
    conversation: &Conversation,
    active_at: Millis,
) -> Result<()> {
    let bot = match &conversation.kind {
        Kind::Live | Kind::Other => None,
        Kind::Bot(bot) => Some(bot.id.as_str()),
    };
    sql.prepare_cached(
        "INSERT INTO conversations \
         (site, id, visitor, bot, closed, revision, active, active_at, state) \
         VALUES (?1, ?2, ?3, ?4, 0, 0, 0, ?5, ?6)",
    )?
    .execute(params![
        site,
        conversation.id.as_str(),
        conversation.visitor.as_str(),
        bot,
        active_at,
        serde_json::to_string(conversation)?,
    ])?;
    Ok(())
}

/// Writes the fold back, in the transaction that appended to its log. `active_at` is the steady time
/// if it was active just now.
pub fn save(
    sql: &Connection,
    site: SiteId,
    conversation: &Conversation,
    active_at: Option<Millis>,
) -> Result<()> {
    sql.prepare_cached(
        "UPDATE conversations SET closed = ?3, assignee = ?4, revision = ?5, active = ?6, \
         active_at = coalesce(?7, active_at), put_away = ?8, state = ?9 \
         WHERE site = ?1 AND id = ?2",
    )?
    .execute(params![
        site,
        conversation.id.as_str(),
        conversation.is_closed(),
        conversation.assignee.as_ref().map(|owner| owner.id.as_str()),
        int(conversation.revision),
        int(conversation.active_revision),
        active_at,
        conversation.is_put_away(),
        serde_json::to_string(conversation)?,
    ])?;
    Ok(())
}

/// Those of the filter that `wanted` takes, with their last activity before this commit: the newest
/// first, `limit` at most.
pub fn list(
    sql: &Connection,
    site: SiteId,
    filter: &Filter,
    before: Option<Revision>,
    limit: usize,
    mut wanted: impl FnMut(&Conversation) -> bool,
) -> Result<Vec<Conversation>> {
    let mut statement = sql.prepare_cached(&format!(
        "SELECT state FROM conversations WHERE site = ?1 AND active < ?2 AND {} \
         ORDER BY active DESC",
        filter.condition()
    ))?;
    // What is not wanted is passed over, so the rows have no limit here.
    let before = int(before.unwrap_or(Revision::MAX));
    let mut rows = statement.query(params![site, before, filter.whose()])?;
    let mut found = Vec::new();
    while found.len() < limit
        && let Some(row) = rows.next()?
    {
        let state = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        let conversation: Conversation = serde_json::from_str(state)?;
        if wanted(&conversation) {
            found.push(conversation);
        }
    }
    Ok(found)
}

/// The newest commit in a visitor's conversations, 0 for none.
pub fn newest_of_visitor(sql: &Connection, site: SiteId, visitor: &VisitorId) -> Result<Revision> {
    let newest: Option<i64> = sql
        .prepare_cached(
            "SELECT max(revision) FROM conversations INDEXED BY conversations_of_visitor \
             WHERE site = ?1 AND visitor = ?2",
        )?
        .query_row(params![site, visitor.as_str()], |row| row.get(0))?;
    Ok(number(newest.unwrap_or_default()))
}

/// The newest commit in a site's conversations, 0 for none.
pub fn newest_of_site(sql: &Connection, site: SiteId) -> Result<Revision> {
    let newest: Option<i64> = sql
        .prepare_cached("SELECT max(revision) FROM conversations WHERE site = ?1")?
        .query_row([site], |row| row.get(0))?;
    Ok(number(newest.unwrap_or_default()))
}

/// How many conversations a visitor has open.
pub fn count_open(sql: &Connection, site: SiteId, visitor: &VisitorId) -> Result<usize> {
    let open: i64 = sql
        .prepare_cached(
            "SELECT count(*) FROM conversations INDEXED BY conversations_of_visitor \
             WHERE site = ?1 AND visitor = ?2 AND closed = 0",
        )?
        .query_row(params![site, visitor.as_str()], |row| row.get(0))?;
    Ok(usize::try_from(open).unwrap_or(usize::MAX))
}
