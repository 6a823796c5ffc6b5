//! Settings → Texts.

use leptos::either::Either;
use leptos::ev::Event;
use leptos::html;
use leptos::prelude::*;

use crate::app::App;
use crate::settings::closing::names;
use crate::settings::frame::{self, Layout};
use crate::settings::guard;
use crate::settings::page::Page;
use crate::settings::savebar::{self, Said};
use crate::settings::texts::{Edited, OurText, Saving, TextsForm, direction, places};
use crate::ui::focus::focus_soon;
use crate::ui::icon::{self, icon};
use crate::ui::parts;
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
    let list = frame::once_loaded(
        Page::Texts,
        move || page.shown(|_| ()).is_some(),
        move || page.state.with(|state| matches!(state, Saving::Failed(_))),
        move || page.load(),
        move || frame::main(groups(page)),
    );
    // The language can be chosen while the texts of one are loaded.
    let body = (tools(page), list);
    frame::form(Page::Texts, Layout::Single, move || page.save(), body, bar(page))
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
        "answers" => Word::TextsGroupAnswers,
        "ask" => Word::TextsGroupAsk,
        "closing" => Word::TextsGroupClosing,
        "document" => Word::TextsGroupDocument,
        "error" => Word::TextsGroupError,
        "field" => Word::TextsGroupField,
        "history" => Word::TextsGroupHistory,
        "home" => Word::TextsGroupHome,
        "link" => Word::TextsGroupLink,
        "loader" => Word::TextsGroupLoader,
        "mail" => Word::TextsGroupMail,
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

/// The bar, shown while there are unsaved changes or a result.
fn bar(page: TextsForm) -> impl IntoView {
    let rests = move || {
        // A list that could not be loaded says so in its place.
        let idle = page.state.with(|state| matches!(state, Saving::Idle | Saving::Busy));
        (idle || page.shown(|_| ()).is_none()) && !page.unsaved.get()
    };
    let said = move || savebar::line(state(page));
    savebar::savebar(page.may_change, rests, said, move || acts(page))
}

fn state(page: TextsForm) -> Said {
    match (page.state.get(), page.unsaved.get()) {
        (Saving::Busy, true) => Said::State(say(Word::SaveSaving)),
        (Saving::Failed(why), _) => Said::Problem(why),
        (_, true) => Said::Unsaved,
        (Saving::Saved, false) => Said::Saved(say(Word::TextsSaved)),
        (Saving::Discarded(_), false) => Said::State(say(Word::SaveDiscarded)),
        (Saving::Busy | Saving::Idle, false) => Said::Nothing,
    }
}

fn acts(page: TextsForm) -> impl IntoView {
    let discarded = Memo::new(move |_| matches!(page.state.get(), Saving::Discarded(_)));
    let nothing = move || !page.unsaved.get();
    let (restore, discard) = (move || page.restore(), move || page.discard());
    savebar::buttons(discarded.get(), page.unsaved, nothing, restore, discard)
}
