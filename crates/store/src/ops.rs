//! The operations on conversations. All writes take one path inside the transaction: authorise, look the act up
//! by its client id, ask the rules, append.

use porchlight_protocol::conversation::{Kind, Side};
use porchlight_protocol::limits::{OPEN_CONVERSATIONS_MAX, PAGE_EVENTS_MAX};
use porchlight_protocol::person::VisitorRecord;
use porchlight_protocol::text::{self, TextError};
use porchlight_protocol::wire::{Appended, ReadUpTo, Start, Started};
use porchlight_protocol::{
    Act, Author, ClientId, Conversation, ConversationId, ErrorCode, Event, EventBody, Member,
    Millis, Seq, VisitorId,
};
use porchlight_protocol::{left, notice, rules};

use crate::asker::Asker;
use crate::commit::Commit;
use crate::credential::{Credential, Grant, VisitorCredential};
use crate::error::Result;
use crate::identity::Surroundings;
use crate::news::Changed;
use crate::random::{self, Hash};
use crate::sql::{Row, Sql, params};
use crate::store::damaged;
use crate::tables::askings::Wanted;
use crate::tables::conversations::Save;
use crate::tables::sites::Site;
use crate::tables::{askings, bots, conversations, events, networks, records, runs, visitors};

/// How long the results of acts are kept for retries, in milliseconds: 90 days. A client that retries later may
/// append twice.
pub const ACTS_KEPT_MS: Millis = 90 * 24 * 60 * 60 * 1000;

/// Rows that are deleted in one job.
const FORGOTTEN_MAX: usize = 500;

/// The author of a request, which decides which conversations it may read and write.
#[derive(Debug, Clone)]
pub enum Actor {
    /// A visitor, who has their own conversations.
    Visitor(VisitorId),
    /// An agent, who has all of the site's.
    Agent(Member),
    /// A bot, which has those of its kind.
    Bot(Member),
}

impl Actor {
    pub(crate) fn author(&self) -> Author {
        match self {
            Actor::Visitor(_) => Author::Visitor,
            Actor::Agent(agent) => Author::Agent(agent.clone()),
            Actor::Bot(bot) => Author::Bot(bot.clone()),
        }
    }

    /// The key under which the actor's client ids are stored.
    fn key(&self) -> &str {
        match self {
            Actor::Visitor(_) => "visitor",
            Actor::Agent(member) | Actor::Bot(member) => member.id.as_str(),
        }
    }

    pub(crate) fn knows(&self, conversation: &Conversation) -> bool {
        match self {
            Actor::Visitor(visitor) => conversation.visitor == *visitor,
            Actor::Agent(_) => true,
            Actor::Bot(bot) => {
                matches!(&conversation.kind, Kind::Bot(member) if member.id == bot.id)
            }
        }
    }

    /// The events as the actor may see them: notes are for agents.
    pub fn visible(&self, events: Vec<Event>) -> Vec<Event> {
        match self {
            Actor::Agent(_) => events,
            Actor::Visitor(_) | Actor::Bot(_) => {
                events.into_iter().map(Event::without_internals).collect()
            }
        }
    }

    fn side(&self) -> Side {
        match self {
            Actor::Visitor(_) => Side::Visitor,
            Actor::Agent(_) | Actor::Bot(_) => Side::Team,
        }
    }
}

/// A conversation, if the actor may read it. Another visitor's gets the same answer as one that does not exist.
pub(crate) fn conversation(
    sql: Sql<'_>,
    site: &Site,
    actor: &Actor,
    id: &ConversationId,
) -> Result<Conversation> {
    conversations::load(sql, site.id, id)?
        .filter(|conversation| actor.knows(conversation))
        .ok_or_else(|| ErrorCode::ConversationUnknown.into())
}

/// A page of a conversation's log as the actor may see it: the first `limit` events after `after`.
pub(crate) fn events_after(
    sql: Sql<'_>,
    site: &Site,
    actor: &Actor,
    of: &Conversation,
    after: Seq,
    limit: usize,
) -> Result<Vec<Event>> {
    Ok(actor.visible(events::after(sql, site.id, &of.id, of.head, after, limit)?))
}

/// A page of a conversation's log as the actor may see it: the last `limit` events before `before`.
pub(crate) fn events_before(
    sql: Sql<'_>,
    site: &Site,
    actor: &Actor,
    of: &Conversation,
    before: Seq,
    limit: usize,
) -> Result<Vec<Event>> {
    Ok(actor.visible(events::before(sql, site.id, &of.id, of.head, before, limit)?))
}

/// Refuses a visitor whose messages the site does not take, and those who write from the network of one.
pub(crate) fn must_not_be_blocked(
    sql: Sql<'_>,
    now: Millis,
    grant: &Grant,
    credential: &Credential,
) -> Result<()> {
    let Grant { site, actor: Actor::Visitor(visitor), .. } = grant else { return Ok(()) };
    if grant.is_blocked {
        return Err(ErrorCode::VisitorBlocked.into());
    }
    networks::refuse(sql, now, site, credential.network(), || {
        let record = records::of(sql, site.id, visitor)?;
        Ok(record.is_some_and(|record| record.proved))
    })
}

/// Does an act at a held site, or returns the result of the first try with the same client id. True if the act is new.
/// `is_online` is true if an agent of the site is online.
pub(crate) fn act(
    commit: &mut Commit<'_>,
    site: Site,
    credential: &Credential,
    id: &ConversationId,
    (client_id, act): (&ClientId, &Act),
    is_online: bool,
) -> Result<(Appended, bool)> {
    let (grant, mut conversation, done) =
        credential.authorise_in(commit, site, id, Some(client_id))?;
    let Grant { site, actor, .. } = &grant;
    let digest = random::hash(&serde_json::to_string(act)?);
    if let Some(done) = done {
        return Ok((done.again(commit.sql, site, actor, &conversation, &digest)?, false));
    }
    // What was done before the block was done.
    must_not_be_blocked(commit.sql, commit.now, &grant, credential)?;
    let was_asked = askings::is_open(&conversation);
    let with = (client_id, &digest);
    let appended = append(commit, site, actor, &mut conversation, act, with, is_online)?;
    if matches!(conversation.kind, Kind::Bot(_)) {
        follow(commit, site, actor, &mut conversation, &appended.events)?;
    } else if was_asked {
        match actor {
            Actor::Visitor(_) => {
                askings::answer(commit, site, &mut conversation, &appended.events)?;
            }
            _ if conversation.assignee.is_some() => {
                askings::end(commit, site.id, &conversation.id)?
            }
            _ => {}
        }
    }
    Ok((appended, true))
}

/// What an act in a bot's conversation means for its flow.
fn follow(
    commit: &mut Commit<'_>,
    site: &Site,
    actor: &Actor,
    conversation: &mut Conversation,
    events: &[Event],
) -> Result<()> {
    match actor {
        Actor::Visitor(_) => runs::answer(commit, site, conversation, events),
        Actor::Agent(_) => match to_bot(events) {
            Some(true) => runs::resume(commit, site, conversation),
            Some(false) => runs::hold(commit.sql, site.id, &conversation.id),
            None => Ok(()),
        },
        Actor::Bot(_) => match to_bot(events) {
            Some(_) => runs::end(commit.sql, site.id, &conversation.id),
            None => Ok(()),
        },
    }
}

/// Whether these events give the conversation back to its bot, if they give it to anybody.
fn to_bot(events: &[Event]) -> Option<bool> {
    events.iter().find_map(|event| match event.body {
        EventBody::Assigned { to_bot, .. } => Some(to_bot),
        _ => None,
    })
}

/// Closes a conversation with the timer as author. The caller has found that it is due. False if it is closed
/// already.
pub(crate) fn time_out(commit: &mut Commit<'_>, site: &Site, id: &ConversationId) -> Result<bool> {
    let mut conversation = conversations::load(commit.sql, site.id, id)?
        .ok_or_else(|| damaged("a conversation is missing"))?;
    let act = Act::Close { seen: conversation.head };
    let bodies = rules::decide(&conversation, &Author::Timer, &act, &site.policy())?;
    let author = Author::Timer;
    let events = events::append(commit, site.id, &mut conversation, &author, bodies, (None, 0))?;
    if events.is_empty() {
        // The caller found it by its columns, which must be out of step with the state: save them anew.
        conversations::save(commit.sql, site.id, &conversation, Save::Fold)?;
    }
    Ok(!events.is_empty())
}

/// Unclaims all conversations of an agent, open or closed, and returns how many there were. Skips those that
/// can't be read.
pub(crate) fn hand_back(commit: &mut Commit<'_>, site: &Site, agent: &Member) -> Result<usize> {
    let ids: Vec<String> = commit.sql.all(
        "SELECT id FROM conversations WHERE site = $1 AND assignee = $2",
        params![site.id, agent.id.as_str()],
        |row| row.get(0),
    )?;
    let mut handed_back = 0;
    for id in ids {
        let done = commit.whole(|commit| {
            let id = id.parse().map_err(|_| damaged("a conversation's id"))?;
            let mut conversation = conversations::load(commit.sql, site.id, &id)?
                .ok_or_else(|| damaged("a conversation is missing"))?;
            let author = Author::Agent(agent.clone());
            let bodies = rules::decide(&conversation, &author, &Act::Unclaim, &site.policy())?;
            events::append(commit, site.id, &mut conversation, &author, bodies, (None, 0))?;
            Ok(())
        });
        match done {
            Ok(()) => handed_back += 1,
            Err(error) if error.is_of_the_store() => return Err(error),
            Err(error) => tracing::error!(?error, id, "a conversation can't be handed back"),
        }
    }
    Ok(handed_back)
}

/// Deletes the results of acts and starts that are older than [`ACTS_KEPT_MS`], of all sites, [`FORGOTTEN_MAX`] at
/// most of each. True if none is left.
pub(crate) fn forget_old_acts(commit: &mut Commit<'_>) -> Result<bool> {
    let before = commit.now - ACTS_KEPT_MS;
    // Without an order, PostgreSQL might read the whole table for the first old ones that it meets.
    let acts = commit.sql.execute(
        "DELETE FROM acts WHERE (site, conversation, author, client_id) IN \
             (SELECT site, conversation, author, client_id FROM acts WHERE at < $1 \
              ORDER BY at LIMIT $2)",
        params![before, FORGOTTEN_MAX],
    )?;
    let starts = commit.sql.execute(
        "DELETE FROM starts WHERE (site, visitor, client_id) IN \
             (SELECT site, visitor, client_id FROM starts WHERE at < $1 ORDER BY at LIMIT $2)",
        params![before, FORGOTTEN_MAX],
    )?;
    Ok(acts.max(starts) < FORGOTTEN_MAX)
}

fn append(
    commit: &mut Commit<'_>,
    site: &Site,
    actor: &Actor,
    conversation: &mut Conversation,
    act: &Act,
    (client_id, digest): (&ClientId, &Hash),
    is_online: bool,
) -> Result<Appended> {
    let author = actor.author();
    let mut bodies = rules::decide(conversation, &author, act, &site.policy())?;
    if left::is_for_team(conversation, &author) && site.is_nobody_there(commit.now, is_online) {
        bodies = left::mark(bodies);
    }
    let about = match act {
        Act::MessageAndClose { .. } => 0,
        _ => bodies.len().saturating_sub(1),
    };
    let first = conversation.head + 1;
    let events =
        events::append(commit, site.id, conversation, &author, bodies, (Some(client_id), about))?;
    commit.sql.pipeline(
        "INSERT INTO acts \
             (site, conversation, author, client_id, digest, first_seq, events, head, at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            site.id,
            conversation.id.as_str(),
            actor.key(),
            client_id.as_str(),
            digest,
            first,
            events.len(),
            conversation.head,
            commit.now,
        ],
    )?;
    Ok(Appended { events, head: conversation.head })
}

/// An act that was done before.
pub(crate) struct Done {
    digest: Hash,
    first: Seq,
    events: usize,
    head: Seq,
}

impl Done {
    /// The act of a row with digest, first seq, number of events and head from `at` on, if there is one.
    pub(crate) fn read(row: &Row, at: usize) -> Result<Option<Self>> {
        let digest: Option<Hash> = row.get(at)?;
        let Some(digest) = digest else { return Ok(None) };
        let events = usize::try_from(row.get::<u64>(at + 2)?).unwrap_or_default();
        Ok(Some(Done { digest, first: row.get(at + 1)?, events, head: row.get(at + 3)? }))
    }

    /// Its result, for an act with this digest.
    fn again(
        self,
        sql: Sql<'_>,
        site: &Site,
        actor: &Actor,
        of: &Conversation,
        digest: &Hash,
    ) -> Result<Appended> {
        if self.digest != *digest {
            return Err(ErrorCode::ClientIdReused.into());
        }
        let after = self.first.saturating_sub(1);
        let events = events_after(sql, site, actor, of, after, self.events)?;
        Ok(Appended { events, head: self.head })
    }
}

/// Starts a conversation at a held site, with the visitor's first message or with the first word of a bot, or returns the one that the first try with the same client
/// id has started. True if it is new. A key that was never used creates a visitor.
pub(crate) fn start(
    commit: &mut Commit<'_>,
    site: &Site,
    from: &VisitorCredential,
    start: &Start,
    surroundings: &Surroundings,
    asker: &Asker,
) -> Result<(Started, bool)> {
    // A retry may come after the visitor has chosen another language, or has gone to a page where another bot greets.
    let plain = Start { language: None, bot_id: None, ..start.clone() };
    let digest = random::hash(&serde_json::to_string(&plain)?);
    let Sender { visitor, started, open, record } =
        sender(commit.sql, site, &from.key, &start.client_id)?;
    let is_new = visitor.is_none();
    let is_blocked = visitor.as_ref().is_some_and(|known| known.is_blocked);
    let visitor = match visitor {
        Some(known) => known.id,
        None => VisitorId::from_bytes(random::bytes()?),
    };
    let actor = Actor::Visitor(visitor.clone());
    if let Some((before, id)) = started {
        if before != digest {
            return Err(ErrorCode::ClientIdReused.into());
        }
        return Ok((started_before(commit.sql, site, &actor, &id)?, false));
    }
    if is_blocked {
        return Err(ErrorCode::VisitorBlocked.into());
    }
    let is_proved = record.as_ref().is_some_and(|record| record.proved);
    networks::refuse(commit.sql, commit.now, site, from.network, || Ok(is_proved))?;
    if site.identity.required && !is_proved {
        return Err(ErrorCode::IdentityRequired.into());
    }
    if open >= OPEN_CONVERSATIONS_MAX {
        return Err(ErrorCode::TooManyOpen.into());
    }
    let (kind, flow) = if start.bot {
        let found = bots::of_site(commit.sql, site.id, start.bot_id.as_ref())?;
        let found = found.ok_or(ErrorCode::NotAllowed)?;
        (Kind::Bot(found.bot), found.flow)
    } else {
        (Kind::Live, None)
    };
    if is_new {
        visitors::insert(commit, site.id, &from.key, &visitor)?;
    }
    let questions = match kind {
        Kind::Live => Wanted::now(commit, site, asker, record.as_ref())?,
        _ => Wanted::default(),
    };
    let language = start.language.as_deref().and_then(notice::language);
    let record = record.unwrap_or_else(|| VisitorRecord::new(visitor.clone(), commit.now));
    records::here(commit, site.id, record, language.as_deref(), surroundings)?;
    let id = ConversationId::from_bytes(random::bytes()?);
    let mut conversation = Conversation::new(id, kind, visitor.clone(), commit.now);
    let mut events = Vec::new();
    // A bot with a flow may have the first word.
    if flow.is_none() || text::message(&start.text) != Err(TextError::Empty) {
        let act = Act::message(&start.text);
        let act_digest = random::hash(&serde_json::to_string(&act)?);
        let with = (&start.client_id, &act_digest);
        let online = asker.is_online;
        let appended = append(commit, site, &actor, &mut conversation, &act, with, online)?;
        events = appended.events;
    }
    if let Some(flow) = flow {
        let language = language.unwrap_or_default();
        events.extend(runs::begin(commit, site, &mut conversation, &flow, &language)?);
    }
    if !questions.is_empty() {
        events.extend(askings::begin(commit, site, &mut conversation, questions, asker)?);
    }
    commit.sql.pipeline(
        "INSERT INTO starts (site, visitor, client_id, digest, conversation, at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        params![
            site.id,
            visitor.as_str(),
            start.client_id.as_str(),
            digest,
            conversation.id.as_str(),
            commit.now,
        ],
    )?;
    Ok((Started { conversation, events }, true))
}

/// What a start is decided by.
#[derive(Default)]
struct Sender {
    /// The visitor, if the key was used before.
    visitor: Option<visitors::Known>,
    /// What they started with the same client id, as digest and conversation.
    started: Option<(Hash, String)>,
    /// The number of their open conversations.
    open: usize,
    /// What is known of them.
    record: Option<VisitorRecord>,
}

fn sender(sql: Sql<'_>, site: &Site, key: &Hash, client_id: &ClientId) -> Result<Sender> {
    // One statement, which may cost a round trip.
    let query = format!(
        "WITH who AS ({}) SELECT who.id, who.revoked_at, who.blocked_at, s.digest, s.conversation, ({}), {} FROM who \
         LEFT JOIN starts s ON s.site = $1 AND s.visitor = who.id AND s.client_id = $3 \
         LEFT JOIN records r ON r.site = $1 AND r.visitor = who.id",
        visitors::BY_KEY,
        conversations::COUNT_OPEN_ON_HOME.replace("$2", "who.id"),
        records::COLUMNS,
    );
    let found = sql.first(&query, params![site.id, key, client_id.as_str()], |row| {
        let digest: Option<Hash> = row.get(3)?;
        let conversation: Option<String> = row.get(4)?;
        let open = usize::try_from(row.get::<u64>(5)?).unwrap_or(usize::MAX);
        let visitor = visitors::read(row, 0)?;
        let record = match &visitor {
            Some(visitor) => records::read(sql, site.id, &visitor.id, row, 6)?,
            None => None,
        };
        Ok(Sender { visitor, started: digest.zip(conversation), open, record })
    })?;
    Ok(found.unwrap_or_default())
}

fn started_before(sql: Sql<'_>, site: &Site, actor: &Actor, id: &str) -> Result<Started> {
    let id: ConversationId = id.parse().map_err(|_| damaged("a conversation's id"))?;
    let conversation = conversations::load(sql, site.id, &id)?
        .ok_or_else(|| damaged("a started conversation is missing"))?;
    let events = events_before(sql, site, actor, &conversation, Seq::MAX, PAGE_EVENTS_MAX)?;
    Ok(Started { conversation, events })
}

/// Moves the read mark of the sender's side at a held site, and publishes it if it has moved.
pub(crate) fn read(
    commit: &mut Commit<'_>,
    site: Site,
    credential: &Credential,
    id: &ConversationId,
    read: ReadUpTo,
) -> Result<()> {
    let (Grant { site, actor, .. }, mut conversation, _) =
        credential.authorise_in(commit, site, id, None)?;
    let side = actor.side();
    let coming = commit.coming_revision(site.id)?;
    if !conversation.mark_read(side, read.up_to, || coming) {
        return Ok(());
    }
    let revision = commit.next_revision(site.id)?;
    conversations::save(commit.sql, site.id, &conversation, Save::Mark(revision))?;
    commit.publish(site.id, revision, read_mark(&conversation, side))
}

/// The change that a read mark of a conversation stands at its place.
pub(crate) fn read_mark(conversation: &Conversation, side: Side) -> Changed {
    Changed::Read {
        visitor: conversation.visitor.clone(),
        conversation: conversation.id.clone(),
        side,
        up_to: conversation.read(side).up_to,
        read_revision: Some(conversation.read_revision).filter(|revision| *revision > 0),
    }
}
