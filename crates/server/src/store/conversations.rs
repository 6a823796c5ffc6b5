//! Conversations: the fold of each log, with columns for what queries look for.

use porchlight_protocol::conversation::{Kind, Status};
use porchlight_protocol::{
    Conversation, ConversationId, Member, MemberId, Millis, Revision, VisitorId,
};
use rusqlite::{Connection, Row, params};

use crate::error::Result;
use crate::random::{self, Hash};

use super::{SiteId, bots, damage, damaged, events, int, number};

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

/// The columns that [`read`] reads: the first three of a query for conversations.
pub(super) const COLUMNS: &str = "id, state, hash";

/// The conversation of a row that begins with [`COLUMNS`]. If its state is not as it was written, it is
/// folded again from the log, which has hashes of its own. An error is about this row alone, unless
/// SQLite itself has failed: whoever reads many passes over it.
pub(super) fn read(sql: &Connection, site: SiteId, row: &Row<'_>) -> Result<Conversation> {
    let id: String = row.get(0)?;
    let id: ConversationId = id.parse().map_err(|_| {
        damage::note(sql, format_args!("a conversation's id in site {site}"));
        damaged("a conversation's id")
    })?;
    if let Some(conversation) = as_written(&id, row) {
        return Ok(conversation);
    }
    damage::note(sql, format_args!("the state of conversation {id}"));
    rebuilt(sql, site, &id)
}

/// The state of a row that begins with [`COLUMNS`], if it is as it was written.
pub(super) fn as_written(id: &ConversationId, row: &Row<'_>) -> Option<Conversation> {
    let state = row.get_ref(1).ok()?.as_str().ok()?;
    // What an older version wrote, and nobody since, may have none.
    let hash: Option<Hash> = row.get(2).ok()?;
    if hash.is_some_and(|hash| hash != state_hash(id, state)) {
        return None;
    }
    let conversation: Conversation = serde_json::from_str(state).ok()?;
    let known = conversation.kind != Kind::Other && conversation.status != Status::Other;
    (known && conversation.id == *id).then_some(conversation)
}

/// The conversation of each row, but for those that can't be read.
pub(super) fn readable(read: Result<Conversation>) -> Result<Option<Conversation>> {
    match read {
        Ok(conversation) => Ok(Some(conversation)),
        Err(error) if error.is_of_the_store() => Err(error),
        Err(_) => Ok(None),
    }
}

/// The hash of a state as it is kept with it.
pub(super) fn state_hash(id: &ConversationId, state: &str) -> Hash {
    random::hash_parts(&[id.as_str().as_bytes(), state.as_bytes()])
}

/// A conversation as its log tells it. How far each side has read is not in the log: what they answered
/// to, they have read.
fn rebuilt(sql: &Connection, site: SiteId, id: &ConversationId) -> Result<Conversation> {
    let (visitor, bot): (String, Option<String>) = sql
        .prepare_cached("SELECT visitor, bot FROM conversations WHERE site = ?1 AND id = ?2")?
        .query_row(params![site, id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let visitor = visitor.parse().map_err(|_| damaged("a conversation's visitor"))?;
    let head = events::last(sql, site, id)?;
    let events = events::range(sql, site, id, 1, head)?;
    let first = events.iter().find(|event| event.is_understood());
    let first = first.ok_or_else(|| damaged("a conversation and all of its log"))?;
    let kind = match bot {
        None => Kind::Live,
        Some(bot) => {
            let bot: MemberId = bot.parse().map_err(|_| damaged("a conversation's bot"))?;
            let named = bots::name(sql, site, &bot)?;
            let spoke = || events.iter().filter_map(|event| event.author.member());
            let name = named.or_else(|| Some(spoke().find(|of| of.id == bot)?.name.clone()));
            Kind::Bot(Member { id: bot, name: name.unwrap_or_else(|| "Bot".to_owned()) })
        }
    };
    let mut conversation = Conversation::new(id.clone(), kind, visitor, first.at);
    for event in &events {
        conversation.apply(event);
    }
    Ok(conversation)
}

/// A conversation as it is now.
pub fn load(sql: &Connection, site: SiteId, id: &ConversationId) -> Result<Option<Conversation>> {
    let mut statement = sql.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM conversations WHERE site = ?1 AND id = ?2"
    ))?;
    let mut rows = statement.query(params![site, id.as_str()])?;
    rows.next()?.map(|row| read(sql, site, row)).transpose()
}

/// Puts a new conversation's row in place. `active_at` is in steady time.
pub fn insert(
    sql: &Connection,
    site: SiteId,
    conversation: &Conversation,
    active_at: Millis,
) -> Result<()> {
    let bot = match &conversation.kind {
        Kind::Bot(bot) => Some(bot.id.as_str()),
        Kind::Live | Kind::Other => None,
    };
    let state = serde_json::to_string(conversation)?;
    sql.prepare_cached(
        "INSERT INTO conversations \
         (site, id, visitor, bot, closed, revision, active, active_at, state, hash) \
         VALUES (?1, ?2, ?3, ?4, 0, 0, 0, ?5, ?6, ?7)",
    )?
    .execute(params![
        site,
        conversation.id.as_str(),
        conversation.visitor.as_str(),
        bot,
        active_at,
        state,
        state_hash(&conversation.id, &state),
    ])?;
    Ok(())
}

/// What a row holds beside its state, for queries: closed, assignee, revision, active, put_away, visitor,
/// bot.
pub(super) fn columns(
    of: &Conversation,
) -> (bool, Option<String>, i64, i64, bool, String, Option<String>) {
    let bot = match &of.kind {
        Kind::Bot(bot) => Some(bot.id.as_str().to_owned()),
        Kind::Live | Kind::Other => None,
    };
    (
        of.is_closed(),
        of.assignee.as_ref().map(|owner| owner.id.as_str().to_owned()),
        int(of.revision),
        int(of.active_revision),
        of.is_put_away(),
        of.visitor.as_str().to_owned(),
        bot,
    )
}

/// Writes the fold back, in the transaction that appended to its log. `active_at` is the steady time
/// if it was active just now.
pub fn save(
    sql: &Connection,
    site: SiteId,
    conversation: &Conversation,
    active_at: Option<Millis>,
) -> Result<()> {
    let state = serde_json::to_string(conversation)?;
    sql.prepare_cached(
        "UPDATE conversations SET closed = ?3, assignee = ?4, revision = ?5, active = ?6, \
         active_at = coalesce(?7, active_at), put_away = ?8, state = ?9, hash = ?10 \
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
        state,
        state_hash(&conversation.id, &state),
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
        "SELECT {COLUMNS} FROM conversations WHERE site = ?1 AND active < ?2 AND {} \
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
        let conversation = readable(read(sql, site, row))?;
        found.extend(conversation.filter(&mut wanted));
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
