//! Where what is known of the visitor is shown: beside the conversation, or as a sheet over it.

use leptos::prelude::*;
use porchlight_protocol::MemberId;

use crate::app::App;
use crate::frame::go;
use crate::frame::prefs;

/// From this width on there is room for three columns.
const THREE_COLUMNS: &str = "(min-width: 70rem)";

/// From this width on the third column is shown until the agent hides it.
const ROOMY: &str = "(min-width: 85rem)";

/// Where the sidebar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sidebar {
    /// True if the window has room for it beside the conversation.
    has_room: bool,
    /// True if the agent wants it there.
    wanted: bool,
    /// True while it is shown as a sheet, for want of room.
    sheet: bool,
}

impl Sidebar {
    /// What this agent has chosen last, in this window.
    pub(crate) fn begin(agent: &MemberId) -> Sidebar {
        let wanted = prefs::sidebar(agent).unwrap_or_else(|| matches(ROOMY));
        Sidebar { has_room: matches(THREE_COLUMNS), wanted, sheet: false }
    }

    /// True if it is a column of its own.
    pub fn is_column(self) -> bool {
        self.has_room && self.wanted && !self.sheet
    }

    /// True if it is a sheet.
    pub fn is_sheet(self) -> bool {
        self.sheet
    }
}

impl App {
    /// Shows what is known of the visitor, or hides it.
    pub fn toggle_sidebar(self) {
        let Sidebar { has_room, wanted, sheet } = self.visitors.sidebar.get_untracked();
        if sheet {
            self.close_sheet();
        } else if has_room {
            prefs::set_sidebar(&self.me().id, !wanted);
            self.visitors.sidebar.update(|sidebar| sidebar.wanted = !wanted);
        } else {
            // An entry of its own, so that the back button of a phone closes the sheet and nothing else.
            self.route.with_untracked(go::push);
            self.visitors.sidebar.update(|sidebar| sidebar.sheet = true);
        }
    }

    /// Closes the sheet.
    pub fn close_sheet(self) {
        if self.forget_sheet()
            && let Ok(history) = window().history()
        {
            let _ = history.back();
        }
    }

    /// True, once, if the sheet was shown.
    pub(crate) fn forget_sheet(self) -> bool {
        let shown = self.visitors.sidebar.with_untracked(|sidebar| sidebar.sheet);
        if shown {
            self.visitors.sidebar.update(|sidebar| sidebar.sheet = false);
        }
        shown
    }

    /// The window has another size.
    pub fn resized(self) {
        let has_room = matches(THREE_COLUMNS);
        if self.visitors.sidebar.with_untracked(|sidebar| sidebar.has_room != has_room) {
            self.visitors.sidebar.update(|sidebar| sidebar.has_room = has_room);
        }
    }
}

fn matches(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|query| query.matches())
}
