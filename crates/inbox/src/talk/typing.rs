//! Whether the agent is typing. If the field is removed meanwhile, the rest of the word must not be taken as
//! shortcuts, so keys are ignored for a while.

use porchlight_protocol::Millis;

use crate::frame::keys::{Press, Where};

/// Milliseconds after the last letter during which the agent counts as typing.
const MID_WORD_MS: Millis = 1_500;

/// The typing state, from which follows whether a key is ignored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Typing {
    writing: bool,
    typed_at: Option<Millis>,
    held: bool,
}

impl Typing {
    /// The focus has moved. In a field, keys are no longer ignored.
    pub fn focused(&mut self, at: Where) {
        self.writing = at == Where::Field;
        self.held = self.held && !self.writing;
    }

    /// The agent has clicked, so they look at the screen: keys are no longer ignored.
    pub fn clicked(&mut self, at: Where) {
        self.writing = at == Where::Field;
        self.held = false;
    }

    /// The agent has moved the focus themselves.
    pub fn moved(&mut self) {
        self.writing = false;
        self.held = false;
    }

    /// The field is removed, not by the agent. True if the agent was typing in it: from now on, keys are
    /// ignored until a click, Tab or Escape.
    pub fn taken(&mut self) -> bool {
        self.held |= self.writing;
        std::mem::take(&mut self.writing)
    }

    /// A dialog has opened. In the middle of a word, the next key must not answer it.
    pub fn interrupted(&mut self, now: Millis) {
        self.held |= self.is_mid_word(now);
    }

    /// True while keys are ignored.
    pub fn is_held(&self) -> bool {
        self.held
    }

    /// True if a letter was typed into a field less than `MID_WORD_MS` ago.
    fn is_mid_word(&self, now: Millis) -> bool {
        self.typed_at.is_some_and(|at| (0..MID_WORD_MS).contains(&(now - at)))
    }

    /// True if the key has to be ignored: it was meant for a field that has been removed.
    pub fn swallows(&mut self, press: &Press, now: Millis) -> bool {
        if press.at == Where::Foreign || press.composing {
            return false;
        }
        if press.at == Where::Nowhere {
            // Without a focus event: the focused element was removed or disabled.
            self.taken();
        }
        if self.held {
            return match press.key {
                "Tab" => {
                    self.held = false;
                    false
                }
                // Escape ends it, and does nothing else.
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

/// True if the key edits text in a field. Other keys move the caret or scroll.
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
