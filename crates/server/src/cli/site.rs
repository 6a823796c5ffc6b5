//! `porchlight site`.

use anyhow::{Context, anyhow, ensure};
use clap::{Subcommand, ValueEnum};
use porchlight_protocol::limits::{RETENTION_DAYS_MAX, RETENTION_DAYS_MIN};
use porchlight_protocol::privacy::Retention;
use porchlight_protocol::questions::{FIELDS, Question, Questions, When};
use porchlight_protocol::visit::Group;
use porchlight_protocol::{ClosingSettings, Plan, SiteKey};
use porchlight_store::sites::NewSite;
use porchlight_store::{AdminStore, Origin};

use super::identity::OnOff;
use super::{DataArg, YesArg, ask};

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
    /// Print for how long a site keeps closed conversations, or set it: those without activity for that long are removed for
    /// good. Says how many these are, and asks for confirmation.
    Retention {
        #[command(flatten)]
        data: DataArg,
        /// The site's key.
        site: SiteKey,
        /// The days, 30 to 3653, or `off`.
        #[arg(value_parser = retention)]
        days: Option<Retention>,
        #[command(flatten)]
        yes: YesArg,
    },
    /// Print what a site's live chats ask their visitors, or set it. Questions of its own, with their texts, are set by the API.
    Questions {
        #[command(flatten)]
        data: DataArg,
        /// The site's key.
        site: SiteKey,
        /// When they are asked.
        #[arg(value_enum)]
        when: Option<WhenArg>,
        /// What is asked, in this order: name, email or phone, with `:required` behind what is asked again until an answer
        /// fits. Without it, what was asked before is kept.
        #[arg(long = "ask", num_args = 1.., value_parser = question, requires = "when")]
        asks: Vec<Question>,
        /// Whether it is asked at last if the team shall call back, at times of the opening hours.
        #[arg(long, value_enum, requires = "when")]
        call_back: Option<OnOff>,
    },
    /// Print what a site collects of its visitors, or switch a group of it on or off. What is collected no longer is removed by a
    /// running server, within minutes.
    Collect {
        #[command(flatten)]
        data: DataArg,
        /// The site's key.
        site: SiteKey,
        /// The group.
        #[arg(value_enum, requires = "switch")]
        group: Option<GroupArg>,
        /// Whether it is collected.
        #[arg(value_enum)]
        switch: Option<OnOff>,
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

/// A group of what is collected of visitors.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum GroupArg {
    /// The pages of the visit, with their titles.
    Pages,
    /// The page that led to the site.
    Referrer,
    /// The browser and its system.
    Device,
    /// The browser's time zone.
    TimeZone,
    /// The language.
    Language,
}

impl From<GroupArg> for Group {
    fn from(group: GroupArg) -> Self {
        match group {
            GroupArg::Pages => Group::Pages,
            GroupArg::Referrer => Group::Referrer,
            GroupArg::Device => Group::Device,
            GroupArg::TimeZone => Group::TimeZone,
            GroupArg::Language => Group::Language,
        }
    }
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
pub(super) enum WhenArg {
    /// Nothing is asked.
    Never,
    /// In every live chat.
    Always,
    /// Only if nobody is there: outside of the opening hours, or while no agent is online.
    Away,
}

impl From<WhenArg> for When {
    fn from(when: WhenArg) -> When {
        match when {
            WhenArg::Never => When::Never,
            WhenArg::Always => When::Always,
            WhenArg::Away => When::Away,
        }
    }
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
            add(&data, &name, &allow_origins, plan.into(), public_url)
        }
        SiteCommand::List { data } => list(&data.store()),
        SiteCommand::Tag { data, site } => {
            let store = data.store();
            tag(&store.site(site.as_ref())?.key, store.public_url()?)
        }
        SiteCommand::Rename { data, site, name } => {
            let name = ask::checked_name(&name)?;
            let before = data.store().rename_site(&site, &name)?;
            println!("Renamed {before} to {name}. Open pages show it after a reload.");
            Ok(())
        }
        SiteCommand::Origins(command) => origins(command),
        SiteCommand::Plan { data, site, plan } => set_plan(&data.store(), &site, plan.into()),
        SiteCommand::Retention { data, site, days, yes } => {
            set_retention(&data.store(), &site, days, yes.yes)
        }
        SiteCommand::Questions { data, site, when, asks, call_back } => {
            questions(&data.store(), &site, when.map(When::from), asks, call_back)
        }
        SiteCommand::Collect { data, site, group, switch } => {
            collect(&data.store(), &site, group.zip(switch))
        }
        SiteCommand::Remove { data, site, yes } => remove(&data.store(), &site, yes.yes),
    }
}

/// The retention of an argument.
fn retention(text: &str) -> anyhow::Result<Retention> {
    let days = match text {
        "off" => None,
        days => Some(days.parse().context("a number of days, or off")?),
    };
    let checked = Retention { days }.checked();
    checked.map_err(|_| anyhow!("{RETENTION_DAYS_MIN} to {RETENTION_DAYS_MAX} days, or off"))
}

/// The question of an argument.
fn question(text: &str) -> anyhow::Result<Question> {
    let (field, required) = match text.strip_suffix(":required") {
        Some(field) => (field, true),
        None => (text, false),
    };
    let question = Question::of(field, required);
    ensure!(!question.is_own(), "{}, and :required behind it or not", FIELDS.join(", "));
    Ok(question)
}

fn questions(
    store: &AdminStore,
    key: &SiteKey,
    when: Option<When>,
    asks: Vec<Question>,
    call_back: Option<OnOff>,
) -> anyhow::Result<()> {
    let site = store.site(Some(key))?;
    let site = match when {
        Some(when) => {
            let asks = if asks.is_empty() { site.questions.asks } else { asks };
            let call_back =
                call_back.map_or(site.questions.call_back, |switch| matches!(switch, OnOff::On));
            store.set_questions(key, Questions { when, asks, call_back })?
        }
        None => site,
    };
    let call = site.questions.call_back.then(|| "call-back".to_owned());
    let fields: Vec<String> = site.questions.asks.iter().map(asked).chain(call).collect();
    let what = if fields.is_empty() { "nothing".to_owned() } else { fields.join(", ") };
    let when = match site.questions.when {
        When::Never => "never asks",
        When::Always => "asks in every live chat",
        When::Away => "asks if nobody is there",
    };
    println!("{} {when}: {what}.", site.name);
    Ok(())
}

fn asked(question: &Question) -> String {
    let required = if question.required { " (required)" } else { "" };
    [&question.field, required].concat()
}

fn set_retention(
    store: &AdminStore,
    key: &SiteKey,
    retention: Option<Retention>,
    yes: bool,
) -> anyhow::Result<()> {
    let site = store.site(Some(key))?;
    let words = |retention: Retention| match retention.days {
        Some(days) => format!("for {days} days without activity"),
        None => "for ever".to_owned(),
    };
    let Some(retention) = retention else {
        println!("{} keeps closed conversations {}.", site.name, words(site.retention));
        return Ok(());
    };
    let count = store.retention_effect(&site, retention)?;
    if count > 0 {
        let what =
            format!("This removes {count} closed conversations of {}, permanently.", site.name);
        ask::confirm(yes, &what, key.as_str())?;
    }
    store.set_retention(key, retention)?;
    println!(
        "{} keeps closed conversations {} from now on. A running server removes what is older within minutes: {count} \
         conversations.",
        site.name,
        words(retention)
    );
    Ok(())
}

fn collect(
    store: &AdminStore,
    key: &SiteKey,
    change: Option<(GroupArg, OnOff)>,
) -> anyhow::Result<()> {
    let site = store.site(Some(key))?;
    let mut collecting = site.collecting;
    if let Some((group, switch)) = change {
        collecting = collecting.with(group.into(), switch == OnOff::On);
        store.set_collecting(key, collecting)?;
    }
    let on = collecting.listed();
    let on = if on.is_empty() { "nothing" } else { &on };
    println!("{} collects of its visitors: {on}", site.name);
    Ok(())
}

fn add(
    data: &DataArg,
    name: &str,
    allow_origins: &[Origin],
    plan: Plan,
    public_url: Option<Origin>,
) -> anyhow::Result<()> {
    let name = ask::checked_name(name)?;
    let place = data.place();
    if place.create()? {
        eprintln!("Created a new store in {place}.");
    }
    let store = data.store();
    let new = NewSite::named(&name, plan, allow_origins)?;
    if let Some(other) = store.add_site(&new)? {
        let key = other.key;
        anyhow::bail!(
            "there is a site called {name} already: {key}. To allow more origins: porchlight site \
             origins add {key} ORIGIN. To print its tag: porchlight site tag {key}. A second site \
             needs another name"
        );
    }
    if let Some(url) = &public_url {
        store.set_public_url(url)?;
    }
    println!("Added the site {name}. Its key is {}\n", new.key);
    tag(&new.key, store.public_url()?)
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

fn list(store: &AdminStore) -> anyhow::Result<()> {
    for (site, origins) in store.sites()? {
        let plan = site.plan.as_str();
        println!("{}\t{}\t{plan}\t{}", site.key, site.name, origins.join(" "));
    }
    Ok(())
}

fn origins(command: OriginsCommand) -> anyhow::Result<()> {
    let (store, site, said) = match command {
        OriginsCommand::List { data, site } => {
            data.store().origins(&site)?.iter().for_each(|origin| println!("{origin}"));
            return Ok(());
        }
        OriginsCommand::Add { data, site, origins } => {
            let store = data.store();
            let (site, added) = store.add_origins(&site, &origins)?;
            (store, site, format!("{added} of {} added", origins.len()))
        }
        OriginsCommand::Remove { data, site, origins } => {
            let store = data.store();
            let site = store.remove_origins(&site, &origins)?;
            (store, site, format!("{} removed", origins.len()))
        }
    };
    let origins = store.origins(&site.key)?;
    println!("{said}. Pages of {} that may embed the chat, from their next load on:", site.name);
    if origins.is_empty() {
        println!("none");
    }
    origins.iter().for_each(|origin| println!("{origin}"));
    Ok(())
}

fn set_plan(store: &AdminStore, site: &SiteKey, plan: Plan) -> anyhow::Result<()> {
    let site = store.set_plan(site, plan)?;
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

fn remove(store: &AdminStore, key: &SiteKey, yes: bool) -> anyhow::Result<()> {
    let (site, of) = store.belongings(key)?;
    let what = format!(
        "This removes {} with {} conversations of {} visitors, {} agents and {} bots, permanently.",
        site.name, of.conversations, of.visitors, of.agents, of.bots
    );
    ask::confirm(yes, &what, key.as_str())?;
    store.remove_site(&site)?;
    println!("Removed {} and all its data.", site.name);
    Ok(())
}
