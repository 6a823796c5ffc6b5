//! The live chat field: an uncontrolled `<textarea>`. Its text is read from the DOM and is not part of the
//! view model.

use std::rc::Rc;

use porchlight_client::{Command, Place};
use porchlight_protocol::limits::MESSAGE_CHARS_MAX;
use porchlight_protocol::text::is_blank;
use wasm_bindgen::JsCast;
use web_sys::HtmlTextAreaElement;

use crate::app::App;
use crate::keep::{element, to_end};
use crate::words::say;
use crate::{kept, text};

/// Characters left at which the hint shows the limit.
const HINT_FROM: isize = 200;

fn field() -> Option<HtmlTextAreaElement> {
    element("field").map(JsCast::unchecked_into)
}

fn room(words: &str) -> isize {
    MESSAGE_CHARS_MAX as isize - words.chars().count() as isize
}

/// True if a message may have this text.
fn can_send(words: &str) -> bool {
    !is_blank(words) && room(words.trim()) >= 0
}

/// Handles `input`.
pub fn typed(app: &Rc<App>) {
    if let (Some(field), Some(place)) = (field(), app.place()) {
        app.typed();
        app.keep_draft(&place, &field.value());
        measure(app);
        if let Place::At(id) = place
            && !is_blank(&field.value())
        {
            app.command(Command::Type(id));
        }
    }
}

/// Sends the text in the field.
pub fn send(app: &Rc<App>) {
    let Some(field) = field() else { return };
    let words = field.value();
    let left = room(words.trim());
    if left < 0 {
        app.paint().say(&text::room(left));
    } else if can_send(&words) {
        field.set_value("");
        app.send(words);
        measure(app);
    }
    let _ = field.focus();
}

/// Puts the thread's draft into the field.
pub fn show_draft(app: &Rc<App>) {
    if let (Some(field), Some(place)) = (field(), app.place()) {
        field.set_value(&app.draft(&place));
    }
}

/// Takes over a draft that another tab has changed from `before` to `now`; returns the field's text.
pub fn follow(app: &Rc<App>, before: &str, now: &str, typing: bool) -> Option<String> {
    let field = field()?;
    let value = field.value();
    let Some(now) = kept::follow(&value, before, now, typing) else { return Some(value) };
    field.set_value(now);
    measure(app);
    Some(now.to_owned())
}

/// Updates the Send button, the hint and the field's height.
pub fn measure(app: &Rc<App>) {
    let Some(field) = field() else { return };
    let value = field.value();
    let words = value.trim();
    let left = room(words);
    let is = |yes: bool| if yes { "true" } else { "false" };
    let _ = field.set_attribute("aria-invalid", is(left < 0));
    if let Some(send) = element("send") {
        let _ = send.set_attribute("aria-disabled", is(!can_send(words)));
    }
    if let Some(hint) = element("hint") {
        let refused = app.screen.borrow().thread.as_ref().and_then(|thread| thread.refused);
        let what = match refused {
            _ if left < HINT_FROM => text::room(left),
            Some(code) => say(text::refused(code)),
            None => String::new(),
        };
        let over = if left < 0 { "composer__hint composer__hint--over" } else { "composer__hint" };
        hint.set_class_name(over);
        hint.set_hidden(what.is_empty());
        hint.set_text_content(Some(&what));
    }
    grow(&field);
    // What the field has taken, the log has lost.
    if app.at_end.get() {
        to_end(app);
    }
}

/// Sets the field's height where the browser lacks `field-sizing`.
fn grow(field: &HtmlTextAreaElement) {
    if web_sys::css::supports_with_value("field-sizing", "content").unwrap_or(false) {
        return;
    }
    let style = web_sys::HtmlElement::style(field);
    let _ = style.set_property("height", "auto");
    let _ = style.set_property("height", &[&field.scroll_height().to_string(), "px"].concat());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_could_see_is_nothing_to_send() {
        for blank in ["", " \n", "\u{200b}", "\u{feff}", "\u{2800}", " \u{200b}\u{2060}\n"] {
            assert!(!can_send(blank), "{blank:?}");
        }
        assert!(can_send("\u{200b}a"));
        assert!(can_send(&[" ", &"a".repeat(MESSAGE_CHARS_MAX), "\n"].concat()));
        assert!(!can_send(&"a".repeat(MESSAGE_CHARS_MAX + 1)));
    }
}
