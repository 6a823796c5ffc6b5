//! What was typed and not sent, by conversation and field. It outlives the view, the session and,
//! where the browser keeps things, the page.

use std::collections::BTreeMap;

use porchlight_browser::storage;
use porchlight_client::Writing;
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

/// The drafts of this page. Storage may be blocked: then they live as long as the page does.
#[derive(Default)]
pub struct Drafts(BTreeMap<String, String>);

impl Drafts {
    /// What this agent has typed here.
    pub fn get(&self, agent: &MemberId, id: &ConversationId, field: Field) -> String {
        let slot = slot(agent, id, field);
        self.0.get(&slot).cloned().or_else(|| storage::get(&slot)).unwrap_or_default()
    }

    /// Keeps what this agent has typed here.
    pub fn keep(&mut self, agent: &MemberId, id: &ConversationId, field: Field, text: &str) {
        let slot = slot(agent, id, field);
        if text.is_empty() {
            storage::remove(&slot);
        } else {
            storage::set(&slot, text);
        }
        self.0.insert(slot, text.to_owned());
    }

    /// Puts a text back, before what stands there.
    pub fn restore(&mut self, agent: &MemberId, id: &ConversationId, field: Field, text: &str) {
        let written = self.get(agent, id, field);
        let whole =
            if written.is_empty() { text.to_owned() } else { [text, "\n", &written].concat() };
        self.keep(agent, id, field, &whole);
    }
}

fn slot(agent: &MemberId, id: &ConversationId, field: Field) -> String {
    let kind = match field {
        Field::Reply => ":draft:",
        Field::Note => ":note:",
    };
    ["porchlight:", agent.as_str(), kind, id.as_str()].concat()
}
