//! Small parts that several views show.

use leptos::either::Either;
use leptos::prelude::*;
use porchlight_browser::{dates, time};
use porchlight_protocol::text::{Part, href, is_blank, parts};
use porchlight_protocol::{ConversationId, Millis};

use super::icon::icon;
use crate::app::App;
use crate::draft::Field;
use crate::item::Owner;
use crate::text::{self, period};

/// The locale of dates: the browser's if it is English, as the texts around are.
pub fn locale() -> String {
    let language = window().navigator().language().unwrap_or_default();
    if language.starts_with("en") { language } else { "en-GB".to_owned() }
}

/// A text that changes in place. It is set on an element of its own, because translation by the browser
/// replaces text nodes.
pub fn words(words: String) -> impl IntoView {
    view! { <span prop:textContent=words></span> }
}

/// A reactive text.
pub fn words_of(words: impl Fn() -> String + Send + Sync + 'static) -> impl IntoView {
    view! { <span prop:textContent=words></span> }
}

/// A time of the day.
pub fn clock(at: Millis) -> impl IntoView {
    view! { <time datetime=dates::datetime(at) prop:textContent=dates::clock(at, &locale())></time> }
}

/// The age of an instant, in the middle of a line: `just now`, `12 min`, `2 h`, `yesterday`, `3 Nov`.
pub fn ago(at: Millis, now: Millis) -> String {
    match period::ago(dates::age(at, now)) {
        Some(words) => words.to_owned(),
        None => dates::short(at, now, &locale()),
    }
}

/// An instant in the middle of a sentence: `today, 17:41`.
pub fn moment(at: Millis, now: Millis) -> String {
    let day = match period::day(time::day(now) - time::day(at)) {
        Some(words) => words.to_owned(),
        None => dates::day_name(at, now, &locale()),
    };
    [&day, ", ", &dates::clock(at, &locale())].concat()
}

/// A visitor's avatar.
pub fn avatar(tone: u32, initials: String) -> impl IntoView {
    view! {
        <span class="avatar" data-tone=tone aria-hidden="true" prop:textContent=initials></span>
    }
}

/// An empty or error state.
pub fn blank(art: &'static str, title: &'static str, words: &'static str) -> impl IntoView {
    view! {
        <span class="blank__art" aria-hidden="true">
            {icon(art)}
        </span>
        <h2 class="blank__title">{title}</h2>
        <p class="blank__text">{words}</p>
    }
}

/// The owner of a conversation; with `long`, as a sentence.
pub fn who(owner: Owner, long: bool) -> impl IntoView {
    let (member, before, name) = match owner {
        Owner::Nobody => {
            return Either::Left(view! { <span class="who who--none">"Unassigned"</span> });
        }
        Owner::Me(me) if long => (me, "Assigned to you", String::new()),
        Owner::Me(me) => (me, "You", String::new()),
        Owner::Other(other) => {
            let first = text::first_name(&other.name).to_owned();
            let (before, name) =
                if long { ("Assigned to ", other.name.clone()) } else { ("", first) };
            (other, before, name)
        }
    };
    let initials: String = text::initials(&member.name).chars().take(1).collect();
    Either::Right(view! {
        <span class="who" title=member.name>
            <span class="avatar avatar--xs" aria-hidden="true" prop:textContent=initials></span>
            <span class="who__name">
                {words(before.to_owned())} <bdi translate="no" prop:textContent=name></bdi>
            </span>
        </span>
    })
}

/// A draft without a field, shown so that it is not lost.
pub fn kept(app: App, id: ConversationId, field: Field) -> impl IntoView {
    let text = Memo::new(move |_| {
        app.restored.track();
        app.fill(field).track();
        app.draft(&id, field)
    });
    let name = match field {
        Field::Reply => "Your draft",
        Field::Note => "Your note",
    };
    let there = Memo::new(move |_| text.with(|text| !is_blank(text)));
    move || {
        there.get().then(|| {
            view! {
                <div class="kept" role="group" aria-label=name tabindex="0">
                    <p class="kept__name">{name}</p>
                    <p class="kept__text" dir="auto" translate="no" prop:textContent=text></p>
                </div>
            }
        })
    }
}

/// The text of a message, with URLs as links. Text nodes only: it is never parsed as HTML.
pub fn rich(text: &str) -> impl IntoView + use<> {
    parts(text)
        .into_iter()
        .map(|part| match part {
            Part::Text(words) => Either::Left(words.to_owned()),
            Part::Link(address) => Either::Right(view! {
                <a href=href(address).into_owned() target="_blank" rel="noopener noreferrer nofollow">
                    {address.to_owned()}
                </a>
            }),
        })
        .collect_view()
}
