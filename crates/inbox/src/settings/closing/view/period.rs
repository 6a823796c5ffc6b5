//! The auto-close periods, and the warning.

use leptos::ev::Event;
use leptos::html;
use leptos::prelude::*;

use crate::settings::closing::ClosingForm;
use crate::settings::closing::fields::{Field, Fields};
use crate::settings::closing::period::{self, CLOSING, Choice, Period, Range, Unit, WARNING};
use crate::settings::closing::view::options::switch;
use crate::settings::problem;
use crate::words::{Pattern, Word, fill, say};

/// The texts and options of a period.
#[derive(Clone)]
struct Place {
    id: &'static str,
    name: Word,
    text: Word,
    /// The label of an option, by its period in words.
    option: Pattern,
    field: Field,
    range: &'static Range,
    which: fn(&mut Fields) -> &mut Period,
}

const ALL: Place = Place {
    id: "auto-close",
    name: Word::PeriodAll,
    text: Word::PeriodAllText,
    option: Pattern::PeriodAfter,
    field: Field::AutoClose,
    range: &CLOSING,
    which: |fields| &mut fields.auto_close,
};

const BOTS: Place = Place {
    id: "bot-auto-close",
    name: Word::PeriodBots,
    text: Word::PeriodBotsText,
    field: Field::BotAutoClose,
    which: |fields| &mut fields.bot_auto_close,
    ..ALL
};

const BEFORE: Place = Place {
    id: "warning",
    name: Word::PeriodWarning,
    text: Word::PeriodWarningText,
    option: Pattern::PeriodBefore,
    field: Field::Warning,
    range: &WARNING,
    which: |fields| &mut fields.warning,
};

/// The periods.
pub fn card(page: ClosingForm) -> impl IntoView {
    let apart = Memo::new(move |_| page.fields.with(|fields| fields.bots_apart));
    let closes = Memo::new(move |_| page.fields.with(Fields::closes));
    let idle = Memo::new(move |_| !closes.get());
    view! {
        <section class="card" aria-labelledby="periods">
            <h2 class="card__title" id="periods">
                {say(Word::PeriodTitle)}
            </h2>
            {setting(page, ALL, Memo::new(|_| false))}
            <div class="setting">
                <label class="setting__name" for="bots-apart">
                    {say(Word::PeriodApart)}
                </label>
                {switch(
                    page,
                    "bots-apart",
                    None,
                    Word::PeriodApartText,
                    |fields| &mut fields.bots_apart,
                )}
            </div>
            {move || apart.get().then(|| setting(page, BOTS, Memo::new(|_| false)))}
            {setting(page, BEFORE, idle)}
        </section>
    }
}

fn setting(page: ClosingForm, place: Place, idle: Memo<bool>) -> impl IntoView {
    let Place { id, name, text, which, .. } = place;
    let is_custom = Memo::new(move |_| {
        page.fields.with(|fields| which(&mut fields.clone()).choice == Choice::Custom)
    });
    let words = problem::words(page, place.field.clone());
    let text_id = [id, "-text"].concat();
    let problem_id = [id, "-problem"].concat();
    let said = move || match idle.get() {
        true => Word::PeriodSwitchOnFirst,
        false => text,
    };
    let described = [&text_id, " ", &problem_id].concat();
    let (number, select) = (place.clone(), place);
    view! {
        <div class="setting">
            <label class="setting__name" id=[id, "-name"].concat() for=id>
                {say(name)}
            </label>
            {choose(page, select, described.clone(), idle, words)}
            <p class="setting__text" id=text_id prop:textContent=move || say(said())></p>
            {move || {
                (is_custom.get() && !idle.get())
                    .then(|| custom(page, number.clone(), described.clone(), words))
            }}
            {problem::line(problem_id, words)}
        </div>
    }
}

fn choose(
    page: ClosingForm,
    place: Place,
    described: String,
    idle: Memo<bool>,
    words: Memo<Option<String>>,
) -> impl IntoView {
    let Place { id, which, option, range, .. } = place;
    let choice = Memo::new(move |_| page.fields.with(|fields| which(&mut fields.clone()).choice));
    let on_change = move |event: Event| {
        let choice = Choice::named(&event_target_value(&event));
        page.change(|fields| which(fields).choose(choice));
    };
    let one = move |which: Choice, name: String| {
        view! {
            <option value=which.value() prop:selected=move || choice.get() == which>
                {name}
            </option>
        }
    };
    let presets =
        range.presets.iter().map(|s| one(Choice::Preset(*s), fill(option, &[&period::words(*s)])));
    let presets = presets.collect_view();
    let is_wrong =
        move || (words.get().is_some() && choice.get() != Choice::Custom).then_some("true");
    view! {
        <select
            class="input select setting__control"
            id=id
            disabled=move || page.fixed.get() || idle.get()
            aria-describedby=described
            aria-invalid=is_wrong
            on:change=on_change
        >
            {one(Choice::Off, say(Word::PeriodOff))}
            {presets}
            {one(Choice::Custom, say(Word::PeriodCustom))}
        </select>
    }
}

fn custom(
    page: ClosingForm,
    place: Place,
    described: String,
    words: Memo<Option<String>>,
) -> impl IntoView {
    let Place { id, which, .. } = place;
    let field = NodeRef::<html::Input>::new();
    // The form may be reset.
    Effect::new(move |_| {
        let number = page.fields.with(|fields| which(&mut fields.clone()).number.clone());
        if let Some(field) = field.get()
            && field.value() != number
        {
            field.set_value(&number);
        }
    });
    let unit = Memo::new(move |_| page.fields.with(|fields| which(&mut fields.clone()).unit));
    let on_input = move |event: Event| {
        let number = event_target_value(&event);
        page.change(|fields| which(fields).number = number);
    };
    let on_change = move |event: Event| {
        if let Some(unit) = Unit::named(&event_target_value(&event)) {
            page.change(|fields| which(fields).unit = unit);
        }
    };
    let offered = unit.get_untracked();
    let odd = (!Unit::OFFERED.contains(&offered)).then_some(offered);
    let units = odd
        .into_iter()
        .chain(Unit::OFFERED)
        .map(|one| {
            view! {
                <option value=one.name() prop:selected=move || unit.get() == one>
                    {say(one.word())}
                </option>
            }
        })
        .collect_view();
    view! {
        <div class="period" role="group" aria-labelledby=[id, "-name"].concat()>
            <input
                class="input period__number"
                id=[id, "-number"].concat()
                inputmode="numeric"
                autocomplete="off"
                aria-label=say(Word::PeriodNumber)
                aria-describedby=described
                aria-invalid=move || words.get().map(|_| "true")
                readonly=page.fixed
                node_ref=field
                on:input=on_input
            />
            <select
                class="input select"
                aria-label=say(Word::PeriodUnit)
                disabled=page.fixed
                on:change=on_change
            >
                {units}
            </select>
        </div>
    }
}
