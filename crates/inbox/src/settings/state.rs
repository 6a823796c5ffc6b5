//! The state of the settings.

use leptos::prelude::*;
use porchlight_protocol::team::Person;
use web_sys::Blob;

use crate::frame::route::Route;

/// The settings, and what changes them from elsewhere.
#[derive(Clone, Copy)]
pub struct SettingsState {
    /// The place to go to after the agent has confirmed to leave unsaved settings.
    pub leaving: RwSignal<Option<Route>>,
    /// A counter of possible changes to the site's plan or settings.
    pub site_changes: RwSignal<u32>,
    /// A counter of flows that were switched on again elsewhere than on their page.
    pub flows_changed: RwSignal<u32>,
    /// The person of the team whom a change, or its undo, has concerned last.
    pub changed_person: RwSignal<Option<Person>>,
    /// True if the shown settings have unsaved changes.
    pub unsaved: StoredValue<Option<Memo<bool>>>,
    /// The agent's picture that was removed last, for the undo.
    pub(crate) removed_picture: StoredValue<Option<Blob>, LocalStorage>,
}

impl SettingsState {
    /// The state at the start.
    pub fn new() -> Self {
        Self {
            leaving: RwSignal::new(None),
            site_changes: RwSignal::new(0),
            flows_changed: RwSignal::new(0),
            changed_person: RwSignal::new(None),
            unsaved: StoredValue::new(None),
            removed_picture: StoredValue::new_local(None),
        }
    }
}
