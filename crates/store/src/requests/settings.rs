//! A site's closing settings, as its admins see and change them.

use porchlight_protocol::settings::ClosingEffect;
use porchlight_protocol::wire::Role;
use porchlight_protocol::{ClosingSettings, ErrorCode, Revision};

use crate::credential::Credential;
use crate::error::Result;
use crate::random::Hash;
use crate::store::Store;
use crate::tables::agents::{self, Agent};
use crate::tables::deadlines;
use crate::tables::sites::{self, Site};

impl Store {
    /// Saves the closing settings and publishes the policy. Refused if they have changed since the revision that the
    /// admin saw.
    pub async fn set_closing(
        &self,
        session: Hash,
        closing: ClosingSettings,
        seen: Option<Revision>,
    ) -> Result<Site> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_manage(&agent)?;
            sites::set_closing(commit, &agent.site, closing.clone(), seen)
        })
        .await
    }

    /// The numbers of conversations that settings would affect if they were saved now.
    pub async fn closing_effect(
        &self,
        session: Hash,
        closing: ClosingSettings,
    ) -> Result<ClosingEffect> {
        let now = self.clock().now();
        self.read(move |sql| {
            let agent = agents::authorise(sql, &session, now.wall)?;
            must_manage(&agent)?;
            deadlines::effect(sql, &agent.site, &closing.checked()?, now.steady)
        })
        .await
    }
}

/// Refuses agents who are no admins, and sites whose plan does not include the settings.
fn must_manage(agent: &Agent) -> Result<()> {
    if agent.role != Role::Admin {
        Err(ErrorCode::RoleRequired.into())
    } else if !agent.site.plan.includes_closing() {
        Err(ErrorCode::PlanRequired.into())
    } else {
        Ok(())
    }
}
