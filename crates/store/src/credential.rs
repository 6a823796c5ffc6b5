//! The credential of a visitor, an agent or a bot, and the one place that finds out whether it holds.

use porchlight_protocol::{ErrorCode, Millis, SiteKey};

use crate::error::Result;
use crate::ops::Actor;
use crate::random::Hash;
use crate::sql::Sql;
use crate::store::SiteId;
use crate::tables::sites::{self, Site};
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
        let site = match self {
            Credential::Visitor(visitor) => sites::by_key(sql, &visitor.site)?,
            Credential::Agent(_) | Credential::Bot(_) => {
                sites::by_id(sql, self.site(sql)?.ok_or(self.refusal())?)?
            }
        };
        self.authorise_at(sql, site, now)
    }

    /// The same, at a site that was read, or is held, already.
    pub(crate) fn authorise_at(&self, sql: Sql<'_>, site: Site, now: Millis) -> Result<Grant> {
        let (actor, expires_at) = match self {
            Credential::Visitor(visitor) => {
                (Actor::Visitor(visitors::by_key(sql, site.id, &visitor.key)?), None)
            }
            Credential::Agent(session) => {
                let agent = agents::authorise_at(sql, site.clone(), session, now)?;
                (Actor::Agent(agent.member), Some(agent.expires_at))
            }
            Credential::Bot(token) => (Actor::Bot(bots::authorise_at(sql, site.id, token)?), None),
        };
        Ok(Grant { site, actor, expires_at })
    }

    /// The site that the credential is for, whether it holds or not.
    pub(crate) fn site(&self, sql: Sql<'_>) -> Result<Option<SiteId>> {
        match self {
            Credential::Visitor(visitor) => sites::id(sql, &visitor.site),
            Credential::Agent(session) => agents::site(sql, session),
            Credential::Bot(token) => bots::site(sql, token),
        }
    }

    /// The answer to a credential that is for no site.
    pub(crate) const fn refusal(&self) -> ErrorCode {
        match self {
            Credential::Visitor(_) => ErrorCode::SiteUnknown,
            Credential::Agent(_) => ErrorCode::SignInRequired,
            Credential::Bot(_) => ErrorCode::BotTokenInvalid,
        }
    }

    /// The hash under which limits count the sender.
    pub fn key(&self) -> &Hash {
        match self {
            Credential::Visitor(credential) => &credential.key,
            Credential::Agent(key) | Credential::Bot(key) => key,
        }
    }
}
