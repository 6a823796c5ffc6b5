//! The rows of the logs. Each has a hash, by which a damaged one is noticed when it is read.

use porchlight_protocol::{
    Author, Conversation, ConversationId, Event, EventBody, Millis, Revision, Seq,
};

use crate::commit::Commit;
use crate::error::Result;
use crate::news::Changed;
use crate::random::{self, Hash};
use crate::sql::{Row, Sql, params};
use crate::store::{SiteId, damaged};

use super::conversations::{self, Save};

/// Appends events to a conversation's log and folds them into its state, which gets its row with the first ones. The event
/// at index `about` gets the client id.
pub(crate) fn append(
    commit: &mut Commit<'_>,
    site: SiteId,
    conversation: &mut Conversation,
    author: &Author,
    bodies: Vec<EventBody>,
    (client_id, about): (Option<&porchlight_protocol::ClientId>, usize),
) -> Result<Vec<Event>> {
    let mut events = Vec::with_capacity(bodies.len());
    let at = commit.steady;
    let save = match conversation.head {
        0 => Save::New(at),
        _ if bodies.iter().any(EventBody::is_activity) => {
            let answers = matches!(author, Author::Agent(_));
            let waits = conversation.unanswered.filter(|_| answers);
            Save::Active { at, answered_after_ms: waits.map(|since| commit.now - since.at) }
        }
        _ => Save::Fold,
    };
    for (index, body) in bodies.into_iter().enumerate() {
        let event = Event {
            seq: conversation.head + 1,
            revision: commit.next_revision(site)?,
            at: commit.now,
            author: author.clone(),
            client_id: client_id.filter(|_| index == about).cloned(),
            body,
        };
        conversation.apply(&event);
        let changed = Changed::Event {
            visitor: conversation.visitor.clone(),
            conversation: conversation.id.clone(),
            event: event.clone(),
        };
        commit.publish(site, event.revision, changed)?;
        events.push(event);
    }
    if !events.is_empty() {
        // Before the events, which refer to it.
        conversations::save(commit.sql, site, conversation, save)?;
    }
    for event in &events {
        insert(commit.sql, site, &conversation.id, event)?;
    }
    Ok(events)
}

fn insert(sql: Sql<'_>, site: SiteId, id: &ConversationId, event: &Event) -> Result<()> {
    let stored = Stored::of(event)?;
    sql.pipeline(
        "INSERT INTO events (site, conversation, seq, revision, at, author, client_id, body, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            site,
            id.as_str(),
            stored.seq,
            stored.revision,
            stored.at,
            stored.author,
            stored.client_id,
            stored.body,
            stored.hash(id),
        ],
    )
}

/// Removes the texts of a conversation's log. A row gets the hash of what it holds from then on; one that is damaged can hold
/// a text all the same, and loses it without one.
pub(crate) fn erase(sql: Sql<'_>, site: SiteId, of: &Conversation) -> Result<()> {
    let id = &of.id;
    let query =
        format!("SELECT {COLUMNS} FROM events WHERE site = $1 AND conversation = $2 ORDER BY seq");
    let rows = sql.all(&query, params![site, id.as_str()], |row| {
        let seq: Seq = row.get(0)?;
        Ok((seq, erased(id, row)))
    })?;
    for (seq, erased) in rows {
        match erased {
            Ok(None) => {}
            Ok(Some((body, hash))) => sql.pipeline(
                "UPDATE events SET body = $1, hash = $2 \
                 WHERE site = $3 AND conversation = $4 AND seq = $5",
                params![body, hash, site, id.as_str(), seq],
            )?,
            Err(error) if error.is_of_the_store() => return Err(error),
            Err(_) => sql.pipeline(
                "UPDATE events SET body = $1, client_id = NULL \
                 WHERE site = $2 AND conversation = $3 AND seq = $4",
                params![serde_json::to_string(&EventBody::Unreadable)?, site, id.as_str(), seq],
            )?,
        }
    }
    Ok(())
}

/// The body of a row without its text, and the row's hash with it; `None` if it has no text.
fn erased(id: &ConversationId, row: &Row) -> Result<Option<(String, Hash)>> {
    let mut event = checked(id, row)?;
    if !event.body.erase() {
        return Ok(None);
    }
    // The other columns as they were written, which may have been by an older version.
    let (mut stored, _) = Stored::read(row)?;
    stored.body = serde_json::to_string(&event.body)?;
    let hash = stored.hash(id);
    Ok(Some((stored.body, hash)))
}

/// A row as it is stored.
struct Stored {
    seq: Seq,
    revision: Revision,
    at: Millis,
    author: String,
    client_id: Option<String>,
    body: String,
}

impl Stored {
    fn of(event: &Event) -> Result<Self> {
        Ok(Stored {
            seq: event.seq,
            revision: event.revision,
            at: event.at,
            author: serde_json::to_string(&event.author)?,
            client_id: event.client_id.as_ref().map(|id| id.as_str().to_owned()),
            body: serde_json::to_string(&event.body)?,
        })
    }

    fn read(row: &Row) -> Result<(Self, Hash)> {
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
            seq: self.seq,
            revision: self.revision,
            at: self.at,
            author: serde_json::from_str(&self.author)?,
            client_id: client_id.map_err(|_| damaged("an event's client id"))?,
            body: serde_json::from_str(&self.body)?,
        })
    }
}

/// The event of a row, if it matches its hash.
pub(crate) fn checked(id: &ConversationId, row: &Row) -> Result<Event> {
    let (stored, hash) = Stored::read(row)?;
    if stored.hash(id) != hash {
        return Err(damaged("an event is not as it was written"));
    }
    let event = stored.event()?;
    if event.is_understood() { Ok(event) } else { Err(damaged("an event of no known kind")) }
}

const COLUMNS: &str = "seq, revision, at, author, client_id, body, hash";

/// The `seq` of the last row of a conversation's log, 0 for none.
pub(crate) fn last(sql: Sql<'_>, site: SiteId, id: &ConversationId) -> Result<Seq> {
    // In this order rather than by `max`, for which PostgreSQL reads the whole log: it takes all logs to be short.
    let last = sql.first(
        "SELECT seq FROM events WHERE site = $1 AND conversation = $2 ORDER BY seq DESC LIMIT 1",
        params![site, id.as_str()],
        |row| row.get(0),
    )?;
    Ok(last.unwrap_or_default())
}

/// The events from `first` to `last`, both included. `unreadable` replaces those that are missing or damaged, so
/// that `seq` has no gaps.
pub(crate) fn range(
    sql: Sql<'_>,
    site: SiteId,
    id: &ConversationId,
    first: Seq,
    last: Seq,
) -> Result<Vec<Event>> {
    range_with(sql, site, id, first, last, |seq| {
        sql.note_damage(format_args!("event {seq} of conversation {id}"));
    })
}

/// The events from `first` to `last`. Calls `unread` for those that are missing or damaged.
pub(crate) fn range_with(
    sql: Sql<'_>,
    site: SiteId,
    id: &ConversationId,
    first: Seq,
    last: Seq,
    mut unread: impl FnMut(Seq),
) -> Result<Vec<Event>> {
    let query = format!(
        "SELECT {COLUMNS} FROM events WHERE site = $1 AND conversation = $2 \
         AND seq BETWEEN $3 AND $4 ORDER BY seq"
    );
    let rows = sql.all(&query, params![site, id.as_str(), first, last], |row| {
        Ok((row.get::<Seq>(0)?, checked(id, row)))
    })?;
    let mut rows = rows.into_iter().peekable();
    let mut events: Vec<Event> = Vec::new();
    for seq in first..=last {
        let read = match rows.next_if(|(there, _)| *there == seq) {
            Some((_, read)) => read,
            None => Err(damaged("an event is missing")),
        };
        match read {
            Ok(event) => events.push(event),
            Err(error) if error.is_of_the_store() => return Err(error),
            Err(_) => {
                unread(seq);
                events.push(unreadable(seq));
            }
        }
    }
    date_unreadable(&mut events);
    Ok(events)
}

/// The replacement for an event that can't be read.
fn unreadable(seq: Seq) -> Event {
    Event {
        seq,
        revision: 0,
        at: 0,
        author: Author::Withheld,
        client_id: None,
        body: EventBody::Unreadable,
    }
}

/// Gives replacements the time and the revision of their neighbour, since their own are lost.
fn date_unreadable(events: &mut [Event]) {
    let dates = |event: &Event| (event.revision, event.at);
    let mut known = events.iter().find(|event| event.is_understood()).map(dates);
    for event in events {
        if event.is_understood() {
            known = Some(dates(event));
        } else if let Some((revision, at)) = known {
            (event.revision, event.at) = (revision, at);
        }
    }
}

/// The first `limit` events after `after`, of a log that ends with `head`.
pub(crate) fn after(
    sql: Sql<'_>,
    site: SiteId,
    id: &ConversationId,
    head: Seq,
    after: Seq,
    limit: usize,
) -> Result<Vec<Event>> {
    let last = after.saturating_add(limit as u64).min(head);
    range(sql, site, id, after.saturating_add(1), last)
}

/// The last `limit` events before `before`, in the order of the log, which ends with `head`.
pub(crate) fn before(
    sql: Sql<'_>,
    site: SiteId,
    id: &ConversationId,
    head: Seq,
    before: Seq,
    limit: usize,
) -> Result<Vec<Event>> {
    let last = before.saturating_sub(1).min(head);
    range(sql, site, id, last.saturating_sub(limit as u64) + 1, last)
}
