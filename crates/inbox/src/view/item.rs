//! A line of the list.

use leptos::prelude::*;
use porchlight_browser::time;
use porchlight_protocol::limits::UNREAD_MAX;

use super::parts::{locale, who};
use crate::app::{App, Item};
use crate::item::{ItemView, Owner};

/// One conversation, as a link to it.
pub fn item(app: App, entry: Item) -> impl IntoView {
    let Item { id, view } = entry;
    let own = id.clone();
    let href = move || app.route.with(|route| route.with_open(Some(id.clone())).href());
    let current = move || app.route.with(|route| route.open() == Some(&own)).then_some("page");
    let shown = view.clone();
    let class = move || if shown.read().unread > 0 { "item item--unread" } else { "item" };
    view! {
        <li>
            <a class=class href=href aria-current=current>
                {move || inside(app, view.get())}
            </a>
        </li>
    }
}

fn inside(app: App, view: ItemView) -> impl IntoView {
    let at = view.at;
    let ago = move || time::short(at, app.now.get().max(time::now()), &locale());
    let unread = match view.unread {
        0 => None,
        UNREAD_MAX.. => Some([&(UNREAD_MAX - 1).to_string(), "+"].concat()),
        unread => Some(unread.to_string()),
    };
    // Of a closed one it goes without saying that nobody looks after it.
    let owner = (view.closed.is_none() || view.owner != Owner::Nobody).then_some(view.owner);
    view! {
        <span class="avatar" data-tone=view.tone aria-hidden="true">
            {view.initials}
        </span>
        <span class="item__name">{view.name}</span>
        <time class="item__time" datetime=time::datetime(at)>
            {ago}
        </time>
        <span class="item__preview">
            {view.by.map(|by| [&by, ": "].concat())} <bdi>{view.preview}</bdi>
        </span>
        {unread
            .map(|unread| {
                view! {
                    <span class="item__mark badge">{unread}<span class="sr">" unread"</span></span>
                }
            })}
        <span class="item__meta">
            <span class="chip">{if view.bot { "Bot" } else { "Live chat" }}</span>
            {view.closed.map(|words| view! { <span class="chip chip--closed">{words}</span> })}
            {owner.map(|owner| who(owner, false))}
        </span>
    }
}
