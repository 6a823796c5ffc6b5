//! What outlives the page. Storage may be blocked or full: then what was asked for lives as long as
//! the page does, in the machine, and nothing fails.

use porchlight_client::Outgoing;
use porchlight_protocol::ClientId;
use porchlight_protocol::json::FromJson;
use web_sys::Storage;

use crate::api::{print, tree};

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// A stored text.
pub fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Stores a text.
pub fn set(key: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(key, value);
    }
}

/// Removes a text.
pub fn remove(key: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(key);
    }
}

/// The keys that begin so.
pub fn keys(prefix: &str) -> Vec<String> {
    let Some(storage) = storage() else { return Vec::new() };
    let length = storage.length().unwrap_or(0);
    (0..length)
        .filter_map(|index| storage.key(index).ok().flatten())
        .filter(|key| key.starts_with(prefix))
        .collect()
}

/// The outbox of one person at one site, one entry a message, so that tabs don't overwrite each
/// other's.
pub struct Outbox {
    prefix: String,
}

impl Outbox {
    /// The outbox of `scope`: a site for a visitor, an agent for the inbox.
    pub fn new(scope: &str) -> Self {
        Outbox { prefix: ["porchlight:", scope, ":outbox:"].concat() }
    }

    fn key(&self, client_id: &ClientId) -> String {
        [&self.prefix, client_id.as_str()].concat()
    }

    /// Everything that is kept, in the order it was written. What can't be read any more is dropped.
    pub fn load(&self) -> Vec<Outgoing> {
        let mut outgoing: Vec<Outgoing> = keys(&self.prefix)
            .iter()
            .filter_map(|key| get(key))
            .filter_map(|text| Outgoing::from_json(tree(&text)?).ok())
            .collect();
        outgoing.sort_by_key(|outgoing| outgoing.written_at);
        outgoing
    }

    pub(crate) fn keep(&self, outgoing: &Outgoing) {
        if let Some(text) = print(outgoing) {
            set(&self.key(&outgoing.client_id), &text);
        }
    }

    pub(crate) fn forget(&self, client_id: &ClientId) {
        remove(&self.key(client_id));
    }
}
