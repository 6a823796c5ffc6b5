//! `porchlight visitor`.

use std::fs::File;
use std::io::{BufWriter, IntoInnerError, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::{Subcommand, ValueEnum};
use porchlight_protocol::privacy::Standing;
use porchlight_protocol::{ConversationId, VisitorId};
use porchlight_store::export::Place;
use porchlight_store::{AdminStore, Site};
use porchlight_words::INBOX;

use super::{DataArg, SiteArg, YesArg, ask};
use crate::export::{Format, Writer};
use crate::routes::full_page;

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
    /// Make a link that leads a visitor back to a conversation, for another browser than that in which they began it. It holds
    /// for 30 days, in one browser.
    Link {
        #[command(flatten)]
        data: DataArg,
        /// The conversation's id, which is at the end of its address in the inbox.
        #[arg(long)]
        conversation: ConversationId,
        #[command(flatten)]
        site: SiteArg,
    },
    /// Erase all texts of a visitor's conversations permanently, and revoke their key. The conversations keep who wrote when.
    /// Asks for confirmation.
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
    /// Remove a visitor's conversations permanently, as if they had never been, and revoke their key. Asks for confirmation.
    Remove {
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
    /// Export what is stored of a visitor, as they could see it, into a file.
    Export {
        #[command(flatten)]
        data: DataArg,
        /// The visitor's id, which the inbox shows in the tooltip of the visitor's name.
        #[arg(long)]
        visitor: VisitorId,
        #[command(flatten)]
        site: SiteArg,
        /// The form of the file: for programs, or a page for people.
        #[arg(long, value_enum, default_value_t = FormatArg::Json)]
        format: FormatArg,
        /// The file to write, which must not exist.
        #[arg(long)]
        to: PathBuf,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum FormatArg {
    /// For programs.
    Json,
    /// A page for people.
    Html,
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
        VisitorCommand::Link { data, conversation, site } => {
            let store = data.store();
            let site = store.site(site.site.as_ref())?;
            let url = store.public_url()?.context(
                "nobody has started this server yet, so it has no address: run porchlight serve",
            )?;
            let link = store.return_link(&site, &conversation)?;
            let link =
                link.with_context(|| format!("{} has no conversation {conversation}", site.name))?;
            println!("{}", full_page::address(&url, &site.key, Some(&link)));
        }
        VisitorCommand::Erase { data, visitor, site, yes } => {
            let store = data.store();
            let site = store.site(site.site.as_ref())?;
            let count = known(&store, &site, &visitor)?.conversations;
            let what = format!(
                "This erases all texts of the {count} conversations of visitor {visitor} of {}, permanently.",
                site.name
            );
            ask::confirm(yes.yes, &what, visitor.as_str())?;
            store.erase_visitor(&site, &visitor)?;
            println!(
                "Erased visitor {visitor}. Conversations whose texts are gone: {count}. Backups still hold them."
            );
        }
        VisitorCommand::Remove { data, visitor, site, yes } => {
            let store = data.store();
            let site = store.site(site.site.as_ref())?;
            let count = known(&store, &site, &visitor)?.conversations;
            let what = format!(
                "This removes all {count} conversations of visitor {visitor} of {}, permanently.",
                site.name
            );
            ask::confirm(yes.yes, &what, visitor.as_str())?;
            store.remove_visitor(&site, &visitor)?;
            println!(
                "Removed visitor {visitor}. Conversations removed: {count}. Backups still hold them, and open \
                 inboxes show them until a reload."
            );
        }
        VisitorCommand::Export { data, visitor, site, format, to } => {
            let store = data.store();
            let site = store.site(site.site.as_ref())?;
            known(&store, &site, &visitor)?;
            export(&store, &site, &visitor, format, &to)?;
            println!("Exported visitor {visitor} into {}.", to.display());
        }
    }
    Ok(())
}

fn known(store: &AdminStore, site: &Site, visitor: &VisitorId) -> anyhow::Result<Standing> {
    let standing = store.standing(site, visitor)?;
    standing.with_context(|| format!("{} has no visitor {visitor}", site.name))
}

fn export(
    store: &AdminStore,
    site: &Site,
    visitor: &VisitorId,
    format: FormatArg,
    to: &Path,
) -> anyhow::Result<()> {
    let format = match format {
        FormatArg::Json => Format::Json,
        FormatArg::Html => Format::Html,
    };
    // Before anything is noted: a file that can't be written is no export.
    let file = File::create_new(to).with_context(|| format!("can't write {}", to.display()))?;
    let mut file = BufWriter::new(file);
    let of = store.begin_export(site, visitor, format.as_str())?;
    let of = of.with_context(|| format!("{} has no visitor {visitor}", site.name))?;
    let mut writer = Writer::new(format, of, INBOX.english());
    let written = || format!("can't write {}", to.display());
    file.write_all(writer.begin().as_bytes()).with_context(written)?;
    let mut from = Some(Place::default());
    while let Some(place) = from {
        let page = store.export_page(writer.of(), &place)?;
        file.write_all(writer.part(&page).as_bytes()).with_context(written)?;
        from = page.next;
    }
    file.write_all(writer.end().as_bytes()).with_context(written)?;
    let file = file.into_inner().map_err(IntoInnerError::into_error).with_context(written)?;
    file.sync_all().with_context(written)
}
