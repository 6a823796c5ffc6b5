//! A thread: who one talks to, the log, and the live chat field or what stands in its place.

use leptos::either::Either;
use leptos::html;
use leptos::prelude::*;

use super::icon::{self, icon};
use super::log::{log, rich};
use super::top::{avatar, bar, close};
use super::{composer, log};
use crate::app::App;
use crate::text;

/// The whole screen.
pub fn thread(app: App) -> impl IntoView {
    let field = Memo::new(move |_| app.thread.with(|thread| thread.field));
    let label = move || app.thread.with(|thread| ["Conversation with ", &thread.name].concat());
    let scroller = NodeRef::<html::Div>::new();
    view! {
        <section class="thread" aria-label=label>
            {move || head(app)}
            {bar(app, text::WILL_SEND)}
            {log(app, scroller)}
            {move || {
                if field.get() {
                    Either::Left(composer::composer(app))
                } else {
                    Either::Right(ended(app))
                }
            }}
        </section>
    }
}

fn head(app: App) -> impl IntoView {
    let thread = app.thread.get();
    let status = match (thread.marked_closed, thread.bot, thread.online) {
        (true, ..) => text::CLOSED,
        (_, true, _) => text::ANSWERS_AT_ONCE,
        (_, _, true) => text::ONLINE,
        _ => text::AWAY,
    };
    let class = match (thread.bot, thread.online && !thread.marked_closed) {
        (true, _) => "avatar avatar--bot",
        (false, true) => "avatar avatar--on",
        (false, false) => "avatar",
    };
    view! {
        <header class="top">
            <button
                class="icon-btn"
                type="button"
                aria-label=text::BACK
                on:click=move |_| app.go_home()
            >
                {icon(icon::BACK)}
            </button>
            {avatar(class, &thread.name, thread.bot)}
            <div class="top__who">
                <h1 class="top__name">{thread.name}</h1>
                <p class="top__status">{status}</p>
            </div>
            {close(app)}
        </header>
    }
}

/// In the field's place. If the field had the focus, the button has it now.
fn ended(app: App) -> impl IntoView {
    let button = NodeRef::<html::Button>::new();
    button.on_load(move |button| {
        if log::nothing_has_focus() {
            let _ = button.focus();
        }
    });
    let kept = move || {
        app.restored.track();
        let place = app.place.get()?;
        (!app.draft(&place).is_empty()).then(|| view! { <p class="ended__text">{text::KEPT}</p> })
    };
    let notice = move || {
        let notice = app.thread.with(|thread| thread.notice_instead.clone())?;
        Some(view! { <p class="ended__text">{rich(&notice)}</p> })
    };
    view! {
        <div class="ended">
            {notice} {kept}
            <button
                node_ref=button
                class="btn btn--primary btn--wide"
                type="button"
                on:click=move |_| app.start_new()
            >
                {text::START_NEW}
            </button>
        </div>
    }
}
