//! Conversations: the state of each, which is the fold of its log, with columns for queries.
//!
//! The queries name their index, so that none can become a scan.

use std::cmp::Reverse;

use porchlight_protocol::closing::visitor_view;
use porchlight_protocol::conversation::{Kind, Status};
use porchlight_protocol::limits::{JOINED_CONVERSATIONS_MAX, PAGE_CONVERSATIONS_MAX};
use porchlight_protocol::{
    Conversation, ConversationId, ErrorCode, Filter, Member, MemberId, Millis, Policy, Revision,
    VisitorId,
};

use crate::answers::{LATEST, Waited};
use crate::error::Result;
use crate::random::{self, Hash};
use crate::sql::{Param, Row, Sql, ToParam, params};
use crate::store::{SiteId, damaged};

use super::{bots, events, mails};

/// Conversations that are removed in one transaction.
pub(crate) const REMOVED_MAX: usize = 500;

/// A listing of a site's conversations.
#[derive(Debug, Clone)]
pub enum Listed {
    /// A folder of this agent's inbox.
    Folder(Filter, MemberId),
    /// The conversations in which the visitor waits for a person, longest waiting first.
    Waiting,
    /// The same, left messages first, and then by their newest activity.
    LeftFirst,
    /// All conversations with this bot.
    Bot(MemberId),
    /// All conversations of this visitor, in the order of their newest events.
    Visitor(VisitorId),
}

impl Listed {
    /// The index in the order of the listing.
    fn place(&self) -> &'static str {
        match self {
            Listed::Folder(Filter::Open, _) => OPEN,
            Listed::Folder(Filter::Unassigned, _) => WAITING,
            Listed::Folder(Filter::Mine, _) => MINE,
            Listed::Folder(Filter::Closed, _) => CLOSED,
            Listed::Folder(Filter::All, _) => ALL,
            Listed::Waiting => LONGEST,
            Listed::LeftFirst => LEFT_FIRST,
            Listed::Bot(_) => BOTS,
            Listed::Visitor(_) => VISITORS,
        }
    }

    fn member(&self) -> &str {
        match self {
            Listed::Folder(_, member) | Listed::Bot(member) => member.as_str(),
            Listed::Visitor(visitor) => visitor.as_str(),
            Listed::Waiting | Listed::LeftFirst => "",
        }
    }

    /// The query for a page: of site `$1`, for member `$2`, what comes in their order after `$3`, `$4` at
    /// most.
    fn query(&self) -> String {
        let place = self.place();
        let order = match self {
            Listed::Waiting => "waits_from > $3 ORDER BY waits_from",
            Listed::LeftFirst => "left_first < $3 ORDER BY left_first DESC",
            Listed::Folder(..) | Listed::Bot(_) => "active < $3 ORDER BY active DESC",
            Listed::Visitor(_) => "revision < $3 ORDER BY revision DESC",
        };
        format!("SELECT {COLUMNS}, {} {place} AND {order} LIMIT $4", self.key())
    }

    /// The column of their order.
    fn key(&self) -> &'static str {
        match self {
            Listed::Waiting => "waits_from",
            Listed::LeftFirst => "left_first",
            Listed::Folder(..) | Listed::Bot(_) => "active",
            Listed::Visitor(_) => "revision",
        }
    }

    /// Where their first page begins.
    fn begin(&self) -> Revision {
        match self {
            Listed::Waiting => 0,
            Listed::LeftFirst | Listed::Folder(..) | Listed::Bot(_) | Listed::Visitor(_) => {
                Revision::MAX
            }
        }
    }
}

const OPEN: &str = "FROM conversations /* INDEXED BY conversations_of_status */ \
     WHERE site = $1 AND closed = 0 AND CAST($2 AS TEXT) IS NOT NULL";
const WAITING: &str = "FROM conversations /* INDEXED BY conversations_waiting */ \
     WHERE site = $1 AND waiting = 1 AND CAST($2 AS TEXT) IS NOT NULL";
const LONGEST: &str = "FROM conversations /* INDEXED BY conversations_waiting_longest */ \
     WHERE site = $1 AND waiting = 1 AND CAST($2 AS TEXT) IS NOT NULL";
const LEFT_FIRST: &str = "FROM conversations /* INDEXED BY conversations_left_first */ \
     WHERE site = $1 AND waiting = 1 AND CAST($2 AS TEXT) IS NOT NULL";
const MINE: &str = "FROM conversations /* INDEXED BY conversations_of_owner */ \
     WHERE site = $1 AND closed = 0 AND assignee = $2";
const CLOSED: &str = "FROM conversations /* INDEXED BY conversations_of_status */ \
     WHERE site = $1 AND closed = 1 AND CAST($2 AS TEXT) IS NOT NULL";
const ALL: &str = "FROM conversations /* INDEXED BY conversations_latest */ \
     WHERE site = $1 AND CAST($2 AS TEXT) IS NOT NULL";
const VISITORS: &str = "FROM conversations /* INDEXED BY conversations_of_visitor */ \
     WHERE site = $1 AND visitor = $2";
const BOTS: &str = "FROM conversations /* INDEXED BY conversations_of_bot */ \
     WHERE site = $1 AND bot = $2";

/// The open conversations of visitor `$2` of site `$1`, the latest `$3`.
const OPEN_ON_HOME: &str = "SELECT id, state, hash, active \
     FROM conversations /* INDEXED BY conversations_on_home */ \
     WHERE site = $1 AND visitor = $2 AND closed = 0 AND put_away = 0 \
     ORDER BY active DESC LIMIT $3";
/// The closed ones that the visitor has not removed from Home, the latest `$3`.
const CLOSED_ON_HOME: &str = "SELECT id, state, hash, active \
     FROM conversations /* INDEXED BY conversations_on_home */ \
     WHERE site = $1 AND visitor = $2 AND closed = 1 AND put_away = 0 \
     ORDER BY active DESC LIMIT $3";
/// Of these, the ones that were closed after revision `$4`.
const CLOSED_SINCE: &str = "SELECT id, state, hash, active \
     FROM conversations /* INDEXED BY conversations_closed_since */ \
     WHERE site = $1 AND visitor = $2 AND closed = 1 AND put_away = 0 AND closed_revision > $3 \
     ORDER BY closed_revision DESC LIMIT $4";
/// The same, of what was closed or read to its end after commit `$4`, or is unread still.
const UNREAD_SINCE: &str = "SELECT id, state, hash, active \
     FROM conversations /* INDEXED BY conversations_read_since */ \
     WHERE site = $1 AND visitor = $2 AND closed = 1 AND put_away = 0 AND read_revision > $3 \
     ORDER BY read_revision DESC, active DESC LIMIT $4";
/// Their number.
pub(crate) const COUNT_OPEN_ON_HOME: &str = "SELECT count(*) \
     FROM conversations /* INDEXED BY conversations_on_home */ \
     WHERE site = $1 AND visitor = $2 AND closed = 0 AND put_away = 0";
const NEWEST_OF_VISITOR: &str = "SELECT max(revision) \
     FROM conversations /* INDEXED BY conversations_of_visitor */ WHERE site = $1 AND visitor = $2";
const NEWEST_OF_SITE: &str = "SELECT max(revision) \
     FROM conversations /* INDEXED BY conversations_newest */ WHERE site = $1";

/// A page of conversations, in their order.
#[derive(Debug, Default)]
pub struct Found {
    /// The conversations.
    pub conversations: Vec<Conversation>,
    /// Where the page after this one begins; `None` if this is the last one.
    pub next: Option<Revision>,
}

/// The waiting times of site `$1`, of the latest `$2` conversations.
const WAITED: &str = "SELECT answered_after_ms, waiting, active_at \
     FROM conversations /* INDEXED BY conversations_latest */ \
     WHERE site = $1 ORDER BY active DESC LIMIT $2";

/// How long visitors waited for an agent, in conversations that were active since this steady time.
pub(crate) fn waited(sql: Sql<'_>, site: SiteId, since: Millis) -> Result<Vec<Waited>> {
    let waited = sql.all(WAITED, params![site, LATEST], |row| {
        let (answered, waiting): (Option<Millis>, bool) = (row.get(0)?, row.get(1)?);
        let active_at: Millis = row.get(2)?;
        let waited = match answered {
            Some(ms) => Some(Waited::For(ms)),
            None => waiting.then_some(Waited::Since(active_at)),
        };
        Ok(waited.filter(|_| active_at >= since))
    })?;
    Ok(waited.into_iter().flatten().collect())
}

/// The columns that [`read`] needs: the first three of a query for conversations.
pub(crate) const COLUMNS: &str = "id, state, hash";

/// The conversation of a row that begins with [`COLUMNS`]. If the state does not match its hash, it is rebuilt from
/// the log, which has hashes of its own. An error is about this row alone, unless SQLite itself has failed; queries
/// for several rows skip it.
pub(crate) fn read(sql: Sql<'_>, site: SiteId, row: &Row) -> Result<Conversation> {
    let id: String = row.get(0)?;
    let id: ConversationId = id.parse().map_err(|_| {
        sql.note_damage(format_args!("a conversation's id in site {site}"));
        damaged("a conversation's id")
    })?;
    if let Some(conversation) = as_written(&id, row) {
        return Ok(conversation);
    }
    sql.note_damage(format_args!("the state of conversation {id}"));
    rebuilt(sql, site, &id)
}

/// The conversation of a row that begins with [`COLUMNS`], which are `NULL` if there is none.
pub(crate) fn read_joined(sql: Sql<'_>, site: SiteId, row: &Row) -> Result<Option<Conversation>> {
    row.text(0).map(|_| read(sql, site, row)).transpose()
}

/// The state of a row that begins with [`COLUMNS`], if it matches its hash.
pub(crate) fn as_written(id: &ConversationId, row: &Row) -> Option<Conversation> {
    let state = row.text(1)?;
    // What an older version wrote, and nobody since, may have none.
    let hash: Option<Hash> = row.get(2).ok()?;
    if hash.is_some_and(|hash| hash != state_hash(id, state)) {
        return None;
    }
    let conversation: Conversation = serde_json::from_str(state).ok()?;
    let known = conversation.kind != Kind::Other && conversation.status != Status::Other;
    (known && conversation.id == *id).then_some(conversation)
}

/// The conversations of the rows, without those that can't be read.
pub(crate) fn readable(read: Result<Conversation>) -> Result<Option<Conversation>> {
    match read {
        Ok(conversation) => Ok(Some(conversation)),
        Err(error) if error.is_of_the_store() => Err(error),
        Err(_) => Ok(None),
    }
}

/// The hash that is stored with a state.
pub(crate) fn state_hash(id: &ConversationId, state: &str) -> Hash {
    random::hash_parts(&[id.as_str().as_bytes(), state.as_bytes()])
}

/// A conversation folded from its log. The log holds no read marks, so a side counts as having read what it has
/// answered.
fn rebuilt(sql: Sql<'_>, site: SiteId, id: &ConversationId) -> Result<Conversation> {
    let (visitor, bot): (String, Option<String>) = sql
        .first(
            "SELECT visitor, bot FROM conversations WHERE site = $1 AND id = $2",
            params![site, id.as_str()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?
        .ok_or_else(|| damaged("a conversation is missing"))?;
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

/// The current state of a conversation.
pub(crate) fn load(
    sql: Sql<'_>,
    site: SiteId,
    id: &ConversationId,
) -> Result<Option<Conversation>> {
    let query = format!("SELECT {COLUMNS} FROM conversations WHERE site = $1 AND id = $2");
    sql.first(&query, params![site, id.as_str()], |row| read(sql, site, row))
}

/// The columns beside the state for queries: closed, assignee, revision, active, put_away, visitor, bot.
pub(crate) fn columns(
    of: &Conversation,
) -> (bool, Option<String>, Revision, Revision, bool, String, Option<String>) {
    let bot = match &of.kind {
        Kind::Bot(bot) => Some(bot.id.as_str().to_owned()),
        Kind::Live | Kind::Other => None,
    };
    (
        of.is_closed(),
        of.assignee.as_ref().map(|owner| owner.id.as_str().to_owned()),
        of.revision,
        of.active_revision,
        of.is_put_away(),
        of.visitor.as_str().to_owned(),
        bot,
    )
}

/// The further columns for lists: waiting, unread, closed_revision, read_revision, waits_from, left_first.
pub(crate) fn list_columns(
    of: &Conversation,
) -> (bool, bool, Revision, Revision, Revision, Revision) {
    let (closed_revision, read_revision) = match &of.status {
        Status::Closed { revision, .. } => {
            (*revision, of.closed_and_read().unwrap_or(i64::MAX.unsigned_abs()))
        }
        Status::Open | Status::Other => (0, 0),
    };
    let (waits_from, left_first) =
        if of.is_waiting() { (of.waits_from(), of.left_first()) } else { (0, 0) };
    (of.is_waiting(), of.is_unread(), closed_revision, read_revision, waits_from, left_first)
}

/// Why a state is saved.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Save {
    /// It is a new conversation, which began at this steady time.
    New(Millis),
    /// Its log has grown, or the row must be put right.
    Fold,
    /// Its log has grown, and the conversation was active at this steady time.
    Active {
        /// The time.
        at: Millis,
        /// How long the visitor had waited, if it is an agent's answer.
        answered_after_ms: Option<Millis>,
    },
    /// A read mark has moved, by this revision.
    Mark(Revision),
}

/// Saves the state, in the transaction that appended to the log or moved a read mark.
pub(crate) fn save(
    sql: Sql<'_>,
    site: SiteId,
    conversation: &Conversation,
    why: Save,
) -> Result<()> {
    let (active_at, answered_after_ms, marks_revision) = match why {
        Save::Fold => (None, None, None),
        Save::New(at) => (Some(at), None, None),
        Save::Active { at, answered_after_ms } => (Some(at), answered_after_ms, None),
        Save::Mark(revision) => (None, None, Some(revision)),
    };
    let state = serde_json::to_string(conversation)?;
    let hash = state_hash(&conversation.id, &state);
    let (closed, put_away) = (conversation.is_closed(), conversation.is_put_away());
    let (waiting, unread, closed_revision, read_revision, waits_from, left_first) =
        list_columns(conversation);
    let (id, visitor) = (conversation.id.as_str(), conversation.visitor.as_str());
    let owner = conversation.assignee.as_ref().map(|owner| owner.id.as_str());
    let bot = match &conversation.kind {
        Kind::Bot(bot) => Some(bot.id.as_str()),
        Kind::Live | Kind::Other => None,
    };
    let fold = params![
        closed,
        owner,
        conversation.revision,
        conversation.active_revision,
        active_at,
        put_away,
        state,
        hash,
        waiting,
        unread,
        closed_revision,
        read_revision,
        waits_from,
        left_first,
    ];
    let (query, rest) = match why {
        Save::New(_) => (
            "INSERT INTO conversations (closed, assignee, revision, active, active_at, put_away, \
             state, hash, waiting, unread, closed_revision, read_revision, waits_from, left_first, \
             visitor, bot, site, id) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
             $18)",
            [visitor.to_param(), bot.to_param()].to_vec(),
        ),
        Save::Fold | Save::Active { .. } | Save::Mark(_) => (
            "UPDATE conversations SET closed = $1, assignee = $2, revision = $3, active = $4, \
             active_at = coalesce($5, active_at), put_away = $6, state = $7, hash = $8, \
             waiting = $9, unread = $10, closed_revision = $11, read_revision = $12, \
             waits_from = $13, left_first = $14, \
             marks_revision = coalesce($15, marks_revision), \
             answered_after_ms = coalesce(answered_after_ms, $16) WHERE site = $17 AND id = $18",
            vec![marks_revision.to_param(), answered_after_ms.to_param()],
        ),
    };
    sql.pipeline(query, &[fold, rest.as_slice(), params![site, id]].concat())
}

/// Gives the conversations of a visitor to another one, who is the same person, with what the visitor has started and its
/// acts. Refused if there are too many of them for one transaction, or if one can't be read.
pub(crate) fn hand_over(
    sql: Sql<'_>,
    site: SiteId,
    from: &VisitorId,
    to: &VisitorId,
) -> Result<()> {
    let query = format!(
        "SELECT {COLUMNS} FROM conversations /* INDEXED BY conversations_of_visitor */ \
         WHERE site = $1 AND visitor = $2 LIMIT $3"
    );
    let limit = JOINED_CONVERSATIONS_MAX.saturating_add(1);
    let all = sql.all(&query, params![site, from.as_str(), limit], |row| read(sql, site, row))?;
    if all.len() > JOINED_CONVERSATIONS_MAX {
        return Err(ErrorCode::JoinTooLarge.into());
    }
    for conversation in all {
        let moved = Conversation { visitor: to.clone(), ..conversation };
        let state = serde_json::to_string(&moved)?;
        let hash = state_hash(&moved.id, &state);
        sql.pipeline(
            "UPDATE conversations SET visitor = $1, state = $2, hash = $3 WHERE site = $4 AND id = $5",
            params![to.as_str(), &state, hash, site, moved.id.as_str()],
        )?;
    }
    // By chance, no two devices choose the same client id. Who chooses it on purpose has no use for retries.
    sql.pipeline(
        "DELETE FROM starts WHERE site = $1 AND visitor = $2 AND client_id IN \
             (SELECT client_id FROM starts WHERE site = $1 AND visitor = $3)",
        params![site, from.as_str(), to.as_str()],
    )?;
    sql.pipeline(
        "UPDATE starts SET visitor = $1 WHERE site = $2 AND visitor = $3",
        params![to.as_str(), site, from.as_str()],
    )
}

/// True if a visitor has a conversation.
pub(crate) fn has_any(sql: Sql<'_>, site: SiteId, visitor: &VisitorId) -> Result<bool> {
    let query = "SELECT 1 FROM conversations /* INDEXED BY conversations_of_visitor */ \
         WHERE site = $1 AND visitor = $2 LIMIT 1";
    let found: Option<i64> = sql.first(query, params![site, visitor.as_str()], |row| row.get(0))?;
    Ok(found.is_some())
}

/// Removes conversations with all that belongs to them.
pub(crate) fn remove(sql: Sql<'_>, site: SiteId, ids: &[String]) -> Result<()> {
    for id in ids {
        for table in ["acts", "starts", "events", "runs", "askings"] {
            let query = format!("DELETE FROM {table} WHERE site = $1 AND conversation = $2");
            sql.execute(&query, params![site, id])?;
        }
        mails::forget_about(sql, site, id)?;
        let query = "DELETE FROM conversations WHERE site = $1 AND id = $2";
        sql.execute(query, params![site, id])?;
    }
    Ok(())
}

/// A page of a listing: the conversations after `from`, which is the `next` of the page before, `limit` at most.
pub(crate) fn list(
    sql: Sql<'_>,
    site: SiteId,
    listed: &Listed,
    from: Option<Revision>,
    limit: usize,
) -> Result<Found> {
    let from = from.unwrap_or(listed.begin());
    // One more, to know whether there is a next page.
    let (query, wanted) = (listed.query(), limit.saturating_add(1));
    let mut rows = rows_of(sql, site, &query, params![site, listed.member(), from, wanted])?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|(key, _)| *key);
    Ok(Found { conversations: rows.into_iter().filter_map(|(_, found)| found).collect(), next })
}

/// The conversations on the Home of a visitor whose client booted at `booted`, newest activity first, as many as a
/// welcome has room for.
pub(crate) fn home(
    sql: Sql<'_>,
    site: SiteId,
    visitor: &VisitorId,
    policy: &Policy,
    booted: Revision,
) -> Result<Vec<Conversation>> {
    let (visitor, limit) = (visitor.as_str(), PAGE_CONVERSATIONS_MAX);
    let mut found = rows_of(sql, site, OPEN_ON_HOME, params![site, visitor, limit])?;
    // Where closed ones are hidden, only what was closed after the boot can be listed, or read after it.
    let closed = match (policy.hides(booted), policy.keeps_unread(booted)) {
        (true, true) => rows_of(sql, site, UNREAD_SINCE, params![site, visitor, booted, limit])?,
        (true, false) => rows_of(sql, site, CLOSED_SINCE, params![site, visitor, booted, limit])?,
        (false, _) => rows_of(sql, site, CLOSED_ON_HOME, params![site, visitor, limit])?,
    };
    found.extend(closed);
    found.sort_by_key(|(active, _)| Reverse(*active));
    let found = found.into_iter().filter_map(|(_, found)| found);
    let listed = found.filter(|found| visitor_view(found, policy, booted).listed);
    Ok(listed.take(PAGE_CONVERSATIONS_MAX).collect())
}

/// The rows of a query for [`COLUMNS`] and the key of their order, in it. What can't be read has its place all
/// the same, so that a page ends where it would.
fn rows_of(
    sql: Sql<'_>,
    site: SiteId,
    query: &str,
    params: &[Param<'_>],
) -> Result<Vec<(Revision, Option<Conversation>)>> {
    sql.all(query, params, |row| Ok((row.get(3)?, readable(read(sql, site, row))?)))
}

/// The newest revision in a visitor's conversations, 0 for none.
pub(crate) fn newest_of_visitor(
    sql: Sql<'_>,
    site: SiteId,
    visitor: &VisitorId,
) -> Result<Revision> {
    let newest: Option<_> = sql.value(NEWEST_OF_VISITOR, params![site, visitor.as_str()])?;
    Ok(newest.unwrap_or_default())
}

/// The newest revision in a site's conversations, 0 for none.
pub(crate) fn newest_of_site(sql: Sql<'_>, site: SiteId) -> Result<Revision> {
    let newest: Option<_> = sql.value(NEWEST_OF_SITE, params![site])?;
    Ok(newest.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use porchlight_protocol::{Author, Counts, Event, EventBody, Member};
    use rusqlite::types::Value;
    use rusqlite::{Connection, StatementStatus};

    use super::*;
    use crate::sql::with_hints;
    use crate::sqlite::schema;
    use crate::tables::tallies;

    fn wick() -> Member {
        Member { id: MemberId::from_bytes([1; 16]), name: "Wick".to_owned() }
    }

    fn visitor() -> VisitorId {
        VisitorId::from_bytes([2; 16])
    }

    /// A store with so many conversations of every sort, all of one visitor's.
    fn store(each: u32) -> Connection {
        let mut sql = Connection::open_in_memory().unwrap();
        schema::prepare(&sql).unwrap();
        schema::migrate(&mut sql).unwrap();
        sql.pragma_update(None, "foreign_keys", false).unwrap();
        let agent = |member| Author::Agent(member);
        let said = |author| (author, EventBody::message("Hello"));
        let owned = (agent(wick()), EventBody::assigned(Some(wick())));
        let with_bot = || Kind::Bot(wick());
        let sorts = [
            (Kind::Live, vec![said(Author::Visitor)]),
            (Kind::Live, vec![said(Author::Visitor), owned]),
            (with_bot(), vec![said(Author::Visitor)]),
            (with_bot(), vec![said(Author::Visitor), said(Author::Bot(wick()))]),
            (Kind::Live, vec![said(Author::Visitor), (agent(wick()), EventBody::Closed)]),
            (Kind::Live, vec![said(Author::Visitor), (Author::Visitor, EventBody::Closed)]),
        ];
        let tx = sql.transaction().unwrap();
        let mut revision = 0;
        for n in 0..each {
            for (kind, events) in &sorts {
                let mut id = [0; 16];
                id[..8].copy_from_slice(&u64::to_be_bytes(revision));
                let id = ConversationId::from_bytes(id);
                let mut it = Conversation::new(id, kind.clone(), visitor(), i64::from(n));
                for (author, body) in events.iter().cloned() {
                    revision += 1;
                    let seq = it.head + 1;
                    it.apply(&Event { seq, revision, at: 0, author, client_id: None, body });
                }
                save(Sql::new(&*tx), 1, &it, Save::New(0)).unwrap();
            }
        }
        tx.execute_batch("ANALYZE").unwrap();
        tx.commit().unwrap();
        sql
    }

    /// Every query here, by name, with what it is asked for and how many rows it may read.
    fn queries(rows: u32) -> Vec<(&'static str, String, Vec<Value>)> {
        let text = |text: &str| Value::Text(text.to_owned());
        let number = |number: u32| Value::Integer(i64::from(number));
        let me = text(wick().id.as_str());
        let visitor = text(visitor().as_str());
        let all = || Value::Integer(i64::MAX);
        let page =
            |listed: Listed| (listed.query(), vec![number(1), me.clone(), all(), number(rows)]);
        let home = |query: &str| (query.to_owned(), vec![number(1), visitor.clone(), number(rows)]);
        let mut queries = Vec::new();
        for filter in Filter::ALL {
            let (query, params) = page(Listed::Folder(filter, wick().id));
            queries.push((filter.as_str(), query, params));
        }
        let (query, params) = page(Listed::Bot(wick().id));
        queries.push(("bots", query, params));
        let (query, mut params) = page(Listed::Visitor(self::visitor()));
        params[1] = visitor.clone();
        queries.push(("the visitor's", query, params));
        let (query, mut params) = page(Listed::Waiting);
        params[2] = number(0);
        queries.push(("waiting longest", query, params));
        let (query, params) = page(Listed::LeftFirst);
        queries.push(("left first", query, params));
        for (name, query) in [("open on Home", OPEN_ON_HOME), ("closed on Home", CLOSED_ON_HOME)] {
            let (query, params) = home(query);
            queries.push((name, query, params));
        }
        let (query, mut params) = home(CLOSED_SINCE);
        params.insert(2, number(0));
        queries.push(("closed since", query, params));
        let (query, mut params) = home(UNREAD_SINCE);
        params.insert(2, number(0));
        queries.push(("unread since", query, params));
        let newest = vec![number(1), visitor.clone()];
        queries.push(("newest of visitor", NEWEST_OF_VISITOR.to_owned(), newest));
        queries.push(("newest of site", NEWEST_OF_SITE.to_owned(), vec![number(1)]));
        queries
    }

    #[test]
    fn every_query_uses_an_index_that_was_made_for_it() {
        let sql = store(20);
        let plan = |query: &str| -> Vec<String> {
            let mut statement =
                sql.prepare(&with_hints(&format!("EXPLAIN QUERY PLAN {query}"))).unwrap();
            let unbound = vec![Value::Null; statement.parameter_count()];
            let rows = statement.query_map(rusqlite::params_from_iter(unbound), |row| row.get(3));
            rows.unwrap().map(Result::unwrap).collect()
        };
        for (name, query, _) in queries(10) {
            let plan = plan(&query);
            assert_eq!(plan.len(), 1, "{name}: {plan:?}");
            assert!(plan[0].starts_with("SEARCH conversations USING"), "{name}: {plan:?}");
            assert!(plan[0].contains("INDEX conversations_"), "{name}: {plan:?}");
        }
        let plan = plan(COUNT_OPEN_ON_HOME);
        assert!(plan[0].contains("USING COVERING INDEX"), "{plan:?}");
    }

    #[test]
    fn a_page_costs_the_same_however_much_there_is() {
        let work = |sql: &Connection, query: &str, params: &[Value]| -> (usize, i32) {
            let mut statement = sql.prepare(&with_hints(query)).unwrap();
            let mut rows = statement.query(rusqlite::params_from_iter(params)).unwrap();
            let mut read = 0;
            while rows.next().unwrap().is_some() {
                read += 1;
            }
            drop(rows);
            assert_eq!(statement.get_status(StatementStatus::FullscanStep), 0, "scans: {query}");
            assert_eq!(statement.get_status(StatementStatus::Sort), 0, "sorts: {query}");
            (read, statement.get_status(StatementStatus::VmStep))
        };
        let (few, many) = (store(30), store(600));
        for (name, query, params) in queries(20) {
            let (read, steps) = work(&few, &query, &params);
            assert!(read == 20 || name.starts_with("newest"), "{name}: {read} rows");
            assert_eq!(work(&many, &query, &params), (read, steps), "{name}");
        }
    }

    #[test]
    fn counts_are_of_all_and_home_is_what_may_be_seen() {
        let file = store(300);
        let sql = Sql::new(&file);
        let counts = tallies::counts(sql, 1, &wick().id, 7).unwrap();
        let expected = Counts { revision: 7, open: 1_200, unassigned: 600, mine: 300, unread: 900 };
        assert_eq!(counts, expected);
        for (filter, count) in
            [(Filter::Open, 1_200), (Filter::Unassigned, 600), (Filter::Mine, 300)]
        {
            let listed = Listed::Folder(filter, wick().id);
            let (mut before, mut found) = (None, Vec::new());
            loop {
                let page = list(sql, 1, &listed, before, 100).unwrap();
                found.extend(page.conversations);
                before = page.next;
                if before.is_none() {
                    break;
                }
            }
            assert_eq!(found.len(), count, "{filter:?}");
            assert!(found.iter().all(|found| filter.holds(found, &wick())), "{filter:?}");
            assert!(found.is_sorted_by_key(|found| Reverse(found.active_revision)), "{filter:?}");
        }

        let newest = newest_of_visitor(sql, 1, &visitor()).unwrap();
        let home = |policy: &Policy, booted| home(sql, 1, &visitor(), policy, booted).unwrap();
        let shown = home(&Policy::default(), newest);
        assert_eq!(shown.len(), PAGE_CONVERSATIONS_MAX);
        assert!(shown.iter().all(|found| !found.is_put_away()));
        assert!(shown.iter().any(Conversation::is_closed));
        let hides = Policy { hide_closed_since: Some(1), ..Policy::default() };
        assert!(home(&hides, newest).iter().all(|found| !found.is_closed()));
        // None has an answer that could be unread: there is nothing to keep.
        let keeps = Policy { keep_unread: true, ..hides.clone() };
        assert_eq!(home(&keeps, newest), home(&hides, newest));
        assert_eq!(home(&keeps, newest - 60), home(&hides, newest - 60));
        // What was closed after the boot stays until the next one.
        let before = home(&hides, newest - 60);
        assert!(before.iter().any(Conversation::is_closed));
        assert!(before.iter().all(|found| visitor_view(found, &hides, newest - 60).listed));
        assert!(before.is_sorted_by_key(|found| Reverse(found.active_revision)));
    }
}
