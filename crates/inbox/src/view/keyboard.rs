//! Shortcuts: from a key that was pressed to what is done, and where the focus goes.

use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;
use porchlight_browser::time;
use porchlight_protocol::ConversationId;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};

use super::focus::{focus_now, focus_soon};
use crate::app::{App, Mode};
use crate::bulk::Deed;
use crate::draft::Field;
use crate::keys::{Keys, Press, Shortcut, Where};
use crate::listing::PageState;
use crate::route::Route;

/// Listens for as long as the inbox is there.
pub fn listen(app: App) {
    let keys = StoredValue::new(Keys::default());
    let pressed = window_event_listener(ev::keydown, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let press = Press {
            key: &event.key(),
            code: &event.code(),
            shift: event.shift_key(),
            chord: event.ctrl_key() || event.meta_key() || event.alt_key(),
            // 229 is what some browsers say for a key that an input method has taken.
            composing: event.is_composing() || event.key_code() == 229,
            repeat: event.repeat(),
            at: place(target.as_ref()),
        };
        if event.default_prevented() {
            return;
        }
        let single = app.single_keys.get_untracked();
        let asked = keys.try_update_value(|keys| keys.press(press, time::now(), single));
        if let Some(shortcut) = asked.flatten()
            && perform(app, shortcut, &event)
        {
            event.prevent_default();
        }
    });
    on_cleanup(move || pressed.remove());
}

fn place(target: Option<&Element>) -> Where {
    if document().query_selector("dialog[open]").ok().flatten().is_some() {
        return Where::Taken;
    }
    let Some(target) = target else { return Where::Page };
    if target.closest("[role=menu]").ok().flatten().is_some() {
        return Where::Taken;
    }
    let writes = match target.dyn_ref::<HtmlInputElement>() {
        Some(input) => !matches!(input.type_().as_str(), "checkbox" | "radio" | "button"),
        None => {
            let editable = target.dyn_ref::<HtmlElement>();
            matches!(target.tag_name().as_str(), "TEXTAREA" | "SELECT")
                || editable.is_some_and(HtmlElement::is_content_editable)
        }
    };
    if writes { Where::Field } else { Where::Page }
}

/// Does it. False if there is nothing to do here.
fn perform(app: App, shortcut: Shortcut, event: &KeyboardEvent) -> bool {
    let route = app.route.get_untracked();
    match shortcut {
        Shortcut::Folder(filter) => {
            app.go(Route::Inbox { filter, open: route.open().cloned() });
            return true;
        }
        Shortcut::Settings => {
            app.go(Route::Closing);
            return true;
        }
        Shortcut::Help => {
            app.show_help(true);
            return true;
        }
        Shortcut::LeaveField => return leave_field(event),
        _ if !matches!(route, Route::Inbox { .. }) => return false,
        Shortcut::Next => step(app, 1),
        Shortcut::Previous => step(app, -1),
        Shortcut::Open => match focused_row() {
            Some(id) => app.go(route.with_open(Some(id))),
            None => return false,
        },
        Shortcut::Select => match focused_row().or(route.open().cloned()) {
            Some(id) if app.listed().contains(&id) => app.select(&id, false),
            _ => return false,
        },
        Shortcut::SelectAll => app.select_all(),
        Shortcut::Claim => app.do_with(Deed::Claim, focused_row()),
        Shortcut::Unclaim => app.do_with(Deed::Unclaim, focused_row()),
        Shortcut::Close => app.do_with(Deed::Close, focused_row()),
        Shortcut::Reopen => app.do_with(Deed::Reopen, focused_row()),
        Shortcut::Undo => app.undo(),
        Shortcut::Reply => return reply(app),
        Shortcut::Note => return note(app),
        Shortcut::List => focus_now(".picks .btn, .filters:not([hidden]) [aria-current]"),
        Shortcut::Back => return back(app, &route),
    }
    true
}

/// The conversation of the list that has the focus.
fn focused_row() -> Option<ConversationId> {
    let row = document().active_element()?.closest(".row").ok().flatten()?;
    row.get_attribute("data-id")?.parse().ok()
}

/// Goes up or down the list. Where the list is not on the screen, from conversation to conversation.
fn step(app: App, by: isize) {
    let listed = app.listed();
    let here = focused_row().or_else(|| app.route.with_untracked(|route| route.open().cloned()));
    let place = here.and_then(|here| listed.iter().position(|id| *id == here));
    let next = match place {
        Some(place) => place.checked_add_signed(by),
        None => Some(0),
    };
    let Some(id) = next.and_then(|next| listed.get(next)) else {
        if by > 0 && app.page.get_untracked() == PageState::More {
            app.load_page();
        }
        return;
    };
    if is_list_shown() {
        focus_now(&[".row[data-id='", id.as_str(), "'] > .item"].concat());
    } else {
        app.go(app.route.get_untracked().with_open(Some(id.clone())));
    }
}

fn is_list_shown() -> bool {
    let list = document().query_selector(".list").ok().flatten();
    let list = list.and_then(|list| list.dyn_into::<HtmlElement>().ok());
    list.is_some_and(|list| list.offset_width() > 0)
}

/// To the field, or to what stands before it.
fn reply(app: App) -> bool {
    let mode = app.talk.with_untracked(|talk| talk.as_ref().map(|talk| talk.mode));
    let Some(mode) = mode else { return false };
    app.write_in(Field::Reply);
    let next = match mode {
        Mode::Own => "#desk .reply textarea",
        Mode::Locked => ".talk__acts button",
        Mode::Closed => ".ended button",
    };
    focus_soon(next.to_owned());
    true
}

fn note(app: App) -> bool {
    let open = app.talk.with_untracked(Option::is_some);
    if open {
        app.write_in(Field::Note);
        focus_soon(".reply--note textarea".to_owned());
    }
    open
}

fn leave_field(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let in_talk = target.and_then(|target| target.closest(".reply").ok().flatten()).is_some();
    if in_talk {
        focus_now(".log");
    }
    in_talk
}

fn back(app: App, route: &Route) -> bool {
    if app.selection.with_untracked(|selection| !selection.is_empty()) {
        app.clear_selection();
    } else if document().query_selector("#desk :focus").ok().flatten().is_some() {
        focus_now(".log");
    } else if route.open().is_some() {
        app.go(route.with_open(None));
    } else {
        return false;
    }
    true
}
