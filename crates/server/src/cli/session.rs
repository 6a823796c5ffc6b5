//! `porchlight session`.

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};

use crate::clock;
use crate::store::{agents, read_file, with_file};

use super::agent::found;
use super::{DataArg, SiteArg, ago, choose_site, told};

#[derive(Subcommand)]
pub(super) enum SessionCommand {
    /// List the browsers in which agents are signed in: id, e-mail address, start, last use.
    List {
        #[command(flatten)]
        data: DataArg,
        #[command(flatten)]
        site: SiteArg,
    },
    /// Sign a browser out, or all of an agent's. Its inbox closes within seconds.
    End {
        #[command(flatten)]
        data: DataArg,
        #[command(flatten)]
        which: Which,
    },
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub(super) struct Which {
    /// The session's id, as `session list` prints it.
    id: Option<String>,
    /// All sessions of the agent with this e-mail address.
    #[arg(long)]
    email: Option<String>,
}

pub(super) fn run(command: SessionCommand) -> anyhow::Result<()> {
    match command {
        SessionCommand::List { data, site } => {
            let listed = read_file(&data.data, |sql| {
                let site = site.site.as_ref().map(|key| choose_site(sql, Some(key))).transpose()?;
                agents::sessions(sql, site.map(|site| site.id), clock::now()).map_err(told)
            })?;
            for session in listed {
                let (began, seen) = (ago(session.created_at), ago(session.seen_at));
                println!("{}\t{}\tsigned in {began}\tused {seen}", session.id, session.email);
            }
            Ok(())
        }
        SessionCommand::End { data, which: Which { email: Some(email), .. } } => {
            let ended = with_file(&data.data, |sql| {
                let agent = found(sql, &email)?;
                agents::sign_out_everywhere(sql, &agent).map_err(told)
            })?;
            println!("Signed {email} out. Sessions ended: {ended}.");
            Ok(())
        }
        SessionCommand::End { data, which: Which { id, .. } } => {
            let id = id.context("give a session: porchlight session list")?;
            let ended = with_file(&data.data, |sql| agents::end_session(sql, &id).map_err(told))?;
            ensure!(ended, "there is no session {id}: porchlight session list");
            println!("Ended the session {id}.");
            Ok(())
        }
    }
}
