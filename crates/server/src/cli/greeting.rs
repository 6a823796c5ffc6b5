//! `porchlight bot greets`: the rule, from and for the command line.

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use porchlight_protocol::greeting::{Greeting, Visitors};

#[derive(Args)]
pub(super) struct GreetingArgs {
    /// The path of pages on which it greets, such as /cart or '/shop/*'. May be given several times.
    #[arg(long = "page", value_name = "PATH")]
    pages: Vec<String>,
    /// The language of pages on which it greets, such as en or pt-BR. May be given several times.
    #[arg(long = "language", value_name = "TAG")]
    languages: Vec<String>,
    /// The visitors whom it greets.
    #[arg(long)]
    visitors: Option<VisitorsArg>,
    /// Greet everywhere and everybody.
    #[arg(long, conflicts_with_all = ["pages", "languages", "visitors"])]
    everywhere: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum VisitorsArg {
    /// All.
    Everybody,
    /// Those who have not begun a conversation yet.
    New,
    /// Those who have.
    Returning,
}

impl GreetingArgs {
    /// The rule of the options; `None` without options.
    pub(super) fn checked(self) -> anyhow::Result<Option<Greeting>> {
        let GreetingArgs { pages, languages, visitors, everywhere } = self;
        if pages.is_empty() && languages.is_empty() && visitors.is_none() && !everywhere {
            return Ok(None);
        }
        let visitors = match visitors {
            Some(VisitorsArg::New) => Visitors::New,
            Some(VisitorsArg::Returning) => Visitors::Returning,
            Some(VisitorsArg::Everybody) | None => Visitors::Everybody,
        };
        let checked = Greeting { pages, languages, visitors }.checked();
        let told = checked.map_err(|wrong| {
            let body = wrong.body();
            anyhow!("{}: {}", body.field.unwrap_or_default(), body.message)
        });
        told.map(Some)
    }
}

/// A rule as a sentence.
pub(super) fn told(name: &str, rule: &Greeting) -> String {
    let whom = match rule.visitors {
        Visitors::Everybody => "everybody",
        Visitors::New => "new visitors",
        Visitors::Returning => "returning visitors",
    };
    let pages = match &rule.pages[..] {
        [] => "everywhere".to_owned(),
        pages => format!("on {}", pages.join(" ")),
    };
    let languages = match &rule.languages[..] {
        [] => String::new(),
        languages => format!(" in {}", languages.join(" ")),
    };
    format!("{name} greets {whom} {pages}{languages}.")
}
