//! The list of conversations, by folder.

use leptos::either::{Either, EitherOf4};
use leptos::prelude::*;
use porchlight_client::inbox::Filter;

use super::icon;
use super::item::item;
use super::parts::blank;
use super::pick;
use crate::app::App;
use crate::listing::PageState;
use crate::text;

/// Rows of the skeleton: about what fits the screen.
const SKELETON_ROWS: usize = 6;

/// The list's column.
pub fn list(app: App) -> impl IntoView {
    view! {
        <section class="list" aria-labelledby="list-title">
            <header class="list__head">
                {pick::all(app)}
                <h2 class="list__title" id="list-title" tabindex="-1">
                    "Conversations"
                </h2>
                {pick::count(app)}
            </header>
            <nav class="filters" aria-label="Filter" hidden=move || pick::is_picking(app)>
                {Filter::ALL.map(|filter| tab(app, filter)).collect_view()}
            </nav>
            {pick::bar(app)}
            {body(app)}
        </section>
    }
}

fn tab(app: App, filter: Filter) -> impl IntoView {
    let href = move || app.route.with(|route| route.with_filter(filter).href());
    let current = move || app.route.with(|route| route.filter() == filter).then_some("true");
    let count = move || {
        let counts = app.counts.get();
        let count = match filter {
            Filter::Open => counts.open,
            Filter::Unassigned => counts.unassigned,
            Filter::Mine => counts.mine,
            Filter::Closed | Filter::All => 0,
        };
        (count > 0).then(|| view! { <span class="filter__count">{count}</span> })
    };
    view! {
        <a class="filter" href=href aria-current=current>
            {text::filter(filter)} " " {count}
        </a>
    }
}

/// What stands below the filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    Items,
    Loading,
    Failed,
    Empty(Filter),
}

fn body(app: App) -> impl IntoView {
    let body = Memo::new(move |_| match app.page.get() {
        _ if !app.items.with(Vec::is_empty) => Body::Items,
        PageState::Loading => Body::Loading,
        PageState::Failed => Body::Failed,
        PageState::More | PageState::Whole => Body::Empty(app.route.with(|route| route.filter())),
    });
    move || match body.get() {
        Body::Items => EitherOf4::A(items(app)),
        Body::Loading => EitherOf4::B(skeleton()),
        Body::Failed => EitherOf4::C(failed(app)),
        Body::Empty(filter) => EitherOf4::D(empty(filter)),
    }
}

fn items(app: App) -> impl IntoView {
    let label = move || {
        let filter = app.route.with(|route| route.filter());
        [text::filter(filter), " conversations"].concat()
    };
    let class = move || {
        let picking = app.selection.with(|selection| !selection.is_empty());
        if picking { "items items--picking" } else { "items" }
    };
    view! {
        <ul class=class role="list" aria-label=label>
            <For each=move || app.items.get() key=|item| item.id.clone() let(entry)>
                {item(app, entry)}
            </For>
            {move || more(app)}
        </ul>
    }
}

/// The way to the next page.
fn more(app: App) -> impl IntoView {
    let load = move |_| app.load_page();
    match app.page.get() {
        PageState::Whole => None,
        PageState::Loading => Some(Either::Left(view! {
            <li class="older">
                <span class="spin" aria-hidden="true"></span>
                "Loading more…"
            </li>
        })),
        state => {
            let failed = state == PageState::Failed;
            Some(Either::Right(view! {
                <li class="older">
                    {failed.then_some("More could not be loaded.")}
                    <button class="btn btn--sm" type="button" on:click=load>
                        {if failed { "Retry" } else { "Load more" }}
                    </button>
                </li>
            }))
        }
    }
}

fn skeleton() -> impl IntoView {
    let row = |_| {
        view! {
            <li class="item">
                <span class="avatar skel"></span>
                <span class="skel skel--line"></span>
                <span></span>
                <span class="skel skel--line item__preview"></span>
            </li>
        }
    };
    view! {
        <ul class="items" aria-hidden="true">
            {(0..SKELETON_ROWS).map(row).collect_view()}
        </ul>
    }
}

fn failed(app: App) -> impl IntoView {
    let retry = move |_| {
        if app.link.get_untracked().fault.is_some() {
            return app.reload();
        }
        app.reconnect();
        app.ensure_page();
        if app.page.get_untracked() == PageState::Failed {
            app.load_page();
        }
    };
    view! {
        <div class="blank">
            {blank(icon::ALERT, text::NO_LIST, "Nothing is lost. Please check the connection.")}
            <button class="btn" type="button" on:click=retry>
                "Retry"
            </button>
        </div>
    }
}

fn empty(filter: Filter) -> impl IntoView {
    let (title, words) = text::empty(filter);
    view! { <div class="blank">{blank(icon::CHECK, title, words)}</div> }
}
