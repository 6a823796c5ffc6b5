//! Home: the greeting and the conversation history.

use leptos::prelude::*;
use porchlight_client::Link;

use super::content::words;
use super::keyed::Keyed;
use super::template::{Inert, Template, inert};
use super::top::{avatar, bar, toast};
use crate::screen::{HomeLine, LinkView, Screen, id_of};
use crate::text;
use crate::words::{Count, Pattern, Word, count, fill, say};

/// The whole screen.
pub fn home(screen: &Screen) -> impl IntoView + use<> {
    let empty = screen.home.is_empty();
    let (bar, blank) = match empty {
        true => (None, Some(blank(&screen.link))),
        false => (bar(&screen.link, Template::Stale), None),
    };
    let greeting = say(text::greeting(js_sys::Date::new_0().get_hours()));
    let lines = Keyed { items: screen.home.clone(), same: |a, b| a.place == b.place, view: line };
    view! {
        <section class=if screen.live_off { "home home--bots" } else { "home" } aria-labelledby="greeting">
            <header class="top">
                {avatar("avatar avatar--sm", &screen.site, false)}
                <p class="top__who top__name" dir="auto" data-words=words(&screen.site)></p>
                {screen.sound.map(sound)}
                {inert(Template::Close)}
            </header>
            {bar}
            <div class="home__body">
                <h1 class="home__greeting" id="greeting" data-words=words(greeting)></h1>
                {inert(Template::Sub)}
                <div hidden=empty>{inert(Template::History)}</div>
                <ul class="card" role="list" aria-labelledby="list" hidden=empty>
                    {lines}
                </ul>
                {blank}
            </div>
            {toast(&screen.toast)}
            {inert(Template::Foot)}
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
            aria-label=say(Word::HomeSound)
            title=say(if on { Word::HomeSoundOn } else { Word::HomeSoundOff })
        >
            {inert(if on { Template::Bell } else { Template::Muted })}
        </button>
    }
}

/// Stands in place of an empty list. A list that could not be loaded is not shown as empty.
fn blank(link: &LinkView) -> Inert {
    inert(match link.link {
        _ if link.ended => Template::Outdated,
        Link::Down if link.known => Template::Error,
        _ if link.known && !link.welcomed => Template::Skeleton,
        _ => Template::Empty,
    })
}

fn line(line: &HomeLine) -> impl IntoView + use<> {
    let unread = match line.unread {
        0 => None,
        100.. => Some("99+".to_owned()),
        unread => Some(unread.to_string()),
    };
    // The place of the mark is the badge's; beside a badge, *Closed* stands with the kind.
    let closed = line
        .marked_closed
        .then(|| inert(if line.unread == 0 { Template::ClosedMark } else { Template::ClosedToo }));
    let (mark, closed_too) = if line.unread == 0 { (closed, None) } else { (None, closed) };
    let badge = unread.map(|seen| {
        let said = count(Count::HomeUnread, u32::try_from(line.unread).unwrap_or(u32::MAX));
        view! {
            <span class="row__mark badge">
                <span aria-hidden="true" data-words=words(seen)></span>
                <span class="sr" data-words=words(said)></span>
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
                aria-label=fill(Pattern::HomeCloseWith, &[&line.name])
            >
                {inert(Template::Cross)}
            </button>
        }
    });
    let kind = inert(if line.bot { Template::KindBot } else { Template::KindLive });
    let class = match (line.bot, line.unread) {
        (false, 0) => "row",
        (false, _) => "row row--unread",
        (true, 0) => "row row--bot",
        (true, _) => "row row--bot row--unread",
    };
    view! {
        <li class=class data-id=id_of(&line.place).to_owned()>
            <button class="row__main" type="button" data-do="open">
                {avatar(if line.bot { "avatar avatar--bot" } else { "avatar" }, &line.name, line.bot)}
                <span class="row__head">
                    <span class="row__name" dir="auto" data-words=words(&line.name)></span>
                    " "
                    {kind} {closed_too}
                </span>
                <time class="row__time" datetime=line.datetime.clone() data-words=words(&line.when)></time>
                <span class="row__preview">
                    <span class="row__prefix" data-words=words(line.prefix.map(say).unwrap_or_default())></span>
                    " "
                    <span class="row__words" dir="auto" data-words=words(&line.preview)></span>
                </span>
                {badge} {mark}
            </button>
            {close}
        </li>
    }
}
