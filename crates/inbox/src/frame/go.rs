//! Navigation: the URL, the history, and the question before unsaved settings are left.

use leptos::prelude::*;
use porchlight_client::{Command, Place};
use wasm_bindgen::JsValue;

use crate::app::{App, Seen};
use crate::frame::route::Route;
use crate::sync::InboxShell;
use crate::talk::typing::Typing;

impl App {
    /// Goes to a place. With unsaved settings, asks first.
    pub fn go(self, route: Route) {
        if self.route.with_untracked(|here| *here == route) {
            return;
        }
        if self.has_unsaved() {
            self.settings.leaving.set(Some(route));
            return;
        }
        // The sheet has an entry of its own in the history, which the place takes over.
        if self.forget_sheet() {
            replace(&route);
        } else {
            push(&route);
        }
        self.show(route);
    }

    /// Follows the back or forward button, after which the URL has changed already.
    pub fn went(self) {
        let route = current();
        if self.forget_sheet() && self.route.with_untracked(|here| *here == route) {
            return;
        }
        if self.has_unsaved() {
            self.route.with_untracked(push);
            self.settings.leaving.set(Some(route));
            return;
        }
        self.show(route);
    }

    /// Leaves the settings without saving.
    pub fn leave(self) {
        self.settings.unsaved.set_value(None);
        if let Some(route) = self.settings.leaving.get_untracked() {
            self.settings.leaving.set(None);
            self.go(route);
        }
    }

    /// Stays with the unsaved settings.
    pub fn stay(self) {
        self.settings.leaving.set(None);
    }

    fn has_unsaved(self) -> bool {
        let unsaved = self.settings.unsaved.get_value();
        unsaved.is_some_and(|unsaved| unsaved.try_get_untracked() == Some(true))
    }

    fn show(self, route: Route) {
        let before = self.route.get_untracked();
        self.gate.typing.update_value(Typing::moved);
        if before.open() != route.open() {
            self.composer.taken.set(None);
            self.acts.acted.set_value(false);
            self.talk.set(None);
            self.begin_transcript();
            self.acts.trouble.set(None);
            self.acts.asked.set(None);
            self.transcript.seen.set_value(Seen::default());
            if let Some(id) = route.open() {
                self.take_up_drafts(id);
            }
        }
        if before.filter() != route.filter() {
            self.lists_anew();
        }
        self.route.set(route);
        self.arrived();
    }

    pub(crate) fn arrived(self) {
        if let Some(id) = self.open_id() {
            self.command(Command::Open(Place::At(id)));
        }
        self.look(InboxShell::show_all);
        self.read();
        self.ensure_page();
    }
}

/// The place of the current URL.
pub(crate) fn current() -> Route {
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    Route::parse(&path, &location.search().unwrap_or_default())
}

pub(crate) fn push(route: &Route) {
    if let Ok(history) = window().history() {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&route.href()));
    }
}

fn replace(route: &Route) {
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&route.href()));
    }
}
