//! What every page of settings does for changes that are not saved: asks before they are left, and saves by key.

use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;

use crate::app::App;
use crate::frame::keyboard::{is_composing, place};
use crate::frame::keys::Where;

/// Asks before unsaved changes are left, within the inbox and by closing the tab, and calls `save` for Ctrl+S. Calls
/// `gone` when the page is left.
pub fn guard(
    app: App,
    unsaved: Memo<bool>,
    save: impl Fn() + 'static,
    gone: impl Fn() + Send + Sync + 'static,
) {
    app.settings.unsaved.set_value(Some(unsaved));
    on_cleanup(move || {
        gone();
        let _ = app.settings.unsaved.try_set_value(None);
    });
    // Only with unsaved changes: a `beforeunload` listener keeps the page out of the back/forward cache.
    Effect::new(move |_| {
        if unsaved.get() {
            let listener = window_event_listener(ev::beforeunload, |event| event.prevent_default());
            on_cleanup(move || listener.remove());
        }
    });
    let keys = window_event_listener(ev::keydown, move |event| save_by_key(&save, &event));
    on_cleanup(move || keys.remove());
}

fn save_by_key(save: &impl Fn(), event: &KeyboardEvent) {
    let at = place(event);
    if at == Where::Foreign || event.default_prevented() || is_composing(event) {
        return;
    }
    let modified = (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
    if modified && event.key().eq_ignore_ascii_case("s") {
        // Otherwise the browser would save the page as a file.
        event.prevent_default();
        // Not while a dialog is open.
        if at != Where::Taken {
            save();
        }
    }
}
