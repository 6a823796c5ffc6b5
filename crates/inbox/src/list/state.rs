//! The state of the list.

use leptos::prelude::*;
use porchlight_client::hold::Hold;
use porchlight_client::inbox::Folders;
use porchlight_protocol::{ConversationId, Counts, Member, Sort};

use crate::app::Item;
use crate::frame::prefs;
use crate::list::bulk::Progress;
use crate::list::bulk::run::Runs;
use crate::list::density::Density;
use crate::list::listing::PageState;
use crate::list::select::Selection;

/// The list: its folder, rows and selection.
#[derive(Clone, Copy)]
pub struct ListState {
    /// The counts of the folders.
    pub counts: RwSignal<Counts>,
    /// The items of the listed folder.
    pub items: RwSignal<Vec<Item>>,
    /// The order of *Unassigned*.
    pub sort: RwSignal<Sort>,
    /// The room of the list's rows.
    pub density: RwSignal<Density>,
    /// The row that had the focus last: the roving tab stop of the list.
    pub row: RwSignal<Option<ConversationId>>,
    /// The loading state of the listed folder.
    pub page: RwSignal<PageState>,
    /// The selected conversations.
    pub selection: RwSignal<Selection>,
    /// The progress of a bulk act, while it runs.
    pub progress: RwSignal<Option<Progress>>,
    /// Why the last bulk act failed for the conversations that are still selected.
    pub problems: RwSignal<Option<String>>,
    /// The contents of the folders.
    pub(crate) folders: StoredValue<Folders>,
    /// True while a request for the counts is scheduled.
    pub(crate) counting: StoredValue<bool>,
    /// The rows of the folder before, until another one is listed: see `InboxShell::show_items`.
    pub(crate) former: StoredValue<Vec<Item>>,
    /// Whether the list's rows keep their places, because the pointer or the focus is on them.
    pub(crate) hold: StoredValue<Hold>,
    /// True while a check of `hold` is scheduled.
    pub(crate) holding: StoredValue<bool>,
    /// Bulk acts in flight.
    pub(crate) runs: StoredValue<Runs>,
}

impl ListState {
    /// The state at the start.
    pub fn begin(me: &Member) -> Self {
        Self {
            counts: RwSignal::default(),
            items: RwSignal::default(),
            sort: RwSignal::new(prefs::sort(&me.id)),
            density: RwSignal::new(prefs::density(&me.id)),
            row: RwSignal::new(None),
            page: RwSignal::new(PageState::Loading),
            selection: RwSignal::default(),
            progress: RwSignal::new(None),
            problems: RwSignal::new(None),
            folders: StoredValue::new(Folders::new(me.clone())),
            counting: StoredValue::default(),
            former: StoredValue::default(),
            hold: StoredValue::default(),
            holding: StoredValue::default(),
            runs: StoredValue::default(),
        }
    }
}
