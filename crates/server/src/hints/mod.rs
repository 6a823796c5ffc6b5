//! Hints between the nodes of one database: that a site has changed. Without them, nodes notice it within a second.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, bail};
use porchlight_store::hint::{Heard, Hint};
use porchlight_store::{DatabaseHints, SiteId, Store};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// How nodes hint at changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum HintsBy {
    /// By the database that they share: `LISTEN` and `NOTIFY`.
    #[default]
    Database,
    /// Not at all.
    None,
}

impl FromStr for HintsBy {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        Ok(match text {
            "database" => HintsBy::Database,
            "none" => HintsBy::None,
            _ => bail!("hints come by `database`, or `none`"),
        })
    }
}

impl fmt::Display for HintsBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HintsBy::Database => f.write_str("database"),
            HintsBy::None => f.write_str("none"),
        }
    }
}

/// The hints of a running node.
pub enum Hints {
    /// By the database.
    Database(DatabaseHints),
    /// Not at all: there are no other nodes, or they must do without.
    None,
}

impl Hints {
    /// Starts them. What other nodes hint at arrives in the receiver.
    pub fn start(by: &HintsBy, store: &Store) -> anyhow::Result<(Self, UnboundedReceiver<Hint>)> {
        let (sender, hints) = unbounded_channel();
        let heard: Heard = Arc::new(move |hint| {
            // The receiver is dropped when the server goes down.
            let _ = sender.send(hint);
        });
        let started = match by {
            HintsBy::Database => match store.database_hints(heard) {
                Some(hints) => Hints::Database(hints.context("the hints between nodes")?),
                None => Hints::None,
            },
            HintsBy::None => Hints::None,
        };
        Ok((started, hints))
    }

    /// Tells the other nodes that a site has changed.
    pub fn tell(&self, site: SiteId) {
        match self {
            Hints::Database(hints) => hints.tell(site),
            Hints::None => {}
        }
    }
}
