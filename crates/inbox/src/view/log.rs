//! The transcript, and its scroll position while it grows.

use leptos::either::Either;
use leptos::html;
use leptos::prelude::*;
use porchlight_browser::scroll::Scroll;
use porchlight_client::Link;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::ResizeObserver;

use super::frame::connection;
use super::icon::{self, icon};
use super::message::line;
use super::parts::words_of;
use crate::app::App;
use crate::lines::LineKey;
use crate::words::{Word, say};

/// Pixels from the end within which the transcript counts as scrolled to the end.
const END_PX: i32 = 48;

/// Pixels from the start at which older events are loaded.
const OLDER_PX: i32 = 400;

/// The scrolling part of a conversation.
pub fn log(app: App) -> impl IntoView {
    let scroller = NodeRef::<html::Div>::new();
    let stood = StoredValue::new(Scroll::default());
    keep_place(app, scroller, stood);
    let has_older =
        Memo::new(move |_| app.talk.with(|talk| talk.as_ref().is_some_and(|talk| talk.has_older)));
    let older_failed = Memo::new(move |_| {
        app.talk.with(|talk| talk.as_ref().is_some_and(|talk| talk.older_failed))
    });
    let on_scroll = move |_| {
        let Some(log) = scroller.get_untracked() else { return };
        let now = Scroll::of(&log);
        let near_end = log.scroll_height() - now.top - now.height <= END_PX;
        let at_end = now.keeps_end(stood.get_value(), app.at_end.get_untracked(), near_end);
        stood.set_value(now);
        app.scrolled(near_end, at_end);
        if log.scroll_top() < OLDER_PX && has_older.get_untracked() {
            app.load_older();
        }
    };
    let jump = move |_| {
        to_end(scroller, stood);
        app.scrolled(true, true);
        if let Some(log) = scroller.get_untracked() {
            let _ = log.focus();
        }
    };
    view! {
        <div class="thread__main">
            {connection(app)}
            <div
                class="log"
                role="log"
                aria-label=say(Word::TalkMessages)
                tabindex="0"
                node_ref=scroller
                on:scroll=on_scroll
            >
                {move || has_older.get().then(|| older(app, older_failed.get()))}
                <For each=move || app.lines.get() key=|entry| entry.key let(entry)>
                    {line(app, entry)}
                </For>
            </div>
            {move || {
                app.below
                    .get()
                    .then(|| {
                        view! {
                            <button class="btn jump" type="button" on:click=jump>
                                {icon(icon::DOWN)}
                                {say(Word::TalkNewMessages)}
                            </button>
                        }
                    })
            }}
        </div>
    }
}

fn older(app: App, failed: bool) -> impl IntoView {
    if failed {
        return Either::Left(view! {
            <p class="older">
                {say(Word::TalkOlderFailed)} " "
                <button class="link" type="button" on:click=move |_| app.load_older()>
                    {say(Word::TalkTryAgain)}
                </button>
            </p>
        });
    }
    let waits = Memo::new(move |_| app.link.with(|link| link.link == Link::Down));
    let words = move || match waits.get() {
        true => Word::TalkOlderWaits,
        false => Word::TalkOlder,
    };
    Either::Right(view! {
        <p class="older">
            {move || (!waits.get()).then(|| view! { <span class="spin" aria-hidden="true"></span> })}
            {words_of(move || say(words()))}
        </p>
    })
}

/// The scroll state at the last layout.
#[derive(Clone, Copy, Default)]
struct Laid {
    first: Option<LineKey>,
    height: i32,
}

/// Keeps the scroll position: at the end, or at the lines in view when older ones are inserted.
fn keep_place(app: App, scroller: NodeRef<html::Div>, stood: StoredValue<Scroll>) {
    let laid = StoredValue::new(Laid::default());
    // The parts below may grow: the field, an ARIA alert, the on-screen keyboard.
    let resized = Closure::<dyn FnMut()>::new(move || {
        if app.at_end.try_get_untracked() == Some(true) {
            to_end(scroller, stood);
        }
    });
    if let Ok(observer) = ResizeObserver::new(resized.as_ref().unchecked_ref()) {
        let observed = observer.clone();
        scroller.on_load(move |log| observed.observe(&log));
        let kept = StoredValue::new_local(Some((observer, resized)));
        on_cleanup(move || {
            if let Some((observer, _)) = kept.try_update_value(Option::take).flatten() {
                observer.disconnect();
            }
        });
    }
    Effect::new(move |_| {
        let first = app.lines.with(|lines| {
            for line in lines {
                // A failed message gets a line of buttons.
                line.view.track();
            }
            lines.iter().map(|line| line.key).find(|key| matches!(key, LineKey::Row(_)))
        });
        app.trouble.track();
        app.talk.with(|_| ());
        request_animation_frame(move || {
            let Some(log) = scroller.try_get_untracked().flatten() else { return };
            let Some(before) = laid.try_get_value() else { return };
            if app.at_end.get_untracked() {
                to_end(scroller, stood);
            } else if before.first != first && before.first.is_some() {
                log.set_scroll_top(log.scroll_top() + log.scroll_height() - before.height);
            }
            let _ = laid.try_set_value(Laid { first, height: log.scroll_height() });
            let has_older =
                app.talk.with_untracked(|talk| talk.as_ref().is_some_and(|talk| talk.has_older));
            if has_older && log.scroll_height() <= log.client_height() {
                app.load_older();
            }
        });
    });
}

/// Scrolls to the end, and notes that: the browser tells of it late, perhaps once for this and for an agent's way up
/// from there, which has to be seen as such.
fn to_end(scroller: NodeRef<html::Div>, stood: StoredValue<Scroll>) {
    if let Some(log) = scroller.try_get_untracked().flatten() {
        log.set_scroll_top(log.scroll_height());
        let _ = stood.try_set_value(Scroll::of(&log));
    }
}
