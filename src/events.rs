//! The DOM's listeners: one of each type for the whole document (event delegation). `data-do` in the
//! markup says what a button does, `data-id` to which conversation or message.

use std::rc::Rc;

use leptos::prelude::window;
use porchlight_browser::js;
use porchlight_browser::scroll::Scroll;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, Event, KeyboardEvent};

use crate::app::App;
use crate::field;
use crate::keep::{find, look, to_end};

/// Adds the listeners; they are never removed.
pub fn listen(app: &Rc<App>) {
    if app.is_preview() {
        // It can be looked at and scrolled. Nothing in it leads anywhere.
        on(app, "click", |_, event| event.prevent_default());
        on(app, "submit", |_, event| event.prevent_default());
    } else {
        on(app, "click", click);
        on(app, "input", |app, _| field::typed(app));
        on(app, "keydown", key);
        on(app, "pointermove", |app, _| app.pointer_moved());
        on(app, "submit", |app, event| {
            event.prevent_default();
            field::send(app);
        });
    }
    on(app, "scroll", scroll);
    on(app, "resize", |app, _| {
        if app.at_end.get() {
            to_end(app);
        }
    });
}

fn on(app: &Rc<App>, name: &str, act: fn(&Rc<App>, &Event)) {
    let app = app.clone();
    let run = Closure::<dyn FnMut(Event)>::new(move |event: Event| act(&app, &event));
    // Captured on the way down: scrolling does not come up.
    let _ = window().add_event_listener_with_callback_and_bool(
        name,
        run.as_ref().unchecked_ref(),
        true,
    );
    run.forget();
}

fn target(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// The nearest `data-id` around an element.
fn about(element: &Element) -> String {
    let about = element.closest("[data-id]").ok().flatten();
    about.and_then(|it| it.get_attribute("data-id")).unwrap_or_default()
}

fn click(app: &Rc<App>, event: &Event) {
    let Some(button) = target(event).and_then(|it| it.closest("[data-do]").ok()?) else { return };
    let id = about(&button);
    match button.get_attribute("data-do").unwrap_or_default().as_str() {
        "close" => app.host.close(),
        "home" => app.go_home(),
        "open" => app.open_line(&id),
        // The second click of a double one would hit the line that has moved up.
        "put-away" if js::get(event, "detail").as_f64() < Some(2.0) => app.put_away_line(&id),
        "end" => {
            if let Some(place) = app.place() {
                app.put_away(&place);
            }
        }
        "undo" => app.undo(),
        "keep" => app.keep_open(),
        "new" => app.show_new(),
        "bot" => app.begin_with_bot(),
        "again" => app.start_new(),
        "reconnect" => app.reconnect(),
        "load" => app.load_again(),
        "reload" => app.reload(),
        "sound" => app.turn_sound(),
        "history" => app.open_history(),
        "jump" => app.jump(),
        "choose" => app.choose(id),
        "retry" => {
            if let Ok(client_id) = id.parse() {
                app.retry(client_id);
            }
        }
        "discard" => {
            if let Ok(client_id) = id.parse() {
                app.discard(client_id);
            }
        }
        _ => {}
    }
}

/// Keys, unless the dialog of `loader/history` is open, which handles its own. Delete and Backspace close the line of
/// Home that has the focus, Ctrl+Z takes that back. In the field, Enter sends,
/// Shift+Enter breaks the line, and what is half typed in an input method is left alone.
fn key(app: &Rc<App>, event: &Event) {
    let target = target(event);
    let event: &KeyboardEvent = event.unchecked_ref();
    // 229 is what some browsers say for a key that an input method has taken.
    if event.is_composing() || event.key_code() == 229 {
        return;
    }
    let Some(target) = target.filter(|_| find("dialog").is_none()) else { return };
    // Whoever uses the keyboard wants to see where they are.
    if let Some(log) = find(".log--quiet") {
        log.set_class_name("log");
    }
    let in_field = target.id() == "field";
    let bare = !(event.ctrl_key() || event.alt_key() || event.meta_key() || event.shift_key());
    match event.key().as_str() {
        "Escape" => app.host.close(),
        // Held down, it would close one after the other.
        "Delete" | "Backspace"
            if bare && !event.repeat() && target.closest(".row").is_ok_and(|row| row.is_some()) =>
        {
            event.prevent_default();
            app.put_away_line(&about(&target));
        }
        "z" | "Z" if (event.ctrl_key() || event.meta_key()) && !in_field => app.undo(),
        "Enter" if in_field && !event.shift_key() => {
            event.prevent_default();
            field::send(app);
        }
        _ => {}
    }
}

fn scroll(app: &Rc<App>, event: &Event) {
    let Some(log) = target(event).filter(|target| target.id() == "log") else { return };
    let now = Scroll::of(&log);
    app.scrolled(now, now.is_near_end(&log));
    look(app, log.unchecked_into());
    if now.is_near_start() {
        app.load_older();
    }
}
