//! The editor of a bot's flow: its JSON, what is wrong with it, and its outline.

use leptos::either::Either;
use leptos::ev::Event;
use leptos::html;
use leptos::prelude::*;
use porchlight_flow::Problem;
use web_sys::HtmlTextAreaElement;

use crate::settings::bots;
use crate::settings::bots::trial::{Trial, TrialPane};
use crate::settings::bots::view::{outline, state_of, trial, versions};
use crate::settings::bots::{BotsPage, line_at};
use crate::ui::focus::focus_soon;
use crate::ui::icon::{self, icon};
use crate::ui::parts;
use crate::words::{Count, Pattern, Word, count, fill, number, say};

/// The field for the flow.
pub type Field = NodeRef<html::Textarea>;

/// The editor of the shown bot, with the trial of what stands in it.
pub fn editor(page: BotsPage, pane: TrialPane) -> impl IntoView {
    let field = Field::new();
    let name = move || page.bot().map(|bot| bot.name);
    let version = Memo::new(move |_| page.flow(|flow| flow.version).flatten());
    let off = move |_| {
        page.switch_off();
        // The button is removed: moves the focus.
        focus_soon("#flow".to_owned());
    };
    let switch_off = move || {
        (page.may_change && version.get().is_some()).then(|| {
            view! {
                <button class="btn btn--sm" type="button" on:click=off>
                    {say(Word::BotsSwitchOff)}
                </button>
            }
        })
    };
    let is_tried = Memo::new(move |_| pane.trial.with(Trial::is_open));
    let class = move || if is_tried.get() { "flow flow--tried" } else { "flow" };
    view! {
        <section class="card" aria-labelledby="flow-name">
            <div class="flow__head">
                <h2
                    class="flow__name"
                    id="flow-name"
                    dir="auto"
                    translate="no"
                    prop:textContent=name
                ></h2>
                <p class="flow__state">{parts::words_of(move || state_of(version.get()))}</p>
                <div class="flow__acts">
                    {move || (page.may_change && !is_tried.get()).then(|| trial::begin(pane))}
                    {switch_off}
                </div>
            </div>
            <div class=class>
                <div class="flow__edit">{json(page, field)} {problems(page, field)}</div>
                {trial::trial(pane)} {outline::outline(page, field)}
            </div>
            {versions::versions(page)}
        </section>
    }
}

/// The field for the JSON.
fn json(page: BotsPage, field: Field) -> impl IntoView {
    let text = Memo::new(move |_| page.flow(|flow| flow.text.clone()).unwrap_or_default());
    // The field may be reset.
    Effect::new(move |_| {
        let text = text.get();
        if let Some(field) = field.get()
            && field.value() != text
        {
            field.set_value(&text);
        }
    });
    let invalid = move || page.flow(|flow| !flow.checked.problems.is_empty());
    view! {
        <label class="flow__label" for="flow">
            {say(Word::BotsFlow)}
        </label>
        <textarea
            class="input flow__json"
            id="flow"
            dir="ltr"
            lang="en"
            translate="no"
            wrap="off"
            rows="26"
            spellcheck="false"
            autocomplete="off"
            autocapitalize="off"
            readonly=!page.may_change
            aria-describedby="flow-checked"
            aria-invalid=move || invalid().filter(|invalid| *invalid).map(|_| "true")
            node_ref=field
            on:input=move |event: Event| page.write(event_target_value(&event))
        ></textarea>
    }
}

/// What is wrong with the flow. Each problem leads to its line.
fn problems(page: BotsPage, field: Field) -> impl IntoView {
    let found =
        Memo::new(move |_| page.flow(|flow| flow.checked.problems.clone()).unwrap_or_default());
    let number_of = Memo::new(move |_| found.with(Vec::len));
    let told = move || match number_of.get() {
        0 => Either::Left(view! {
            <p class="flow__fine">{icon(icon::CHECK)} {say(Word::BotsNoProblems)}</p>
        }),
        number => Either::Right(view! {
            <p class="problem">
                {icon(icon::EXCLAMATION)} {parts::words(count(Count::BotsProblems, number))}
            </p>
        }),
    };
    let list = move || {
        let all = found.get();
        let problems = all.into_iter().map(|problem| one(field, problem)).collect_view();
        view! { <ul class="flow__list">{problems}</ul> }
    };
    view! {
        <div class="flow__problems">
            <div id="flow-checked" role="status">
                {told}
            </div>
            {move || (number_of.get() > 0).then_some(list)}
        </div>
    }
}

fn one(field: Field, problem: Problem) -> impl IntoView {
    let line = problem.line;
    let place = line.map(|line| fill(Pattern::BotsLine, &[&number(small(line))]));
    let step = problem.step.map(|step| fill(Pattern::BotsStep, &[&step]));
    let place = [place, step].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    view! {
        <li>
            <button
                class="flow__problem"
                type="button"
                on:click=move |_| go_to(field, line.unwrap_or(1))
            >
                <span class="flow__place" dir="auto">
                    {place}
                </span>
                {parts::words(bots::problems::problem(&problem.what))}
            </button>
        </li>
    }
}

fn small(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// Selects a line of the field, and scrolls it into view.
pub fn go_to(field: Field, line: usize) {
    let Some(field) = field.get_untracked() else { return };
    let text = field.value();
    let (start, end) = line_at(&text, line);
    let _ = field.focus();
    let _ = field.set_selection_range(start, end);
    show_line(&field, line, text.split('\n').count());
}

/// Not every browser scrolls to a selection that a script has made. Lines don't wrap, so all are of one height.
fn show_line(field: &HtmlTextAreaElement, line: usize, lines: usize) {
    let fits = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    let height = field.scroll_height() / fits(lines).max(1);
    let top = height.saturating_mul(fits(line.saturating_sub(1)));
    field.set_scroll_top(top.saturating_sub(field.client_height() / 3));
    field.set_scroll_left(0);
}
