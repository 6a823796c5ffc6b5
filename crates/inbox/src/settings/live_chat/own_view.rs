//! The site's own questions: each with its texts, and the fields to write one.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use porchlight_protocol::limits::{ATTRIBUTE_KEY_CHARS_MAX, QUESTION_CHARS_MAX};
use porchlight_protocol::questions::Question;

use crate::settings::closing::names;
use crate::settings::live_chat::own::Writing;
use crate::settings::live_chat::{LiveChat, view};
use crate::settings::setting::Saving;
use crate::ui::focus::focus_soon;
use crate::ui::icon::{self, icon};
use crate::ui::parts::words;
use crate::words::{Pattern, Word, fill, locale, say};

/// The questions, the one that was removed last, and the fields or their button.
pub fn own(page: LiveChat) -> impl IntoView {
    let asked = move || {
        let saved = page.questions.saved.get().unwrap_or_default();
        saved.asks.into_iter().filter(Question::is_own).map(|ask| one(page, ask)).collect_view()
    };
    let removed = move || {
        page.own.removed.get().map(|(_, ask)| {
            let text = ask.own_text(&locale()).unwrap_or_default();
            view! {
                <p class="removed">
                    {words(fill(Pattern::LiveChatAskRemoved, &[text]))} " "
                    <button class="link" type="button" on:click=move |_| page.undo()>
                        {say(Word::ActUndo)}
                    </button>
                </p>
            }
        })
    };
    let last = move || {
        let may = page.questions.may_change;
        may.then(|| match page.own.writing.get() {
            Some(writing) => fields(page, writing).into_any(),
            None => add(page).into_any(),
        })
    };
    view! {
        {asked}
        {removed}
        {last}
    }
}

/// A question: how it is asked for, and its texts.
fn one(page: LiveChat, ask: Question) -> impl IntoView {
    let text = ask.own_text(&locale()).unwrap_or_default();
    let name = fill(Pattern::LiveChatAskOwn, &[text]);
    let others = ask.texts.iter().filter(|own| own.text != text).map(|own| {
        view! {
            <p class="setting__text" lang=own.language.clone() dir="auto">
                {[names::name(&own.language), ": ".to_owned(), own.text.clone()].concat()}
            </p>
        }
    });
    let others = others.collect_view();
    let field = ask.field.clone();
    let change = move |_| {
        page.own.write(Some(field.clone()));
        focus_soon("#ask-text".to_owned());
    };
    let change = page.questions.may_change.then(|| {
        view! {
            <button class="link" type="button" on:click=change>
                {say(Word::LiveChatAskWords)}
            </button>
        }
    });
    view! {
        {view::field(page, ask.field, name)}
        <div class="setting setting--own">
            {others} {change}
        </div>
    }
}

fn add(page: LiveChat) -> impl IntoView {
    let write = move |_| {
        page.own.write(None);
        focus_soon("#ask-text".to_owned());
    };
    view! {
        <div class="setting">
            <button class="btn btn--sm" id="ask-add" type="button" on:click=write>
                {say(Word::LiveChatAskAdd)}
            </button>
        </div>
    }
}

fn fields(page: LiveChat, writing: Writing) -> impl IntoView {
    let text = NodeRef::<html::Input>::new();
    let detail = NodeRef::<html::Input>::new();
    let value = |field: NodeRef<html::Input>| {
        field.get_untracked().map(|field| field.value()).unwrap_or_default()
    };
    let back = || focus_soon("#ask-add".to_owned());
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        if !page.save_own(&value(detail), &value(text))
            && let Some(text) = text.get_untracked()
        {
            let _ = text.focus();
        }
    };
    // What was written stays until it is saved.
    Effect::new(move |_| {
        if page.questions.state.get() == Saving::Saved && page.own.is_sent.get_untracked() {
            page.own.stop();
            back();
        }
    });
    let cancel = move |_| {
        page.own.stop();
        back();
    };
    let problem = move || page.own.problem.get();
    let is_new = writing.of.is_none();
    let saved = page.text_of(&writing);
    view! {
        <form class="add-bot" novalidate=true aria-label=say(Word::LiveChatAskAdd) on:submit=on_submit>
            <div class="add-bot__field">
                <label for="ask-text">{say(Word::LiveChatAskQuestion)}</label>
                <input
                    class="input"
                    id="ask-text"
                    dir="auto"
                    autocomplete="off"
                    maxlength=QUESTION_CHARS_MAX.to_string()
                    aria-describedby="ask-problem"
                    aria-invalid=move || problem().is_some().then_some("true")
                    prop:value=saved
                    node_ref=text
                />
                <p class="problem" id="ask-problem" role="alert">
                    {move || problem().map(|why| (icon(icon::EXCLAMATION), words(why)))}
                </p>
            </div>
            {languages(page, writing, text)}
            {is_new.then(|| called(detail))}
            <div class="add-bot__acts">
                <button class="btn btn--primary" type="submit">
                    {say(Word::LiveChatAskSave)}
                </button>
                <button class="btn btn--quiet" type="button" on:click=cancel>
                    {say(Word::BotsCancel)}
                </button>
            </div>
        </form>
    }
}

/// The language of the text. Another one shows the text that there is in it.
fn languages(page: LiveChat, writing: Writing, text: NodeRef<html::Input>) -> impl IntoView {
    let Writing { of, language } = writing;
    let options = names::common().into_iter().map(|(tag, name, own)| {
        let is_it = tag == language;
        view! {
            <option value=tag selected=is_it>
                {name} " · " {own}
            </option>
        }
    });
    let options = options.collect_view();
    let choose = move |language: String| {
        let writing = Writing { of: of.clone(), language };
        if writing.of.is_some()
            && let Some(text) = text.get_untracked()
        {
            text.set_value(&page.text_of(&writing));
        }
        // Read when it is saved: the fields stay.
        page.own.writing.update_untracked(|now| *now = Some(writing));
    };
    view! {
        <div class="add-bot__field">
            <label for="ask-language">{say(Word::LiveChatAskLanguage)}</label>
            <select
                class="input select"
                id="ask-language"
                on:change=move |event| choose(event_target_value(&event))
            >
                {options}
            </select>
        </div>
    }
}

/// What the answers are called.
fn called(detail: NodeRef<html::Input>) -> impl IntoView {
    view! {
        <div class="add-bot__field">
            <label for="ask-detail">{say(Word::LiveChatAskDetail)}</label>
            <input
                class="input"
                id="ask-detail"
                dir="auto"
                autocomplete="off"
                maxlength=ATTRIBUTE_KEY_CHARS_MAX.to_string()
                aria-describedby="ask-detail-hint"
                node_ref=detail
            />
            <p class="setting__hint" id="ask-detail-hint">
                {say(Word::LiveChatAskDetailHint)}
            </p>
        </div>
    }
}
