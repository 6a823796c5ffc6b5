//! The log's rows. Each carries a hash of itself, so that a damaged one is noticed when it is read.

use porchlight_protocol::{Author, Conversation, ConversationId, Event, EventBody, Millis, Seq};
use rusqlite::{Connection, Row, params};

use crate::error::{Error, Result};
use crate::hub::Published;
use crate::random::{self, Hash};

use super::{Commit, SiteId, conversations, damaged, int, number};

/// Appends events to a conversation's log and takes its fold forward by them. The client id goes
/// with the event at index `about`.
pub fn append(
    commit: &mut Commit<'_>,
    site: SiteId,
    conversation: &mut Conversation,
    author: &Author,
    bodies: Vec<EventBody>,
    (client_id, about): (Option<&porchlight_protocol::ClientId>, usize),
) -> Result<Vec<Event>> {
    let mut events = Vec::with_capacity(bodies.len());
    let active = bodies.iter().any(EventBody::is_activity);
    for (index, body) in bodies.into_iter().enumerate() {
        let event = Event {
            seq: conversation.head + 1,
            revision: commit.next_revision(),
            at: commit.now,
            author: author.clone(),
            client_id: client_id.filter(|_| index == about).cloned(),
            body,
        };
        insert(commit.sql, site, &conversation.id, &event)?;
        conversation.apply(&event);
        commit.publish(Published::Event {
            site,
            visitor: conversation.visitor.clone(),
            conversation: conversation.id.clone(),
            event: event.clone(),
        });
        events.push(event);
    }
    if !events.is_empty() {
        conversations::save(commit.sql, site, conversation, active.then_some(commit.steady))?;
    }
    Ok(events)
}

fn insert(sql: &Connection, site: SiteId, id: &ConversationId, event: &Event) -> Result<()> {
    let stored = Stored {
        seq: int(event.seq),
        revision: int(event.revision),
        at: event.at,
        author: serde_json::to_string(&event.author)?,
        client_id: event.client_id.as_ref().map(|id| id.as_str().to_owned()),
        body: serde_json::to_string(&event.body)?,
    };
    sql.prepare_cached(
        "INSERT INTO events (site, conversation, seq, revision, at, author, client_id, body, hash) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        site,
        id.as_str(),
        stored.seq,
        stored.revision,
        stored.at,
        stored.author,
        stored.client_id,
        stored.body,
        stored.hash(id),
    ])?;
    Ok(())
}

/// A row as it is on the disk.
struct Stored {
    seq: i64,
    revision: i64,
    at: Millis,
    author: String,
    client_id: Option<String>,
    body: String,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<(Self, Hash)> {
        let stored = Stored {
            seq: row.get(0)?,
            revision: row.get(1)?,
            at: row.get(2)?,
            author: row.get(3)?,
            client_id: row.get(4)?,
            body: row.get(5)?,
        };
        Ok((stored, row.get(6)?))
    }

    fn hash(&self, conversation: &ConversationId) -> Hash {
        random::hash_parts(&[
            conversation.as_str().as_bytes(),
            &self.seq.to_le_bytes(),
            &self.revision.to_le_bytes(),
            &self.at.to_le_bytes(),
            self.author.as_bytes(),
            self.client_id.as_deref().unwrap_or_default().as_bytes(),
            self.body.as_bytes(),
        ])
    }

    fn event(self) -> Result<Event> {
        let client_id = self.client_id.map(|id| id.parse()).transpose();
        Ok(Event {
            seq: number(self.seq),
            revision: number(self.revision),
            at: self.at,
            author: serde_json::from_str(&self.author)?,
            client_id: client_id.map_err(|_| damaged("an event's client id"))?,
            body: serde_json::from_str(&self.body)?,
        })
    }
}

fn checked(id: &ConversationId, row: rusqlite::Result<(Stored, Hash)>) -> Result<Event> {
    let (stored, hash) = row?;
    if stored.hash(id) != hash {
        let seq = stored.seq;
        return Err(Error::Fault(anyhow::anyhow!(
            "the store is damaged: event {seq} of conversation {id} is not as it was written"
        )));
    }
    stored.event()
}

const COLUMNS: &str = "seq, revision, at, author, client_id, body, hash";

/// The first `limit` events after `after`.
pub fn after(
    sql: &Connection,
    site: SiteId,
    id: &ConversationId,
    after: Seq,
    limit: usize,
) -> Result<Vec<Event>> {
    let mut statement = sql.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM events WHERE site = ?1 AND conversation = ?2 AND seq > ?3 \
         ORDER BY seq LIMIT ?4"
    ))?;
    let limit = int(limit as u64);
    let rows = statement.query_map(params![site, id.as_str(), int(after), limit], Stored::read)?;
    rows.map(|row| checked(id, row)).collect()
}

/// The last `limit` events before `before`, in the order of the log.
pub fn before(
    sql: &Connection,
    site: SiteId,
    id: &ConversationId,
    before: Seq,
    limit: usize,
) -> Result<Vec<Event>> {
    let mut statement = sql.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM events WHERE site = ?1 AND conversation = ?2 AND seq < ?3 \
         ORDER BY seq DESC LIMIT ?4"
    ))?;
    let limit = int(limit as u64);
    let rows = statement.query_map(params![site, id.as_str(), int(before), limit], Stored::read)?;
    let mut events = rows.map(|row| checked(id, row)).collect::<Result<Vec<_>>>()?;
    events.reverse();
    Ok(events)
}
