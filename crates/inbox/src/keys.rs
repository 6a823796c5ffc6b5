//! What a key means, and the sheet that tells it. The keys are those that mail and ticket programs
//! have taught people.

use porchlight_protocol::{Filter, Millis};

/// Milliseconds within which the second key of a pair follows the first.
const PAIR_MS: Millis = 1_500;

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortcut {
    /// The next conversation of the list.
    Next,
    /// The one before.
    Previous,
    /// Open the one that the focus is on.
    Open,
    /// Select it, or take it out.
    Select,
    /// Select all that is listed.
    SelectAll,
    /// Claim.
    Claim,
    /// Give back.
    Unclaim,
    /// End chat and close.
    Close,
    /// Open a closed one again.
    Reopen,
    /// Undo the last closing.
    Undo,
    /// Write to the visitor.
    Reply,
    /// Write to the other agents.
    Note,
    /// The list.
    List,
    /// A folder.
    Folder(Filter),
    /// The settings.
    Settings,
    /// This sheet.
    Help,
    /// Out of the field.
    LeaveField,
    /// One step back: no selection, then no conversation.
    Back,
}

/// Where the focus is when a key is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// Where one writes.
    Field,
    /// In something that has keys of its own: a menu, a dialog.
    Taken,
    /// In something that is not the inbox's, such as what an extension has put into the page.
    Foreign,
    /// On anything else of the inbox's.
    Page,
    /// On nothing.
    Nowhere,
}

/// What is known of where a key, the focus or a click went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Target {
    /// It is not the inbox's, or the focus is on something that is not.
    pub foreign: bool,
    /// A dialog is open.
    pub dialog: bool,
    /// It is in a menu.
    pub menu: bool,
    /// It takes text.
    pub field: bool,
    /// It is the page itself: nothing has the focus.
    pub nothing: bool,
}

impl Where {
    /// Where that is. Whatever is not known for certain to be ours is not: its letters are letters.
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

/// A key that was pressed.
#[derive(Debug, Clone, Copy)]
pub struct Press<'a> {
    /// What it writes: `j`, `?`, `Escape`.
    pub key: &'a str,
    /// Which key of the keyboard it is: `KeyJ`. For layouts that write no Latin letters.
    pub code: &'a str,
    /// With Shift.
    pub shift: bool,
    /// With Ctrl, Alt, AltGr or ⌘: those belong to the browser, or write other signs.
    pub chord: bool,
    /// An input method is composing.
    pub composing: bool,
    /// The key is held.
    pub repeat: bool,
    /// Where the focus is.
    pub at: Where,
}

/// The keyboard, as far as one key depends on the one before.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keys {
    go_since: Option<Millis>,
}

impl Keys {
    /// What the key asks for, if anything. `single` says that keys without Ctrl or ⌘ may ask for
    /// something; Escape always does.
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
            // Whatever it is, it does not act: somebody who wanted to go must not close.
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

/// The letter or sign, small: Shift is asked for apart, so that Caps Lock changes nothing.
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
    // Signs stand on other keys in other countries, some with Shift.
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

/// One line of the sheet: the keys, one after the other, and what they do. `Mod` stands for Ctrl or
/// ⌘.
pub type SheetLine = (&'static [&'static str], &'static str);

/// The sheet, in groups.
pub const SHEET: &[(&str, &[SheetLine])] = &[
    (
        "List",
        &[
            (&["j"], "Next conversation"),
            (&["k"], "Previous conversation"),
            (&["o"], "Open conversation"),
            (&["x"], "Select conversation"),
            (&["*"], "Select all"),
            (&["/"], "Go to the list"),
        ],
    ),
    (
        "Conversation, or all selected",
        &[
            (&["c"], "Claim"),
            (&["u"], "Unclaim"),
            (&["e"], "End chat and close"),
            (&["Shift", "R"], "Re-open"),
            (&["z"], "Undo closing"),
        ],
    ),
    (
        "Writing",
        &[
            (&["r"], "Reply"),
            (&["n"], "Internal note"),
            (&["Mod", "Enter"], "Send, or add the note"),
            (&["Mod", "Shift", "Enter"], "Send and close"),
            (&["Esc"], "Leave the field"),
        ],
    ),
    (
        "Navigation",
        &[
            (&["g", "o"], "Open"),
            (&["g", "u"], "Unassigned"),
            (&["g", "m"], "Mine"),
            (&["g", "c"], "Closed"),
            (&["g", "a"], "All"),
            (&["g", "s"], "Settings"),
            (&["1", "–", "5"], "Folders, from left to right"),
            (&["Esc"], "Go back"),
            (&["?"], "Show these shortcuts"),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

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
                assert!(asked.is_some(), "{words}");
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
            sheet.push(format!("| {group} | |"));
            for (keys, words) in *lines {
                let key =
                    |key: &&str| if *key == "–" { "–".to_owned() } else { format!("`{key}`") };
                let keys: Vec<String> = keys.iter().map(key).collect();
                sheet.push(format!("| {} | {words} |", keys.join(" ")));
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
