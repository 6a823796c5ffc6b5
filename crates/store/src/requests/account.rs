//! What agents see and change of their own accounts.

use porchlight_protocol::audit::Deed;
use porchlight_protocol::rights::Right;
use porchlight_protocol::team::{Account, SignedIn};
use porchlight_protocol::{ErrorCode, Member, PictureId};

use crate::commit::Commit;
use crate::credential::Credential;
use crate::error::Result;
use crate::random::Hash;
use crate::sql::Sql;
use crate::store::Store;
use crate::tables::agents::{self, Agent, Listed, Login};
use crate::tables::second_factors::{self, Secret};
use crate::tables::{accounts, audit, pictures};

use super::settings::must_have;

impl Store {
    /// The account of a session's agent, with the browsers in which they are signed in.
    pub async fn account(&self, session: Hash) -> Result<Account> {
        let now = self.now();
        self.read(move |sql| {
            let agent = agents::authorise(sql, &session, now)?;
            let me = person(sql, &agent)?;
            let sessions = agents::sessions_of(sql, &me, now)?;
            let sessions = sessions.into_iter().map(|(token, listed)| SignedIn {
                this: token == session,
                id: listed.id,
                device: listed.device,
                created_at: listed.created_at,
                seen_at: listed.seen_at,
            });
            Ok(Account {
                second_factor: second_factors::of(sql, &me.account)?,
                picture: me.picture,
                agent: agent.member,
                email: me.email,
                sessions: sessions.collect(),
            })
        })
        .await
    }

    /// The agent of a session, with the data for a sign-in, to check their password.
    pub async fn own_login(&self, session: Hash) -> Result<(Agent, Login, String)> {
        let now = self.now();
        self.read(move |sql| {
            let agent = agents::authorise(sql, &session, now)?;
            let login = agents::login_of(sql, agent.site.id, &agent.member.id)?;
            let login = login.ok_or(ErrorCode::SignInRequired)?;
            let email = person(sql, &agent)?.email;
            Ok((agent, login, email))
        })
        .await
    }

    /// Renames the agent of a session. What they wrote keeps the former name.
    pub async fn rename_self(&self, session: Hash, name: String) -> Result<Member> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            let me = person(commit.sql, &agent)?;
            agents::rename(commit.sql, &me, &name)?;
            if name != agent.member.name {
                audit::note(commit, &agent, (Deed::Renamed, &name, ""))?;
            }
            Ok(Member { name: name.clone(), ..agent.member })
        })
        .await
    }

    /// Sets the picture of a session's agent: a PNG that the server has made, no bytes of anybody else.
    pub async fn set_own_picture(&self, session: Hash, png: Vec<u8>) -> Result<PictureId> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            let (site, id) = (agent.site.id, &agent.member.id);
            let (picture, changed) = pictures::set(commit.sql, site, id, &png)?;
            if changed {
                audit::note(commit, &agent, (Deed::PictureSet, "", ""))?;
            }
            Ok(picture)
        })
        .await
    }

    /// Removes the picture of a session's agent, if there is one.
    pub async fn remove_own_picture(&self, session: Hash) -> Result<()> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            if pictures::remove(commit.sql, agent.site.id, &agent.member.id)? {
                audit::note(commit, &agent, (Deed::PictureRemoved, "", ""))?;
            }
            Ok(())
        })
        .await
    }

    /// A picture of somebody on the team of a session's agent, as a PNG.
    pub async fn picture(&self, session: Hash, id: PictureId) -> Result<Vec<u8>> {
        let now = self.now();
        self.read(move |sql| {
            let agent = agents::authorise(sql, &session, now)?;
            must_have(&agent, Right::SeeTeam)?;
            let found = pictures::bytes(sql, agent.site.id, &id)?;
            found.ok_or_else(|| ErrorCode::NotFound.into())
        })
        .await
    }

    /// Changes the e-mail address of a session's agent, whose password was checked against `login`.
    pub async fn set_own_email(&self, session: Hash, login: Login, email: String) -> Result<()> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_be_as_checked(commit, &agent, &login)?;
            let me = person(commit.sql, &agent)?;
            accounts::set_email(commit.sql, &me.account, &email)?;
            if email != me.email {
                audit::note(commit, &agent, (Deed::EmailChanged, "", ""))?;
            }
            Ok(())
        })
        .await
    }

    /// Sets the hash of the new password of a session's agent, whose former one was checked against `login`, and ends
    /// their other sessions. Returns the data for the next sign-in.
    pub async fn set_own_password(
        &self,
        session: Hash,
        login: Login,
        password: String,
    ) -> Result<Login> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_be_as_checked(commit, &agent, &login)?;
            agents::set_own_password(
                commit.sql,
                &person(commit.sql, &agent)?,
                &password,
                &session,
            )?;
            audit::note(commit, &agent, (Deed::PasswordChanged, "", ""))?;
            Ok(Login { password: password.clone(), ..login.clone() })
        })
        .await
    }

    /// Keeps a secret for the authenticator app of a session's agent, whose password was checked against `login`. It is not asked
    /// for before [`Store::confirm_second_factor`].
    pub async fn begin_second_factor(
        &self,
        session: Hash,
        login: Login,
        secret: Secret,
    ) -> Result<()> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_be_as_checked(commit, &agent, &login)?;
            second_factors::begin(commit, &login.account, &secret)
        })
        .await
    }

    /// Asks a session's agent for a second factor from their next sign-in on, if this is a code of the app that has the secret.
    /// The recovery codes are given as hashes.
    pub async fn confirm_second_factor(
        &self,
        session: Hash,
        code: String,
        recovery: Vec<Hash>,
    ) -> Result<()> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            let account = accounts::of(commit.sql, agent.site.id, &agent.member.id)?;
            second_factors::confirm(commit, &account, &code, &recovery)?;
            audit::note(commit, &agent, (Deed::SecondFactorOn, "", ""))
        })
        .await
    }

    /// Replaces the recovery codes of a session's agent, whose password was checked against `login`.
    pub async fn renew_recovery_codes(
        &self,
        session: Hash,
        login: Login,
        recovery: Vec<Hash>,
    ) -> Result<()> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_be_as_checked(commit, &agent, &login)?;
            second_factors::renew_recovery_codes(commit.sql, &login.account, &recovery)
        })
        .await
    }

    /// Asks a session's agent, whose password was checked against `login`, for no second factor any more.
    pub async fn drop_second_factor(&self, session: Hash, login: Login) -> Result<()> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_be_as_checked(commit, &agent, &login)?;
            if second_factors::remove(commit.sql, &login.account)? {
                audit::note(commit, &agent, (Deed::SecondFactorOff, "", ""))?;
            }
            Ok(())
        })
        .await
    }

    /// Ends another session of a session's agent, by its [`SignedIn::id`].
    pub async fn end_own_session(&self, session: Hash, id: String) -> Result<()> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            let me = person(commit.sql, &agent)?;
            let all = agents::sessions_of(commit.sql, &me, commit.now)?;
            let found = all.into_iter().find(|(_, listed)| listed.id == id);
            let (token, _) = found.ok_or(ErrorCode::NotFound)?;
            audit::note(commit, &agent, (Deed::SessionsEnded, "", ""))?;
            agents::sign_out(commit, &token)
        })
        .await
    }

    /// Ends all other sessions of a session's agent.
    pub async fn end_other_sessions(&self, session: Hash) -> Result<()> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            let me = person(commit.sql, &agent)?;
            audit::note(commit, &agent, (Deed::SessionsEnded, "", ""))?;
            agents::sign_out_elsewhere(commit.sql, &me, &session)
        })
        .await
    }
}

fn person(sql: Sql<'_>, agent: &Agent) -> Result<Listed> {
    let found = agents::person(sql, agent.site.id, &agent.member.id)?;
    found.ok_or_else(|| ErrorCode::SignInRequired.into())
}

/// Refuses if the agent has got another password since it was checked.
fn must_be_as_checked(commit: &Commit<'_>, agent: &Agent, login: &Login) -> Result<()> {
    let now = agents::login_of(commit.sql, agent.site.id, &agent.member.id)?;
    if now.is_some_and(|now| now.password == login.password) {
        Ok(())
    } else {
        Err(ErrorCode::PasswordWrong.into())
    }
}
