//! The people of the team, each with their role and whether they are active.

use leptos::either::Either;
use leptos::prelude::*;
use porchlight_browser::time;
use porchlight_protocol::MemberId;
use porchlight_protocol::team::Person;

use crate::settings::team::view::{role_of, role_options};
use crate::settings::team::{TeamPage, offer};
use crate::text;
use crate::ui::parts;
use crate::ui::portrait::portrait;
use crate::words::{Pattern, Word, fill, say};

/// The list.
pub fn people(page: TeamPage) -> impl IntoView {
    // By id: a person who changes keeps their row, and with it the focus.
    let members = Memo::new(move |_| {
        let all = page.people.get().unwrap_or_default();
        all.into_iter().map(|it| it.agent.id).collect::<Vec<MemberId>>()
    });
    view! {
        <section class="card" aria-labelledby="people">
            <h2 class="card__title" id="people">
                {say(Word::TeamPeople)}
            </h2>
            <ul class="people people--team">
                <For each=move || members.get() key=MemberId::clone let:id>
                    {row(page, id)}
                </For>
            </ul>
        </section>
    }
}

fn row(page: TeamPage, id: MemberId) -> impl IntoView {
    let app = page.app;
    let me = app.me().id;
    let is_me = id == me;
    // Not a memo: a choice that was refused writes the same person again, and the select goes back.
    let person = Signal::derive(move || {
        page.people.with(|people| people.iter().flatten().find(|it| it.agent.id == id).cloned())
    });
    let of = Memo::new(move |_| person.get());
    let name =
        move || of.with(|it| it.as_ref().map(|it| it.agent.name.clone()).unwrap_or_default());
    let email = move || of.with(|it| it.as_ref().map(|it| it.email.clone()).unwrap_or_default());
    let active = Memo::new(move |_| of.with(|it| it.as_ref().is_none_or(|it| it.active)));
    let class = move || if active.get() { "people__one" } else { "people__one people__one--off" };
    let state = move || of.with(|it| it.as_ref().map(|it| state(page, it)).unwrap_or_default());
    let initials = move || text::initials(&name());
    let picture = move || of.with(|it| it.as_ref().and_then(|it| it.picture.clone()));
    view! {
        <li class=class>
            <span class="avatar" aria-hidden="true">
                {portrait(initials, picture)}
            </span>
            <div class="people__who">
                <p class="people__name">
                    <span dir="auto" translate="no" prop:textContent=name></span>
                    {is_me.then(|| view! { " " <span class="people__me">{say(Word::ItemYou)}</span> })}
                </p>
                <p class="people__email" dir="ltr" translate="no" prop:textContent=email></p>
            </div>
            <p class="people__state" prop:textContent=state></p>
            <div class="people__role">{role(page, person, of)}</div>
            <div class="people__acts">{activity(page, me, of, active)}</div>
        </li>
    }
}

/// Whether somebody is there, as far as is known to the hour.
fn state(page: TeamPage, person: &Person) -> String {
    if !person.active {
        return say(Word::TeamDeactivated);
    }
    if person.away && person.seen_at.is_some() {
        return say(Word::PresenceAway);
    }
    match person.seen_at {
        Some(at) => {
            let now = page.app.now.get().max(time::now());
            fill(Pattern::TeamLastHere, &[&parts::ago(at, now)])
        }
        None => say(Word::TeamNotSignedIn),
    }
}

/// The role: a select for whoever may change it, else its name.
fn role(page: TeamPage, person: Signal<Option<Person>>, of: Memo<Option<Person>>) -> impl IntoView {
    let now = Memo::new(move |_| of.with(|it| it.as_ref().map(|it| it.role)));
    move || {
        let Some(role) = now.get() else { return Either::Right(String::new()) };
        let roles = offer::roles(page.role, role);
        if roles.is_empty() {
            return Either::Right(say(text::role(role)));
        }
        let label = move || {
            of.with(|it| it.as_ref().map(|it| fill(Pattern::TeamRoleOf, &[&it.agent.name])))
        };
        let choose = move |value: String| {
            let (Some(chosen), Some(person)) = (role_of(&value), of.get_untracked()) else {
                return;
            };
            if chosen != person.role {
                let back = move || page.show_again();
                page.app.set_role(person.agent, person.role, chosen, back);
            }
        };
        let value = move || person.get().map(|person| person.role.as_str());
        Either::Left(view! {
            <select
                class="input select"
                aria-label=label
                prop:value=value
                on:change=move |event| choose(event_target_value(&event))
            >
                {role_options(roles, role)}
            </select>
        })
    }
}

fn activity(
    page: TeamPage,
    me: MemberId,
    of: Memo<Option<Person>>,
    active: Memo<bool>,
) -> impl IntoView {
    let offered = Memo::new(move |_| {
        of.with(|it| it.as_ref().is_some_and(|it| offer::activity(&me, page.role, it)))
    });
    let member = move || of.with_untracked(|it| it.as_ref().map(|it| it.agent.clone()));
    let act = move |_| {
        if let Some(member) = member() {
            page.app.set_active(member, !active.get_untracked());
        }
    };
    let label = move || {
        let name = of.with(|it| it.as_ref().map(|it| it.agent.name.clone()));
        let pattern =
            if active.get() { Pattern::TeamDeactivateOf } else { Pattern::TeamReactivateOf };
        fill(pattern, &[&name.unwrap_or_default()])
    };
    let words = move || say(if active.get() { Word::TeamDeactivate } else { Word::TeamReactivate });
    move || {
        offered.get().then(|| {
            view! {
                <button
                    class="btn btn--sm"
                    type="button"
                    aria-label=label
                    on:click=act
                    prop:textContent=words
                ></button>
            }
        })
    }
}
