//! Settings → Bots.

mod add;
mod editor;
mod greeting;
mod outline;
mod trial;
mod versions;

use leptos::either::{Either, EitherOf4};
use leptos::prelude::*;
use porchlight_flow::Template;
use porchlight_protocol::bots::BotOfSite;

use crate::app::App;
use crate::settings::bots::greeting::GreetingForm;
use crate::settings::bots::trial::TrialPane;
use crate::settings::bots::{BotsPage, Deed, Edited, Restored, Saving};
use crate::settings::frame::{self, Layout};
use crate::settings::guard;
use crate::settings::page::Page;
use crate::settings::savebar::{self, Said};
use crate::ui::focus::focus_soon;
use crate::ui::parts;
use crate::words::{Pattern, Word, fill, number, say};

/// The page.
pub fn bots(app: App) -> impl IntoView {
    let page = BotsPage::open(app);
    let greeting = GreetingForm::open(page);
    let unsaved = Memo::new(move |_| page.unsaved.get() || greeting.unsaved.get());
    let save = move || {
        page.publish();
        greeting::save(greeting);
    };
    let trial = TrialPane::open(page);
    guard::guard(app, unsaved, save, move || {
        page.gone();
        trial.gone();
    });
    let body = frame::once_loaded(
        Page::Bots,
        move || page.list.with(Option::is_some),
        move || has_failed(page),
        move || page.load(),
        move || frame::main((list(page), shown(page, trial), greeting::section(greeting))),
    );
    frame::page(Page::Bots, Layout::Wide, body, bar(page))
}

fn has_failed(page: BotsPage) -> bool {
    page.state.with(|state| matches!(state, Saving::Failed(_)))
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

/// The number of a version, in the agent's language.
fn version_number(version: u64) -> String {
    number(u32::try_from(version).unwrap_or(u32::MAX))
}

/// The state of a bot: the version of its flow, or that it is off.
fn state_of(version: Option<u64>) -> String {
    match version {
        Some(version) => fill(Pattern::BotsOn, &[&version_number(version)]),
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

fn shown(page: BotsPage, trial: TrialPane) -> impl IntoView {
    let shown = Memo::new(move |_| {
        let state = match page.flow(|flow| flow.is_begun) {
            _ if page.shown.with(Option::is_none) => Shown::Nothing,
            Some(true) => Shown::Editor,
            Some(false) => Shown::Begin,
            None if has_failed(page) => Shown::NotLoaded,
            None => Shown::Loading,
        };
        (page.shown.get(), state)
    });
    move || match shown.get().1 {
        Shown::Nothing => None,
        Shown::Loading => Some(EitherOf4::A(frame::loading(Page::Bots))),
        Shown::NotLoaded => Some(EitherOf4::B(frame::not_loaded(Page::Bots, move || page.load()))),
        Shown::Begin => Some(EitherOf4::C(begin(page))),
        Shown::Editor => Some(EitherOf4::D(editor::editor(page, trial))),
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

/// The bar, shown while a flow is edited, or there is a result.
fn bar(page: BotsPage) -> impl IntoView {
    let is_editing = Memo::new(move |_| page.flow(|flow| flow.is_begun) == Some(true));
    let rests = move || {
        // What could not be loaded says so in its place.
        let is_loaded = page.list.with(Option::is_some) && page.flow(|_| ()).is_some();
        let is_told = page.state.with(|state| !matches!(state, Saving::Idle | Saving::Busy));
        !(is_editing.get() || is_told && is_loaded)
    };
    let said = move || savebar::line(state(page));
    savebar::savebar(page.may_change, rests, said, move || acts(page))
}

fn state(page: BotsPage) -> Said {
    let changed = page.flow(Edited::is_changed) == Some(true);
    match page.state.get() {
        Saving::Publishing => Said::State(say(Word::BotsPublishing)),
        Saving::Failed(why) => Said::Problem(why),
        Saving::Published(version) if !changed => {
            Said::Saved(fill(Pattern::BotsPublished, &[&version_number(version)]))
        }
        Saving::Overtaken(Deed::Publish, version) => {
            Said::Problem(fill(Pattern::BotsOvertaken, &[&version_number(version)]))
        }
        Saving::Overtaken(Deed::SwitchOff, version) => {
            Said::Problem(fill(Pattern::BotsNotSwitchedOff, &[&version_number(version)]))
        }
        Saving::Restored(Restored { version, .. }) => {
            Said::State(fill(Pattern::BotsRestored, &[&version_number(version)]))
        }
        _ if changed => Said::Unsaved,
        Saving::Discarded(..) => Said::State(say(Word::SaveDiscarded)),
        _ => Said::Nothing,
    }
}

fn undo(page: BotsPage) -> impl IntoView {
    let undo = move |_| {
        page.undo();
        focus_soon("#flow".to_owned());
    };
    view! {
        <button class="btn" id="undo-discard" type="button" on:click=undo>
            {say(Word::ActUndo)}
        </button>
    }
}

/// Leads to the version that somebody else has published.
fn see(page: BotsPage, version: u64) -> impl IntoView {
    let see = move |_| {
        page.look_at(version);
        focus_soon(versions::selector(version));
    };
    view! {
        <button class="btn" type="button" on:click=see>
            {fill(Pattern::BotsSee, &[&version_number(version)])}
        </button>
    }
}

/// Undo after changes were discarded; else Publish, and Discard if there are any.
fn acts(page: BotsPage) -> impl IntoView {
    let changed = Memo::new(move |_| page.flow(Edited::is_changed) == Some(true));
    let restored = move || page.state.with(|state| matches!(state, Saving::Restored(_)));
    let discarded = move || page.state.with(|state| matches!(state, Saving::Discarded(..)));
    if !changed.get() && (discarded() || restored()) {
        return Either::Left(undo(page));
    }
    let restored = Memo::new(move |_| restored());
    let overtaken = Memo::new(move |_| match page.state.get() {
        Saving::Overtaken(deed, version) => Some((deed, version)),
        _ => None,
    });
    let publish = move || match overtaken.get() {
        Some((Deed::Publish, _)) => say(Word::BotsPublishMine),
        _ => say(Word::BotsPublish),
    };
    let discard = move |_| {
        page.discard();
        // The button is removed: moves the focus.
        focus_soon("#undo-discard".to_owned());
    };
    let nothing = move || page.flow(Edited::can_be_published) != Some(true);
    Either::Right(view! {
        {move || {
            if restored.get() {
                return Some(Either::Left(undo(page)));
            }
            // What somebody else has published can be restored instead, and a narrow bar has no place for more.
            (changed.get() && overtaken.with(Option::is_none))
                .then(|| {
                    Either::Right(
                        view! {
                            <button class="btn btn--quiet" type="button" on:click=discard>
                                {say(Word::BotsDiscard)}
                            </button>
                        },
                    )
                })
        }}
        {move || overtaken.get().map(|(_, version)| see(page, version))}
        <button
            class="btn btn--primary"
            id="save"
            type="button"
            aria-disabled=move || nothing().then_some("true")
            aria-keyshortcuts="Control+S Meta+S"
            on:click=move |_| page.publish()
        >
            {parts::words_of(publish)}
        </button>
    })
}
