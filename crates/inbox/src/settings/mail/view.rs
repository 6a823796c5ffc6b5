//! Settings → E-mail.

use leptos::either::{Either, EitherOf3};
use leptos::prelude::*;
use porchlight_browser::time;
use porchlight_protocol::mail::{
    MAILS_PER_HOUR_MAX, MailKind, MailPage, MailSeen, MailSettings, MailState,
};

use crate::app::App;
use crate::frame::language::offered;
use crate::settings::account::Outcome;
use crate::settings::account::view::said;
use crate::settings::closing::names::own_name;
use crate::settings::frame::{self, Layout};
use crate::settings::mail::{MailForm, choices};
use crate::settings::page::Page;
use crate::settings::savebar::{self, Told};
use crate::settings::setting::Saving;
use crate::ui::icon::{self, icon};
use crate::ui::parts::{self, moment};
use crate::ui::switch::{Named, switch};
use crate::words::{Pattern, Word, fill, length, number, say};

/// The page of the guide.
const GUIDE: &str = "/guide/mail";

const ANSWERS: Named =
    Named { id: "mail-answers", text_id: "mail-answers-text", name: Word::MailAnswers };

/// The page.
pub fn mail(app: App) -> impl IntoView {
    let page = MailForm::open(app);
    let body = frame::once_loaded(
        Page::Mail,
        move || page.setting.is_there(),
        move || page.setting.has_failed(),
        move || page.load(),
        move || frame::main(cards(page)),
    );
    let bar = savebar::of_all(vec![Told::of(page.setting)]);
    frame::page(Page::Mail, Layout::Single, body, bar)
}

fn cards(page: MailForm) -> impl IntoView {
    let may = page.may();
    view! {
        {server(page)}
        <section class="card">{answers(page)}</section>
        <section class="card">{call(page)} {language(page)}</section>
        {may.then(|| queue(page))}
    }
}

fn settings(page: MailForm) -> MailSettings {
    page.setting
        .saved
        .with(|saved| saved.as_ref().map(|it| it.settings.clone()))
        .unwrap_or_default()
}

fn is_fixed(page: MailForm) -> bool {
    !page.setting.may_change || page.setting.state.get() == Saving::Busy
}

/// Whether the server can send, and the test.
fn server(page: MailForm) -> impl IntoView {
    let from = Memo::new(move |_| {
        page.setting.saved.with(|saved| saved.as_ref().and_then(|it: &MailPage| it.from.clone()))
    });
    let may = page.may();
    move || match from.get() {
        Some(from) => {
            let busy = move || (page.test.get() == Outcome::Busy).then_some("true");
            let test = may.then(|| {
                view! {
                    <div class="account__acts">
                        <button
                            class="btn"
                            id="mail-test"
                            type="button"
                            aria-disabled=busy
                            on:click=move |_| page.send_test()
                        >
                            {say(Word::MailTest)}
                        </button>
                        <div role="status">{tested(page)}</div>
                    </div>
                }
            });
            Either::Left(view! {
                <section class="card">
                    <div class="account">
                        <p class="setting__text" dir="auto">
                            {fill(Pattern::MailOn, &[&from])}
                        </p>
                        {test}
                    </div>
                </section>
            })
        }
        None => Either::Right(view! {
            <section class="card">
                <div class="account">
                    <p>{say(Word::MailOff)}</p>
                    <p class="setting__text">
                        {say(Word::MailOffText)} " "
                        <a class="link" href=GUIDE target="_blank" rel="noopener">
                            {say(Word::MailGuide)}
                        </a>
                    </p>
                    <p>
                        <code dir="ltr">
                            "--smtp smtps://USER@HOST --smtp-password-file FILE --mail-from \"Shop <chat@example.com>\""
                        </code>
                    </p>
                </div>
            </section>
        }),
    }
}

fn tested(page: MailForm) -> impl IntoView {
    move || match page.test.get() {
        // A test takes longer than to save.
        Outcome::Busy => EitherOf3::A(
            view! { <p class="account__state">{parts::words(say(Word::MailTesting))}</p> },
        ),
        Outcome::None => EitherOf3::B(()),
        Outcome::Done(_) | Outcome::Refused(_) => EitherOf3::C(said(page.test)),
    }
}

fn answers(page: MailForm) -> impl IntoView {
    let text = || say(Word::MailAnswersText);
    let set = move |answers| page.change(|settings| MailSettings { answers, ..settings });
    switch(ANSWERS, move || settings(page).answers, move || is_fixed(page), text, set)
}

fn call(page: MailForm) -> impl IntoView {
    // Not a memo: a choice that was not saved writes the same value again, and the select goes back.
    let options = move || {
        let saved = settings(page).call_minutes;
        let option = |minutes: u32| {
            view! {
                <option value=minutes.to_string() selected=minutes == saved>
                    {after(minutes)}
                </option>
            }
        };
        choices(saved).into_iter().map(option).collect_view()
    };
    let choose = move |value: String| {
        if let Ok(call_minutes) = value.parse() {
            page.change(|settings| MailSettings { call_minutes, ..settings });
        }
    };
    view! {
        <div class="setting">
            <label class="setting__name" for="mail-call">
                {say(Word::MailCall)}
            </label>
            <select
                class="input select setting__control"
                id="mail-call"
                aria-describedby="mail-call-text"
                disabled=move || is_fixed(page)
                on:change=move |event| choose(event_target_value(&event))
            >
                {options}
            </select>
            <p class="setting__text" id="mail-call-text">
                {say(Word::MailCallText)}
            </p>
        </div>
    }
}

fn after(minutes: u32) -> String {
    let period = match minutes {
        0 => return say(Word::MailCallNever),
        _ if minutes.is_multiple_of(60) => length(minutes / 60, "hour", false),
        _ => length(minutes, "minute", false),
    };
    fill(Pattern::MailCallAfter, &[&period])
}

/// The language of mails to the team.
fn language(page: MailForm) -> impl IntoView {
    let options = move || {
        let saved = settings(page).language;
        let mut tags = offered();
        if !tags.contains(&saved) {
            tags.push(saved.clone());
        }
        let option = |tag: String| {
            let name = own_name(&tag);
            view! {
                <option value=tag.clone() lang=tag.clone() selected=tag == saved>
                    {name}
                </option>
            }
        };
        tags.into_iter().map(option).collect_view()
    };
    let choose = move |language| page.change(|settings| MailSettings { language, ..settings });
    view! {
        <div class="setting">
            <label class="setting__name" for="mail-language">
                {say(Word::MailLanguage)}
            </label>
            <select
                class="input select setting__control"
                id="mail-language"
                disabled=move || is_fixed(page)
                on:change=move |event| choose(event_target_value(&event))
            >
                {options}
            </select>
        </div>
    }
}

/// The latest mails.
fn queue(page: MailForm) -> impl IntoView {
    let mails = Memo::new(move |_| page.queue.get().map(|queue| queue.mails).unwrap_or_default());
    let held = Memo::new(move |_| page.queue.get().is_some_and(|queue| queue.held));
    let list = move || match mails.with(Vec::is_empty) {
        true => Either::Left(view! { <p class="people__none">{say(Word::MailQueueNone)}</p> }),
        false => Either::Right(view! {
            <ul class="people">
                <For each=move || mails.get() key=shown let:mail>
                    {row(page, mail)}
                </For>
            </ul>
        }),
    };
    let held = move || {
        held.get().then(|| {
            let words = fill(Pattern::MailHeld, &[&number(MAILS_PER_HOUR_MAX)]);
            view! { <p class="problem">{icon(icon::EXCLAMATION)} {parts::words(words)}</p> }
        })
    };
    view! {
        <section class="card" aria-labelledby="mail-queue">
            <h2 class="card__title" id="mail-queue">
                {say(Word::MailQueueTitle)}
            </h2>
            {list}
            <div class="bots__add">
                <button class="btn" type="button" on:click=move |_| page.look()>
                    {say(Word::MailRefresh)}
                </button>
                <div role="status">{held} {said(page.looked)}</div>
            </div>
        </section>
    }
}

/// What tells a row from one that says something else of the same mail.
fn shown(mail: &MailSeen) -> String {
    format!("{} {:?} {} {:?} {:?}", mail.id, mail.state, mail.tries, mail.to, mail.next)
}

fn row(page: MailForm, mail: MailSeen) -> impl IntoView {
    let MailSeen { id, kind, state, to, tries, problem, at, next } = mail;
    let kind = say(match kind {
        MailKind::Test => Word::MailKindTest,
        MailKind::Waiting => Word::MailKindWaiting,
        MailKind::Answer => Word::MailKindAnswer,
        MailKind::Other => Word::MailTitle,
    });
    // The address of who gets an answer is looked up when it is sent.
    let to = to.unwrap_or_else(|| kind.clone());
    let retry = (state != MailState::Sent && state != MailState::Other).then(|| {
        let (words, label) = match tries {
            0 => (Word::MailNow, Pattern::MailNowOf),
            _ => (Word::MailRetry, Pattern::MailRetryOf),
        };
        let label = fill(label, &[&to]);
        view! {
            <div class="people__acts">
                <button
                    class="btn btn--sm"
                    type="button"
                    aria-label=label
                    on:click=move |_| page.retry(id.clone())
                >
                    {say(words)}
                </button>
            </div>
        }
    });
    let state = move || {
        let now = page.app.now.get().max(time::now());
        let when = moment(next.unwrap_or(at), now);
        let pattern = match state {
            MailState::Planned => Pattern::MailStatePlanned,
            MailState::Failed => Pattern::MailStateFailed,
            MailState::Sent | MailState::Other => Pattern::MailStateSent,
        };
        fill(pattern, &[&kind, &when])
    };
    let problem = problem.map(|problem| {
        view! {
            <p class="problem" dir="auto">
                {icon(icon::EXCLAMATION)}
                {parts::words(problem)}
            </p>
        }
    });
    view! {
        <li class="people__one">
            <div class="people__who">
                <p class="people__name" dir="auto">
                    <bdi translate="no">{to}</bdi>
                </p>
                <p class="people__email" dir="auto" prop:textContent=state></p>
                {problem}
            </div>
            {retry}
        </li>
    }
}
