//! `porchlight session`.

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};

use super::{DataArg, SiteArg, ago};

#[derive(Subcommand)]
pub(super) enum SessionCommand {
    /// List the browsers in which agents are signed in: id, e-mail address, start, last use, browser.
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
            let store = data.store();
            let site = site.of(&store)?;
            for session in store.sessions(site.as_ref())? {
                let (began, seen) = (ago(session.created_at), ago(session.seen_at));
                let browser = Some(session.device).filter(|browser| !browser.is_empty());
                let browser = browser.as_deref().unwrap_or("unknown browser");
                let (id, email) = (session.id, session.email);
                println!("{id}\t{email}\tsigned in {began}\tused {seen}\t{browser}");
            }
            Ok(())
        }
        SessionCommand::End { data, which: Which { email: Some(email), .. } } => {
            let ended = data.store().end_sessions_of(&email)?;
            println!("Signed {email} out. Sessions ended: {ended}.");
            Ok(())
        }
        SessionCommand::End { data, which: Which { id, .. } } => {
            let id = id.context("give a session: porchlight session list")?;
            let ended = data.store().end_session(&id)?;
            ensure!(ended, "there is no session {id}: porchlight session list");
            println!("Ended the session {id}.");
            Ok(())
        }
    }
}
