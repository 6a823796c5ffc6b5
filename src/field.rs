//! The live chat field. What is typed stays in the browser's own field and never passes through the
//! screen: only what was typed is looked at.

use std::rc::Rc;

use leptos::prelude::ReadUntracked;
use porchlight_protocol::limits::MESSAGE_CHARS_MAX;
use wasm_bindgen::JsCast;
use web_sys::HtmlTextAreaElement;

use crate::app::App;
use crate::keep::element;
use crate::text;

/// Characters left at which one is told of the limit.
const HINT_FROM: isize = 200;

fn field() -> Option<HtmlTextAreaElement> {
    element("field").map(JsCast::unchecked_into)
}

fn room(words: &str) -> isize {
    MESSAGE_CHARS_MAX as isize - words.chars().count() as isize
}

/// The visitor has typed something.
pub fn typed(app: &Rc<App>) {
    if let (Some(field), Some(place)) = (field(), app.place()) {
        app.keep_draft(&place, &field.value());
        measure(app);
    }
}

/// Sends what stands in the field.
pub fn send(app: &Rc<App>) {
    let Some(field) = field() else { return };
    let words = field.value();
    let left = room(words.trim());
    if left < 0 {
        app.paint().say(&text::room(left));
    } else if !words.trim().is_empty() {
        field.set_value("");
        app.send(words);
        measure(app);
    }
    let _ = field.focus();
}

/// Puts into the field what was written there before, or what came back.
pub fn show_draft(app: &Rc<App>) {
    if let (Some(field), Some(place)) = (field(), app.place()) {
        field.set_value(&app.draft(&place));
    }
}

/// Brings what stands around the field up to date with what is in it.
pub fn measure(app: &Rc<App>) {
    let Some(field) = field() else { return };
    let value = field.value();
    let words = value.trim();
    if let Some(send) = element("send") {
        let disabled = if words.is_empty() { "true" } else { "false" };
        let _ = send.set_attribute("aria-disabled", disabled);
    }
    if let Some(hint) = element("hint") {
        let left = room(words);
        let refused = app.screen.read_untracked().thread.as_ref().and_then(|thread| thread.refused);
        let what = match refused {
            _ if left < HINT_FROM => text::room(left),
            Some(code) => text::refused(code).to_owned(),
            None => String::new(),
        };
        let over = if left < 0 { "composer__hint composer__hint--over" } else { "composer__hint" };
        hint.set_class_name(over);
        hint.set_hidden(what.is_empty());
        hint.set_text_content(Some(&what));
    }
    grow(&field);
}

/// The style sheet lets the field grow; where the browser can't, it is told its height.
fn grow(field: &HtmlTextAreaElement) {
    if web_sys::css::supports_with_value("field-sizing", "content").unwrap_or(false) {
        return;
    }
    let style = web_sys::HtmlElement::style(field);
    let _ = style.set_property("height", "auto");
    let _ = style.set_property("height", &[&field.scroll_height().to_string(), "px"].concat());
}
