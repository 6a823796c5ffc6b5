//! `porchlight agent`.

use anyhow::{Context, ensure};
use clap::{Subcommand, ValueEnum};
use porchlight_protocol::wire::Role;
use rusqlite::Connection;

use crate::password;
use crate::store::agents::{self, Listed};
use crate::store::{outside, read_file, sites, with_file};

use super::{DataArg, SiteArg, YesArg, ago, ask, choose_site, told};

#[derive(Subcommand)]
pub(super) enum AgentCommand {
    /// Add an agent. Asks for the password, or reads it from standard input.
    Add {
        #[command(flatten)]
        data: DataArg,
        /// The e-mail address to sign in with.
        #[arg(long)]
        email: String,
        /// The name that visitors see.
        #[arg(long)]
        name: String,
        /// The agent's role.
        #[arg(long, value_enum)]
        role: RoleArg,
        #[command(flatten)]
        site: SiteArg,
    },
    /// List the agents: address, name, role, site, and last use.
    List {
        #[command(flatten)]
        data: DataArg,
        #[command(flatten)]
        site: SiteArg,
    },
    /// Remove an agent. They are signed out within seconds, and their conversations are unclaimed. Asks for
    /// confirmation.
    Remove {
        #[command(flatten)]
        data: DataArg,
        /// The agent's e-mail address.
        email: String,
        #[command(flatten)]
        yes: YesArg,
    },
    /// Change an agent's password and sign them out everywhere. Asks for the password, or reads it from standard
    /// input.
    Password {
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
        /// The new name, which visitors see.
        name: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum RoleArg {
    /// Conversations and settings.
    Admin,
    /// Conversations.
    Agent,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Role {
        match role {
            RoleArg::Admin => Role::Admin,
            RoleArg::Agent => Role::Agent,
        }
    }
}

pub(super) fn run(command: AgentCommand) -> anyhow::Result<()> {
    match command {
        AgentCommand::Add { data, email, name, role, site } => {
            let email = ask::checked_email(&email)?;
            let name = ask::checked_name(&name)?;
            // Before the prompt for the password, so that nobody types one in vain.
            let site = read_file(&data.data, |sql| {
                let taken = agents::named(sql, &email).map_err(told)?.is_some();
                ensure!(!taken, "there is an agent with the e-mail address {email} already");
                choose_site(sql, site.site.as_ref())
            })?;
            let hash = password::hash(&ask::read_password(&[&email, &name, &site.name])?)?;
            with_file(&data.data, |sql| {
                agents::add(sql, site.id, &email, &name, role.into(), &hash)
            })?;
            println!("Added {name} <{email}> to {}.", site.name);
            Ok(())
        }
        AgentCommand::List { data, site } => {
            let listed = read_file(&data.data, |sql| {
                let site = site.site.as_ref().map(|key| choose_site(sql, Some(key))).transpose()?;
                let all = agents::all(sql, site.map(|site| site.id)).map_err(told)?;
                all.into_iter()
                    .map(|agent| Ok((sites::by_id(sql, agent.site).map_err(told)?.key, agent)))
                    .collect::<anyhow::Result<Vec<_>>>()
            })?;
            for (site, Listed { member, email, role, seen_at, .. }) in listed {
                let role = agents::role_text(role);
                let seen = seen_at.map_or_else(|| "not signed in".to_owned(), ago);
                println!("{email}\t{}\t{role}\t{site}\t{seen}", member.name);
            }
            Ok(())
        }
        AgentCommand::Remove { data, email, yes } => {
            let agent = read_file(&data.data, |sql| found(sql, &email))?;
            let name = &agent.member.name;
            let what = format!("This removes {name} <{}> from the team.", agent.email);
            ask::confirm(yes.yes, &what, &agent.email)?;
            let handed_back = outside::change(&data.data, |commit| agents::remove(commit, &agent))?;
            println!(
                "Removed {name} <{}>. Conversations unclaimed: {handed_back}. Earlier messages keep the name.",
                agent.email
            );
            warn_without_admin(&data, &agent)
        }
        AgentCommand::Password { data, email } => {
            let (agent, site) = read_file(&data.data, |sql| {
                let agent = found(sql, &email)?;
                let site = sites::by_id(sql, agent.site).map_err(told)?;
                Ok((agent, site))
            })?;
            let hints = [agent.email.as_str(), &agent.member.name, &site.name];
            let hash = password::hash(&ask::read_password(&hints)?)?;
            let ended = with_file(&data.data, |sql| {
                agents::set_password(sql, &agent, &hash).map_err(told)
            })?;
            println!(
                "Changed the password of {} <{}>. Sessions ended: {ended}.",
                agent.member.name, agent.email
            );
            Ok(())
        }
        AgentCommand::Role { data, email, role } => {
            let role = Role::from(role);
            let agent = with_file(&data.data, |sql| {
                let agent = found(sql, &email)?;
                agents::set_role(sql, &agent, role).map_err(told)?;
                Ok(agent)
            })?;
            println!(
                "Changed the role of {} <{}> from {} to {}. An open inbox shows it after a reload.",
                agent.member.name,
                agent.email,
                agents::role_text(agent.role),
                agents::role_text(role)
            );
            warn_without_admin(&data, &agent)
        }
        AgentCommand::Rename { data, email, name } => {
            let name = ask::checked_name(&name)?;
            let agent = with_file(&data.data, |sql| {
                let agent = found(sql, &email)?;
                agents::rename(sql, &agent, &name).map_err(told)?;
                Ok(agent)
            })?;
            println!(
                "Renamed {} <{}> to {name}. Earlier messages keep the former name.",
                agent.member.name, agent.email
            );
            Ok(())
        }
    }
}

/// The agent with this address.
pub(super) fn found(sql: &Connection, email: &str) -> anyhow::Result<Listed> {
    let found = agents::named(sql, email).map_err(told)?;
    found.with_context(|| {
        format!("there is no agent with the e-mail address {email}: porchlight agent list")
    })
}

/// Warns if the agent's site has no admin left, who alone can change its settings.
fn warn_without_admin(data: &DataArg, agent: &Listed) -> anyhow::Result<()> {
    let left = read_file(&data.data, |sql| agents::all(sql, Some(agent.site)).map_err(told))?;
    if !left.iter().any(|other| other.role == Role::Admin) {
        eprintln!("The site has no admin now. To make one: porchlight agent role EMAIL admin");
    }
    Ok(())
}
