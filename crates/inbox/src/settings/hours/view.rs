//! Settings → Opening hours.

use leptos::either::Either;
use leptos::prelude::*;
use porchlight_browser::dates;
use porchlight_protocol::hours::Day;
use porchlight_protocol::limits::HOLIDAYS_MAX;

use crate::app::App;
use crate::settings::frame::{self, Layout};
use crate::settings::guard;
use crate::settings::hours::draft::Problem;
use crate::settings::hours::{HoursForm, day_name};
use crate::settings::page::Page;
use crate::settings::problem;
use crate::settings::savebar::{self, Said};
use crate::settings::setting::Saving;
use crate::ui::focus::focus_soon;
use crate::ui::icon::{self, icon};
use crate::ui::switch::{Named, switch};
use crate::words::{Count, Pattern, Word, count, fill, say};

/// The page.
pub fn hours(app: App) -> impl IntoView {
    let page = HoursForm::open(app);
    let save = move || {
        if let Some(problem) = page.save() {
            focus_soon(field(page, problem));
        }
    };
    guard::guard(app, page.unsaved, save, || ());
    let body = frame::once_loaded(
        Page::Hours,
        move || page.setting.is_there(),
        move || page.setting.has_failed(),
        move || page.setting.load(),
        move || frame::main(cards(page)),
    );
    frame::form(Page::Hours, Layout::Single, save, body, bar(page))
}

/// The selector of the field with a problem.
fn field(page: HoursForm, problem: Problem) -> String {
    let day = match problem {
        Problem::NoZone => return "#hours-zone".to_owned(),
        Problem::Missing(day) | Problem::Order(day) | Problem::Overlap(day) => day,
    };
    let last = page.draft.with_untracked(|draft| draft.of_day(day).map(|(at, _)| at).last());
    format!("#hours-opens-{}", last.unwrap_or_default())
}

fn cards(page: HoursForm) -> impl IntoView {
    let on = Memo::new(move |_| page.draft.with(|draft| draft.on));
    view! {
        <section class="card">
            {main_switch(page, on)} {move || on.get().then(|| zone(page))}
        </section>
        {move || on.get().then(|| (week(page), holidays(page)))}
    }
}

const SWITCH: Named = Named { id: "hours-on", text_id: "hours-text", name: Word::HoursSwitch };

fn main_switch(page: HoursForm, on: Memo<bool>) -> impl IntoView {
    let words = move || if on.get() { Word::HoursOn } else { Word::HoursOff };
    let text = move || page.now().unwrap_or_else(|| say(words()));
    switch(SWITCH, move || on.get(), move || page.is_fixed(), text, move |on| page.switch(on))
}

fn zone(page: HoursForm) -> impl IntoView {
    let here = page.draft.with_untracked(|draft| draft.zone.clone());
    let mut zones = dates::zones();
    zones.extend([here, "UTC".to_owned()]);
    zones.retain(|zone| !zone.is_empty());
    zones.sort();
    zones.dedup();
    let chosen = move || page.draft.with(|draft| draft.zone.clone());
    let option = |zone: String| {
        let value = zone.clone();
        let selected = move || chosen() == value;
        view! { <option value=zone.clone() prop:selected=selected>{zone.replace('_', " ")}</option> }
    };
    let wrong = move || page.problem.get() == Some(Problem::NoZone);
    let said = Memo::new(move |_| wrong().then(|| say(Word::HoursNoZone)));
    view! {
        <div class="setting">
            <label class="setting__name" for="hours-zone">
                {say(Word::HoursZone)}
            </label>
            <select
                class="input select setting__control"
                id="hours-zone"
                disabled=move || page.is_fixed()
                aria-invalid=move || wrong().then_some("true")
                aria-describedby="hours-zone-problem"
                on:change=move |event| {
                    page.draft.update(|draft| draft.zone = event_target_value(&event));
                }
            >
                {zones.into_iter().map(option).collect_view()}
            </select>
            {problem::line("hours-zone-problem".to_owned(), said)}
        </div>
    }
}

fn week(page: HoursForm) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="hours-week">
            <h2 class="card__title" id="hours-week">
                {say(Word::HoursWeek)}
            </h2>
            {Day::ALL.map(|day| of_day(page, day)).into_iter().collect_view()}
        </section>
    }
}

fn of_day(page: HoursForm, day: Day) -> impl IntoView {
    let name = day_name(day);
    // What is typed does not build the fields anew: only which there are.
    let places = Memo::new(move |_| {
        page.draft.with(|draft| draft.of_day(day).map(|(at, _)| at).collect::<Vec<_>>())
    });
    let wrong = Memo::new(move |_| match page.problem.get()? {
        Problem::Missing(of) if of == day => Some(say(Word::HoursMissing)),
        Problem::Order(of) if of == day => Some(say(Word::HoursOrder)),
        Problem::Overlap(of) if of == day => Some(say(Word::HoursOverlap)),
        _ => None,
    });
    let problem_id = ["hours-problem-", day.name()].concat();
    let add_id = ["hours-add-", day.name()].concat();
    let times = {
        let (name, problem_id, add_id) = (name.clone(), problem_id.clone(), add_id.clone());
        move || {
            if places.with(Vec::is_empty) {
                return Either::Left(
                    view! { <p class="hours__closed">{say(Word::HoursClosed)}</p> },
                );
            }
            let all = places.get().into_iter();
            let all = all.map(|at| fields(page, at, name.clone(), problem_id.clone(), &add_id));
            Either::Right(all.collect_view())
        }
    };
    let add = move |_| {
        page.draft.update(|draft| draft.add(day));
        let last = page.draft.with_untracked(|draft| draft.week.len());
        focus_soon(format!("#hours-opens-{}", last.saturating_sub(1)));
    };
    let full = move || page.is_fixed() || !page.draft.with(|draft| draft.has_room(day));
    view! {
        <div class="setting hours__day" role="group" aria-label=name.clone()>
            <p class="setting__name">{name.clone()}</p>
            <div class="hours__times">{times}</div>
            <button
                class="btn btn--sm btn--quiet"
                type="button"
                id=add_id
                aria-label=fill(Pattern::HoursAddOn, &[&name])
                hidden=full
                on:click=add
            >
                {say(Word::HoursAdd)}
            </button>
            {problem::line(problem_id, wrong)}
        </div>
    }
}

/// The fields of the times at this place of the week.
fn fields(
    page: HoursForm,
    at: usize,
    day: String,
    problem_id: String,
    add_id: &str,
) -> impl IntoView + use<> {
    let value = move |closes: bool| {
        page.draft.with(|draft| {
            let times = draft.week.get(at).map(|(_, times)| times);
            let text = times.map(|it| if closes { &it.closes } else { &it.opens });
            text.cloned().unwrap_or_default()
        })
    };
    let field = |name: &str, label: Pattern, closes: bool| {
        let change = move |event| {
            let text = event_target_value(&event);
            page.set_times(
                at,
                |times| if closes { times.closes = text } else { times.opens = text },
            );
        };
        view! {
            <input
                class="input hours__time"
                type="time"
                id=format!("hours-{name}-{at}")
                aria-label=fill(label, &[&day])
                aria-describedby=problem_id.clone()
                disabled=move || page.is_fixed()
                prop:value=move || value(closes)
                on:input=change
            />
        }
    };
    let add_id = ["#", add_id].concat();
    let remove = move |_| {
        page.draft.update(|draft| {
            if at < draft.week.len() {
                draft.week.remove(at);
            }
        });
        focus_soon(add_id.clone());
    };
    view! {
        <div class="hours__span">
            {field("opens", Pattern::HoursOpens, false)}
            <span aria-hidden="true">"–"</span>
            {field("closes", Pattern::HoursCloses, true)}
            <button
                class="icon-btn"
                type="button"
                aria-label=fill(Pattern::HoursRemoveOn, &[&day])
                hidden=move || page.is_fixed()
                on:click=remove
            >
                {icon(icon::CLOSE)}
            </button>
        </div>
    }
}

fn holidays(page: HoursForm) -> impl IntoView {
    let number = Memo::new(move |_| page.draft.with(|draft| draft.closed_on.len()));
    let full = move || page.is_fixed() || number.get() == HOLIDAYS_MAX;
    let days = move || (0..number.get()).map(|at| holiday(page, at)).collect_view();
    let add = move |_| {
        page.draft.update(|draft| draft.closed_on.push(String::new()));
        focus_soon(format!("#hours-closed-{}", number.get_untracked().saturating_sub(1)));
    };
    view! {
        <section class="card" aria-labelledby="hours-holidays">
            <h2 class="card__title" id="hours-holidays">
                {say(Word::HoursHolidays)}
            </h2>
            <div class="setting">
                <p class="setting__text">{say(Word::HoursHolidaysText)}</p>
                <div class="setting__more hours__holidays">
                    {days}
                    <button
                        class="btn btn--sm"
                        type="button"
                        id="hours-add-date"
                        hidden=full
                        on:click=add
                    >
                        {say(Word::HoursAddDate)}
                    </button>
                </div>
            </div>
        </section>
    }
}

fn holiday(page: HoursForm, at: usize) -> impl IntoView {
    let value =
        move || page.draft.with(|draft| draft.closed_on.get(at).cloned().unwrap_or_default());
    let change = move |event| {
        page.draft.update(|draft| {
            if let Some(date) = draft.closed_on.get_mut(at) {
                *date = event_target_value(&event);
            }
        });
    };
    let remove = move |_| {
        page.draft.update(|draft| {
            if at < draft.closed_on.len() {
                draft.closed_on.remove(at);
            }
        });
        focus_soon("#hours-add-date".to_owned());
    };
    view! {
        <div class="hours__span">
            <input
                class="input hours__date"
                type="date"
                id=format!("hours-closed-{at}")
                aria-label=say(Word::HoursDate)
                disabled=move || page.is_fixed()
                prop:value=value
                on:change=change
            />
            <button
                class="icon-btn"
                type="button"
                aria-label=move || fill(Pattern::HoursRemoveDate, &[&value()])
                hidden=move || page.is_fixed()
                on:click=remove
            >
                {icon(icon::CLOSE)}
            </button>
        </div>
    }
}

fn bar(page: HoursForm) -> impl IntoView {
    let said = move || match (page.setting.state.get(), page.unsaved.get()) {
        _ if !page.setting.is_there() => Said::Nothing,
        (Saving::Busy, _) => Said::State(say(Word::SaveSaving)),
        _ if page.problem.get().is_some() => Said::Problem(count(Count::SaveNotReady, 1)),
        (Saving::Failed(why), _) => Said::Problem(why),
        (_, true) => Said::Unsaved,
        _ if page.discarded.with(Option::is_some) => Said::State(say(Word::SaveDiscarded)),
        (Saving::Saved, _) => Said::Saved(say(Word::SaveSaved)),
        (Saving::Idle, _) => Said::Nothing,
    };
    let acts = move || {
        let discarded = page.discarded.with(Option::is_some);
        let nothing = move || !page.unsaved.get();
        savebar::buttons(
            discarded,
            page.unsaved,
            nothing,
            move || page.restore(),
            move || page.discard(),
        )
    };
    savebar::savebar(
        page.setting.may_change,
        move || said() == Said::Nothing,
        move || savebar::line(said()),
        acts,
    )
}
