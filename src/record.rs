//! The visitor's record where the chat is a page of its own: on its own origin, as the loader stores it on
//! a site's. Tabs share it, so it is read before each change.

use std::cell::RefCell;

use js_sys::{JSON, Object, Reflect};
use porchlight_browser::js::{get, set};
use porchlight_browser::storage;
use porchlight_protocol::VisitorKey;
use wasm_bindgen::{JsCast, JsValue};

use crate::host::texts;
use crate::kept::{Change, Texts};

/// The record of a site's visitor: `{key, kept: {name: text}}`.
pub struct Record {
    slot: String,
    /// The kept texts at the last look.
    seen: RefCell<Texts>,
}

impl Record {
    /// The record in this slot of the storage.
    pub fn new(slot: String) -> Self {
        Record { slot, seen: RefCell::default() }
    }

    /// The slot.
    pub fn slot(&self) -> &str {
        &self.slot
    }

    fn read(&self) -> JsValue {
        let record = storage::get(&self.slot).and_then(|text| JSON::parse(&text).ok());
        record.filter(JsValue::is_object).unwrap_or_else(|| Object::new().into())
    }

    fn write(&self, record: &JsValue) {
        let empty = get(record, "key").is_falsy() && kept_in(record) == Texts::default();
        match JSON::stringify(record) {
            Ok(text) if !empty => storage::set(&self.slot, &String::from(text)),
            _ => storage::remove(&self.slot),
        }
    }

    /// The visitor's key.
    pub fn key(&self) -> Option<VisitorKey> {
        get(&self.read(), "key").as_string()?.parse().ok()
    }

    /// The changes since the last look.
    pub fn news(&self) -> Vec<Change> {
        let kept = kept_in(&self.read());
        let before = self.seen.replace(kept.clone());
        before.changes(&kept)
    }

    /// Stores a key, unless there is one.
    pub fn offer_key(&self, key: &VisitorKey) {
        let record = self.read();
        if get(&record, "key").is_falsy() {
            set(&record, "key", &key.as_str().into());
            self.write(&record);
        }
    }

    /// Keeps a text under this name; `None` removes it.
    pub fn keep(&self, name: &str, text: Option<&str>) {
        self.seen.borrow_mut().put(name, text);
        let record = self.read();
        let mut kept = get(&record, "kept");
        if !kept.is_object() {
            kept = Object::new().into();
            set(&record, "kept", &kept);
        }
        match text {
            Some(text) => set(&kept, name, &text.into()),
            None => {
                let _ = Reflect::delete_property(kept.unchecked_ref::<Object>(), &name.into());
            }
        }
        self.write(&record);
    }

    /// Drops the key, and everything with it.
    pub fn forget(&self) {
        self.seen.take();
        storage::remove(&self.slot);
    }
}

fn kept_in(record: &JsValue) -> Texts {
    let mut kept = Texts::default();
    for (name, text) in texts(&get(record, "kept")) {
        kept.put(&name, text.as_deref());
    }
    kept
}
