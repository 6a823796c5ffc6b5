//! `porchlight bot`.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Subcommand;
use porchlight_flow::Problem;
use porchlight_protocol::bots::FlowVersion;
use porchlight_store::bots::{Listed, NewBot};
use porchlight_store::{AdminStore, CheckedFlow};

use super::greeting::{self, GreetingArgs};
use super::{DataArg, SiteArg, YesArg, ago, ask};

#[derive(Subcommand)]
pub(super) enum BotCommand {
    /// Add a bot and print its token, which can't be shown again.
    Add {
        #[command(flatten)]
        data: DataArg,
        /// The name that visitors see.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        site: SiteArg,
    },
    /// List the bots: id, name, site, and the version of the published flow, if there is one.
    List {
        #[command(flatten)]
        data: DataArg,
        #[command(flatten)]
        site: SiteArg,
    },
    /// Publish a bot's flow: new conversations begin with it, and others go on with theirs.
    Publish {
        #[command(flatten)]
        data: DataArg,
        /// The bot's id, as `bot list` prints it, or its name if no other bot has the same.
        bot: String,
        /// The file with the flow.
        file: PathBuf,
        /// Publish only if no version after this one has been published, so that nobody's changes are lost.
        #[arg(long, value_name = "VERSION")]
        after: Option<u64>,
    },
    /// List the versions of a bot's flow that are kept, the newest first: number, when it was published, and which is on.
    Versions {
        #[command(flatten)]
        data: DataArg,
        /// The bot's id, as `bot list` prints it, or its name if no other bot has the same.
        bot: String,
    },
    /// Print a version of a bot's flow, as it was published.
    Show {
        #[command(flatten)]
        data: DataArg,
        /// The bot's id, as `bot list` prints it, or its name if no other bot has the same.
        bot: String,
        /// The number of the version; without it, the newest.
        version: Option<u64>,
    },
    /// Check the file of a flow, without publishing it. Needs no store.
    Check {
        /// The file with the flow.
        file: PathBuf,
    },
    /// Switch a bot's flow off: new conversations begin without it, and others go on.
    Off {
        #[command(flatten)]
        data: DataArg,
        /// The bot's id, as `bot list` prints it, or its name if no other bot has the same.
        bot: String,
    },
    /// Print where and for whom a bot greets, or replace that by the options.
    Greets {
        #[command(flatten)]
        data: DataArg,
        /// The bot's id, as `bot list` prints it, or its name if no other bot has the same.
        bot: String,
        #[command(flatten)]
        rule: GreetingArgs,
    },
    /// Remove a bot with its token and its flow. Its conversations stay. Asks for confirmation.
    Remove {
        #[command(flatten)]
        data: DataArg,
        /// The bot's id, as `bot list` prints it, or its name if no other bot has the same.
        bot: String,
        #[command(flatten)]
        yes: YesArg,
    },
}

pub(super) fn run(command: BotCommand) -> anyhow::Result<()> {
    match command {
        BotCommand::Add { data, name, site } => {
            let store = data.store();
            let name = ask::checked_name(&name)?;
            let bot = NewBot::named(&name)?;
            store.add_bot(&store.site(site.site.as_ref())?, &bot)?;
            println!(
                "Added the bot {name}. Its token, which can't be shown again:\n\n{}",
                bot.token
            );
            Ok(())
        }
        BotCommand::List { data, site } => {
            let store = data.store();
            let site = site.of(&store)?;
            for (site, bot) in store.bots(site.as_ref())? {
                let flow = bot.flow.map(|flow| format!("\tflow {flow}")).unwrap_or_default();
                println!("{}\t{}\t{}{flow}", bot.member.id, bot.member.name, site.key);
            }
            Ok(())
        }
        BotCommand::Publish { data, bot, file, after } => {
            let flow = checked(&file)?;
            let store = data.store();
            let bot = meant(&store, &bot)?;
            let name = &bot.member.name;
            let version = store.publish_flow(&bot, &flow, after).with_context(|| {
                format!("not published (porchlight bot versions {name} lists the versions)")
            })?;
            println!("Published version {version} of {name}'s flow.");
            Ok(())
        }
        BotCommand::Versions { data, bot } => {
            let store = data.store();
            let found = store.flow_versions(&meant(&store, &bot)?)?;
            for FlowVersion { version, at } in found.versions {
                let on = if found.published == Some(version) { "\ton" } else { "" };
                println!("{version}\tpublished {}{on}", ago(at));
            }
            Ok(())
        }
        BotCommand::Show { data, bot, version } => {
            let store = data.store();
            let bot = meant(&store, &bot)?;
            let name = &bot.member.name;
            let Some(found) = store.flow_version(&bot, version)? else {
                match version {
                    Some(version) => bail!(
                        "{name}'s flow has no version {version}: porchlight bot versions {name}"
                    ),
                    None => bail!("{name} never had a flow"),
                }
            };
            println!("{}", found.json.trim_end());
            Ok(())
        }
        BotCommand::Check { file } => {
            checked(&file)?;
            println!("{} can be published.", file.display());
            Ok(())
        }
        BotCommand::Off { data, bot } => {
            let store = data.store();
            let bot = meant(&store, &bot)?;
            let name = &bot.member.name;
            if store.switch_off_flow(&bot)? {
                println!("Switched {name}'s flow off. Conversations that have begun go on.");
            } else {
                println!("{name} has no flow that is on.");
            }
            Ok(())
        }
        BotCommand::Greets { data, bot, rule } => {
            let store = data.store();
            let bot = meant(&store, &bot)?;
            if let Some(rule) = rule.checked()? {
                store.set_greeting(&bot, &rule)?;
            }
            println!("{}", greeting::told(&bot.member.name, &store.greeting_of(&bot)?));
            Ok(())
        }
        BotCommand::Remove { data, bot, yes } => {
            let store = data.store();
            let meant = meant(&store, &bot)?;
            let name = &meant.member.name;
            ask::confirm(yes.yes, &format!("This removes the bot {name}."), name)?;
            store.remove_bot(&meant)?;
            println!("Removed the bot {name}. Its conversations stay, for agents to claim.");
            Ok(())
        }
    }
}

/// The bot with this id or name.
fn meant(store: &AdminStore, bot: &str) -> anyhow::Result<Listed> {
    let mut meant = store.bots(None)?;
    meant.retain(|(_, one)| one.member.id.as_str() == bot || one.member.name == bot);
    ensure!(meant.len() < 2, "several bots are called {bot}: use the id (porchlight bot list)");
    let Some((_, meant)) = meant.pop() else {
        bail!("there is no bot {bot}: porchlight bot list");
    };
    Ok(meant)
}

/// The flow in a file. Tells all that is wrong with it.
fn checked(file: &Path) -> anyhow::Result<CheckedFlow> {
    let json = std::fs::read(file).with_context(|| format!("can't read {}", file.display()))?;
    let json = String::from_utf8(json);
    let json = json.ok().with_context(|| format!("{} is no text in UTF-8", file.display()))?;
    let problems = match CheckedFlow::read(&json) {
        Ok(flow) => return Ok(flow),
        Err(problems) => problems,
    };
    for problem in &problems {
        println!("{}", told(file, problem));
    }
    let count = problems.len();
    let noun = if count == 1 { "problem" } else { "problems" };
    bail!("{} has {count} {noun}", file.display())
}

/// A problem as editors and terminals understand its place.
fn told(file: &Path, problem: &Problem) -> String {
    let line = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
    let step = problem.step.as_ref().map(|step| format!("step {step}: ")).unwrap_or_default();
    format!("{}{line}: {step}{}", file.display(), problem.what)
}
