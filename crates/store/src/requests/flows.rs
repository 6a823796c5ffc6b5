//! The flows of a site's bots, as its admins see and publish them.

use porchlight_protocol::audit::Deed;
use porchlight_protocol::bots::FlowVersions;
use porchlight_protocol::limits::BOTS_MAX;
use porchlight_protocol::rights::Right;
use porchlight_protocol::{ErrorCode, Member, MemberId};

use crate::credential::Credential;
use crate::error::Result;
use crate::random::Hash;
use crate::sql::Sql;
use crate::store::{SiteId, Store};
use crate::tables::agents;
use crate::tables::audit;
use crate::tables::bots::{self, NewBot};
use crate::tables::flows::{self, CheckedFlow, Version};

use super::settings::must_have;

/// A bot's flow, as its admins see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowOfBot {
    /// The newest version.
    pub flow: Version,
    /// Whether new conversations begin with it.
    pub is_on: bool,
}

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

    /// Adds a bot of this name. Nobody is told its token, so it has no API until a command gives it a token.
    pub async fn add_bot(&self, session: Hash, name: &str) -> Result<Member> {
        let new = NewBot::named(name)?;
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ManageBots)?;
            if bots::count(commit.sql, agent.site.id)? >= BOTS_MAX as u64 {
                return Err(ErrorCode::TooManyBots.into());
            }
            let added = bots::add(commit.sql, agent.site.id, &new)?;
            audit::note(commit, &agent, (Deed::BotAdded, &added.name, ""))?;
            Ok(added)
        })
        .await
    }

    /// A bot's flow, if it ever had one: the one that is published, or was before it was switched off.
    pub async fn flow_of(&self, session: Hash, bot: MemberId) -> Result<Option<FlowOfBot>> {
        let now = self.now();
        self.read(move |sql| {
            let site = agents::authorise(sql, &session, now)?.site.id;
            must_exist(sql, site, &bot)?;
            if let Some(flow) = flows::published(sql, site, &bot)? {
                return Ok(Some(FlowOfBot { flow, is_on: true }));
            }
            let newest = flows::newest(sql, site, &bot)?;
            Ok(newest.map(|flow| FlowOfBot { flow, is_on: false }))
        })
        .await
    }

    /// The versions of a bot's flow.
    pub async fn flow_versions(&self, session: Hash, bot: MemberId) -> Result<FlowVersions> {
        let now = self.now();
        self.read(move |sql| {
            let site = agents::authorise(sql, &session, now)?.site.id;
            must_exist(sql, site, &bot)?;
            flows::versions(sql, site, &bot)
        })
        .await
    }

    /// A version of a bot's flow.
    pub async fn flow_version(
        &self,
        session: Hash,
        bot: MemberId,
        version: u64,
    ) -> Result<Version> {
        let now = self.now();
        self.read(move |sql| {
            let site = agents::authorise(sql, &session, now)?.site.id;
            let found = flows::one(sql, site, &bot, version)?;
            found.ok_or_else(|| ErrorCode::NotFound.into())
        })
        .await
    }

    /// Publishes a bot's flow: new conversations with the bot begin with it. Returns its version. Refused if there is a
    /// newer version than `after`, where that is given.
    pub async fn publish_flow(
        &self,
        session: Hash,
        bot: MemberId,
        flow: CheckedFlow,
        after: Option<u64>,
    ) -> Result<u64> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ManageBots)?;
            let name = must_exist(commit.sql, agent.site.id, &bot)?;
            let was = flows::published(commit.sql, agent.site.id, &bot)?.map(|it| it.version);
            let version = flows::publish(commit, agent.site.id, &bot, &flow, after)?;
            if was != Some(version) {
                let what = (Deed::FlowPublished, name.as_str(), &*version.to_string());
                audit::note(commit, &agent, what)?;
            }
            Ok(version)
        })
        .await
    }

    /// Switches a bot's flow off: new conversations begin without it, and those that it has begun go on. Refused if it
    /// is on with a newer version than `after`, where that is given.
    pub async fn switch_off_flow(
        &self,
        session: Hash,
        bot: MemberId,
        after: Option<u64>,
    ) -> Result<()> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ManageBots)?;
            let name = must_exist(commit.sql, agent.site.id, &bot)?;
            if flows::switch_off(commit.sql, agent.site.id, &bot, after)? {
                audit::note(commit, &agent, (Deed::FlowSwitchedOff, &name, ""))?;
            }
            Ok(())
        })
        .await
    }
}

/// The name of a bot of the site.
fn must_exist(sql: Sql<'_>, site: SiteId, bot: &MemberId) -> Result<String> {
    bots::name(sql, site, bot)?.ok_or_else(|| ErrorCode::NotFound.into())
}
