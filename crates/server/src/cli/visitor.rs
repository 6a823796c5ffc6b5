//! `porchlight visitor`.

use anyhow::{Context, ensure};
use clap::Subcommand;
use porchlight_protocol::VisitorId;

use super::{DataArg, SiteArg, YesArg, ask};

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
    /// Erase a visitor's conversations permanently, and revoke their key. Asks for confirmation.
    Erase {
        #[command(flatten)]
        data: DataArg,
        /// The visitor's id, which the inbox shows in the tooltip of the visitor's name.
        #[arg(long)]
        visitor: VisitorId,
        #[command(flatten)]
        site: SiteArg,
        #[command(flatten)]
        yes: YesArg,
    },
}

pub(super) fn run(command: VisitorCommand) -> anyhow::Result<()> {
    match command {
        VisitorCommand::Revoke { data, visitor, site } => {
            let store = data.store();
            let site = store.site(site.site.as_ref())?;
            let revoked = store.revoke_visitor(&site, &visitor)?;
            ensure!(revoked, "{} has no visitor {visitor}", site.name);
            println!("Revoked the key of visitor {visitor}.");
        }
        VisitorCommand::Erase { data, visitor, site, yes } => {
            let store = data.store();
            let site = store.site(site.site.as_ref())?;
            let count = store.conversations_of(&site, &visitor)?;
            let count = count.with_context(|| format!("{} has no visitor {visitor}", site.name))?;
            let what = format!(
                "This erases all {count} conversations of visitor {visitor} of {}, permanently.",
                site.name
            );
            ask::confirm(yes.yes, &what, visitor.as_str())?;
            store.erase_visitor(&site, &visitor)?;
            println!(
                "Erased visitor {visitor}. Conversations removed: {count}. Backups still hold them, and open \
                 inboxes show them until a reload."
            );
        }
    }
    Ok(())
}
