//! `porchlight visitor`.

use anyhow::ensure;
use clap::Subcommand;
use porchlight_protocol::VisitorId;

use super::{DataArg, SiteArg};

#[derive(Subcommand)]
pub(super) enum VisitorCommand {
    /// Revoke a visitor's key, so that nobody can use it any more. Open chats close within seconds.
    Revoke {
        #[command(flatten)]
        data: DataArg,
        /// The visitor's id, which the inbox shows in the tooltip of the visitor's name.
        #[arg(long)]
        visitor: VisitorId,
        #[command(flatten)]
        site: SiteArg,
    },
}

pub(super) fn run(command: VisitorCommand) -> anyhow::Result<()> {
    let VisitorCommand::Revoke { data, visitor, site } = command;
    let store = data.store();
    let site = store.site(site.site.as_ref())?;
    let revoked = store.revoke_visitor(&site, &visitor)?;
    ensure!(revoked, "{} has no visitor {visitor}", site.name);
    println!("Revoked the key of visitor {visitor}.");
    Ok(())
}
