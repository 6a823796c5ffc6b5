//! Focus management: after navigation, the focus is at the agent's destination.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::frame::route::Route;

/// Frames to wait for the element to focus: a conversation may have to be loaded first.
const FRAMES_MAX: u32 = 120;

/// Moves the focus to the first element that matches, if there is one.
pub fn focus_now(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Moves the focus to the first element that matches, as soon as there is one, unless the agent has moved the
/// focus by then.
pub fn focus_soon(selector: String) {
    let had_focus = document().active_element();
    try_focus(selector, had_focus, FRAMES_MAX);
}

fn try_focus(selector: String, had_focus: Option<Element>, frames_left: u32) {
    request_animation_frame(move || {
        let gone = had_focus.as_ref().is_some_and(|had| !had.is_connected());
        if !gone && document().active_element() != had_focus {
            return;
        }
        let found = document().query_selector(&selector).ok().flatten();
        match found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
            Some(element) => {
                let _ = element.focus();
            }
            None if frames_left > 0 => try_focus(selector, had_focus, frames_left - 1),
            None => {}
        }
    });
}

/// True if the focus is in an element that matches, and not in a text field.
pub fn rests_in(selector: &str) -> bool {
    let within = |it: &Element| it.closest(selector).is_ok_and(|it| it.is_some());
    let writes = |it: &Element| it.matches("input, textarea, select").unwrap_or(false);
    document().active_element().is_some_and(|active| within(&active) && !writes(&active))
}

/// True if nothing has the focus, such as after its element was removed.
pub fn nothing_has_focus() -> bool {
    document().active_element().is_none_or(|active| active.tag_name() == "BODY")
}

/// The element to focus when the inbox replaces another screen, such as the sign-in.
pub fn on_arrival(route: &Route) -> String {
    match route {
        Route::Inbox { open: Some(_), .. } => "#talk",
        Route::Inbox { open: None, .. } => "#list-title",
        Route::Settings(_) | Route::Nowhere => "#main",
    }
    .to_owned()
}

/// The element to focus after going from one place to another, if any.
pub fn after_move(from: &Route, to: &Route) -> Option<String> {
    match (from, to) {
        (from, to) if from.open() == to.open() && is_inbox(from) && is_inbox(to) => None,
        (_, Route::Inbox { open: Some(_), .. }) => Some("#talk".to_owned()),
        (from, Route::Inbox { open: None, .. }) => Some(match from.open() {
            Some(id) => [".item[href*='", id.as_str(), "'], #list-title"].concat(),
            None => "#main".to_owned(),
        }),
        (_, Route::Settings(_) | Route::Nowhere) => Some("#main".to_owned()),
    }
}

fn is_inbox(route: &Route) -> bool {
    matches!(route, Route::Inbox { .. })
}
