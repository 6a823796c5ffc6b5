//! The outline of a flow: what the bot says and asks, and where each answer leads.

use leptos::either::Either;
use leptos::prelude::*;

use crate::settings::bots::BotsPage;
use crate::settings::bots::outline::{Does, Exit, Outlined, When};
use crate::settings::bots::view::editor::{Field, go_to};
use crate::words::{Pattern, Word, fill, length, say};

/// The outline of the shown flow. With problems, it is that of the last text without.
pub fn outline(page: BotsPage, field: Field) -> impl IntoView {
    let rows =
        Memo::new(move |_| page.flow(|flow| flow.checked.outline.clone()).unwrap_or_default());
    let is_stale =
        Memo::new(move |_| page.flow(|flow| !flow.checked.problems.is_empty()).unwrap_or_default());
    let class = move || if is_stale.get() { "outline outline--stale" } else { "outline" };
    let steps = move || rows.get().into_iter().map(|row| step(field, row)).collect_view();
    view! {
        <section class=class aria-labelledby="outline">
            <h3 class="flow__label" id="outline">
                {say(Word::BotsOutline)}
            </h3>
            {move || {
                is_stale.get().then(|| view! { <p class="setting__hint">{say(Word::BotsStale)}</p> })
            }} <ol class="outline__steps">{steps}</ol>
        </section>
    }
}

fn step(field: Field, row: Outlined) -> impl IntoView {
    let Outlined { name, line, does, text, exits } = row;
    let exits = exits.into_iter().map(exit).collect_view();
    view! {
        <li class="outline__step">
            <p class="outline__head">
                <button
                    class="link outline__name"
                    type="button"
                    dir="auto"
                    translate="no"
                    on:click=move |_| go_to(field, line.unwrap_or(1))
                >
                    {name}
                </button>
                <span class="outline__does">{what(does)}</span>
            </p>
            {text
                .map(|text| {
                    view! {
                        <p class="outline__text" dir="auto" translate="no" prop:textContent=text></p>
                    }
                })}
            <ul class="outline__exits">{exits}</ul>
        </li>
    }
}

fn what(does: Does) -> String {
    say(match does {
        Does::Say => Word::BotsDoesSay,
        Does::Ask => Word::BotsDoesAsk,
        Does::Decide => Word::BotsDoesDecide,
        Does::Save => Word::BotsDoesSave,
        Does::Wait(seconds) => return fill(Pattern::BotsDoesWait, &[&time(seconds)]),
        Does::HandOver => Word::BotsDoesHandOver,
        Does::Close => Word::BotsDoesClose,
        Does::End => Word::BotsDoesEnd,
    })
}

fn time(seconds: u64) -> String {
    let (number, unit) = match seconds {
        s if s > 0 && s % 3_600 == 0 => (s / 3_600, "hour"),
        s if s > 0 && s % 60 == 0 => (s / 60, "minute"),
        s => (s, "second"),
    };
    length(number, unit, false)
}

fn exit(Exit { when, to }: Exit) -> impl IntoView {
    let when = match when {
        When::Always => None,
        When::Choice(label) => Some(Either::Left(view! {
            <span class="outline__choice" dir="auto" translate="no">
                {label}
            </span>
        })),
        When::Answered => Some(Either::Right((say(Word::BotsExitAnswered), None))),
        When::Wrong => Some(Either::Right((say(Word::BotsExitWrong), None))),
        When::Case(case) => Some(Either::Right((case, Some("ltr")))),
        When::Else => Some(Either::Right((say(Word::BotsExitElse), None))),
    };
    let when = when.map(|when| match when {
        Either::Left(choice) => Either::Left(choice),
        Either::Right((words, dir)) => {
            Either::Right(view! { <span class="outline__when" dir=dir>{words}</span> })
        }
    });
    let to = match to {
        Some(name) => Either::Left(view! {
            <span class="outline__to" dir="auto" translate="no">
                {name}
            </span>
        }),
        None => Either::Right(view! { <span>{say(Word::BotsExitPerson)}</span> }),
    };
    view! {
        <li class="outline__exit">
            {when} <span class="outline__arrow" aria-hidden="true">
                "→"
            </span> <span class="sr">{say(Word::BotsLeadsTo)}</span> " " {to}
        </li>
    }
}
