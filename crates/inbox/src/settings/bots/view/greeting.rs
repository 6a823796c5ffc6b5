//! Where the shown bot greets: the pages, languages and visitors, and the id by which a page calls it.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use porchlight_protocol::greeting::{GreetingError, Visitors};

use crate::settings::bots::greeting::GreetingForm;
use crate::settings::problem;
use crate::settings::savebar::{self, Said};
use crate::settings::setting::Saving;
use crate::ui::copy::copy_field;
use crate::ui::focus::focus_soon;
use crate::words::{Pattern, Word, fill, say};

/// The section, once the rule is known.
pub fn section(form: GreetingForm) -> impl IntoView {
    let is_there = Memo::new(move |_| form.is_there());
    move || is_there.get().then(|| fields(form))
}

/// Saves the rule. Moves the focus to a field with a problem.
pub fn save(form: GreetingForm) {
    match form.save() {
        Some(GreetingError::Page(_) | GreetingError::TooManyPages) => {
            focus_soon("#greets-pages".to_owned());
        }
        Some(_) => focus_soon("#greets-languages".to_owned()),
        None => {}
    }
}

fn fields(form: GreetingForm) -> impl IntoView {
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        save(form);
    };
    view! {
        <section class="card" aria-labelledby="greets">
            <h2 class="card__title" id="greets">
                {say(Word::GreetsTitle)}
            </h2>
            <form novalidate=true on:submit=on_submit>
                {pages(form)} {languages(form)} {visitors(form)} {id(form)}
                {form.page.may_change.then(|| foot(form))}
            </form>
        </section>
    }
}

fn pages(form: GreetingForm) -> impl IntoView {
    let wrong = Memo::new(move |_| match form.problem()? {
        GreetingError::Page(page) => Some(fill(Pattern::GreetsNoPage, &[&page])),
        GreetingError::TooManyPages => Some(say(Word::GreetsTooManyPages)),
        _ => None,
    });
    view! {
        <div class="setting">
            <label class="setting__name" for="greets-pages">
                {say(Word::GreetsPages)}
            </label>
            <p class="setting__text" id="greets-pages-text">
                {say(Word::GreetsPagesText)}
            </p>
            <div class="setting__more">
                <textarea
                    class="input greets__pages"
                    id="greets-pages"
                    dir="ltr"
                    translate="no"
                    rows="3"
                    spellcheck="false"
                    autocomplete="off"
                    autocapitalize="off"
                    readonly=move || form.is_fixed()
                    aria-describedby="greets-pages-text greets-pages-problem"
                    aria-invalid=move || wrong.with(Option::is_some).then_some("true")
                    prop:value=move || form.field(|it| it.pages.clone()).unwrap_or_default()
                    on:input=move |event| form.write(|it| it.pages = event_target_value(&event))
                ></textarea>
            </div>
            {problem::line("greets-pages-problem".to_owned(), wrong)}
        </div>
    }
}

fn languages(form: GreetingForm) -> impl IntoView {
    let wrong = Memo::new(move |_| match form.problem()? {
        GreetingError::Language(tag) => Some(fill(Pattern::GreetsNoLanguage, &[&tag])),
        GreetingError::TooManyLanguages => Some(say(Word::ErrorTooManyLanguages)),
        _ => None,
    });
    view! {
        <div class="setting">
            <label class="setting__name" for="greets-languages">
                {say(Word::GreetsLanguages)}
            </label>
            <p class="setting__text" id="greets-languages-text">
                {say(Word::GreetsLanguagesText)}
            </p>
            <div class="setting__more">
                <input
                    class="input"
                    id="greets-languages"
                    dir="ltr"
                    translate="no"
                    spellcheck="false"
                    autocomplete="off"
                    autocapitalize="off"
                    readonly=move || form.is_fixed()
                    aria-describedby="greets-languages-text greets-languages-problem"
                    aria-invalid=move || wrong.with(Option::is_some).then_some("true")
                    prop:value=move || form.field(|it| it.languages.clone()).unwrap_or_default()
                    on:input=move |event| form.write(|it| it.languages = event_target_value(&event))
                />
            </div>
            {problem::line("greets-languages-problem".to_owned(), wrong)}
        </div>
    }
}

fn visitors(form: GreetingForm) -> impl IntoView {
    let choice = |id: &'static str, whom: Visitors, name: Word| {
        view! {
            <label class="greets__choice" for=id>
                <input
                    type="radio"
                    name="greets-visitors"
                    id=id
                    disabled=move || form.is_fixed()
                    prop:checked=move || form.field(|it| it.visitors == whom) == Some(true)
                    on:change=move |_| form.write(|it| it.visitors = whom)
                />
                {say(name)}
            </label>
        }
    };
    view! {
        <div class="setting" role="radiogroup" aria-labelledby="greets-visitors">
            <p class="setting__name greets__name" id="greets-visitors">
                {say(Word::GreetsVisitors)}
            </p>
            <div class="setting__more greets__choices">
                {choice("greets-everybody", Visitors::Everybody, Word::GreetsEverybody)}
                {choice("greets-new", Visitors::New, Word::GreetsNew)}
                {choice("greets-returning", Visitors::Returning, Word::GreetsReturning)}
            </div>
        </div>
    }
}

/// The bot's id, for the page's own calls.
fn id(form: GreetingForm) -> impl IntoView {
    let id = move || form.page.shown.get().map(|id| id.as_str().to_owned()).unwrap_or_default();
    view! {
        <div class="setting">
            <label class="setting__name" for="bot-id">
                {say(Word::GreetsId)}
            </label>
            <p class="setting__text" id="bot-id-text">
                {say(Word::GreetsIdText)}
            </p>
            <div class="setting__more greets__id">{copy_field("bot-id", "bot-id-text", id)}</div>
        </div>
    }
}

fn foot(form: GreetingForm) -> impl IntoView {
    let said = Memo::new(move |_| match form.state.get() {
        Saving::Busy => Said::State(say(Word::SaveSaving)),
        Saving::Failed(why) => Said::Problem(why),
        _ if form.is_changed() => Said::Unsaved,
        _ if form.is_discarded() => Said::State(say(Word::SaveDiscarded)),
        Saving::Saved => Said::Saved(say(Word::GreetsSaved)),
        Saving::Idle => Said::Nothing,
    });
    let changed = Memo::new(move |_| form.is_changed());
    let discarded = Memo::new(move |_| form.is_discarded());
    let restore = move |_| {
        form.restore();
        focus_soon("#greets-save".to_owned());
    };
    let discard = move |_| {
        form.discard();
        // The button is removed: moves the focus.
        focus_soon("#greets-undo".to_owned());
    };
    let undo = move || {
        discarded.get().then(|| {
            view! {
                <button class="btn" id="greets-undo" type="button" on:click=restore>
                    {say(Word::ActUndo)}
                </button>
            }
        })
    };
    let discards = move || {
        changed.get().then(|| {
            view! {
                <button class="btn btn--quiet" type="button" on:click=discard>
                    {say(Word::ActDiscard)}
                </button>
            }
        })
    };
    view! {
        <div class="setting greets__foot">
            <div class="savebar__said" role="status">
                {move || savebar::line(said.get())}
            </div>
            {undo}
            {discards}
            <button
                class="btn btn--primary"
                id="greets-save"
                type="submit"
                aria-disabled=move || (!changed.get()).then_some("true")
            >
                {say(Word::ActSave)}
            </button>
        </div>
    }
}
