//! Home: the greeting and the conversation history.

use leptos::prelude::*;
use leptos::tachys::html::InertElement;
use porchlight_client::Link;

use super::keyed::Keyed;
use super::markup::{self, inert};
use super::top::{avatar, bar, toast};
use super::words::words;
use crate::screen::{HomeLine, LinkView, Screen, id_of};
use crate::text;

/// The whole screen.
pub fn home(screen: &Screen) -> impl IntoView + use<> {
    let empty = screen.home.is_empty();
    let (bar, blank) = match empty {
        true => (None, Some(blank(&screen.link))),
        false => (bar(&screen.link, markup::STALE), None),
    };
    let greeting = text::greeting(js_sys::Date::new_0().get_hours());
    let lines = Keyed { items: screen.home.clone(), same: |a, b| a.place == b.place, view: line };
    view! {
        <section class="home" aria-labelledby="greeting">
            <header class="top">
                {avatar("avatar avatar--sm", &screen.site, false)}
                <p class="top__who top__name" dir="auto" data-words=words(&screen.site)></p>
                {screen.sound.map(sound)}
                {inert(markup::CLOSE)}
            </header>
            {bar}
            <div class="home__body">
                <h1 class="home__greeting" id="greeting" data-words=words(greeting)></h1>
                <p class="home__sub">"Ask us anything, or pick up where you left off."</p>
                <h2 class="home__title" id="list" hidden=empty>
                    "Conversation history"
                </h2>
                <ul class="card" role="list" aria-labelledby="list" hidden=empty>
                    {lines}
                </ul>
                {blank}
            </div>
            {toast(&screen.toast)}
            {inert(markup::FOOT)}
        </section>
    }
}

/// The switch for the sound of new answers.
fn sound(on: bool) -> impl IntoView {
    view! {
        <button
            class="icon-btn"
            type="button"
            role="switch"
            data-do="sound"
            aria-checked=if on { "true" } else { "false" }
            aria-label="Sound for new messages"
            title=if on { "Sound is on" } else { "Sound is off" }
        >
            {inert(if on { markup::BELL } else { markup::MUTED })}
        </button>
    }
}

/// Stands in place of an empty list. A list that could not be loaded is not shown as empty.
fn blank(link: &LinkView) -> InertElement {
    inert(match link.link {
        _ if link.ended => markup::OUTDATED,
        Link::Down if link.known => markup::ERROR,
        _ if link.known && !link.welcomed => markup::SKELETON,
        _ => markup::EMPTY,
    })
}

fn line(line: &HomeLine) -> impl IntoView + use<> {
    let unread = match line.unread {
        0 => None,
        100.. => Some("99+".to_owned()),
        unread => Some(unread.to_string()),
    };
    // The place of the mark is the badge's; beside a badge, *Closed* stands with the kind.
    let mark = match (unread, line.marked_closed) {
        (None, false) => None,
        (None, true) => Some(("row__mark chip chip--closed", text::CLOSED.to_owned(), "")),
        (Some(unread), _) => Some(("row__mark badge", unread, " unread")),
    };
    let mark = mark.map(|(class, text, more)| {
        view! {
            <span class=class>
                <span data-words=words(text)></span>
                <span class="sr" data-words=words(more)></span>
            </span>
        }
    });
    let close = line.can_close.then(|| {
        view! {
            <button
                class="icon-btn row__close"
                type="button"
                data-do="put-away"
                aria-keyshortcuts="Delete"
                aria-label=["Close conversation with ", &line.name].concat()
            >
                {inert(markup::CROSS)}
            </button>
        }
    });
    let closed = line.unread > 0 && line.marked_closed;
    let kind = if line.bot { text::BOT } else { text::LIVE_CHAT };
    let class = if line.unread == 0 { "row" } else { "row row--unread" };
    view! {
        <li class=class data-id=id_of(&line.place).to_owned()>
            <button class="row__main" type="button" data-do="open">
                {avatar(if line.bot { "avatar avatar--bot" } else { "avatar" }, &line.name, line.bot)}
                <span class="row__head">
                    <span class="row__name" dir="auto" data-words=words(&line.name)></span>
                    " "
                    <span class="chip" data-words=words(kind)></span>
                    {closed.then(|| inert(markup::CLOSED_TOO))}
                </span>
                <time class="row__time" datetime=line.datetime.clone() data-words=words(&line.when)></time>
                <span class="row__preview">
                    <span class="row__prefix" data-words=words(line.prefix)></span>
                    <span class="row__words" dir="auto" data-words=words(&line.preview)></span>
                </span>
                {mark}
            </button>
            {close}
        </li>
    }
}
