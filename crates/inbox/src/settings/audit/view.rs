//! Settings → Audit log.

use leptos::either::{Either, EitherOf3};
use leptos::prelude::*;
use porchlight_browser::{dates, time};
use porchlight_protocol::audit::{Entry, Topic};

use crate::app::App;
use crate::settings::audit;
use crate::settings::audit::AuditLog;
use crate::settings::frame::{self, Layout};
use crate::settings::page::Page;
use crate::settings::setting::Saving;
use crate::ui::icon::{self, icon};
use crate::ui::parts::{blank, locale, moment, words};
use crate::words::{Word, say};

/// The page.
pub fn audit(app: App) -> impl IntoView {
    let log = AuditLog::open(app);
    let body = move || match log.may_see {
        true => Either::Left(frame::main(card(log))),
        false => Either::Right(frame::main(
            view! { <div class="blank">{blank(icon::LOCK, Word::AuditTitle, Word::AuditAdminsOnly)}</div> },
        )),
    };
    frame::page(Page::Audit, Layout::Wide, body, ())
}

fn card(log: AuditLog) -> impl IntoView {
    // A memo, so that more entries don't build the list anew.
    let shown = Memo::new(move |_| match log.entries.with(|it| it.as_ref().map(Vec::is_empty)) {
        Some(false) => Shown::Entries,
        Some(true) => Shown::Nothing,
        None if log.has_failed() => Shown::NotLoaded,
        None => Shown::Loading,
    });
    view! {
        <section class="card" aria-label=say(Word::AuditTitle)>
            {filter(log)}
            {move || match shown.get() {
                Shown::Entries => EitherOf3::A(entries(log)),
                Shown::Nothing => EitherOf3::B(Either::Left(nothing())),
                Shown::NotLoaded => {
                    EitherOf3::B(Either::Right(frame::not_loaded(Page::Audit, move || log.load())))
                }
                Shown::Loading => EitherOf3::C(frame::loading(Page::Audit)),
            }}
        </section>
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Loading,
    NotLoaded,
    Nothing,
    Entries,
}

fn nothing() -> impl IntoView {
    view! { <div class="blank">{blank(icon::BOOK, Word::AuditEmpty, Word::AuditEmptyText)}</div> }
}

fn filter(log: AuditLog) -> impl IntoView {
    let options = Topic::ALL.map(|topic| {
        view! { <option value=topic.as_str()>{say(audit::words::topic(topic))}</option> }
    });
    view! {
        <div class="audit__filter">
            <label for="audit-topic">{say(Word::AuditTopic)}</label>
            <select
                class="input select"
                id="audit-topic"
                on:change=move |event| log.show(Topic::named(&event_target_value(&event)))
            >
                <option value="" selected=true>
                    {say(Word::AuditAll)}
                </option>
                {options.into_iter().collect_view()}
            </select>
        </div>
    }
}

fn entries(log: AuditLog) -> impl IntoView {
    let more = move || {
        log.next.get().is_some().then(|| {
            let failed = move || log.has_failed().then(|| say(Word::AuditMoreFailed));
            view! {
                <div class="bots__add">
                    <button
                        class="btn"
                        type="button"
                        aria-disabled=move || (log.state.get() == Saving::Busy).then_some("true")
                        on:click=move |_| log.more()
                    >
                        {say(Word::AuditMore)}
                    </button>
                    <p class="problem" role="alert">
                        {move || failed().map(|why| (icon(icon::EXCLAMATION), words(why)))}
                    </p>
                </div>
            }
        })
    };
    view! {
        <ul class="people audit">
            <For each=move || log.entries.get().unwrap_or_default() key=|entry| entry.id let:entry>
                {row(log.app, entry)}
            </For>
        </ul>
        {more}
    }
}

fn row(app: App, entry: Entry) -> impl IntoView {
    let at = entry.at;
    let when = move || moment(at, app.now.get().max(time::now()));
    let full = dates::datetime(at);
    let (by, done) = (audit::words::by(&entry), audit::words::done(&entry));
    // The whole id, for commands of the server.
    let title = Some(entry.about).filter(|about| about.len() == 32);
    view! {
        <li class="people__one audit__one">
            <time class="audit__when" datetime=full lang=locale() prop:textContent=when></time>
            <span class="audit__by"><bdi translate="no" prop:textContent=by></bdi></span>
            <span class="audit__what" dir="auto" title=title prop:textContent=done></span>
        </li>
    }
}
