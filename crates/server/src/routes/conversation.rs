//! What visitors, agents and bots do alike in a conversation. They differ in who they are.

use axum::Json;
use axum::http::StatusCode;
use porchlight_protocol::limits::PAGE_EVENTS_MAX;
use porchlight_protocol::wire::{Appended, Page, ReadUpTo};
use porchlight_protocol::{Act, ClientId, Conversation, ConversationId, ErrorCode, Millis, Seq};
use rusqlite::Connection;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::error::Result;
use crate::hub::{Party, Topic};
use crate::poll::poll;
use crate::random::Hash;
use crate::store::log::{self, Actor};
use crate::store::sites::Site;
use crate::store::visitors::{self, VisitorClaim};
use crate::store::{agents, bots};

/// Who asks, before anybody has looked whether it holds.
#[derive(Debug, Clone)]
pub enum Who {
    /// A visitor's key.
    Visitor(VisitorClaim),
    /// An agent's session.
    Agent(Hash),
    /// A bot's token.
    Bot(Hash),
}

impl Who {
    /// The site and the actor, if it holds at this time by the wall clock.
    pub fn authorise(&self, sql: &Connection, now: Millis) -> Result<(Site, Actor)> {
        match self {
            Who::Visitor(claim) => {
                let (site, visitor) = visitors::authorise(sql, claim)?;
                Ok((site, Actor::Visitor(visitor)))
            }
            Who::Agent(session) => {
                let agent = agents::authorise(sql, session, now)?;
                Ok((agent.site, Actor::Agent(agent.member)))
            }
            Who::Bot(token) => {
                let (site, bot) = bots::authorise(sql, token)?;
                Ok((site, Actor::Bot(bot)))
            }
        }
    }

    /// What counters know them by.
    fn key(&self) -> &Hash {
        match self {
            Who::Visitor(claim) => &claim.key,
            Who::Agent(key) | Who::Bot(key) => key,
        }
    }

    /// Who they are to the hub.
    pub fn party(&self) -> Party {
        match self {
            Who::Visitor(_) => Party::Visitor,
            Who::Agent(session) => Party::Agent(*session),
            Who::Bot(token) => Party::Bot(*token),
        }
    }

    /// Notes that the claim held.
    pub fn held(&self, app: &App) {
        app.limits.proven.note(self.key());
    }

    /// Looks the claim up in a reader, unless it held lately: the one writer does no work for
    /// strangers.
    pub async fn prove(&self, app: &App) -> Result<()> {
        if app.limits.proven.knows(self.key()) {
            return Ok(());
        }
        let (asked, now) = (self.clone(), app.now());
        app.store.read(move |sql| asked.authorise(sql, now).map(drop)).await?;
        self.held(app);
        Ok(())
    }

    fn count_act(&self, app: &App) -> Result<()> {
        match self {
            Who::Visitor(claim) => app.limits.visitor_acts.check(&claim.key),
            Who::Agent(key) | Who::Bot(key) => app.limits.team_acts.check(key),
        }
    }

    fn count_read(&self, app: &App) -> Result<()> {
        match self {
            Who::Visitor(claim) => app.limits.visitor_reads.check(&claim.key),
            Who::Agent(key) | Who::Bot(key) => app.limits.team_acts.check(key),
        }
    }
}

/// What the actor hears of.
pub fn topic(site: &Site, actor: &Actor) -> Topic {
    match actor {
        Actor::Visitor(visitor) => Topic::Visitor(site.id, visitor.clone()),
        Actor::Agent(_) | Actor::Bot(_) => Topic::Team(site.id),
    }
}

/// Which page of a conversation's history.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// The events after this one. With neither `after` nor `before`: from the first.
    pub after: Option<u64>,
    /// The last events before this one. Not together with `after`.
    pub before: Option<u64>,
    /// How many at most; 200 if absent or larger.
    pub limit: Option<usize>,
    /// Seconds to wait for an event after `after` if there is none yet; 25 at most.
    pub wait: Option<u64>,
}

/// A conversation.
pub async fn get(app: &App, who: Who, id: ConversationId) -> Result<Json<Conversation>> {
    let now = app.now();
    let conversation = app
        .store
        .read(move |sql| {
            let (site, actor) = who.authorise(sql, now)?;
            log::conversation(sql, &site, &actor, &id)
        })
        .await?;
    Ok(Json(conversation))
}

/// A page of a conversation's history.
pub async fn page(app: &App, who: Who, id: ConversationId, query: PageQuery) -> Result<Json<Page>> {
    if query.after.is_some() && query.before.is_some() {
        return Err(ErrorCode::Malformed.into());
    }
    let (page, topic) = read_page(app, &who, &id, query).await?;
    who.held(app);
    let wait = query.wait.unwrap_or(0);
    // Who has seen events that are still to come waits in vain: the store went back in time.
    let from_the_future = query.after.is_some_and(|after| after > page.head);
    if wait == 0 || query.before.is_some() || !page.events.is_empty() || from_the_future {
        return Ok(Json(page));
    }
    let later = poll(app, wait, topic, who.party(), Some(id.clone()), async |last| {
        let (page, _) = read_page(app, &who, &id, query).await?;
        Ok((last || !page.events.is_empty()).then_some(page))
    });
    Ok(Json(later.await?.unwrap_or(page)))
}

async fn read_page(
    app: &App,
    who: &Who,
    id: &ConversationId,
    query: PageQuery,
) -> Result<(Page, Topic)> {
    let (who, id) = (who.clone(), id.clone());
    let limit = query.limit.unwrap_or(PAGE_EVENTS_MAX).clamp(1, PAGE_EVENTS_MAX);
    let now = app.now();
    app.store
        .read(move |sql| {
            let (site, actor) = who.authorise(sql, now)?;
            let conversation = log::conversation(sql, &site, &actor, &id)?;
            let events = match query.before {
                Some(before) => {
                    log::events_before(sql, &site, &actor, &conversation, before, limit)?
                }
                None => {
                    let after: Seq = query.after.unwrap_or(0);
                    log::events_after(sql, &site, &actor, &conversation, after, limit)?
                }
            };
            Ok((Page { events, head: conversation.head }, topic(&site, &actor)))
        })
        .await
}

/// Does an act: 201 if it made events, 200 if it was done before or it was so already.
pub async fn act(
    app: &App,
    who: Who,
    id: ConversationId,
    client_id: ClientId,
    act: Act,
) -> Result<(StatusCode, Json<Appended>)> {
    who.prove(app).await?;
    who.count_act(app)?;
    let (appended, new) = app
        .store
        .write(move |commit| {
            let (site, actor) = who.authorise(commit.sql, commit.now)?;
            log::act(commit, &site, &actor, &id, &client_id, &act)
        })
        .await?;
    let made = new && !appended.events.is_empty();
    Ok((if made { StatusCode::CREATED } else { StatusCode::OK }, Json(appended)))
}

/// Notes how far the caller's side has read.
pub async fn read(app: &App, who: Who, id: ConversationId, up_to: ReadUpTo) -> Result<StatusCode> {
    who.prove(app).await?;
    who.count_read(app)?;
    app.store
        .write(move |commit| {
            let (site, actor) = who.authorise(commit.sql, commit.now)?;
            log::read(commit, &site, &actor, &id, up_to)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
