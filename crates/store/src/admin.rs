//! What a command may ask of a store, beside a running server or without one.
//!
//! Each operation is a transaction of its own. A running server notices what changed within a second, and tells the
//! clients that are connected.

use std::path::Path;

use anyhow::{Context, anyhow};
use porchlight_protocol::audit::{AuditPage, Deed, Topic};
use porchlight_protocol::bots::FlowVersions;
use porchlight_protocol::greeting::Greeting;
use porchlight_protocol::person::{IdentityPage, IdentitySettings, NewSecret};
use porchlight_protocol::privacy::{Retention, Standing};
use porchlight_protocol::questions::Questions;
use porchlight_protocol::replace::Replace;
use porchlight_protocol::rights::Role;
use porchlight_protocol::visit::Collecting;
use porchlight_protocol::{ConversationId, ErrorCode, MemberId, Plan, SiteKey, VisitorId};

use crate::error::{Error, Result};
use crate::export::{self, ExportPage, Exported};
use crate::origin::Origin;
use crate::place::{self, Place};
use crate::proof;
use crate::sql::Sql;
use crate::tables::accounts;
use crate::tables::agents::{self, Listed, ListedSession, NewAgent};
use crate::tables::audit;
use crate::tables::bots::{self, NewBot};
use crate::tables::conversations;
use crate::tables::erasing;
use crate::tables::flows::{self, CheckedFlow, Version};
use crate::tables::greetings;
use crate::tables::returns;
use crate::tables::second_factors;
use crate::tables::secrets;
use crate::tables::sites::{self, Belongings, NewSite, Site};
use crate::tables::trials::is_trial;
use crate::tables::visitors;

/// The store in a folder or a database, as commands see it.
#[derive(Debug, Clone)]
pub struct AdminStore {
    place: Place,
}

impl AdminStore {
    /// The store in this folder. Whether there is one, the first operation says.
    pub fn new(folder: &Path) -> Self {
        AdminStore::at(Place::Folder(folder.to_owned()))
    }

    /// The store in this place. Whether there is one, the first operation says.
    pub fn at(place: Place) -> Self {
        AdminStore { place }
    }

    fn read<T>(&self, work: impl FnOnce(Sql<'_>) -> Result<T>) -> anyhow::Result<T> {
        self.place.read(work)
    }

    fn write<T>(&self, work: impl FnOnce(Sql<'_>) -> Result<T>) -> anyhow::Result<T> {
        self.place.write(work)
    }
}

/// Sites.
impl AdminStore {
    /// The site with this key, or the only one there is.
    pub fn site(&self, key: Option<&SiteKey>) -> anyhow::Result<Site> {
        self.read(|sql| {
            if let Some(key) = key {
                return site(sql, key);
            }
            let mut all = sites::listed(sql)?;
            match (all.pop(), all.is_empty()) {
                (Some(only), true) => Ok(only),
                (None, _) => {
                    Err(anyhow!("there is no site yet: porchlight site add --help").into())
                }
                (Some(_), false) => {
                    Err(anyhow!("there are several sites: choose one with --site KEY").into())
                }
            }
        })
    }

    /// All sites with the origins that may embed their chats, the oldest first.
    pub fn sites(&self) -> anyhow::Result<Vec<(Site, Vec<String>)>> {
        self.read(|sql| {
            let all = sites::listed(sql)?;
            all.into_iter()
                .map(|site| {
                    let origins = sites::origins(sql, site.id)?;
                    Ok((site, origins))
                })
                .collect()
        })
    }

    /// Adds a site. If another one has its name, returns that one and changes nothing.
    pub fn add_site(&self, new: &NewSite) -> anyhow::Result<Option<Site>> {
        self.write(|sql| {
            let other = sites::by_name(sql, &new.name)?;
            if other.is_none() {
                sites::add(sql, new)?;
            }
            Ok(other)
        })
    }

    /// Renames a site. Returns its former name.
    pub fn rename_site(&self, key: &SiteKey, name: &str) -> anyhow::Result<String> {
        self.write(|sql| {
            let site = site(sql, key)?;
            let other = sites::by_name(sql, name)?;
            let other = other.filter(|other| other.id != site.id);
            if other.is_some() {
                return Err(anyhow!("there is a site called {name} already").into());
            }
            sites::rename(sql, &site, name)?;
            audit::note_command(sql, site.id, (Deed::SiteRenamed, name, ""))?;
            Ok(site.name)
        })
    }

    /// The origins of the pages that may embed a site's chat.
    pub fn origins(&self, key: &SiteKey) -> anyhow::Result<Vec<String>> {
        self.read(|sql| sites::origins(sql, site(sql, key)?.id))
    }

    /// Adds origins of pages that may embed a site's chat. Returns the site and how many are new.
    pub fn add_origins(&self, key: &SiteKey, origins: &[Origin]) -> anyhow::Result<(Site, usize)> {
        self.write(|sql| {
            let site = site(sql, key)?;
            let added = sites::add_origins(sql, &site, origins)?;
            if added > 0 {
                audit::note_command(sql, site.id, (Deed::OriginsChanged, "", ""))?;
            }
            Ok((site, added))
        })
    }

    /// Removes origins of pages that may embed a site's chat. Fails, and removes none, if it has one of them not.
    pub fn remove_origins(&self, key: &SiteKey, origins: &[Origin]) -> anyhow::Result<Site> {
        self.write(|sql| {
            let site = site(sql, key)?;
            for origin in origins {
                let one = std::slice::from_ref(origin);
                let removed = sites::remove_origins(sql, &site, one)?;
                if removed == 0 {
                    return Err(anyhow!("{origin} is not an origin of {}", site.name).into());
                }
            }
            audit::note_command(sql, site.id, (Deed::OriginsChanged, "", ""))?;
            Ok(site)
        })
    }

    /// Changes a site's plan. Returns the site as it was before.
    pub fn set_plan(&self, key: &SiteKey, plan: Plan) -> anyhow::Result<Site> {
        self.place.change(|commit| {
            let site = site(commit.sql, key)?;
            let site = commit.hold(site.id)?;
            sites::set_plan(commit, &site, plan)?;
            if plan != site.plan {
                audit::note_command(commit.sql, site.id, (Deed::PlanChanged, "", plan.as_str()))?;
            }
            Ok(site)
        })
    }

    /// Saves for how long a site keeps closed conversations. Returns the site as it was before.
    pub fn set_retention(&self, key: &SiteKey, retention: Retention) -> anyhow::Result<Site> {
        self.place.change(|commit| {
            let site = site(commit.sql, key)?;
            let site = commit.hold(site.id)?;
            if sites::set_retention(commit, &site, retention)? {
                let days = retention.days.map(|days| days.to_string()).unwrap_or_default();
                let what = (Deed::RetentionChanged, "", days.as_str());
                audit::note_command(commit.sql, site.id, what)?;
            }
            Ok(site)
        })
    }

    /// Saves what a site's live chats ask.
    pub fn set_questions(&self, key: &SiteKey, questions: Questions) -> anyhow::Result<Site> {
        self.place.change(|commit| {
            let site = site(commit.sql, key)?;
            let site = commit.hold(site.id)?;
            let replace = Replace { value: questions.clone(), seen: None };
            let questions = sites::set_questions(commit, &site, replace)?;
            if questions != site.questions {
                let what = (Deed::QuestionsChanged, "", questions.when.as_str());
                audit::note_command(commit.sql, site.id, what)?;
            }
            sites::by_id(commit.sql, site.id)
        })
    }

    /// How many conversations a retention of a site would remove now.
    pub fn retention_effect(&self, site: &Site, retention: Retention) -> anyhow::Result<u64> {
        let Some(after_ms) = retention.after_ms() else { return Ok(0) };
        // By the newest steady time that there is: commands have no clock of it.
        self.read(|sql| erasing::count_idle(sql, site.id, sites::steady(sql)? - after_ms))
    }

    /// A page of a site's audit log.
    pub fn audit(
        &self,
        site: &Site,
        topic: Option<Topic>,
        before: Option<u64>,
        limit: usize,
    ) -> anyhow::Result<AuditPage> {
        self.read(|sql| audit::page(sql, site.id, topic, before, limit))
    }

    /// A site and the numbers of what is removed with it.
    pub fn belongings(&self, key: &SiteKey) -> anyhow::Result<(Site, Belongings)> {
        self.read(|sql| {
            let site = site(sql, key)?;
            let belongings = sites::belongings(sql, &site)?;
            Ok((site, belongings))
        })
    }

    /// Removes a site for good, in batches, so that a running server can write in between.
    pub fn remove_site(&self, site: &Site) -> anyhow::Result<()> {
        while !self
            .write(|sql| sites::remove_some(sql, site))
            .context("the site is removed in part: run the command again to continue")?
        {}
        Ok(())
    }

    /// The public URL of the server, as it was given last.
    pub fn public_url(&self) -> anyhow::Result<Option<Origin>> {
        self.read(sites::public_url)
    }

    /// Saves the public URL of the server.
    pub fn set_public_url(&self, url: &Origin) -> anyhow::Result<()> {
        self.write(|sql| sites::set_public_url(sql, url))
    }
}

/// The team.
impl AdminStore {
    /// The agents of a site, or of all, with their sites, by their e-mail addresses.
    pub fn agents(&self, site: Option<&Site>) -> anyhow::Result<Vec<(Site, Listed)>> {
        self.read(|sql| {
            let all = agents::all(sql, site.map(|site| site.id))?;
            all.into_iter().map(|agent| Ok((sites::by_id(sql, agent.site)?, agent))).collect()
        })
    }

    /// True if somebody has this e-mail address.
    pub fn has_account(&self, email: &str) -> anyhow::Result<bool> {
        self.read(|sql| Ok(accounts::by_email(sql, email.trim())?.is_some()))
    }

    /// The agent with this e-mail address at a site, or at the only one of theirs, and that site.
    pub fn agent(&self, email: &str, at: Option<&SiteKey>) -> anyhow::Result<(Site, Listed)> {
        self.read(|sql| {
            let agent = agent(sql, email, at)?;
            Ok((sites::by_id(sql, agent.site)?, agent))
        })
    }

    /// One of the agents that the person with this e-mail address is, with their site: for what concerns them at all sites.
    pub fn person(&self, email: &str) -> anyhow::Result<(Site, Listed)> {
        self.read(|sql| {
            let agent = anywhere(sql, email)?;
            Ok((sites::by_id(sql, agent.site)?, agent))
        })
    }

    /// Adds a person, who signs in at another site already, as an agent of a site. Returns the role that they got, as
    /// [`AdminStore::add_agent`] does.
    pub fn add_person(
        &self,
        site: &Site,
        email: &str,
        name: &str,
        role: Role,
    ) -> anyhow::Result<Role> {
        self.place.change(|commit| {
            let site = commit.hold(site.id)?;
            let account = accounts::by_email(commit.sql, email)?.ok_or(ErrorCode::NotFound)?;
            let (_, role) = agents::add_to(commit.sql, site.id, &account, name, role)?;
            let what = (Deed::AgentAdded, name, role.as_str());
            audit::note_command(commit.sql, site.id, what)?;
            Ok(role)
        })
    }

    /// Adds an agent to a site. Returns the role that they got: the first admin of a site becomes its owner.
    pub fn add_agent(&self, site: &Site, new: &NewAgent) -> anyhow::Result<Role> {
        self.place.change(|commit| {
            let site = commit.hold(site.id)?;
            let (_, role) = agents::add(commit.sql, site.id, new)?;
            let what = (Deed::AgentAdded, new.name.as_str(), role.as_str());
            audit::note_command(commit.sql, site.id, what)?;
            Ok(role)
        })
    }

    /// Removes an agent: their sessions end and their conversations are unclaimed. Returns how many these are. Fails for the
    /// last owner.
    pub fn remove_agent(&self, agent: &Listed) -> anyhow::Result<usize> {
        self.place.change(|commit| {
            let handed_back = agents::remove(commit, agent)?;
            let what = (Deed::AgentRemoved, agent.member.name.as_str(), "");
            audit::note_command(commit.sql, agent.site, what)?;
            Ok(handed_back)
        })
    }

    /// Deactivates an agent: they can't sign in, their sessions end and their conversations are unclaimed. Returns how many
    /// these are. Fails for the last owner.
    pub fn deactivate_agent(&self, agent: &Listed) -> anyhow::Result<usize> {
        self.place.change(|commit| {
            let handed_back = agents::deactivate(commit, agent)?;
            let what = (Deed::Deactivated, agent.member.name.as_str(), "");
            audit::note_command(commit.sql, agent.site, what)?;
            Ok(handed_back)
        })
    }

    /// Lets a deactivated agent sign in again.
    pub fn reactivate_agent(&self, agent: &Listed) -> anyhow::Result<()> {
        self.place.change(|commit| {
            agents::reactivate(commit, agent)?;
            let what = (Deed::Reactivated, agent.member.name.as_str(), "");
            audit::note_command(commit.sql, agent.site, what)
        })
    }

    /// Sets the hash of a person's new password, and ends their sessions, at all their sites. Returns how many there were.
    pub fn set_password(&self, agent: &Listed, password: &str) -> anyhow::Result<usize> {
        self.write(|sql| {
            for agent in agents::named(sql, &agent.email)? {
                let what = (Deed::PasswordSet, agent.member.name.as_str(), "");
                audit::note_command(sql, agent.site, what)?;
            }
            agents::set_password(sql, agent, password)
        })
    }

    /// Forgets the second factor of an agent's sign-in. False if there was none.
    pub fn drop_second_factor(&self, agent: &Listed) -> anyhow::Result<bool> {
        self.write(|sql| second_factors::remove(sql, &agent.account))
    }

    /// Changes an agent's role. Returns the agent as they were before. Fails for the last owner.
    pub fn set_role(
        &self,
        email: &str,
        at: Option<&SiteKey>,
        role: Role,
    ) -> anyhow::Result<Listed> {
        self.place.change(|commit| {
            let agent = agent(commit.sql, email, at)?;
            agents::set_role(commit, &agent, role)?;
            let what = (Deed::RoleChanged, agent.member.name.as_str(), role.as_str());
            audit::note_command(commit.sql, agent.site, what)?;
            Ok(agent)
        })
    }

    /// Renames an agent. Returns the agent as they were before.
    pub fn rename_agent(
        &self,
        email: &str,
        at: Option<&SiteKey>,
        name: &str,
    ) -> anyhow::Result<Listed> {
        self.write(|sql| {
            let agent = agent(sql, email, at)?;
            agents::rename(sql, &agent, name)?;
            if name != agent.member.name {
                let what = (Deed::PersonRenamed, agent.member.name.as_str(), name);
                audit::note_command(sql, agent.site, what)?;
            }
            Ok(agent)
        })
    }

    /// The sessions that have not ended, of a site or of all, the latest first.
    pub fn sessions(&self, site: Option<&Site>) -> anyhow::Result<Vec<ListedSession>> {
        let site = site.map(|site| site.id);
        self.read(|sql| agents::sessions(sql, site, place::now(sql)?))
    }

    /// Ends the session of this [`ListedSession::id`]. False if there is none.
    pub fn end_session(&self, id: &str) -> anyhow::Result<bool> {
        self.write(|sql| {
            let ended = agents::end_session(sql, id)?;
            for agent in &ended {
                note_signed_out(sql, agent)?;
            }
            Ok(!ended.is_empty())
        })
    }

    /// Ends all sessions of the person with this e-mail address, at all their sites. Returns how many there were.
    pub fn end_sessions_of(&self, email: &str) -> anyhow::Result<usize> {
        self.write(|sql| {
            let one = anywhere(sql, email)?;
            let ended = agents::sign_out_everywhere(sql, &one)?;
            if ended > 0 {
                for agent in agents::named(sql, email)? {
                    note_signed_out(sql, &agent)?;
                }
            }
            Ok(ended)
        })
    }

    /// The bots of a site, or of all, with their sites, the oldest first.
    pub fn bots(&self, site: Option<&Site>) -> anyhow::Result<Vec<(Site, bots::Listed)>> {
        self.read(|sql| {
            let all = bots::all(sql, site.map(|site| site.id))?;
            all.into_iter().map(|bot| Ok((sites::by_id(sql, bot.site)?, bot))).collect()
        })
    }

    /// Adds a bot to a site.
    pub fn add_bot(&self, site: &Site, new: &NewBot) -> anyhow::Result<()> {
        self.write(|sql| {
            let added = bots::add(sql, site.id, new)?;
            audit::note_command(sql, site.id, (Deed::BotAdded, &added.name, ""))
        })
    }

    /// Publishes a bot's flow: new conversations with the bot begin with it. Returns its version. Refused if there is a newer
    /// one than `after`, where that is given.
    pub fn publish_flow(
        &self,
        bot: &bots::Listed,
        flow: &CheckedFlow,
        after: Option<u64>,
    ) -> anyhow::Result<u64> {
        self.place.change(|commit| {
            let site = commit.hold(bot.site)?.id;
            let version = flows::publish(commit, site, &bot.member.id, flow, after)?;
            let what = (Deed::FlowPublished, bot.member.name.as_str(), &*version.to_string());
            audit::note_command(commit.sql, site, what)?;
            Ok(version)
        })
    }

    /// A bot's published flow, if it has one.
    pub fn flow_of(&self, bot: &bots::Listed) -> anyhow::Result<Option<Version>> {
        self.read(|sql| flows::published(sql, bot.site, &bot.member.id))
    }

    /// The versions of a bot's flow.
    pub fn flow_versions(&self, bot: &bots::Listed) -> anyhow::Result<FlowVersions> {
        self.read(|sql| flows::versions(sql, bot.site, &bot.member.id))
    }

    /// A version of a bot's flow, if it is kept; the newest one, if none is named.
    pub fn flow_version(
        &self,
        bot: &bots::Listed,
        version: Option<u64>,
    ) -> anyhow::Result<Option<Version>> {
        self.read(|sql| match version {
            Some(version) => flows::one(sql, bot.site, &bot.member.id, version),
            None => flows::newest(sql, bot.site, &bot.member.id),
        })
    }

    /// Switches a bot's flow off: new conversations begin without it, and those that it has begun go on. False if it was
    /// off.
    pub fn switch_off_flow(&self, bot: &bots::Listed) -> anyhow::Result<bool> {
        self.write(|sql| {
            let was_on = flows::switch_off(sql, bot.site, &bot.member.id, None)?;
            if was_on {
                let what = (Deed::FlowSwitchedOff, bot.member.name.as_str(), "");
                audit::note_command(sql, bot.site, what)?;
            }
            Ok(was_on)
        })
    }

    /// Where and for whom a bot greets.
    pub fn greeting_of(&self, bot: &bots::Listed) -> anyhow::Result<Greeting> {
        let rule = self.read(|sql| greetings::of(sql, bot.site, &bot.member.id))?;
        rule.context("the bot has just been removed")
    }

    /// Replaces a bot's greeting rule, which has been [checked](Greeting::checked).
    pub fn set_greeting(&self, bot: &bots::Listed, rule: &Greeting) -> anyhow::Result<()> {
        self.write(|sql| {
            greetings::set(sql, bot.site, &bot.member.id, rule)?;
            let what = (Deed::GreetingChanged, bot.member.name.as_str(), "");
            audit::note_command(sql, bot.site, what)
        })
    }

    /// Removes a bot with its token and its flow. Its conversations stay, and agents can claim them.
    pub fn remove_bot(&self, bot: &bots::Listed) -> anyhow::Result<()> {
        self.write(|sql| {
            audit::note_command(sql, bot.site, (Deed::BotRemoved, &bot.member.name, ""))?;
            bots::remove(sql, bot)
        })
    }

    /// What is known of a visitor's standing; `None` if the site has no such visitor.
    pub fn standing(&self, site: &Site, visitor: &VisitorId) -> anyhow::Result<Option<Standing>> {
        self.read(|sql| visitors::standing(sql, site.id, visitor, place::now(sql)?))
    }

    /// Erases the texts of a visitor's conversations, and revokes their key, in batches, so that a running server can write
    /// in between. The logs keep their events without texts.
    pub fn erase_visitor(&self, site: &Site, visitor: &VisitorId) -> anyhow::Result<()> {
        self.place.change(|commit| {
            commit.hold(site.id)?;
            if let Some((person, true)) = erasing::begin(commit, site.id, visitor)? {
                let what = (Deed::Erased, person.as_str(), "");
                audit::note_command(commit.sql, site.id, what)?;
            }
            Ok(())
        })?;
        let mut from = Some(erasing::Place::default());
        while let Some(place) = from {
            from = self
                .place
                .change(|commit| {
                    commit.hold(site.id)?;
                    erasing::some(commit, site.id, visitor, &place)
                })
                .context("the visitor is erased in part: a running server goes on, or the command if it is run again")?;
        }
        Ok(())
    }

    /// Removes a visitor's conversations with their logs, and revokes their key, in batches.
    pub fn remove_visitor(&self, site: &Site, visitor: &VisitorId) -> anyhow::Result<()> {
        self.write(|sql| {
            visitors::revoke(sql, site.id, visitor, place::now(sql)?)?;
            audit::note_command(sql, site.id, (Deed::Removed, visitor.as_str(), ""))
        })?;
        while !self
            .write(|sql| visitors::remove_some(sql, site.id, visitor))
            .context("the visitor is removed in part: run the command again to continue")?
        {}
        Ok(())
    }

    /// Revokes a visitor's key. False if the site has no such visitor.
    pub fn revoke_visitor(&self, site: &Site, visitor: &VisitorId) -> anyhow::Result<bool> {
        self.write(|sql| {
            let revoked = visitors::revoke(sql, site.id, visitor, place::now(sql)?)?;
            if revoked {
                let what = (Deed::KeyRevoked, visitor.as_str(), "");
                audit::note_command(sql, site.id, what)?;
            }
            Ok(revoked)
        })
    }

    /// Makes a link's secret that leads the visitor of a conversation back to it, once. `None` if the site has no such
    /// conversation.
    pub fn return_link(
        &self,
        site: &Site,
        conversation: &ConversationId,
    ) -> anyhow::Result<Option<String>> {
        self.write(|sql| {
            let Some(found) = conversations::load(sql, site.id, conversation)? else {
                return Ok(None);
            };
            let what = (Deed::LinkMade, found.visitor.as_str(), conversation.as_str());
            audit::note_command(sql, site.id, what)?;
            returns::issue(sql, site.id, &found.visitor, conversation, place::now(sql)?).map(Some)
        })
    }

    /// Begins to export a visitor, and notes it; `None` if the site has no such visitor.
    pub fn begin_export(
        &self,
        site: &Site,
        visitor: &VisitorId,
        format: &str,
    ) -> anyhow::Result<Option<Exported>> {
        self.write(|sql| {
            let found = export::begin(sql, site, visitor, place::now(sql)?)?;
            if found.is_some() {
                let what = (Deed::Exported, visitor.as_str(), format);
                audit::note_command(sql, site.id, what)?;
            }
            Ok(found)
        })
    }

    /// The next part of an export.
    pub fn export_page(&self, of: &Exported, from: &export::Place) -> anyhow::Result<ExportPage> {
        self.read(|sql| export::page(sql, of.site, &of.visitor, from))
    }
}

/// What is collected of visitors.
impl AdminStore {
    /// Saves what a site collects. What it collects no longer is removed by a running server.
    pub fn set_collecting(&self, key: &SiteKey, collecting: Collecting) -> anyhow::Result<()> {
        self.place.change(|commit| {
            let site = site(commit.sql, key)?;
            let site = commit.hold(site.id)?;
            if sites::set_collecting(commit, &site, collecting)? {
                let groups = collecting.listed();
                let what = (Deed::CollectingChanged, "", groups.as_str());
                audit::note_command(commit.sql, site.id, what)?;
            }
            Ok(())
        })
    }
}

/// How sites' back ends prove who visitors are.
impl AdminStore {
    /// A site's settings for identity, and its secrets.
    pub fn identity(&self, key: &SiteKey) -> anyhow::Result<IdentityPage> {
        self.read(|sql| {
            let site = site(sql, key)?;
            Ok(IdentityPage {
                secrets: secrets::seen(sql, site.id, place::now(sql)?)?,
                settings: site.identity,
            })
        })
    }

    /// Changes the settings. Returns what they are then.
    pub fn change_identity(
        &self,
        key: &SiteKey,
        change: impl FnOnce(IdentitySettings) -> IdentitySettings,
    ) -> anyhow::Result<IdentitySettings> {
        self.place.change(|commit| {
            let site = site(commit.sql, key)?;
            let site = commit.hold(site.id)?;
            let settings = proof::settings(change(site.identity.clone()))?;
            Ok(sites::set_identity(commit, &site, settings)?.identity)
        })
    }

    /// Makes a secret. Those that there are hold still.
    pub fn add_secret(&self, key: &SiteKey) -> anyhow::Result<NewSecret> {
        self.place.change(|commit| {
            let site = site(commit.sql, key)?;
            let site = commit.hold(site.id)?;
            secrets::add(commit.sql, site.id, place::now(commit.sql)?)
        })
    }

    /// Removes a secret, from the next proof on. False if the site has no such secret.
    pub fn remove_secret(&self, key: &SiteKey, id: &MemberId) -> anyhow::Result<bool> {
        self.write(|sql| secrets::remove(sql, site(sql, key)?.id, id))
    }
}

/// The site with this key. Commands know nothing of trials.
fn site(sql: Sql<'_>, key: &SiteKey) -> Result<Site> {
    let found = sites::by_key(sql, key).and_then(|site| {
        if is_trial(site.id) { Err(ErrorCode::SiteUnknown.into()) } else { Ok(site) }
    });
    found.map_err(|error| match error {
        Error::Refused(body) => anyhow!(body.message).context(format!("the site {key}")).into(),
        fault @ Error::Fault(_) => fault,
    })
}

/// The agent with this e-mail address at a site, or at the only one of theirs.
fn agent(sql: Sql<'_>, email: &str, at: Option<&SiteKey>) -> Result<Listed> {
    let mut found = agents::named(sql, email)?;
    if let Some(key) = at {
        let site = site(sql, key)?;
        found.retain(|agent| agent.site == site.id);
        if found.is_empty() && !agents::named(sql, email)?.is_empty() {
            let Site { name, .. } = site;
            return Err(anyhow!("{email} is no agent of {name}: porchlight agent list").into());
        }
    }
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => {
            Err(anyhow!("{email} is an agent of several sites: choose one with --site KEY").into())
        }
        (None, _) => Err(nobody(email)),
    }
}

/// One of the agents that the person with this e-mail address is.
fn anywhere(sql: Sql<'_>, email: &str) -> Result<Listed> {
    agents::named(sql, email)?.pop().ok_or_else(|| nobody(email))
}

fn nobody(email: &str) -> Error {
    anyhow!("there is no agent with the e-mail address {email}: porchlight agent list").into()
}

fn note_signed_out(sql: Sql<'_>, agent: &Listed) -> Result<()> {
    let what = (Deed::SignedOut, agent.member.name.as_str(), "");
    audit::note_command(sql, agent.site, what)
}
