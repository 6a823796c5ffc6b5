//! The credential of a visitor, an agent or a bot, and the one place that finds out whether it holds.

use porchlight_protocol::Millis;
use rusqlite::Connection;

use crate::app::App;
use crate::error::Result;
use crate::hub::{Party, Topic};
use crate::random::Hash;
use crate::store::ops::Actor;
use crate::store::sites::Site;
use crate::store::visitors::{self, VisitorCredential};
use crate::store::{agents, bots};

/// What a request shows of its sender. Whether it holds, [`Credential::authorise`] says.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A visitor's key, with the site that it is for.
    Visitor(VisitorCredential),
    /// The hash of an agent's session token.
    Agent(Hash),
    /// The hash of a bot's token.
    Bot(Hash),
}

impl Credential {
    /// The site and the actor, if the credential holds at `now` by the wall clock.
    pub fn authorise(&self, sql: &Connection, now: Millis) -> Result<(Site, Actor)> {
        match self {
            Credential::Visitor(credential) => {
                let (site, visitor) = visitors::authorise(sql, credential)?;
                Ok((site, Actor::Visitor(visitor)))
            }
            Credential::Agent(session) => {
                let agent = agents::authorise(sql, session, now)?;
                Ok((agent.site, Actor::Agent(agent.member)))
            }
            Credential::Bot(token) => {
                let (site, bot) = bots::authorise(sql, token)?;
                Ok((site, Actor::Bot(bot)))
            }
        }
    }

    /// The key under which limits count the sender.
    fn key(&self) -> &Hash {
        match self {
            Credential::Visitor(credential) => &credential.key,
            Credential::Agent(key) | Credential::Bot(key) => key,
        }
    }

    /// The sender's party in the hub.
    pub fn party(&self) -> Party {
        match self {
            Credential::Visitor(_) => Party::Visitor,
            Credential::Agent(session) => Party::Agent(*session),
            Credential::Bot(token) => Party::Bot(*token),
        }
    }

    /// Notes that the credential held: for a while [`Credential::prove`] asks nobody.
    pub fn held(&self, app: &App) {
        app.limits.proven.note(self.key());
    }

    /// Authorises in a reader, unless the credential held lately, so that the single writer does no work
    /// for made-up credentials.
    pub async fn prove(&self, app: &App) -> Result<()> {
        if app.limits.proven.knows(self.key()) {
            return Ok(());
        }
        let (asked, now) = (self.clone(), app.now());
        app.store.read(move |sql| asked.authorise(sql, now).map(drop)).await?;
        self.held(app);
        Ok(())
    }

    /// Counts an act against the sender's rate limit.
    pub fn count_act(&self, app: &App) -> Result<()> {
        match self {
            Credential::Visitor(credential) => app.limits.visitor_acts.check(&credential.key),
            Credential::Agent(key) | Credential::Bot(key) => app.limits.team_acts.check(key),
        }
    }

    /// Counts a read mark against the sender's rate limit.
    pub fn count_read(&self, app: &App) -> Result<()> {
        match self {
            Credential::Visitor(credential) => app.limits.visitor_reads.check(&credential.key),
            Credential::Agent(key) | Credential::Bot(key) => app.limits.team_acts.check(key),
        }
    }
}

/// The topic that an actor subscribes to.
pub fn topic(site: &Site, actor: &Actor) -> Topic {
    match actor {
        Actor::Visitor(visitor) => Topic::Visitor(site.id, visitor.clone()),
        Actor::Agent(_) | Actor::Bot(_) => Topic::Team(site.id),
    }
}
