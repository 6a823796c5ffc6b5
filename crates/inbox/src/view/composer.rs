//! The fields. Ctrl or ⌘ with Enter sends; Enter alone begins a new line.

use leptos::either::Either;
use leptos::ev::{FocusEvent, KeyboardEvent, SubmitEvent};
use leptos::html;
use leptos::prelude::*;
use porchlight_protocol::ConversationId;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlTextAreaElement, Node};

use super::icon::{self, icon};
use super::keyboard::is_composing;
use crate::app::{App, Fill};
use crate::draft::Field;
use crate::words::{Count, Word, count, say};

/// The texts of a field.
struct Texts {
    class: &'static str,
    label: Word,
    placeholder: Word,
    tip: Word,
}

impl Texts {
    fn of(kind: Field) -> Texts {
        match kind {
            Field::Reply => Texts {
                class: "composer reply",
                label: Word::DeskMessage,
                placeholder: Word::DeskPlaceholder,
                tip: Word::DeskSends,
            },
            Field::Note => Texts {
                class: "composer reply reply--note",
                label: Word::DeskNote,
                placeholder: Word::DeskNotePlaceholder,
                tip: Word::DeskAddsNote,
            },
        }
    }
}

/// The reply field or the note field. Each is an element of its own, so that a note never gets into the reply.
pub fn composer(app: App, id: ConversationId, kind: Field) -> impl IntoView {
    let field = NodeRef::<html::Textarea>::new();
    let kept = id.clone();
    // Shows the draft, also after a refused text was restored.
    Effect::new(move |_| {
        app.restored.track();
        if let Some(field) = field.get() {
            let draft = app.draft(&kept, kind);
            if field.value() != draft {
                field.set_value(&draft);
            }
            grow(&field);
        }
    });
    let on_input = move |_| {
        if let Some(field) = field.get_untracked() {
            app.keep_draft(&id, kind, &field.value());
            grow(&field);
        }
    };
    let send = move || {
        match kind {
            Field::Reply => app.send(false),
            Field::Note => app.add_note(),
        }
        if let Some(field) = field.get_untracked() {
            let _ = field.focus();
        }
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        send();
    };
    let on_key = move |event: KeyboardEvent| {
        let sends = event.key() == "Enter" && (event.ctrl_key() || event.meta_key());
        if !sends || is_composing(&event) || event.repeat() {
            return;
        }
        event.prevent_default();
        match (kind, event.shift_key()) {
            (Field::Reply, true) => app.send(true),
            // A note closes nothing.
            (Field::Note, true) => {}
            (_, false) => send(),
        }
    };
    let fill = app.fill(kind);
    let texts = Texts::of(kind);
    view! {
        <form class=texts.class on:submit=on_submit>
            <div class="composer__box">
                <textarea
                    class="composer__field"
                    node_ref=field
                    rows="2"
                    dir="auto"
                    aria-label=say(texts.label)
                    aria-describedby="hint"
                    placeholder=say(texts.placeholder)
                    on:input=on_input
                    on:keydown=on_key
                ></textarea>
                <p class="reply__tip">
                    <kbd class="kbd">{command_key()}</kbd> " " <kbd class="kbd">{say(Word::KeysEnter)}</kbd> " "
                    {say(texts.tip)}
                </p>
                {match kind {
                    Field::Reply => Either::Left(split(app)),
                    Field::Note => Either::Right(add(fill)),
                }}
            </div>
            <p
                class=move || hint_class(fill.get())
                id="hint"
                prop:textContent=move || hint(fill.get()).unwrap_or_default()
            ></p>
        </form>
    }
}

fn add(fill: RwSignal<Fill>) -> impl IntoView {
    let disabled = move || (!fill.get().can_go()).then_some("true");
    view! {
        <button class="btn btn--note btn--sm" type="submit" aria-disabled=disabled>
            {icon(icon::NOTE)}
            {say(Word::DeskAddNote)}
        </button>
    }
}

fn hint_class(fill: Fill) -> &'static str {
    match fill {
        Fill::Over(_) => "composer__hint composer__hint--over",
        _ => "composer__hint",
    }
}

fn hint(fill: Fill) -> Option<String> {
    match fill {
        Fill::Empty | Fill::Fits => None,
        Fill::Left(left) => Some(count(Count::DeskLeft, left)),
        Fill::Over(over) => Some(count(Count::DeskOver, over)),
    }
}

/// The modifier key of shortcuts: `Ctrl` or `⌘`.
pub fn command_key() -> String {
    let platform = window().navigator().platform().unwrap_or_default();
    let apple = platform.starts_with("Mac") || platform.starts_with("iP");
    if apple { "⌘".to_owned() } else { say(Word::KeysCtrl) }
}

/// The button *Send*, and the menu beside it.
fn split(app: App) -> impl IntoView {
    let menu = RwSignal::new(false);
    let opener = NodeRef::<html::Button>::new();
    let whole = NodeRef::<html::Div>::new();
    let disabled = move || (!app.reply_fill.get().can_go()).then_some("true");
    let hides_unread = Memo::new(move |_| {
        app.talk.with(|talk| talk.as_ref().is_some_and(|talk| talk.hides_unread))
    });
    let toggle = move |_| {
        if app.reply_fill.get_untracked().can_go() {
            menu.update(|open| *open = !*open);
        }
    };
    let close = move || {
        menu.set(false);
        if let Some(opener) = opener.get_untracked() {
            let _ = opener.focus();
        }
    };
    let on_opener_key = move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "ArrowUp" | "ArrowDown")
            && app.reply_fill.get_untracked().can_go()
        {
            event.prevent_default();
            menu.set(true);
        }
    };
    let on_menu_key = move |event: KeyboardEvent| match event.key().as_str() {
        "Escape" => {
            event.prevent_default();
            close();
        }
        // The menu has one item, which keeps the focus.
        "ArrowUp" | "ArrowDown" | "Home" | "End" => event.prevent_default(),
        _ => {}
    };
    let on_focus_out = move |event: FocusEvent| {
        let to = event.related_target().and_then(|to| to.dyn_into::<Node>().ok());
        // The last event comes after the field was removed.
        let whole = whole.try_get_untracked().flatten();
        if !whole.is_some_and(|whole| whole.contains(to.as_ref())) {
            let _ = menu.try_set(false);
        }
    };
    let choose = move |_| {
        close();
        app.send(true);
    };
    view! {
        <div class="split" node_ref=whole on:focusout=on_focus_out>
            <button class="btn btn--primary btn--sm" type="submit" aria-disabled=disabled>
                {say(Word::DeskSend)}
            </button>
            <button
                class="btn btn--primary btn--sm split__more"
                type="button"
                aria-label=say(Word::DeskMore)
                aria-haspopup="menu"
                aria-expanded=move || if menu.get() { "true" } else { "false" }
                aria-disabled=disabled
                node_ref=opener
                on:click=toggle
                on:keydown=on_opener_key
            >
                {icon(icon::CHEVRON)}
            </button>
            {move || {
                menu.get()
                    .then(|| {
                        let item = NodeRef::<html::Button>::new();
                        item.on_load(|item| {
                            request_animation_frame(move || {
                                let _ = item.focus();
                            });
                        });
                        view! {
                            <div
                                class="menu"
                                role="menu"
                                aria-label=say(Word::DeskMore)
                                on:keydown=on_menu_key
                            >
                                <button
                                    class="menu__item"
                                    type="button"
                                    role="menuitem"
                                    tabindex="-1"
                                    aria-describedby="send-and-close"
                                    node_ref=item
                                    on:click=choose
                                >
                                    {icon(icon::ARCHIVE)}
                                    {say(Word::DeskSendAndClose)}
                                </button>
                                {hides_unread
                                    .get()
                                    .then(|| {
                                        view! {
                                            <p class="menu__hint" id="send-and-close">
                                                {say(Word::DeskSendsUnread)}
                                            </p>
                                        }
                                    })}
                            </div>
                        }
                    })
            }}
        </div>
    }
}

/// Sets the field's height in browsers without `field-sizing`.
fn grow(field: &HtmlTextAreaElement) {
    if web_sys::css::supports_with_value("field-sizing", "content").unwrap_or(false) {
        return;
    }
    let style = HtmlElement::style(field);
    let _ = style.set_property("height", "auto");
    let _ = style.set_property("height", &[&field.scroll_height().to_string(), "px"].concat());
}
