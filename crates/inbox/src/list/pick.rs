//! The selection: the bar of bulk acts in the filters' place, and above it the number of selected
//! conversations.

use leptos::either::Either;
use leptos::prelude::*;

use crate::app::App;
use crate::list::bulk;
use crate::list::bulk::BulkAct;
use crate::list::item::view::is_mine;
use crate::list::select::Extent;
use crate::ui::focus::{focus_soon, nothing_has_focus};
use crate::ui::icon::{self, icon};
use crate::ui::parts::{self, words_of};
use crate::words::{self, Count, Word, say};

/// True if there is a selection, or a bulk act in progress.
pub fn is_picking(app: App) -> bool {
    app.list.progress.with(Option::is_some)
        || app.list.selection.with(|selection| !selection.is_empty())
}

/// The checkbox that selects the whole list.
pub fn all(app: App) -> impl IntoView {
    let extent = Memo::new(move |_| {
        let listed = app.list.items.with(Vec::len);
        app.list.selection.with(|selection| selection.extent(listed))
    });
    let label = move || match extent.get() {
        Extent::All => say(Word::BulkSelectNone),
        _ => say(Word::BulkSelectAll),
    };
    view! {
        <label class="pick-all" hidden=move || app.list.items.with(Vec::is_empty)>
            <input
                class="check"
                type="checkbox"
                aria-label=label
                title=label
                prop:checked=move || extent.get() == Extent::All
                prop:indeterminate=move || extent.get() == Extent::Some
                on:click=move |_| app.select_all()
            />
        </label>
    }
}

/// The number of selected conversations, and the button that clears the selection.
pub fn count(app: App) -> impl IntoView {
    let count = Memo::new(move |_| app.list.selection.with(|selection| selection.len()));
    move || {
        (count.get() > 0).then(|| {
            view! {
                <p class="picks__count" prop:textContent=words::count(Count::BulkSelected, count.get())></p>
                <button
                    class="icon-btn picks__clear"
                    type="button"
                    aria-label=say(Word::BulkClear)
                    title=say(Word::BulkClear)
                    on:click=move |_| {
                        app.clear_selection();
                        focus_soon("#list-title".to_owned());
                    }
                >
                    {icon(icon::CLOSE)}
                </button>
            }
        })
    }
}

/// The bar: the buttons of the bulk acts, or the progress.
pub fn bar(app: App) -> impl IntoView {
    let picking = Memo::new(move |_| is_picking(app));
    // The focused button has been removed.
    Effect::new(move |before: Option<bool>| {
        let picking = picking.get();
        if before == Some(true) && !picking {
            request_animation_frame(|| {
                if nothing_has_focus() {
                    focus_soon("#list-title".to_owned());
                }
            });
        }
        picking
    });
    let running = Memo::new(move |_| app.list.progress.with(Option::is_some));
    move || {
        picking.get().then(|| {
            view! {
                <div class="picks" role="group" aria-label=say(Word::BulkLabel)>
                    {move || match running.get() {
                        true => Either::Left(under_way(app)),
                        false => Either::Right(acts(app)),
                    }}
                </div>
                {move || app.list.problems.get().map(problems)}
            }
        })
    }
}

fn acts(app: App) -> impl IntoView {
    BulkAct::ALL
        .map(|act| {
            let disabled = move || (!can(app, act)).then_some("true");
            view! {
                <button
                    class="btn btn--sm"
                    type="button"
                    aria-disabled=disabled
                    on:click=move |_| app.do_selected(act)
                >
                    {say(bulk::words::act(act))}
                </button>
            }
        })
        .collect_view()
}

/// True if the act concerns one of the selected conversations.
fn can(app: App, act: BulkAct) -> bool {
    app.list.items.with(|items| {
        app.list.selection.with(|selection| {
            items.iter().filter(|item| selection.has(&item.id)).any(|item| {
                let view = item.view.read();
                act.concerns(view.closed.is_some(), is_mine(&view))
            })
        })
    })
}

fn under_way(app: App) -> impl IntoView {
    let words = move || app.list.progress.get().map_or_else(String::new, bulk::words::progress);
    view! {
        <p class="picks__progress">
            <span class="spin" aria-hidden="true"></span>
            {words_of(words)}
        </p>
        <button class="btn btn--sm" type="button" on:click=move |_| app.stop()>
            {say(Word::BulkStop)}
        </button>
    }
}

fn problems(words: String) -> impl IntoView {
    view! { <p class="picks__problems problem">{icon(icon::EXCLAMATION)} {parts::words(words)}</p> }
}
