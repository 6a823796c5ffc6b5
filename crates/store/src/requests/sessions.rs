//! Agents' sessions.

use porchlight_protocol::team::SiteOfMine;
use porchlight_protocol::wire::Presence;
use porchlight_protocol::{ErrorCode, SiteKey};

use crate::error::Result;
use crate::random::Hash;
use crate::store::{SiteId, Store};
use crate::tables::accounts;
use crate::tables::agents::{self, Agent, Login};
use crate::tables::sign_ins::{self, FailureRate};
use crate::tables::sites;

impl Store {
    /// The agent with this e-mail address, for a sign-in. `None` if there is none.
    pub async fn login(&self, email: String) -> Result<Option<Login>> {
        self.read(move |sql| agents::by_email(sql, &email)).await
    }

    /// Counts a sign-in as failed, under each of the keys, before its outcome is known: attempts at the same time don't
    /// get around it. Refuses, and counts nothing, if that is one too many under one of them.
    pub async fn count_sign_in(&self, keys: Vec<(Hash, FailureRate)>) -> Result<()> {
        self.write(move |commit| {
            for (key, rate) in &keys {
                sign_ins::count(commit.sql, key, *rate, commit.steady)?;
            }
            Ok(())
        })
        .await
    }

    /// Takes the counts back, after the right password.
    pub async fn forgive_sign_in(&self, keys: Vec<(Hash, FailureRate)>) -> Result<()> {
        self.write(move |commit| {
            for (key, rate) in &keys {
                sign_ins::forgive(commit.sql, key, *rate)?;
            }
            Ok(())
        })
        .await
    }

    /// Deletes some of the failed sign-ins that have expired. True if none is left.
    pub async fn forget_failed_sign_ins(&self) -> Result<bool> {
        self.write(|commit| sign_ins::forget(commit.sql, commit.steady)).await
    }

    /// Begins a session, whose token has this hash, in a browser of this name. Refuses if the agent has been deactivated, or has a
    /// second factor and this is no code of it.
    pub async fn sign_in(
        &self,
        login: Login,
        token: Hash,
        device: String,
        code: Option<String>,
    ) -> Result<Agent> {
        self.write_at(login.site, move |commit, site| {
            agents::sign_in(commit, site, &login, &token, &device, code.as_deref())
        })
        .await
    }

    /// The agent of a session.
    pub async fn agent(&self, session: Hash) -> Result<Agent> {
        let now = self.now();
        self.read(move |sql| agents::authorise(sql, &session, now)).await
    }

    /// The sites of the person whose session it is.
    pub async fn sites_of(&self, session: Hash) -> Result<Vec<SiteOfMine>> {
        let now = self.now();
        self.read(move |sql| {
            let agent = agents::authorise(sql, &session, now)?;
            accounts::sites(sql, &accounts::of(sql, agent.site.id, &agent.member.id)?)
        })
        .await
    }

    /// Exchanges a session for one of the same person at another of their sites, whose token has this hash. Refuses a site
    /// of which they are no agent as one that does not exist. Returns the site that was left, and the data of a sign-in.
    pub async fn switch_site(
        &self,
        session: Hash,
        to: SiteKey,
        token: Hash,
    ) -> Result<(SiteId, Agent, Login)> {
        let now = self.now();
        let (left, to) = self
            .read(move |sql| {
                let left = agents::authorise(sql, &session, now)?.site.id;
                Ok((left, sites::id(sql, &to)?.ok_or(ErrorCode::NotFound)?))
            })
            .await?;
        self.write_at(to, move |commit, site| {
            let agent = agents::authorise(commit.sql, &session, commit.now)?;
            let account = accounts::of(commit.sql, agent.site.id, &agent.member.id)?;
            let login = agents::login_at(commit.sql, site.id, &account)?;
            let login = login.ok_or(ErrorCode::NotFound)?;
            let agent = agents::exchange(commit, site, &login, &session, &token)?;
            Ok((left, agent, login))
        })
        .await
    }

    /// Ends a session. Returns its site.
    pub async fn sign_out(&self, session: Hash) -> Result<SiteId> {
        self.write(move |commit| {
            let agent = agents::authorise(commit.sql, &session, commit.now)?;
            agents::sign_out(commit, &session)?;
            Ok(agent.site.id)
        })
        .await
    }

    /// What has become of each of the sessions: its presence, or `None` if it has ended, by time or by a command.
    pub async fn presence_of(&self, sessions: Vec<Hash>) -> Result<Vec<(Hash, Option<Presence>)>> {
        let now = self.now();
        self.read(move |sql| agents::presence(sql, sessions, now)).await
    }

    /// Stores whether the agent of a session has said to be away.
    pub async fn set_away(&self, session: Hash, away: bool) -> Result<()> {
        self.write(move |commit| {
            let agent = agents::authorise(commit.sql, &session, commit.now)?;
            agents::set_away(commit, &agent, away)
        })
        .await
    }

    /// Stores whether a session is idle.
    pub async fn set_idle(&self, session: Hash, idle: bool) -> Result<()> {
        self.write(move |commit| {
            agents::authorise(commit.sql, &session, commit.now)?;
            agents::set_idle(commit, &session, idle)
        })
        .await
    }

    /// Stores the last use of these sessions, to the hour.
    pub async fn note_use_of_sessions(&self, sessions: Vec<Hash>) -> Result<()> {
        let now = self.now();
        let stale = self.read(move |sql| agents::stale(sql, sessions, now)).await?;
        if stale.is_empty() {
            return Ok(());
        }
        self.write(move |commit| agents::seen(commit, &stale)).await
    }
}
