//! The fields. Ctrl or ⌘ with Enter sends; Enter alone begins a new line.

use leptos::either::Either;
use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html;
use leptos::prelude::*;
use porchlight_protocol::ConversationId;
use web_sys::{HtmlElement, HtmlTextAreaElement};

use crate::app::{App, Fill};
use crate::frame::keyboard::is_composing;
use crate::talk::draft::Field;
use crate::ui::icon::{self, icon};
use crate::ui::menu::{Menu, popup};
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
        app.composer.restored.track();
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
    let menu = Menu::new();
    let disabled = move || (!app.composer.reply_fill.get().can_go()).then_some("true");
    let hides_unread = Memo::new(move |_| {
        app.talk.with(|talk| talk.as_ref().is_some_and(|talk| talk.hides_unread))
    });
    let can_go = move || app.composer.reply_fill.get_untracked().can_go();
    let toggle = move |_| {
        if can_go() {
            menu.toggle();
        }
    };
    let on_opener_key = move |event: KeyboardEvent| {
        if can_go() {
            menu.opener_key(&event);
        }
    };
    let choose = move |_| {
        menu.close();
        app.send(true);
    };
    let items = move || {
        view! {
            <button
                class="menu__item"
                type="button"
                role="menuitem"
                tabindex="-1"
                aria-describedby="send-and-close"
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
        }
    };
    view! {
        <div class="split" node_ref=menu.whole on:focusout=move |event| menu.focus_left(&event)>
            <button class="btn btn--primary btn--sm" type="submit" aria-disabled=disabled>
                {say(Word::DeskSend)}
            </button>
            <button
                class="btn btn--primary btn--sm split__more"
                type="button"
                aria-label=say(Word::DeskMore)
                aria-haspopup="menu"
                aria-expanded=move || menu.expanded()
                aria-disabled=disabled
                node_ref=menu.opener
                on:click=toggle
                on:keydown=on_opener_key
            >
                {icon(icon::CHEVRON)}
            </button>
            {popup(menu, Word::DeskMore, items)}
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
