//! The people of a site: their roles, whether they are active, and who is invited.

use porchlight_protocol::audit::Deed;
use porchlight_protocol::rights::{Right, Role};
use porchlight_protocol::team::{Invitation, InvitationSeen, NewInvitation, Person};
use porchlight_protocol::{ErrorCode, MemberId};

use crate::commit::Commit;
use crate::credential::Credential;
use crate::error::Result;
use crate::random::Hash;
use crate::store::{SiteId, Store};
use crate::tables::agents::{self, Agent, Listed, Login, NewAgent};
use crate::tables::invitations;
use crate::tables::{accounts, audit, pictures};

use super::settings::must_have;

impl From<Listed> for Person {
    fn from(listed: Listed) -> Person {
        let Listed { member, email, role, seen_at, active, away, picture, .. } = listed;
        Person { agent: member, email, role, active, away, seen_at, picture }
    }
}

impl Store {
    /// The people of an agent's site.
    pub async fn team(&self, session: Hash) -> Result<Vec<Person>> {
        let now = self.now();
        self.read(move |sql| {
            let agent = agents::authorise(sql, &session, now)?;
            must_have(&agent, Right::SeeTeam)?;
            let people = agents::people(sql, agent.site.id)?;
            Ok(people.into_iter().map(Person::from).collect())
        })
        .await
    }

    /// Changes a person's role. Refuses to take it from the last owner.
    pub async fn set_role_of(&self, session: Hash, id: MemberId, role: Role) -> Result<Person> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            let person = managed(commit, &agent, &id)?;
            must_have(&agent, role.managed_by())?;
            agents::set_role(commit, &person, role)?;
            if role != person.role {
                let what = (Deed::RoleChanged, person.member.name.as_str(), role.as_str());
                audit::note(commit, &agent, what)?;
            }
            told(commit, &agent, &id)
        })
        .await
    }

    /// Deactivates a person, or reactivates them. Refuses to deactivate the last owner.
    pub async fn set_active(&self, session: Hash, id: MemberId, active: bool) -> Result<Person> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            let person = managed(commit, &agent, &id)?;
            if active {
                agents::reactivate(commit, &person)?;
            } else {
                agents::deactivate(commit, &person)?;
            }
            if active != person.active {
                let deed = if active { Deed::Reactivated } else { Deed::Deactivated };
                audit::note(commit, &agent, (deed, &person.member.name, ""))?;
            }
            told(commit, &agent, &id)
        })
        .await
    }
}

/// A person of the agent's site whom the agent may manage.
fn managed(commit: &Commit<'_>, agent: &Agent, id: &MemberId) -> Result<Listed> {
    must_have(agent, Right::ManageTeam)?;
    let person = agents::person(commit.sql, agent.site.id, id)?.ok_or(ErrorCode::NotFound)?;
    must_have(agent, person.role.managed_by())?;
    Ok(person)
}

fn told(commit: &Commit<'_>, agent: &Agent, id: &MemberId) -> Result<Person> {
    let person = agents::person(commit.sql, agent.site.id, id)?;
    person.map(Person::from).ok_or_else(|| ErrorCode::NotFound.into())
}

/// Invitations.
impl Store {
    /// The open invitations of an agent's site, the newest first.
    pub async fn invitations(&self, session: Hash) -> Result<Vec<Invitation>> {
        let now = self.now();
        self.read(move |sql| {
            let agent = agents::authorise(sql, &session, now)?;
            must_have(&agent, Right::ManageTeam)?;
            invitations::open(sql, agent.site.id, now)
        })
        .await
    }

    /// Makes an invitation, [checked](NewInvitation::checked), whose secret has this hash.
    pub async fn invite(
        &self,
        session: Hash,
        token: Hash,
        new: NewInvitation,
    ) -> Result<Invitation> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ManageTeam)?;
            must_have(&agent, Role::from(new.role).managed_by())?;
            let made = invitations::add(commit, &agent, &token, &new)?;
            audit::note(commit, &agent, (Deed::Invited, "", made.role.as_str()))?;
            Ok(made)
        })
        .await
    }

    /// Takes an invitation back.
    pub async fn take_back_invitation(&self, session: Hash, id: MemberId) -> Result<()> {
        self.write_for(&Credential::Agent(session), move |commit, site| {
            let agent = agents::authorise_at(commit.sql, site, &session, commit.now)?;
            must_have(&agent, Right::ManageTeam)?;
            let site = agent.site.id;
            let found = invitations::one(commit.sql, site, &id)?.ok_or(ErrorCode::NotFound)?;
            must_have(&agent, found.role.managed_by())?;
            audit::note(commit, &agent, (Deed::InvitationTakenBack, "", found.role.as_str()))?;
            invitations::take_back(commit.sql, site, &id)
        })
        .await
    }

    /// What the invited person may see of the invitation whose secret has this hash. Refuses one that can't be accepted.
    pub async fn invitation(&self, token: Hash) -> Result<InvitationSeen> {
        let now = self.now();
        self.read(move |sql| invitations::seen(sql, &token, now)).await
    }

    /// Accepts an invitation: adds the agent, in the role of the invitation, and signs them in with `session`. Of several who
    /// accept the same one, one is added.
    pub async fn accept(
        &self,
        token: Hash,
        new: Joining,
        session: Hash,
        device: String,
    ) -> Result<Agent> {
        let site = self.read(move |sql| invitations::site(sql, &token)).await?;
        let site = site.ok_or(ErrorCode::InvitationEnded)?;
        self.write_at(site, move |commit, site| {
            let role = invitations::seen(commit.sql, &token, commit.now)?.role;
            let Joining { email, name, password } = new.clone();
            let agent = NewAgent { email, name, role, password };
            let (id, _) = agents::add(commit.sql, site.id, &agent)?;
            invitations::use_up(commit, &token)?;
            let login = agents::login_of(commit.sql, site.id, &id)?.ok_or(ErrorCode::NotFound)?;
            let agent = agents::sign_in(commit, site, &login, &session, &device, None)?;
            audit::note(commit, &agent, (Deed::Joined, "", agent.role.as_str()))?;
            Ok(agent)
        })
        .await
    }

    /// Accepts an invitation as the person whose session it is: they become an agent of its site, too, and the session is
    /// exchanged for one there, whose token has the hash `token`. Returns the site that was left, and the data of a sign-in.
    pub async fn accept_as(
        &self,
        invited: Hash,
        session: Hash,
        token: Hash,
    ) -> Result<(SiteId, Agent, Login)> {
        let site = self.read(move |sql| invitations::site(sql, &invited)).await?;
        let site = site.ok_or(ErrorCode::InvitationEnded)?;
        self.write_at(site, move |commit, site| {
            let agent = agents::authorise(commit.sql, &session, commit.now)?;
            let role = invitations::seen(commit.sql, &invited, commit.now)?.role;
            let account = accounts::of(commit.sql, agent.site.id, &agent.member.id)?;
            let name = &agent.member.name;
            let (joined, _) = agents::add_to(commit.sql, site.id, &account, name, role)?;
            let (here, there) = ((agent.site.id, &agent.member.id), (site.id, &joined));
            pictures::take_along(commit.sql, here, there)?;
            invitations::use_up(commit, &invited)?;
            let login = agents::login_at(commit.sql, site.id, &account)?;
            let login = login.ok_or(ErrorCode::NotFound)?;
            let left = agent.site.id;
            let agent = agents::exchange(commit, site, &login, &session, &token)?;
            audit::note(commit, &agent, (Deed::Joined, "", agent.role.as_str()))?;
            Ok((left, agent, login))
        })
        .await
    }
}

/// A person who joins a team.
#[derive(Clone)]
pub struct Joining {
    /// The address to sign in with, as it is stored.
    pub email: String,
    /// The person's name.
    pub name: String,
    /// The hash of their password.
    pub password: String,
}
