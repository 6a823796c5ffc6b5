//! The frame of the inbox: the rail, the connection bar, and navigation by links.

use std::time::Duration;

use leptos::either::{Either, EitherOf3};
use leptos::ev::{self, MouseEvent};
use leptos::prelude::*;
use porchlight_client::Link;
use porchlight_protocol::ErrorCode;
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::app::{App, TalkState};
use crate::frame::notifications::notification;
use crate::frame::route::Route;
use crate::frame::{help, keyboard, language, notifications, presence, questions, sites, toast};
use crate::settings::page::Page;
use crate::text;
use crate::ui::focus;
use crate::ui::icon::{self, icon};
use crate::ui::more::{Does, Item, more_of_rail};
use crate::ui::parts::{self, blank};
use crate::ui::portrait::portrait;
use crate::words::{Pattern, Word, fill, number, say};
use crate::{list, person, settings, talk};

/// How often relative times such as `5 min` are updated.
const TICK: Duration = Duration::from_secs(20);

/// The agents' guide.
const GUIDE: &str = "/guide/agents";

/// The inbox of the signed-in agent.
pub fn frame(app: App) -> impl IntoView {
    watch(app);
    let place = Memo::new(move |_| app.route.with(Section::of));
    // A transcript shows the connection bar itself.
    let has_log = Memo::new(move |_| {
        app.talk.with(|talk| talk.as_ref().is_some_and(|talk| talk.state == TalkState::Ready))
    });
    // What is behind the sheet can't be reached: it shows the toast itself.
    let in_sheet = Memo::new(move |_| app.visitors.sidebar.get().is_sheet());
    view! {
        <div class="shell" on:click=move |event| follow(app, &event)>
            <a class="btn skip" href="#main">
                {say(Word::FrameSkip)}
            </a>
            <p class="sr" role="status" prop:textContent=app.said></p>
            {move || (!has_log.get()).then(|| connection(app))}
            {presence::view::bar(app)}
            {rail(app, place)}
            {move || (!in_sheet.get()).then(|| toast::toast(app))}
            <main id="main" tabindex="-1">
                {move || match place.get() {
                    Section::Inbox => EitherOf3::A(inbox(app)),
                    Section::Settings(page) => EitherOf3::B(settings::settings(app, page)),
                    Section::Nowhere => EitherOf3::C(nowhere()),
                }}
            </main>
            {move || app.settings.leaving.with(Option::is_some).then(|| questions::leaving(app))}
            {move || app.signing_out.get().map(|unsent| questions::signing_out(app, unsent))}
            {help::help(app)}
            {language::languages(app)}
            {notifications::view::notifications(app)}
        </div>
    }
}

/// The shown section. Going from conversation to conversation does not rebuild the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Inbox,
    Settings(Page),
    Nowhere,
}

impl Section {
    fn of(route: &Route) -> Section {
        match route {
            Route::Inbox { .. } => Section::Inbox,
            Route::Settings(page) => Section::Settings(*page),
            Route::Nowhere => Section::Nowhere,
        }
    }
}

fn watch(app: App) {
    keyboard::listen(app);
    let back = window_event_listener(ev::popstate, move |_| app.went());
    on_cleanup(move || back.remove());
    let seen = window_event_listener(ev::visibilitychange, move |_| {
        app.read();
        app.look_at_presence();
    });
    on_cleanup(move || seen.remove());
    let stored = window_event_listener(ev::storage, move |event| app.storage_changed(&event));
    on_cleanup(move || stored.remove());
    let woken = window_event_listener(ev::focus, move |_| app.look_at_drafts());
    on_cleanup(move || woken.remove());
    let thawed = window_event_listener(ev::pageshow, move |_| app.look_at_drafts());
    on_cleanup(move || thawed.remove());
    if let Ok(timer) = set_interval_with_handle(move || app.tick(), TICK) {
        on_cleanup(move || timer.clear());
    }
    // After each welcome: what changed while there was no connection, too.
    Effect::new(move |_| {
        if app.welcomes.get() > 0 {
            app.look_at_pictures();
        }
    });
    Effect::new(move |_| document().set_title(&title(app)));
    Effect::new(move |_| notification::badge(app.unread_in_tab() > 0));
    on_cleanup(|| notification::badge(false));
    let resized = window_event_listener(ev::resize, move |_| app.resized());
    on_cleanup(move || resized.remove());
    let clicked = window_event_listener(ev::pointerdown, move |_| {
        app.unlock_sound();
        app.touched();
    });
    on_cleanup(move || clicked.remove());
    let typed = window_event_listener(ev::keydown, move |_| {
        app.unlock_sound();
        app.touched();
    });
    on_cleanup(move || typed.remove());
    let moved = window_event_listener(ev::pointermove, move |_| app.touched());
    on_cleanup(move || moved.remove());
    let scrolled = window_event_listener(ev::wheel, move |_| app.touched());
    on_cleanup(move || scrolled.remove());
    Effect::new(move |before: Option<Route>| {
        let here = app.route.get();
        // The element that had the focus before the inbox was shown has been removed.
        let comes_in = app.gate.comes_in.try_update_value(std::mem::take) == Some(true);
        let selector = match before {
            Some(before) => focus::after_move(&before, &here),
            None => (comes_in && !app.waits_for_field()).then(|| focus::on_arrival(&here)),
        };
        if let Some(selector) = selector {
            focus::focus_soon(selector);
        }
        here
    });
}

fn title(app: App) -> String {
    let unread = app.unread_in_tab();
    let site = app.session.with_value(|session| session.site_name.clone());
    let place = match app.route.get() {
        Route::Settings(page) => say(page.names().title),
        Route::Nowhere => say(Word::FrameNotFound),
        Route::Inbox { .. } => app.visitors.face.with(|face| {
            face.as_ref().map_or_else(|| say(Word::FrameInbox), |face| face.name.clone())
        }),
    };
    let count = if unread > 0 { ["(", &number(unread), ") "].concat() } else { String::new() };
    [&count, &place, " · ", &site].concat()
}

/// Handles a plain click on a link within the inbox without loading a page. Views use ordinary links, so that a
/// new tab, a copied address and a reload work as everywhere.
fn follow(app: App, event: &MouseEvent) {
    let modified = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
    if event.default_prevented() || event.button() != 0 || modified {
        return;
    }
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let link = target.and_then(|target| target.closest("a[href^='/dashboard/']").ok().flatten());
    let Some(href) = link.and_then(|link| link.get_attribute("href")) else { return };
    event.prevent_default();
    let (path, query) = href.split_once('?').unwrap_or((&href, ""));
    app.go(Route::parse(path, query));
}

/// The connection bar, shown while the connection is down. It is an overlay, so that nothing below moves.
pub fn connection(app: App) -> impl IntoView {
    move || connection_now(app)
}

fn connection_now(app: App) -> Option<impl IntoView> {
    let link = app.link.get();
    let (words, action) = match link.fault {
        Some(ErrorCode::VersionMismatch) => (Word::LinkOutdated, Word::ActReload),
        Some(code) => (text::error_code(code), Word::ActReload),
        None if link.link != Link::Down => return None,
        None if link.offline => (Word::LinkOffline, Word::ActTryNow),
        None => (Word::LinkDown, Word::ActTryNow),
    };
    let act = move |_| if link.fault.is_some() { app.reload() } else { app.reconnect() };
    Some(view! {
        <aside class="bar bar--warn" aria-label=say(Word::FrameConnection)>
            {icon(icon::OFF)} {parts::words(say(words))} " "
            <button class="link" type="button" on:click=act prop:textContent=say(action)></button>
        </aside>
    })
}

fn rail(app: App, place: Memo<Section>) -> impl IntoView {
    let is_on = Memo::new(move |_| app.link.with(|link| link.link == Link::Up) && !app.away.get());
    let in_inbox = move || (place.get() == Section::Inbox).then_some("page");
    let in_settings = move || matches!(place.get(), Section::Settings(_)).then_some("page");
    let inbox = move || app.route.with(|route| route.with_open(None).href());
    let notifications_icon = move || {
        let prefs = app.notifications.prefs.get();
        let on = (prefs.new || prefs.mine) && (prefs.sound || prefs.desktop);
        let on = on && app.quiet().is_none();
        if on { Either::Left(icon(icon::BELL)) } else { Either::Right(icon(icon::BELL_OFF)) }
    };
    view! {
        <nav class="rail" aria-label=say(Word::FrameMain)>
            <span class="rail__mark" aria-hidden="true">
                {icon(icon::LAMP)}
            </span>
            {sites::view::switch(app)}
            <a class="rail__link" href=inbox aria-current=in_inbox>
                {icon(icon::INBOX)}
                {say(Word::FrameInbox)}
            </a>
            <a
                class="rail__link"
                href=Page::FIRST.href()
                aria-current=in_settings
            >
                {icon(icon::SETTINGS)}
                {say(Word::FrameSettings)}
            </a>
            <div class="rail__end">
                {presence::view::switch(app)}
                <button
                    class="rail__link"
                    type="button"
                    aria-haspopup="dialog"
                    title=move || notifications::view::state(app)
                    on:click=move |_| app.show_notifications(true)
                >
                    {notifications_icon}
                    {say(Word::FrameNotifications)}
                </button>
                <button
                    class="rail__link rail__keys"
                    type="button"
                    aria-haspopup="dialog"
                    on:click=move |_| app.show_help(true)
                >
                    {icon(icon::KEYBOARD)}
                    {say(Word::FrameShortcuts)}
                </button>
                <button
                    class="rail__link"
                    type="button"
                    aria-haspopup="dialog"
                    on:click=move |_| app.show_languages(true)
                >
                    {icon(icon::GLOBE)}
                    {say(Word::FrameLanguage)}
                </button>
                <a
                    class="rail__link"
                    href=GUIDE
                    hreflang="en"
                    target="_blank"
                    rel="noopener"
                >
                    {icon(icon::BOOK)}
                    {say(Word::FrameGuide)}
                </a>
                <button class="rail__link" type="button" on:click=move |_| app.sign_out()>
                    {icon(icon::SIGN_OUT)}
                    {say(Word::FrameSignOut)}
                </button>
                <span
                    class=move || if is_on.get() { "avatar avatar--on" } else { "avatar" }
                    role="img"
                    aria-label=move || fill(Pattern::FrameSignedIn, &[&app.name.get()])
                    title=app.name
                >
                    {portrait(move || text::initials(&app.name.get()), move || app.own_picture())}
                </span>
            </div>
            <div class="rail__more">{more_of_rail(Word::FrameMore, move || seldom_needed(app))}</div>
        </nav>
    }
}

/// What the rail has no room for on a phone. There are no keys for shortcuts.
fn seldom_needed(app: App) -> Vec<Item> {
    let act = |icon, words, act: fn(App)| Item {
        icon,
        words,
        does: Does::Act(Callback::new(move |()| act(app))),
    };
    vec![
        act(icon::BELL, Word::FrameNotifications, |app| app.show_notifications(true)),
        act(icon::GLOBE, Word::FrameLanguage, |app| app.show_languages(true)),
        Item { icon: icon::BOOK, words: Word::FrameGuide, does: Does::Open(GUIDE) },
        act(icon::SIGN_OUT, Word::FrameSignOut, App::sign_out),
    ]
}

fn inbox(app: App) -> impl IntoView {
    let open = Memo::new(move |_| app.route.with(|route| route.open().cloned()));
    let beside = person::view::is_beside(app);
    let class = move || match (open.with(Option::is_some), beside.get()) {
        (true, true) => "inbox inbox--open inbox--person",
        (true, false) => "inbox inbox--open",
        (false, _) => "inbox",
    };
    view! {
        <div class=class>
            <h1 class="sr">{say(Word::FrameInbox)}</h1>
            {list::view::list(app)}
            {move || match open.get() {
                Some(id) => Either::Left(talk::view::talk(app, id)),
                None => Either::Right(none()),
            }}
            {person::view::column(app, beside)}
            {person::view::sheet(app)}
        </div>
    }
}

fn none() -> impl IntoView {
    view! {
        <section class="talk talk--none" aria-label=say(Word::TalkLabel)>
            <div class="blank">
                {blank(
                    icon::LAMP,
                    Word::TalkNone,
                    Word::TalkNoneText,
                )}
            </div>
        </section>
    }
}

fn nowhere() -> impl IntoView {
    view! {
        <section class="talk talk--none nowhere" aria-label=say(Word::FrameNotFound)>
            <div class="blank">
                {blank(icon::EXCLAMATION, Word::FrameNotFound, Word::FrameMistyped)}
                <a class="btn" href="/dashboard/chat/inbox">
                    {say(Word::FrameGoToInbox)}
                </a>
            </div>
        </section>
    }
}
