//! Drafts, by conversation and field. They outlive the view, the session and, if the storage works, the page.

use std::collections::BTreeMap;

use porchlight_browser::storage;
use porchlight_client::Writing;
use porchlight_protocol::text::is_blank;
use porchlight_protocol::{ConversationId, MemberId};

/// A field. Each has its own draft, so that a note never gets into the reply field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The reply to the visitor.
    Reply,
    /// The note for other agents.
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

/// A draft, as this page knows it.
#[derive(Debug, Clone, Default)]
struct Draft {
    text: String,
    /// True if the draft is persisted. The storage may be blocked or full.
    stored: bool,
}

/// The drafts of this page, persisted and shared with other tabs. If the storage is blocked, they live as long
/// as the page.
#[derive(Default)]
pub struct Drafts(BTreeMap<String, Draft>);

impl Drafts {
    /// The agent's draft for this field.
    pub fn get(&mut self, agent: &MemberId, id: &ConversationId, field: Field) -> String {
        self.at(slot(agent, id, field)).text.clone()
    }

    fn at(&mut self, slot: String) -> &mut Draft {
        self.0.entry(slot).or_insert_with_key(|slot| match storage::get(slot) {
            Some(text) => Draft { text, stored: true },
            None => Draft::default(),
        })
    }

    /// Saves the agent's draft for this field.
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

    /// Restores a text, before the current draft.
    pub fn restore(&mut self, agent: &MemberId, id: &ConversationId, field: Field, text: &str) {
        self.look_again(&slot(agent, id, field));
        let written = self.get(agent, id, field);
        let whole =
            if written.is_empty() { text.to_owned() } else { [text, "\n", &written].concat() };
        self.keep(agent, id, field, &whole);
    }

    /// Follows a change of another tab to the storage. True if the draft has changed. A draft that is not
    /// persisted yet is kept.
    pub fn heard(&mut self, slot: &str, old: &str, new: &str) -> bool {
        // A draft that is not in memory is read from the storage when it is needed.
        let Some(draft) = self.0.get_mut(slot) else { return false };
        let follows = follows(&draft.text, old, new);
        if follows {
            *draft = Draft { text: new.to_owned(), stored: true };
        }
        follows
    }

    /// Compares a draft with the storage, after the page may have been frozen. True if the draft has changed.
    pub fn look_again(&mut self, slot: &str) -> bool {
        let Some(draft) = self.0.get_mut(slot) else { return false };
        let text = storage::get(slot).unwrap_or_default();
        let follows = (draft.stored || draft.text.is_empty()) && draft.text != text;
        if follows {
            *draft = Draft { text, stored: true };
        }
        follows
    }

    /// The number of the agent's unsent texts, notes included.
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

    /// Removes all unsent texts of this agent from the browser: drafts, notes, and the outbox.
    pub fn forget(&mut self, agent: &MemberId) {
        for kind in KINDS.into_iter().chain([OUTBOX]) {
            let prefix = prefix(agent, kind);
            storage::keys(&prefix).iter().for_each(|key| storage::remove(key));
            self.0.retain(|slot, _| !slot.starts_with(&prefix));
        }
    }
}

/// True if a draft follows another tab's change of the storage from `old` to `new`. `own` is the draft here: if
/// it equals `old`, this tab has typed nothing that the other did not know.
fn follows(own: &str, old: &str, new: &str) -> bool {
    own != new && (own == old || own.is_empty())
}

/// The storage prefixes of both fields.
const KINDS: [&str; 2] = [":draft:", ":note:"];

/// The storage prefix of the outbox: see [`porchlight_browser::storage::Outbox`].
const OUTBOX: &str = ":outbox:";

fn prefix(agent: &MemberId, kind: &str) -> String {
    ["porchlight:", agent.as_str(), kind].concat()
}

/// The storage key of a draft.
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
