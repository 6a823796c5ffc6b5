//! The log: rows, day dividers, the notice, and keeping one's place while it grows.

use leptos::either::Either;
use leptos::html;
use leptos::prelude::*;
use porchlight_browser::time;
use porchlight_client::{Content, Delivery};
use porchlight_protocol::ClientId;
use porchlight_protocol::text::{Part, parts};

use super::icon::{self, icon};
use super::top::avatar;
use crate::app::{App, RowView};
use crate::text;

/// Pixels from the end that still count as the end.
const END_PX: i32 = 48;

/// Pixels from the start at which older messages are loaded: before one gets there.
const OLDER_PX: i32 = 400;

/// The scrolling part of a thread.
pub fn log(app: App, scroller: NodeRef<html::Div>) -> impl IntoView {
    let below = RwSignal::new(false);
    keep_place(app, scroller, below);
    let on_scroll = move |_| {
        let Some(log) = scroller.get_untracked() else { return };
        let left = log.scroll_height() - log.scroll_top() - log.client_height();
        let at_end = left <= END_PX;
        app.at_end.set(at_end);
        if at_end {
            below.set(false);
            app.read();
        }
        let (has_older, loading) =
            app.thread.with_untracked(|thread| (thread.has_older, thread.loading));
        if log.scroll_top() < OLDER_PX && has_older && !loading {
            app.load_older();
        }
    };
    let jump = move |_| {
        below.set(false);
        app.at_end.set(true);
        to_end(scroller);
        app.read();
    };
    view! {
        <div class="thread__main">
            <div
                class="log"
                role="log"
                aria-label=text::MESSAGES
                tabindex="0"
                node_ref=scroller
                on:scroll=on_scroll
            >
                {move || before(app)}
                <For each=move || app.rows.get() key=|entry| entry.key let(entry)>
                    {move || row(app, entry.state.get())}
                </For>
                {move || notice(app)}
            </div>
            {move || {
                below
                    .get()
                    .then(|| {
                        view! {
                            <button class="btn jump" type="button" on:click=jump>
                                {icon(icon::DOWN)}
                                {text::NEW_MESSAGES}
                            </button>
                        }
                    })
            }}
        </div>
    }
}

/// At the end it stays at the end; when older rows come in front, what is read stays where it is.
fn keep_place(app: App, scroller: NodeRef<html::Div>, below: RwSignal<bool>) {
    let seen = StoredValue::new(None);
    Effect::new(move |_| {
        let ends = app.rows.with(|rows| Some((rows.first()?.key, rows.last()?.key)));
        let notice = app.thread.with(|thread| thread.notice_line.is_some());
        let height = scroller.get_untracked().map_or(0, |log| log.scroll_height());
        request_animation_frame(move || {
            let Some(log) = scroller.try_get_untracked().flatten() else { return };
            let Some(before) = seen.try_get_value().flatten() else {
                to_end(scroller);
                let _ = seen.try_set_value(ends.map(|ends| (ends, notice)));
                return;
            };
            let ((first, last), had_notice): ((_, _), bool) = before;
            if app.at_end.get_untracked() {
                to_end(scroller);
            } else if ends.is_some_and(|ends| ends.0 != first) {
                log.set_scroll_top(log.scroll_top() + log.scroll_height() - height);
            }
            let grown = ends.is_some_and(|ends| ends.1 != last) || (notice && !had_notice);
            if grown && !app.at_end.get_untracked() {
                let _ = below.try_set(true);
            }
            let _ = seen.try_set_value(ends.map(|ends| (ends, notice)));
        });
    });
}

fn to_end(scroller: NodeRef<html::Div>) {
    if let Some(log) = scroller.try_get_untracked().flatten() {
        log.set_scroll_top(log.scroll_height());
    }
}

/// True if the focus was on something that is gone.
pub fn nothing_has_focus() -> bool {
    document().active_element().is_none_or(|active| active.tag_name() == "BODY")
}

/// What stands before the first row: older messages on their way, or a word to begin with.
fn before(app: App) -> impl IntoView {
    let (loading, has_older) = app.thread.with(|thread| (thread.loading, thread.has_older));
    let empty = app.rows.with(Vec::is_empty);
    let (words, busy) = match (loading, has_older, empty) {
        (true, ..) => (text::LOADING, true),
        (_, true, _) => (text::OLDER, true),
        (_, _, true) => (text::HELLO, false),
        _ => return None,
    };
    Some(view! {
        <p class="older">
            {busy.then(|| view! { <span class="spin" aria-hidden="true"></span> })} {words}
        </p>
    })
}

fn notice(app: App) -> impl IntoView {
    let notice = app.thread.with(|thread| thread.notice_line.clone())?;
    Some(view! {
        <div class="line">
            <p class="notice">{icon(icon::INFO)} <span>{rich(&notice)}</span></p>
        </div>
    })
}

fn row(app: App, view: RowView) -> impl IntoView {
    let row = view.row;
    let Content::Message { text: words, delivery, client_id } = row.content else { return None };
    let name = row.author.member().map(|member| member.name.clone()).unwrap_or_default();
    let bot = matches!(row.author, porchlight_protocol::Author::Bot(_));
    let pending = match delivery {
        Delivery::Sent => "",
        Delivery::Sending => " msg--sending",
        Delivery::Waiting | Delivery::Failed(_) => " msg--failed",
    };
    let class = [
        if row.mine { "msg msg--mine" } else { "msg" },
        if view.starts_group { " msg--start" } else { "" },
        if view.is_new { " msg--new" } else { "" },
        pending,
    ]
    .concat();
    let theirs = (!row.mine && view.starts_group).then(|| {
        avatar(if bot { "avatar avatar--sm avatar--bot" } else { "avatar avatar--sm" }, &name, bot)
    });
    let at = row.at;
    let clock = move || view! { <time datetime=time::datetime(at)>{app.clock(at)}</time> };
    let meta = match (view.starts_group, row.mine) {
        (true, false) => {
            Either::Left(view! { <p class="msg__meta"><b>{name}</b> " " {clock()}</p> })
        }
        (starts, mine) => Either::Right(view! {
            <p class=if starts { "msg__meta" } else { "sr" }>
                <span class="sr">{if mine { "You".to_owned() } else { name }} ", "</span>
                {clock()}
            </p>
        }),
    };
    Some(view! {
        {view.day.map(|day| view! { <div class="day"><span>{day}</span></div> })}
        <div class=class>
            {theirs} {meta} <div class="bubble" dir="auto">
                {rich(&words)}
            </div> {state(app, delivery, view.last_sent, client_id)}
        </div>
    })
}

fn state(
    app: App,
    delivery: Delivery,
    last_sent: bool,
    client_id: Option<ClientId>,
) -> impl IntoView {
    let (path, words, actions) = match delivery {
        Delivery::Sent if last_sent => (icon::CHECK, text::SENT, false),
        Delivery::Sent => return None,
        Delivery::Sending => (icon::CLOCK, text::SENDING, false),
        Delivery::Waiting => (icon::CLOCK, text::WAITING, true),
        Delivery::Failed(_) => (icon::ALERT, text::FAILED, true),
    };
    let buttons = client_id.filter(|_| actions).map(|client_id| {
        let discarded = client_id.clone();
        view! {
            <button class="link" type="button" on:click=move |_| app.retry(client_id.clone())>
                {text::RETRY}
            </button>
            " "
            <button class="link" type="button" on:click=move |_| app.discard(discarded.clone())>
                {text::DISCARD}
            </button>
        }
    });
    Some(view! { <p class="msg__state">{icon(path)} {words} " " {buttons}</p> })
}

/// A person's text, with its addresses as links. Text nodes only: it is never markup.
pub fn rich(text: &str) -> impl IntoView + use<> {
    parts(text)
        .into_iter()
        .map(|part| match part {
            Part::Text(words) => Either::Left(words.to_owned()),
            Part::Link(address) => Either::Right(view! {
                <a href=address.to_owned() target="_blank" rel="noopener noreferrer nofollow">
                    {address.to_owned()}
                </a>
            }),
        })
        .collect_view()
}
