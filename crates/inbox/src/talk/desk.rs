//! The part below the transcript: the tabs of the two fields, and the shown field, or why there is none.

use leptos::either::{Either, EitherOf3};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use porchlight_browser::{dates, time};
use porchlight_protocol::{Conversation, ConversationId};

use crate::app::{App, Fill, Mode};
use crate::list::item::Closed;
use crate::talk::composer::composer;
use crate::talk::draft::Field;
use crate::talk::kept::kept;
use crate::ui::focus::focus_soon;
use crate::ui::icon::{self, icon};
use crate::ui::parts::{ago, words};
use crate::words::{Word, say};

/// The two fields, or a replacement of the reply field. The note field is always available.
pub fn desk(app: App, id: ConversationId, mode: Memo<Mode>) -> impl IntoView {
    let panel = move || match app.composer.field.get() {
        Field::Note => Either::Left(composer(app, id.clone(), Field::Note)),
        Field::Reply => {
            let id = id.clone();
            Either::Right(move || match mode.get() {
                Mode::Own => EitherOf3::A(composer(app, id.clone(), Field::Reply)),
                Mode::Locked => EitherOf3::B(locked(app, id.clone())),
                Mode::Closed => EitherOf3::C(closed(app, id.clone())),
            })
        }
    };
    let class = move || match app.composer.field.get() {
        Field::Reply => "desk",
        Field::Note => "desk desk--note",
    };
    view! {
        <div class=class id="desk">
            {tabs(app)}
            <div
                role="tabpanel"
                id="desk-panel"
                aria-labelledby=move || tab_id(app.composer.field.get())
            >
                {panel}
            </div>
        </div>
    }
}

fn tab_id(field: Field) -> &'static str {
    match field {
        Field::Reply => "desk-reply",
        Field::Note => "desk-note",
    }
}

fn tabs(app: App) -> impl IntoView {
    // With two tabs, both arrow keys lead to the other one.
    let on_key = move |event: KeyboardEvent| {
        let to = match (event.key().as_str(), app.composer.field.get_untracked()) {
            ("Home", _) | ("ArrowLeft" | "ArrowRight", Field::Note) => Field::Reply,
            ("End", _) | ("ArrowLeft" | "ArrowRight", Field::Reply) => Field::Note,
            _ => return,
        };
        event.prevent_default();
        app.write_in(to);
        focus_soon(["#", tab_id(to)].concat());
    };
    view! {
        <div class="desk__tabs" role="tablist" aria-label=say(Word::DeskLabel) on:keydown=on_key>
            {tab(app, Field::Reply, Word::DeskReply)}
            {tab(app, Field::Note, Word::DeskNote)}
        </div>
    }
}

fn tab(app: App, field: Field, words: Word) -> impl IntoView {
    let chosen = move || app.composer.field.get() == field;
    let fill = app.fill(field);
    // Marks a draft in the field that is not shown.
    let waits = move || !chosen() && fill.get() != Fill::Empty;
    view! {
        <button
            class="desk__tab"
            type="button"
            role="tab"
            id=tab_id(field)
            aria-controls="desk-panel"
            aria-selected=move || if chosen() { "true" } else { "false" }
            tabindex=move || if chosen() { "0" } else { "-1" }
            on:click=move |_| app.write_in(field)
        >
            {(field == Field::Note).then(|| icon(icon::NOTE))}
            {say(words)}
            {move || {
                waits()
                    .then(|| {
                        view! {
                            <span class="desk__draft" title=say(Word::DeskDraft)>
                                <span class="sr">" " {say(Word::DeskDraftMark)}</span>
                            </span>
                        }
                    })
            }}
        </button>
    }
}

fn locked(app: App, id: ConversationId) -> impl IntoView {
    view! {
        <div class="composer reply reply--locked">
            {kept(app, id, Field::Reply)}
            <p class="composer__box">{icon(icon::LOCK)} {say(Word::DeskLocked)}</p>
        </div>
    }
}

fn closed(app: App, id: ConversationId) -> impl IntoView {
    let busy =
        Memo::new(move |_| app.talk.with(|talk| talk.as_ref().is_some_and(|talk| talk.busy)));
    let how = Memo::new(move |_| {
        app.talk.with(|talk| Closed::of(talk.as_ref()?.conversation.as_ref()?, &app.me()))
    });
    let erased = Memo::new(move |_| {
        app.talk.with(|talk| {
            talk.as_ref()
                .and_then(|it| it.conversation.as_ref())
                .is_some_and(Conversation::is_erased)
        })
    });
    let reopen = move || {
        view! {
            <button
                class="btn btn--sm"
                type="button"
                aria-disabled=move || busy.get().then_some("true")
                on:click=move |_| app.reopen()
            >
                {say(Word::ActReopen)}
            </button>
        }
    };
    view! {
        {kept(app, id, Field::Reply)}
        <div class="ended ended--inbox">
            <div class="ended__words">
                <p>{say(Word::DeskClosed)}</p>
                {move || how.get().map(|how| how_closed(app, how))}
            </div>
            {move || (!erased.get()).then(reopen)}
        </div>
    }
}

fn how_closed(app: App, Closed { by, at, dismissed }: Closed) -> impl IntoView {
    let when = move || ago(at, app.now.get().max(time::now()));
    view! {
        <p class="ended__how">
            <span prop:textContent=by></span> " · "
            <time datetime=dates::datetime(at) prop:textContent=when></time>
            {words(match dismissed {
                true => [" · ", &say(Word::HistoryIsDismissed)].concat(),
                false => String::new(),
            })}
        </p>
    }
}
