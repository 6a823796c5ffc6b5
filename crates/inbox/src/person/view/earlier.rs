//! The visitor's other conversations, as links.

use leptos::either::{Either, EitherOf3};
use leptos::prelude::*;
use porchlight_browser::{dates, time};
use porchlight_protocol::Conversation;

use crate::person::PersonPanel;
use crate::settings::setting::Saving;
use crate::ui::parts::{ago, words};
use crate::words::{Word, say};

/// The list, or why there is none.
pub fn earlier(panel: PersonPanel) -> impl IntoView {
    let others = Memo::new(move |_| {
        let open = panel.app.route.with(|route| route.open().cloned());
        panel.earlier.with(|it| {
            let listed = it.as_ref()?.listed.iter();
            Some(listed.filter(|it| Some(&it.id) != open.as_ref()).cloned().collect::<Vec<_>>())
        })
    });
    let list = move || match others.get() {
        None => EitherOf3::A(()),
        Some(none) if none.is_empty() => {
            EitherOf3::B(view! { <p class="facts__none">{say(Word::PersonEarlierNone)}</p> })
        }
        Some(others) => {
            let one = |it| one(panel, it);
            EitherOf3::C(
                view! { <ul class="earlier">{others.into_iter().map(one).collect_view()}</ul> },
            )
        }
    };
    view! {
        <section class="facts" aria-label=say(Word::PersonEarlier)>
            <h3 class="facts__title">{say(Word::PersonEarlier)}</h3>
            {list}
            {move || state(panel)}
        </section>
    }
}

fn one(panel: PersonPanel, conversation: Conversation) -> impl IntoView {
    let app = panel.app;
    let id = conversation.id.clone();
    let href = move || app.route.with(|route| route.with_open(Some(id.clone())).href());
    let (class, status) = match conversation.is_closed() {
        true => ("chip chip--closed", Word::TalkClosed),
        false => ("chip chip--open", Word::TalkOpen),
    };
    let last = conversation.told();
    let at = last.map_or(conversation.started_at, |last| last.at);
    let said = last.map(|last| last.text.clone()).unwrap_or_default();
    let when = move || ago(at, app.now.get().max(time::now()));
    view! {
        <li>
            <a class="earlier__one" href=href>
                <span class="earlier__said" translate="no">
                    <bdi>{said}</bdi>
                </span>
                " "
                <span class="earlier__meta">
                    <span class=class>{say(status)}</span>
                    " "
                    <time datetime=dates::datetime(at) prop:textContent=when></time>
                </span>
            </a>
        </li>
    }
}

/// The button for more, or what the last request has come to.
fn state(panel: PersonPanel) -> impl IntoView {
    let button = move |label: Word, act: fn(PersonPanel)| {
        view! {
            <button class="btn btn--sm" type="button" on:click=move |_| act(panel)>
                {say(label)}
            </button>
        }
    };
    let more = panel.earlier.with(|it| it.as_ref().is_some_and(|it| it.next.is_some()));
    let begun = panel.earlier.with(Option::is_some);
    match panel.earlier_state.get() {
        Saving::Busy => EitherOf3::A(view! {
            <p class="facts__none">
                <span class="spin" aria-hidden="true"></span>
                {say(Word::ListLoadingMore)}
            </p>
        }),
        Saving::Failed(why) => {
            let again = if begun { PersonPanel::load_more } else { PersonPanel::load_earlier };
            EitherOf3::B(view! {
                <p class="facts__none">{say(Word::PersonEarlierNotLoaded)} " " {words(why)}</p>
                {button(Word::ActRetry, again)}
            })
        }
        Saving::Idle | Saving::Saved => EitherOf3::C(match more {
            true => Either::Left(button(Word::ListLoadMore, PersonPanel::load_more)),
            false => Either::Right(()),
        }),
    }
}
