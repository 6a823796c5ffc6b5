//! The check of a whole store: the hash of each event and state, logs without gaps, and that each state is the fold of
//! its log.

use porchlight_flow::Run;
use porchlight_flow::asking::Asking;
use porchlight_protocol::conversation::Side;
use porchlight_protocol::{Conversation, ConversationId};

use crate::error::Result;
use crate::sql::{Row, Sql, params};
use crate::store::SiteId;
use crate::tables::trials::NO_TRIALS;
use crate::tables::{conversations, events, greetings, sites, tallies};

pub use crate::sqlite::check::check as file;

/// The result of a check.
#[derive(Debug)]
pub struct Report {
    /// The contents of the store.
    pub contents: Contents,
    /// The faults, one line each.
    pub faults: Vec<String>,
}

/// Faults that are reported. A file with more is beyond repair.
const FAULTS_MAX: usize = 100;

/// Conversations that are read at once.
const PAGE: usize = 500;

/// The contents of a store, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// Sites, without trials.
    pub sites: u64,
    /// Conversations.
    pub conversations: u64,
    /// Events.
    pub events: u64,
}

/// The contents of a store.
pub(crate) fn contents(sql: Sql<'_>) -> Result<Contents> {
    let count = |table: &str| sql.value(&format!("SELECT count(*) FROM {table}"), params![]);
    Ok(Contents {
        sites: count(&format!("sites WHERE {NO_TRIALS}"))?,
        conversations: count("conversations")?,
        events: count("events")?,
    })
}

/// Checks what every engine keeps. Calls `seen` with the number of conversations that were checked so far.
pub(crate) fn whole(sql: Sql<'_>, seen: &mut dyn FnMut(u64)) -> Result<Report> {
    let mut faults = Vec::new();
    rows(sql, &mut faults, seen)?;
    Ok(Report { contents: contents(sql)?, faults })
}

/// Checks the rows, and appends the faults.
pub(crate) fn rows(
    sql: Sql<'_>,
    faults: &mut Vec<String>,
    seen: &mut dyn FnMut(u64),
) -> Result<()> {
    unreadable_sites(sql, faults)?;
    revisions(sql, faults)?;
    numbers(sql, faults)?;
    logs(sql, faults, seen)?;
    strays(sql, faults)?;
    flows(sql, faults)?;
    askings(sql, faults)
}

/// The questions of live chats that can't be read, or are those of no live chat.
fn askings(sql: Sql<'_>, faults: &mut Vec<String>) -> Result<()> {
    let all = "SELECT a.conversation, a.state, c.id IS NOT NULL AND c.bot IS NULL FROM askings a \
         LEFT JOIN conversations c ON c.site = a.site AND c.id = a.conversation \
         ORDER BY a.site, a.conversation";
    let read = sql.all(all, params![], |row| {
        let asking = row.text(1).and_then(|state| serde_json::from_str::<Asking>(state).ok());
        Ok((row.get::<String>(0)?, asking.is_some(), row.get::<bool>(2)?))
    })?;
    for (id, is_whole, is_of_chat) in read {
        if !is_whole {
            faults.push(format!(
                "conversation {id}: where it is in its questions is not as it was written"
            ));
        } else if !is_of_chat {
            faults.push(format!("conversation {id}: it has questions and is no live chat"));
        }
    }
    Ok(())
}

fn unreadable_sites(sql: Sql<'_>, faults: &mut Vec<String>) -> Result<()> {
    let all: usize = sql.value::<u64>("SELECT count(*) FROM sites", params![])? as usize;
    let readable = sites::all(sql)?.len();
    if readable != all {
        faults.push(format!("sites: of {all} rows {readable} can be read"));
    }
    Ok(())
}

/// Sites whose revision is behind what was written at one: the next writes would take the same ones again.
fn revisions(sql: Sql<'_>, faults: &mut Vec<String>) -> Result<()> {
    let query = "SELECT id FROM sites s WHERE revision < closing_revision \
         OR revision < policy_revision OR revision < \
         (SELECT max(revision) FROM conversations c WHERE c.site = s.id) ORDER BY id";
    for site in sql.all::<SiteId>(query, params![], |row| row.get(0))? {
        faults.push(format!("site {site}: its revision is behind its conversations"));
    }
    Ok(())
}

/// Sites of which the numbers beside the folders are not those of their conversations.
fn numbers(sql: Sql<'_>, faults: &mut Vec<String>) -> Result<()> {
    for site in tallies::wrong(sql)? {
        faults.push(format!("site {site}: the numbers of its conversations are wrong"));
    }
    Ok(())
}

fn logs(sql: Sql<'_>, faults: &mut Vec<String>, seen: &mut dyn FnMut(u64)) -> Result<()> {
    let query = "SELECT id, state, hash, site, closed, assignee, revision, active, put_away, \
         visitor, bot, waiting, unread, closed_revision, read_revision, waits_from, \
         left_first \
         FROM conversations WHERE site > $1 OR (site = $1 AND id > $2) ORDER BY site, id LIMIT $3";
    let mut last: (SiteId, String) = (SiteId::MIN, String::new());
    let mut checked = 0;
    loop {
        let page = sql.all(query, params![last.0, last.1, PAGE], |row| Ok(row.clone()))?;
        for row in &page {
            if faults.len() >= FAULTS_MAX {
                faults.push("and maybe more: the rest was not looked at".to_owned());
                return Ok(());
            }
            one_conversation(sql, row, faults)?;
        }
        let Some(end) = page.last() else { return Ok(()) };
        checked += page.len() as u64;
        seen(checked);
        last = (end.get(3)?, end.get(0).unwrap_or_default());
    }
}

fn one_conversation(sql: Sql<'_>, row: &Row, faults: &mut Vec<String>) -> Result<()> {
    let id: String = row.get(0).unwrap_or_else(|_| "?".to_owned());
    let site: SiteId = row.get(3)?;
    let mut found = |what: String| faults.push(format!("conversation {id}: {what}"));
    let Ok(name) = id.parse::<ConversationId>() else {
        found("its id is none".to_owned());
        return Ok(());
    };
    let Some(state) = conversations::as_written(&name, row) else {
        found("its state is not as it was written".to_owned());
        return one_log(sql, site, &name, None, &mut found);
    };
    one_log(sql, site, &name, Some(&state), &mut found)?;
    let columns = (
        row.get(4)?,
        row.get(5)?,
        row.get(6)?,
        row.get(7)?,
        row.get(8)?,
        row.get(9)?,
        row.get(10)?,
    );
    let of_lists =
        (row.get(11)?, row.get(12)?, row.get(13)?, row.get(14)?, row.get(15)?, row.get(16)?);
    if columns != conversations::columns(&state) || of_lists != conversations::list_columns(&state)
    {
        found("its columns are not those of its state".to_owned());
    }
    Ok(())
}

/// Checks a log, and that the state is its fold.
fn one_log(
    sql: Sql<'_>,
    site: SiteId,
    id: &ConversationId,
    state: Option<&Conversation>,
    found: &mut impl FnMut(String),
) -> Result<()> {
    let last = events::last(sql, site, id)?;
    let head = state.map_or(last, |state| state.head);
    if last != head {
        found(format!("its state is that of event {head}, and its log ends with event {last}"));
    }
    let first: Option<i64> = sql.value(
        "SELECT min(seq) FROM events WHERE site = $1 AND conversation = $2",
        params![site, id.as_str()],
    )?;
    if first.is_some_and(|first| first < 1) {
        found("an event stands before the first".to_owned());
    }
    let mut whole = true;
    let all = events::range_with(sql, site, id, 1, head.max(last), |seq| {
        whole = false;
        found(format!("event {seq} is missing or not as it was written"));
    })?;
    let Some(state) = state.filter(|_| whole && last == head) else { return Ok(()) };
    let mut fold = Conversation::new(
        state.id.clone(),
        state.kind.clone(),
        state.visitor.clone(),
        state.started_at,
    );
    for event in &all {
        fold.apply(event);
    }
    // The log holds no read marks.
    for side in [Side::Visitor, Side::Team] {
        fold.mark_read(side, state.read(side).up_to, || 0);
    }
    fold.read_revision = state.read_revision;
    if state.words.is_none() {
        // An older version kept no words beside a question.
        fold.words = None;
    }
    if fold != *state {
        found("its state is not the fold of its log".to_owned());
    }
    if all.windows(2).any(|pair| matches!(pair, [one, next] if one.revision >= next.revision)) {
        found("its events are not in the order of their commits".to_owned());
    }
    Ok(())
}

/// Logs without a conversation.
fn strays(sql: Sql<'_>, faults: &mut Vec<String>) -> Result<()> {
    let query = "SELECT DISTINCT conversation FROM events e WHERE NOT EXISTS \
         (SELECT 1 FROM conversations c WHERE c.site = e.site AND c.id = e.conversation) LIMIT 20";
    for id in sql.all::<String>(query, params![], |row| row.get(0))? {
        faults.push(format!("conversation {id}: it has a log and no state"));
    }
    Ok(())
}

/// Flows, their runs and greeting rules that can't be read, or are missing.
fn flows(sql: Sql<'_>, faults: &mut Vec<String>) -> Result<()> {
    let missing = "SELECT id FROM bots b WHERE flow IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM flows f WHERE f.site = b.site AND f.bot = b.id AND f.version = b.flow) \
         ORDER BY id LIMIT 20";
    for bot in sql.all::<String>(missing, params![], |row| row.get(0))? {
        faults.push(format!("bot {bot}: its published flow is missing"));
    }
    let rules = sql.all("SELECT id, greeting FROM bots ORDER BY id", params![], |row| {
        Ok((row.get::<String>(0)?, greetings::read(row, 1)?.is_some()))
    })?;
    for (bot, _) in rules.into_iter().filter(|(_, is_whole)| !is_whole) {
        faults.push(format!("bot {bot}: where it greets is not as it was written"));
    }
    let all = "SELECT bot, version, flow FROM flows ORDER BY site, bot, version";
    let unread = sql.all(all, params![], |row| {
        let is_whole = row.text(2).is_some_and(|json| porchlight_flow::read(json).is_ok());
        Ok((row.get::<String>(0)?, row.get::<u64>(1)?, is_whole))
    })?;
    for (bot, version, _) in unread.into_iter().filter(|(.., is_whole)| !is_whole) {
        faults.push(format!("bot {bot}: version {version} of its flow is not as it was written"));
    }
    let runs = "SELECT conversation, state FROM runs \
         WHERE version IS NOT NULL OR held IS NOT NULL ORDER BY conversation";
    let unread = sql.all(runs, params![], |row| {
        let run = row.text(1).and_then(|state| serde_json::from_str::<Run>(state).ok());
        Ok((row.get::<String>(0)?, run.is_some()))
    })?;
    for (id, _) in unread.into_iter().filter(|(_, is_whole)| !is_whole) {
        faults.push(format!("conversation {id}: its place in the flow is not as it was written"));
    }
    Ok(())
}
