//! The notice: a tab for each language, and its text.

use leptos::ev::{Event, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use porchlight_protocol::limits::NOTICE_CHARS_MAX;
use porchlight_protocol::notice::{AGENT_VARIABLE, DEFAULT_NOTICE, SITE_VARIABLE};
use wasm_bindgen::JsCast;
use web_sys::{HtmlDocument, HtmlTextAreaElement};

use crate::settings::closing::ClosingForm;
use crate::settings::closing::fields::Field;
use crate::settings::closing::view::language;
use crate::settings::closing::{names, texts};
use crate::settings::problem;
use crate::ui::focus::focus_soon;
use crate::ui::icon::{self, icon};
use crate::words::{Pattern, Word, fill, is_rtl, number, say};

/// The texts of the notice.
pub fn texts(page: ClosingForm) -> impl IntoView {
    view! {
        <div class="setting__more texts">
            {tabs(page)} {language::add(page)}
            {move || page.removed.get().map(|removed| language::removed(page, removed))}
            <For each=move || [page.language.get()] key=Clone::clone let:language>
                {panel(page, language)}
            </For>
        </div>
    }
}

fn tabs(page: ClosingForm) -> impl IntoView {
    let languages = Memo::new(move |_| {
        page.fields.with(|fields| {
            fields.texts.iter().map(|notice| notice.language.clone()).collect::<Vec<_>>()
        })
    });
    view! {
        <div class="languages" role="tablist" aria-label=say(Word::NoticeLanguages)>
            <For each=move || languages.get() key=Clone::clone let:language>
                {tab(page, language)}
            </For>
        </div>
    }
}

fn tab(page: ClosingForm, language: String) -> impl IntoView {
    let (here, default) = (language.clone(), language.clone());
    let selected = Memo::new(move |_| page.language.with(|language| *language == here));
    let is_default =
        Memo::new(move |_| page.fields.with(|fields| fields.texts.default_language() == default));
    let wrong = problem::words(page, Field::Text(language.clone()));
    let id = tab_id(&language);
    let name = names::name(&language);
    let pick = language.clone();
    let on_key = move |event: KeyboardEvent| {
        if let Some(next) = neighbour(page, &language, &event.key()) {
            event.prevent_default();
            focus_soon(["#", &tab_id(&next)].concat());
            page.write_in(next);
        }
    };
    view! {
        <button
            class="language"
            type="button"
            role="tab"
            id=id
            aria-selected=move || selected.get().to_string()
            aria-controls="notice-panel"
            tabindex=move || if selected.get() { "0" } else { "-1" }
            on:click=move |_| page.write_in(pick.clone())
            on:keydown=on_key
        >
            {name}
            {move || {
                is_default.get().then(|| view! { " " <span class="chip language__chip">{say(Word::NoticeDefault)}</span> })
            }}
            {move || {
                wrong
                    .get()
                    .is_some()
                    .then(|| {
                        view! {
                            <span class="language__wrong">
                                {icon(icon::EXCLAMATION)} " " <span class="sr">{say(Word::NoticeWrong)}</span>
                            </span>
                        }
                    })
            }}
        </button>
    }
}

fn tab_id(language: &str) -> String {
    ["notice-in-", language].concat()
}

const LEFT: &str = "ArrowLeft";
const RIGHT: &str = "ArrowRight";

/// The tab that a key moves to from this one.
fn neighbour(page: ClosingForm, language: &str, key: &str) -> Option<String> {
    page.fields.with_untracked(|fields| {
        let all: Vec<&str> = fields.texts.iter().map(|notice| notice.language.as_str()).collect();
        let at = all.iter().position(|one| *one == language)?;
        let last = all.len() - 1;
        let (forwards, back) = if is_rtl() { (LEFT, RIGHT) } else { (RIGHT, LEFT) };
        let next = match key {
            key if key == forwards && at == last => 0,
            key if key == forwards => at + 1,
            key if key == back => at.checked_sub(1).unwrap_or(last),
            "Home" => 0,
            "End" => last,
            _ => return None,
        };
        all.get(next).map(|next| (*next).to_owned())
    })
}

fn panel(page: ClosingForm, language: String) -> impl IntoView {
    let (name, tab) = (names::name(&language), tab_id(&language));
    view! {
        <div class="wording" role="tabpanel" id="notice-panel" aria-labelledby=tab>
            <div class="wording__head">
                <label class="label" for="notice-body">
                    {say(Word::NoticeLabel)}
                </label>
                {acts(page, language.clone(), name)}
            </div>
            {body(page, language)}
        </div>
    }
}

/// The buttons for a language.
fn acts(page: ClosingForm, language: String, name: String) -> impl IntoView {
    let here = language.clone();
    let several = Memo::new(move |_| page.fields.with(|fields| fields.texts.are_several()));
    let is_default =
        Memo::new(move |_| page.fields.with(|fields| fields.texts.default_language() == here));
    let make_default = {
        let language = language.clone();
        move || {
            page.change(|fields| fields.texts.make_default(&language));
            // The button is removed: moves the focus.
            focus_soon(["#", &tab_id(&language)].concat());
        }
    };
    let remove = move || {
        page.remove_language(&language);
        focus_soon("#undo-remove".to_owned());
    };
    let names =
        (fill(Pattern::NoticeMakeDefaultOf, &[&name]), fill(Pattern::NoticeRemoveOf, &[&name]));
    move || {
        let (make_default, remove) = (make_default.clone(), remove.clone());
        let names = names.clone();
        (several.get() && !page.fixed.get()).then(|| {
            view! {
                <span class="wording__acts">
                    {(!is_default.get())
                        .then(|| {
                            view! {
                                <button
                                    class="link"
                                    type="button"
                                    aria-label=names.0
                                    on:click=move |_| make_default()
                                >
                                    {say(Word::NoticeMakeDefault)}
                                </button>
                            }
                        })}
                    <button
                        class="link"
                        type="button"
                        aria-label=names.1
                        on:click=move |_| remove()
                    >
                        {say(Word::NoticeRemove)}
                    </button>
                </span>
            }
        })
    }
}

fn body(page: ClosingForm, language: String) -> impl IntoView {
    let field = NodeRef::<html::Textarea>::new();
    let (shown, counted, written) = (language.clone(), language.clone(), language.clone());
    let text = Memo::new(move |_| page.fields.with(|fields| fields.texts.text(&shown).to_owned()));
    // The form may be reset.
    Effect::new(move |_| {
        let text = text.get();
        if let Some(field) = field.get()
            && field.value() != text
        {
            field.set_value(&text);
        }
    });
    let on_input = move |event: Event| {
        let text = event_target_value(&event);
        page.change(|fields| fields.texts.write(&written, text));
    };
    let built_in = Memo::new(move |_| page.fields.with(|fields| fields.texts.are_built_in()));
    let count =
        Memo::new(move |_| page.fields.with(|fields| texts::chars(fields.texts.text(&counted))));
    let count_class = move || match count.get() {
        (_, true) => "setting__count setting__count--over",
        _ => "setting__count",
    };
    let counted = move || [&number(count.get().0), " / ", &number(NOTICE_CHARS_MAX)].concat();
    let wrong = problem::words(page, Field::Text(language.clone()));
    let several = Memo::new(move |_| page.fields.with(|fields| fields.texts.are_several()));
    let site = page.app.session.with_value(|session| session.site_name.clone());
    let hint = fill(Pattern::NoticeHint, &[&site]);
    view! {
        <textarea
            class="input"
            id="notice-body"
            lang=language
            dir="auto"
            node_ref=field
            placeholder=move || if built_in.get() { DEFAULT_NOTICE } else { "" }
            aria-describedby="notice-problem notice-state notice-hint"
            aria-invalid=move || wrong.get().map(|_| "true")
            readonly=page.fixed
            on:input=on_input
        ></textarea>
        <p class="setting__foot" id="notice-state">
            <span prop:textContent=move || say(match (built_in.get(), several.get()) {
                (true, _) => Word::NoticeBuiltIn,
                (false, true) => Word::NoticeOthers,
                (false, false) => Word::NoticeEverybody,
            })></span>
            <span class=count_class prop:textContent=counted></span>
        </p>
        {problem::line("notice-problem".to_owned(), wrong)}
        {move || {
            (!page.fixed.get())
                .then(|| {
                    view! {
                        <div class="insert">
                            <span class="insert__label" aria-hidden="true">
                                {say(Word::NoticeInsert)}
                            </span>
                            {insert(field, AGENT_VARIABLE, Word::NoticeAgentName)}
                            {insert(field, SITE_VARIABLE, Word::NoticeSiteName)}
                        </div>
                    }
                })
        }}
        <p class="setting__hint" id="notice-hint">
            {hint}
        </p>
    }
}

fn insert(field: NodeRef<html::Textarea>, variable: &'static str, name: Word) -> impl IntoView {
    let on_click = move |_| {
        if let Some(field) = field.get_untracked() {
            put_in(&field, variable);
        }
    };
    let name = say(name);
    let label = fill(Pattern::NoticeInsertName, &[&name]);
    view! {
        <button
            class="btn btn--sm"
            type="button"
            aria-label=label
            on:click=on_click
        >
            {name}
        </button>
    }
}

/// Inserts at the caret as if typed, so that the browser's undo works and an input event is sent.
fn put_in(field: &HtmlTextAreaElement, words: &str) {
    let _ = field.focus();
    let document = document().unchecked_into::<HtmlDocument>();
    let _ = document.exec_command_with_show_ui_and_value("insertText", false, words);
}
