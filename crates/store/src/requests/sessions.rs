//! Agents' sessions.

use crate::error::Result;
use crate::random::Hash;
use crate::store::{SiteId, Store};
use crate::tables::agents::{self, Agent, Login};

impl Store {
    /// The agent with this e-mail address, for a sign-in. `None` if there is none.
    pub async fn login(&self, email: String) -> Result<Option<Login>> {
        self.read(move |sql| agents::by_email(sql, &email)).await
    }

    /// Begins a session, whose token has this hash.
    pub async fn sign_in(&self, login: Login, token: Hash) -> Result<Agent> {
        self.write(move |commit| agents::sign_in(commit, &login, &token)).await
    }

    /// The agent of a session.
    pub async fn agent(&self, session: Hash) -> Result<Agent> {
        let now = self.now();
        self.read(move |sql| agents::authorise(sql, &session, now)).await
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

    /// Those of the sessions that have ended, by time or by a command.
    pub async fn ended_sessions(&self, sessions: Vec<Hash>) -> Result<Vec<Hash>> {
        let now = self.now();
        self.read(move |sql| agents::ended(sql, sessions, now)).await
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
