//! The transcript.

use leptos::either::Either;
use leptos::html;
use leptos::prelude::*;
use porchlight_client::Link;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::ResizeObserver;

use crate::app::App;
use crate::frame::view::connection;
use crate::talk::keep;
use crate::talk::message::line;
use crate::ui::icon::{self, icon};
use crate::ui::parts::words_of;
use crate::words::{Word, say};

/// The scrolling part of a conversation. A window on its lines is in the document, between two spacers.
pub fn log(app: App) -> impl IntoView {
    let (scroller, content) = (NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new());
    keep::begin(app);
    observe(app, [scroller, content]);
    let has_older =
        Memo::new(move |_| app.talk.with(|talk| talk.as_ref().is_some_and(|talk| talk.has_older)));
    let older_failed = Memo::new(move |_| {
        app.talk.with(|talk| talk.as_ref().is_some_and(|talk| talk.older_failed))
    });
    let jump = move |_| {
        app.jump();
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
                aria-live=move || (!app.transcript.live.get()).then_some("off")
                tabindex="0"
                node_ref=scroller
                on:scroll=move |_| keep::scrolled(app)
            >
                <div node_ref=content>
                    {move || has_older.get().then(|| older(app, older_failed.get()))}
                    <div id=keep::SPACER style:height=move || px(app.transcript.spacers_px.get().0)></div>
                    <For each=move || app.transcript.lines.get() key=|entry| entry.key let(entry)>
                        {line(app, entry)}
                    </For>
                    <div style:height=move || px(app.transcript.spacers_px.get().1)></div>
                </div>
            </div>
            {move || {
                app.transcript.below
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

fn px(height: i32) -> String {
    [&height.to_string(), "px"].concat()
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

/// Keeps the place when the size of one of these elements changes.
fn observe(app: App, elements: [NodeRef<html::Div>; 2]) {
    let resized = Closure::<dyn FnMut()>::new(move || keep::resized(app));
    let Ok(observer) = ResizeObserver::new(resized.as_ref().unchecked_ref()) else { return };
    for element in elements {
        let observer = observer.clone();
        element.on_load(move |element| observer.observe(&element));
    }
    let kept = StoredValue::new_local(Some((observer, resized)));
    on_cleanup(move || {
        if let Some((observer, _)) = kept.try_update_value(Option::take).flatten() {
            observer.disconnect();
        }
    });
}
