//! The pages of a folder. Open conversations come with the welcome; closed ones, and those that don't fit into
//! the welcome, are requested page by page.

use std::time::Duration;

use leptos::prelude::*;
use porchlight_browser::time;
pub use porchlight_client::inbox::PageState;
use porchlight_client::inbox::{Ask, Folders, List};
use porchlight_client::{Failure, Input, Link, Machine};
use porchlight_protocol::wire::Listing;
use porchlight_protocol::{ErrorCode, Filter, Millis, Sort};
use wasm_bindgen_futures::spawn_local;

use crate::app::App;
use crate::frame::prefs;
use crate::sync::InboxShell;
use porchlight_client::hold::Hold;

/// The debounce of the request for counts that may be outdated.
const COUNT_AFTER: Duration = Duration::from_millis(500);

/// The wait before a retry of that request.
const COUNT_AGAIN_AFTER: Duration = Duration::from_secs(10);

impl App {
    pub(crate) fn filter(self) -> Filter {
        self.route.with_untracked(|route| route.filter())
    }

    /// The listed folder in its order.
    pub(crate) fn listing(self) -> List {
        let filter = self.filter();
        match (filter, self.list.sort.get_untracked()) {
            (Filter::Unassigned, Sort::Waiting) => List { filter, sort: Sort::Waiting },
            _ => filter.into(),
        }
    }

    /// Sorts *Unassigned*.
    pub fn sort_by(self, sort: Sort) {
        prefs::set_sort(&self.me().id, sort);
        self.list.sort.set(sort);
        self.lists_anew();
        self.look(InboxShell::show_list);
        self.ensure_page();
    }

    /// Resets the list for another folder.
    pub(crate) fn lists_anew(self) {
        self.list.former.set_value(self.list.items.get_untracked());
        self.list.items.set(Vec::new());
        self.list.row.set(None);
        self.list.hold.update_value(Hold::changes_folder);
        self.select_none();
    }

    /// Requests the conversations of the listed folder that are not loaded.
    pub fn ensure_page(self) {
        let list = self.listing();
        self.ask(|folders| folders.ask_needed(list));
    }

    /// Requests the next page of the listed folder.
    pub fn load_page(self) {
        let list = self.listing();
        self.ask(|folders| folders.ask(list));
    }

    /// Requests the counts, debounced, if they may be outdated.
    pub(crate) fn ensure_counts(self) {
        self.count_after(COUNT_AFTER);
    }

    fn count_after(self, after: Duration) {
        let in_doubt = self.list.folders.with_value(Folders::is_in_doubt);
        if !in_doubt || self.list.counting.get_value() {
            return;
        }
        self.list.counting.set_value(true);
        let count = move || {
            if !self.is_over() {
                self.list.counting.set_value(false);
                self.ask(Folders::ask_counts);
            }
        };
        set_timeout(count, after);
    }

    /// The pointer or the focus is on the rows: see [`Hold`].
    pub fn at_rows(self, what: impl FnOnce(&mut Hold, Millis)) {
        self.list.hold.update_value(|hold| what(hold, time::now()));
    }

    /// The pointer or the focus has left the rows: they may move.
    pub fn left_rows(self, what: impl FnOnce(&mut Hold, Millis)) {
        self.at_rows(what);
        self.look(InboxShell::show_list);
    }

    /// Checks whether held rows may move.
    pub(crate) fn look_again(self, after_ms: u64) {
        if self.list.holding.get_value() {
            return;
        }
        self.list.holding.set_value(true);
        let look = move || {
            if !self.is_over() {
                self.list.holding.set_value(false);
                self.look(InboxShell::show_list);
            }
        };
        set_timeout(look, Duration::from_millis(after_ms));
    }

    fn ask(self, which: impl FnOnce(&mut Folders) -> Option<Ask>) {
        let Some(api) = self.api() else { return };
        let Some(ask) = self.list.folders.try_update_value(which).flatten() else { return };
        spawn_local(async move {
            let listing = api.get::<Listing>(&ask.path()).await;
            if !self.is_over() {
                self.answered(&ask, listing);
            }
        });
        self.look(|_, machine| self.show_page(machine));
    }

    fn answered(self, ask: &Ask, listing: Result<Listing, Failure>) {
        if let Err(Failure::Refused(error)) = &listing
            && error.code == ErrorCode::SignInRequired
        {
            return self.gate.lost();
        }
        let answered = |folders: &mut Folders| folders.answered(ask, listing.as_ref().ok());
        let missed = self.list.folders.try_update_value(answered).unwrap_or_default();
        let failed = listing.is_err();
        if let Ok(listing) = listing {
            self.names(listing.visitors);
            self.dispatch(Input::Listed(listing.conversations));
        }
        if !missed.is_empty() {
            self.dispatch(Input::Missed(missed));
        }
        self.look(InboxShell::show_list);
        self.ensure_page();
        // While the connection is down: the next welcome has them.
        if self.link.with_untracked(|link| link.link == Link::Up) {
            self.count_after(if failed { COUNT_AGAIN_AFTER } else { COUNT_AFTER });
        }
    }

    pub(crate) fn show_page(self, machine: &Machine) {
        let state = self.list.folders.with_value(|folders| folders.state(self.listing(), machine));
        if self.list.page.get_untracked() != state {
            self.list.page.set(state);
        }
    }
}
