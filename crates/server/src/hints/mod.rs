//! Hints between the nodes of one database: that a site has changed, which nodes notice within a second without them;
//! and who types, which they do not notice otherwise.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, bail};
use porchlight_store::hint::{Heard, Hint, Told};
use porchlight_store::{DatabaseHints, Store};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use self::nats::{Link, NatsAddress, NatsHints};

pub mod nats;

/// How nodes hint at changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum HintsBy {
    /// By the database that they share: `LISTEN` and `NOTIFY`.
    #[default]
    Database,
    /// By NATS.
    Nats(NatsAddress),
    /// Not at all.
    None,
}

impl FromStr for HintsBy {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        Ok(match text {
            "database" => HintsBy::Database,
            "none" => HintsBy::None,
            address if NatsAddress::is_meant(address) => HintsBy::Nats(address.parse()?),
            _ => bail!("hints come by `database`, by `nats://HOST:PORT`, or `none`"),
        })
    }
}

impl fmt::Display for HintsBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HintsBy::Database => f.write_str("database"),
            HintsBy::Nats(address) => address.fmt(f),
            HintsBy::None => f.write_str("none"),
        }
    }
}

/// The hints of a running node.
pub enum Hints {
    /// By the database.
    Database(DatabaseHints),
    /// By NATS.
    Nats(NatsHints),
    /// Not at all: there are no other nodes, or they must do without.
    None,
}

/// Hints that were started.
pub struct Started {
    /// For telling other nodes.
    pub telling: Hints,
    /// What other nodes hint at.
    pub heard: UnboundedReceiver<Hint>,
    /// The connection that has to be run, if they come by NATS.
    pub link: Option<Link>,
}

impl Hints {
    /// Starts them.
    pub fn start(by: &HintsBy, store: &Store) -> anyhow::Result<Started> {
        let (sender, hints) = unbounded_channel();
        let heard: Heard = Arc::new(move |hint| {
            // The receiver is dropped when the server goes down.
            let _ = sender.send(hint);
        });
        let mut link = None;
        let telling = match by {
            HintsBy::Database => match store.database_hints(heard) {
                Some(hints) => Hints::Database(hints.context("the hints between nodes")?),
                None => Hints::None,
            },
            HintsBy::Nats(_) if !store.is_shared() => bail!(
                "hints by NATS (--hints) are for the nodes of a database (--database); a folder has one node, which \
                 needs none"
            ),
            HintsBy::Nats(address) => {
                let (hints, wanted) = nats::link(address.clone(), store.clone(), heard);
                link = Some(wanted);
                Hints::Nats(hints)
            }
            HintsBy::None => Hints::None,
        };
        Ok(Started { telling, heard: hints, link })
    }

    /// Tells the other nodes.
    pub fn tell(&self, told: Told) {
        match self {
            Hints::Database(hints) => hints.tell(told),
            Hints::Nats(hints) => hints.tell(told),
            Hints::None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_meant_is_refused() {
        for (text, shown) in [
            ("database", "database"),
            ("none", "none"),
            ("nats://10.0.0.1", "nats://10.0.0.1"),
            ("tls://nats.internal:4223", "tls://nats.internal:4223"),
            ("nats://ada:secret@nats.internal", "nats://nats.internal"),
            ("nats://token@nats.internal", "nats://nats.internal"),
        ] {
            let by: HintsBy = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(by.to_string(), shown);
            assert!(!format!("{by:?}").contains("secret"), "{by:?}");
        }
        for text in [
            "",
            "nats",
            "redis://10.0.0.1",
            "nats://",
            "nats://:4222",
            "tls://a:b:c",
            "nats://a,nats://b",
        ] {
            text.parse::<HintsBy>().expect_err(text);
        }
    }
}
