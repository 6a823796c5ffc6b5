//! The list of conversations, by folder.

use leptos::either::{Either, EitherOf4};
use leptos::html::Ul;
use leptos::prelude::*;
use porchlight_protocol::{ConversationId, Filter, Sort};

use crate::app::{App, Item};
use crate::frame::keyboard;
use crate::list::density::Density;
use crate::list::item::view::item;
use crate::list::listing::PageState;
use crate::list::pick;
use crate::text;
use crate::ui::focus::{focus_now, nothing_has_focus};
use crate::ui::icon;
use crate::ui::menu::{Menu, popup};
use crate::ui::parts::blank;
use crate::words::{Pattern, Word, fill, number, say};
use porchlight_client::hold::Hold;

/// Rows of the skeleton, about as many as fit the screen.
const SKELETON_ROWS: usize = 8;

/// Pixels below the viewport at which the next page is loaded: a few rows.
const NEAR_END_PX: i32 = 400;

/// The list's column.
pub fn list(app: App) -> impl IntoView {
    view! {
        <section class=move || app.list.density.get().class() aria-labelledby="list-title">
            {move || past(app)}
            <header class="list__head">
                {pick::all(app)}
                <h2 class="list__title" id="list-title" tabindex="-1">
                    {say(Word::ListTitle)}
                </h2>
                {pick::count(app)} {sort(app)} {density(app)}
            </header>
            <nav class="filters" aria-label=say(Word::ListFilter) hidden=move || pick::is_picking(app)>
                {Filter::ALL.map(|filter| tab(app, filter)).collect_view()}
            </nav>
            {pick::bar(app)}
            {body(app)}
        </section>
    }
}

/// The skip link past the list.
fn past(app: App) -> impl IntoView {
    let open = app.route.with(|route| route.open().is_some());
    open.then(|| {
        view! {
            <a class="btn skip" href="#talk">
                {say(Word::ListSkip)}
            </a>
        }
    })
}

fn tab(app: App, filter: Filter) -> impl IntoView {
    let href = move || app.route.with(|route| route.with_filter(filter).href());
    let current = move || app.route.with(|route| route.filter() == filter).then_some("true");
    let count = move || {
        let counts = app.list.counts.get();
        let count = match filter {
            Filter::Open => counts.open,
            Filter::Unassigned => counts.unassigned,
            Filter::Mine => counts.mine,
            Filter::Closed | Filter::All => 0,
        };
        (count > 0)
            .then(|| view! { <span class="filter__count" prop:textContent=number(count)></span> })
    };
    view! {
        <a class="filter" href=href aria-current=current>
            <span class="filter__name">{say(text::filter(filter))}</span> " " {count}
        </a>
    }
}

/// The order of *Unassigned*.
fn sort(app: App) -> impl IntoView {
    let shown = Memo::new(move |_| {
        app.route.with(|route| route.filter()) == Filter::Unassigned && !pick::is_picking(app)
    });
    let choose = move |event| {
        if let Ok(sort) = event_target_value(&event).parse() {
            app.sort_by(sort);
        }
    };
    let option = move |sort: Sort| {
        view! {
            <option value=sort.as_str() selected=move || app.list.sort.get() == sort>
                {say(text::sort(sort))}
            </option>
        }
    };
    move || {
        shown.get().then(|| {
            view! {
                <select class="input select list__sort" aria-label=say(Word::ListSort) on:change=choose>
                    {option(Sort::Newest)}
                    {option(Sort::Waiting)}
                </select>
            }
        })
    }
}

/// The choice of the rows' room.
fn density(app: App) -> impl IntoView {
    let menu = Menu::new();
    let shown = Memo::new(move |_| !pick::is_picking(app));
    let item = move |density: Density| {
        let chosen = move || if app.list.density.get() == density { "true" } else { "false" };
        let choose = move |_| {
            app.set_density(density);
            menu.close();
        };
        view! {
            <button
                class="menu__item menu__item--radio"
                type="button"
                role="menuitemradio"
                aria-checked=chosen
                tabindex="-1"
                on:click=choose
            >
                {icon::icon(icon::CHECK)}
                {say(density.name())}
            </button>
        }
    };
    let items = move || Density::ALL.map(item).collect_view();
    view! {
        <div
            class="density"
            hidden=move || !shown.get()
            node_ref=menu.whole
            on:focusout=move |event| menu.focus_left(&event)
        >
            <button
                class="icon-btn"
                type="button"
                aria-label=say(Word::ListDensity)
                title=say(Word::ListDensity)
                aria-haspopup="menu"
                aria-expanded=move || menu.expanded()
                node_ref=menu.opener
                on:click=move |_| menu.toggle()
                on:keydown=move |event| menu.opener_key(&event)
            >
                {icon::icon(icon::ROWS)}
            </button>
            {popup(menu, Word::ListDensity, items)}
        </div>
    }
}

/// The part below the filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    Items,
    Loading,
    Failed,
    Empty(Filter),
}

fn body(app: App) -> impl IntoView {
    let body = Memo::new(move |_| match app.list.page.get() {
        _ if !app.list.items.with(Vec::is_empty) => Body::Items,
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
        fill(Pattern::ListOf, &[&say(text::filter(filter))])
    };
    let class = move || {
        let picking = app.list.selection.with(|selection| !selection.is_empty());
        if picking { "items items--picking" } else { "items" }
    };
    let list = NodeRef::<Ul>::new();
    load_near_end(app, list);
    // Roving tab stop: Tab reaches one row; arrows, `j` and `k` move between rows.
    let way_in = Memo::new(move |_| way_in(app));
    view! {
        <ul
            node_ref=list
            class=class
            role="list"
            aria-label=label
            on:scroll=move |_| load_if_near_end(app, list)
            on:keydown=move |event| {
                app.at_rows(Hold::stirs);
                keyboard::in_list(app, &event);
            }
            on:focusin=move |_| {
                app.at_rows(|hold, now| hold.focus(true, now));
                app.list.row.set(keyboard::focused_row());
            }
            on:focusout=move |_| {
                app.at_rows(|hold, now| hold.focus(false, now));
                // The focus may move to another row.
                app.look_again(0);
            }
            on:pointerenter=move |_| app.at_rows(|hold, now| hold.pointer(true, now))
            on:pointermove=move |_| app.at_rows(|hold, now| hold.pointer(true, now))
            on:pointerdown=move |_| app.at_rows(|hold, now| hold.press(true, now))
            on:pointerup=move |_| app.at_rows(|hold, now| hold.press(false, now))
            on:pointerleave=move |_| app.left_rows(|hold, now| hold.pointer(false, now))
        >
            <For each=move || keeping_focus(app) key=|item| item.id.clone() let(entry)>
                {item(app, way_in, entry)}
            </For>
            {move || more(app)}
        </ul>
    }
}

/// The rows. A moved row loses the focus, which is restored.
fn keeping_focus(app: App) -> Vec<Item> {
    let items = app.list.items.get();
    if let Some(selector) = keyboard::focused_in_row() {
        request_animation_frame(move || {
            if nothing_has_focus() {
                focus_now(&selector);
            }
        });
    }
    items
}

/// The roving tab stop: the row that had the focus last, else the open one, else the first.
fn way_in(app: App) -> Option<ConversationId> {
    let (row, open) = (app.list.row.get(), app.route.with(|route| route.open().cloned()));
    app.list.items.with(|items| {
        let listed = |id: &ConversationId| items.iter().any(|item| item.id == *id);
        let first = items.first().map(|item| item.id.clone());
        row.filter(listed).or_else(|| open.filter(listed)).or(first)
    })
}

/// Loads more pages while the end of the list is near the viewport. After a failure, a click retries.
fn load_near_end(app: App, list: NodeRef<Ul>) {
    Effect::new(move |_| {
        app.list.items.track();
        if app.list.page.get() == PageState::More {
            request_animation_frame(move || load_if_near_end(app, list));
        }
    });
}

fn load_if_near_end(app: App, list: NodeRef<Ul>) {
    if app.is_over() || app.list.page.get_untracked() != PageState::More {
        return;
    }
    let Some(list) = list.try_get_untracked().flatten() else { return };
    let below = list.scroll_height() - list.scroll_top() - list.client_height();
    // A hidden list has no end in view.
    if list.client_height() > 0 && below < NEAR_END_PX {
        app.load_page();
    }
}

/// The button that loads the next page.
fn more(app: App) -> impl IntoView {
    let load = move |_| app.load_page();
    match app.list.page.get() {
        PageState::Whole => None,
        PageState::Loading => Some(Either::Left(view! {
            <li class="older">
                <span class="spin" aria-hidden="true"></span>
                {say(Word::ListLoadingMore)}
            </li>
        })),
        state => {
            let failed = state == PageState::Failed;
            Some(Either::Right(view! {
                <li class="older">
                    {failed.then(|| say(Word::ListNoMore))}
                    <button class="btn btn--sm" type="button" on:click=load>
                        {say(if failed { Word::ActRetry } else { Word::ListLoadMore })}
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
        app.load_page();
    };
    view! {
        <div class="blank">
            {blank(icon::EXCLAMATION, Word::ListNotLoaded, Word::ListCheckConnection)}
            <button class="btn" type="button" on:click=retry>
                {say(Word::ActRetry)}
            </button>
        </div>
    }
}

fn empty(filter: Filter) -> impl IntoView {
    let (title, words) = text::empty(filter);
    view! { <div class="blank">{blank(icon::CHECK, title, words)}</div> }
}
