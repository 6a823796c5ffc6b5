//! E-mail that goes out: what is planned, and what became of it. A mail is composed when it is due, from what is true then, by
//! the node that leases it.

use porchlight_protocol::conversation::Side;
use porchlight_protocol::mail::{
    self, Call, MAILS_PER_HOUR_MAX, MAILS_SHOWN_MAX, MailKind, MailQueue, MailSeen, MailState,
    PAUSE_MS,
};
use porchlight_protocol::person::VisitorName;
use porchlight_protocol::{
    Author, Conversation, ConversationId, Event, EventBody, Filter, MemberId, Millis, Seq,
    VisitorId,
};

use crate::commit::Commit;
use crate::error::Result;
use crate::random::{self, Hash};
use crate::sql::{Row, Sql, params};
use crate::store::{SiteId, damaged};

use super::conversations::{self, Listed};
use super::sites::Site;
use super::{agents, events, records, returns, trials};

/// How long a node has time to send a mail that it has leased, in milliseconds: far longer than all its time limits
/// together. After that another node sends it, by the same `Message-ID`.
const LEASE_MS: Millis = 5 * 60 * 1_000;

/// How long it is kept what became of a mail, in milliseconds: 90 days. As long a visitor can unsubscribe by it.
const KEPT_MS: Millis = 90 * 24 * 60 * 60 * 1_000;

/// Open conversations, those that were active last, that are looked at for visitors who wait.
const LOOKED_AT_MAX: usize = 200;

/// Visitors who wait that a mail names.
const NAMED_MAX: usize = 10;

/// Messages that a mail to a visitor holds, the last ones.
const MESSAGES_MAX: usize = 20;

/// Events of a log that are looked at for them.
const EVENTS_MAX: usize = 500;

/// Rows that are deleted in one job.
const FORGOTTEN_MAX: usize = 500;

const HOUR_MS: Millis = 60 * 60 * 1_000;

/// A mail to send. It can't be logged: it holds what people have written, and a secret.
#[derive(Clone)]
pub struct Mail {
    /// Its id, which names it in `Message-ID`.
    pub id: String,
    /// How often it was tried, with this time.
    pub tries: u32,
    /// How long ago it was planned, in milliseconds.
    pub planned_ago: Millis,
    /// The address.
    pub to: String,
    /// What it says.
    pub letter: Letter,
}

/// What a mail says.
#[derive(Clone)]
pub enum Letter {
    /// That mail is sent.
    Test,
    /// Who waits.
    Waiting {
        /// They, the longest waiting first.
        waits: Vec<Waits>,
        /// More of them wait.
        more: bool,
    },
    /// What the team has answered.
    Answer {
        /// The language of the visitor's chat.
        language: Option<String>,
        /// The messages.
        messages: Vec<Said>,
        /// There are earlier ones, too, that the visitor has not read.
        more: bool,
        /// The secret of the link that leads back to the conversation.
        link: String,
    },
}

/// A visitor who waits.
#[derive(Debug, Clone)]
pub struct Waits {
    /// The conversation.
    pub conversation: ConversationId,
    /// What the visitor is called, if that is known.
    pub name: Option<String>,
    /// The beginning of the last message.
    pub words: String,
    /// For how long, in milliseconds.
    pub ms: Millis,
}

/// A message of the team.
#[derive(Debug, Clone)]
pub struct Said {
    /// Who has written it.
    pub by: String,
    /// The text.
    pub text: String,
}

/// What became of a try.
#[derive(Debug, Clone)]
pub enum Tried {
    /// The mail server has taken it.
    Sent,
    /// It is tried again after so many milliseconds.
    Again(String, Millis),
    /// It is given up.
    Failed(String),
}

/// Plans a mail of a held site, due after so many milliseconds, unless one of this kind is planned already.
fn plan(
    commit: &Commit<'_>,
    site: SiteId,
    kind: MailKind,
    about: &str,
    after_ms: Millis,
) -> Result<()> {
    let id = porchlight_protocol::id::hex(&random::bytes::<16>()?);
    commit.sql.pipeline(
        "INSERT INTO mails (site, id, kind, about, planned_at, due_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        params![site, &id, kind.as_str(), about, commit.now, commit.steady + after_ms],
    )
}

/// Plans a mail to the visitor of a conversation in which the team has written just now, if they can be written to.
pub(crate) fn plan_answer(
    commit: &Commit<'_>,
    site: &Site,
    id: &ConversationId,
    events: &[Event],
) -> Result<()> {
    let wrote = events.iter().any(|event| matches!(event.body, EventBody::Message { .. }));
    if !wrote || !site.mail.answers || trials::is_trial(site.id) {
        return Ok(());
    }
    let query = "SELECT visitor FROM conversations WHERE site = $1 AND id = $2";
    let visitor: Option<String> =
        commit.sql.first(query, params![site.id, id.as_str()], |row| row.get(0))?;
    let visitor = visitor.ok_or_else(|| damaged("a conversation is missing"))?;
    let visitor = visitor.parse().map_err(|_| damaged("a conversation's visitor"))?;
    match addressed(commit.sql, site.id, &visitor)? {
        Some(_) => plan(commit, site.id, MailKind::Answer, id.as_str(), PAUSE_MS),
        None => Ok(()),
    }
}

/// The address and the language of a visitor, if they can be written to.
fn addressed(
    sql: Sql<'_>,
    site: SiteId,
    visitor: &VisitorId,
) -> Result<Option<(String, Option<String>)>> {
    let Some(record) = records::of(sql, site, visitor)? else { return Ok(None) };
    let Some(to) = mail::address_of(&record) else { return Ok(None) };
    let query = "SELECT EXISTS (SELECT 1 FROM unsubscribed WHERE site = $1 AND address = $2)";
    if sql.value(query, params![site, hashed(to)])? {
        return Ok(None);
    }
    Ok(Some((to.to_owned(), record.language)))
}

/// An address as it is stored of those who have unsubscribed.
fn hashed(address: &str) -> Hash {
    random::hash(&address.to_lowercase())
}

/// The open conversations of a site in which somebody waits for the team, the longest waiting first.
fn waiting(sql: Sql<'_>, site: SiteId) -> Result<Vec<(Millis, Conversation)>> {
    let nobody = MemberId::from_bytes([0; 16]);
    let open = Listed::Folder(Filter::Open, nobody);
    let found = conversations::list(sql, site, &open, None, LOOKED_AT_MAX)?;
    let waits = |of: Conversation| {
        let for_team = of.is_waiting() || of.assignee.is_some();
        let since = of.waits_since().filter(|_| for_team)?;
        Some((since.at, of))
    };
    let mut all: Vec<_> = found.conversations.into_iter().filter_map(waits).collect();
    all.sort_by_key(|(since, _)| *since);
    Ok(all)
}

/// Whether the team of a site, of whom nobody is online, is to be called.
pub(crate) fn call(sql: Sql<'_>, site: &Site, now: Millis) -> Result<Call> {
    if site.mail.call_minutes == 0 || trials::is_trial(site.id) {
        return Ok(Call::Never);
    }
    let query = "SELECT max(planned_at) FROM mails /* INDEXED BY mails_latest */ \
         WHERE site = $1 AND kind = 'waiting'";
    let called: Option<Millis> = sql.value(query, params![site.id])?;
    let waits: Vec<Millis> = waiting(sql, site.id)?.into_iter().map(|(since, _)| since).collect();
    Ok(site.mail.call(now, called, &waits))
}

/// Plans the mails that call the team of a held site, if it is to be called.
pub(crate) fn plan_call(commit: &Commit<'_>, site: &Site) -> Result<Call> {
    let call = call(commit.sql, site, commit.now)?;
    if call == Call::Now {
        let query =
            "SELECT id FROM agents WHERE site = $1 AND deactivated_at IS NULL AND mails = 1";
        let agents: Vec<String> = commit.sql.all(query, params![site.id], |row| row.get(0))?;
        for agent in agents {
            plan(commit, site.id, MailKind::Waiting, &agent, 0)?;
        }
    }
    Ok(call)
}

/// Plans a test to an agent, and leases it at once.
pub(crate) fn test(commit: &Commit<'_>, site: &Site, agent: &MemberId) -> Result<Option<Mail>> {
    let Some(person) = agents::person(commit.sql, site.id, agent)? else { return Ok(None) };
    let id = porchlight_protocol::id::hex(&random::bytes::<16>()?);
    // One at a time: of two, the second has no row, and nobody waits for what becomes of it.
    commit.sql.execute(
        "DELETE FROM mails WHERE site = $1 AND kind = 'test' AND about = $2 AND state = 'planned'",
        params![site.id, agent.as_str()],
    )?;
    commit.sql.execute(
        "INSERT INTO mails (site, id, kind, about, recipient, planned_at, due_at, leased_until, tries) \
         VALUES ($1, $2, 'test', $3, $4, $5, $6, $7, 1)",
        params![
            site.id,
            &id,
            agent.as_str(),
            &person.email,
            commit.now,
            commit.steady,
            commit.steady + LEASE_MS
        ],
    )?;
    let letter = Letter::Test;
    Ok(Some(Mail { id, tries: 1, planned_ago: 0, to: person.email, letter }))
}

/// The sites, of all, that have mails to send.
pub(crate) fn due(sql: Sql<'_>, steady: Millis) -> Result<Vec<SiteId>> {
    let query = "SELECT DISTINCT site FROM mails /* INDEXED BY mails_due */ \
         WHERE state = 'planned' AND due_at <= $1 AND leased_until <= $1";
    sql.all(query, params![steady], |row| row.get(0))
}

/// The answers, of all sites, that come due until then, and whom they are for.
pub(crate) fn soon(sql: Sql<'_>, steady: Millis) -> Result<Vec<(SiteId, String, VisitorId)>> {
    let query = "SELECT m.site, m.id, c.visitor FROM mails m /* INDEXED BY mails_due */ \
         JOIN conversations c ON c.site = m.site AND c.id = m.about \
         WHERE m.state = 'planned' AND m.due_at <= $1 AND m.leased_until <= $1 AND m.kind = 'answer' \
         LIMIT 1000";
    let found = sql.all(query, params![steady], |row| {
        let visitor: String = row.get(2)?;
        Ok((row.get(0)?, row.get(1)?, visitor.parse().ok()))
    })?;
    let known =
        |(site, id, visitor): (SiteId, String, Option<VisitorId>)| Some((site, id, visitor?));
    Ok(found.into_iter().filter_map(known).collect())
}

/// Puts a mail of a held site off, because its visitor is here.
pub(crate) fn put_off(commit: &Commit<'_>, site: SiteId, id: &str) -> Result<()> {
    commit.sql.pipeline(
        "UPDATE mails SET due_at = $1 WHERE site = $2 AND id = $3 AND state = 'planned'",
        params![commit.steady + PAUSE_MS, site, id],
    )
}

/// How many more mails a site may send in this hour.
fn room(sql: Sql<'_>, site: SiteId, now: Millis, steady: Millis) -> Result<u64> {
    let sent: u64 = sql.value(
        "SELECT count(*) FROM mails /* INDEXED BY mails_of_hour */ \
         WHERE site = $1 AND ended_at IS NOT NULL AND ended_at > $2",
        params![site, now - HOUR_MS],
    )?;
    let leased: u64 = sql.value(
        "SELECT count(*) FROM mails WHERE site = $1 AND state = 'planned' AND leased_until > $2",
        params![site, steady],
    )?;
    Ok(MAILS_PER_HOUR_MAX.saturating_sub(sent + leased))
}

/// Leases mails of a held site that are due, `limit` at most, and composes them. What nobody needs any more is forgotten.
pub(crate) fn lease(commit: &Commit<'_>, site: &Site, limit: usize) -> Result<Vec<Mail>> {
    let sql = commit.sql;
    let room = usize::try_from(room(sql, site.id, commit.now, commit.steady)?).unwrap_or(limit);
    let due: Vec<(String, String, String, u64, Millis)> = sql.all(
        "SELECT id, kind, about, tries, planned_at FROM mails \
         WHERE site = $1 AND state = 'planned' AND due_at <= $2 AND leased_until <= $2 \
         ORDER BY due_at LIMIT $3",
        params![site.id, commit.steady, limit.min(room)],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
    )?;
    let mut mails = Vec::new();
    for (id, kind, about, tries, planned_at) in due {
        let Some((to, letter, up_to)) = compose(commit, site, &kind, &about)? else {
            let forget = "DELETE FROM mails WHERE site = $1 AND id = $2";
            sql.execute(forget, params![site.id, &id])?;
            continue;
        };
        sql.execute(
            "UPDATE mails SET leased_until = $1, tries = tries + 1, recipient = $2, up_to = $3 \
             WHERE site = $4 AND id = $5",
            params![commit.steady + LEASE_MS, &to, up_to, site.id, &id],
        )?;
        let tries = u32::try_from(tries).unwrap_or(u32::MAX).saturating_add(1);
        mails.push(Mail { id, tries, planned_ago: commit.now - planned_at, to, letter });
    }
    Ok(mails)
}

/// A mail's address, what it says, and up to which event; `None` if there is nothing to say, or nobody to say it to.
fn compose(
    commit: &Commit<'_>,
    site: &Site,
    kind: &str,
    about: &str,
) -> Result<Option<(String, Letter, Seq)>> {
    match kind {
        "waiting" => Ok(of_waiting(commit, site, about)?.map(|(to, letter)| (to, letter, 0))),
        "answer" => of_answer(commit, site, about),
        "test" => {
            let Ok(agent) = about.parse() else { return Ok(None) };
            let person = agents::person(commit.sql, site.id, &agent)?;
            Ok(person.map(|person| (person.email, Letter::Test, 0)))
        }
        _ => Ok(None),
    }
}

fn of_waiting(commit: &Commit<'_>, site: &Site, agent: &str) -> Result<Option<(String, Letter)>> {
    let query = "SELECT c.email FROM agents a JOIN accounts c ON c.id = a.account \
         WHERE a.site = $1 AND a.id = $2 AND a.deactivated_at IS NULL AND a.mails = 1";
    let to: Option<String> = commit.sql.first(query, params![site.id, agent], |row| row.get(0))?;
    let Some(to) = to else { return Ok(None) };
    let mut all = waiting(commit.sql, site.id)?;
    if all.is_empty() {
        return Ok(None);
    }
    let more = all.len() > NAMED_MAX;
    all.truncate(NAMED_MAX);
    let conversations: Vec<Conversation> = all.iter().map(|(_, of)| of.clone()).collect();
    let names = records::names(commit.sql, site.id, &conversations)?;
    let name = |of: &Conversation| {
        let known: Option<&VisitorName> = names.iter().find(|name| name.id == of.visitor);
        known.and_then(|known| known.name.clone().or_else(|| known.email.clone()))
    };
    let waits = all.iter().map(|(since, of)| Waits {
        conversation: of.id.clone(),
        name: name(of),
        words: of.last.as_ref().map(|last| last.text.clone()).unwrap_or_default(),
        ms: commit.now - since,
    });
    Ok(Some((to, Letter::Waiting { waits: waits.collect(), more })))
}

fn of_answer(
    commit: &Commit<'_>,
    site: &Site,
    conversation: &str,
) -> Result<Option<(String, Letter, Seq)>> {
    let (sql, Ok(id)) = (commit.sql, conversation.parse()) else { return Ok(None) };
    if !site.mail.answers {
        return Ok(None);
    }
    let Some(of) = conversations::load(sql, site.id, &id)? else { return Ok(None) };
    let Some((to, language)) = addressed(sql, site.id, &of.visitor)? else { return Ok(None) };
    let (mut messages, _) = unread(sql, site.id, &of)?;
    if of.is_erased() || messages.is_empty() {
        return Ok(None);
    }
    let more = messages.len() > MESSAGES_MAX;
    let messages = messages.split_off(messages.len().saturating_sub(MESSAGES_MAX));
    // Another one at each try: the store keeps only its hash.
    let link = returns::issue(sql, site.id, &of.visitor, &of.id, commit.now)?;
    Ok(Some((to, Letter::Answer { language, messages, more, link }, of.head)))
}

/// What the team has written that the visitor has neither read nor been sent, in order.
fn unread(sql: Sql<'_>, site: SiteId, of: &Conversation) -> Result<(Vec<Said>, Seq)> {
    let query = "SELECT max(up_to) FROM mails /* INDEXED BY mails_about */ \
         WHERE site = $1 AND about = $2 AND state = 'sent'";
    let sent: Option<Seq> = sql.value(query, params![site, of.id.as_str()])?;
    let after = of.read(Side::Visitor).up_to.max(sent.unwrap_or_default());
    let after = after.max(of.head.saturating_sub(EVENTS_MAX as Seq));
    let events = events::after(sql, site, &of.id, of.head, after, EVENTS_MAX)?;
    let said = events.into_iter().filter_map(|event| match (event.author, event.body) {
        (Author::Agent(by) | Author::Bot(by), EventBody::Message { text, .. })
            if !text.is_empty() =>
        {
            Some(Said { by: by.name, text })
        }
        _ => None,
    });
    Ok((said.collect(), after))
}

/// Notes what became of a try of a held site. What the team has written while it was sent is planned.
pub(crate) fn tried(commit: &Commit<'_>, site: &Site, id: &str, tried: &Tried) -> Result<()> {
    let (sql, now) = (commit.sql, commit.now);
    match tried {
        Tried::Sent => {
            sql.execute(
                "UPDATE mails SET state = 'sent', ended_at = $1, problem = NULL \
                 WHERE site = $2 AND id = $3 AND state = 'planned'",
                params![now, site.id, id],
            )?;
            let query = "SELECT about FROM mails WHERE site = $1 AND id = $2 AND kind = 'answer'";
            let about: Option<String> = sql.first(query, params![site.id, id], |row| row.get(0))?;
            let Some(Ok(about)) = about.map(|about| about.parse()) else { return Ok(()) };
            if let Some(of) = conversations::load(sql, site.id, &about)?
                && !unread(sql, site.id, &of)?.0.is_empty()
            {
                plan(commit, site.id, MailKind::Answer, of.id.as_str(), PAUSE_MS)?;
            }
        }
        Tried::Again(problem, after_ms) => {
            sql.execute(
                "UPDATE mails SET due_at = $1, leased_until = 0, problem = $2 \
                 WHERE site = $3 AND id = $4 AND state = 'planned'",
                params![commit.steady + after_ms, problem, site.id, id],
            )?;
        }
        Tried::Failed(problem) => {
            sql.execute(
                "UPDATE mails SET state = 'failed', ended_at = $1, problem = $2 \
                 WHERE site = $3 AND id = $4 AND state = 'planned'",
                params![now, problem, site.id, id],
            )?;
        }
    }
    Ok(())
}

/// Has a mail of a held site that was not sent tried now. False if there is none.
pub(crate) fn retry(commit: &Commit<'_>, site: SiteId, id: &str) -> Result<bool> {
    let query = "SELECT kind, about FROM mails \
         WHERE site = $1 AND id = $2 AND state <> 'sent' AND kind <> 'test'";
    let found: Option<(String, String)> =
        commit.sql.first(query, params![site, id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let Some((kind, about)) = found else { return Ok(false) };
    // Another one of the same may be planned by now: then that one is tried.
    let planned = commit.sql.execute(
        "UPDATE mails SET due_at = $1, leased_until = 0 \
         WHERE site = $2 AND kind = $3 AND about = $4 AND state = 'planned'",
        params![commit.steady, site, &kind, &about],
    )?;
    if planned == 0 {
        commit.sql.execute(
            "UPDATE mails SET state = 'planned', planned_at = $1, due_at = $2, leased_until = 0, \
             tries = 0, ended_at = NULL WHERE site = $3 AND id = $4",
            params![commit.now, commit.steady, site, id],
        )?;
    }
    Ok(true)
}

/// The latest mails of a site.
pub(crate) fn queue(sql: Sql<'_>, site: SiteId, now: Millis, steady: Millis) -> Result<MailQueue> {
    let query = "SELECT id, kind, state, recipient, tries, problem, planned_at, due_at \
         FROM mails /* INDEXED BY mails_latest */ WHERE site = $1 ORDER BY planned_at DESC LIMIT $2";
    let mails = sql.all(query, params![site, MAILS_SHOWN_MAX], |row| seen(row, now, steady))?;
    Ok(MailQueue { mails, held: room(sql, site, now, steady)? == 0 })
}

fn seen(row: &Row, now: Millis, steady: Millis) -> Result<MailSeen> {
    let (kind, state): (String, String) = (row.get(1)?, row.get(2)?);
    let kinds = [MailKind::Test, MailKind::Waiting, MailKind::Answer];
    let states = [MailState::Planned, MailState::Sent, MailState::Failed];
    let state = states.into_iter().find(|known| known.as_str() == state);
    let state = state.unwrap_or(MailState::Other);
    let due: Millis = row.get(7)?;
    Ok(MailSeen {
        id: row.get(0)?,
        kind: kinds.into_iter().find(|known| known.as_str() == kind).unwrap_or(MailKind::Other),
        state,
        to: row.get(3)?,
        tries: u32::try_from(row.get::<u64>(4)?).unwrap_or(u32::MAX),
        problem: row.get(5)?,
        at: row.get(6)?,
        next: (state == MailState::Planned).then(|| now + (due - steady).max(0)),
    })
}

/// Notes that whoever got this answer wants no more of them. False if there is no such mail.
pub(crate) fn unsubscribe(commit: &Commit<'_>, site: SiteId, id: &str) -> Result<bool> {
    let query = "SELECT recipient FROM mails WHERE site = $1 AND id = $2 AND kind = 'answer'";
    let found: Option<Option<String>> =
        commit.sql.first(query, params![site, id], |row| row.get(0))?;
    let Some(address) = found.flatten() else { return Ok(false) };
    commit.sql.execute(
        "INSERT INTO unsubscribed (site, address, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        params![site, hashed(&address), commit.now],
    )?;
    Ok(true)
}

/// True if there is an answer with this id, by which somebody can unsubscribe.
pub(crate) fn is_answer(sql: Sql<'_>, site: SiteId, id: &str) -> Result<bool> {
    let query = "SELECT EXISTS (SELECT 1 FROM mails \
         WHERE site = $1 AND id = $2 AND kind = 'answer' AND recipient IS NOT NULL)";
    sql.value(query, params![site, id])
}

/// Forgets the mails about a conversation that is erased or removed, with their addresses, and that these want no more.
pub(crate) fn forget_about(sql: Sql<'_>, site: SiteId, about: &str) -> Result<()> {
    let query = "SELECT DISTINCT recipient FROM mails /* INDEXED BY mails_about */ \
         WHERE site = $1 AND about = $2 AND recipient IS NOT NULL";
    let addresses: Vec<String> = sql.all(query, params![site, about], |row| row.get(0))?;
    for address in addresses {
        sql.execute(
            "DELETE FROM unsubscribed WHERE site = $1 AND address = $2",
            params![site, hashed(&address)],
        )?;
    }
    sql.execute("DELETE FROM mails WHERE site = $1 AND about = $2", params![site, about])?;
    Ok(())
}

/// Forgets what became of mails long ago, of all sites, [`FORGOTTEN_MAX`] at most. True if none is left.
pub(crate) fn forget_old(commit: &mut Commit<'_>) -> Result<bool> {
    let forgotten = commit.sql.execute(
        "DELETE FROM mails WHERE (site, id) IN (SELECT site, id FROM mails \
         WHERE ended_at IS NOT NULL AND ended_at < $1 ORDER BY ended_at LIMIT $2)",
        params![commit.now - KEPT_MS, FORGOTTEN_MAX],
    )?;
    Ok(forgotten < FORGOTTEN_MAX)
}

/// Whether an agent wants to be called by e-mail.
pub(crate) fn wanted(sql: Sql<'_>, site: SiteId, agent: &MemberId) -> Result<bool> {
    let query = "SELECT mails FROM agents WHERE site = $1 AND id = $2";
    Ok(sql.first(query, params![site, agent.as_str()], |row| row.get(0))?.unwrap_or(true))
}

/// Saves whether an agent wants to be called by e-mail.
pub(crate) fn set_wanted(
    commit: &Commit<'_>,
    site: SiteId,
    agent: &MemberId,
    on: bool,
) -> Result<()> {
    commit.sql.execute(
        "UPDATE agents SET mails = $1 WHERE site = $2 AND id = $3",
        params![on, site, agent.as_str()],
    )?;
    Ok(())
}
