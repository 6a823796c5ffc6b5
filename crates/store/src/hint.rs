//! What a node tells the others: which sites have changed, and nothing of what changed in them. It is a word that may
//! be lost, doubled or made up: the worst that it does is that a node looks at the store once more.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::store::SiteId;

/// The version of the text.
const VERSION: &str = "1";

/// Sites in one hint: PostgreSQL carries 8,000 bytes in a notification, and NATS a megabyte.
const SITES_MAX: usize = 300;

/// What a hint means to a node that gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// These sites have changed.
    Changed(Vec<SiteId>),
    /// It is this node's own.
    Own,
    /// It can't be read: somebody else uses the channel, or a newer version does.
    Garbage,
}

/// What is called with each hint.
pub type Heard = Arc<dyn Fn(Hint) + Send + Sync>;

impl Hint {
    /// The texts that tell others of these sites, in the name of a node.
    pub fn of(node: &str, sites: &BTreeSet<SiteId>) -> Vec<String> {
        let all: Vec<String> = sites.iter().map(ToString::to_string).collect();
        all.chunks(SITES_MAX).map(|some| format!("{VERSION} {node} {}", some.join(","))).collect()
    }

    /// Reads a text that came to `node`.
    pub fn read(text: &str, node: &str) -> Hint {
        let mut words = text.split(' ');
        let (Some(VERSION), Some(from), Some(sites), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Hint::Garbage;
        };
        if from == node {
            return Hint::Own;
        }
        let sites: Result<Vec<SiteId>, _> = sites.split(',').map(str::parse).collect();
        match sites {
            Ok(sites) if sites.len() <= SITES_MAX => Hint::Changed(sites),
            Ok(_) | Err(_) => Hint::Garbage,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_is_read_as_it_was_told_and_ones_own_is_known() {
        let sites: BTreeSet<SiteId> = (1..=700).collect();
        let told = Hint::of("a", &sites);
        assert_eq!(told.len(), 3);
        assert!(told.iter().all(|text| text.len() < 8_000));
        let heard = told.iter().flat_map(|text| match Hint::read(text, "b") {
            Hint::Changed(sites) => sites,
            other => panic!("{other:?}"),
        });
        assert_eq!(heard.collect::<BTreeSet<_>>(), sites);
        assert_eq!(Hint::read(&told[0], "a"), Hint::Own);
    }

    #[test]
    fn garbage_is_known_as_such() {
        let long = format!("1 a {}", "1,".repeat(400) + "1");
        for text in ["", "1", "1 a", "2 a 1", "1 a 1 2", "1 a ,", "1 a x", "1 a 1e9", "{}", &long] {
            assert_eq!(Hint::read(text, "b"), Hint::Garbage, "{text}");
        }
    }
}
