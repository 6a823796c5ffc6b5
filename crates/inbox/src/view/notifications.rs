//! The panel *Notifications*.

use leptos::prelude::*;

use super::sheet::{sheet, switch};
use crate::app::App;
use crate::notification::Permission;
use crate::prefs::NotificationPrefs;
use crate::text;

/// The panel, as a modal dialog.
pub fn notifications(app: App) -> impl IntoView {
    move || app.notifications_shown.get().then(|| panel(app))
}

fn panel(app: App) -> impl IntoView {
    let body = view! {
        <h3 class="sheet__title">"Notify me about"</h3>
        {pref(app, "notify-new", "New conversations", "Nobody has claimed them yet.", |prefs| &mut prefs.new)}
        {pref(
            app,
            "notify-mine",
            "Messages in my conversations",
            "Unless you have the conversation open in front of you.",
            |prefs| &mut prefs.mine,
        )}
        <h3 class="sheet__title">"How"</h3>
        {pref(app, "notify-sound", "Sound", "Two soft tones.", |prefs| &mut prefs.sound)}
        <p class="notifications__try">
            <button class="btn btn--sm" type="button" on:click=move |_| app.try_sound()>
                "Play the sound"
            </button>
        </p>
        {desktop(app)}
        <p class="notifications__hint">
            "For you, in this browser. However many tabs you have open, you are notified once. \
             The tab’s title always shows the number of unread conversations."
        </p>
    };
    let close = move || app.show_notifications(false);
    sheet(
        "dialog notifications",
        "notifications-title",
        "Notifications",
        "Close notifications",
        close,
        body,
    )
}

fn pref(
    app: App,
    id: &'static str,
    name: &'static str,
    hint: &'static str,
    which: fn(&mut NotificationPrefs) -> &mut bool,
) -> impl IntoView {
    let on = move || *which(&mut app.notification_prefs.get());
    let change = move |on| app.set_notification_prefs(|prefs| *which(prefs) = on);
    switch(id, name, move || hint, on, || false, change)
}

fn desktop(app: App) -> impl IntoView {
    let hint = move || {
        text::notifications::refused(app.permission.get())
            .unwrap_or("Also while you are in another window. Your browser asks you first.")
    };
    // Without the permission the switch is off, whatever is stored.
    let on = move || {
        app.asked_desktop.track();
        app.notification_prefs.get().desktop && app.permission.get() == Permission::Granted
    };
    let fixed = move || matches!(app.permission.get(), Permission::Missing | Permission::Insecure);
    let change = move |on| app.set_desktop(on);
    switch("notify-desktop", "Desktop notifications", hint, on, fixed, change)
}
