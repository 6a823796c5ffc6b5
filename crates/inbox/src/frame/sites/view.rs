//! The switch at the top of the rail, for whoever answers visitors of several sites.

use std::time::Duration;

use leptos::prelude::*;
use porchlight_protocol::team::SiteOfMine;

use crate::app::App;
use crate::frame::sites::Sites;
use crate::ui::icon::{self, icon};
use crate::ui::menu::{Menu, popup};
use crate::words::{Pattern, Word, fill, number, say};

/// How often the numbers of the other sites are requested.
const EVERY: Duration = Duration::from_secs(60);

/// The button with the site's name and the menu of all, if there are several.
pub fn switch(app: App) -> impl IntoView {
    let sites = Sites::open(app);
    if let Ok(timer) = set_interval_with_handle(move || look_again(sites), EVERY) {
        on_cleanup(move || timer.clear());
    }
    let several = Memo::new(move |_| sites.are_several());
    move || several.get().then(|| menu(app, sites))
}

fn look_again(sites: Sites) {
    if sites.all.with_untracked(|all| all.len() > 1) && !document().hidden() {
        sites.load();
    }
}

fn menu(app: App, sites: Sites) -> impl IntoView {
    let menu = Menu::new();
    let name = app.session.with_value(|session| session.site_name.clone());
    let label = fill(Pattern::SitesSwitch, &[&name]);
    let title = label.clone();
    let waiting = move || (sites.waiting() > 0).then(|| count(sites.waiting()));
    let items = move || {
        let all = sites.all.get_untracked().into_iter();
        all.map(|one| item(menu, sites, one)).collect_view()
    };
    let toggle = move |_| {
        if !menu.open.get_untracked() {
            sites.load();
        }
        menu.toggle();
    };
    view! {
        <div class="sites" node_ref=menu.whole on:focusout=move |event| menu.focus_left(&event)>
            <button
                class="rail__link"
                type="button"
                title=title
                aria-haspopup="menu"
                aria-expanded=move || menu.expanded()
                node_ref=menu.opener
                on:click=toggle
                on:keydown=move |event| menu.opener_key(&event)
            >
                {icon(icon::HOME)}
                <span class="sr">{label}</span>
                <span class="sites__name" dir="auto" aria-hidden="true">
                    {name}
                </span>
                {waiting}
            </button>
            {popup(menu, Word::SitesTitle, items)}
        </div>
    }
}

/// How many wait there.
fn count(waiting: u64) -> impl IntoView {
    view! {
        <span class="sites__count">
            <span class="sr">{say(Word::FolderUnassigned)} ": "</span>
            {number(waiting)}
        </span>
    }
}

fn item(menu: Menu, sites: Sites, one: SiteOfMine) -> impl IntoView {
    let SiteOfMine { site, name, waiting, .. } = one;
    let here = sites.is_here(&site);
    let choose = move |_| {
        menu.close();
        sites.go(site.clone());
    };
    view! {
        <button
            class="menu__item menu__item--radio"
            type="button"
            role="menuitemradio"
            tabindex="-1"
            aria-checked=if here { "true" } else { "false" }
            on:click=choose
        >
            {icon(icon::CHECK)}
            <span class="sites__one" dir="auto">
                {name}
            </span>
            {(waiting > 0).then(|| count(waiting))}
        </button>
    }
}
