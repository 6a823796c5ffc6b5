//! Where a site's bots greet, as its admins see and set it.

use porchlight_protocol::audit::Deed;
use porchlight_protocol::greeting::Greeting;
use porchlight_protocol::replace::Replace;
use porchlight_protocol::rights::Right;
use porchlight_protocol::{ErrorCode, MemberId};

use crate::credential::Credential;
use crate::error::Result;
use crate::random::Hash;
use crate::store::Store;
use crate::tables::{agents, audit, bots, greetings};

use super::settings::must_have;

impl Store {
    /// Where and for whom a bot of an agent's site greets.
    pub async fn greeting_of(&self, session: Hash, bot: MemberId) -> Result<Greeting> {
        let now = self.now();
        self.read(move |sql| {
            let site = agents::authorise(sql, &session, now)?.site.id;
            greetings::of(sql, site, &bot)?.ok_or_else(|| ErrorCode::NotFound.into())
        })
        .await
    }

    /// Replaces a bot's greeting rule by one that has been [checked](Greeting::checked). Refused if the rule has changed since
    /// the admin saw it.
    pub async fn set_greeting(
        &self,
        session: Hash,
        bot: MemberId,
        rule: Replace<Greeting>,
    ) -> Result<()> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ManageBots)?;
            let site = agent.site.id;
            let before = greetings::of(commit.sql, site, &bot)?.ok_or(ErrorCode::NotFound)?;
            let rule = rule.clone().in_place_of(&before)?;
            greetings::set(commit.sql, site, &bot, &rule)?;
            if rule != before {
                let name = bots::name(commit.sql, site, &bot)?.unwrap_or_default();
                audit::note(commit, &agent, (Deed::GreetingChanged, &name, ""))?;
            }
            Ok(())
        })
        .await
    }
}
