//! The runs of flows: where each conversation with a flow bot is, and what the bot does there.
//!
//! A bot acts in the transaction of the act that it answers, or of the timer that wakes it, through the rules, as everybody
//! does. What keeps it from acting never keeps the visitor from it.

use porchlight_flow::{Do, Flow, Input, Run};
use porchlight_protocol::conversation::Kind;
use porchlight_protocol::person::{self, Details, Teller};
use porchlight_protocol::rules::{self, Refusal};
use porchlight_protocol::{
    Act, Author, Conversation, ConversationId, ErrorCode, Event, EventBody, Member, Millis,
};

use crate::commit::Commit;
use crate::error::{Error, Result};
use crate::sql::{Sql, params};
use crate::store::{SiteId, damaged};

use super::flows::{self, Version};
use super::sites::Site;
use super::{conversations, events, records};

/// Runs that the timer is told of at once.
pub(crate) const DUE_MAX: usize = 64;

/// A run that has not ended.
struct Found {
    /// Where it is; `None` if the row can't be read.
    run: Option<Run>,
    /// Its version of the flow; `None` if that is missing.
    version: Option<Version>,
    /// False if its bot was removed.
    has_bot: bool,
    wake_at: Option<Millis>,
}

fn find(sql: Sql<'_>, site: SiteId, id: &ConversationId) -> Result<Option<Found>> {
    let query = "SELECT r.state, r.wake_at, b.id, f.version, f.flow FROM runs r \
         LEFT JOIN bots b ON b.site = r.site AND b.id = r.bot \
         LEFT JOIN flows f ON f.site = r.site AND f.bot = r.bot AND f.version = r.version \
         WHERE r.site = $1 AND r.conversation = $2 AND r.version IS NOT NULL";
    sql.first(query, params![site, id.as_str()], |row| {
        let version: Option<u64> = row.get(3)?;
        let json = row.text(4).map(str::to_owned);
        Ok(Found {
            run: row.text(0).and_then(|state| serde_json::from_str(state).ok()),
            version: version.zip(json).map(|(version, json)| Version { version, json }),
            has_bot: row.text(2).is_some(),
            wake_at: row.get(1)?,
        })
    })
}

/// Saves a run. One that has ended keeps what was saved, and goes by no version any more.
fn save(
    commit: &mut Commit<'_>,
    site: SiteId,
    id: &ConversationId,
    run: &Run,
    wake_at: Option<Millis>,
) -> Result<()> {
    commit.waits |= wake_at.is_some();
    let has_ended = run.ended().is_some();
    commit.sql.pipeline(
        "UPDATE runs SET state = $1, wake_at = $2, \
             version = CASE WHEN CAST($3 AS BIGINT) = 1 THEN NULL ELSE version END \
             WHERE site = $4 AND conversation = $5",
        params![&serde_json::to_string(run)?, wake_at, has_ended, site, id.as_str()],
    )
}

/// Ends the run of a conversation, if it has one: an agent has taken over, who may hand the conversation back. Until then
/// its version is kept.
pub(crate) fn hold(sql: Sql<'_>, site: SiteId, id: &ConversationId) -> Result<()> {
    sql.pipeline(
        "UPDATE runs SET held = COALESCE(version, held), version = NULL, wake_at = NULL \
             WHERE site = $1 AND conversation = $2",
        params![site, id.as_str()],
    )
}

/// A run that its conversation's owner hands back to the bot.
struct Held {
    /// False if the bot's flow is switched off.
    is_on: bool,
    /// The run as JSON; `None` if the conversation never had one, because a program answers for its bot.
    state: Option<String>,
    /// The version by which it went; `None` if it had ended, or is not kept.
    version: Option<Version>,
}

/// `None` if the bot was removed.
fn held(sql: Sql<'_>, site: SiteId, id: &ConversationId, bot: &Member) -> Result<Option<Held>> {
    let query = "SELECT b.flow, r.state, f.version, f.flow FROM bots b \
         LEFT JOIN runs r ON r.site = b.site AND r.conversation = $1 AND r.bot = b.id \
         LEFT JOIN flows f ON f.site = b.site AND f.bot = b.id AND f.version = r.held \
         WHERE b.site = $2 AND b.id = $3";
    sql.first(query, params![id.as_str(), site, bot.id.as_str()], |row| {
        let on: Option<u64> = row.get(0)?;
        let version: Option<u64> = row.get(2)?;
        let json = row.text(3).map(str::to_owned);
        Ok(Held {
            is_on: on.is_some(),
            state: row.text(1).map(str::to_owned),
            version: version.zip(json).map(|(version, json)| Version { version, json }),
        })
    })
}

/// Lets the run of a conversation go on that an agent has handed back to its bot: with its version, from where it was when
/// the agent came; or, if that is not kept or the flow had ended, anew with the flow that is on. What was saved stays.
/// Refused if the bot was removed, or its flow is switched off. A program that answers for its bot needs no run.
pub(crate) fn resume(
    commit: &mut Commit<'_>,
    site: &Site,
    conversation: &mut Conversation,
) -> Result<()> {
    let bot = bot(conversation)?;
    let held = held(commit.sql, site.id, &conversation.id, &bot)?.ok_or_else(Error::bot_is_off)?;
    let Some(state) = held.state else { return Ok(()) };
    if !held.is_on {
        return Err(Error::bot_is_off());
    }
    let mut run: Run = serde_json::from_str(&state).unwrap_or_else(|_| Run::new(""));
    let kept = held.version.filter(|_| run.ended().is_none());
    let (flow, version) = match kept.and_then(|kept| Some((kept.flow()?, kept.version))) {
        Some(kept) => kept,
        None => {
            run.renew();
            let on = flows::published(commit.sql, site.id, &bot.id)?;
            let on = on.ok_or_else(Error::bot_is_off)?;
            let flow = on.flow().ok_or_else(|| {
                note_damage(commit.sql, site.id, &bot, on.version);
                Error::bot_is_off()
            })?;
            (flow, on.version)
        }
    };
    let mut said = Vec::new();
    let input = Input::HandedBack;
    let waits = play(commit, site, conversation, &bot, &flow, &mut run, input, &mut said)?;
    let wake_at = waits.map(|ms| later(commit.steady, ms));
    commit.sql.pipeline(
        "UPDATE runs SET version = $1, held = NULL WHERE site = $2 AND conversation = $3",
        params![version, site.id, conversation.id.as_str()],
    )?;
    save(commit, site.id, &conversation.id, &run, wake_at)
}

/// Ends the run of a conversation for good, if it has one: its bot has handed over, or can't go on.
pub(crate) fn end(sql: Sql<'_>, site: SiteId, id: &ConversationId) -> Result<()> {
    sql.pipeline(
        "UPDATE runs SET version = NULL, wake_at = NULL WHERE site = $1 AND conversation = $2",
        params![site, id.as_str()],
    )
}

/// Begins a bot's flow in its conversation, which may have no event yet. Returns the bot's events. Refused if the
/// conversation has none after it either.
pub(crate) fn begin(
    commit: &mut Commit<'_>,
    site: &Site,
    conversation: &mut Conversation,
    version: &Version,
    language: &str,
) -> Result<Vec<Event>> {
    let bot = bot(conversation)?;
    let Some(flow) = version.flow() else {
        note_damage(commit.sql, site.id, &bot, version.version);
        return hand_over(commit, site, conversation, &bot);
    };
    let mut run = Run::new(language);
    let mut said = Vec::new();
    let mut waits =
        play(commit, site, conversation, &bot, &flow, &mut run, Input::Begin, &mut said)?;
    // There is no conversation yet in which the visitor could wait for the first word.
    while conversation.head == 0 && run.waits() {
        waits = play(commit, site, conversation, &bot, &flow, &mut run, Input::Woke, &mut said)?;
    }
    if conversation.head == 0 {
        return Err(ErrorCode::TextEmpty.into());
    }
    let wake_at = waits.map(|ms| later(commit.steady, ms));
    commit.waits |= wake_at.is_some();
    let by = run.ended().is_none().then_some(version.version);
    commit.sql.pipeline(
        "INSERT INTO runs (site, conversation, bot, version, state, wake_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        params![
            site.id,
            conversation.id.as_str(),
            bot.id.as_str(),
            by,
            &serde_json::to_string(&run)?,
            wake_at,
        ],
    )?;
    Ok(said)
}

/// Tells the run of a conversation, if it has one, what its visitor has written with these events. A choice is what it says.
pub(crate) fn answer(
    commit: &mut Commit<'_>,
    site: &Site,
    conversation: &mut Conversation,
    events: &[Event],
) -> Result<()> {
    let input = events.iter().rev().find_map(|event| match &event.body {
        EventBody::Message { text, .. } => Some(Input::Said { text }),
        _ => None,
    });
    let Some(input) = input else { return Ok(()) };
    if !conversation.is_with_bot() {
        return Ok(());
    }
    let Some(found) = find(commit.sql, site.id, &conversation.id)? else { return Ok(()) };
    go_on(commit, site, conversation, found, input)
}

/// Takes a run further.
fn go_on(
    commit: &mut Commit<'_>,
    site: &Site,
    conversation: &mut Conversation,
    found: Found,
    input: Input<'_>,
) -> Result<()> {
    let bot = bot(conversation)?;
    let flow = found.version.as_ref().and_then(Version::flow);
    let (Some(mut run), Some(flow)) = (found.run, flow.filter(|_| found.has_bot)) else {
        if found.has_bot {
            let version = found.version.map(|version| version.version).unwrap_or_default();
            note_damage(commit.sql, site.id, &bot, version);
        }
        hand_over(commit, site, conversation, &bot)?;
        return end(commit.sql, site.id, &conversation.id);
    };
    let before = run.clone();
    let mut said = Vec::new();
    let waits = play(commit, site, conversation, &bot, &flow, &mut run, input, &mut said)?;
    let wake_at = match waits {
        Some(ms) => Some(later(commit.steady, ms)),
        // What is said meanwhile does not begin a wait anew.
        None => found.wake_at.filter(|_| run.waits() && input != Input::Woke),
    };
    if run == before && wake_at == found.wake_at {
        return Ok(());
    }
    save(commit, site.id, &conversation.id, &run, wake_at)
}

/// Gives a run its input, and lets the bot do what follows. Appends the bot's events to `said`, and returns the milliseconds
/// that it waits from now on. If the rules refuse something, the run ends.
#[expect(clippy::too_many_arguments, reason = "the parts of one transaction, of two callers")]
fn play(
    commit: &mut Commit<'_>,
    site: &Site,
    conversation: &mut Conversation,
    bot: &Member,
    flow: &Flow,
    run: &mut Run,
    input: Input<'_>,
    said: &mut Vec<Event>,
) -> Result<Option<u64>> {
    let mut saved = Vec::new();
    let waits = acts(commit, site, conversation, bot, run.step(flow, input), said, &mut saved)?;
    if waits.is_err() {
        run.end();
    }
    tell(commit, site, conversation, saved)?;
    Ok(waits.unwrap_or_default())
}

/// What a run has ended by, which the rules have refused.
struct Ended;

/// What a flow has saved: who told it, and what.
type Saved = Vec<(Teller, Details)>;

/// Does what a run wants to do, until the rules refuse something. Returns the milliseconds that it waits from now on.
fn acts(
    commit: &mut Commit<'_>,
    site: &Site,
    conversation: &mut Conversation,
    bot: &Member,
    all: Vec<Do>,
    said: &mut Vec<Event>,
    saved: &mut Saved,
) -> Result<Result<Option<u64>, Ended>> {
    let mut waits = None;
    for what in all {
        let act = match what {
            Do::Say(text) => Act::message(text),
            Do::Ask { text, choices, .. } if !choices.is_empty() => Act::Ask { text, choices },
            Do::Ask { text, .. } => Act::message(text),
            Do::HandOver => Act::HandOver,
            Do::Close => Act::Close { seen: conversation.head },
            Do::Wait { ms } => {
                waits = Some(ms);
                continue;
            }
            Do::Save { attribute, value, asked } => {
                let by = if asked { Teller::Visitor } else { Teller::Bot };
                saved.extend(person::saved(&attribute, &value).map(|details| (by, details)));
                continue;
            }
        };
        match does(commit, site, conversation, bot, &act)? {
            Ok(events) => said.extend(events),
            Err(refusal) => {
                tracing::debug!(?refusal, conversation = %conversation.id, "a flow ends");
                if matches!(refusal, Refusal::Text(_) | Refusal::Choices) {
                    // The fault is the flow's: a person has to answer.
                    said.extend(hand_over(commit, site, conversation, bot)?);
                }
                return Ok(Err(Ended));
            }
        }
    }
    Ok(Ok(waits))
}

/// Takes what a flow has saved over into the visitor's record, as far as there is room.
fn tell(
    commit: &mut Commit<'_>,
    site: &Site,
    conversation: &Conversation,
    saved: Saved,
) -> Result<()> {
    if saved.is_empty() {
        return Ok(());
    }
    let now = commit.now;
    records::change(commit, site.id, &conversation.visitor, |record| {
        for (by, details) in saved {
            if let Err(wrong) = record.tell(details, &by, now) {
                tracing::debug!(?wrong, "what a flow has saved is not in the visitor's record");
            }
        }
        Ok(())
    })?;
    Ok(())
}

/// Does an act of a bot, if the rules allow it.
fn does(
    commit: &mut Commit<'_>,
    site: &Site,
    conversation: &mut Conversation,
    bot: &Member,
    act: &Act,
) -> Result<Result<Vec<Event>, Refusal>> {
    let author = Author::Bot(bot.clone());
    let bodies = match rules::decide(conversation, &author, act, &site.policy()) {
        Ok(bodies) => bodies,
        Err(refusal) => return Ok(Err(refusal)),
    };
    events::append(commit, site.id, conversation, &author, bodies, (None, 0)).map(Ok)
}

/// Hands a conversation over to the team, if it can be.
fn hand_over(
    commit: &mut Commit<'_>,
    site: &Site,
    conversation: &mut Conversation,
    bot: &Member,
) -> Result<Vec<Event>> {
    Ok(does(commit, site, conversation, bot, &Act::HandOver)?.unwrap_or_default())
}

/// The bot of a conversation.
fn bot(conversation: &Conversation) -> Result<Member> {
    match &conversation.kind {
        Kind::Bot(bot) => Ok(bot.clone()),
        Kind::Live | Kind::Other => Err(damaged("a run without a bot")),
    }
}

fn note_damage(sql: Sql<'_>, site: SiteId, bot: &Member, version: u64) {
    let bot = &bot.id;
    sql.note_damage(format_args!(
        "version {version} of the flow of bot {bot} in site {site}, or a run"
    ));
}

fn later(steady: Millis, ms: u64) -> Millis {
    steady.saturating_add(Millis::try_from(ms).unwrap_or(Millis::MAX))
}

/// The runs that go on by themselves next, of all sites: site, conversation and time, the earliest first.
pub(crate) fn waking(sql: Sql<'_>) -> Result<Vec<(SiteId, String, Millis)>> {
    let query = "SELECT site, conversation, wake_at FROM runs /* INDEXED BY runs_waking */ \
         WHERE wake_at IS NOT NULL ORDER BY wake_at LIMIT $1";
    sql.all(query, params![DUE_MAX], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

/// Lets those of these runs of a held site go on that are due. Returns how many did. One that can't go on waits for its
/// visitor, so that it holds up no others.
pub(crate) fn wake(commit: &mut Commit<'_>, site: &Site, ids: &[String]) -> Result<usize> {
    let mut woken = 0;
    for id in ids {
        match commit.whole(|commit| wake_one(commit, site, id)) {
            Ok(did) => woken += usize::from(did),
            Err(error) if error.is_of_the_store() => return Err(error),
            Err(error) => {
                commit.sql.note_damage(format_args!("the run of conversation {id}"));
                tracing::error!(?error, id, "a flow can't go on");
                rest(commit, site.id, id)?;
                woken += 1;
            }
        }
    }
    Ok(woken)
}

fn rest(commit: &mut Commit<'_>, site: SiteId, id: &str) -> Result<()> {
    commit.sql.pipeline(
        "UPDATE runs SET wake_at = NULL WHERE site = $1 AND conversation = $2",
        params![site, id],
    )
}

/// False if the run is not due: another node may have been faster.
fn wake_one(commit: &mut Commit<'_>, site: &Site, id: &str) -> Result<bool> {
    let name: ConversationId = id.parse().map_err(|_| damaged("a conversation's id"))?;
    let Some(found) = find(commit.sql, site.id, &name)? else {
        rest(commit, site.id, id)?;
        return Ok(false);
    };
    if found.wake_at.is_none_or(|at| at > commit.steady) {
        return Ok(false);
    }
    let mut conversation = conversations::load(commit.sql, site.id, &name)?
        .ok_or_else(|| damaged("a conversation is missing"))?;
    if !conversation.is_with_bot() {
        end(commit.sql, site.id, &name)?;
    } else {
        go_on(commit, site, &mut conversation, found, Input::Woke)?;
    }
    Ok(true)
}
