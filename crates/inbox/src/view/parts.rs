//! Small parts that several views show.

use leptos::either::Either;
use leptos::prelude::*;
use porchlight_browser::time;
use porchlight_protocol::Millis;
use porchlight_protocol::text::{Part, parts};

use super::icon::icon;
use crate::item::Owner;
use crate::text;

/// The language of dates: the browser's if it is a kind of English, as the words around them are.
pub fn locale() -> String {
    let language = window().navigator().language().unwrap_or_default();
    if language.starts_with("en") { language } else { "en-GB".to_owned() }
}

/// A time of the day.
pub fn clock(at: Millis) -> impl IntoView {
    view! { <time datetime=time::datetime(at)>{time::clock(at, &locale())}</time> }
}

/// How long ago, in the middle of a line: `just now`, `12 min`, `2 h`, `yesterday`, `3 Nov`.
pub fn ago(at: Millis, now: Millis) -> String {
    match time::short(at, now, &locale()) {
        words if words == "now" => "just now".to_owned(),
        words if words.ends_with(" min") || words.ends_with(" h") => words,
        _ if time::day(now) - time::day(at) == 1 => "yesterday".to_owned(),
        words => words,
    }
}

/// Nothing yet, or nothing to be had.
pub fn blank(art: &'static str, title: &'static str, words: &'static str) -> impl IntoView {
    view! {
        <span class="blank__art" aria-hidden="true">
            {icon(art)}
        </span>
        <h2 class="blank__title">{title}</h2>
        <p class="blank__text">{words}</p>
    }
}

/// Who looks after a conversation; `long` says it as a sentence.
pub fn who(owner: Owner, long: bool) -> impl IntoView {
    let (member, words) = match owner {
        Owner::Nobody => {
            return Either::Left(view! { <span class="who who--none">"Unassigned"</span> });
        }
        Owner::Me(me) if long => (me, "Assigned to you".to_owned()),
        Owner::Me(me) => (me, "You".to_owned()),
        Owner::Other(other) => {
            let first = text::first_name(&other.name).to_owned();
            let words = if long { ["Assigned to ", &other.name].concat() } else { first };
            (other, words)
        }
    };
    let initials: String = text::initials(&member.name).chars().take(1).collect();
    Either::Right(view! {
        <span class="who">
            <span class="avatar avatar--xs" aria-hidden="true">
                {initials}
            </span>
            {words}
        </span>
    })
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
