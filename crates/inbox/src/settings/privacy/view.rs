//! Settings → Privacy.

use leptos::either::Either;
use leptos::prelude::*;
use porchlight_browser::time;
use porchlight_protocol::privacy::{Blocked, Retention};

use crate::app::App;
use crate::person::face::Face;
use crate::person::standing::view::how;
use crate::settings::frame::{self, Layout};
use crate::settings::page::Page;
use crate::settings::privacy;
use crate::settings::privacy::{Privacy, choices};
use crate::settings::savebar;
use crate::settings::setting::Saving;
use crate::ui::dialog;
use crate::ui::focus::focus_soon;
use crate::words::{Count, Pattern, Word, count, fill, say};

/// The page.
pub fn privacy(app: App) -> impl IntoView {
    let page = Privacy::open(app);
    let body = frame::once_loaded(
        Page::Privacy,
        move || page.is_there(),
        move || page.has_failed(),
        move || page.load(),
        move || frame::main((retention(page), blocked(page))),
    );
    let bar = savebar::of_settings(vec![page.retention]);
    view! {
        {frame::page(Page::Privacy, Layout::Single, body, bar)}
        {move || page.asked.get().map(|(_, removes)| ask(page, removes))}
    }
}

fn ask(page: Privacy, removes: u64) -> impl IntoView {
    dialog::dialog(
        Word::PrivacyRemoveAsk,
        move || count(Count::PrivacyRemoveText, removes),
        || (),
        (Word::PrivacyCancel, move || page.cancel()),
        (say(Word::PrivacyRemoveDo), move || page.confirm()),
    )
}

fn retention(page: Privacy) -> impl IntoView {
    let setting = page.retention;
    let saved = move || setting.saved.get().unwrap_or_default();
    let fixed = move || !setting.may_change || setting.state.get() == Saving::Busy;
    // Not a memo: a choice that was not saved writes the same value again, and the select goes back.
    let options = move || {
        let saved = saved();
        choices(saved)
            .into_iter()
            .map(|it| {
                let value = it.days.map(|days| days.to_string()).unwrap_or_default();
                view! {
                    <option value=value selected=it == saved>
                        {privacy::words::kept(it)}
                    </option>
                }
            })
            .collect_view()
    };
    view! {
        <section class="card">
            <div class="setting">
                <label class="setting__name" for="retention">
                    {say(Word::PrivacyKeep)}
                </label>
                <select
                    class="input select"
                    id="retention"
                    aria-describedby="retention-text"
                    disabled=fixed
                    on:change=move |event| {
                        page.choose(Retention { days: event_target_value(&event).parse().ok() });
                    }
                >
                    {options}
                </select>
                <p class="setting__text" id="retention-text">
                    {say(Word::PrivacyKeepText)}
                </p>
            </div>
        </section>
    }
}

fn blocked(page: Privacy) -> impl IntoView {
    let listed = Memo::new(move |_| page.blocked.get().unwrap_or_default());
    let list = move || match listed.with(Vec::is_empty) {
        true => Either::Left(view! { <p class="people__none">{say(Word::PrivacyBlockedNone)}</p> }),
        false => Either::Right(view! {
            <ul class="people">
                <For each=move || listed.get() key=shown let:it>
                    {row(page, it)}
                </For>
            </ul>
        }),
    };
    let more = move || {
        page.next.get().is_some().then(|| {
            view! {
                <div class="bots__add">
                    <button class="btn" type="button" on:click=move |_| page.more()>
                        {say(Word::AuditMore)}
                    </button>
                </div>
            }
        })
    };
    view! {
        <section class="card" aria-labelledby="blocked">
            <h2 class="card__title" id="blocked">
                {say(Word::PrivacyBlockedTitle)}
            </h2>
            {list}
            {more}
        </section>
    }
}

/// What tells a row from one that says something else of the same visitor.
fn shown(it: &Blocked) -> String {
    let Blocked { visitor, block, name } = it;
    let name = Face::of(visitor, name.as_ref()).name;
    format!("{} {} {} {:?} {name}", visitor.as_str(), block.at, block.note, block.network)
}

fn row(page: Privacy, it: Blocked) -> impl IntoView {
    let Blocked { visitor, block, name } = it;
    let name = Face::of(&visitor, name.as_ref()).name;
    let label = fill(Pattern::PrivacyUnblockOf, &[&name]);
    let free = block.network.is_some().then(|| {
        let (visitor, block) = (visitor.clone(), block.clone());
        let label = fill(Pattern::PrivacyNetworkFreeOf, &[&name]);
        let free = move |_| {
            page.app.free_network(visitor.clone(), &block);
            focus_soon("#main".to_owned());
        };
        view! {
            <button class="btn btn--sm" type="button" aria-label=label on:click=free>
                {say(Word::PrivacyNetworkFree)}
            </button>
        }
    });
    let (known, lifted) = (block.clone(), block);
    let said = move || how(&known, page.app.now.get().max(time::now()));
    let title = visitor.as_str().to_owned();
    let lift = move |_| {
        page.app.unblock(visitor.clone(), &lifted);
        focus_soon("#main".to_owned());
    };
    view! {
        <li class="people__one">
            <div class="people__who">
                <p class="people__name" dir="auto" title=title>
                    {name}
                </p>
                <p class="people__email" dir="auto" prop:textContent=said></p>
            </div>
            <div class="people__acts">
                {free}
                <button class="btn btn--sm" type="button" aria-label=label on:click=lift>
                    {say(Word::PrivacyUnblock)}
                </button>
            </div>
        </li>
    }
}
