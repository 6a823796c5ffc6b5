//! Small parts that several views show.

use leptos::either::Either;
use leptos::prelude::*;
use porchlight_browser::dates::{self, Age};
use porchlight_protocol::text::{Part, href, parts};
use porchlight_protocol::{MemberId, Millis, PictureId};

use crate::list::item::Owner;
use crate::person::face::Face;
use crate::text;
use crate::ui::icon::{self, icon};
use crate::ui::plain::Plain;
use crate::ui::portrait::portrait;
pub use crate::words::locale;
use crate::words::{Pattern, Word, fill, say};

/// A text that changes in place. It is set on an element of its own, because translation by the browser
/// replaces text nodes.
pub fn words(words: String) -> impl IntoView {
    view! { <span prop:textContent=Plain(words)></span> }
}

/// A reactive text.
pub fn words_of(words: impl Fn() -> String + Send + Sync + 'static) -> impl IntoView {
    view! { <span prop:textContent=move || Plain(words())></span> }
}

/// A time of the day.
pub fn clock(at: Millis) -> impl IntoView {
    view! { <time datetime=dates::datetime(at) prop:textContent=Plain(dates::clock(at, &locale()))></time> }
}

/// The age of an instant, in the middle of a line: `just now`, `5m ago`, `yesterday`, `3 Nov`.
pub fn ago(at: Millis, now: Millis) -> String {
    match dates::age(at, now) {
        Age::Now => say(Word::TalkJustNow),
        Age::Days(1) => dates::day_name(at, now, &locale()),
        _ => dates::short(at, now, &locale()),
    }
}

/// An instant in the middle of a sentence: `today, 17:41`.
pub fn moment(at: Millis, now: Millis) -> String {
    let (day, time) = (dates::day_name(at, now, &locale()), dates::clock(at, &locale()));
    fill(Pattern::TalkMoment, &[&day, &time])
}

/// A visitor's avatar, with this class: the initials, or a person if there are none.
pub fn avatar(class: &'static str, face: &Face) -> impl IntoView + use<> {
    let inside = match face.initials.as_str() {
        "" => Either::Left(icon(icon::USER)),
        initials => Either::Right(initials.to_owned()),
    };
    view! {
        <span class=class data-tone=face.tone aria-hidden="true" translate="no">
            {inside}
        </span>
    }
}

/// An empty or error state.
pub fn blank(art: &'static str, title: Word, words: Word) -> impl IntoView {
    view! {
        <span class="blank__art" aria-hidden="true">
            {icon(art)}
        </span>
        <h2 class="blank__title">{say(title)}</h2>
        <p class="blank__text">{say(words)}</p>
    }
}

/// The owner of a conversation; with `long`, as a sentence. `picture` has the pictures of agents.
pub fn who(
    owner: Owner,
    long: bool,
    picture: impl Fn(&MemberId) -> Option<PictureId> + Send + Sync + 'static,
) -> impl IntoView {
    // A name alone is the same in every language.
    let (member, words, translate) = match owner {
        Owner::Nobody => {
            let nobody = say(Word::ItemUnassigned);
            return Either::Left(view! { <span class="who who--none">{nobody}</span> });
        }
        Owner::Me(me) if long => (me, say(Word::ItemAssignedToYou), None),
        Owner::Me(me) => (me, say(Word::ItemYou), None),
        Owner::Other(other) => {
            let (words, translate) = match long {
                true => (fill(Pattern::ItemAssignedTo, &[&other.name]), None),
                false => (text::first_name(&other.name).to_owned(), Some("no")),
            };
            (other, words, translate)
        }
    };
    let initials: String = text::initials(&member.name).chars().take(1).collect();
    let inside = portrait(move || initials.clone(), move || picture(&member.id));
    Either::Right(view! {
        <span class="who" title=member.name>
            <span class="avatar avatar--xs" aria-hidden="true">
                {inside}
            </span>
            <span class="who__name" translate=translate prop:textContent=words></span>
        </span>
    })
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
