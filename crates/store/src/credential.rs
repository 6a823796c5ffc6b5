//! The credential of a visitor, an agent or a bot, and the one place that finds out whether it holds.

use porchlight_protocol::{Millis, SiteKey};

use crate::error::Result;
use crate::ops::Actor;
use crate::random::Hash;
use crate::sql::Sql;
use crate::tables::sites::Site;
use crate::tables::{agents, bots, visitors};

/// What a request shows of its sender. Whether it holds, [`Store::authorise`](crate::Store::authorise) says.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A visitor's key, with the site that it is for.
    Visitor(VisitorCredential),
    /// The hash of an agent's session token.
    Agent(Hash),
    /// The hash of a bot's token.
    Bot(Hash),
}

/// The credential of a visitor's request.
#[derive(Debug, Clone)]
pub struct VisitorCredential {
    /// The site that the request names.
    pub site: SiteKey,
    /// The hash of the key that it carries.
    pub key: Hash,
}

/// What a credential that holds grants.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The site.
    pub site: Site,
    /// Who asks.
    pub actor: Actor,
    /// When an agent's session ends; `None` for the others.
    pub expires_at: Option<Millis>,
}

impl Credential {
    /// What the credential grants, if it holds at `now` by the wall clock.
    pub(crate) fn authorise(&self, sql: Sql<'_>, now: Millis) -> Result<Grant> {
        let (site, actor, expires_at) = match self {
            Credential::Visitor(credential) => {
                let (site, visitor) = visitors::authorise(sql, credential)?;
                (site, Actor::Visitor(visitor), None)
            }
            Credential::Agent(session) => {
                let agent = agents::authorise(sql, session, now)?;
                (agent.site, Actor::Agent(agent.member), Some(agent.expires_at))
            }
            Credential::Bot(token) => {
                let (site, bot) = bots::authorise(sql, token)?;
                (site, Actor::Bot(bot), None)
            }
        };
        Ok(Grant { site, actor, expires_at })
    }

    /// The hash under which limits count the sender.
    pub fn key(&self) -> &Hash {
        match self {
            Credential::Visitor(credential) => &credential.key,
            Credential::Agent(key) | Credential::Bot(key) => key,
        }
    }
}
