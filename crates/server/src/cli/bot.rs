//! `porchlight bot`.

use anyhow::{bail, ensure};
use clap::Subcommand;

use crate::store::{bots, read_file, sites, with_file};

use super::{DataArg, SiteArg, YesArg, ask, choose_site, told};

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
    /// List the bots: id, name, site.
    List {
        #[command(flatten)]
        data: DataArg,
        #[command(flatten)]
        site: SiteArg,
    },
    /// Remove a bot and its token. Its conversations stay. Asks for confirmation.
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
            let name = ask::checked_name(&name)?;
            let token = with_file(&data.data, |sql| {
                let site = choose_site(sql, site.site.as_ref())?;
                bots::add(sql, site.id, &name)
            })?;
            println!("Added the bot {name}. Its token, which can't be shown again:\n\n{token}");
            Ok(())
        }
        BotCommand::List { data, site } => {
            let listed = read_file(&data.data, |sql| {
                let site = site.site.as_ref().map(|key| choose_site(sql, Some(key))).transpose()?;
                let all = bots::all(sql, site.map(|site| site.id)).map_err(told)?;
                all.into_iter()
                    .map(|bot| Ok((sites::by_id(sql, bot.site).map_err(told)?.key, bot)))
                    .collect::<anyhow::Result<Vec<_>>>()
            })?;
            for (site, bot) in listed {
                println!("{}\t{}\t{site}", bot.member.id, bot.member.name);
            }
            Ok(())
        }
        BotCommand::Remove { data, bot, yes } => {
            let mut meant = read_file(&data.data, |sql| bots::all(sql, None).map_err(told))?;
            meant.retain(|one| one.member.id.as_str() == bot || one.member.name == bot);
            ensure!(
                meant.len() < 2,
                "several bots are called {bot}: use the id (porchlight bot list)"
            );
            let Some(meant) = meant.pop() else {
                bail!("there is no bot {bot}: porchlight bot list");
            };
            let name = &meant.member.name;
            ask::confirm(yes.yes, &format!("This removes the bot {name}."), name)?;
            with_file(&data.data, |sql| bots::remove(sql, &meant).map_err(told))?;
            println!("Removed the bot {name}. Its conversations stay, for agents to claim.");
            Ok(())
        }
    }
}
