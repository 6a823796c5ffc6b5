//! What is known of the visitor: a column beside the conversation, or on a narrow screen a sheet over it.

mod earlier;
mod fact;
mod form;

use leptos::either::{Either, EitherOf3};
use leptos::prelude::*;
use porchlight_browser::time;
use porchlight_protocol::VisitorId;
use porchlight_protocol::visit::VisitedPage;

use crate::app::{App, TalkState};
use crate::frame::toast;
use crate::person::face::{Face, numbered};
use crate::person::part::Part;
use crate::person::told::{Group, is_blank, keys, label};
use crate::person::view::fact::{Source, plain, row};
use crate::person::{PersonPanel, call, zone};
use crate::settings::closing::names;
use crate::settings::setting::Saving;
use crate::ui::focus::{focus_soon, nothing_has_focus};
use crate::ui::icon::{self, icon};
use crate::ui::parts::{ago, avatar, moment, rich, words, words_of};
use crate::ui::sheet as dialog;
use crate::words::{Pattern, Word, fill, say};

/// The button in the head of a conversation.
const BUTTON: &str = "#about-visitor";

/// The visitor of the open conversation, once it is loaded.
fn visitor(app: App) -> Memo<Option<VisitorId>> {
    Memo::new(move |_| {
        app.talk.with(|talk| Some(talk.as_ref()?.conversation.as_ref()?.visitor.clone()))
    })
}

/// True while the column is shown.
pub fn is_beside(app: App) -> Memo<bool> {
    Memo::new(move |_| {
        let lost = |state| matches!(state, TalkState::Gone | TalkState::Unreachable);
        let there = app.talk.with(|talk| talk.as_ref().is_none_or(|talk| !lost(talk.state)));
        let open = app.route.with(|route| route.open().is_some());
        app.visitors.sidebar.get().is_column() && open && there
    })
}

/// The button that shows the column or the sheet, and hides it.
pub fn button(app: App) -> impl IntoView {
    let beside = is_beside(app);
    let shown = move || beside.get() || app.visitors.sidebar.get().is_sheet();
    view! {
        <button
            class="icon-btn talk__person"
            id="about-visitor"
            type="button"
            aria-label=say(Word::PersonTitle)
            title=say(Word::PersonTitle)
            aria-expanded=move || if shown() { "true" } else { "false" }
            on:click=move |_| app.toggle_sidebar()
        >
            {icon(icon::CARD)}
        </button>
    }
}

/// The column.
pub fn column(app: App, beside: Memo<bool>) -> impl IntoView {
    let id = visitor(app);
    let hide = move |_| {
        app.toggle_sidebar();
        focus_soon(BUTTON.to_owned());
    };
    move || {
        beside.get().then(|| {
            view! {
                <aside class="person" aria-labelledby="person">
                    <header class="person__head">
                        <h2 class="person__title" id="person">
                            {say(Word::PersonTitle)}
                        </h2>
                        <button
                            class="icon-btn"
                            type="button"
                            aria-label=say(Word::PersonClose)
                            title=say(Word::PersonClose)
                            on:click=hide
                        >
                            {icon(icon::CLOSE)}
                        </button>
                    </header>
                    {move || contents(app, id.get())}
                </aside>
            }
        })
    }
}

/// The sheet, as a dialog.
pub fn sheet(app: App) -> impl IntoView {
    let id = visitor(app);
    let shown = Memo::new(move |_| app.visitors.sidebar.get().is_sheet());
    // The back button removes the dialog before it is closed, and the focus with it.
    Effect::new(move |before: Option<bool>| {
        let shown = shown.get();
        if before == Some(true) && !shown {
            request_animation_frame(|| {
                if nothing_has_focus() {
                    focus_soon(BUTTON.to_owned());
                }
            });
        }
        shown
    });
    move || {
        shown.get().then(|| {
            let body = view! {
                {move || contents(app, id.get())}
                // What is behind a modal dialog can't be reached.
                {toast::toast(app)}
            };
            let (title, close) = (Word::PersonTitle, Word::PersonClose);
            dialog::sheet(
                "dialog person-sheet",
                "person",
                title,
                close,
                move || app.close_sheet(),
                body,
            )
        })
    }
}

fn contents(app: App, id: Option<VisitorId>) -> impl IntoView {
    match id {
        Some(id) => Either::Left(panel(PersonPanel::open(app, id))),
        None => Either::Right(loading()),
    }
}

fn loading() -> impl IntoView {
    view! {
        <p class="person__state" role="status">
            <span class="spin" aria-hidden="true"></span>
            {say(Word::PersonLoading)}
        </p>
    }
}

/// What there is to show.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    Loading,
    Failed(String),
    Ready,
}

fn panel(panel: PersonPanel) -> impl IntoView {
    let stage = Memo::new(move |_| match panel.state.get() {
        _ if panel.record.with(Option::is_some) => Stage::Ready,
        Saving::Failed(why) => Stage::Failed(why),
        Saving::Idle | Saving::Busy | Saving::Saved => Stage::Loading,
    });
    let body = move || match stage.get() {
        Stage::Loading => EitherOf3::A(loading()),
        Stage::Failed(why) => EitherOf3::B(failed(panel, why)),
        Stage::Ready => EitherOf3::C(ready(panel)),
    };
    view! {
        <div class="person__body" tabindex="-1">
            {body}
        </div>
    }
}

fn failed(panel: PersonPanel, why: String) -> impl IntoView {
    let retry = move |_| {
        panel.load();
        panel.load_earlier();
    };
    view! {
        <div class="person__state person__state--failed" role="alert">
            <p>
                <b>{say(Word::PersonNotLoaded)}</b>
            </p>
            <p>{words(why)}</p>
            <button class="btn btn--sm" type="button" on:click=retry>
                {say(Word::ActRetry)}
            </button>
        </div>
    }
}

fn ready(panel: PersonPanel) -> impl IntoView {
    view! {
        {who(panel)}
        {contact(panel)}
        {details(panel)}
        {answers(panel)}
        {pages(panel)}
        {earlier::earlier(panel)}
        {visits(panel)}
        {browser(panel)}
    }
}

/// The name, and whether it is proved who it is.
fn who(panel: PersonPanel) -> impl IntoView {
    let face = Memo::new(move |_| {
        panel.record.with(|it| it.as_ref().map(|it| Face::of(&it.id, Some(&it.as_name()))))
    });
    let proved =
        Memo::new(move |_| panel.record.with(|it| it.as_ref().is_some_and(|it| it.proved)));
    let blank = Memo::new(move |_| panel.record.with(|it| it.as_ref().is_some_and(is_blank)));
    let number = panel.id.with_value(numbered);
    let proof = move || {
        let (class, path, said) = if proved.get() {
            ("person__proof person__proof--yes", icon::SHIELD, Word::PersonProved)
        } else {
            ("person__proof", icon::QUESTION, Word::PersonNotProved)
        };
        view! { <p class=class>{icon(path)} {words(say(said))}</p> }
    };
    view! {
        <div class="person__who">
            {move || face.get().map(|face| avatar("avatar avatar--lg", &face))}
            <div class="person__named">
                <p class="person__name">
                    <bdi translate="no" prop:textContent=move || {
                        face.get().map(|face| face.name).unwrap_or_default()
                    }></bdi>
                </p>
                {move || {
                    let other = face.with(|face| face.as_ref().is_some_and(|it| it.name != number));
                    other.then(|| view! { <p class="person__number">{number.clone()}</p> })
                }}
                {proof}
            </div>
        </div>
        {move || {
            blank.get().then(|| view! { <p class="person__blank">{say(Word::PersonNone)}</p> })
        }}
    }
}

/// A group of facts.
fn group(title: Word, note: Option<Source>, facts: impl IntoView) -> impl IntoView {
    view! {
        <section class="facts" aria-label=say(title)>
            <h3 class="facts__title">{say(title)}</h3>
            <dl class="facts__list">{facts}</dl>
            {note.map(|note| view! { <p class="fact__source">{note.view()}</p> })}
        </section>
    }
}

fn contact(panel: PersonPanel) -> impl IntoView {
    let id = Memo::new(move |_| panel.record.with(|it| it.as_ref()?.external_id.clone()));
    let rows = view! {
        {row(panel, Part::Name, say(Word::PersonName))}
        {row(panel, Part::Email, say(Word::PersonEmail))}
        {row(panel, Part::Phone, say(Word::PersonPhone))}
        {wish(panel)}
        {move || {
            id.get()
                .map(|told| {
                    let source = Source::of(&told.by);
                    let value = view! {
                        <span translate="no">
                            <bdi>{told.value}</bdi>
                        </span>
                    };
                    plain(say(Word::PersonId), value, Some((panel.app, source, told.at)))
                })
        }}
    };
    group(Word::PersonContact, None, rows)
}

/// When the visitor wishes to be called, here and there, and the button for who has called.
fn wish(panel: PersonPanel) -> impl IntoView {
    let wish = Memo::new(move |_| {
        panel.record.with(|it| {
            let it = it.as_ref()?;
            Some((it.call_back.clone()?, it.time_zone.clone()))
        })
    });
    move || {
        let (told, zone) = wish.get()?;
        let at = told.value;
        let when = words_of(move || {
            panel.app.now.track();
            call::time(at, time::now())
        });
        let there = zone.and_then(|zone| call::time_there(at, &zone));
        let there = there.map(|time| {
            view! { <p class="fact__there">{words(fill(Pattern::PersonCallThere, &[&time]))}</p> }
        });
        let called = move |_| {
            if let Some(name) = panel.record.with_untracked(|it| it.as_ref().map(|it| it.as_name()))
            {
                panel.app.has_called(&name);
                focus_soon(".person__body".to_owned());
            }
        };
        let button = panel.may_edit.then(|| {
            view! {
                <button class="btn btn--sm fact__called" type="button" on:click=called>
                    {icon(icon::CHECK)} {say(Word::PersonCallCalled)}
                </button>
            }
        });
        let value = view! { {when} {there} {button} };
        let source = (panel.app, Source::of(&told.by), told.at);
        Some(plain(say(Word::PersonCall), value, Some(source)))
    }
}

/// The attributes of a group, by key.
fn attributes(panel: PersonPanel, of: Group) -> Memo<Vec<String>> {
    Memo::new(move |_| {
        panel.record.with(|it| it.as_ref().map(|it| keys(it, of)).unwrap_or_default())
    })
}

fn attribute_rows(panel: PersonPanel, all: Memo<Vec<String>>) -> impl IntoView {
    view! {
        <For each=move || all.get() key=String::clone let(key)>
            {row(panel, Part::Attribute(key.clone()), label(&key))}
        </For>
    }
}

fn details(panel: PersonPanel) -> impl IntoView {
    let all = attributes(panel, Group::Told);
    let adding = Memo::new(move |_| panel.editing.with(|it| *it == Some(Part::New)));
    let add = move || {
        if adding.get() {
            EitherOf3::A(form::form(panel, Part::New, say(Word::PersonValue)))
        } else if panel.may_edit {
            EitherOf3::B(view! {
                <button class="link person__add" type="button" on:click=move |_| panel.begin(Part::New)>
                    {icon(icon::PLUS)}
                    {say(Word::PersonAdd)}
                </button>
            })
        } else {
            EitherOf3::C(())
        }
    };
    view! {
        <section class="facts" aria-label=say(Word::PersonDetails)>
            <h3 class="facts__title">{say(Word::PersonDetails)}</h3>
            {move || {
                let some = all.with(|all| !all.is_empty());
                some.then(|| view! { <dl class="facts__list">{attribute_rows(panel, all)}</dl> })
            }}
            {add}
        </section>
    }
}

/// What bots have collected, if there is any.
fn answers(panel: PersonPanel) -> impl IntoView {
    let all = attributes(panel, Group::Answered);
    let there = Memo::new(move |_| all.with(|all| !all.is_empty()));
    move || there.get().then(|| group(Word::PersonAnswers, None, attribute_rows(panel, all)))
}

/// The pages of the visit, the newest first.
fn pages(panel: PersonPanel) -> impl IntoView {
    let known = Memo::new(move |_| {
        panel.record.with(|it| it.as_ref()?.visit.as_ref().map(|visit| visit.pages.clone()))
    });
    let there =
        Memo::new(move |_| known.with(|pages| pages.as_ref().is_some_and(|it| !it.is_empty())));
    let rows = move || {
        view! {
            <For
                each=move || known.get().unwrap_or_default()
                key=|page| (page.at, page.address.clone(), page.title.clone())
                let(page)
            >
                {page_of(panel, page)}
            </For>
        }
    };
    move || there.get().then(|| group(Word::PersonPages, Some(Source::Browser), rows()))
}

fn page_of(panel: PersonPanel, page: VisitedPage) -> impl IntoView {
    let VisitedPage { address, title, at } = page;
    let name = words_of(move || ago(at, panel.app.now.get().max(time::now())));
    view! {
        <div class="fact">
            <dt class="fact__name">{name}</dt>
            {(!title.is_empty())
                .then(|| {
                    view! {
                        <dd class="fact__value">
                            <span dir="auto" translate="no" prop:textContent=title></span>
                        </dd>
                    }
                })}
            <dd class="fact__value fact__address">
                <span translate="no">
                    <bdi>{rich(&address)}</bdi>
                </span>
            </dd>
        </div>
    }
}

fn visits(panel: PersonPanel) -> impl IntoView {
    let seen = Memo::new(move |_| {
        panel.record.with(|it| it.as_ref().map_or((0, 0), |it| (it.first_seen, it.last_seen)))
    });
    let at = move |which: fn((i64, i64)) -> i64| {
        words_of(move || {
            panel.app.now.track();
            moment(which(seen.get()), time::now())
        })
    };
    let rows = view! {
        {plain(say(Word::PersonLastSeen), at(|it| it.1), None)}
        {plain(say(Word::PersonFirstSeen), at(|it| it.0), None)}
    };
    group(Word::PersonVisits, Some(Source::Server), rows)
}

/// What the browser says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Browser {
    zone: Option<String>,
    language: Option<String>,
    device: Option<String>,
    referrer: Option<String>,
}

fn browser(panel: PersonPanel) -> impl IntoView {
    let known = Memo::new(move |_| {
        panel.record.with(|it| {
            it.as_ref().map(|it| Browser {
                zone: it.time_zone.clone(),
                language: it.language.clone(),
                device: it.device.clone(),
                referrer: it.referrer.clone(),
            })
        })
    });
    move || {
        let Browser { zone, language, device, referrer } = known.get().unwrap_or_default();
        if zone.is_none() && language.is_none() && device.is_none() && referrer.is_none() {
            return None;
        }
        let rows = view! {
            {zone.map(|zone| plain(say(Word::PersonTime), there(panel.app, zone), None))}
            {language.map(|tag| plain(say(Word::PersonLanguage), words(names::name(&tag)), None))}
            {device.map(|device| plain(say(Word::PersonDevice), words(device), None))}
            {referrer
                .map(|address| {
                    let link = view! {
                        <span translate="no">
                            <bdi>{rich(&address)}</bdi>
                        </span>
                    };
                    plain(say(Word::PersonCameFrom), link, None)
                })}
        };
        Some(group(Word::PersonBrowser, Some(Source::Browser), rows))
    }
}

/// The time in a zone, and the zone.
fn there(app: App, zone: String) -> impl IntoView {
    words_of(move || {
        app.now.track();
        let name = zone.replace('_', " ");
        match zone::time_in(&zone, time::now()) {
            Some(time) => fill(Pattern::PersonTimeIn, &[&time, &name]),
            None => name,
        }
    })
}
