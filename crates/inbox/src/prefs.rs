//! What an agent has set for this browser alone.

use porchlight_browser::storage;
use porchlight_protocol::MemberId;

/// Whether keys without Ctrl or ⌘ act. They do, until somebody whose keys come from speech or from
/// an unsteady hand switches them off (WCAG 2.1.4).
pub fn single_keys(agent: &MemberId) -> bool {
    storage::get(&slot(agent)).as_deref() != Some("off")
}

/// Switches them on or off.
pub fn set_single_keys(agent: &MemberId, on: bool) {
    if on {
        storage::remove(&slot(agent));
    } else {
        storage::set(&slot(agent), "off");
    }
}

fn slot(agent: &MemberId) -> String {
    ["porchlight:", agent.as_str(), ":keys"].concat()
}
