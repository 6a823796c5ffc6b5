//! `porchlight agent`.

use anyhow::ensure;
use clap::{Subcommand, ValueEnum};
use porchlight_protocol::rights::{Right, Role};
use porchlight_store::agents::{Listed, NewAgent};
use porchlight_store::{AdminStore, Site};

use crate::password;

use super::{DataArg, SiteArg, YesArg, ago, ask};

#[derive(Subcommand)]
pub(super) enum AgentCommand {
    /// Add an agent. Asks for the password, or reads it from standard input; whoever is an agent of another site keeps theirs.
    Add {
        #[command(flatten)]
        data: DataArg,
        /// The e-mail address to sign in with.
        #[arg(long)]
        email: String,
        /// The name that visitors see.
        #[arg(long)]
        name: String,
        /// The agent's role. The first admin of a site becomes its owner.
        #[arg(long, value_enum)]
        role: RoleArg,
        #[command(flatten)]
        site: SiteArg,
    },
    /// List the agents: address, name, role, site, last use, and who is deactivated.
    List {
        #[command(flatten)]
        data: DataArg,
        #[command(flatten)]
        site: SiteArg,
    },
    /// Deactivate an agent. They are signed out within seconds and can't sign in, and their conversations are unclaimed.
    Deactivate {
        #[command(flatten)]
        data: DataArg,
        /// The agent's e-mail address.
        email: String,
        #[command(flatten)]
        site: SiteArg,
    },
    /// Let a deactivated agent sign in again.
    Reactivate {
        #[command(flatten)]
        data: DataArg,
        /// The agent's e-mail address.
        email: String,
        #[command(flatten)]
        site: SiteArg,
    },
    /// Remove an agent for good. They are signed out within seconds, and their conversations are unclaimed. Asks for
    /// confirmation.
    Remove {
        #[command(flatten)]
        data: DataArg,
        /// The agent's e-mail address.
        email: String,
        #[command(flatten)]
        site: SiteArg,
        #[command(flatten)]
        yes: YesArg,
    },
    /// Change an agent's password, at all their sites, and sign them out everywhere. Asks for the password, or reads it from standard
    /// input.
    Password {
        #[command(flatten)]
        data: DataArg,
        /// The agent's e-mail address.
        email: String,
    },
    /// Switch an agent's two-step sign-in off, such as after a lost phone.
    ResetSecondFactor {
        #[command(flatten)]
        data: DataArg,
        /// The agent's e-mail address.
        email: String,
    },
    /// Change an agent's role.
    Role {
        #[command(flatten)]
        data: DataArg,
        /// The agent's e-mail address.
        email: String,
        #[command(flatten)]
        site: SiteArg,
        /// The new role.
        #[arg(value_enum)]
        role: RoleArg,
    },
    /// Rename an agent. Earlier messages keep the former name.
    Rename {
        #[command(flatten)]
        data: DataArg,
        /// The agent's e-mail address.
        email: String,
        #[command(flatten)]
        site: SiteArg,
        /// The new name, which visitors see.
        name: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum RoleArg {
    /// Everything, and who else is an owner.
    Owner,
    /// Conversations, settings, and the team apart from its owners.
    Admin,
    /// Conversations.
    Agent,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Role {
        match role {
            RoleArg::Owner => Role::Owner,
            RoleArg::Admin => Role::Admin,
            RoleArg::Agent => Role::Agent,
        }
    }
}

pub(super) fn run(command: AgentCommand) -> anyhow::Result<()> {
    match command {
        AgentCommand::Add { data, email, name, role, site } => {
            let store = data.store();
            let email = ask::checked_email(&email)?;
            let name = ask::checked_name(&name)?;
            let site = store.site(site.site.as_ref())?;
            // Before the prompt for the password, so that nobody types one in vain.
            if store.has_account(&email)? {
                let there = store.agents(Some(&site))?;
                let is_there = there.iter().any(|(_, other)| other.email == email);
                ensure!(!is_there, "{email} is an agent of {} already", site.name);
                let role = store.add_person(&site, &email, &name, role.into())?.as_str();
                println!(
                    "Added {name} <{email}> to {} as {role}. They sign in as before, and find the site in the inbox.",
                    site.name
                );
                return Ok(());
            }
            let password = ask::read_password(&[&email, &name, &site.name])?;
            let new =
                NewAgent { email, name, role: role.into(), password: password::hash(&password)? };
            let role = store.add_agent(&site, &new)?.as_str();
            println!("Added {} <{}> to {} as {role}.", new.name, new.email, site.name);
            Ok(())
        }
        AgentCommand::List { data, site } => {
            let store = data.store();
            let site = site.of(&store)?;
            for (site, agent) in store.agents(site.as_ref())? {
                let Listed { member, email, role, seen_at, active, .. } = agent;
                let (name, role) = (member.name, role.as_str());
                let seen = seen_at.map_or_else(|| "not signed in".to_owned(), ago);
                let state = if active { "" } else { "\tdeactivated" };
                println!("{email}\t{name}\t{role}\t{}\t{seen}{state}", site.key);
            }
            Ok(())
        }
        AgentCommand::Remove { data, email, site, yes } => {
            let store = data.store();
            let (site, agent) = store.agent(&email, site.site.as_ref())?;
            let name = &agent.member.name;
            let what = format!("This removes {name} <{}> from the team.", agent.email);
            ask::confirm(yes.yes, &what, &agent.email)?;
            let handed_back = store.remove_agent(&agent)?;
            println!(
                "Removed {name} <{}>. Conversations unclaimed: {handed_back}. Earlier messages keep the name.",
                agent.email
            );
            warn_without_admin(&store, &site)
        }
        AgentCommand::Deactivate { data, email, site } => {
            let store = data.store();
            let (_, agent) = store.agent(&email, site.site.as_ref())?;
            let handed_back = store.deactivate_agent(&agent)?;
            println!(
                "Deactivated {} <{}>. Conversations unclaimed: {handed_back}. To take it back: porchlight agent \
                 reactivate {}",
                agent.member.name, agent.email, agent.email
            );
            Ok(())
        }
        AgentCommand::Reactivate { data, email, site } => {
            let store = data.store();
            let (_, agent) = store.agent(&email, site.site.as_ref())?;
            store.reactivate_agent(&agent)?;
            println!("{} <{}> can sign in again.", agent.member.name, agent.email);
            Ok(())
        }
        AgentCommand::Password { data, email } => {
            let store = data.store();
            let (site, agent) = store.person(&email)?;
            let hints = [agent.email.as_str(), &agent.member.name, &site.name];
            let hash = password::hash(&ask::read_password(&hints)?)?;
            let ended = store.set_password(&agent, &hash)?;
            println!(
                "Changed the password of {} <{}>. Sessions ended: {ended}.",
                agent.member.name, agent.email
            );
            Ok(())
        }
        AgentCommand::ResetSecondFactor { data, email } => {
            let store = data.store();
            let (_, agent) = store.person(&email)?;
            let who = format!("{} <{}>", agent.member.name, agent.email);
            if store.drop_second_factor(&agent)? {
                println!(
                    "{who} signs in with the password alone now, and can set two-step sign-in up anew."
                );
            } else {
                println!("{who} has no two-step sign-in.");
            }
            Ok(())
        }
        AgentCommand::Role { data, email, site, role } => {
            let store = data.store();
            let role = Role::from(role);
            let before = store.set_role(&email, site.site.as_ref(), role)?;
            println!(
                "Changed the role of {} <{}> from {} to {}. An open inbox shows it after a reload.",
                before.member.name,
                before.email,
                before.role.as_str(),
                role.as_str()
            );
            warn_without_admin(&store, &store.agent(&email, site.site.as_ref())?.0)
        }
        AgentCommand::Rename { data, email, site, name } => {
            let name = ask::checked_name(&name)?;
            let before = data.store().rename_agent(&email, site.site.as_ref(), &name)?;
            println!(
                "Renamed {} <{}> to {name}. Earlier messages keep the former name.",
                before.member.name, before.email
            );
            Ok(())
        }
    }
}

/// Warns if the site has nobody left who can change its settings: sites of agents alone are possible.
fn warn_without_admin(store: &AdminStore, site: &Site) -> anyhow::Result<()> {
    let left = store.agents(Some(site))?;
    if !left.iter().any(|(_, other)| other.active && other.role.may(Right::ChangeSettings)) {
        eprintln!("The site has no admin now. To make an owner: porchlight agent role EMAIL owner");
    }
    Ok(())
}
