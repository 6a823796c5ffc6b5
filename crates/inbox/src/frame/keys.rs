//! The shortcuts, and the sheet that lists them. The keys are those of common mail and ticket programs.

use porchlight_protocol::{Filter, Millis};

use crate::words::Word;

/// Milliseconds within which the second key of a sequence has to follow the first.
const PAIR_MS: Millis = 1_500;

/// The command of a shortcut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortcut {
    /// Go to the next conversation of the list.
    Next,
    /// Go to the previous one.
    Previous,
    /// Open the focused one.
    Open,
    /// Select or deselect it.
    Select,
    /// Select the whole list.
    SelectAll,
    /// Claim.
    Claim,
    /// Unclaim.
    Unclaim,
    /// End chat and close.
    Close,
    /// Re-open.
    Reopen,
    /// Undo the last closing.
    Undo,
    /// Go to the reply field.
    Reply,
    /// Go to the note field.
    Note,
    /// Show or hide what is known of the visitor.
    Visitor,
    /// Go to the list.
    List,
    /// Go to a folder.
    Folder(Filter),
    /// Go to the settings.
    Settings,
    /// Show the sheet.
    Help,
    /// Leave the field.
    LeaveField,
    /// Go back one step: clear the selection, then leave the conversation.
    Back,
}

/// Where the focus is when a key is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// In a text field.
    Field,
    /// In a menu or dialog, which have their own keys.
    Taken,
    /// In an element that is not the inbox's, such as one of a browser extension.
    Foreign,
    /// On another element of the inbox.
    Page,
    /// On nothing.
    Nowhere,
}

/// The properties of the target of a key, focus or click.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Target {
    /// True if the target, or the focused element, is not the inbox's.
    pub foreign: bool,
    /// True if a dialog is open.
    pub dialog: bool,
    /// True if it is in a menu.
    pub menu: bool,
    /// True if it takes text.
    pub field: bool,
    /// True if it is the page itself: nothing has the focus.
    pub nothing: bool,
}

impl Where {
    /// The place of a target. In doubt it is foreign, so that no letter acts as a shortcut.
    pub fn of(target: Target) -> Where {
        match target {
            Target { foreign: true, .. } => Where::Foreign,
            Target { dialog: true, .. } | Target { menu: true, .. } => Where::Taken,
            Target { field: true, .. } => Where::Field,
            Target { nothing: true, .. } => Where::Nowhere,
            _ => Where::Page,
        }
    }
}

/// A keydown event.
#[derive(Debug, Clone, Copy)]
pub struct Press<'a> {
    /// `KeyboardEvent.key`: `j`, `?`, `Escape`.
    pub key: &'a str,
    /// `KeyboardEvent.code`: `KeyJ`. For layouts without Latin letters.
    pub code: &'a str,
    /// True with Shift.
    pub shift: bool,
    /// True with Ctrl, Alt, AltGr or ⌘, which make shortcuts of the browser, or other characters.
    pub chord: bool,
    /// True while an input method is composing.
    pub composing: bool,
    /// True if the key is held down.
    pub repeat: bool,
    /// Where the focus is.
    pub at: Where,
}

/// The state of key sequences such as `g` `o`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keys {
    go_since: Option<Millis>,
}

impl Keys {
    /// The shortcut of a key, if it has one. `single` is true if shortcuts without Ctrl or ⌘ are on; Escape
    /// always is.
    pub fn press(&mut self, press: Press, now: Millis, single: bool) -> Option<Shortcut> {
        if press.composing || press.chord || matches!(press.at, Where::Taken | Where::Foreign) {
            return None;
        }
        if press.key == "Escape" {
            self.go_since = None;
            let field = press.at == Where::Field;
            return Some(if field { Shortcut::LeaveField } else { Shortcut::Back });
        }
        if !single || press.at == Where::Field || press.key == "Shift" {
            return None;
        }
        let go = self.go_since.take().is_some_and(|since| (0..=PAIR_MS).contains(&(now - since)));
        let letter = letter(press);
        if go {
            // An unknown sequence does nothing: `g e` must not close.
            return second(letter?);
        }
        if (letter, press.shift) == (Some('g'), false) {
            self.go_since = Some(now);
            return None;
        }
        let shortcut = first(letter, press)?;
        let may_repeat = matches!(shortcut, Shortcut::Next | Shortcut::Previous);
        (may_repeat || !press.repeat).then_some(shortcut)
    }
}

/// The letter or character in lower case. `shift` is checked apart, so that Caps Lock changes nothing.
fn letter(press: Press) -> Option<char> {
    let mut chars = press.key.chars();
    match (chars.next()?, chars.next()) {
        (sign, None) if sign.is_ascii() => Some(sign.to_ascii_lowercase()),
        (_, None) => {
            let key = press.code.strip_prefix("Key")?;
            key.chars().next().map(|sign| sign.to_ascii_lowercase())
        }
        _ => None,
    }
}

fn first(letter: Option<char>, press: Press) -> Option<Shortcut> {
    let sign = letter?;
    // Other characters depend on the layout; some need Shift.
    Some(match (sign, press.shift) {
        ('?', _) => Shortcut::Help,
        ('/', _) => Shortcut::List,
        ('*', _) => Shortcut::SelectAll,
        ('r', true) => Shortcut::Reopen,
        (_, true) => return None,
        ('j', _) => Shortcut::Next,
        ('k', _) => Shortcut::Previous,
        ('o', _) => Shortcut::Open,
        ('x', _) => Shortcut::Select,
        ('c', _) => Shortcut::Claim,
        ('u', _) => Shortcut::Unclaim,
        ('e', _) => Shortcut::Close,
        ('z', _) => Shortcut::Undo,
        ('r', _) => Shortcut::Reply,
        ('n', _) => Shortcut::Note,
        ('i', _) => Shortcut::Visitor,
        ('1'..='5', _) => {
            let place = sign.to_digit(10)?.checked_sub(1)?;
            Shortcut::Folder(Filter::ALL.get(usize::try_from(place).ok()?).copied()?)
        }
        _ => return None,
    })
}

fn second(sign: char) -> Option<Shortcut> {
    Some(match sign {
        'o' => Shortcut::Folder(Filter::Open),
        'u' => Shortcut::Folder(Filter::Unassigned),
        'm' => Shortcut::Folder(Filter::Mine),
        'c' => Shortcut::Folder(Filter::Closed),
        'a' => Shortcut::Folder(Filter::All),
        's' => Shortcut::Settings,
        _ => return None,
    })
}

/// A line of the sheet: the keys, one after the other, and what they do. `Mod` is Ctrl or ⌘.
pub type SheetLine = (&'static [&'static str], Word);

/// The sheet, in groups.
pub const SHEET: &[(Word, &[SheetLine])] = &[
    (
        Word::KeysList,
        &[
            (&["j"], Word::KeysNext),
            (&["k"], Word::KeysPrevious),
            (&["o"], Word::KeysOpen),
            (&["x"], Word::KeysSelect),
            (&["*"], Word::BulkSelectAll),
            (&["/"], Word::KeysGoToList),
        ],
    ),
    (
        Word::KeysConversation,
        &[
            (&["c"], Word::ActClaim),
            (&["u"], Word::ActUnclaim),
            (&["e"], Word::KeysEndAndClose),
            (&["Shift", "R"], Word::ActReopen),
            (&["z"], Word::KeysUndo),
            (&["i"], Word::KeysVisitor),
        ],
    ),
    (
        Word::KeysWriting,
        &[
            (&["r"], Word::DeskReply),
            (&["n"], Word::DeskNote),
            (&["Mod", "Enter"], Word::KeysSendOrNote),
            (&["Mod", "Shift", "Enter"], Word::DeskSendAndClose),
            (&["Esc"], Word::KeysLeave),
        ],
    ),
    (
        Word::KeysNavigation,
        &[
            (&["g", "o"], Word::FolderOpen),
            (&["g", "u"], Word::FolderUnassigned),
            (&["g", "m"], Word::FolderMine),
            (&["g", "c"], Word::FolderClosed),
            (&["g", "a"], Word::FolderAll),
            (&["g", "s"], Word::FrameSettings),
            (&["1", "–", "5"], Word::KeysFolders),
            (&["Esc"], Word::KeysBack),
            (&["?"], Word::KeysShow),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::say;

    fn key(key: &str) -> Press<'_> {
        Press {
            key,
            code: "",
            shift: false,
            chord: false,
            composing: false,
            repeat: false,
            at: Where::Page,
        }
    }

    fn asks(press: Press) -> Option<Shortcut> {
        Keys::default().press(press, 0, true)
    }

    #[test]
    fn a_key_asks_for_what_the_sheet_says() {
        for (_, lines) in SHEET {
            for (line, words) in *lines {
                let mut keys = Keys::default();
                let asked = match *line {
                    ["Mod", ..] | ["1", ..] => continue,
                    ["Esc"] => keys.press(key("Escape"), 0, true),
                    ["Shift", letter] => keys.press(Press { shift: true, ..key(letter) }, 0, true),
                    [one] => keys.press(key(one), 0, true),
                    [one, two] => {
                        assert_eq!(keys.press(key(one), 0, true), None);
                        keys.press(key(two), 0, true)
                    }
                    _ => None,
                };
                assert!(asked.is_some(), "{words:?}");
            }
        }
    }

    #[test]
    fn the_guide_has_the_sheet() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/agents.md");
        let guide = std::fs::read_to_string(path).unwrap();
        let (_, guide) = guide.split_once("## Shortcuts").unwrap();
        let shown: Vec<&str> = guide.lines().filter(|line| line.starts_with("| ")).collect();
        let mut sheet = Vec::new();
        for (group, lines) in SHEET {
            sheet.push(format!("| {} | |", say(*group)));
            for (keys, words) in *lines {
                let key =
                    |key: &&str| if *key == "–" { "–".to_owned() } else { format!("`{key}`") };
                let keys: Vec<String> = keys.iter().map(key).collect();
                sheet.push(format!("| {} | {} |", keys.join(" "), say(*words)));
            }
        }
        assert_eq!(shown, sheet);
    }

    #[test]
    fn folders_are_numbered_from_the_left() {
        for (number, filter) in ["1", "2", "3", "4", "5"].into_iter().zip(Filter::ALL) {
            assert_eq!(asks(key(number)), Some(Shortcut::Folder(filter)));
        }
        assert_eq!(asks(key("6")), None);
        assert_eq!(asks(key("0")), None);
    }

    #[test]
    fn who_writes_asks_for_nothing_but_out() {
        let field = |name| Press { at: Where::Field, ..key(name) };
        assert_eq!(asks(field("e")), None);
        assert_eq!(asks(field("?")), None);
        assert_eq!(asks(field("Escape")), Some(Shortcut::LeaveField));
        assert_eq!(asks(Press { composing: true, ..field("Escape") }), None);
        assert_eq!(asks(Press { at: Where::Taken, ..key("Escape") }), None);
        assert_eq!(asks(Press { at: Where::Taken, ..key("e") }), None);
    }

    #[test]
    fn who_writes_into_something_that_is_not_ours_asks_for_nothing() {
        for name in ["e", "c", "?", "Escape", "z", "1"] {
            assert_eq!(asks(Press { at: Where::Foreign, ..key(name) }), None, "{name}");
        }
        for bits in 0..16 {
            let [dialog, menu, field, nothing] = [1, 2, 4, 8].map(|bit| bits & bit != 0);
            let target = Target { foreign: true, dialog, menu, field, nothing };
            assert_eq!(Where::of(target), Where::Foreign);
            let ours = Target { foreign: false, ..target };
            assert_ne!(Where::of(ours), Where::Foreign);
            assert_eq!(Where::of(ours) == Where::Taken, dialog || menu);
        }
        assert_eq!(Where::of(Target { field: true, ..Target::default() }), Where::Field);
        assert_eq!(Where::of(Target { nothing: true, ..Target::default() }), Where::Nowhere);
        assert_eq!(Where::of(Target::default()), Where::Page);
        assert_eq!(asks(Press { at: Where::Nowhere, ..key("c") }), Some(Shortcut::Claim));
    }

    #[test]
    fn the_browsers_own_keys_stay_its_own() {
        assert_eq!(asks(Press { chord: true, ..key("c") }), None);
        assert_eq!(asks(Press { composing: true, ..key("e") }), None);
        assert_eq!(asks(key("Enter")), None);
        assert_eq!(asks(key(" ")), None);
        assert_eq!(asks(key("Tab")), None);
    }

    #[test]
    fn switched_off_single_keys_do_nothing() {
        let mut keys = Keys::default();
        assert_eq!(keys.press(key("e"), 0, false), None);
        assert_eq!(keys.press(key("?"), 0, false), None);
        assert_eq!(keys.press(key("Escape"), 0, false), Some(Shortcut::Back));
    }

    #[test]
    fn a_held_key_moves_on_and_does_not_act_again() {
        let held = |name| Press { repeat: true, ..key(name) };
        assert_eq!(asks(held("j")), Some(Shortcut::Next));
        assert_eq!(asks(held("e")), None);
        assert_eq!(asks(held("x")), None);
    }

    #[test]
    fn who_wanted_to_go_does_not_act() {
        let mut keys = Keys::default();
        assert_eq!(keys.press(key("g"), 0, true), None);
        assert_eq!(keys.press(key("e"), 100, true), None);
        assert_eq!(keys.press(key("e"), 200, true), Some(Shortcut::Close));

        // Too late for a pair.
        assert_eq!(keys.press(key("g"), 1_000, true), None);
        assert_eq!(keys.press(key("c"), 1_001 + PAIR_MS, true), Some(Shortcut::Claim));

        // A clock that was set back is no reason to go.
        assert_eq!(keys.press(key("g"), 9_000, true), None);
        assert_eq!(keys.press(key("m"), 8_000, true), None);
    }

    #[test]
    fn caps_lock_and_other_alphabets_change_nothing() {
        assert_eq!(asks(key("E")), Some(Shortcut::Close));
        assert_eq!(asks(Press { shift: true, ..key("r") }), Some(Shortcut::Reopen));
        assert_eq!(asks(Press { shift: true, ..key("E") }), None);
        assert_eq!(asks(Press { code: "KeyJ", ..key("о") }), Some(Shortcut::Next));
        assert_eq!(asks(Press { shift: true, code: "Digit7", ..key("/") }), Some(Shortcut::List));
    }
}
