//! Home: the greeting and the conversation history.

use leptos::either::EitherOf4;
use leptos::prelude::*;
use porchlight_browser::time;
use porchlight_client::Link;
use porchlight_client::home::HomeRow;
use porchlight_protocol::ErrorCode;

use super::icon::{self, icon};
use super::top::{avatar, bar, close};
use crate::app::{App, LinkView};
use crate::text;

/// Rows of the skeleton: about what a history has.
const SKELETON_ROWS: usize = 3;

/// The whole screen.
pub fn home(app: App) -> impl IntoView {
    let name = app.config.with_value(|config| config.name.clone());
    view! {
        <section class="home" aria-labelledby="greeting">
            <header class="top">
                {avatar("avatar avatar--sm", &name, false)}
                <p class="top__who top__name">{name}</p>
                {close(app)}
            </header>
            {move || (!app.home.with(Vec::is_empty)).then(|| bar(app, text::STALE))}
            <div class="home__body">
                <h1 class="home__greeting" id="greeting">
                    {text::greeting(js_sys::Date::new_0().get_hours())}
                </h1>
                <p class="home__sub">{text::SUB}</p>
                {move || body(app)}
            </div>
            <footer class="home__foot">
                <button
                    class="btn btn--primary btn--wide"
                    type="button"
                    on:click=move |_| app.show_new()
                >
                    {icon(icon::PLUS)}
                    {text::NEW}
                </button>
            </footer>
        </section>
    }
}

fn body(app: App) -> impl IntoView {
    let rows = app.home.get();
    let link = app.link.get();
    if !rows.is_empty() {
        EitherOf4::A(history(app, rows))
    } else if link.known && (link.link == Link::Down || link.fault.is_some()) {
        EitherOf4::B(failed(app, link))
    } else if link.known && !link.welcomed {
        EitherOf4::C(skeleton())
    } else {
        EitherOf4::D(empty())
    }
}

fn history(app: App, rows: Vec<HomeRow>) -> impl IntoView {
    view! {
        <h2 class="home__title" id="list">
            {text::LIST}
        </h2>
        <ul class="card" role="list" aria-labelledby="list">
            {rows.into_iter().map(|row| line(app, row)).collect_view()}
        </ul>
    }
}

fn line(app: App, row: HomeRow) -> impl IntoView {
    let site = app.config.with_value(|config| config.name.clone());
    let name = row.with.as_ref().map_or(site, |with| with.name.clone());
    let locale = app.locale.get();
    let prefix = match (row.failed, row.own) {
        (true, _) => text::NOT_SENT,
        (false, true) => text::YOU,
        (false, false) => "",
    };
    let mark = match (row.unread, row.marked_closed) {
        (0, false) => None,
        (0, true) => Some(("row__mark chip chip--closed", text::CLOSED.to_owned(), "")),
        (100.., _) => Some(("row__mark badge", "99+".to_owned(), " unread")),
        (unread, _) => Some(("row__mark badge", unread.to_string(), " unread")),
    };
    let class = if row.unread == 0 { "row" } else { "row row--unread" };
    view! {
        <li class=class>
            <button class="row__main" type="button" on:click=move |_| app.show(row.place.clone())>
                {avatar(if row.bot { "avatar avatar--bot" } else { "avatar" }, &name, row.bot)}
                <span class="row__head">
                    <span class="row__name">{name}</span>
                    " "
                    <span class="chip">{if row.bot { text::BOT } else { text::LIVE_CHAT }}</span>
                </span>
                <time class="row__time" datetime=time::datetime(row.at)>
                    {time::short(row.at, time::now(), &locale)}
                </time>
                <span class="row__preview">{prefix} <bdi>{row.preview}</bdi></span>
                {mark
                    .map(|(class, words, more)| {
                        view! {
                            <span class=class>{words} <span class="sr">{more}</span></span>
                        }
                    })}
            </button>
        </li>
    }
}

fn blank(title: &'static str, words: &'static str, art: &'static str) -> impl IntoView {
    view! {
        <span class="blank__art" aria-hidden="true">
            {icon(art)}
        </span>
        <h2 class="blank__title">{title}</h2>
        <p class="blank__text">{words}</p>
    }
}

fn empty() -> impl IntoView {
    view! { <div class="card blank">{blank(text::EMPTY_TITLE, text::EMPTY, icon::LAMP)}</div> }
}

fn failed(app: App, link: LinkView) -> impl IntoView {
    let outdated = link.fault == Some(ErrorCode::VersionMismatch);
    let (title, words, action) = if outdated {
        (text::OUTDATED_TITLE, text::OUTDATED, text::RELOAD)
    } else {
        (text::ERROR_TITLE, text::ERROR, text::RETRY)
    };
    view! {
        <div class="card blank" role="alert">
            {blank(title, words, icon::ALERT)}
            <button
                class="btn"
                type="button"
                on:click=move |_| if outdated { app.reload() } else { app.reconnect() }
            >
                {action}
            </button>
        </div>
    }
}

fn skeleton() -> impl IntoView {
    let row = |_| {
        view! {
            <li class="row">
                <div class="row__main">
                    <span class="avatar skel"></span>
                    <span class="skel skel--line"></span>
                    <span></span>
                    <span class="skel skel--line"></span>
                </div>
            </li>
        }
    };
    view! {
        <h2 class="home__title">{text::LIST}</h2>
        <p class="sr">{text::LOADING_LIST}</p>
        <ul class="card" aria-hidden="true">
            {(0..SKELETON_ROWS).map(row).collect_view()}
        </ul>
    }
}
