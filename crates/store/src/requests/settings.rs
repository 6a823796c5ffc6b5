//! A site's settings, as its admins see and change them: closing, and its own texts.

use std::collections::BTreeMap;

use porchlight_protocol::audit::Deed;
use porchlight_protocol::hours::Hours;
use porchlight_protocol::privacy::{Retention, RetentionEffect};
use porchlight_protocol::questions::Questions;
use porchlight_protocol::replace::Replace;
use porchlight_protocol::rights::Right;
use porchlight_protocol::settings::ClosingEffect;
use porchlight_protocol::{ClosingSettings, ErrorCode, Revision};

use crate::credential::Credential;
use crate::error::Result;
use crate::random::Hash;
use crate::store::Store;
use crate::tables::agents::{self, Agent};
use crate::tables::audit;
use crate::tables::deadlines;
use crate::tables::erasing;
use crate::tables::sites::{self, Site};
use crate::tables::texts::{self, OwnWords};

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
            let before = agent.site.closing_revision;
            let site = sites::set_closing(commit, &agent.site, closing.clone(), seen)?;
            if site.closing_revision != before {
                audit::note(commit, &agent, (Deed::ClosingChanged, "", ""))?;
            }
            Ok(site)
        })
        .await
    }

    /// Switches live chat on or off, and publishes the policy.
    pub async fn set_live_chat(&self, session: Hash, on: bool) -> Result<()> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ChangeSettings)?;
            if on != agent.site.live_chat {
                audit::note(commit, &agent, (Deed::LiveChatSwitched, "", switched(on)))?;
            }
            sites::set_live_chat(commit, &agent.site, on)
        })
        .await
    }

    /// Switches on or off that messages are taken while live chat is off, and publishes the policy.
    pub async fn set_takes_messages(&self, session: Hash, on: bool) -> Result<()> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ChangeSettings)?;
            if on != agent.site.takes_messages {
                audit::note(commit, &agent, (Deed::MessagesSwitched, "", switched(on)))?;
            }
            sites::set_takes_messages(commit, &agent.site, on)
        })
        .await
    }

    /// Switches read receipts for visitors on or off, and publishes the policy.
    pub async fn set_read_receipts(&self, session: Hash, on: bool) -> Result<()> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ChangeSettings)?;
            if on != agent.site.read_receipts {
                audit::note(commit, &agent, (Deed::ReceiptsSwitched, "", switched(on)))?;
            }
            sites::set_read_receipts(commit, &agent.site, on)
        })
        .await
    }

    /// Saves the opening hours, and publishes the policy. Refused if they have changed since the admin saw them.
    pub async fn set_hours(&self, session: Hash, hours: Replace<Hours>) -> Result<Site> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ChangeSettings)?;
            let site = sites::set_hours(commit, &agent.site, hours.clone())?;
            if site.hours != agent.site.hours {
                audit::note(commit, &agent, (Deed::HoursChanged, "", ""))?;
            }
            Ok(site)
        })
        .await
    }

    /// What live chats ask.
    pub async fn questions(&self, session: Hash) -> Result<Questions> {
        let now = self.now();
        self.read(move |sql| Ok(agents::authorise(sql, &session, now)?.site.questions)).await
    }

    /// Saves what live chats ask. Refused if it has changed since the admin saw it.
    pub async fn set_questions(
        &self,
        session: Hash,
        questions: Replace<Questions>,
    ) -> Result<Questions> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ChangeSettings)?;
            let questions = sites::set_questions(commit, &agent.site, questions.clone())?;
            if questions != agent.site.questions {
                let when = questions.when.as_str();
                audit::note(commit, &agent, (Deed::QuestionsChanged, "", when))?;
            }
            Ok(questions)
        })
        .await
    }

    /// For how long closed conversations are kept.
    pub async fn retention(&self, session: Hash) -> Result<Retention> {
        let now = self.now();
        self.read(move |sql| Ok(agents::authorise(sql, &session, now)?.site.retention)).await
    }

    /// Saves for how long closed conversations are kept.
    pub async fn set_retention(&self, session: Hash, retention: Retention) -> Result<Retention> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ChangeSettings)?;
            let retention = retention.checked()?;
            if sites::set_retention(commit, &agent.site, retention)? {
                let days = retention.days.map(|days| days.to_string()).unwrap_or_default();
                audit::note(commit, &agent, (Deed::RetentionChanged, "", &days))?;
            }
            Ok(retention)
        })
        .await
    }

    /// How many conversations a retention would remove if it were saved now.
    pub async fn retention_effect(
        &self,
        session: Hash,
        retention: Retention,
    ) -> Result<RetentionEffect> {
        let now = self.clock().now();
        self.read(move |sql| {
            let agent = agents::authorise(sql, &session, now.wall)?;
            must_have(&agent, Right::ChangeSettings)?;
            let removes = match retention.checked()?.after_ms() {
                Some(after_ms) => {
                    erasing::count_idle(sql, agent.site.id, now.steady.saturating_sub(after_ms))?
                }
                None => 0,
            };
            Ok(RetentionEffect { removes })
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

/// A site's own texts in one language, and how many it has in each.
#[derive(Debug, Clone)]
pub struct OwnTextsPage {
    /// The texts.
    pub own: OwnWords,
    /// The number of them, by language.
    pub counts: BTreeMap<String, u64>,
}

impl Store {
    /// The site's own texts in this language.
    pub async fn own_texts(&self, session: Hash, language: &'static str) -> Result<OwnTextsPage> {
        let now = self.clock().now();
        self.read(move |sql| {
            let site = agents::authorise(sql, &session, now.wall)?.site.id;
            Ok(OwnTextsPage {
                own: texts::of(sql, site, language)?,
                counts: texts::counts(sql, site)?,
            })
        })
        .await
    }

    /// Replaces the site's own texts in this language. Refused if they have changed since the revision that the admin
    /// saw. Visitors read them with the next load of the chat.
    pub async fn set_own_texts(
        &self,
        session: Hash,
        language: &'static str,
        own: BTreeMap<String, String>,
        seen: Option<Revision>,
    ) -> Result<OwnTextsPage> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ChangeSettings)?;
            let before = texts::of(commit.sql, agent.site.id, language)?.revision;
            let own = texts::set(commit, agent.site.id, language, own.clone(), seen)?;
            if own.revision != before {
                audit::note(commit, &agent, (Deed::TextsChanged, language, ""))?;
            }
            Ok(OwnTextsPage { own, counts: texts::counts(commit.sql, agent.site.id)? })
        })
        .await
    }
}

fn switched(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// Refuses agents without the right.
pub(super) fn must_have(agent: &Agent, right: Right) -> Result<()> {
    if agent.role.may(right) {
        return Ok(());
    }
    let refusal = match right {
        Right::ManageOwners => ErrorCode::OwnerRequired,
        _ => ErrorCode::RoleRequired,
    };
    Err(refusal.into())
}

/// Refuses agents who may not change settings, and sites whose plan does not include these.
fn must_manage(agent: &Agent) -> Result<()> {
    must_have(agent, Right::ChangeSettings)?;
    if agent.site.plan.includes_closing() { Ok(()) } else { Err(ErrorCode::PlanRequired.into()) }
}
