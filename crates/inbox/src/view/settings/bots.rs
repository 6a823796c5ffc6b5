//! Settings → Bots.

mod add;
mod editor;
mod outline;

use leptos::either::{Either, EitherOf4};
use leptos::prelude::*;
use porchlight_flow::Template;
use porchlight_protocol::bots::BotOfSite;

use super::super::focus::focus_soon;
use super::super::icon::{self, icon};
use super::super::parts::{self, blank};
use super::{guard, savebar, tabs};
use crate::app::App;
use crate::bots::{BotsPage, Edited, Saving};
use crate::settings_page::Page;
use crate::words::{Pattern, Word, fill, number, say};

/// The page.
pub fn bots(app: App) -> impl IntoView {
    let page = BotsPage::open(app);
    guard::guard(app, page.unsaved, move || page.publish(), move || page.gone());
    view! {
        <div class="settings">
            <div class="settings__scroll">
                <div class="settings__page settings__page--bots">
                    {head()} <div class="settings__main">{main(page)}</div>
                </div>
            </div>
            {bar(page)}
        </div>
    }
}

fn head() -> impl IntoView {
    view! {
        <header class="settings__head">
            {tabs::tabs(Page::Bots)}
            <h1 class="settings__title">{say(Word::BotsTitle)}</h1>
            <p class="settings__sub">{say(Word::BotsSub)}</p>
        </header>
    }
}

fn loading() -> impl IntoView {
    view! {
        <p class="older">
            <span class="spin" aria-hidden="true"></span>
            {say(Word::BotsLoading)}
        </p>
    }
}

fn not_loaded(page: BotsPage) -> impl IntoView {
    view! {
        <div class="blank">
            {blank(icon::EXCLAMATION, Word::BotsNotLoaded, Word::ListCheckConnection)}
            <button class="btn" type="button" on:click=move |_| page.load()>
                {say(Word::ActRetry)}
            </button>
        </div>
    }
}

/// The bots, and the flow of the shown one; or why there is none.
fn main(page: BotsPage) -> impl IntoView {
    let is_there = Memo::new(move |_| page.list.with(Option::is_some));
    let failed =
        Memo::new(move |_| !is_there.get() && matches!(page.state.get(), Saving::Failed(_)));
    move || match (is_there.get(), failed.get()) {
        (true, _) => Either::Left(view! { {list(page)} {shown(page)} }),
        (false, false) => Either::Right(Either::Left(loading())),
        (false, true) => Either::Right(Either::Right(not_loaded(page))),
    }
}

/// The list of bots, with the fields for another one.
fn list(page: BotsPage) -> impl IntoView {
    let rows = move || {
        let all = page.list.get().unwrap_or_default();
        (!all.is_empty()).then(|| {
            let rows = all.into_iter().map(|it| row(page, it)).collect_view();
            view! { <ul class="bots">{rows}</ul> }
        })
    };
    let is_empty = Memo::new(move |_| page.list.with(|list| list.iter().all(Vec::is_empty)));
    let add = move || {
        (page.may_change && !page.adding.get()).then(|| {
            view! {
                <button
                    class="btn"
                    id="add-bot"
                    type="button"
                    on:click=move |_| {
                        page.add(true);
                        focus_soon("#bot-name".to_owned());
                    }
                >
                    {say(Word::BotsAdd)}
                </button>
            }
        })
    };
    view! {
        <section class="card" aria-label=say(Word::BotsTitle)>
            {rows}
            {move || {
                is_empty
                    .get()
                    .then(|| {
                        view! {
                            <div class="bots__none">
                                <h2 class="bots__none-title">{say(Word::BotsNone)}</h2>
                                <p class="setting__text">{say(Word::BotsNoneText)}</p>
                            </div>
                        }
                    })
            }}
            {move || page.adding.get().then(|| add::fields(page))}
            <div class="bots__add">{add}</div>
        </section>
    }
}

/// The state of a bot: the version of its flow, or that it is off.
fn state_of(version: Option<u64>) -> String {
    match version.map(u32::try_from) {
        Some(version) => fill(Pattern::BotsOn, &[&number(version.unwrap_or(u32::MAX))]),
        None => say(Word::BotsOff),
    }
}

fn row(page: BotsPage, BotOfSite { bot, version }: BotOfSite) -> impl IntoView {
    let (id, changed_id) = (bot.id.clone(), bot.id.clone());
    let current = {
        let id = bot.id.clone();
        move || (page.shown.get().as_ref() == Some(&id)).then_some("true")
    };
    let is_changed =
        move || page.flows.with(|all| all.get(&changed_id).is_some_and(Edited::is_changed));
    let class = if version.is_some() { "bots__state bots__state--on" } else { "bots__state" };
    view! {
        <li>
            <button
                class="bots__bot"
                type="button"
                aria-current=current
                on:click=move |_| page.show(id.clone())
            >
                <span class="bots__name" dir="auto" translate="no">
                    {bot.name}
                </span>
                {move || {
                    is_changed()
                        .then(|| view! { <span class="bots__new">{say(Word::SaveUnsaved)}</span> })
                }} <span class=class>{state_of(version)}</span>
            </button>
        </li>
    }
}

/// What is shown of the shown bot.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Nothing,
    Loading,
    NotLoaded,
    Begin,
    Editor,
}

fn shown(page: BotsPage) -> impl IntoView {
    let shown = Memo::new(move |_| {
        let state = match page.flow(|flow| flow.is_begun) {
            _ if page.shown.with(Option::is_none) => Shown::Nothing,
            Some(true) => Shown::Editor,
            Some(false) => Shown::Begin,
            None if matches!(page.state.get(), Saving::Failed(_)) => Shown::NotLoaded,
            None => Shown::Loading,
        };
        (page.shown.get(), state)
    });
    move || match shown.get().1 {
        Shown::Nothing => None,
        Shown::Loading => Some(EitherOf4::A(loading())),
        Shown::NotLoaded => Some(EitherOf4::B(not_loaded(page))),
        Shown::Begin => Some(EitherOf4::C(begin(page))),
        Shown::Editor => Some(EitherOf4::D(editor::editor(page))),
    }
}

/// The name of a template.
fn template_name(template: Template) -> Word {
    match template {
        Template::Greeting => Word::BotsTemplateGreeting,
        Template::Order => Word::BotsTemplateOrder,
        Template::Hours => Word::BotsTemplateHours,
        Template::Lead => Word::BotsTemplateLead,
    }
}

/// The templates, for a bot that has no flow.
fn begin(page: BotsPage) -> impl IntoView {
    let name = move || page.bot().map(|bot| bot.name);
    let buttons = move || {
        let button = |template: Template| {
            let begin = move |_| {
                page.begin(template);
                focus_soon("#flow".to_owned());
            };
            view! {
                <button class="btn" type="button" on:click=begin>
                    {say(template_name(template))}
                </button>
            }
        };
        page.may_change.then(|| Template::ALL.map(button).into_iter().collect_view())
    };
    view! {
        <section class="card" aria-labelledby="flow-name">
            <h2 class="card__title" id="flow-name" dir="auto" translate="no" prop:textContent=name></h2>
            <div class="begin">
                <p>{say(Word::BotsNoFlow)}</p>
                <div class="begin__templates">{buttons}</div>
            </div>
        </section>
    }
}

/// The bar below the page, shown while there are unsaved changes or a result.
fn bar(page: BotsPage) -> impl IntoView {
    if !page.may_change {
        return Either::Left(savebar::read_only());
    }
    let is_editing = Memo::new(move |_| page.flow(|flow| flow.is_begun) == Some(true));
    let rests = move || {
        // What could not be loaded says so in its place.
        let is_loaded = page.list.with(Option::is_some) && page.flow(|_| ()).is_some();
        let is_told = page.state.with(|state| !matches!(state, Saving::Idle | Saving::Busy));
        !(is_editing.get() || is_told && is_loaded)
    };
    let class = move || if rests() { "savebar savebar--rests" } else { "savebar" };
    Either::Right(view! {
        <div class=class>
            <div class="savebar__said" role="status">
                {move || state(page)}
            </div>
            {move || acts(page)}
        </div>
    })
}

fn state(page: BotsPage) -> impl IntoView {
    let changed = page.flow(Edited::is_changed) == Some(true);
    let (class, mark, words) = match page.state.get() {
        Saving::Publishing => ("savebar__state", None, say(Word::BotsPublishing)),
        Saving::Failed(why) => ("savebar__state problem", Some(icon::EXCLAMATION), why),
        Saving::Published(version) if !changed => {
            let version = number(u32::try_from(version).unwrap_or(u32::MAX));
            let words = fill(Pattern::BotsPublished, &[&version]);
            ("savebar__state savebar__state--saved", Some(icon::CHECK), words)
        }
        _ if changed => ("savebar__state savebar__state--new", None, say(Word::SaveUnsaved)),
        Saving::Discarded(..) => ("savebar__state", None, say(Word::SaveDiscarded)),
        _ => ("savebar__state", None, String::new()),
    };
    view! { <p class=class>{mark.map(icon)} {parts::words(words)}</p> }
}

/// Undo after changes were discarded; else Publish, and Discard if there are any.
fn acts(page: BotsPage) -> impl IntoView {
    let changed = Memo::new(move |_| page.flow(Edited::is_changed) == Some(true));
    if !changed.get() && page.state.with(|state| matches!(state, Saving::Discarded(..))) {
        let undo = move |_| {
            page.restore();
            focus_soon("#flow".to_owned());
        };
        return Either::Left(view! {
            <button class="btn" id="undo-discard" type="button" on:click=undo>
                {say(Word::ActUndo)}
            </button>
        });
    }
    let discard = move |_| {
        page.discard();
        // The button is removed: moves the focus.
        focus_soon("#undo-discard".to_owned());
    };
    let nothing = move || page.flow(Edited::can_be_published) != Some(true);
    Either::Right(view! {
        {move || {
            changed
                .get()
                .then(|| {
                    view! {
                        <button class="btn btn--quiet" type="button" on:click=discard>
                            {say(Word::BotsDiscard)}
                        </button>
                    }
                })
        }}
        <button
            class="btn btn--primary"
            id="save"
            type="button"
            aria-disabled=move || nothing().then_some("true")
            aria-keyshortcuts="Control+S Meta+S"
            on:click=move |_| page.publish()
        >
            {say(Word::BotsPublish)}
        </button>
    })
}
