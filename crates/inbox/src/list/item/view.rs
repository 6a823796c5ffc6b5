//! A line of the list.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use porchlight_browser::{dates, time};
use porchlight_protocol::call_back::CallBack;
use porchlight_protocol::limits::UNREAD_MAX;
use porchlight_protocol::{ConversationId, Millis};

use crate::app::{App, Item};
use crate::list::item::{Closed, ItemView, Left, OnPage, Owner};
use crate::person::call;
use crate::text::period;
use crate::ui::icon::{self, icon};
use crate::ui::parts::{ago, avatar, locale, who, words, words_of};
use crate::ui::plain::Plain;
use crate::words::{Count, Pattern, Word, count, fill, number, say};

/// A row: a link to the conversation, and the checkbox that selects it. The checkbox is in the avatar's place,
/// and shown on hover, on focus and during a selection; a tap on the avatar hits it.
pub fn item(app: App, way_in: Memo<Option<ConversationId>>, entry: Item) -> impl IntoView {
    let Item { id, view } = entry;
    let (own, picked) = (id.clone(), id.clone());
    let is_way_in = {
        let own = own.clone();
        Memo::new(move |_| way_in.with(|id| id.as_ref() == Some(&own)))
    };
    let tab = move || if is_way_in.get() { "0" } else { "-1" };
    let row = id.as_str().to_owned();
    let shown = view.clone();
    let label = move || fill(Pattern::ItemSelect, &[&shown.read().face.name]);
    let href = {
        let id = id.clone();
        move || app.route.with(|route| route.with_open(Some(id.clone())).href())
    };
    let current = move || app.route.with(|route| route.open() == Some(&own)).then_some("page");
    let shown = view.clone();
    let class = move || if shown.read().unread > 0 { "item item--unread" } else { "item" };
    let selected = Memo::new(move |_| app.list.selection.with(|selection| selection.has(&picked)));
    let on_pick = move |event: MouseEvent| app.select(&id, event.shift_key());
    view! {
        <li class=move || if selected.get() { "row row--selected" } else { "row" } data-id=row>
            <label class="row__pick">
                <input
                    class="check"
                    type="checkbox"
                    tabindex=tab
                    aria-label=label
                    prop:checked=selected
                    on:click=on_pick
                />
            </label>
            <a class=class href=href tabindex=tab aria-current=current>
                {move || inside(app, view.get())}
            </a>
        </li>
    }
}

fn inside(app: App, view: ItemView) -> impl IntoView {
    let at = view.at;
    let since = move || dates::short(at, app.now.get().max(time::now()), &locale());
    let unread = match view.unread {
        0 => None,
        UNREAD_MAX.. => Some(fill(Pattern::ItemManyUnread, &[&number(UNREAD_MAX - 1)])),
        unread => Some(number(unread)),
    };
    let heard = count(Count::ItemUnread, view.unread);
    // A closed conversation shows who closed it, and no owner. One with a bot has none and needs none.
    let owner = (view.closed.is_none() && !view.with_bot).then_some(view.owner);
    view! {
        {avatar("avatar", &view.face)}
        <span class="item__name" translate="no">
            <bdi prop:textContent=Plain(view.face.name)></bdi>
        </span>
        " "
        <time
            class="item__time"
            datetime=dates::datetime(at)
            prop:textContent=move || Plain(since())
        ></time>
        <span class="item__preview">
            {words(view.by.map_or_else(String::new, |by| fill(Pattern::ItemSaid, &[&by])))} " "
            <bdi prop:textContent=Plain(view.preview)></bdi>
        </span>
        {unread
            .map(|unread| {
                view! {
                    <span class="item__mark badge">
                        <span aria-hidden="true" prop:textContent=Plain(unread)></span>
                        <span class="sr">{heard}</span>
                    </span>
                }
            })}
        <span class="item__meta">
            {view.bot.then(bot)}
            {view
                .reopened
                .then(|| view! { <span class="chip chip--back">{say(Word::HistoryReopenedByVisitor)}</span> })}
            {view.left.map(left)}
            {view.call.map(|wish| call_back(app, wish))}
            {view.closed.map(|closed| how_closed(app, closed))}
            {view.waits_since.map(|since| waiting(app, since))}
            {view.page.map(|page| on_page(app, page))}
            {owner.map(|owner| who(owner, false, move |id| app.picture_of(id)))}
        </span>
    }
}

/// The page that the visitor is on, while their visit goes on.
fn on_page(app: App, page: OnPage) -> impl IntoView {
    let OnPage { name, told } = page;
    let is_current = Memo::new(move |_| told.is_current(app.now.get().max(time::now())));
    move || {
        is_current.get().then(|| {
            view! {
                <span class="item__page">
                    <span class="sr">{say(Word::ItemOnPage)} " "</span>
                    {icon(icon::PAGE)}
                    <bdi translate="no" title=name.clone()>{name.clone()}</bdi>
                </span>
            }
        })
    }
}

/// The mark of a message that was left, and by which way an answer arrives.
fn left(left: Left) -> impl IntoView {
    let way = say(left.way.name());
    let title = way.clone();
    view! {
        <span class="chip chip--back chip--left" title=title>
            {icon(left.way.icon())} {say(Word::ItemLeft)} <span class="sr">" · " {way}</span>
        </span>
    }
}

/// When the visitor wishes to be called, highlighted once the time is over.
fn call_back(app: App, wish: CallBack) -> impl IntoView {
    let now = move || app.now.get().max(time::now());
    let late = Memo::new(move |_| call::is_late(wish, now()));
    let class = move || if late.get() { "item__call item__waits--long" } else { "item__call" };
    let says = move || fill(Pattern::PersonCallAt, &[&call::time(wish, now())]);
    view! {
        <span class=class>
            {icon(icon::PHONE)} {words_of(says)}
        </span>
    }
}

/// The mark of a conversation with a bot.
fn bot() -> impl IntoView {
    view! { <span class="item__bot">{icon(icon::BOT)} <span class="item__kind">{say(Word::ItemBot)}</span></span> }
}

/// The visitor's wait, highlighted if it is long.
fn waiting(app: App, since: Millis) -> impl IntoView {
    let waited = Memo::new(move |_| period::waiting(app.now.get().max(time::now()) - since));
    let class = move || {
        if waited.with(|waited| waited.1) { "item__waits item__waits--long" } else { "item__waits" }
    };
    view! {
        <span class=class>
            {icon(icon::CLOCK)} {words_of(move || waited.get().0)}
        </span>
    }
}

fn how_closed(app: App, closed: Closed) -> impl IntoView {
    let Closed { by, at, dismissed } = closed;
    let when = move || ago(at, app.now.get().max(time::now()));
    view! {
        <span class="item__closed">
            <span prop:textContent=Plain(by)></span> " · "
            <time datetime=dates::datetime(at) prop:textContent=move || Plain(when())></time>
        </span>
        {dismissed
            .then(|| {
                view! {
                    <span class="item__off" title=say(Word::HistoryIsDismissed)>
                        {icon(icon::HOME_OFF)}
                        <span class="sr">{say(Word::HistoryIsDismissed)}</span>
                    </span>
                }
            })}
    }
}

/// True if this agent owns the conversation.
pub fn is_mine(view: &ItemView) -> bool {
    matches!(view.owner, Owner::Me(_))
}
