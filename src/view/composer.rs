//! The live chat field. Enter sends, Shift+Enter breaks the line, and what is half typed in an input
//! method is left alone.

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html;
use leptos::prelude::*;
use porchlight_protocol::limits::MESSAGE_CHARS_MAX;
use web_sys::HtmlTextAreaElement;

use super::icon::{self, icon};
use super::log::nothing_has_focus;
use crate::app::App;
use crate::text;

/// Characters left at which one is told of the limit.
const HINT_FROM: isize = 200;

/// The field and its button.
pub fn composer(app: App) -> impl IntoView {
    let field = NodeRef::<html::Textarea>::new();
    let left = RwSignal::new(MESSAGE_CHARS_MAX as isize);
    let blank = RwSignal::new(true);

    let measure = move |field: &HtmlTextAreaElement| {
        let value = field.value();
        left.set(MESSAGE_CHARS_MAX as isize - value.trim().chars().count() as isize);
        blank.set(value.trim().is_empty());
        grow(field);
    };
    // A thread is opened with what was written there before; a refused text comes back.
    Effect::new(move |_| {
        app.restored.track();
        let place = app.place.get();
        if let (Some(field), Some(place)) = (field.get(), place) {
            let draft = app.draft(&place);
            if field.value() != draft {
                field.set_value(&draft);
            }
            measure(&field);
        }
    });
    field.on_load(move |field| {
        if app.open.get_untracked() && nothing_has_focus() {
            let _ = field.focus();
        }
    });

    let on_input = move |_| {
        if let (Some(field), Some(place)) = (field.get_untracked(), app.place.get_untracked()) {
            app.keep_draft(&place, &field.value());
            measure(&field);
        }
    };
    let send = move || {
        let Some(field) = field.get_untracked() else { return };
        if left.get_untracked() < 0 {
            app.say(text::room(left.get_untracked()));
        } else if !blank.get_untracked() {
            let words = field.value();
            field.set_value("");
            measure(&field);
            app.send(words);
        }
        let _ = field.focus();
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        send();
    };
    let on_key = move |event: KeyboardEvent| {
        // 229 is what some browsers say for a key that an input method has taken.
        let composing = event.is_composing() || event.key_code() == 229;
        if event.key() == "Enter" && !event.shift_key() && !composing {
            event.prevent_default();
            send();
        }
    };
    let hint = move || {
        let refused = app.thread.with(|thread| thread.refused);
        match (left.get(), refused) {
            (left, _) if left < HINT_FROM => text::room(left),
            (_, Some(code)) => text::refused(code).to_owned(),
            _ => String::new(),
        }
    };
    let hint_class = move || {
        if left.get() < 0 { "composer__hint composer__hint--over" } else { "composer__hint" }
    };
    view! {
        <form class="composer" on:submit=on_submit>
            <div class="composer__box">
                <textarea
                    class="composer__field"
                    node_ref=field
                    rows="1"
                    aria-label=text::MESSAGE
                    placeholder=text::MESSAGE
                    aria-describedby="hint"
                    enterkeyhint="send"
                    on:input=on_input
                    on:keydown=on_key
                ></textarea>
                <button
                    class="btn btn--primary send"
                    type="submit"
                    aria-label=text::SEND
                    aria-disabled=move || if blank.get() { "true" } else { "false" }
                >
                    {icon(icon::SEND)}
                </button>
            </div>
            <p class=hint_class id="hint" hidden=move || hint().is_empty()>
                {hint}
            </p>
        </form>
    }
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
