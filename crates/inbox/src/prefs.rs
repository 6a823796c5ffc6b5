//! What an agent has set for this browser alone.

use porchlight_browser::storage;
use porchlight_protocol::{MemberId, Sort};

/// Whether keys without Ctrl or ⌘ act. They do, until somebody whose keys come from speech or from
/// an unsteady hand switches them off (WCAG 2.1.4).
pub fn single_keys(agent: &MemberId) -> bool {
    storage::get(&slot(agent, KEYS)).as_deref() != Some("off")
}

/// Switches them on or off.
pub fn set_single_keys(agent: &MemberId, on: bool) {
    keep(agent, KEYS, (!on).then_some("off"));
}

/// The order of *Unassigned*.
pub fn sort(agent: &MemberId) -> Sort {
    storage::get(&slot(agent, SORT)).and_then(|name| name.parse().ok()).unwrap_or_default()
}

/// Keeps the order of *Unassigned*.
pub fn set_sort(agent: &MemberId, sort: Sort) {
    keep(agent, SORT, (sort != Sort::default()).then_some(sort.as_str()));
}

/// The switches of the panel *Alerts*.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bells {
    /// Notify of new conversations.
    pub new: bool,
    /// Notify of messages in the agent's own conversations.
    pub mine: bool,
    /// Play the sound.
    pub sound: bool,
    /// Show desktop notifications: off until the agent allows them.
    pub desktop: bool,
}

impl Default for Bells {
    fn default() -> Self {
        Bells { new: true, mine: true, sound: true, desktop: false }
    }
}

const NAMES: [&str; 4] = ["new", "mine", "sound", "desktop"];

impl Bells {
    fn flags(self) -> [bool; 4] {
        [self.new, self.mine, self.sound, self.desktop]
    }

    /// The names of the switches that are on.
    fn text(self) -> String {
        let on = NAMES.iter().zip(self.flags()).filter(|(_, on)| *on);
        on.map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
    }

    fn parse(text: &str) -> Bells {
        let [new, mine, sound, desktop] =
            NAMES.map(|name| text.split(' ').any(|word| word == name));
        Bells { new, mine, sound, desktop }
    }
}

/// The stored switches, or the default.
pub fn bells(agent: &MemberId) -> Bells {
    storage::get(&bells_slot(agent)).map_or(Bells::default(), |text| Bells::parse(&text))
}

/// Stores the switches.
pub fn set_bells(agent: &MemberId, bells: Bells) {
    let text = bells.text();
    keep(agent, BELLS, (bells != Bells::default()).then_some(text.as_str()));
}

/// The storage key of the switches.
pub fn bells_slot(agent: &MemberId) -> String {
    slot(agent, BELLS)
}

const BELLS: &str = "bells";
const KEYS: &str = "keys";
const SORT: &str = "sort";

/// Stores a value, or removes the default.
fn keep(agent: &MemberId, what: &str, value: Option<&str>) {
    match value {
        Some(value) => storage::set(&slot(agent, what), value),
        None => storage::remove(&slot(agent, what)),
    }
}

fn slot(agent: &MemberId, what: &str) -> String {
    ["porchlight:", agent.as_str(), ":", what].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bell_is_switched_by_itself() {
        for bits in 0..16 {
            let on = |bit: u8| bits & bit > 0;
            let bells = Bells { new: on(1), mine: on(2), sound: on(4), desktop: on(8) };
            assert_eq!(Bells::parse(&bells.text()), bells);
        }
        assert_eq!(Bells::parse("of a newer inbox").flags(), [false; 4]);
    }
}
