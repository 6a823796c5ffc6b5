//! The keyboard: keys that are ignored after a field was removed, the shortcuts, and the focus after them.

use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;
use porchlight_browser::time;
use porchlight_protocol::ConversationId;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, HtmlInputElement, Node};

use crate::app::{App, Mode};
use crate::frame::gate::Gate;
use crate::frame::keys::{Keys, Press, Shortcut, Target, Where};
use crate::frame::route::Route;
use crate::list::bulk::BulkAct;
use crate::list::listing::PageState;
use crate::settings::page::Page;
use crate::talk::draft::Field;
use crate::ui::focus::{focus_now, focus_soon};

/// The roots of the inbox's elements.
const OURS: &str = ".shell, .signin";

/// The inbox's elements that can have the focus.
const FOCUSABLE: &str = "a[href], button, input, select, textarea, summary, dialog";

/// Updates the typing state, for the lifetime of the page. Registered before [`listen`], so that an ignored key
/// reaches no other listener.
pub fn guard(gate: Gate) {
    let focused = window_event_listener(ev::focusin, move |event| {
        gate.typing.update_value(|typing| typing.focused(place(&event)));
    });
    on_cleanup(move || focused.remove());
    let clicked = window_event_listener(ev::pointerdown, move |event| {
        gate.typing.update_value(|typing| typing.clicked(place(&event)));
    });
    on_cleanup(move || clicked.remove());
    let pressed = window_event_listener(ev::keydown, move |event| {
        if !is_key(&event) {
            return;
        }
        let swallow = |typing: &mut crate::talk::typing::Typing| {
            typing.swallows(&press(&event, &event.key(), &event.code()), time::now())
        };
        if gate.typing.try_update_value(swallow) == Some(true) {
            event.prevent_default();
            event.stop_immediate_propagation();
        }
    });
    on_cleanup(move || pressed.remove());
}

/// Listens for shortcuts, for the lifetime of the inbox.
pub fn listen(app: App) {
    let keys = StoredValue::new(Keys::default());
    let pressed = window_event_listener(ev::keydown, move |event| {
        if event.default_prevented() || !is_key(&event) {
            return;
        }
        let (key, code) = (event.key(), event.code());
        let press = press(&event, &key, &code);
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

fn press<'a>(event: &KeyboardEvent, key: &'a str, code: &'a str) -> Press<'a> {
    // With AltGr, some browsers report no other modifier.
    let alt_gr = event.get_modifier_state("AltGraph");
    Press {
        key,
        code,
        shift: event.shift_key(),
        chord: event.ctrl_key() || event.meta_key() || event.alt_key() || alt_gr,
        composing: is_composing(event),
        repeat: event.repeat(),
        at: place(event),
    }
}

/// True for a keyboard event. Autofill sends `keydown` events in some browsers that are none.
fn is_key(event: &Event) -> bool {
    event.is_instance_of::<KeyboardEvent>()
}

/// True if an input method handles this key. Some browsers only report it by the key code 229.
pub fn is_composing(event: &KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == 229
}

/// The target of an event, also within an open shadow root.
fn origin(event: &Event) -> Option<Element> {
    event.composed_path().get(0).dyn_into().ok()
}

/// The place of an event. An event in a closed shadow root has its host as the target and focused element,
/// which is foreign.
pub fn place(event: &Event) -> Where {
    let (origin, focus) = (origin(event), document().active_element());
    let focused = focus.as_ref().filter(|it| !is_page(it));
    // The target of a key is the focused element; a click can be on another one.
    let by_key = event.dyn_ref::<KeyboardEvent>().is_some();
    let foreign = match by_key {
        true => [origin.as_ref(), focus.as_ref()].into_iter().flatten().any(is_foreign),
        false => origin.as_ref().is_some_and(|it| it.closest(OURS).is_ok_and(|it| it.is_none())),
    };
    Where::of(Target {
        foreign,
        dialog: document().query_selector("dialog[open]").is_ok_and(|it| it.is_some()),
        menu: origin
            .as_ref()
            .is_some_and(|it| it.closest("[role=menu]").is_ok_and(|it| it.is_some())),
        field: origin.as_ref().is_some_and(takes_text),
        nothing: focused.is_none(),
    })
}

fn is_page(element: &Element) -> bool {
    matches!(element.tag_name().as_str(), "BODY" | "HTML")
}

/// True unless the element is one of the inbox's that can have the focus.
fn is_foreign(element: &Element) -> bool {
    // Before the check for the page, which can be editable as a whole.
    if element.dyn_ref::<HtmlElement>().is_some_and(HtmlElement::is_content_editable) {
        return true;
    }
    if is_page(element) {
        return false;
    }
    let is = |selector| element.matches(selector).unwrap_or(false);
    // The host of a shadow root is empty; the inbox's own focusable elements are not.
    let ours = is(FOCUSABLE)
        || is("[tabindex]:not(iframe)")
            && element.dyn_ref::<Node>().is_some_and(Node::has_child_nodes);
    !ours || element.shadow_root().is_some() || element.closest(OURS).is_ok_and(|it| it.is_none())
}

fn takes_text(element: &Element) -> bool {
    match element.dyn_ref::<HtmlInputElement>() {
        Some(input) => !matches!(input.type_().as_str(), "checkbox" | "radio" | "button"),
        None => matches!(element.tag_name().as_str(), "TEXTAREA" | "SELECT"),
    }
}

/// Runs a shortcut. False if it does nothing here.
fn perform(app: App, shortcut: Shortcut, event: &KeyboardEvent) -> bool {
    let route = app.route.get_untracked();
    match shortcut {
        Shortcut::Folder(filter) => {
            app.go(Route::Inbox { filter, open: route.open().cloned() });
            return true;
        }
        Shortcut::Settings => {
            app.go(Route::Settings(Page::FIRST));
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
        Shortcut::Claim => app.do_with(BulkAct::Claim, focused_row()),
        Shortcut::Unclaim => app.do_with(BulkAct::Unclaim, focused_row()),
        Shortcut::Close => app.do_with(BulkAct::Close, focused_row()),
        Shortcut::Reopen => app.do_with(BulkAct::Reopen, focused_row()),
        Shortcut::Undo => app.undo(),
        Shortcut::Reply => return reply(app),
        Shortcut::Note => return note(app),
        Shortcut::Visitor if app.talk.with_untracked(Option::is_none) => return false,
        Shortcut::Visitor => app.toggle_sidebar(),
        Shortcut::List => focus_now(".picks .btn, .filters:not([hidden]) [aria-current]"),
        Shortcut::Back => return back(app, &route),
    }
    true
}

/// The keys that move the focus in the list, also while single-key shortcuts are off.
pub fn in_list(app: App, event: &KeyboardEvent) {
    let chord = event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key();
    if chord || focused_row().is_none() {
        return;
    }
    match event.key().as_str() {
        "ArrowDown" => step(app, 1),
        "ArrowUp" => step(app, -1),
        "Home" => focus_now(".row:first-child > .item"),
        "End" => focus_now(".row:nth-last-child(1 of .row) > .item"),
        _ => return,
    }
    event.prevent_default();
}

/// The focused conversation of the list.
pub fn focused_row() -> Option<ConversationId> {
    let row = document().active_element()?.closest(".row").ok().flatten()?;
    row.get_attribute("data-id")?.parse().ok()
}

/// A selector of the focused element in the list.
pub fn focused_in_row() -> Option<String> {
    let row = focused_row()?;
    let box_has_it = document().active_element().is_some_and(|active| active.tag_name() == "INPUT");
    let part = if box_has_it { "'] .check" } else { "'] > .item" };
    Some([".row[data-id='", row.as_str(), part].concat())
}

/// Moves the focus up or down the list. If the list is not shown, goes to the next or previous conversation.
fn step(app: App, by: isize) {
    let listed = app.listed();
    let here = focused_row().or_else(|| app.route.with_untracked(|route| route.open().cloned()));
    let place = here.and_then(|here| listed.iter().position(|id| *id == here));
    let next = match place {
        Some(place) => place.checked_add_signed(by),
        None => Some(0),
    };
    let Some(id) = next.and_then(|next| listed.get(next)) else {
        if by > 0 {
            go_on_below(app, listed.last());
        }
        return;
    };
    if is_list_shown() {
        focus_now(&[".row[data-id='", id.as_str(), "'] > .item"].concat());
    } else {
        app.go(app.route.get_untracked().with_open(Some(id.clone())));
    }
}

/// Loads the next page at the last row, and moves the focus to its first row.
fn go_on_below(app: App, last: Option<&ConversationId>) {
    if app.list.page.get_untracked() == PageState::More {
        app.load_page();
    }
    if let (PageState::Loading, Some(last)) = (app.list.page.get_untracked(), last) {
        focus_soon([".row[data-id='", last.as_str(), "'] + .row > .item"].concat());
    }
}

fn is_list_shown() -> bool {
    let list = document().query_selector(".list").ok().flatten();
    let list = list.and_then(|list| list.dyn_into::<HtmlElement>().ok());
    list.is_some_and(|list| list.offset_width() > 0)
}

/// Moves the focus to the field, or to the button that replaces it.
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
    let in_talk = origin(event).and_then(|it| it.closest(".reply").ok().flatten()).is_some();
    if in_talk {
        focus_now(".log");
    }
    in_talk
}

fn back(app: App, route: &Route) -> bool {
    if app.list.selection.with_untracked(|selection| !selection.is_empty()) {
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
