//! `porchlight visitor`.

use anyhow::ensure;
use clap::Subcommand;
use porchlight_protocol::VisitorId;

use crate::clock;
use crate::store::{visitors, with_file};

use super::{DataArg, SiteArg, choose_site, told};

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
    with_file(&data.data, |sql| {
        let site = choose_site(sql, site.site.as_ref())?;
        let revoked = visitors::revoke(sql, site.id, &visitor, clock::now()).map_err(told)?;
        ensure!(revoked, "{} has no visitor {visitor}", site.name);
        Ok(())
    })?;
    println!("Revoked the key of visitor {visitor}.");
    Ok(())
}
