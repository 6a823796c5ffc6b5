//! The credential of a visitor, an agent or a bot, and the one place that finds out whether it holds.

use std::net::IpAddr;

use porchlight_protocol::{
    ClientId, Conversation, ConversationId, ErrorCode, Member, Millis, SiteKey,
};

use crate::commit::Commit;
use crate::error::Result;
use crate::ops::{Actor, Done};
use crate::random::Hash;
use crate::sql::{Param, Sql, ToParam};
use crate::store::SiteId;
use crate::tables::agents::{self, Agent};
use crate::tables::sites::{self, Site};
use crate::tables::{bots, conversations, visitors};

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
    /// The network that it comes from: an IPv4 address, or an IPv6 network of 64 bits. It is not stored, unless it is blocked.
    pub network: Option<IpAddr>,
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
    /// Whether the site's team counts as online while this sender is connected.
    pub is_online: bool,
    /// True for a visitor whose messages the site does not take. They may read what they could read before.
    pub is_blocked: bool,
}

impl Grant {
    fn of_agent(agent: Agent) -> Grant {
        Grant {
            is_online: agent.presence.is_online(),
            site: agent.site,
            actor: Actor::Agent(agent.member),
            expires_at: Some(agent.expires_at),
            is_blocked: false,
        }
    }

    fn of_visitor(site: Site, visitor: visitors::Known) -> Grant {
        let visitors::Known { id, is_blocked } = visitor;
        let actor = Actor::Visitor(id);
        Grant { site, actor, expires_at: None, is_online: false, is_blocked }
    }

    fn of_bot(site: Site, bot: Member) -> Grant {
        let actor = Actor::Bot(bot);
        Grant { site, actor, expires_at: None, is_online: false, is_blocked: false }
    }
}

/// The first column of the sender in the query of [`Credential::authorise_in`].
const WHO: usize = 7;

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
        Ok(match self {
            Credential::Visitor(visitor) => {
                let visitor = visitors::by_key(sql, site.id, &visitor.key)?;
                Grant::of_visitor(site, visitor)
            }
            Credential::Agent(session) => {
                Grant::of_agent(agents::authorise_at(sql, site, session, now)?)
            }
            Credential::Bot(token) => {
                let bot = bots::authorise_at(sql, site.id, token)?;
                Grant::of_bot(site, bot)
            }
        })
    }

    /// The same, at a site that is held, with a conversation and the act that the sender has done in it under this client
    /// id before: by one statement, which may cost a round trip.
    pub(crate) fn authorise_in(
        &self,
        commit: &Commit<'_>,
        site: Site,
        id: &ConversationId,
        client_id: Option<&ClientId>,
    ) -> Result<(Grant, Conversation, Option<Done>)> {
        let (sql, number, now) = (commit.sql, site.id, commit.now);
        let since = now - agents::IDLE_MS;
        // A client id is its sender's; all visitors of a conversation are one.
        let (who, author, mut params) = match self {
            Credential::Visitor(visitor) => {
                (visitors::BY_KEY, "'visitor'", vec![number.to_param(), visitor.key.to_param()])
            }
            Credential::Agent(session) => {
                let times = [now.to_param(), since.to_param()];
                let session = [number.to_param(), session.to_param()];
                (agents::BY_SESSION, "who.id", [session, times].concat())
            }
            Credential::Bot(token) => {
                (bots::BY_TOKEN, "who.id", vec![number.to_param(), token.to_param()])
            }
        };
        let (conversation, act) = (params.len() + 1, params.len() + 2);
        let query = format!(
            "WITH who AS ({who}) SELECT c.id, c.state, c.hash, a.digest, a.first_seq, a.events, a.head, who.* \
             FROM who LEFT JOIN conversations c ON c.site = $1 AND c.id = ${conversation} \
             LEFT JOIN acts a ON a.site = $1 AND a.conversation = c.id AND a.author = {author} \
             AND a.client_id = ${act}"
        );
        params.extend([
            Param::Text(id.as_str()),
            client_id.map_or(Param::Null, |id| Param::Text(id.as_str())),
        ]);
        let found = sql.first(&query, &params, |row| {
            let site = site.clone();
            let grant = match self {
                Credential::Visitor(_) => {
                    visitors::read(row, WHO)?.map(|visitor| Grant::of_visitor(site, visitor))
                }
                Credential::Agent(_) => Some(Grant::of_agent(agents::read(row, WHO, site)?)),
                Credential::Bot(_) => Some(Grant::of_bot(site, bots::read(row, WHO)?)),
            };
            let conversation = conversations::read_joined(sql, number, row)?;
            Ok(grant.map(|grant| (grant, conversation, Done::read(row, 3))))
        })?;
        let Some((grant, conversation, done)) = found.flatten() else {
            return Err(self.invalid().into());
        };
        let conversation = conversation.filter(|found| grant.actor.knows(found));
        let conversation = conversation.ok_or(ErrorCode::ConversationUnknown)?;
        Ok((grant, conversation, done?))
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

    /// The answer to a credential that does not hold at its site.
    const fn invalid(&self) -> ErrorCode {
        match self {
            Credential::Visitor(_) => ErrorCode::VisitorKeyInvalid,
            Credential::Agent(_) | Credential::Bot(_) => self.refusal(),
        }
    }

    /// The network that a visitor's request comes from.
    pub(crate) fn network(&self) -> Option<IpAddr> {
        match self {
            Credential::Visitor(visitor) => visitor.network,
            Credential::Agent(_) | Credential::Bot(_) => None,
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
