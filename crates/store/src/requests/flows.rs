//! The flows of a site's bots, as its admins see and publish them.

use porchlight_protocol::{ErrorCode, MemberId};

use crate::credential::Credential;
use crate::error::Result;
use crate::random::Hash;
use crate::sql::Sql;
use crate::store::{SiteId, Store};
use crate::tables::flows::{self, CheckedFlow, Version};
use crate::tables::{agents, bots};

use super::settings::must_be_admin;

impl Store {
    /// The bots of an agent's site, the oldest first.
    pub async fn bots(&self, session: Hash) -> Result<Vec<bots::Listed>> {
        let now = self.now();
        self.read(move |sql| {
            let site = agents::authorise(sql, &session, now)?.site.id;
            bots::all(sql, Some(site))
        })
        .await
    }

    /// A bot's published flow, if it has one.
    pub async fn flow_of(&self, session: Hash, bot: MemberId) -> Result<Option<Version>> {
        let now = self.now();
        self.read(move |sql| {
            let site = agents::authorise(sql, &session, now)?.site.id;
            must_exist(sql, site, &bot)?;
            flows::published(sql, site, &bot)
        })
        .await
    }

    /// Publishes a bot's flow: new conversations with the bot begin with it. Returns its version.
    pub async fn publish_flow(
        &self,
        session: Hash,
        bot: MemberId,
        flow: CheckedFlow,
    ) -> Result<u64> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_be_admin(&agent)?;
            must_exist(commit.sql, agent.site.id, &bot)?;
            flows::publish(commit, agent.site.id, &bot, &flow)
        })
        .await
    }

    /// Switches a bot's flow off: new conversations begin without it, and those that it has begun go on.
    pub async fn switch_off_flow(&self, session: Hash, bot: MemberId) -> Result<()> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_be_admin(&agent)?;
            must_exist(commit.sql, agent.site.id, &bot)?;
            flows::switch_off(commit.sql, agent.site.id, &bot).map(drop)
        })
        .await
    }
}

fn must_exist(sql: Sql<'_>, site: SiteId, bot: &MemberId) -> Result<()> {
    bots::name(sql, site, bot)?.map(drop).ok_or_else(|| ErrorCode::NotFound.into())
}
