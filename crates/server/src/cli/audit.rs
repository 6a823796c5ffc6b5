//! `porchlight audit`.

use anyhow::anyhow;
use clap::Args;
use porchlight_protocol::audit::{Entry, Topic};
use porchlight_protocol::limits::AUDIT_PAGE;

use super::{DataArg, SiteArg, ago};

#[derive(Args)]
pub(super) struct AuditArgs {
    #[command(flatten)]
    data: DataArg,
    #[command(flatten)]
    site: SiteArg,
    /// What the entries are about: accounts, visitors, settings, team or bots.
    #[arg(long, value_parser = topic)]
    topic: Option<Topic>,
    /// How many entries to print, the newest first.
    #[arg(long, default_value_t = AUDIT_PAGE)]
    limit: usize,
}

fn topic(name: &str) -> anyhow::Result<Topic> {
    let names = Topic::ALL.map(Topic::as_str).join(", ");
    Topic::named(name).ok_or_else(|| anyhow!("there is no such topic; there are {names}"))
}

pub(super) fn run(args: &AuditArgs) -> anyhow::Result<()> {
    let store = args.data.store();
    let site = store.site(args.site.site.as_ref())?;
    let (mut before, mut left) = (None, args.limit);
    while left > 0 {
        let page = store.audit(&site, args.topic, before, left.min(500))?;
        for entry in &page.entries {
            println!("{}", line(entry));
        }
        left = left.saturating_sub(page.entries.len());
        if page.next.is_none() || page.entries.is_empty() {
            break;
        }
        before = page.next;
    }
    Ok(())
}

fn line(entry: &Entry) -> String {
    let by = entry.by.as_ref().map_or("command line", |by| &by.name);
    let mut cells = vec![ago(entry.at), by.to_owned(), entry.deed.as_str().to_owned()];
    cells.extend([&entry.about, &entry.detail].map(|cell| cell.replace(['\t', '\n'], " ")));
    while cells.last().is_some_and(String::is_empty) {
        cells.pop();
    }
    cells.join("\t")
}
