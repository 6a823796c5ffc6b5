//! `localStorage`, and the outbox on it. Where it is blocked or full, nothing fails: the machine holds the
//! outbox until the page is left.

use std::rc::Rc;

use porchlight_client::Outgoing;
use porchlight_protocol::ClientId;
use porchlight_protocol::json::FromJson;
use web_sys::Storage;

use crate::json::{print, tree};

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

/// A store of texts by name.
pub trait Shelf {
    /// The texts whose names begin so.
    fn list(&self, prefix: &str) -> Vec<String>;
    /// Keeps a text under this name; `None` removes it.
    fn put(&self, name: &str, text: Option<&str>);
}

/// The storage of the document's own origin.
struct OwnOrigin;

impl Shelf for OwnOrigin {
    fn list(&self, prefix: &str) -> Vec<String> {
        keys(prefix).iter().filter_map(|key| get(key)).collect()
    }

    fn put(&self, name: &str, text: Option<&str>) {
        match text {
            Some(text) => set(name, text),
            None => remove(name),
        }
    }
}

/// The outbox of one person at one site, one entry a message, so that tabs don't overwrite each
/// other's.
pub struct Outbox {
    shelf: Rc<dyn Shelf>,
    prefix: String,
}

impl Outbox {
    /// The outbox of an agent, on the document's own origin.
    pub fn new(agent: &str) -> Self {
        let prefix = ["porchlight:", agent, ":outbox:"].concat();
        Outbox { shelf: Rc::new(OwnOrigin), prefix }
    }

    /// An outbox on a shelf that holds one person's texts alone.
    pub fn on(shelf: Rc<dyn Shelf>) -> Self {
        Outbox { shelf, prefix: OUTBOX.to_owned() }
    }

    fn name(&self, client_id: &ClientId) -> String {
        [&self.prefix, client_id.as_str()].concat()
    }

    /// All stored messages, in any order. An entry that can't be parsed is left out.
    pub fn load(&self) -> Vec<Outgoing> {
        let texts = self.shelf.list(&self.prefix);
        texts.iter().filter_map(|text| Outgoing::from_json(tree(text)?).ok()).collect()
    }

    pub(crate) fn keep(&self, outgoing: &Outgoing) {
        if let Some(text) = print(outgoing) {
            self.shelf.put(&self.name(&outgoing.client_id), Some(&text));
        }
    }

    pub(crate) fn forget(&self, client_id: &ClientId) {
        self.shelf.put(&self.name(client_id), None);
    }
}

/// The prefix of outgoing messages' names on a shelf of one person.
pub const OUTBOX: &str = "outbox:";
