//! What was typed and not sent, by conversation and field. It outlives the view, the session and,
//! where the browser keeps things, the page.

use std::collections::BTreeMap;

use porchlight_browser::storage;
use porchlight_client::Writing;
use porchlight_protocol::text::is_blank;
use porchlight_protocol::{ConversationId, MemberId};

/// For whom one writes. Each has its own draft: what is meant for the one never stands in the field
/// of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// To the visitor.
    Reply,
    /// To the other agents.
    Note,
}

impl Field {
    /// The field that a text came from.
    pub fn of(writing: Writing) -> Field {
        match writing {
            Writing::Message | Writing::MessageAndClose => Field::Reply,
            Writing::Note => Field::Note,
        }
    }
}

/// A text in a field, as far as this page knows it.
#[derive(Debug, Clone, Default)]
struct Draft {
    text: String,
    /// Storage holds the same: it may be blocked or full.
    stored: bool,
}

/// The drafts of this page, shared with the other tabs where storage lets them. Where it is blocked
/// they live as long as the page does.
#[derive(Default)]
pub struct Drafts(BTreeMap<String, Draft>);

impl Drafts {
    /// What this agent has typed here.
    pub fn get(&mut self, agent: &MemberId, id: &ConversationId, field: Field) -> String {
        self.at(slot(agent, id, field)).text.clone()
    }

    fn at(&mut self, slot: String) -> &mut Draft {
        self.0.entry(slot).or_insert_with_key(|slot| match storage::get(slot) {
            Some(text) => Draft { text, stored: true },
            None => Draft::default(),
        })
    }

    /// Keeps what this agent has typed here.
    pub fn keep(&mut self, agent: &MemberId, id: &ConversationId, field: Field, text: &str) {
        let slot = slot(agent, id, field);
        if text.is_empty() {
            storage::remove(&slot);
        } else {
            storage::set(&slot, text);
        }
        let stored = storage::get(&slot).unwrap_or_default() == text;
        self.0.insert(slot, Draft { text: text.to_owned(), stored });
    }

    /// Puts a text back, before what stands there.
    pub fn restore(&mut self, agent: &MemberId, id: &ConversationId, field: Field, text: &str) {
        self.look_again(&slot(agent, id, field));
        let written = self.get(agent, id, field);
        let whole =
            if written.is_empty() { text.to_owned() } else { [text, "\n", &written].concat() };
        self.keep(agent, id, field, &whole);
    }

    /// Another tab has changed what storage holds: true if the draft here follows. What is typed
    /// here and not there yet is left alone.
    pub fn heard(&mut self, slot: &str, old: &str, new: &str) -> bool {
        // What was never asked for here is read when it is.
        let Some(draft) = self.0.get_mut(slot) else { return false };
        let follows = follows(&draft.text, old, new);
        if follows {
            *draft = Draft { text: new.to_owned(), stored: true };
        }
        follows
    }

    /// The page may have slept while another tab changed this one: true if it is another one now.
    pub fn look_again(&mut self, slot: &str) -> bool {
        let Some(draft) = self.0.get_mut(slot) else { return false };
        let text = storage::get(slot).unwrap_or_default();
        let follows = (draft.stored || draft.text.is_empty()) && draft.text != text;
        if follows {
            *draft = Draft { text, stored: true };
        }
        follows
    }

    /// How many texts this agent has not sent, notes among them.
    pub fn unsent(&mut self, agent: &MemberId) -> usize {
        let [reply, note] = KINDS.map(|kind| prefix(agent, kind));
        for slot in storage::keys(&reply).into_iter().chain(storage::keys(&note)) {
            self.at(slot);
        }
        let own = self
            .0
            .iter()
            .filter(|(slot, _)| [&reply, &note].iter().any(|it| slot.starts_with(*it)));
        own.filter(|(_, draft)| !is_blank(&draft.text)).count()
    }

    /// Removes everything that this agent wrote and did not send from the browser: drafts, notes, and
    /// what was on its way.
    pub fn forget(&mut self, agent: &MemberId) {
        for kind in KINDS.into_iter().chain([OUTBOX]) {
            let prefix = prefix(agent, kind);
            storage::keys(&prefix).iter().for_each(|key| storage::remove(key));
            self.0.retain(|slot, _| !slot.starts_with(&prefix));
        }
    }
}

/// True if a draft follows what another tab has made of it. `own` stands here, `old` stood in storage
/// and `new` does now. Where both tabs knew the same, nothing was typed here that is not in there.
fn follows(own: &str, old: &str, new: &str) -> bool {
    own != new && (own == old || own.is_empty())
}

/// The two kinds of drafts in storage.
const KINDS: [&str; 2] = [":draft:", ":note:"];

/// Where the outbox is in storage: see [`porchlight_browser::storage::Outbox`].
const OUTBOX: &str = ":outbox:";

fn prefix(agent: &MemberId, kind: &str) -> String {
    ["porchlight:", agent.as_str(), kind].concat()
}

/// Where a draft is in storage.
pub fn slot(agent: &MemberId, id: &ConversationId, field: Field) -> String {
    let [reply, note] = KINDS;
    let kind = match field {
        Field::Reply => reply,
        Field::Note => note,
    };
    [&prefix(agent, kind), id.as_str()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_follows_the_other_tab() {
        assert!(follows("Hel", "Hel", "Hello"), "typed on there");
        assert!(follows("Hello", "Hello", ""), "sent there");
        assert!(follows("", "", "Hello"), "begun there");
        assert!(follows("and", "and", "Refused\nand"), "refused there");
        assert!(follows("", "and", "Refused\nand"), "there is nothing here to overwrite");
        assert!(!follows("Hello", "Hello", "Hello"), "nothing new");
    }

    #[test]
    fn what_is_typed_here_is_never_overwritten() {
        assert!(!follows("Hello you", "Hello", ""));
        assert!(!follows("Hello you", "Hello", "Hello there"));
        assert!(!follows("Hello you", "", "Good morning"));
    }

    #[test]
    fn each_agent_conversation_and_field_has_a_slot_of_its_own() {
        let (ada, ben) = (MemberId::from_bytes([1; 16]), MemberId::from_bytes([2; 16]));
        let (one, two) = (ConversationId::from_bytes([1; 16]), ConversationId::from_bytes([2; 16]));
        let mut slots: Vec<String> = [&ada, &ben]
            .into_iter()
            .flat_map(|agent| [&one, &two].map(|id| (agent, id)))
            .flat_map(|(agent, id)| [Field::Reply, Field::Note].map(|field| slot(agent, id, field)))
            .collect();
        assert!(slots.iter().filter(|slot| slot.starts_with(&prefix(&ada, ":note:"))).count() == 2);
        slots.sort();
        slots.dedup();
        assert_eq!(slots.len(), 8);
    }
}
