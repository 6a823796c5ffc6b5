//! What is exported of a visitor, part by part: their conversations with all that they could see of them.

use porchlight_protocol::person::VisitorRecord;
use porchlight_protocol::{Conversation, Event, Millis, Revision, Seq, SiteKey, VisitorId};

use crate::error::Result;
use crate::ops::Actor;
use crate::sql::{Sql, params};
use crate::store::SiteId;
use crate::tables::conversations::{self, readable};
use crate::tables::sites::Site;
use crate::tables::{events, records, visitors};

/// Events of one part, about. So a part takes some milliseconds to read, however much there is.
const EVENTS_MAX: usize = 1_000;

/// Conversations of one part.
const CONVERSATIONS_MAX: usize = 200;

/// What is exported.
#[derive(Debug, Clone)]
pub struct Exported {
    /// The site's row.
    pub(crate) site: SiteId,
    /// The site's key.
    pub site_key: SiteKey,
    /// The site's name.
    pub site_name: String,
    /// The visitor.
    pub visitor: VisitorId,
    /// What is known of the visitor, if anything is.
    pub record: Option<VisitorRecord>,
    /// When the visitor was first here.
    pub created_at: Millis,
    /// When the export began.
    pub at: Millis,
}

/// Where the next part begins: behind the conversation with this `active` and this id; or in the conversation with this id,
/// behind one of its events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    active: Revision,
    id: String,
    after: Seq,
}

/// A conversation, or a part of a long one.
#[derive(Debug)]
pub struct ExportedConversation {
    /// The conversation.
    pub conversation: Conversation,
    /// Events of it as the visitor may see them, in the order of the log.
    pub events: Vec<Event>,
    /// True if they begin with the first one. Otherwise they go on where the part before ended.
    pub begins: bool,
}

/// A part of an export.
#[derive(Debug)]
pub struct ExportPage {
    /// The conversations, the one whose last activity is oldest first.
    pub conversations: Vec<ExportedConversation>,
    /// Where the next part begins; `None` if this is the last one.
    pub next: Option<Place>,
}

/// What is exported of a visitor; `None` if the site has no such visitor.
pub(crate) fn begin(
    sql: Sql<'_>,
    site: &Site,
    visitor: &VisitorId,
    now: Millis,
) -> Result<Option<Exported>> {
    let Some(visitor) = visitors::resolved(sql, site.id, visitor)? else { return Ok(None) };
    let created_at = visitors::created_at(sql, site.id, &visitor)?;
    let mut record = records::of(sql, site.id, &visitor)?;
    if let Some(record) = &mut record {
        site.collecting.strip(record);
    }
    Ok(created_at.map(|created_at| Exported {
        site: site.id,
        site_key: site.key.clone(),
        site_name: site.name.clone(),
        visitor,
        record,
        created_at,
        at: now,
    }))
}

/// A part of an export. A conversation in which somebody writes meanwhile moves to the end, and comes once more: whoever
/// exports skips what they have had.
pub(crate) fn page(
    sql: Sql<'_>,
    site: SiteId,
    visitor: &VisitorId,
    from: &Place,
) -> Result<ExportPage> {
    let mut page =
        Reading { sql, site, actor: Actor::Visitor(visitor.clone()), read: 0, found: Vec::new() };
    if from.after > 0
        && let Some(id) = from.id.parse().ok()
        && let Some(rest) = conversations::load(sql, site, &id)?
        && let Some(end) = page.take(rest, from.after)?
    {
        let next = Place { after: end, ..from.clone() };
        return Ok(ExportPage { conversations: page.found, next: Some(next) });
    }
    let query = format!(
        "SELECT {}, active FROM conversations /* INDEXED BY conversations_of_visitor */ \
         WHERE site = $1 AND visitor = $2 AND active >= $3 AND (active > $3 OR id > $4) \
         ORDER BY active, id LIMIT $5",
        conversations::COLUMNS
    );
    let (visitor, id) = (visitor.as_str(), &from.id);
    let asked = params![site, visitor, from.active, id, CONVERSATIONS_MAX];
    let found = sql.all(&query, asked, |row| {
        let place = Place { active: row.get(3)?, id: row.get(0)?, after: 0 };
        Ok((place, readable(conversations::read(sql, site, row))?))
    })?;
    let whole = found.len() < CONVERSATIONS_MAX;
    let mut last = from.clone();
    for (place, conversation) in found {
        if page.read >= EVENTS_MAX {
            return Ok(ExportPage { conversations: page.found, next: Some(last) });
        }
        last = place;
        if let Some(conversation) = conversation
            && let Some(end) = page.take(conversation, 0)?
        {
            let next = Place { after: end, ..last };
            return Ok(ExportPage { conversations: page.found, next: Some(next) });
        }
    }
    let next = (!whole).then_some(Place { after: 0, ..last });
    Ok(ExportPage { conversations: page.found, next })
}

/// A part that is being read.
struct Reading<'s> {
    sql: Sql<'s>,
    site: SiteId,
    actor: Actor,
    /// The events that were read, and the conversations without any.
    read: usize,
    found: Vec<ExportedConversation>,
}

impl Reading<'_> {
    /// Reads events of a conversation, as many as the part has room for. Returns the last one if that is not all.
    fn take(&mut self, conversation: Conversation, after: Seq) -> Result<Option<Seq>> {
        let (limit, head) = (EVENTS_MAX.saturating_sub(self.read).max(1), conversation.head);
        let some = events::after(self.sql, self.site, &conversation.id, head, after, limit)?;
        self.read += some.len().max(1);
        let end = after.saturating_add(some.len() as Seq);
        let rest = end < head && !some.is_empty();
        let events = self.actor.visible(some);
        self.found.push(ExportedConversation { events, begins: after == 0, conversation });
        Ok(rest.then_some(end))
    }
}
