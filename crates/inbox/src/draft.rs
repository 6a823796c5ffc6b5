//! What was typed and not sent, by conversation. It outlives the view, the session and, where the
//! browser keeps things, the page.

use std::collections::BTreeMap;

use porchlight_browser::storage;
use porchlight_protocol::{ConversationId, MemberId};

/// The drafts of this page. Storage may be blocked: then they live as long as the page does.
#[derive(Default)]
pub struct Drafts(BTreeMap<String, String>);

impl Drafts {
    /// What this agent has typed here.
    pub fn get(&self, agent: &MemberId, id: &ConversationId) -> String {
        let slot = slot(agent, id);
        self.0.get(&slot).cloned().or_else(|| storage::get(&slot)).unwrap_or_default()
    }

    /// Keeps what this agent has typed here.
    pub fn keep(&mut self, agent: &MemberId, id: &ConversationId, text: &str) {
        let slot = slot(agent, id);
        if text.is_empty() {
            storage::remove(&slot);
        } else {
            storage::set(&slot, text);
        }
        self.0.insert(slot, text.to_owned());
    }

    /// Puts a text back, before what stands there.
    pub fn restore(&mut self, agent: &MemberId, id: &ConversationId, text: &str) {
        let written = self.get(agent, id);
        let whole =
            if written.is_empty() { text.to_owned() } else { [text, "\n", &written].concat() };
        self.keep(agent, id, &whole);
    }
}

fn slot(agent: &MemberId, id: &ConversationId) -> String {
    ["porchlight:", agent.as_str(), ":draft:", id.as_str()].concat()
}
