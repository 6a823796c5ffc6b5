//! What live chats ask their visitors, and where each of them is in it.
//!
//! The site asks in the transaction of the message that it follows, through the rules, as everybody writes. What keeps it
//! from asking never keeps the visitor from writing.

use porchlight_flow::asking::{Asking, Call, Does};
use porchlight_protocol::conversation::Kind;
use porchlight_protocol::person::{self, Change, Details, Teller, VisitorRecord};
use porchlight_protocol::questions::{self, Question};
use porchlight_protocol::{
    Act, Author, Conversation, ConversationId, Event, EventBody, VisitorId, rules,
};

use crate::asker::Asker;
use crate::commit::Commit;
use crate::error::Result;
use crate::sql::{Sql, params};
use crate::store::SiteId;

use super::sites::Site;
use super::{events, records, texts};

/// What has to be asked in a live chat.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    questions: Vec<Question>,
    /// The offer to call back.
    call: Option<Call>,
}

impl Wanted {
    /// What has to be asked in a live chat that begins now, of a visitor of whom this is known.
    pub(crate) fn now(
        commit: &Commit<'_>,
        site: &Site,
        asker: &Asker,
        known: Option<&VisitorRecord>,
    ) -> Result<Wanted> {
        let now = commit.now;
        if !site.questions.when.is_now(&site.away(now), now, asker.is_online) {
            return Ok(Wanted::default());
        }
        let questions = site.questions.for_visitor(known).into_iter().cloned().collect();
        let is_wished = known.is_some_and(|record| record.call_back.is_some());
        let call = match site.questions.call_back && site.hours.on && !is_wished {
            true => Some(asker.call(&site.hours, now, known, &own_words(commit, site, asker)?)),
            false => None,
        };
        Ok(Wanted { questions, call })
    }

    /// True if there is nothing to ask.
    pub(crate) fn is_empty(&self) -> bool {
        self.questions.is_empty() && self.call.is_none()
    }
}

fn own_words(
    commit: &Commit<'_>,
    site: &Site,
    asker: &Asker,
) -> Result<std::collections::BTreeMap<String, String>> {
    Ok(texts::of(commit.sql, site.id, asker.language)?.texts)
}

/// Asks the first of these questions in a live chat that has just begun, but for what the visitor was asked before. The offer
/// to call back is made in each, unless there is a wish already. Returns the events.
pub(crate) fn begin(
    commit: &mut Commit<'_>,
    site: &Site,
    conversation: &mut Conversation,
    mut wanted: Wanted,
    asker: &Asker,
) -> Result<Vec<Event>> {
    let before = asked_before(commit.sql, site.id, &conversation.visitor)?;
    wanted.questions.retain(|ask| !before.contains(&ask.field));
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let own = own_words(commit, site, asker)?;
    let asked = asker.asked(&wanted.questions, &own);
    let Some((asking, first)) = Asking::begin(asked, asker.phrases(&own), wanted.call) else {
        return Ok(Vec::new());
    };
    let said = says(commit, site, conversation, first)?;
    if !said.is_empty() {
        commit.sql.pipeline(
            "INSERT INTO askings (site, conversation, state) VALUES ($1, $2, $3)",
            params![site.id, conversation.id.as_str(), &serde_json::to_string(&asking)?],
        )?;
    }
    Ok(said)
}

/// What a visitor was asked in their live chats, as fields of the record.
fn asked_before(sql: Sql<'_>, site: SiteId, visitor: &VisitorId) -> Result<Vec<String>> {
    let query = "SELECT a.state FROM conversations c \
         JOIN askings a ON a.site = c.site AND a.conversation = c.id \
         WHERE c.site = $1 AND c.visitor = $2";
    let states: Vec<String> = sql.all(query, params![site, visitor.as_str()], |row| row.get(0))?;
    let askings = states.iter().filter_map(|state| serde_json::from_str::<Asking>(state).ok());
    Ok(askings.flat_map(|asking| asking.fields().map(str::to_owned).collect::<Vec<_>>()).collect())
}

/// True if what the visitor writes next may be the answer to a question of the site: nothing was written since it was asked.
pub(crate) fn is_open(conversation: &Conversation) -> bool {
    conversation.kind == Kind::Live
        && conversation.assignee.is_none()
        && !conversation.is_closed()
        && conversation.last.as_ref().is_some_and(|last| questions::asks(&last.author))
}

/// Goes on after the visitor has written these events in a live chat in which a question [was open](is_open).
pub(crate) fn answer(
    commit: &mut Commit<'_>,
    site: &Site,
    conversation: &mut Conversation,
    events: &[Event],
) -> Result<()> {
    let text = events.iter().rev().find_map(|event| match &event.body {
        EventBody::Message { text, .. } => Some(text),
        _ => None,
    });
    let Some(text) = text else { return Ok(()) };
    let Some(mut asking) = find(commit.sql, site.id, &conversation.id)? else { return Ok(()) };
    if asking.is_over() {
        return Ok(());
    }
    for does in asking.said(text) {
        match does {
            Does::Save { field, value } => {
                if let Some(details) = person::saved(&field, &value) {
                    save(commit, site, conversation, details)?;
                }
            }
            Does::CallBack(wish) => {
                let call_back = Change::Set(wish);
                let details = Details { call_back, ..Details::default() };
                save(commit, site, conversation, details)?;
            }
            does => {
                if says(commit, site, conversation, does)?.is_empty() {
                    asking.end();
                }
            }
        }
    }
    store(commit, site.id, &conversation.id, &asking)
}

/// Asks nothing more in a live chat, in which a question [was open](is_open): an agent has taken over.
pub(crate) fn end(commit: &mut Commit<'_>, site: SiteId, id: &ConversationId) -> Result<()> {
    let Some(mut asking) = find(commit.sql, site, id)? else { return Ok(()) };
    asking.end();
    store(commit, site, id, &asking)
}

/// `None` if nothing was asked, or the row can't be read, which is noted: then nothing is asked any more.
fn find(sql: Sql<'_>, site: SiteId, id: &ConversationId) -> Result<Option<Asking>> {
    let query = "SELECT state FROM askings WHERE site = $1 AND conversation = $2";
    let state: Option<String> = sql.first(query, params![site, id.as_str()], |row| row.get(0))?;
    let Some(state) = state else { return Ok(None) };
    let asking = serde_json::from_str(&state).ok();
    if asking.is_none() {
        sql.note_damage(format_args!("the questions of conversation {id} in site {site}"));
    }
    Ok(asking)
}

fn store(commit: &Commit<'_>, site: SiteId, id: &ConversationId, asking: &Asking) -> Result<()> {
    commit.sql.pipeline(
        "UPDATE askings SET state = $1 WHERE site = $2 AND conversation = $3",
        params![&serde_json::to_string(asking)?, site, id.as_str()],
    )
}

/// Writes to a live chat in the site's name. No events if the rules refuse it.
fn says(
    commit: &mut Commit<'_>,
    site: &Site,
    conversation: &mut Conversation,
    does: Does,
) -> Result<Vec<Event>> {
    let act = match does {
        Does::Say(text) => Act::message(text),
        Does::Ask { text, choices } => Act::Ask { text, choices },
        Does::Save { .. } | Does::CallBack(_) => return Ok(Vec::new()),
    };
    let author = Author::Bot(questions::asker(&site.name));
    match rules::decide(conversation, &author, &act, &site.policy()) {
        Ok(bodies) => events::append(commit, site.id, conversation, &author, bodies, (None, 0)),
        Err(refusal) => {
            tracing::debug!(?refusal, conversation = %conversation.id, "a question is not asked");
            Ok(Vec::new())
        }
    }
}

/// Takes an answer over into the visitor's record, if there is room.
fn save(
    commit: &mut Commit<'_>,
    site: &Site,
    conversation: &Conversation,
    details: Details,
) -> Result<()> {
    let now = commit.now;
    records::change(commit, site.id, &conversation.visitor, |record| {
        if let Err(wrong) = record.tell(details, &Teller::Visitor, now) {
            tracing::debug!(?wrong, "an answer is not in the visitor's record");
        }
        Ok(())
    })?;
    Ok(())
}
