//! Storage that works, is full, or is blocked.

use porchlight_client::{Outgoing, Place};
use porchlight_protocol::ClientId;
use wasm_bindgen_test::wasm_bindgen_test;

use super::run;
use crate::storage::{Outbox, get, keys, remove, set};

fn outgoing(byte: u8, text: &str) -> Outgoing {
    let client_id = ClientId::from_bytes([byte; 16]);
    Outgoing {
        place: Place::New(client_id.clone()),
        client_id,
        text: text.to_owned(),
        written_at: 1_000,
        order: byte.into(),
        then_close: None,
        answers: None,
        note: false,
    }
}

/// Replaces a method or property of `localStorage` until it is dropped.
struct Broken;

impl Broken {
    /// Whoever asks for the storage gets an error, as where third-party storage is blocked.
    fn blocked() -> Self {
        run(
            "window.realStorage = Object.getOwnPropertyDescriptor(window, 'localStorage'); Object.defineProperty(window, 'localStorage', { configurable: true, get() { throw new DOMException('blocked', 'SecurityError') } })",
            &[],
        );
        Broken
    }

    /// Nothing more fits in.
    fn full() -> Self {
        run(
            "Storage.prototype.realSetItem = Storage.prototype.setItem; Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }",
            &[],
        );
        Broken
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        run(
            "if (window.realStorage) { Object.defineProperty(window, 'localStorage', window.realStorage); delete window.realStorage } if (Storage.prototype.realSetItem) { Storage.prototype.setItem = Storage.prototype.realSetItem; delete Storage.prototype.realSetItem }",
            &[],
        );
    }
}

#[wasm_bindgen_test]
fn what_is_stored_is_there_until_it_is_removed() {
    set("test:a", "one");
    set("test:a", "two");
    set("test:b", "");
    set("other", "three");
    assert_eq!(get("test:a").as_deref(), Some("two"));
    assert_eq!(get("test:b").as_deref(), Some(""), "an empty text is one");
    let mut found = keys("test:");
    found.sort();
    assert_eq!(found, ["test:a", "test:b"]);
    for key in ["test:a", "test:b", "other"] {
        remove(key);
        assert_eq!(get(key), None);
    }
}

#[wasm_bindgen_test]
fn an_outbox_holds_what_was_not_sent() {
    let (ada, bob) = (Outbox::new("ada"), Outbox::new("bob"));
    let (first, second) = (outgoing(1, "Hello"), outgoing(2, "<b>& \u{1f600} \"\\"));
    ada.keep(&first);
    ada.keep(&second);
    bob.keep(&outgoing(3, "Not Ada's"));
    let mut loaded = ada.load();
    loaded.sort_by_key(|it| it.order);
    assert_eq!(loaded, [first.clone(), second.clone()]);

    // Whatever else is there, or an older version has left there, hides none of them.
    set("porchlight:ada:outbox:x", "{\"half\":");
    set("porchlight:ada:outbox:y", "{}");
    assert_eq!(ada.load().len(), 2);
    ada.forget(&first.client_id);
    assert_eq!(ada.load(), std::slice::from_ref(&second));
    ada.forget(&second.client_id);
    assert_eq!(ada.load(), []);
    assert_eq!(bob.load().len(), 1);
    run("localStorage.clear()", &[]);
}

#[wasm_bindgen_test]
fn blocked_storage_is_empty_and_fails_nobody() {
    let _blocked = Broken::blocked();
    set("test:a", "one");
    assert_eq!(get("test:a"), None);
    assert_eq!(keys(""), [""; 0]);
    remove("test:a");
    let outbox = Outbox::new("ada");
    outbox.keep(&outgoing(1, "Hello"));
    assert_eq!(outbox.load(), []);
}

#[wasm_bindgen_test]
fn full_storage_keeps_what_it_has() {
    set("test:a", "one");
    {
        let _full = Broken::full();
        set("test:a", "two");
        set("test:b", "three");
        assert_eq!(get("test:a").as_deref(), Some("one"));
        assert_eq!(get("test:b"), None);
        remove("test:a");
    }
    assert_eq!(get("test:a"), None);
}
