//! Whether somebody writes, and what becomes of their keys when the field goes while they do: a word
//! that was begun must not end as commands.

use porchlight_protocol::Millis;

use crate::keys::{Press, Where};

/// Milliseconds since the last letter for which somebody counts as being in the middle of a word.
const MID_WORD_MS: Millis = 1_500;

/// The hands on the keyboard, as far as what a key may do depends on where the focus was before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Typing {
    writing: bool,
    typed_at: Option<Millis>,
    held: bool,
}

impl Typing {
    /// The focus came to this. In a field there is a place for the keys again.
    pub fn focused(&mut self, at: Where) {
        self.writing = at == Where::Field;
        self.held = self.held && !self.writing;
    }

    /// Somebody clicked here, so they look at the screen: their keys are meant for what they see.
    pub fn clicked(&mut self, at: Where) {
        self.writing = at == Where::Field;
        self.held = false;
    }

    /// The person has gone somewhere by themselves.
    pub fn moved(&mut self) {
        self.writing = false;
        self.held = false;
    }

    /// The field goes, by no doing of who sits before it. True if they were writing in it: from here
    /// on their keys do nothing until they click or press Tab or Escape.
    pub fn taken(&mut self) -> bool {
        self.held |= self.writing;
        std::mem::take(&mut self.writing)
    }

    /// A question has come up. In the middle of a word it must not be answered by the next key.
    pub fn interrupted(&mut self, now: Millis) {
        self.held |= self.is_mid_word(now);
    }

    /// The keys do nothing for now.
    pub fn is_held(&self) -> bool {
        self.held
    }

    /// A letter was typed into a field just now.
    fn is_mid_word(&self, now: Millis) -> bool {
        self.typed_at.is_some_and(|at| (0..MID_WORD_MS).contains(&(now - at)))
    }

    /// True if the key must do nothing at all: it was meant for a field that is gone.
    pub fn swallows(&mut self, press: &Press, now: Millis) -> bool {
        if press.at == Where::Foreign || press.composing {
            return false;
        }
        if press.at == Where::Nowhere {
            // Nobody told that the focus moved: what had it was removed, or switched off.
            self.taken();
        }
        if self.held {
            return match press.key {
                "Tab" => {
                    self.held = false;
                    false
                }
                // It has done its work: it leaves nothing else.
                "Escape" => {
                    self.held = false;
                    true
                }
                _ => !press.chord && writes(press.key),
            };
        }
        self.writing = press.at == Where::Field;
        if self.writing && !press.chord && writes(press.key) {
            self.typed_at = Some(now);
        }
        false
    }
}

/// The key changes a text, where there is one. The others move or scroll.
fn writes(key: &str) -> bool {
    let named = ["Enter", "Backspace", "Delete", "Dead", "Process", "Unidentified"];
    key.chars().count() == 1 || named.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: &str, at: Where) -> Press<'_> {
        Press { key, code: "", shift: false, chord: false, composing: false, repeat: false, at }
    }

    /// Somebody who has just typed a letter into a field.
    fn writer() -> Typing {
        let mut typing = Typing::default();
        typing.focused(Where::Field);
        assert!(!typing.swallows(&key("h", Where::Field), 0));
        typing
    }

    #[test]
    fn a_word_that_was_begun_does_not_end_as_commands() {
        let mut typing = writer();
        assert!(typing.taken());
        // The focus goes on to the transcript.
        typing.focused(Where::Page);
        for letter in ["e", "c", " ", "Enter", "Backspace", "?", "é", "Dead"] {
            assert!(typing.swallows(&key(letter, Where::Page), 10), "{letter}");
            assert!(typing.swallows(&key(letter, Where::Nowhere), 10), "{letter}");
            // However long they look elsewhere.
            assert!(typing.swallows(&key(letter, Where::Page), 9_000_000), "{letter}");
        }
    }

    #[test]
    fn a_click_tab_or_escape_gives_the_keys_back() {
        let held = || {
            let mut typing = writer();
            typing.taken();
            typing
        };
        let mut clicked = held();
        clicked.clicked(Where::Page);
        assert!(!clicked.swallows(&key("e", Where::Page), 10));

        let mut tabbed = held();
        assert!(!tabbed.swallows(&key("Tab", Where::Page), 10), "Tab moves the focus");
        assert!(!tabbed.swallows(&key("e", Where::Page), 20));

        let mut escaped = held();
        assert!(escaped.swallows(&key("Escape", Where::Page), 10), "Escape does nothing else");
        assert!(!escaped.swallows(&key("Escape", Where::Page), 20));
        assert!(!escaped.swallows(&key("e", Where::Page), 30));

        let mut moved = held();
        moved.moved();
        assert!(!moved.swallows(&key("e", Where::Page), 10));
    }

    #[test]
    fn the_field_that_comes_back_takes_the_keys_again() {
        let mut typing = writer();
        typing.taken();
        typing.focused(Where::Field);
        assert!(!typing.is_held());
        assert!(!typing.swallows(&key("e", Where::Field), 10));
        assert!(typing.taken(), "and can be taken away again");
    }

    #[test]
    fn a_field_that_goes_without_a_word_is_noticed_by_the_next_key() {
        let mut typing = writer();
        assert!(typing.swallows(&key("c", Where::Nowhere), 10));
        assert!(typing.is_held());
    }

    #[test]
    fn who_does_not_write_keeps_the_keys() {
        let mut typing = Typing::default();
        assert!(!typing.taken());
        assert!(!typing.swallows(&key("c", Where::Nowhere), 0));

        // Who has left the field by themselves does not write any more.
        for leave in [Typing::focused, Typing::clicked] {
            let mut typing = writer();
            leave(&mut typing, Where::Page);
            assert!(!typing.taken());
            assert!(!typing.swallows(&key("c", Where::Nowhere), 10));
        }
    }

    #[test]
    fn the_browsers_keys_and_those_that_scroll_stay() {
        let mut typing = writer();
        typing.taken();
        for name in ["ArrowDown", "PageUp", "Home", "Shift", "F5", "CapsLock"] {
            assert!(!typing.swallows(&key(name, Where::Page), 10), "{name}");
        }
        let copy = Press { chord: true, ..key("c", Where::Page) };
        assert!(!typing.swallows(&copy, 10));
        // Somebody else's field, such as a password manager's, is none of our business.
        assert!(!typing.swallows(&key("c", Where::Foreign), 10));
        assert!(typing.is_held());
    }

    #[test]
    fn a_question_is_not_answered_by_the_word_that_is_being_typed() {
        let mut typing = writer();
        typing.interrupted(500);
        typing.focused(Where::Taken);
        assert!(typing.swallows(&key(" ", Where::Taken), 600));
        assert!(typing.swallows(&key("Enter", Where::Taken), 700));
        assert!(!typing.swallows(&key("Tab", Where::Taken), 800));
        assert!(!typing.swallows(&key("Enter", Where::Taken), 900));

        let mut calm = writer();
        calm.interrupted(MID_WORD_MS);
        assert!(!calm.swallows(&key("Enter", Where::Taken), MID_WORD_MS + 100));
        // A clock that was set back is no reason to hold anything.
        calm.interrupted(-5);
        assert!(!calm.is_held());
    }
}
