//! What a node tells the others: which sites have changed, and nothing of what changed in them; and who types, which is
//! stored nowhere. It is a word that may be lost, doubled or made up: the worst that it does is that a node looks at the
//! store once more, or that somebody seems to type for some seconds.

use std::collections::BTreeSet;
use std::sync::Arc;

use porchlight_protocol::{Author, ConversationId, VisitorId};

use crate::store::SiteId;

/// The version of the text.
const VERSION: &str = "1";

/// The version of the text that says who types. Nodes that don't know it take it for garbage.
const TYPING: &str = "typing-1";

/// How many who type a hint tells of. Where more type between two hints, nobody is told of the others, who will type on.
const TYPING_MAX: usize = 16;

/// Sites in one hint: PostgreSQL carries 8,000 bytes in a notification, and NATS a megabyte.
const SITES_MAX: usize = 300;

/// What a hint means to a node that gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// These sites have changed.
    Changed(Vec<SiteId>),
    /// Somebody types.
    Typing(Typing),
    /// It is this node's own.
    Own,
    /// It can't be read: somebody else uses the channel, or a newer version does.
    Garbage,
}

/// Somebody types in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typing {
    /// The site.
    pub site: SiteId,
    /// The visitor whose conversation it is.
    pub visitor: VisitorId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The visitor or an agent.
    pub by: Author,
}

impl Typing {
    fn text(&self, node: &str) -> Option<String> {
        let Typing { site, visitor, conversation, by } = self;
        let by = serde_json::to_string(by).ok()?;
        Some(format!("{TYPING} {node} {site} {visitor} {conversation} {by}"))
    }

    fn read(words: &str, node: &str) -> Option<Hint> {
        let mut words = words.splitn(5, ' ');
        if words.next()? == node {
            return Some(Hint::Own);
        }
        let typing = Typing {
            site: words.next()?.parse().ok()?,
            visitor: words.next()?.parse().ok()?,
            conversation: words.next()?.parse().ok()?,
            by: serde_json::from_str(words.next()?).ok()?,
        };
        let known = matches!(typing.by, Author::Visitor | Author::Agent(_));
        known.then_some(Hint::Typing(typing))
    }
}

/// What a node has to tell the others.
#[derive(Debug, Clone)]
pub enum Told {
    /// A site has changed.
    Changed(SiteId),
    /// Somebody types.
    Typing(Typing),
}

/// What the other nodes have not been told yet. It grows no further than there are sites, however long it takes.
#[derive(Debug, Default)]
pub struct Untold {
    sites: BTreeSet<SiteId>,
    typing: Vec<Typing>,
}

impl Untold {
    /// Adds something to be told.
    pub fn add(&mut self, told: Told) {
        match told {
            Told::Changed(site) => {
                self.sites.insert(site);
            }
            Told::Typing(typing) if self.typing.contains(&typing) => {}
            Told::Typing(typing) if self.typing.len() < TYPING_MAX => self.typing.push(typing),
            Told::Typing(_) => {}
        }
    }

    /// True if there is nothing to be told.
    pub fn is_empty(&self) -> bool {
        self.sites.is_empty() && self.typing.is_empty()
    }

    /// The texts that tell it, in the name of a node.
    pub fn texts(&self, node: &str) -> Vec<String> {
        let sites: Vec<String> = self.sites.iter().map(ToString::to_string).collect();
        let sites = sites.chunks(SITES_MAX);
        let changed = sites.map(|some| format!("{VERSION} {node} {}", some.join(",")));
        changed.chain(self.typing.iter().filter_map(|typing| typing.text(node))).collect()
    }
}

/// What is called with each hint.
pub type Heard = Arc<dyn Fn(Hint) + Send + Sync>;

impl Hint {
    /// Reads a text that came to `node`.
    pub fn read(text: &str, node: &str) -> Hint {
        if let Some((TYPING, words)) = text.split_once(' ') {
            return Typing::read(words, node).unwrap_or(Hint::Garbage);
        }
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

    fn typing(conversation: u32) -> Typing {
        let by =
            r#"{"agent":{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","name":"Ada  of the porch"}}"#;
        Typing {
            site: 7,
            visitor: "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb".parse().unwrap(),
            conversation: format!("{conversation:032x}").parse().unwrap(),
            by: serde_json::from_str(by).unwrap(),
        }
    }

    #[test]
    fn who_types_is_read_as_it_was_told_and_not_everybody_is_told_of_at_once() {
        let mut untold = Untold::default();
        for conversation in (0..100).chain(0..100) {
            untold.add(Told::Typing(typing(conversation)));
        }
        untold.add(Told::Changed(7));
        let told = untold.texts("a");
        let heard: Vec<Hint> = told.iter().map(|text| Hint::read(text, "b")).collect();
        assert_eq!(heard[0], Hint::Changed(vec![7]));
        let expected = (0..16).map(|conversation| Hint::Typing(typing(conversation)));
        assert_eq!(heard[1..], expected.collect::<Vec<_>>());
        assert_eq!(Hint::read(&told[1], "a"), Hint::Own);
    }

    #[test]
    fn a_hint_is_read_as_it_was_told_and_ones_own_is_known() {
        let mut untold = Untold::default();
        assert!(untold.is_empty());
        let sites: BTreeSet<SiteId> = (1..=700).collect();
        sites.iter().for_each(|site| untold.add(Told::Changed(*site)));
        let told = untold.texts("a");
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
        let told = typing(1).text("a").unwrap();
        let bots = told.replace("\"agent\"", "\"bot\"");
        let others = told.replace("\"agent\"", "\"ghost\"");
        let [short, long] = [told.replace('}', ""), format!("{told} 1")];
        for text in [
            "typing-1",
            "typing-1 a",
            "typing-1 a 7 x y \"visitor\"",
            &bots,
            &others,
            &short,
            &long,
        ] {
            assert_eq!(Hint::read(text, "b"), Hint::Garbage, "{text}");
        }
    }
}
