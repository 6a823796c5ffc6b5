//! Trials: an admin tries a bot's flow in a hidden site, before it is published.

use porchlight_protocol::bots::Trial;
use porchlight_protocol::rights::Right;
use porchlight_protocol::{ErrorCode, MemberId, SiteKey};

use crate::credential::Credential;
use crate::error::Result;
use crate::origin::Origin;
use crate::random::Hash;
use crate::store::{SiteId, Store};
use crate::tables::flows::CheckedFlow;
use crate::tables::{agents, bots, sites, trials};

use super::settings::must_have;

impl Store {
    /// Begins a trial of a flow of a bot, in place of the one that the agent has of this bot. `own` is the origin of the
    /// inbox, which alone may frame the trial's chat.
    pub async fn begin_trial(
        &self,
        session: Hash,
        bot: MemberId,
        flow: CheckedFlow,
        own: Origin,
    ) -> Result<Trial> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ManageBots)?;
            trials::begin(commit, &agent, &bot, &flow, &own)
        })
        .await
    }

    /// Ends the agent's trial of a bot, if there is one; where `chat` is given, only if it has this key. The bot may have
    /// been removed meanwhile.
    pub async fn end_trial(
        &self,
        session: Hash,
        bot: MemberId,
        chat: Option<SiteKey>,
    ) -> Result<()> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ManageBots)?;
            if !trials::end(commit, &agent, &bot, chat.as_ref())?
                && bots::name(commit.sql, agent.site.id, &bot)?.is_none()
            {
                return Err(ErrorCode::NotFound.into());
            }
            Ok(())
        })
        .await
    }

    /// Removes the trials that have ended, with all that belongs to them, in batches, so that other writes come between.
    /// Their clients end within a second. One that can't be removed keeps no other from it.
    pub async fn remove_ended_trials(&self) -> Result<()> {
        let steady = self.clock().now().steady;
        let mut done = Ok(());
        for trial in self.read(move |sql| trials::ended(sql, steady)).await? {
            if let Err(error) = self.remove_trial(trial).await {
                done = Err(error);
            }
        }
        done
    }

    async fn remove_trial(&self, trial: SiteId) -> Result<()> {
        let some = || self.write_at(trial, |commit, site| sites::remove_some(commit.sql, &site));
        loop {
            match some().await {
                Ok(false) => tokio::task::yield_now().await,
                Ok(true) => return Ok(()),
                // Another node, or another request, was faster.
                Err(error) if error.is(ErrorCode::SiteUnknown) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }
}
