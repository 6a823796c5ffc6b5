//! Drafts and outbox, as texts by name. The host page stores them beside the visitor's key
//! ([`crate::host`]): a frame may store nothing, and they are removed with the key and shared by all
//! tabs.

use std::cell::RefCell;
use std::rc::Rc;

use porchlight_browser::storage::{OUTBOX, Shelf};

use crate::host::Host;

/// The prefix of drafts' names.
pub const DRAFT: &str = "draft:";

/// After [`DRAFT`]: the draft of a conversation that has not started.
pub const NEW: &str = "new";

/// Whether a new answer makes a sound: [`ON`] or [`OFF`]; the page's default if neither is kept.
pub const SOUND: &str = "sound";
/// [`SOUND`] is on.
pub const ON: &str = "on";
/// [`SOUND`] is off.
pub const OFF: &str = "off";

/// Texts by name; an empty text is removed.
#[derive(Default)]
pub struct Texts(Vec<(String, String)>);

impl Texts {
    /// The text of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, text)| text.as_str())
    }

    /// Puts a text under this name, or takes away what is there. True if that changes anything.
    pub fn put(&mut self, name: &str, text: Option<&str>) -> bool {
        let text = text.filter(|text| !text.is_empty());
        if self.get(name) == text {
            return false;
        }
        self.0.retain(|(known, _)| known != name);
        self.0.extend(text.map(|text| (name.to_owned(), text.to_owned())));
        true
    }

    /// Name and text of all whose names begin so.
    pub fn under(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        let all = self.0.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        all.filter(move |(name, _)| name.starts_with(prefix))
    }
}

/// A text that was put under its name, or taken away.
pub type Change = (String, Option<String>);

/// The texts of this visitor, and the page that keeps them.
pub struct Kept {
    host: Rc<Host>,
    texts: RefCell<Texts>,
}

impl Kept {
    /// Nothing yet.
    pub fn new(host: Rc<Host>) -> Rc<Self> {
        Rc::new(Kept { host, texts: RefCell::default() })
    }

    /// Takes what the host page has stored.
    pub fn take(&self, left: Vec<Change>) {
        for (name, text) in left {
            self.hear(&name, text.as_deref());
        }
    }

    /// The text of this name, or nothing.
    pub fn get(&self, name: &str) -> String {
        self.texts.borrow().get(name).unwrap_or_default().to_owned()
    }

    /// The names of all drafts.
    pub fn drafts(&self) -> Vec<String> {
        self.texts.borrow().under(DRAFT).map(|(name, _)| name.to_owned()).collect()
    }

    /// Takes over a change by another tab, and returns the text before.
    pub fn hear(&self, name: &str, text: Option<&str>) -> String {
        let before = self.get(name);
        self.texts.borrow_mut().put(name, text);
        before
    }

    /// Stores the outbox and the draft in the field again after the host page has removed everything with
    /// the key: both are by the person who is here now.
    pub fn keep_again(&self, draft: Option<&str>) {
        let dropped = self.texts.take();
        let held = dropped.0.iter().filter(|(name, _)| {
            name.starts_with(OUTBOX) || name == SOUND || draft.is_some_and(|draft| draft == name)
        });
        for (name, text) in held {
            self.put(name, Some(text));
        }
    }
}

impl Shelf for Kept {
    fn list(&self, prefix: &str) -> Vec<String> {
        self.texts.borrow().under(prefix).map(|(_, text)| text.to_owned()).collect()
    }

    fn put(&self, name: &str, text: Option<&str>) {
        if self.texts.borrow_mut().put(name, text) {
            self.host.keep(name, text.filter(|text| !text.is_empty()));
        }
    }
}

/// The text that replaces `field` when another tab has changed the draft from `before` to `now`; `None`
/// if it stays. Somebody who is `typing` keeps their text, unless the other tab went on from it.
pub fn follow<'a>(field: &str, before: &str, now: &'a str, typing: bool) -> Option<&'a str> {
    let in_step = field == before;
    let goes_on = !now.is_empty() && now.starts_with(field);
    // Sent elsewhere, it must not be sent from here too.
    let follows = if now.is_empty() { in_step } else { goes_on || in_step && !typing };
    (follows && field != now).then_some(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(entries: &[(&str, &str)]) -> Texts {
        let mut texts = Texts::default();
        for (name, text) in entries {
            texts.put(name, Some(text));
        }
        texts
    }

    #[test]
    fn what_is_put_is_there_until_it_is_taken_away() {
        let mut kept = Texts::default();
        assert!(kept.put("draft:new", Some("Hel")));
        assert!(kept.put("draft:new", Some("Hello")));
        assert!(!kept.put("draft:new", Some("Hello")), "nothing has changed");
        assert_eq!(kept.get("draft:new"), Some("Hello"));
        assert!(kept.put("draft:new", Some("")), "an empty text is none");
        assert!(!kept.put("draft:new", None));
        assert_eq!(kept.get("draft:new"), None);
    }

    #[test]
    fn drafts_and_outgoing_messages_are_told_apart() {
        let kept = texts(&[("draft:new", "a"), ("outbox:1", "b"), ("draft:2", "c")]);
        let drafts: Vec<_> = kept.under(DRAFT).collect();
        assert_eq!(drafts, [("draft:new", "a"), ("draft:2", "c")]);
        assert_eq!(kept.under(OUTBOX).count(), 1);
    }

    #[test]
    fn a_draft_that_was_sent_elsewhere_leaves_the_field() {
        assert_eq!(follow("Hello", "Hello", "", false), Some(""));
        assert_eq!(follow("Hello", "Hello", "", true), Some(""), "it would be sent twice");
        assert_eq!(follow("My own", "Hello", "", false), None, "that was not sent");
        assert_eq!(follow("", "", "", false), None);
    }

    #[test]
    fn a_draft_goes_on_in_every_tab() {
        assert_eq!(follow("", "", "Hello", false), Some("Hello"));
        assert_eq!(follow("Hello", "Hello", "Hello, Ada", true), Some("Hello, Ada"));
        assert_eq!(follow("Hello", "Hello", "Bye", false), Some("Bye"));
        assert_eq!(follow("Hello", "Hello", "Hello", false), None, "it stands there");
    }

    #[test]
    fn what_is_being_typed_is_not_overwritten() {
        assert_eq!(follow("I was", "I was", "Hello", true), None);
        assert_eq!(
            follow("I was", "Hello", "Hello you", false),
            None,
            "it went its own way before"
        );
    }
}
