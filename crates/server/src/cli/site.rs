//! `porchlight site`.

use std::path::Path;

use anyhow::{Context, ensure};
use clap::{Subcommand, ValueEnum};
use porchlight_protocol::{ClosingSettings, Plan, SiteKey};

use crate::origin::Origin;
use crate::store::{self, read_file, sites, with_file};

use super::{DataArg, YesArg, ask, choose_site, told};

/// The default address of a server without a public URL.
const LOCAL: &str = "http://localhost:8787";

#[derive(Subcommand)]
pub(super) enum SiteCommand {
    /// Add a site and print its key and the script tag for its pages.
    Add {
        #[command(flatten)]
        data: DataArg,
        /// The site's name.
        #[arg(long)]
        name: String,
        /// The origin of pages that may embed the chat, such as https://shop.example.
        #[arg(long = "allow-origin", required = true, num_args = 1..)]
        allow_origins: Vec<Origin>,
        /// The site's plan.
        #[arg(long, value_enum, default_value_t = PlanArg::Professional)]
        plan: PlanArg,
        /// The address at which browsers reach the server, such as https://chat.example, for the tag. It is
        /// remembered.
        #[arg(long, env = "PORCHLIGHT_PUBLIC_URL")]
        public_url: Option<Origin>,
    },
    /// List the sites: key, name, plan, and the origins that may embed the chat.
    List {
        #[command(flatten)]
        data: DataArg,
    },
    /// Print the script tag for a site's pages.
    Tag {
        #[command(flatten)]
        data: DataArg,
        /// The site's key; needed only if there are several.
        site: Option<SiteKey>,
    },
    /// Rename a site.
    Rename {
        #[command(flatten)]
        data: DataArg,
        /// The site's key.
        site: SiteKey,
        /// The new name.
        name: String,
    },
    /// The origins of the pages that may embed the chat.
    #[command(subcommand)]
    Origins(OriginsCommand),
    /// Change a site's plan. Open chats and inboxes follow within seconds.
    Plan {
        #[command(flatten)]
        data: DataArg,
        /// The site's key.
        site: SiteKey,
        /// The new plan.
        #[arg(value_enum)]
        plan: PlanArg,
    },
    /// Remove a site and all its data permanently. Asks for confirmation.
    Remove {
        #[command(flatten)]
        data: DataArg,
        /// The site's key.
        site: SiteKey,
        #[command(flatten)]
        yes: YesArg,
    },
}

#[derive(Subcommand)]
pub(super) enum OriginsCommand {
    /// Allow pages of more origins to embed the chat.
    Add {
        #[command(flatten)]
        data: DataArg,
        /// The site's key.
        site: SiteKey,
        /// The origins of the pages, such as https://www.shop.example.
        #[arg(required = true)]
        origins: Vec<Origin>,
    },
    /// List the origins, one per line.
    List {
        #[command(flatten)]
        data: DataArg,
        /// The site's key.
        site: SiteKey,
    },
    /// Stop pages of these origins from embedding the chat.
    Remove {
        #[command(flatten)]
        data: DataArg,
        /// The site's key.
        site: SiteKey,
        /// The origins.
        #[arg(required = true)]
        origins: Vec<Origin>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PlanArg {
    /// The chat and the inbox.
    Starter,
    /// Also the settings for closing conversations.
    Professional,
    /// Everything.
    Enterprise,
}

impl From<PlanArg> for Plan {
    fn from(plan: PlanArg) -> Plan {
        match plan {
            PlanArg::Starter => Plan::Starter,
            PlanArg::Professional => Plan::Professional,
            PlanArg::Enterprise => Plan::Enterprise,
        }
    }
}

pub(super) fn run(command: SiteCommand) -> anyhow::Result<()> {
    match command {
        SiteCommand::Add { data, name, allow_origins, plan, public_url } => {
            add(&data.data, &name, &allow_origins, plan.into(), public_url)
        }
        SiteCommand::List { data } => list(&data.data),
        SiteCommand::Tag { data, site } => {
            let (site, url) = read_file(&data.data, |sql| {
                let url = sites::public_url(sql).map_err(told)?;
                Ok((choose_site(sql, site.as_ref())?, url))
            })?;
            tag(&site.key, url)
        }
        SiteCommand::Rename { data, site, name } => {
            let name = ask::checked_name(&name)?;
            let before = with_file(&data.data, |sql| {
                let site = choose_site(sql, Some(&site))?;
                let other = sites::by_name(sql, &name).map_err(told)?;
                let other = other.filter(|other| other.id != site.id);
                ensure!(other.is_none(), "there is a site called {name} already");
                sites::rename(sql, &site, &name).map_err(told)?;
                Ok(site.name)
            })?;
            println!("Renamed {before} to {name}. Open pages show it after a reload.");
            Ok(())
        }
        SiteCommand::Origins(command) => origins(command),
        SiteCommand::Plan { data, site, plan } => set_plan(&data.data, &site, plan.into()),
        SiteCommand::Remove { data, site, yes } => remove(&data.data, &site, yes.yes),
    }
}

fn add(
    folder: &Path,
    name: &str,
    allow_origins: &[Origin],
    plan: Plan,
    public_url: Option<Origin>,
) -> anyhow::Result<()> {
    let name = ask::checked_name(name)?;
    if store::create(folder)? {
        eprintln!("Created a new store in {}.", folder.display());
    }
    let (key, url) = with_file(folder, |sql| {
        if let Some(other) = sites::by_name(sql, &name).map_err(told)? {
            let key = other.key;
            anyhow::bail!(
                "there is a site called {name} already: {key}. To allow more origins: porchlight site \
                 origins add {key} ORIGIN. To print its tag: porchlight site tag {key}. A second site \
                 needs another name"
            );
        }
        if let Some(url) = &public_url {
            sites::set_public_url(sql, url).map_err(told)?;
        }
        let url = sites::public_url(sql).map_err(told)?;
        Ok((sites::add(sql, &name, plan, allow_origins)?, url))
    })?;
    println!("Added the site {name}. Its key is {key}\n");
    tag(&key, url)
}

/// Prints the script tag, with a warning if its address is a guess.
fn tag(key: &SiteKey, url: Option<Origin>) -> anyhow::Result<()> {
    let known = url.is_some();
    let url = url.map_or_else(|| LOCAL.parse(), Ok)?;
    println!("Add this tag to its pages:\n\n{}", snippet(&url, key));
    if !known {
        eprintln!(
            "\n{LOCAL} works on this machine only. Once the server has been started with --public-url, \
             `porchlight site tag {key}` prints the tag with its address."
        );
    }
    Ok(())
}

/// The script tag for a site's pages.
pub(crate) fn snippet(server: &Origin, key: &SiteKey) -> String {
    format!("<script async src=\"{server}/porchlight.js\" data-site=\"{key}\"></script>")
}

fn list(folder: &Path) -> anyhow::Result<()> {
    let listed = read_file(folder, |sql| {
        let all = sites::all(sql).map_err(told)?;
        all.into_iter()
            .map(|site| Ok((sites::origins(sql, site.id).map_err(told)?, site)))
            .collect::<anyhow::Result<Vec<_>>>()
    })?;
    for (origins, site) in listed {
        let plan = site.plan.as_str();
        println!("{}\t{}\t{plan}\t{}", site.key, site.name, origins.join(" "));
    }
    Ok(())
}

fn origins(command: OriginsCommand) -> anyhow::Result<()> {
    let (site, origins, said) = match command {
        OriginsCommand::List { data, site } => {
            let origins = read_file(&data.data, |sql| {
                let site = choose_site(sql, Some(&site))?;
                sites::origins(sql, site.id).map_err(told)
            })?;
            origins.iter().for_each(|origin| println!("{origin}"));
            return Ok(());
        }
        OriginsCommand::Add { data, site, origins } => with_file(&data.data, |sql| {
            let site = choose_site(sql, Some(&site))?;
            let added = sites::add_origins(sql, &site, &origins).map_err(told)?;
            let all = sites::origins(sql, site.id).map_err(told)?;
            Ok((site, all, format!("{added} of {} added", origins.len())))
        })?,
        OriginsCommand::Remove { data, site, origins } => with_file(&data.data, |sql| {
            let site = choose_site(sql, Some(&site))?;
            for origin in &origins {
                let one = std::slice::from_ref(origin);
                let removed = sites::remove_origins(sql, &site, one).map_err(told)?;
                ensure!(removed == 1, "{origin} is not an origin of {}", site.name);
            }
            let all = sites::origins(sql, site.id).map_err(told)?;
            Ok((site, all, format!("{} removed", origins.len())))
        })?,
    };
    println!(
        "{said}. Origins that may embed the chat of {}, from the next page load on:",
        site.name
    );
    if origins.is_empty() {
        println!("none");
    }
    origins.iter().for_each(|origin| println!("{origin}"));
    Ok(())
}

fn set_plan(folder: &Path, site: &SiteKey, plan: Plan) -> anyhow::Result<()> {
    let site = with_file(folder, |sql| {
        let site = choose_site(sql, Some(site))?;
        sites::set_plan(sql, &site, plan).map_err(told)?;
        Ok(site)
    })?;
    let (name, now, before) = (&site.name, plan.as_str(), site.plan.as_str());
    if plan == site.plan {
        println!("{name} is already on the {now} plan.");
    } else {
        println!("Changed the plan of {name} from {before} to {now}.");
    }
    if !plan.includes_closing() && site.closing != ClosingSettings::default() {
        println!("Its settings for closing conversations are kept, and have no effect.");
    }
    Ok(())
}

fn remove(folder: &Path, key: &SiteKey, yes: bool) -> anyhow::Result<()> {
    let (site, of) = read_file(folder, |sql| {
        let site = choose_site(sql, Some(key))?;
        let of = sites::belongings(sql, &site).map_err(told)?;
        Ok((site, of))
    })?;
    let what = format!(
        "This removes {} with {} conversations of {} visitors, {} agents and {} bots, permanently.",
        site.name, of.conversations, of.visitors, of.agents, of.bots
    );
    ask::confirm(yes, &what, key.as_str())?;
    // In batches, so that a running server can write in between.
    while !with_file(folder, |sql| sites::remove_some(sql, &site).map_err(told))
        .context("the site is removed in part: run the command again to continue")?
    {}
    println!("Removed {} and all its data.", site.name);
    Ok(())
}
