//! The panel *Notifications*.

use leptos::prelude::*;

use crate::app::App;
use crate::frame::notifications::notification::Permission;
use crate::frame::notifications::words;
use crate::frame::prefs::NotificationPrefs;
use crate::ui::sheet::{sheet, switch};
use crate::words::{Word, say};

/// The panel, as a modal dialog.
pub fn notifications(app: App) -> impl IntoView {
    move || app.notifications.shown.get().then(|| panel(app))
}

fn panel(app: App) -> impl IntoView {
    let body = view! {
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
