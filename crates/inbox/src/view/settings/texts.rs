//! Settings → Texts.

use leptos::either::{Either, EitherOf3};
use leptos::ev::{Event, SubmitEvent};
use leptos::html;
use leptos::prelude::*;

use super::super::focus::focus_soon;
use super::super::icon::{self, icon};
use super::super::parts::{self, blank};
use super::{guard, savebar, tabs};
use crate::app::App;
use crate::closing::names;
use crate::settings_page::Page;
use crate::texts::{Edited, OurText, Saving, TextsForm, direction, places};
use crate::words::{Count, Pattern, Word, count, fill, say};

/// The page.
pub fn texts(app: App) -> impl IntoView {
    let page = TextsForm::open(app);
    guard::guard(app, page.unsaved, move || page.save(), move || page.gone());
    Effect::new(move |_| {
        if let Some((key, _)) = page.refused.get() {
            page.search.set(String::new());
            page.only_own.set(false);
            focus_soon(["#", &id(&key)].concat());
        }
    });
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        page.save();
    };
    view! {
        <form class="settings" novalidate=true on:submit=on_submit>
            <div class="settings__scroll">
                <div class="settings__page settings__page--single">
                    {head()} {tools(page)}
                    <div class="settings__main">{move || main(page)}</div>
                </div>
            </div>
            {savebar(page)}
        </form>
    }
}

fn head() -> impl IntoView {
    view! {
        <header class="settings__head">
            {tabs::tabs(Page::Texts)}
            <h1 class="settings__title">{say(Word::TextsTitle)}</h1>
            <p class="settings__sub">{say(Word::TextsSub)}</p>
        </header>
    }
}

/// The language, and what is searched for.
fn tools(page: TextsForm) -> impl IntoView {
    let known = Memo::new(move |_| {
        page.languages.with(|all| {
            // Each page lists all languages; the numbers of those that were looked at are known better.
            let listed = all.values().next().map(|texts| texts.saved.languages.clone());
            let mut listed: Vec<(String, usize)> = listed
                .unwrap_or_default()
                .into_iter()
                .map(|it| {
                    let own = all.get(&it.language).map(Edited::count);
                    let saved = usize::try_from(it.own).unwrap_or_default();
                    (it.language, own.unwrap_or(saved))
                })
                .collect();
            listed.sort_by_cached_key(|(tag, _)| names::name(tag).to_lowercase());
            listed
        })
    });
    let options = move || {
        let option = |(tag, own): (String, usize)| {
            let name = names::name(&tag);
            let label = match own {
                0 => name,
                own => fill(Pattern::TextsLanguageWith, &[&name, &count(Count::TextsOwn, own)]),
            };
            let selected = page.language.with_untracked(|shown| *shown == tag);
            view! { <option value=tag selected=selected>{label}</option> }
        };
        known.get().into_iter().map(option).collect_view()
    };
    view! {
        <div class="texts-tools">
            <label class="sr" for="texts-language">
                {say(Word::TextsLanguage)}
            </label>
            <select
                class="input select"
                id="texts-language"
                prop:value=page.language
                on:change=move |event| page.show(event_target_value(&event))
            >
                {options}
            </select>
            <label class="sr" for="texts-search">
                {say(Word::TextsSearch)}
            </label>
            <input
                class="input"
                id="texts-search"
                type="search"
                placeholder=say(Word::TextsSearch)
                prop:value=page.search
                on:input=move |event| page.search.set(event_target_value(&event))
            />
            <label class="texts-tools__own">
                <input
                    type="checkbox"
                    prop:checked=page.only_own
                    on:change=move |event| page.only_own.set(event_target_checked(&event))
                />
                {say(Word::TextsOnlyOwn)}
            </label>
        </div>
    }
}

/// The texts of the language; or why there are none.
fn main(page: TextsForm) -> impl IntoView + use<> {
    let is_there = Memo::new(move |_| page.shown(|_| ()).is_some());
    // A save that fails does not build the list anew, in which somebody may be writing.
    let failed =
        Memo::new(move |_| !is_there.get() && matches!(page.state.get(), Saving::Failed(_)));
    move || match (is_there.get(), failed.get()) {
        (true, _) => EitherOf3::A(groups(page)),
        (false, false) => EitherOf3::B(view! {
            <p class="older">
                <span class="spin" aria-hidden="true"></span>
                {say(Word::TextsLoading)}
            </p>
        }),
        (false, true) => EitherOf3::C(view! {
            <div class="blank">
                {blank(icon::EXCLAMATION, Word::TextsNotLoaded, Word::ListCheckConnection)}
                <button class="btn" type="button" on:click=move |_| page.load()>
                    {say(Word::ActRetry)}
                </button>
            </div>
        }),
    }
}

fn groups(page: TextsForm) -> impl IntoView {
    // What is written or saved does not build the list anew: only what is searched for, and which texts there are.
    let found = Memo::new(move |_| {
        let (search, only_own) = (page.search.get(), page.only_own.get());
        let groups = page.shown(|texts| texts.groups(&search, only_own)).unwrap_or_default();
        (page.language.get(), groups)
    });
    move || {
        let (language, groups) = found.get();
        if groups.is_empty() {
            return Either::Left(view! {
                <p class="texts-none" role="status">
                    {say(Word::TextsNone)}
                </p>
            });
        }
        let group = |name: &str, texts: Vec<OurText>| {
            let heading = ["texts-", name].concat();
            let labelled_by = heading.clone();
            let title = group_name(name).map_or_else(|| name.to_owned(), say);
            let rows = texts.into_iter().map(|text| row(page, &language, text)).collect_view();
            view! {
                <section class="card" aria-labelledby=labelled_by>
                    <h2 class="card__title" id=heading>
                        {title}
                    </h2>
                    {rows}
                </section>
            }
        };
        let all = groups.into_iter().map(|it| group(&it.name, it.texts)).collect_view();
        Either::Right(all)
    }
}

/// The name of a group of texts. A server that is newer may have others.
fn group_name(group: &str) -> Option<Word> {
    Some(match group {
        "closing" => Word::TextsGroupClosing,
        "document" => Word::TextsGroupDocument,
        "error" => Word::TextsGroupError,
        "field" => Word::TextsGroupField,
        "history" => Word::TextsGroupHistory,
        "home" => Word::TextsGroupHome,
        "link" => Word::TextsGroupLink,
        "loader" => Word::TextsGroupLoader,
        "message" => Word::TextsGroupMessage,
        "page" => Word::TextsGroupPage,
        "thread" => Word::TextsGroupThread,
        _ => return None,
    })
}

/// The element id of a text's field.
fn id(key: &str) -> String {
    ["text-", &key.replace('.', "-")].concat()
}

/// A text: what the product says, and the field for what the site says.
fn row(page: TextsForm, language: &str, text: OurText) -> impl IntoView + use<> {
    let OurText { key, text } = text;
    let (field, hint) = (id(&key), [&id(&key), "-hint"].concat());
    let node = NodeRef::<html::Input>::new();
    let (shown, refused) = (key.clone(), key.clone());
    let own = Memo::new(move |_| page.text(&shown));
    // The fields may be reset.
    Effect::new(move |_| {
        let own = own.get();
        if let Some(node) = node.get()
            && node.value() != own
        {
            node.set_value(&own);
        }
    });
    let wrong = Memo::new(move |_| {
        page.refused.with(|it| it.as_ref().filter(|(of, _)| *of == refused).map(|it| it.1.clone()))
    });
    let ours = text.clone();
    let keep = places(&text).join(" ");
    let keep = (!keep.is_empty()).then(|| fill(Pattern::TextsKeep, &[&keep]));
    view! {
        <div class="text">
            <label class="text__ours" for=field.clone() lang=language.to_owned() dir="auto" translate="no">
                {text.clone()}
            </label>
            <input
                class="input"
                id=field
                lang=language.to_owned()
                dir=move || own.with(|own| direction(own, &ours))
                autocomplete="off"
                placeholder=text
                node_ref=node
                readonly=!page.may_change
                aria-describedby=hint.clone()
                aria-invalid=move || wrong.get().map(|_| "true")
                on:input=move |event: Event| page.write(&key, &event_target_value(&event))
            />
            <p class="setting__hint" id=hint>
                {keep}
                {move || {
                    wrong
                        .get()
                        .map(|why| {
                            view! {
                                <span class="problem">
                                    {icon(icon::EXCLAMATION)} {parts::words(why)}
                                </span>
                            }
                        })
                }}
            </p>
        </div>
    }
}

/// The bar below the page, shown while there are unsaved changes or a result.
fn savebar(page: TextsForm) -> impl IntoView {
    if !page.may_change {
        return Either::Left(savebar::read_only());
    }
    let rests = move || {
        // A list that could not be loaded says so in its place.
        let idle = page.state.with(|state| matches!(state, Saving::Idle | Saving::Busy));
        (idle || page.shown(|_| ()).is_none()) && !page.unsaved.get()
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

fn state(page: TextsForm) -> impl IntoView {
    let (class, mark, words) = match (page.state.get(), page.unsaved.get()) {
        (Saving::Busy, true) => ("savebar__state", None, say(Word::SaveSaving)),
        (Saving::Failed(why), _) => ("savebar__state problem", Some(icon::EXCLAMATION), why),
        (_, true) => ("savebar__state savebar__state--new", None, say(Word::SaveUnsaved)),
        (Saving::Saved, false) => {
            ("savebar__state savebar__state--saved", Some(icon::CHECK), say(Word::TextsSaved))
        }
        (Saving::Discarded(_), false) => ("savebar__state", None, say(Word::SaveDiscarded)),
        (Saving::Busy | Saving::Idle, false) => ("savebar__state", None, String::new()),
    };
    view! { <p class=class>{mark.map(icon)} {parts::words(words)}</p> }
}

fn acts(page: TextsForm) -> impl IntoView {
    let discarded = Memo::new(move |_| matches!(page.state.get(), Saving::Discarded(_)));
    let nothing = move || !page.unsaved.get();
    let (restore, discard) = (move || page.restore(), move || page.discard());
    savebar::buttons(discarded.get(), page.unsaved, nothing, restore, discard)
}
