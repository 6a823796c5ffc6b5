//! The versions of a bot's flow: when each was published, and its text, which can be put into the editor.

use leptos::prelude::*;
use porchlight_browser::{dates, time};
use porchlight_protocol::bots::FlowVersion;

use crate::settings::bots::BotsPage;
use crate::settings::bots::view::version_number;
use crate::ui::focus::focus_soon;
use crate::ui::parts;
use crate::words::{Pattern, Word, fill, say};

/// The selector of a version's line.
pub fn selector(version: u64) -> String {
    ["#", &id(version)].concat()
}

fn id(version: u64) -> String {
    ["version-", &version.to_string()].concat()
}

/// The versions of the shown bot's flow, if there are any.
pub fn versions(page: BotsPage) -> impl IntoView {
    let list = Memo::new(move |_| {
        page.versions.with(|versions| {
            let is_shown = versions.bot == page.shown.get();
            if is_shown { versions.list.versions.clone() } else { Vec::new() }
        })
    });
    let is_empty = Memo::new(move |_| list.with(Vec::is_empty));
    move || {
        (!is_empty.get()).then(|| {
            view! {
                <section class="versions" aria-labelledby="versions">
                    <h3 class="flow__label" id="versions">
                        {say(Word::BotsVersions)}
                    </h3>
                    <ul class="versions__list">
                        <For each=move || list.get() key=|of| (of.version, of.at) let:of>
                            {row(page, of)}
                        </For>
                    </ul>
                </section>
            }
        })
    }
}

fn row(page: BotsPage, FlowVersion { version, at }: FlowVersion) -> impl IntoView {
    let name = fill(Pattern::BotsVersion, &[&version_number(version)]);
    let is_open = Memo::new(move |_| page.versions.with(|all| all.open == Some(version)));
    let is_on = Memo::new(move |_| page.versions.with(|all| all.list.published == Some(version)));
    let when = move || parts::moment(at, page.app.now.get().max(time::now()));
    let toggle = move |_| {
        if is_open.get_untracked() { page.look_away() } else { page.look_at(version) }
    };
    let heading = name.clone();
    view! {
        <li>
            <button
                class="versions__one"
                id=id(version)
                type="button"
                aria-expanded=move || is_open.get().to_string()
                on:click=toggle
            >
                <span class="versions__name">{heading}</span>
                <time
                    class="versions__when"
                    datetime=dates::datetime(at)
                    prop:textContent=when
                ></time>
                {move || {
                    is_on
                        .get()
                        .then(|| {
                            view! {
                                <span class="bots__state bots__state--on">
                                    {say(Word::BotsIsOn)}
                                </span>
                            }
                        })
                }}
            </button>
            {move || is_open.get().then(|| open(page, name.clone()))}
        </li>
    }
}

/// The text of the version that is open.
fn open(page: BotsPage, name: String) -> impl IntoView {
    let text = Memo::new(move |_| page.versions.with(|all| all.text.clone()));
    move || {
        let Some(text) = text.get() else {
            return view! { <p class="versions__text"><span class="spin" aria-hidden="true"></span></p> }
                .into_any();
        };
        let label = name.clone();
        view! {
            <div class="versions__text">
                <pre
                    class="versions__json"
                    role="region"
                    aria-label=label
                    dir="ltr"
                    lang="en"
                    translate="no"
                    tabindex="0"
                    prop:textContent=text.clone()
                ></pre>
                {move || restore(page, &text)}
            </div>
        }
        .into_any()
    }
}

/// The button that puts the open version into the editor, unless it stands there already.
fn restore(page: BotsPage, text: &str) -> Option<impl IntoView + use<>> {
    let stands_there = page.flow(|flow| flow.text == text) == Some(true);
    let restore = move |_| {
        page.restore();
        // The button is removed: moves the focus.
        focus_soon("#flow".to_owned());
    };
    (page.may_change && !stands_there).then(|| {
        view! {
            <div class="versions__acts">
                <button
                    class="btn btn--sm"
                    type="button"
                    aria-describedby="restore-hint"
                    on:click=restore
                >
                    {say(Word::BotsRestore)}
                </button>
                <p class="setting__hint" id="restore-hint">
                    {say(Word::BotsRestoreHint)}
                </p>
            </div>
        }
    })
}
