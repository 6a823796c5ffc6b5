//! The secrets by which the site's back end makes proofs.

use leptos::prelude::*;
use porchlight_browser::time;
use porchlight_protocol::limits::IDENTITY_SECRETS_MAX;
use porchlight_protocol::person::{NewSecret, SecretSeen};

use crate::settings::visitors::VisitorsPage;
use crate::ui::copy::copy_field;
use crate::ui::focus::focus_soon;
use crate::ui::icon::{self, icon};
use crate::ui::parts;
use crate::words::{Pattern, Word, fill, say};

/// The card.
pub fn secrets(page: VisitorsPage) -> impl IntoView {
    let listed = Memo::new(move |_| {
        page.identity.saved.with(|it| it.as_ref().map(|it| it.secrets.clone())).unwrap_or_default()
    });
    let none = move || {
        listed.with(Vec::is_empty).then(|| {
            view! { <p class="people__none">{say(Word::VisitorsSecretsNone)}</p> }
        })
    };
    let may_add =
        Memo::new(move |_| page.may_change() && listed.with(Vec::len) < IDENTITY_SECRETS_MAX);
    let add = move || {
        may_add.get().then(|| {
            view! {
                <button
                    class="btn"
                    id="add-secret"
                    type="button"
                    aria-disabled=move || page.busy.get().then_some("true")
                    on:click=move |_| page.make(|| focus_soon("#made-secret".to_owned()))
                >
                    {say(Word::VisitorsAdd)}
                </button>
            }
        })
    };
    let refused =
        move || page.refused.get().map(|why| (icon(icon::EXCLAMATION), parts::words(why)));
    view! {
        <section class="card" aria-labelledby="secrets">
            <h2 class="card__title" id="secrets" tabindex="-1">
                {say(Word::VisitorsSecrets)}
            </h2>
            <p class="card__text">{say(Word::VisitorsSecretsText)}</p>
            {move || page.made.get().map(|made| shown_once(page, made))}
            {none}
            <ul class="people">
                <For
                    each=move || listed.get()
                    key=|it| (it.id.clone(), it.retires_at)
                    let:it
                >
                    {row(page, it)}
                </For>
            </ul>
            <div class="bots__add">
                {add} <p class="problem" role="alert">
                    {refused}
                </p>
            </div>
        </section>
    }
}

/// The secret that was made, which is shown once.
fn shown_once(page: VisitorsPage, made: NewSecret) -> impl IntoView {
    let secret = made.secret;
    let done = move |_| {
        page.copied();
        focus_soon("#add-secret, #secrets".to_owned());
    };
    view! {
        <div class="proof">
            <label class="label" for="made-secret">
                {say(Word::VisitorsMade)}
            </label>
            <div class="proof__copy">
                {copy_field("made-secret", "made-secret-hint", move || secret.clone())}
            </div>
            <p class="setting__hint" id="made-secret-hint">
                {say(Word::VisitorsMadeText)}
            </p>
            <div class="proof__acts">
                <button class="btn btn--quiet" type="button" on:click=done>
                    {say(Word::VisitorsDone)}
                </button>
            </div>
        </div>
    }
}

fn row(page: VisitorsPage, secret: SecretSeen) -> impl IntoView {
    let SecretSeen { id, ends_in, created_at, retires_at } = secret;
    let name = fill(Pattern::VisitorsSecret, &[&ends_in]);
    let about = move || {
        let now = page.app.now.get().max(time::now());
        let made = fill(Pattern::VisitorsCreatedAt, &[&parts::moment(created_at, now)]);
        match retires_at {
            Some(at) => {
                let retires = fill(Pattern::VisitorsRetires, &[&parts::moment(at, now)]);
                [made, retires].join(" · ")
            }
            None => made,
        }
    };
    let labelled = |word| [&say(word), ": ", &name].concat();
    let retires = retires_at.is_some();
    let word = if retires { Word::VisitorsKeep } else { Word::VisitorsRetire };
    let (retire_label, remove_label) = (labelled(word), labelled(Word::VisitorsRemove));
    let retire = {
        let id = id.clone();
        move |_| {
            page.retire(&id, !retires);
            focus_soon("#secrets".to_owned());
        }
    };
    let remove = move |_| page.asks(Some(id.clone()));
    view! {
        <li class="people__one">
            <div class="people__who">
                <p class="people__name">
                    <bdi translate="no">{name}</bdi>
                </p>
                <p class="people__email" prop:textContent=about></p>
            </div>
            {page
                .may_change()
                .then(|| {
                    view! {
                        <div class="people__acts">
                            <button
                                class="btn btn--sm"
                                type="button"
                                aria-label=retire_label
                                on:click=retire
                            >
                                {say(word)}
                            </button>
                            <button
                                class="btn btn--sm btn--quiet"
                                type="button"
                                aria-label=remove_label
                                on:click=remove
                            >
                                {say(Word::VisitorsRemove)}
                            </button>
                        </div>
                    }
                })}
        </li>
    }
}
