//! The panel *Notifications*.

use leptos::either::Either;
use leptos::prelude::*;
use porchlight_browser::time;

use crate::app::App;
use crate::frame::notifications::notification::Permission;
use crate::frame::notifications::quiet::{Length, Quiet};
use crate::frame::notifications::words;
use crate::frame::prefs::NotificationPrefs;
use crate::ui::focus::focus_soon;
use crate::ui::sheet::{sheet, switch};
use crate::words::{Word, say};

/// The panel, as a modal dialog.
pub fn notifications(app: App) -> impl IntoView {
    move || app.notifications.shown.get().then(|| panel(app))
}

/// What the button of the panel tells of: that nothing disturbs, or that the browser plays no sounds.
pub fn state(app: App) -> Option<String> {
    let now = time::local();
    match app.quiet() {
        Some(quiet) => Some([&say(Word::NotifyQuiet), " · ", &quiet.words(now)].concat()),
        None => app.is_mute().then(|| say(Word::NotifyMuted)),
    }
}

fn panel(app: App) -> impl IntoView {
    let body = view! {
        <h3 class="sheet__title">{say(Word::NotifyQuiet)}</h3>
        <p class="notifications__hint">{say(Word::NotifyQuietHint)}</p>
        <div class="notifications__quiet" id=QUIET tabindex="-1">
            {quiet(app)}
        </div>
        <h3 class="sheet__title">{say(Word::NotifyAbout)}</h3>
        {pref(app, "notify-new", Word::NotifyNew, Word::NotifyNewHint, |prefs| &mut prefs.new)}
        {pref(
            app,
            "notify-mine",
            Word::NotifyMine,
            Word::NotifyMineHint,
            |prefs| &mut prefs.mine,
        )}
        <h3 class="sheet__title">{say(Word::NotifyHow)}</h3>
        {pref(app, "notify-sound", Word::NotifySound, Word::NotifySoundHint, |prefs| &mut prefs.sound)}
        <p class="notifications__try">
            <button class="btn btn--sm" type="button" on:click=move |_| app.try_sound()>
                {say(Word::NotifyPlay)}
            </button>
        </p>
        {desktop(app)}
        {pref(app, "notify-tab", Word::NotifyTab, Word::NotifyTabHint, |prefs| &mut prefs.tab)}
        <p class="notifications__hint">
            {say(Word::NotifyHint)}
        </p>
    };
    let close = move || app.show_notifications(false);
    sheet(
        "dialog notifications",
        "notifications-title",
        Word::FrameNotifications,
        Word::NotifyClose,
        close,
        body,
    )
}

/// The group of *Do not disturb*. It has the focus after a button in it has made room for others.
const QUIET: &str = "notify-quiet";

fn quiet(app: App) -> impl IntoView {
    let now = Memo::new(move |_| app.quiet());
    move || match now.get() {
        Some(quiet) => Either::Left(end(app, quiet)),
        None => Either::Right(begin(app)),
    }
}

/// Begins it.
fn begin(app: App) -> impl IntoView {
    let now = time::local();
    let button = |length: Length| {
        let begin = move |_| set(app, Some(length.begun(time::local())));
        view! {
            <button class="btn btn--sm" type="button" on:click=begin>
                {length.name(now)}
            </button>
        }
    };
    Length::ALL.map(button).collect_view()
}

/// Says when it ends, and ends it.
fn end(app: App, quiet: Quiet) -> impl IntoView {
    view! {
        <b role="status">{quiet.words(time::local())}</b>
        <button class="btn btn--sm" type="button" on:click=move |_| set(app, None)>
            {say(Word::NotifyQuietEnd)}
        </button>
    }
}

fn set(app: App, quiet: Option<Quiet>) {
    app.set_quiet(quiet);
    focus_soon(["#", QUIET].concat());
}

fn pref(
    app: App,
    id: &'static str,
    name: Word,
    hint: Word,
    which: fn(&mut NotificationPrefs) -> &mut bool,
) -> impl IntoView {
    let on = move || *which(&mut app.notifications.prefs.get());
    let change = move |on| app.set_notification_prefs(|prefs| *which(prefs) = on);
    switch(id, name, move || hint, on, || false, change)
}

fn desktop(app: App) -> impl IntoView {
    let hint = move || {
        words::refused(app.notifications.permission.get()).unwrap_or(Word::NotifyDesktopHint)
    };
    // Without the permission the switch is off, whatever is stored.
    let on = move || {
        app.notifications.asked_desktop.track();
        app.notifications.prefs.get().desktop
            && app.notifications.permission.get() == Permission::Granted
    };
    let fixed = move || {
        matches!(app.notifications.permission.get(), Permission::Missing | Permission::Insecure)
    };
    let change = move |on| app.set_desktop(on);
    switch("notify-desktop", Word::NotifyDesktop, hint, on, fixed, change)
}
