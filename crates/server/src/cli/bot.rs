//! `porchlight bot`.

use anyhow::{bail, ensure};
use clap::Subcommand;
use porchlight_store::bots::NewBot;

use super::{DataArg, SiteArg, YesArg, ask};

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
                println!("{}\t{}\t{}", bot.member.id, bot.member.name, site.key);
            }
            Ok(())
        }
        BotCommand::Remove { data, bot, yes } => {
            let store = data.store();
            let mut meant = store.bots(None)?;
            meant.retain(|(_, one)| one.member.id.as_str() == bot || one.member.name == bot);
            ensure!(
                meant.len() < 2,
                "several bots are called {bot}: use the id (porchlight bot list)"
            );
            let Some((_, meant)) = meant.pop() else {
                bail!("there is no bot {bot}: porchlight bot list");
            };
            let name = &meant.member.name;
            ask::confirm(yes.yes, &format!("This removes the bot {name}."), name)?;
            store.remove_bot(&meant)?;
            println!("Removed the bot {name}. Its conversations stay, for agents to claim.");
            Ok(())
        }
    }
}
